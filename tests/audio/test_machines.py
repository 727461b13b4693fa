"""Fax machines by their tones, and nothing else by them: signals after ITU-T T.30, speech and music made here."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from triage.audio import g711
from triage.audio.machines import FaxTone, HoldMusic
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


def plays(signal: Signal) -> bool:
    line = np.frombuffer(g711.mu_law_decode(g711.mu_law_encode(signal.tobytes())), np.int16)
    music = HoldMusic()
    return any(music.push(line[at : at + 320]) for at in range(0, len(line), 320))


def melody(seed: int, seconds: float = 30.0, chord: tuple[int, ...] = (0,), vibrato: float = 0.0) -> Signal:
    """Notes of a major scale that die away, four harmonics each, as on any waiting line."""
    chance, parts, scale = np.random.default_rng(seed), [quiet(0.1)], (0, 2, 4, 5, 7, 9, 11, 12)
    while sum(map(len, parts)) < seconds * RATE_HZ:
        t = np.arange(round(chance.choice([0.4, 0.5, 0.75, 1.0]) * RATE_HZ)) / RATE_HZ
        root = 220 * 2 ** (scale[chance.integers(len(scale))] / 12)
        phases = [
            2 * np.pi * np.cumsum(root * 2 ** (step / 12) * (1 + vibrato * np.sin(2 * np.pi * 5 * t))) / RATE_HZ
            for step in chord
        ]
        note = sum(np.sin(h * phase) / h for phase in phases for h in range(1, 5)) * np.exp(-1.5 * t)
        parts.append((2500 * note / len(chord)).astype(np.int16))
    return np.concatenate(parts)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("chord", [(0,), (0, 4, 7)])
def test_music_on_hold(seed: int, chord: tuple[int, ...]) -> None:
    assert plays(melody(seed, chord=chord))
    assert plays(melody(seed, chord=chord, vibrato=0.003))


def voice(seconds: float) -> Signal:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch = 2 * np.pi * np.cumsum(110 + 30 * np.sin(2 * np.pi * 0.4 * t)) / RATE_HZ
    spoken = sum(np.sin(k * pitch) / k for k in range(1, 25)) * (np.sin(2 * np.pi * 3 * t) > -0.3)
    return (1500 * spoken).astype(np.int16)


@pytest.mark.parametrize(
    "signal",
    [
        voice(20), tone(440, 20), (tone(350, 20) // 2 + tone(440, 20) // 2), quiet(20), tone(60, 20) + tone(120, 20),
        np.random.default_rng(3).normal(0, 900, 20 * RATE_HZ).astype(np.int16), melody(1, seconds=6),
    ],
)  # fmt: skip
def test_what_is_no_music(signal: Signal) -> None:
    assert not plays(signal)
