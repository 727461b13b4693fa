"""Is it a fax machine that calls? Told the caller's samples in order; asks nothing.

A calling fax sends CNG: 1,100 Hz for 0.5 s every 3.5 s (ITU-T T.30, 4.2; tolerances there 38 Hz and 15 %). No voice is that pure, and
nothing that beeps keeps that time.
"""

from __future__ import annotations

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
