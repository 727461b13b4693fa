"""The gateway process: answers the clinic line and carries each call between the telephone and the core.

    python -m triage.telephony.gateway --config FILE

It decides nothing while the core is well. When the core is gone, silent or refusing, or more callers ring than the core
takes, it drives the line itself (fallback.py) and takes the caller to a human.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from triage import config
from triage.call.events import (
    CallEnded,
    CallerAnswered,
    CallerAudio,
    Dtmf,
    EndReason,
    Incoming,
    LegChanged,
    LegState,
    LineEvent,
    LineRequest,
    Played,
)
from triage.config import Settings
from triage.errors import EngineFailed, TriageError, UsageError
from triage.ids import CallId, new_hex
from triage.telemetry import logs, memory
from triage.telephony.bridge import MediaClock
from triage.telephony.core_link import Channels, CoreLink, CoreLost
from triage.telephony.fallback import Fallback, load_sentences
from triage.telephony.line import Line
from triage.telephony.pager import Pager
from triage.telephony.sip import Endpoint, Invitation

CORE_ANSWER_S_MAX = 3.0  # from Incoming to the core's first request: the caller hears ringing meanwhile
CORE_BACK_S_MAX = 1.0  # for a core that is just coming back; then the fallback takes the caller
CORE_GREETING_S_MAX = 8.0  # from the core's first request to the answer, and from there to the first word played
CORE_REACTION_S_MAX = 5.0  # from the end of a bridged leg to whatever the core does for the caller left behind
CORE_SILENT_S_MAX = 60.0  # nothing asked and nothing played on a line without a nurse: the core is stuck
OVERFLOW_CALLS_MAX = 8  # callers beyond the core's number that are taken to the fallback; the next gets 486
LEGS_A_CALL = 3
PAGES_AT_ONCE_MAX = 4  # on-call telephones that are rung at the same time
INBOX_MAX = 4096  # what waits for one call's task; 80 s of it
REFUSING_S_MAX = 1.0  # until the stack refuses new calls
STRAY_LEGS_S_MAX = (
    3.0  # for legs that the stack still counts although their calls are over: a stop does not hang on them
)
DRAIN_S_MAX = 80.0  # below systemd's 90 s; calls that are up may end by themselves
USER = "triage"  # user part of our own address; calls to any user part are taken

log = logs.get("gateway")


@dataclass(frozen=True, slots=True)
class CoreGone:
    """The stream to the core broke."""


class CarriedCall:
    """One call, from the INVITE to its end. What fails while the core drives ends with the caller at a human."""

    def __init__(self, invitation: Invitation, gateway: Gateway, *, with_core: bool) -> None:
        self._invitation = invitation
        self._gateway = gateway
        self._with_core = with_core
        self._call_id = CallId(new_hex())
        self._inbox: asyncio.Queue[LineEvent | LineRequest | CoreGone] = asyncio.Queue(INBOX_MAX)
        self._link: CoreLink | None = None
        self._watch: float | None = None
        self._reason = EndReason.ERROR

    async def run(self) -> None:
        started = time.monotonic()
        log.info("call_incoming", call_id=self._call_id, calls=len(self._gateway.calls))
        async with asyncio.TaskGroup() as tasks:
            line = Line(
                self._invitation.leg,
                endpoint=self._gateway.endpoint,
                clock=self._gateway.clock,
                tasks=tasks,
                emit=self._emit,
            )
            reading = self._ring_core(tasks) if self._with_core else None
            try:
                await self._carry(line)
            finally:
                await line.abandon()
                if reading:
                    reading.cancel()
                elapsed_ms = round((time.monotonic() - started) * 1000)
                log.info("call_ended", call_id=self._call_id, reason=self._reason.name, elapsed_ms=elapsed_ms)

    def _emit(self, event: LineEvent) -> None:
        if isinstance(event, CallEnded):
            self._reason = event.reason
        if isinstance(event, CallerAudio | Dtmf) and self._inbox.qsize() > INBOX_MAX // 2:
            return  # the call's task is stuck; what decides a call still finds room
        self._inbox.put_nowait(event)

    def _ring_core(self, tasks: asyncio.TaskGroup) -> asyncio.Task[None] | None:
        try:
            link = CoreLink(self._gateway.channels.current())
        except UsageError:
            return None
        self._link = link
        leg = self._invitation.leg
        link.send(
            Incoming(self._call_id, self._invitation.caller_number, self._invitation.dialed_number, leg.sip_call_id)
        )
        self._watch = time.monotonic() + (CORE_ANSWER_S_MAX if link.reached else CORE_BACK_S_MAX)
        return tasks.create_task(self._read_core(link))

    async def _read_core(self, link: CoreLink) -> None:
        try:
            async for request in link.requests():
                await self._inbox.put(request)
        except CoreLost:
            await self._inbox.put(CoreGone())

    async def _carry(self, line: Line) -> None:
        try:
            await self._with_the_core(line)
        except Exception as fault:  # the border of one call: whatever it was, the caller goes to a human
            log.error("call_failed", call_id=self._call_id, fault=type(fault).__name__)
        if not line.state.ended:
            if self._link is not None:
                self._link.abort()  # a core that still lives learns at once that this call is no longer its own
            await self._without_the_core(line)
        elif self._link is not None:
            await self._link.close()

    async def _with_the_core(self, line: Line) -> None:
        """Returns when the call has ended or the core is lost."""
        while self._link is not None:
            item = await self._next(self._watch)
            now = time.monotonic()
            try:
                match item:
                    case None:
                        if line.state.bridged is None:
                            return
                        self._watch = now + CORE_SILENT_S_MAX
                    case CoreGone():
                        return
                    case _ if isinstance(item, LineRequest):
                        self._watch = now + (CORE_SILENT_S_MAX if line.state.answered else CORE_GREETING_S_MAX)
                        await line.do(item)
                    case _:
                        self._note(item, now, line)
                        self._link.send(item)
                        if isinstance(item, CallEnded):
                            return
            except (CoreLost, UsageError):
                return

    def _note(self, event: LineEvent, now: float, line: Line) -> None:
        match event:
            case Played():
                self._watch = now + CORE_SILENT_S_MAX
            case CallerAnswered():
                self._watch = now + CORE_GREETING_S_MAX
            case LegChanged(_, LegState.ENDED, _) if line.state.bridged is None:
                self._watch = now + CORE_REACTION_S_MAX
            case _:
                return

    async def _without_the_core(self, line: Line) -> None:
        settings = self._gateway.settings
        sentences = await asyncio.to_thread(load_sentences, settings.phrases_dir)
        log.warning("fallback_started", call_id=self._call_id, reason="core_lost" if self._with_core else "overflow")
        fallback = Fallback(settings.gateway.fallback_uri, sentences, settings.triage_line.transfer)
        requests = fallback.begin(line.state, time.monotonic())
        while True:
            for request in requests:
                await line.do(request)
            item = await self._next(fallback.deadline)
            now = time.monotonic()
            match item:
                case None:
                    requests = fallback.on_time(now)
                case CallEnded():
                    return
                case CoreGone():
                    requests = []
                case _ if isinstance(item, LineRequest):
                    requests = []  # a core that comes back late no longer drives this call
                case _:
                    requests = fallback.on(item, now)

    async def _next(self, deadline: float | None) -> LineEvent | LineRequest | CoreGone | None:
        """None: the deadline came first."""
        if deadline is None:
            return await self._inbox.get()
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                return await self._inbox.get()
        except TimeoutError:
            return None


class Gateway:
    """The process's parts and its calls."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = MediaClock(on_death=_die)
        self.channels = Channels(settings.core.listen, settings.keys_dir)
        self.calls: set[asyncio.Task[None]] = set()
        self._endpoint: Endpoint | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._stop = asyncio.Event()
        self._patience: asyncio.Timeout | None = None
        self._dead = False

    @property
    def endpoint(self) -> Endpoint:
        assert self._endpoint
        return self._endpoint

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT. Raises UsageError when the SIP port is taken, EngineFailed when the SIP stack
        dies (the supervisor then starts a new process; the library cannot start twice)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)
        settings = self.settings
        self._endpoint = await Endpoint.start(
            listen=settings.gateway.sip_listen,
            net_interface=settings.gateway.net_interface,
            user=USER,
            legs_max=(settings.core.calls_at_once_max + OVERFLOW_CALLS_MAX) * LEGS_A_CALL + PAGES_AT_ONCE_MAX,
            rtp_timeout_s=settings.gateway.rtp_timeout_s,
            on_invitation=self._on_invitation,
            on_dead=self._on_dead,
        )
        try:
            async with asyncio.TaskGroup() as self._tasks:
                server = await serve_health(settings.state_dir / "run" / "gateway.sock")
                log.info("gateway_started", port=int(settings.gateway.sip_listen.rpartition(":")[2]))
                pager = self._tasks.create_task(Pager(self.endpoint, self.clock, self.channels).run())
                await self._stop.wait()
                pager.cancel()
                log.info("gateway_stopping", calls=len(self.calls))
                await server.stop(None)
                await self._drain()
        finally:
            self.clock.close()
            await self.channels.close()
        if self._dead:
            raise EngineFailed("The SIP stack died.", advice="The supervisor starts the gateway again.")
        await self.endpoint.close()

    def _on_invitation(self, invitation: Invitation) -> None:
        assert self._tasks
        calls_max = self.settings.core.calls_at_once_max
        if len(self.calls) >= calls_max + OVERFLOW_CALLS_MAX:
            self._tasks.create_task(invitation.leg.hang_up())
            return
        call = CarriedCall(invitation, self, with_core=len(self.calls) < calls_max)
        task = self._tasks.create_task(_to_its_end(call))
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def _drain(self) -> None:
        """Refuses new calls, waits for those that are up, and for no leg that belongs to none of them."""
        if not self._dead:
            draining = asyncio.create_task(self.endpoint.drain())
            try:
                async with asyncio.timeout(DRAIN_S_MAX) as self._patience:
                    await asyncio.wait([draining], timeout=REFUSING_S_MAX)
                    while self.calls:
                        await asyncio.wait(self.calls)
                    await asyncio.wait([draining], timeout=STRAY_LEGS_S_MAX)
            except TimeoutError:
                pass
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
        for task in list(self.calls):
            task.cancel()

    def _on_signal(self) -> None:
        """The first lets calls finish; a second ends them."""
        if self._stop.is_set() and self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())
        self._stop.set()

    def _on_dead(self) -> None:
        self._dead = True
        self._stop.set()


def _die() -> None:
    """A gateway without its media clock is silent on every call. Gone, it sends nothing at all, and then the PBX takes the
    callers to its fallback (deploy/asterisk); a BYE would only end their calls."""
    os._exit(1)


async def _to_its_end(call: CarriedCall) -> None:
    try:
        await call.run()
    except Exception as fault:  # the border of one call: its legs have been ended; the other calls go on
        log.error("call_lost", fault=type(fault).__name__)


async def serve_health(socket: Path) -> grpc.aio.Server:
    """grpc.health.v1 on a Unix socket; up means that calls are taken, with the core or without."""
    await asyncio.to_thread(_make_room, socket)
    server: grpc.aio.Server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(f"unix:{socket}")
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    await server.start()
    return server


def mute_native_output() -> None:
    """Python keeps standard output and error; the C libraries, which write callers' addresses there, lose them."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        stream.flush()
        kept = os.dup(number)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
        if number == 1:
            sys.stdout = os.fdopen(kept, "w", buffering=1)
        else:
            sys.stderr = os.fdopen(kept, "w", buffering=1)


def _make_room(socket: Path) -> None:
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket.unlink(missing_ok=True)


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), required=True, help="the appliance's configuration")
def main(file: Path) -> None:
    """The telephone gateway."""
    memory.never_dump()
    mute_native_output()
    logs.configure("gateway")

    async def serve() -> None:
        await Gateway(config.load(file)).run()

    try:
        asyncio.run(serve())
    except TriageError as error:
        click.echo(f"{error.message} {error.advice}".strip(), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
