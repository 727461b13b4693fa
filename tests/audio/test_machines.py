"""Fax machines by their tones, and nothing else by them: signals after ITU-T T.30, speech and music made here."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from triage.audio import g711
from triage.audio.machines import FaxTone
from triage.audio.pcm import RATE_HZ

Signal = NDArray[np.int16]


def tone(hz: float, seconds: float, amplitude: float = 3000) -> Signal:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * t)).astype(np.int16)


def quiet(seconds: float) -> Signal:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def heard(signal: Signal, noise: float = 0.0, piece: int = 320) -> bool:
    chance = np.random.default_rng(7)
    noisy = (signal + chance.normal(0, noise, len(signal))).astype(np.int16)
    line = np.frombuffer(g711.mu_law_decode(g711.mu_law_encode(noisy.tobytes())), np.int16)
    fax = FaxTone()
    for at in range(0, len(line), piece):
        fax.push(line[at : at + piece])
    return fax.heard


@pytest.mark.parametrize("hz", [1062, 1100, 1138])
@pytest.mark.parametrize("on_s", [0.43, 0.5, 0.57])
def test_a_calling_fax(hz: float, on_s: float) -> None:
    signal = np.concatenate([quiet(1), tone(hz, on_s), quiet(3), tone(hz, on_s), quiet(3)])
    assert heard(signal, noise=60)
    assert heard(signal, noise=60, piece=173)


def test_a_packet_lost_within_the_tone() -> None:
    lost = tone(1100, 0.5)
    lost[1600:1760] = 0
    assert heard(np.concatenate([quiet(1), lost, quiet(3), lost, quiet(1)]))


@pytest.mark.parametrize(
    "signal",
    [
        np.concatenate([quiet(1), tone(1100, 0.5), quiet(8)]),  # one beep
        np.concatenate([tone(1100, 0.5), quiet(1), tone(1100, 0.5), quiet(1)]),  # a microwave oven
        np.concatenate([tone(1100, 4.0), quiet(3), tone(1100, 4.0)]),
        np.concatenate([tone(2100, 3.0), quiet(1), tone(2100, 3.0)]),
        np.concatenate([tone(440, 3.0), tone(480, 3.0)]),
        tone(1100, 3.0) + tone(700, 3.0),
        tone(1100, 0.5, amplitude=20),
        np.concatenate([quiet(1), quiet(0.5) + 3000, quiet(3), quiet(0.5) + 3000, quiet(1)]).astype(
            np.int16
        ),  # no sound, but not zero
    ],
)
def test_what_is_no_fax(signal: Signal) -> None:
    assert not heard(signal)


def test_a_voice_is_no_fax() -> None:
    """Vowels: harmonics of a gliding pitch, one of them passing through each tone."""
    t = np.arange(20 * RATE_HZ) / RATE_HZ
    pitch = 2 * np.pi * np.cumsum(110 + 30 * np.sin(2 * np.pi * 0.4 * t)) / RATE_HZ
    voice = sum(np.sin(k * pitch) / k for k in range(1, 25)) * (np.sin(2 * np.pi * 3 * t) > -0.3)
    assert not heard((1500 * voice).astype(np.int16), noise=100)
