"""Inputs near good ones: bytes deleted, doubled, swapped, replaced; pure in its random source."""

from __future__ import annotations

from random import Random

TOKENS = (b"[", b"]", b"{", b"}", b'"', b"=", b"\n", b"\0", b"\xff", b"-1", b"1e999", b"null", b"true", b'""', b"\xe2\x80\xa8", b"9" * 40,
          b"nan", b"inf", b"2026-13-45", b"\xed\xa0\x80", b"''", b"\\u0000", b".", b",")  # fmt: skip
SIZE_MAX = 65_536


def mutate(data: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(data) + 1)
        length = random.choice((1, 1, 2, 8, 64, 512))
        match random.randrange(6):
            case 0:
                data = data[:at] + data[at + length :]
            case 1:
                data = data[:at] + data[at : at + length] * random.choice((2, 3, 50)) + data[at + length :]
            case 2:
                data = data[:at] + bytes(random.randrange(256) for _ in range(min(length, 8))) + data[at + length :]
            case 3:
                data = data[:at] + random.choice(TOKENS) + data[at:]
            case 4 if data:
                other = random.randrange(len(data))
                data = data[:at] + data[other : other + length] + data[at:]
            case _:
                data = data[:at] + random.choice(TOKENS) + data[at + length :]
    return data[:SIZE_MAX]
