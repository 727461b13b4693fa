"""ITU-T G.711 (11/1988), tables 1a/1b (A-law) and 2a/2b (mu-law), built here from the segments the tables print: the number of
intervals and their size, independently of the shifts in the code."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.audio import g711

# Intervals from zero upwards: (count, size), in the tables' own units.
MU_INTERVALS = [(1, 1), (15, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128), (16, 256)]
A_INTERVALS = [(32, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128)]


def quantized(intervals: list[tuple[int, int]], *, zero_is_a_value: bool) -> list[float]:
    """The value in the middle of each interval (y_n); mu-law's first interval quantizes to 0."""
    values, edge = [], 0
    for count, size in intervals:
        for _ in range(count):
            values.append(0.0 if zero_is_a_value and not values else edge + size / 2)
            edge += size
    return values


def pcm(*values: int) -> bytes:
    return np.array(values, "<i2").tobytes()


def linear(data: bytes) -> list[int]:
    return [int(v) for v in np.frombuffer(data, "<i2")]


def test_mu_law_decodes_to_table_2() -> None:
    positive = quantized(MU_INTERVALS, zero_is_a_value=True)
    assert len(positive) == 128
    assert positive[-1] == 8031  # table 2a, n = 127
    decoded = linear(g711.mu_law_decode(bytes(range(256))))
    # On the line all bits are inverted: 1111 1111 is +0, 1000 0000 the largest; the tables' 14-bit units are 4 of ours.
    assert [decoded[0xFF - n] for n in range(128)] == [4 * value for value in positive]
    assert [decoded[0x7F - n] for n in range(128)] == [-4 * value for value in positive]


def test_a_law_decodes_to_table_1() -> None:
    positive = quantized(A_INTERVALS, zero_is_a_value=False)
    assert len(positive) == 128
    assert positive[-1] == 4032  # table 1a, n = 128
    decoded = linear(g711.a_law_decode(bytes(range(256))))
    # Table 1a gives the codes before inversion of the even bits; 12-bit units (4096 full scale) are 8 of ours.
    assert [decoded[(0x80 | n) ^ 0x55] for n in range(128)] == [8 * value for value in positive]
    assert [decoded[n ^ 0x55] for n in range(128)] == [-8 * value for value in positive]


@pytest.mark.parametrize(
    ("code", "value"),
    [(0x80, 32124), (0x00, -32124), (0xFF, 0), (0x7F, 0), (0xFE, 8), (0x7E, -8), (0xF0, 120), (0xEF, 132)],
)
def test_mu_law_known_values(code: int, value: int) -> None:
    assert linear(g711.mu_law_decode(bytes([code]))) == [value]


@pytest.mark.parametrize(
    ("code", "value"), [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xD4, 24), (0xC5, 264), (0xF5, 528)]
)
def test_a_law_known_values(code: int, value: int) -> None:
    assert linear(g711.a_law_decode(bytes([code]))) == [value]


def test_codes_survive_decoding_and_encoding() -> None:
    codes = bytes(range(256))
    assert g711.a_law_encode(g711.a_law_decode(codes)) == codes
    survived = g711.mu_law_encode(g711.mu_law_decode(codes))
    assert [code for code in codes if survived[code] != code] == [0x7F]  # negative zero is zero
    assert survived[0x7F] == 0xFF


@pytest.mark.parametrize(
    ("encode", "decode", "intervals", "unit"),
    [
        (g711.mu_law_encode, g711.mu_law_decode, MU_INTERVALS, 4),
        (g711.a_law_encode, g711.a_law_decode, A_INTERVALS, 8),
    ],
)
def test_every_sample_goes_to_the_interval_it_lies_in(encode, decode, intervals, unit) -> None:  # type: ignore[no-untyped-def]
    """Error at most half the interval, for each of the 65,536 samples below the clipping point."""
    samples = np.arange(-32768, 32768, dtype=np.int32)
    back = np.frombuffer(decode(encode(samples.astype("<i2").tobytes())), "<i2").astype(np.int32)
    sizes = np.repeat([size for _, size in intervals], [count for count, _ in intervals]) * unit
    edges = np.cumsum(sizes)
    magnitude = np.minimum(np.abs(samples), edges[-1] - 1)
    half = sizes[np.searchsorted(edges, magnitude, side="right")] // 2
    # mu-law's first interval quantizes to its lower edge, and a negative sample lies one below its magnitude
    assert np.all(np.abs(np.abs(back) - magnitude) <= half + unit)
    assert np.all((back >= 0) | (samples < 0))
    assert np.all(np.diff(back) >= 0)


@given(st.binary(max_size=400))
def test_lengths_and_idempotence(codes: bytes) -> None:
    for encode, decode in ((g711.mu_law_encode, g711.mu_law_decode), (g711.a_law_encode, g711.a_law_decode)):
        once = decode(codes)
        assert len(once) == 2 * len(codes)
        assert decode(encode(once)) == once


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        g711.mu_law_encode(b"\0\0\0")


def test_clipping() -> None:
    assert g711.mu_law_encode(pcm(32767, -32768)) == b"\x80\x00"
    assert g711.a_law_encode(pcm(32767, -32768)) == b"\xaa\x2a"
