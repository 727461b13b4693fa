"""`triage watch`: a nurse's terminal. Rings, shows who waits and why, claims with one key.

It is a client of the core's public port and nothing more: the same certificate, the same methods as any console.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import termios
import time
import tty
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import grpc
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from triage import config
from triage.config import Settings
from triage.errors import UsageError
from triage.escalation.levels import Level
from triage.handoff.conversion import packet_from_proto
from triage.handoff.state import HandoffState
from triage.ids import Person, new_hex
from triage.rpc.channel import channel_as, people
from triage.telemetry import memory
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc

RECONNECT_S = 1.0
RPC_S_MAX = 10.0
RING_EVERY_S = 5.0  # the bell, while something waits that nobody has
BEAT_EVERY_S = 5.0  # a console that is silent for 20 s leaves its nurse not responding
KEYS = "c claim   a accept   d decline   r give back   t take over   f finish   l list   q quit"

WAITING = (HandoffState.OFFERED.value, HandoffState.CALLBACK.value)

Show = Callable[[str, handoffs_pb2.Handoff | None], None]


@click.command()
@click.option(
    "--as", "person", metavar="PERSON", help="Whose certificate to use; default: the only nurse's on this machine."
)
@click.option("--json", "json_", is_flag=True, help="No terminal: one JSON object a line, no keys.")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
def watch(person: str | None, json_: bool, file: Path) -> None:
    """Watch the triage line as a nurse; claim, accept and finish calls."""
    memory.never_dump()  # packets are shown here
    settings = config.load(file)
    nurses = people(settings, "nurse")
    if person is None and len(nurses) != 1:
        raise UsageError("Say who you are with --as.", advice=", ".join(nurses))
    if person is not None and person not in nurses:
        raise UsageError("There is no certificate of this nurse.", advice=f"{person}; there are: {', '.join(nurses)}")
    if not json_ and not sys.stdin.isatty():
        raise UsageError("This needs a terminal.", advice="Use --json for scripts.")
    asyncio.run(_run(settings, Person(person or nurses[0]), json_=json_))


async def _run(settings: Settings, person: Person, *, json_: bool) -> None:
    console = Console(highlight=False)
    terminal = Terminal(settings, person, _as_json if json_ else _as_text(console), console)
    try:
        await _watch(terminal, json_=json_)
    except* UsageError as refused:
        raise refused.exceptions[0] from None  # one sentence, not a group of them


async def _watch(terminal: Terminal, *, json_: bool) -> None:
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(terminal.watch())
        beating = group.create_task(terminal.beat())
        if not json_:
            ringing = group.create_task(terminal.ring())
            await terminal.keys()
            terminal.leaving = True
            watching.cancel()
            beating.cancel()
            ringing.cancel()


class Terminal:
    def __init__(self, settings: Settings, person: Person, show: Show, console: Console) -> None:
        self._settings = settings
        self._person = person
        self._show = show
        self._console = console
        self._open: dict[str, handoffs_pb2.Handoff] = {}
        self._dispositions: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self._stub: handoffs_pb2_grpc.HandoffsStub | None = None
        self._connected: bool | None = None
        self.leaving = False

    async def watch(self) -> None:
        """Until cancelled; reconnects, and says so."""
        while not self.leaving:
            try:
                async with channel_as(self._settings, "nurse", self._person) as channel:
                    self._stub = handoffs_pb2_grpc.HandoffsStub(channel)
                    async for event in self._stub.Watch(handoffs_pb2.WatchRequest()):
                        self._take(event)
                self._disconnected()
            except (grpc.aio.UsageError, asyncio.InvalidStateError):
                self._disconnected()  # the stream ended between two looks at it
            except grpc.aio.AioRpcError as error:
                if self.leaving:
                    return
                if error.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED):
                    raise UsageError("The core refused this nurse.", advice=str(error.details())) from None
                self._disconnected()
            self._stub = None
            await asyncio.sleep(RECONNECT_S)

    def _disconnected(self) -> None:
        if self._connected is not False:  # said once, however often it is tried
            self._show("disconnected", None)
        self._connected = False

    def _take(self, event: handoffs_pb2.WatchEvent) -> None:
        match event.WhichOneof("event"):
            case "welcome":
                self._connected = True
                self._open.clear()
                self._dispositions = dict(event.welcome.dispositions)
                self._reasons = dict(event.welcome.release_reasons)
                self._show("signed_in", None)
            case "changed":
                self._changed(event.changed)
            case _:
                pass  # a heartbeat

    def _changed(self, handoff: handoffs_pb2.Handoff) -> None:
        known = self._open.get(handoff.handoff_id)
        if handoff.state == HandoffState.COMPLETED.value:
            self._open.pop(handoff.handoff_id, None)
        else:
            if known is not None and not handoff.HasField("packet") and known.HasField("packet"):
                handoff.packet.CopyFrom(known.packet)
            self._open[handoff.handoff_id] = handoff
        again = known is not None and handoff.alarm > known.alarm
        self._show(f"alarm {handoff.alarm}" if again else HandoffState(handoff.state).name.lower(), handoff)

    async def ring(self) -> None:
        while True:
            if any(one.ring or _overdue(one) for one in self._open.values()):
                self._console.bell()
            await asyncio.sleep(RING_EVERY_S)

    async def beat(self) -> None:
        """Says that this screen lives. It runs where the keys are read: a frozen terminal beats no more."""
        while True:
            if self._stub is not None:
                with contextlib.suppress(grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError):
                    await self._stub.Beat(handoffs_pb2.BeatRequest(), timeout=BEAT_EVERY_S)
            await asyncio.sleep(BEAT_EVERY_S)

    async def keys(self) -> None:
        self._console.print(KEYS, style="dim")
        with _single_keys() as pressed:
            while True:
                match await pressed():
                    case "q" | "\x03" | "\x04":
                        return
                    case "l":
                        self._list()
                    case "c":
                        await self._do("Claim", self._top(HandoffState.OFFERED) or self._top(HandoffState.CALLBACK))
                    case "a":
                        await self._do("Accept", self._mine())
                    case "d":
                        await self._do("Decline", self._top(HandoffState.OFFERED))
                    case "r":
                        await self._give_back(pressed)
                    case "t":
                        await self._do("TakeOver", self._held_by_another())
                    case "f":
                        await self._finish(pressed)
                    case _:
                        self._console.print(KEYS, style="dim")

    async def _give_back(self, pressed: Callable[[], Awaitable[str]]) -> None:
        if self._mine() is None:
            self._console.print("There is nothing to give back.", style="yellow")
            return
        names = list(self._reasons.items())
        for number, (_, words) in enumerate(names, 1):
            self._console.print(f"  {number}  {words}")
        choice = await pressed()
        reason = names[int(choice) - 1][0] if choice.isdigit() and 1 <= int(choice) <= len(names) else ""
        await self._do("Release", self._mine(), reason)

    async def _do(self, verb: str, handoff: handoffs_pb2.Handoff | None, reason: str = "") -> None:
        if handoff is None or self._stub is None:
            self._console.print("Nothing to do that with." if self._stub else "Not connected.", style="yellow")
            return
        request = handoffs_pb2.HandoffRequest(handoff_id=handoff.handoff_id, idempotency_key=new_hex(), reason=reason)
        try:
            await getattr(self._stub, verb)(request, timeout=RPC_S_MAX)
        except grpc.aio.AioRpcError as error:
            self._refused(error)

    async def _finish(self, pressed: Callable[[], Awaitable[str]]) -> None:
        handoff = self._mine() or self._top(HandoffState.CALLBACK)
        if handoff is None or self._stub is None:
            self._console.print("There is nothing to finish.", style="yellow")
            return
        names = list(self._dispositions.items())
        for number, (_, words) in enumerate(names, 1):
            self._console.print(f"  {number}  {words}")
        choice = await pressed()
        if not choice.isdigit() or not 1 <= int(choice) <= len(names):
            self._console.print("Not finished.", style="yellow")
            return
        request = handoffs_pb2.CompleteRequest(
            handoff_id=handoff.handoff_id, idempotency_key=new_hex(), disposition=names[int(choice) - 1][0]
        )
        if handoff.level >= Level.CRISIS:
            self._console.print("Did help reach the caller? y / n", style="bold")
            answer = await pressed()
            if answer not in ("y", "n"):
                self._console.print("Not finished.", style="yellow")
                return
            request.help_reached = answer == "y"
        try:
            await self._stub.Complete(request, timeout=RPC_S_MAX)
        except grpc.aio.AioRpcError as error:
            self._refused(error)

    def _refused(self, error: grpc.aio.AioRpcError) -> None:
        first = error.code() == grpc.StatusCode.ABORTED
        self._console.print("Another nurse was first." if first else str(error.details()), style="yellow")

    def _list(self) -> None:
        table = Table("level", "state", "waiting", "with", "callback by")
        now_ms = int(time.time() * 1000)
        for one in self._sorted():
            wait = f"{max(0, now_ms - one.offered_at_ms) // 1000} s"
            state = "overdue" if _overdue(one) else HandoffState(one.state).name.lower()
            table.add_row(Level(one.level).word, state, wait, one.claimed_by, one.callback_by)
        self._console.print(table)

    def _sorted(self) -> list[handoffs_pb2.Handoff]:
        return sorted(self._open.values(), key=lambda one: (-one.level, one.offered_at_ms))

    def _top(self, state: HandoffState) -> handoffs_pb2.Handoff | None:
        return next((one for one in self._sorted() if one.state == state.value), None)

    def _mine(self) -> handoffs_pb2.Handoff | None:
        return next((one for one in self._sorted() if one.claimed_by == self._person and one.state in HELD), None)

    def _held_by_another(self) -> handoffs_pb2.Handoff | None:
        return next((one for one in self._sorted() if one.claimed_by != self._person and one.state in HELD), None)


HELD = (HandoffState.CLAIMED.value, HandoffState.ACCEPTED.value)


def _overdue(handoff: handoffs_pb2.Handoff) -> bool:
    """A promise to ring back that was not kept. A drill's is not: its clock is another."""
    if handoff.state != HandoffState.CALLBACK.value or not handoff.callback_by or handoff.drill:
        return False
    return datetime.fromisoformat(handoff.callback_by) < datetime.now(UTC)


def _packet(handoff: handoffs_pb2.Handoff) -> Text:
    """As a nurse reads it; the caller's own words stand out."""
    text = Text(packet_from_proto(handoff.packet).as_text())
    text.highlight_regex(r"“[^”]*”", "bold")
    text.highlight_regex(r"(?m)^[A-Z ]+$", "bold dim")
    return text


def _as_text(console: Console) -> Show:
    shown: set[tuple[str, int]] = set()  # handoff and level: what got worse is shown again

    def show(what: str, handoff: handoffs_pb2.Handoff | None) -> None:
        if handoff is None:
            console.print(f"● {what.replace('_', ' ')}", style="dim")
            return
        if _overdue(handoff):
            what = "callback overdue"
        level = Level(handoff.level).word
        who = f" by {handoff.claimed_by}" if handoff.claimed_by else ""
        by = f", promised by {handoff.callback_by}" if handoff.callback_by else ""
        console.print(
            f"● {level.upper()}  {what}{who}{by}", style="bold red" if handoff.level >= Level.CRISIS else "bold"
        )
        key = (handoff.handoff_id, handoff.level)
        if handoff.state in WAITING and handoff.HasField("packet") and key not in shown:
            shown.add(key)
            console.bell()
            console.print(Panel(_packet(handoff), title="c claims"))

    return show


def _as_json(what: str, handoff: handoffs_pb2.Handoff | None) -> None:
    line: dict[str, object] = {"event": what}
    if handoff is not None:
        line |= {
            "handoff_id": handoff.handoff_id, "call_id": handoff.call_id, "level": Level(handoff.level).word,
            "claimed_by": handoff.claimed_by, "callback_by": handoff.callback_by, "drill": handoff.drill,
            "caller_on_line": handoff.caller_on_line, "overdue": _overdue(handoff),
        }  # fmt: skip
    click.echo(json.dumps(line))


@contextlib.contextmanager
def _single_keys() -> Iterator[Callable[[], Awaitable[str]]]:
    """Keys one by one, without Enter, until the context is left; the terminal is put back as it was."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    queue: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        data = os.read(descriptor, 64).decode("utf-8", "ignore")
        for character in data or "q":  # a terminal that is gone quits
            queue.put_nowait(character)

    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, read)
    try:
        yield queue.get
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
