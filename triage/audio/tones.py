"""Tones, for when nothing else can be played: a caller must never hear silence and think the line is dead.

PCM is s16le, mono, 8 kHz. Tones fade in and out over 10 ms, so that they do not click.
"""

from __future__ import annotations

import numpy as np

from triage.audio.pcm import RATE_HZ, Samples, to_pcm

FADE_S = 0.01
AMPLITUDE = 0.1  # -20 dBov: as loud as the line's voice
TONE_S_MAX = 60.0


def tone(seconds: float, *frequencies_hz: float, amplitude: float = AMPLITUDE) -> bytes:
    """One tone of some frequencies. Raises ValueError beyond TONE_S_MAX."""
    return to_pcm(_tone(seconds, frequencies_hz, amplitude))


def comfort(seconds: float) -> bytes:
    """ "Still here": a soft 425 Hz note of 0.2 s every 3 s."""
    period = np.concatenate((_tone(0.2, (425.0,), AMPLITUDE / 2), np.zeros(round(2.8 * RATE_HZ), np.float32)))
    if not 0 <= seconds <= TONE_S_MAX:
        raise ValueError("the length must be between 0 and 60 seconds")
    return to_pcm(np.resize(period, round(seconds * RATE_HZ)).astype(np.float32))


def beep() -> bytes:
    """ "Now you": 0.15 s of 1,000 Hz."""
    return tone(0.15, 1000.0)


def _tone(seconds: float, frequencies_hz: tuple[float, ...], amplitude: float) -> Samples:
    if not 0 <= seconds <= TONE_S_MAX:
        raise ValueError("the length must be between 0 and 60 seconds")
    count = round(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    wave = np.zeros(count)
    for frequency in frequencies_hz:
        wave += np.sin(2 * np.pi * frequency * time_s)
    fade = min(round(FADE_S * RATE_HZ), count // 2)
    if fade:
        slope = np.linspace(0, 1, fade)
        wave[:fade] *= slope
        wave[-fade:] *= slope[::-1]
    return (wave * amplitude / max(1, len(frequencies_hz))).astype(np.float32)
