"""A nurse's terminal, as its own process on a pseudo-terminal, against the real service, desk and vault over mutual TLS."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from rich.console import Console

from tests.desk.conftest import AMARA, JONAS, MATRIX, QUOTE, Triage, decision, packet, triage
from triage.cli.watch import Terminal
from triage.clock import SystemClock
from triage.config import TriageLine, load
from triage.escalation.levels import Level
from triage.handoff.conversion import handoff_to_proto
from triage.handoff.state import HandoffState
from triage.rpc.authorization import Authorization
from triage.rpc.channel import channel_as
from triage.rpc.handoffs_service import HandoffsService
from triage.v1 import handoffs_pb2_grpc
from triage.vault.authority import SERVER, Authority, Holder

ROOT = Path(__file__).parents[2]
WAIT_S = 20.0


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Triage]:
    async with triage(tmp_path / "vault", SystemClock()) as made:
        yield made


@asynccontextmanager
async def serving(line: Triage, folder: Path, port: int = 0) -> AsyncIterator[int]:
    keys = folder / "keys"
    service = HandoffsService(line.desk, TriageLine(contacts={p: f"sip:{p}@127.0.0.1:5081" for p in (AMARA, JONAS)}))
    server = grpc.aio.server(interceptors=[Authorization(SystemClock())])
    handoffs_pb2_grpc.add_HandoffsServicer_to_server(service, server)
    pair = ((keys / "server.key").read_bytes(), (keys / "server.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (keys / "ca.crt").read_bytes(), require_client_auth=True)
    bound = server.add_secure_port(f"127.0.0.1:{port}", credentials)
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(None)


@pytest.fixture
async def file(line: Triage, tmp_path: Path) -> AsyncIterator[Path]:
    """The configuration of an appliance whose nurses' service runs."""
    now = SystemClock().now()
    authority, _ = Authority.load_or_make(tmp_path / "keys", now)
    for holder in (SERVER, Holder("nurse", AMARA), Holder("nurse", JONAS), Holder("nurse", "new.here")):
        authority.issue(holder, now)
    async with serving(line, tmp_path) as port:
        written = tmp_path / "triage.toml"
        written.write_text(f'[storage]\nstate_dir = "."\n[core]\nlisten = "127.0.0.1:{port}"\n')
        yield written


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "TRIAGE_STATE_DIR"}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "110", "LINES": "60"}


async def start(file: Path, *arguments: str, **streams):
    command = (sys.executable, "-m", "triage.cli.main", "watch", *arguments, "--config", str(file))
    return await asyncio.create_subprocess_exec(*command, env=environment(), **streams)


class Screen:
    """What a nurse sees and presses."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.raw = ""

    def read(self) -> None:
        try:
            self.raw += os.read(self._master, 65_536).decode("utf-8", "replace")
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self._master)

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw)

    async def until(self, part: str) -> None:
        for _ in range(int(WAIT_S / 0.05)):
            if part in self.text:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never seen: {part}\n{self.text}")

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())


@asynccontextmanager
async def nurse_at_terminal(file: Path, person: str):
    master, slave = pty.openpty()
    process = await start(file, "--as", person, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    screen = Screen(master)
    asyncio.get_running_loop().add_reader(master, screen.read)
    try:
        yield screen, process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)


async def test_rings_shows_claims_accepts_and_finishes(line: Triage, file: Path) -> None:
    async with nurse_at_terminal(file, AMARA) as (screen, process):
        await screen.until("signed in")
        assert line.desk.presence.people == {AMARA}
        handoff = await line.offered()
        await screen.until("THE CONVERSATION")
        assert "\a" in screen.raw
        assert "DANGER  offered" in screen.text
        assert QUOTE in screen.text
        assert re.search(r"\x1b\[1m[^\x1b]*“" + QUOTE, screen.raw)  # her caller's words in bold
        assert "No assessment by the line." in screen.text
        screen.press("c")
        await screen.until("claimed by amara.okafor")
        assert (await line.stored(handoff.handoff_id)).claimed_by == AMARA
        await line.desk.joined(handoff.handoff_id)
        screen.press("a")
        await screen.until("accepted by amara.okafor")
        screen.press("f")
        number = list(MATRIX.dispositions).index("advice_given") + 1
        await screen.until(MATRIX.dispositions["advice_given"])
        listed = re.search(r"(\d)  Advice given by the nurse", screen.text)
        assert listed is not None
        assert number <= 9
        screen.press(listed[1])
        await screen.until("Did help reach the caller?")
        assert (await line.stored(handoff.handoff_id)).state is HandoffState.ACCEPTED
        screen.press("y")
        await screen.until("completed")
        done = await line.stored(handoff.handoff_id)
        assert (done.state, done.disposition) == (HandoffState.COMPLETED, "advice_given")
        screen.press("q")
        assert await asyncio.wait_for(process.wait(), WAIT_S) == 0
        assert "Traceback" not in screen.text


async def test_worse_is_shown_again_and_a_declined_offer_stays(line: Triage, file: Path) -> None:
    async with nurse_at_terminal(file, AMARA) as (screen, _):
        await screen.until("signed in")
        handoff = await line.offered(level=Level.HUMAN)
        await screen.until("HUMAN  offered")
        screen.press("d")
        await line.desk.update(handoff.handoff_id, decision(Level.DANGER), packet(level=Level.DANGER))
        await screen.until("DANGER  offered")
        await screen.until("distress (danger")
        assert (await line.stored(handoff.handoff_id)).state is HandoffState.OFFERED
        assert "handoff.declined" in await line.acts()


async def test_a_core_that_goes_away_and_comes_back(line: Triage, file: Path, tmp_path: Path) -> None:
    file.write_text(re.sub(r"127.0.0.1:\d+", "127.0.0.1:1", file.read_text()))
    async with serving(line, tmp_path) as port:
        file.write_text(re.sub(r"127.0.0.1:\d+", f"127.0.0.1:{port}", file.read_text()))
        screen_of = nurse_at_terminal(file, AMARA)
        screen, _ = await screen_of.__aenter__()
        await screen.until("signed in")
    await screen.until("disconnected")
    await asyncio.sleep(2.5)
    assert screen.text.count("disconnected") == 1
    async with serving(line, tmp_path, port):
        for _ in range(200):
            if screen.text.count("signed in") == 2:
                break
            await asyncio.sleep(0.1)
        assert screen.text.count("signed in") == 2
        await line.offered()
        await screen.until("DANGER  offered")
    await screen_of.__aexit__(None, None, None)


async def test_json_is_one_object_a_line(line: Triage, file: Path) -> None:
    process = await start(
        file, "--as", AMARA, "--json", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None

    async def event() -> dict[str, object]:
        assert process.stdout is not None
        return json.loads(await asyncio.wait_for(process.stdout.readline(), WAIT_S))

    try:
        assert await event() == {"event": "signed_in"}
        handoff = await line.offered()
        offered = await event()
        assert (offered["event"], offered["level"], offered["handoff_id"]) == ("offered", "danger", handoff.handoff_id)
        await line.desk.claim(handoff.handoff_id, JONAS)
        assert (await event())["claimed_by"] == JONAS
    finally:
        process.terminate()
        await process.communicate()


async def test_whoever_is_refused_reads_one_sentence(file: Path) -> None:
    for arguments, says in (
        (("--as", "new.here", "--json"), "The core refused this nurse."),
        (("--as", "nobody", "--json"), "There is no certificate of this nurse."),
        (("--json",), "Say who you are with --as."),
        (("--as", AMARA), "This needs a terminal."),
    ):
        pipes = {
            "stdin": asyncio.subprocess.DEVNULL,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
        }
        process = await start(file, *arguments, **pipes)
        _, error = await asyncio.wait_for(process.communicate(), WAIT_S)
        assert process.returncode == 2
        assert says in error.decode()
        assert len(error.decode().splitlines()) == 1


async def test_a_nurse_who_was_second_is_told_so(line: Triage, file: Path) -> None:
    handoff = await line.offered()
    await line.desk.claim(handoff.handoff_id, JONAS)
    console = Console(file=io.StringIO())
    settings = load(file)
    terminal = Terminal(settings, AMARA, lambda *_: None, console)
    async with channel_as(settings, "nurse", AMARA) as channel:
        terminal._stub = handoffs_pb2_grpc.HandoffsStub(channel)
        await terminal._do("Claim", handoff_to_proto(handoff))
    assert "Another nurse was first." in console.file.getvalue()
