"""8,000 to 16,000 samples a second for the recogniser and the voice detector, which were trained on 16,000.

Half-band low-pass (Kaiser window, 63 taps): every second output is an input sample, the others lie between. The telephone
carries nothing above 4 kHz, and nothing is invented there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from triage.audio.pcm import Samples

SIDE_TAPS = 16  # samples used on either side of a new one
KAISER_BETA = 7.0  # about 70 dB of stop band: below the noise of G.711 (38 dB)


def _between() -> NDArray[np.float32]:
    """Weights of the 2 * SIDE_TAPS neighbours of a point midway between two samples."""
    distance = np.arange(-SIDE_TAPS, SIDE_TAPS) + 0.5
    weights = np.sinc(distance) * np.interp(
        distance, np.linspace(-SIDE_TAPS, SIDE_TAPS, 2049), np.kaiser(2049, KAISER_BETA)
    )
    normalised: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return normalised


_WEIGHTS = _between()


class Doubler:
    """A stream at twice its rate. The output lags by SIDE_TAPS input samples (2 ms): as many zeros come first."""

    def __init__(self) -> None:
        self._tail: Samples = np.zeros(2 * SIDE_TAPS, np.float32)

    def push(self, samples: Samples) -> Samples:
        """Twice as many samples as were given."""
        joined = np.concatenate((self._tail, samples))
        if len(samples):
            self._tail = joined[-2 * SIDE_TAPS :]
        return _double(joined, len(samples))


def double(samples: Samples) -> Samples:
    """A whole recording at twice its rate, without lag; silence is taken to lie around it."""
    return _double(np.pad(samples, (SIDE_TAPS, SIDE_TAPS)).astype(np.float32), len(samples))


def _double(joined: Samples, count: int) -> Samples:
    out = np.empty(2 * count, np.float32)
    out[0::2] = joined[SIDE_TAPS : SIDE_TAPS + count]
    if count:
        out[1::2] = np.convolve(joined[1:], _WEIGHTS, mode="valid")[:count]
    return out
