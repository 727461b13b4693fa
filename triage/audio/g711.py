"""ITU-T G.711 (11/1988): mu-law and A-law to 16-bit linear PCM and back, by the rules of the ITU-T G.191 reference code.

One byte a sample on the wire, each array as long as its input. mu-law has two codes for zero: 0x7F (negative zero) decodes
to 0, which encodes as 0xFF. Every other code survives decoding and encoding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Linear = NDArray[np.int16]

MU_BIAS = 33  # shifts the segments' ends to powers of two, in units of 14 bits
MU_MAX = 0x1FFF
A_INVERT = 0x55  # even bits are inverted on the line (G.711, table 1a, note 2)


def _mu_table() -> Linear:
    code = ~np.arange(256) & 0xFF
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (((step << 1) + MU_BIAS) << segment) - MU_BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16) * np.int16(4)


def _a_table() -> Linear:
    code = np.arange(256) ^ A_INVERT
    segment, step = (code >> 4) & 7, code & 15
    magnitude = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _segment(magnitude: NDArray[np.int32], first: int) -> NDArray[np.int32]:
    """In which of the eight doubling segments a magnitude lies; `first` is where segment 1 begins."""
    ends = np.array([first << n for n in range(7)], np.int32)
    return np.searchsorted(ends, magnitude, side="right").astype(np.int32)


def _mu_encode_all() -> NDArray[np.uint8]:
    linear = np.arange(-32768, 32768, dtype=np.int32)
    magnitude = np.minimum((np.where(linear < 0, ~linear, linear) >> 2) + MU_BIAS, MU_MAX)
    segment = _segment(magnitude, 64)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 15)
    codes: NDArray[np.uint8] = (~np.where(linear < 0, code | 0x80, code) & 0xFF).astype(np.uint8)
    return codes


def _a_encode_all() -> NDArray[np.uint8]:
    linear = np.arange(-32768, 32768, dtype=np.int32)
    magnitude = np.where(linear < 0, ~linear, linear) >> 4
    segment = _segment(magnitude, 32)
    code = np.where(magnitude < 32, magnitude, ((segment + 1) << 4) | ((magnitude >> segment) & 15))
    return (np.where(linear < 0, code, code | 0x80) ^ A_INVERT).astype(np.uint8)


_MU_LINEAR, _A_LINEAR = _mu_table(), _a_table()
_MU_CODES, _A_CODES = _mu_encode_all(), _a_encode_all()


def mu_law_decode(codes: bytes) -> bytes:
    """To s16le: twice as long."""
    return _MU_LINEAR[np.frombuffer(codes, np.uint8)].astype("<i2").tobytes()


def mu_law_encode(pcm: bytes) -> bytes:
    """From s16le: half as long. Raises ValueError when half a sample is left over."""
    return _MU_CODES[np.frombuffer(pcm, "<i2").astype(np.int32) + 32768].tobytes()


def a_law_decode(codes: bytes) -> bytes:
    """To s16le: twice as long."""
    return _A_LINEAR[np.frombuffer(codes, np.uint8)].astype("<i2").tobytes()


def a_law_encode(pcm: bytes) -> bytes:
    """From s16le: half as long. Raises ValueError when half a sample is left over."""
    return _A_CODES[np.frombuffer(pcm, "<i2").astype(np.int32) + 32768].tobytes()
