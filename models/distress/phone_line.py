"""What a telephone line does to a voice: mu-law, noise behind the speaker, lost packets. Samples are float32 at 8 kHz."""

from __future__ import annotations

import numpy as np

from triage.audio import g711
from triage.audio.pcm import RATE_HZ, Samples, to_pcm, to_samples

PACKET = RATE_HZ // 50  # 20 ms
LEAD = RATE_HZ // 5  # silence before and after, as the endpointer leaves it
CONDITIONS = ("clean", "noise_10db", "babble_10db", "loss_5pc")


def mu_law(audio: Samples) -> Samples:
    return to_samples(g711.mu_law_decode(g711.mu_law_encode(to_pcm(audio.astype(np.float32)))))


def with_noise(audio: Samples, noise: Samples, snr_db: float) -> Samples:
    noise = np.resize(noise, len(audio))
    gain = np.sqrt(np.mean(audio**2) / (np.mean(noise**2) + 1e-12)) * 10 ** (-snr_db / 20)
    return (audio + noise * gain).astype(np.float32)


def pink(seconds: float, chance: np.random.Generator) -> Samples:
    """Noise of streets and kitchens: energy falls by 3 dB an octave."""
    count = int(seconds * RATE_HZ)
    spectrum = np.fft.rfft(chance.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    noise = np.fft.irfft(spectrum, count)
    return (noise / np.abs(noise).max() * 0.3).astype(np.float32)


def with_loss(audio: Samples, share: float, chance: np.random.Generator) -> Samples:
    """Packets lost in bursts of one to four; the gateway plays silence for them."""
    out, at = audio.copy(), 0
    while at < len(out):
        burst = int(chance.integers(1, 5))
        if chance.random() < share / 2.5:
            out[at : at + burst * PACKET] = 0
            at += burst * PACKET
        else:
            at += PACKET
    return out


def on_the_line(audio: Samples, condition: str, babble: Samples, chance: np.random.Generator) -> Samples:
    """One of CONDITIONS, through mu-law. Raises ValueError for another."""
    padded = np.pad(audio, LEAD).astype(np.float32)
    if condition == "noise_10db":
        padded = with_noise(padded, pink(len(padded) / RATE_HZ, chance), 10)
    elif condition == "babble_10db":
        padded = with_noise(padded, np.roll(babble, int(chance.integers(len(babble)))), 10)
    elif condition == "loss_5pc":
        padded = with_loss(padded, 0.05, chance)
    elif condition != "clean":
        raise ValueError(condition)
    return mu_law(padded)


def babble_of(voices: list[Samples], count: int = 6) -> Samples:
    """`count` of the voices at once."""
    joined = np.concatenate(voices)
    return (sum(np.roll(joined, k * len(joined) // count) for k in range(count)) / count).astype(np.float32)
