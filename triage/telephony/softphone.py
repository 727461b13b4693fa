"""A telephone as a process of its own: the patient and the nurse of drills, tests and the demo.

    python -m triage.telephony.softphone --listen 127.0.0.1:5071

One JSON object a line. Commands on standard input, by `do`: dial {uri}, answer {mode: auto|reject|ring, after_ms},
play {id, pcm_base64 | path} (s16le mono 8 kHz), stop, dtmf {digits}, hold {on}, record {path}, hangup, quit. Events on standard
output, by `event`, each with `t` (seconds of time.monotonic, comparable between processes of one machine): ready, incoming,
ringing, established, level {rms} each 100 ms of received audio, played {id, samples, cut_off}, dtmf {digit}, referred,
transferred, ended {sip_status, media_lost}, done {do} (a command was carried out), error {message}. Audio is played and
heard only while a call is up.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import click
import numpy as np

from triage.call.events import Played
from triage.errors import TriageError, UsageError
from triage.ids import PlaybackId
from triage.telephony.bridge import MediaClock, Stream
from triage.telephony.sip import (
    Closed,
    Endpoint,
    Established,
    Invitation,
    Leg,
    LegEvent,
    Pressed,
    Ringing,
    TransferAsked,
)

LEGS_MAX = 4  # the call, and those of a transfer being followed
LINE_BYTES_MAX = 16 << 20  # one command: 6 minutes of audio in base64
LEVEL_SAMPLES = 160  # 20 ms, one packet: what a measurement of times can be told by


class Softphone:
    """One telephone with one call at a time. Everything but the recording runs on the asyncio loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = MediaClock(on_death=lambda: self._from_thread(self._over.set))
        self._endpoint: Endpoint | None = None
        self._leg: Leg | None = None
        self._stream: Stream | None = None
        self._answering: str = "auto"
        self._answer_after_s = 0.0
        self._heard = bytearray()
        self._record: BinaryIO | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._over = asyncio.Event()

    async def run(self, listen: str, user: str, net_interface: str) -> None:
        """Serves until `quit` or the end of standard input."""
        self._endpoint = await Endpoint.start(
            listen=listen,
            net_interface=net_interface,
            user=user,
            legs_max=LEGS_MAX,
            rtp_timeout_s=0,
            on_invitation=self._on_invitation,
            on_dead=self._over.set,
        )
        try:
            async with asyncio.TaskGroup() as self._tasks:
                reading = self._tasks.create_task(self._read_commands())
                tell("ready")
                await self._over.wait()
                reading.cancel()
        finally:
            await self._hang_up()
            self._clock.close()
            await self._endpoint.close()
            if self._record:
                self._record.close()

    async def _read_commands(self) -> None:
        reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
        await self._loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            try:
                command = json.loads(line)
                await self._obey(command)
                tell("done", do=command["do"])
            except TriageError as error:
                tell("error", message=error.message)
            except (ValueError, KeyError, TypeError, OSError, binascii.Error) as error:
                tell("error", message=f"bad command: {type(error).__name__}")
        self._over.set()

    async def _obey(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "dial":
                assert self._endpoint
                if self._leg is not None:
                    raise UsageError("A call is up already.")
                self._adopt(await self._endpoint.dial(str(command["uri"])))
            case "answer":
                self._answering = str(command["mode"])
                self._answer_after_s = float(command.get("after_ms", 0)) / 1000
            case "play":
                pcm = await asyncio.to_thread(_audio, command)
                if self._stream is None:
                    raise UsageError("No call is up.")
                self._stream.play(PlaybackId(str(command["id"])), pcm, last=True)
            case "stop":
                if self._stream:
                    self._stream.stop()
            case "dtmf":
                if self._leg is None:
                    raise UsageError("No call is up.")
                await self._leg.press(str(command["digits"]))
            case "hold":
                if self._leg is None:
                    raise UsageError("No call is up.")
                await self._leg.hold(bool(command["on"]))
            case "record":
                self._record = await asyncio.to_thread(open, command["path"], "wb")
            case "hangup":
                await self._hang_up()
            case "quit":
                self._over.set()
            case _:
                raise UsageError("Unknown command.")

    def _on_invitation(self, invitation: Invitation) -> None:
        assert self._tasks
        self._tasks.create_task(self._consider(invitation.leg))

    async def _consider(self, leg: Leg) -> None:
        if self._leg is not None or self._answering == "reject":
            await leg.hang_up()
            return
        self._adopt(leg)
        tell("incoming")
        if self._answering == "auto":
            await asyncio.sleep(self._answer_after_s)
            try:
                await leg.answer()
            except TriageError as error:
                tell("error", message=error.message)

    def _adopt(self, leg: Leg) -> None:
        self._leg = leg
        self._stream = Stream(
            leg.audio,
            on_active=lambda: None,
            on_played=lambda played: self._from_thread(self._on_played, played),
            on_heard=lambda _, pcm: self._from_thread(self._on_heard, pcm),
        )
        self._stream.listening = True
        self._clock.add(self._stream)
        leg.listen(lambda event: self._on_leg(leg, event))

    def _from_thread(self, call: Any, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(call, *arguments)

    def _on_leg(self, leg: Leg, event: LegEvent) -> None:
        match event:
            case Ringing():
                tell("ringing")
            case Established():
                tell("established")
            case Pressed(digit, _):
                tell("dtmf", digit=digit)
            case TransferAsked():
                tell("referred")
                assert self._tasks
                self._tasks.create_task(self._follow(leg))
            case Closed(status, media_lost, _):
                if leg is self._leg:
                    self._release()
                    tell("ended", sip_status=status, media_lost=media_lost)

    async def _follow(self, leg: Leg) -> None:
        """The stack ends the old call when the new one is answered, and tells the far end when it is not."""
        try:
            new = await leg.follow_transfer()
        except TriageError as error:
            tell("error", message=error.message)
            return

        def moved(event: LegEvent) -> None:
            if isinstance(event, Established):
                self._release()
                self._adopt(new)
                tell("transferred")

        new.listen(moved)

    def _on_played(self, played: Played) -> None:
        if played.finished:
            tell("played", id=played.playback_id, samples=played.samples, cut_off=played.cut_off)

    def _on_heard(self, pcm: bytes) -> None:
        if self._record:
            self._record.write(pcm)
            self._record.flush()
        self._heard += pcm
        while len(self._heard) >= LEVEL_SAMPLES * 2:
            samples = np.frombuffer(bytes(self._heard[: LEVEL_SAMPLES * 2]), "<i2").astype(np.float64)
            del self._heard[: LEVEL_SAMPLES * 2]
            tell("level", rms=round(float(np.sqrt(np.mean(samples**2))), 1))

    def _release(self) -> None:
        if self._stream:
            self._clock.remove(self._stream)
        self._leg = self._stream = None
        self._heard.clear()

    async def _hang_up(self) -> None:
        if self._leg:
            await self._leg.hang_up()


def _audio(command: dict[str, Any]) -> bytes:
    if "path" in command:
        return Path(command["path"]).read_bytes()
    return base64.b64decode(command["pcm_base64"], validate=True)


def tell(event: str, **details: Any) -> None:
    """One event line on standard output."""
    sys.stdout.write(json.dumps({"event": event, "t": round(time.monotonic(), 4), **details}) + "\n")
    sys.stdout.flush()


@click.command()
@click.option("--listen", required=True, help="host:port for SIP")
@click.option("--user", default="softphone", show_default=True, help="user part of this telephone's address")
@click.option("--net-interface", default="127.0.0.1", show_default=True)
def main(listen: str, user: str, net_interface: str) -> None:
    """A telephone driven by JSON lines."""

    async def serve() -> None:
        await Softphone().run(listen, user, net_interface)

    try:
        asyncio.run(serve())
    except TriageError as error:
        tell("error", message=error.message)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
