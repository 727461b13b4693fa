"""Starts and drives a softphone process.

async with Softphone("127.0.0.1:5071") as phone:
    await phone.dial("sip:line@127.0.0.1:5060")
    await phone.wait_for("established", timeout_s=5)
    await phone.play(pcm)
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from triage.errors import EngineFailed
from triage.ids import new_hex

START_S_MAX = 20.0  # importing and opening the port on a busy machine
STOP_S_MAX = 8.0
COMMAND_S_MAX = 5.0
EVENTS_MAX = 500_000  # 2.7 hours of level reports; what comes after is not kept
LINE_BYTES_MAX = 1 << 16


@dataclass(frozen=True, slots=True)
class Level:
    t: float  # time.monotonic when the 20 ms had arrived
    rms: float  # of s16 samples


class Softphone:
    """Asynchronous context manager around one softphone process. `events` holds all that it said, oldest first."""

    def __init__(self, listen: str, *, user: str = "softphone", net_interface: str = "127.0.0.1") -> None:
        self.listen = listen
        self.uri = f"sip:{user}@{listen}"
        self._arguments = ["--listen", listen, "--user", user, "--net-interface", net_interface]
        self.events: list[dict[str, Any]] = []
        self._news = asyncio.Condition()
        self._ended = False
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "triage.telephony.softphone",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
        self._reading = asyncio.create_task(self._read())
        try:
            await self.wait_for("ready", timeout_s=START_S_MAX)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process
        assert self._reading
        with suppress(EngineFailed):  # it may have gone already
            await self._do("quit")
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def dial(self, uri: str) -> None:
        """Sends the INVITE; wait for "established"."""
        await self._do("dial", uri=uri)

    async def answer_mode(self, mode: str, *, after_s: float = 0.0) -> None:
        """For coming calls: "auto" (after `after_s`), "reject" (486) or "ring" for ever."""
        await self._done("answer", mode=mode, after_ms=round(after_s * 1000))

    async def play(self, pcm: bytes, *, timeout_s: float | None = None) -> dict[str, Any]:
        """Plays s16le mono 8 kHz and returns the "played" event once all of it has really been sent (or cut off)."""
        playback = await self.start_playing(pcm)
        limit = len(pcm) / 16000 + 10 if timeout_s is None else timeout_s
        return await self.wait_for("played", timeout_s=limit, since=playback[1], id=playback[0])

    async def start_playing(self, pcm: bytes) -> tuple[str, int]:
        """Begins to play; the playback's id, and where to look for its end (`since` of wait_for)."""
        playback_id, since = new_hex(), self.mark()
        await self._do("play", id=playback_id, pcm_base64=base64.b64encode(pcm).decode())
        return playback_id, since

    async def stop(self) -> None:
        """Stops playing at once."""
        await self._do("stop")

    async def press(self, digits: str) -> None:
        await self._do("dtmf", digits=digits)

    async def hold(self, on: bool) -> None:
        """Puts the call on hold, or takes it back."""
        await self._do("hold", on=on)

    async def record(self, path: Path) -> None:
        """All that is heard from now on goes to `path`, s16le mono 8 kHz."""
        await self._done("record", path=str(path))

    async def hang_up(self) -> None:
        await self._do("hangup")

    def mark(self) -> int:
        """A place in `events`, for `since`."""
        return len(self.events)

    def levels(self, since: int = 0) -> list[Level]:
        return [Level(e["t"], e["rms"]) for e in self.events[since:] if e["event"] == "level"]

    async def wait_for(self, event: str, *, timeout_s: float, since: int = 0, **details: Any) -> dict[str, Any]:
        """The first `event` after `since` with these details. Raises EngineFailed when the process ends or time is up."""

        def found() -> dict[str, Any] | None:
            wanted = {"event": event, **details}
            return next((e for e in self.events[since:] if wanted.items() <= e.items()), None)

        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: found() or self._ended)
        except TimeoutError:
            raise EngineFailed("The softphone did not report in time.", advice=f"Waited for: {event}") from None
        result = found()
        if result is None:
            why = [e["message"] for e in self.events[-1:] if e["event"] == "error"]
            raise EngineFailed("The softphone ended.", advice=" ".join([f"Waited for: {event}.", *why]))
        return result

    @asynccontextmanager
    async def expect(self, event: str, *, timeout_s: float, **details: Any) -> AsyncIterator[None]:
        """Runs the body, then waits for an `event` that came after its start."""
        since = self.mark()
        yield
        await self.wait_for(event, timeout_s=timeout_s, since=since, **details)

    async def _done(self, command: str, **details: Any) -> None:
        """As `_do`, and returns once the phone has carried it out: what comes next may depend on it."""
        since = self.mark()
        await self._do(command, **details)
        await self.wait_for("done", timeout_s=COMMAND_S_MAX, since=since, do=command)

    async def _do(self, command: str, **details: Any) -> None:
        assert self._process
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"do": command, **details}).encode() + b"\n")
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise EngineFailed("The softphone has ended.") from None

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "error", "message": "not JSON"}
            async with self._news:
                if len(self.events) < EVENTS_MAX:
                    self.events.append(event)
                self._news.notify_all()
        async with self._news:
            self._ended = True
            self._news.notify_all()
