"""The patient of a drill: a softphone that speaks the script's turns and measures what it really hears on the wire."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from triage.drill import voice
from triage.drill.script import Turn
from triage.errors import EngineFailed
from triage.telephony.softphone_client import Softphone

LINE_SPEAKS_RMS = 120.0  # of s16 samples: speech is 1,000 and more, comfort noise and silence are below 30
LINE_STOPPED_S = 1.0  # between two sentences of one reply the line is quiet for less than this
LINE_BEGINS_S_MAX = 8.0  # a line that says nothing for so long has nothing to say: the caller goes on


@dataclass(slots=True)
class Spoken:
    """When the caller's words ended, on this machine's monotonic clock."""

    words_end_at: list[float] = field(default_factory=list)


class Patient:
    def __init__(self, phone: Softphone) -> None:
        self.phone = phone
        self.spoken = Spoken()
        self._heard_from = 0

    @property
    def gone(self) -> bool:
        return any(event["event"] == "ended" for event in self.phone.events)

    async def take(self, turn: Turn) -> None:
        """One turn of the script; nothing when the call has ended meanwhile."""
        if not turn.interrupt and turn.hang_up is None:
            await self.line_stopped()
        if self.gone:
            return
        if turn.say is not None:
            await self._speak(await asyncio.to_thread(voice.say, turn.say))
        elif turn.wav is not None:
            await self._speak(await asyncio.to_thread(voice.recording, turn.wav))
        elif turn.dtmf is not None:
            await self.phone.press(turn.dtmf)
            self.spoken.words_end_at.append(time.monotonic())
            self._heard_from = self.phone.mark()
        elif turn.silence_s is not None:
            await asyncio.sleep(turn.silence_s)
        else:
            await self.hang_up()

    async def hang_up(self) -> None:
        if not self.gone:
            await self.phone.hang_up()
            await self.phone.wait_for("ended", timeout_s=10)

    async def line_stopped(self, *, begins_s_max: float = LINE_BEGINS_S_MAX) -> None:
        """Until the line has spoken since the caller's last words, and has stopped."""
        started = time.monotonic()
        while not self.gone:
            loud = [level.t for level in self.phone.levels(self._heard_from) if level.rms > LINE_SPEAKS_RMS]
            now = time.monotonic()
            if loud and now - loud[-1] > LINE_STOPPED_S:
                return
            if not loud and now - started > begins_s_max:
                return
            await asyncio.sleep(0.05)

    def first_sound_after(self, moment: float) -> float | None:
        """Seconds from `moment` to the first sound of the line after it."""
        return next(
            (level.t - moment for level in self.phone.levels() if level.t > moment and level.rms > LINE_SPEAKS_RMS),
            None,
        )

    async def heard_sound(self, *, within_s: float) -> bool:
        """Whether anything at all is heard from now on."""
        since, until = self.phone.mark(), time.monotonic() + within_s
        while time.monotonic() < until:
            if any(level.rms > LINE_SPEAKS_RMS for level in self.phone.levels(since)):
                return True
            await asyncio.sleep(0.05)
        return False

    async def _speak(self, pcm: bytes) -> None:
        try:
            played = await self.phone.play(pcm)
        except EngineFailed:
            if self.gone:
                return
            raise
        # The softphone reports the end of the recording; the words end before its trailing silence.
        tail_s = len(pcm) / 16000 - voice.words_end_s(pcm)
        self.spoken.words_end_at.append(float(played["t"]) - tail_s)
        self._heard_from = self.phone.mark()
