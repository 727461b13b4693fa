"""Is it a machine that calls: a fax, or a telephone system that plays music? Told the caller's samples in order; asks nothing.

A calling fax sends CNG: 1,100 Hz for 0.5 s every 3.5 s (ITU-T T.30, 4.2; tolerances there 38 Hz and 15 %). No voice is that pure, and
nothing that beeps keeps that time. Music holds its notes; a voice glides all the time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from triage.audio.pcm import RATE_HZ

BLOCK: Final = 160  # samples, 20 ms: bins of 50 Hz
PURE_MIN = 0.9  # share of a block's power within one bin of the tone
POWER_MIN = (0.003 * 32768) ** 2  # mean square of a sample: -50 dB of full scale
BREAKS_MAX = 2  # blocks that a dropped packet may cost a tone
CNG_BIN, CNG_S, CNG_EVERY_S = 22, (0.42, 0.6), (2.9, 4.1)
_WINDOW: Final = np.hanning(BLOCK)


class FaxTone:
    """Of one call. `heard` stays true once it is."""

    def __init__(self) -> None:
        self.heard = False
        self._rest = np.zeros(0, np.int16)
        self._blocks = 0
        self._run = self._breaks = 0  # blocks of the tone, and within it
        self._last_cng: float | None = None  # when the last whole CNG ended, s

    def push(self, samples: NDArray[np.int16]) -> bool:
        """(n,) samples at 8 kHz, n as it comes. True from the moment when it is certain."""
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) // BLOCK
        self._rest = samples[whole * BLOCK :]
        for block in samples[: whole * BLOCK].reshape(whole, BLOCK).astype(np.float64):
            self._block(block)
        return self.heard

    def _block(self, block: NDArray[np.float64]) -> None:
        self._blocks += 1
        block = block - block.mean()
        power = np.abs(np.fft.rfft(block * _WINDOW)) ** 2
        loud = float(np.mean(block**2)) >= POWER_MIN
        if loud and power[CNG_BIN - 1 : CNG_BIN + 2].sum() >= PURE_MIN * power.sum():
            self._run += 1 + self._breaks
            self._breaks = 0
        elif self._run and self._breaks < BREAKS_MAX:
            self._breaks += 1
        elif self._run:
            self._over(self._run * BLOCK / RATE_HZ)
            self._run = self._breaks = 0

    def _over(self, seconds: float) -> None:
        if not CNG_S[0] <= seconds <= CNG_S[1]:
            return
        now = self._blocks * BLOCK / RATE_HZ
        if self._last_cng is not None and CNG_EVERY_S[0] <= now - self._last_cng <= CNG_EVERY_S[1]:
            self.heard = True
        self._last_cng = now


FRAME: Final = 1024  # samples, 128 ms; a new one every half
NOTE_STEPS_MIN = 5  # of 64 ms: 0.32 s; a vowel is shorter or glides
IN_TUNE = 0.012  # a fifth of a semitone, between two steps
NOTE_POWER_MIN = 0.2  # share of a frame's power in its strongest tone
LOOKED_AT_S = 10.0
SOUND_MIN, NOTES_SHARE_MIN, PITCHES_MIN = (
    0.6,
    0.5,
    3,
)  # of that time with sound; of the sound within notes; different ones
_FRAME_WINDOW: Final = np.hanning(FRAME)
_LOWEST_BIN: Final = 16  # 125 Hz: below lies the mains


class HoldMusic:
    """Of one call. `heard` stays true once it is. A steady tone is no music: it has one pitch."""

    def __init__(self) -> None:
        self.heard = False
        self._samples = np.zeros(0, np.int16)
        self._pitch, self._run = 0.0, 0
        self._steps: deque[tuple[bool, float]] = deque(maxlen=round(LOOKED_AT_S * RATE_HZ / (FRAME // 2)))

    def push(self, samples: NDArray[np.int16]) -> bool:
        """(n,) samples at 8 kHz, n as it comes. True from the moment when it is certain."""
        self._samples = np.concatenate((self._samples, samples))
        while len(self._samples) >= FRAME and not self.heard:
            self._step(self._samples[:FRAME].astype(np.float64))
            self._samples = self._samples[FRAME // 2 :]
        return self.heard

    def _step(self, frame: NDArray[np.float64]) -> None:
        pitch, loud = _strongest(frame)
        held = bool(pitch) and abs(pitch - self._pitch) <= IN_TUNE * pitch
        self._run = self._run + 1 if held else 0
        self._pitch = pitch
        self._steps.append((loud, pitch if held else 0.0))
        if self._run == NOTE_STEPS_MIN - 1:
            self.heard = len(self._steps) == self._steps.maxlen and self._is_music()

    def _is_music(self) -> bool:
        sounding = sum(loud for loud, _ in self._steps)
        notes = list(_notes([pitch for _, pitch in self._steps]))
        pitches = {round(12 * np.log2(pitch / 440)) for _, pitch in notes}
        return (
            sounding >= SOUND_MIN * len(self._steps)
            and sum(length for length, _ in notes) >= NOTES_SHARE_MIN * sounding
            and len(pitches) >= PITCHES_MIN
        )


def _strongest(frame: NDArray[np.float64]) -> tuple[float, bool]:
    """Hz of the frame's strongest tone, 0 when none stands out; and whether there is any sound."""
    frame = frame - frame.mean()
    loud = float(np.mean(frame**2)) >= POWER_MIN
    power = np.abs(np.fft.rfft(frame * _FRAME_WINDOW)) ** 2
    at = _LOWEST_BIN + int(power[_LOWEST_BIN:-2].argmax())
    if not loud or power[at - 2 : at + 3].sum() < NOTE_POWER_MIN * power.sum():
        return 0.0, loud
    left, middle, right = np.log(power[at - 1 : at + 2] + 1e-9)
    shift = 0.5 * (left - right) / (left - 2 * middle + right or 1.0)  # a parabola through the peak (Smith 2011)
    return (at + float(np.clip(shift, -0.5, 0.5))) * RATE_HZ / FRAME, loud


def _notes(held: list[float]) -> Iterator[tuple[int, float]]:
    """(steps, Hz) of each tone that was held for long enough."""
    run: list[float] = []
    for pitch in [*held, 0.0]:
        if pitch:
            run.append(pitch)
            continue
        if len(run) >= NOTE_STEPS_MIN - 1:
            yield len(run) + 1, float(np.median(run))
        run = []
