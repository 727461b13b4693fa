"""PCM as the house carries it: signed 16-bit little-endian, mono, 8,000 samples a second. Arrays are float32 in -1..1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FULL_SCALE = 32768.0

Samples = NDArray[np.float32]


def to_samples(pcm: bytes) -> Samples:
    """Raises ValueError when half a sample is left over."""
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(FULL_SCALE)


def to_pcm(samples: Samples) -> bytes:
    """What lies beyond full scale is clipped."""
    whole: NDArray[np.int16] = np.clip(np.rint(samples * np.float32(FULL_SCALE)), -32768, 32767).astype("<i2")
    return whole.tobytes()


class Framer:
    """Cuts a stream of samples into frames of one length; what does not fill a frame waits for more."""

    def __init__(self, frame_samples: int) -> None:
        self._frame_samples = frame_samples
        self._rest: Samples = np.zeros(0, np.float32)

    def push(self, samples: Samples) -> NDArray[np.float32]:
        """Shape (n, frame_samples), n from 0."""
        joined = np.concatenate((self._rest, samples))
        whole = len(joined) // self._frame_samples * self._frame_samples
        self._rest = joined[whole:]
        return joined[:whole].reshape(-1, self._frame_samples)
