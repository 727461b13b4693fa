"""Is it a fax machine that calls? Told the caller's samples in order; asks nothing.

A calling fax sends CNG: 1,100 Hz for 0.5 s every 3.5 s; an answering one CED: 2,100 Hz for 2.6 to 4 s (ITU-T T.30, 4.2 and 4.3;
tolerances there 38 Hz and 15 %). No voice is that pure for that long.
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
CED_BIN, CED_S_MIN = 42, 2.2
_WINDOW: Final = np.hanning(BLOCK)


class FaxTone:
    """Of one call. `heard` stays true once it is."""

    def __init__(self) -> None:
        self.heard = False
        self._rest = np.zeros(0, np.int16)
        self._blocks = 0
        self._runs = {CNG_BIN: 0, CED_BIN: 0}
        self._breaks = {CNG_BIN: 0, CED_BIN: 0}
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
        power = np.abs(np.fft.rfft((block - block.mean()) * _WINDOW)) ** 2
        loud = float(np.mean(block**2)) >= POWER_MIN
        for at in self._runs:
            if loud and power[at - 1 : at + 2].sum() >= PURE_MIN * power.sum():
                self._runs[at] += 1 + self._breaks[at]
                self._breaks[at] = 0
            elif self._runs[at] and self._breaks[at] < BREAKS_MAX:
                self._breaks[at] += 1
            elif self._runs[at]:
                self._over(at, self._runs[at] * BLOCK / RATE_HZ)
                self._runs[at] = self._breaks[at] = 0
        if self._runs[CED_BIN] * BLOCK / RATE_HZ >= CED_S_MIN:
            self.heard = True

    def _over(self, at: int, seconds: float) -> None:
        if at != CNG_BIN or not CNG_S[0] <= seconds <= CNG_S[1]:
            return
        now = self._blocks * BLOCK / RATE_HZ
        if self._last_cng is not None and CNG_EVERY_S[0] <= now - self._last_cng <= CNG_EVERY_S[1]:
            self.heard = True
        self._last_cng = now
