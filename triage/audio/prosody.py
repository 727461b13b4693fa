"""How something was said: loudness, pitch, rate and pauses of one utterance, against the same caller's earlier ones. Pure.

A hint and nothing more: a loud, high or halting voice may make the line ask or raise a doubt to `state`; it never lowers and never
vetoes. Not validated on callers in distress, because no such recordings may be had; only its silence on calm speech was measured.
Pitch by autocorrelation (Boersma 1993, without the interpolation); syllables by peaks of the energy envelope (de Jong & Wempe 2009,
simplified).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME_S, HOP_S = 0.040, 0.020
ABOVE_FLOOR_DB: Final = 12.0  # a frame this much above the quietest tenth is speech
PITCH_HZ: Final = (70.0, 420.0)
VOICED: Final = 0.45  # autocorrelation peak of a voiced frame
PAUSE_FRAMES_MIN: Final = 13  # 0.26 s
SPEECH_S_MIN: Final = 0.8  # of an utterance that says anything about a voice

# Against the caller's own baseline.
LOUDER_DB, HIGHER = 6.0, 1.30
SLOWER, PAUSES_SHARE = 0.6, 0.5
BASELINE_MIN: Final = 2  # utterances


@dataclass(frozen=True, slots=True)
class Prosody:
    """`loudness_db`: median of speech frames, dB full scale. `pitch_hz`: median of voiced frames, 0 if none. `rate`: syllables a
    second of speech. `pauses`: share of the time between first and last speech that is silent."""

    speech_s: float
    loudness_db: float
    pitch_hz: float
    rate: float
    pauses: float


def prosody(pcm: NDArray[np.int16], rate_hz: int) -> Prosody:
    """(samples,) int16 of one utterance. Silence gives a Prosody with speech_s 0."""
    frame, hop = int(FRAME_S * rate_hz), int(HOP_S * rate_hz)
    if len(pcm) < 2 * frame:
        return Prosody(0.0, -100.0, 0.0, 0.0, 0.0)
    x = pcm.astype(np.float32) / 32768
    frames = np.lib.stride_tricks.sliding_window_view(x, frame)[::hop]
    energy = 10 * np.log10(np.mean(frames * frames, axis=1) + 1e-10)
    floor = max(float(np.quantile(energy, 0.1)), -70.0)
    speech = energy > floor + ABOVE_FLOOR_DB
    at = np.flatnonzero(speech)
    if len(at) == 0:
        return Prosody(0.0, -100.0, 0.0, 0.0, 0.0)
    seconds = float(len(at)) * HOP_S
    inside = speech[at[0] : at[-1] + 1]
    return Prosody(
        seconds, float(np.median(energy[at])), _pitch(frames[at].astype(np.float32), rate_hz), _syllables(energy, speech) / seconds,
        _pauses(inside),
    )  # fmt: skip


def strain(now: Prosody, before: Sequence[Prosody]) -> str:
    """ "raised_voice", "halting_voice" or "": against the medians of the caller's earlier utterances."""
    known = [one for one in before if one.speech_s >= SPEECH_S_MIN]
    if now.speech_s < SPEECH_S_MIN or len(known) < BASELINE_MIN:
        return ""
    loudness = float(np.median([one.loudness_db for one in known]))
    pitch = float(np.median([one.pitch_hz for one in known]))
    rate = float(np.median([one.rate for one in known]))
    if now.loudness_db >= loudness + LOUDER_DB and pitch and now.pitch_hz >= HIGHER * pitch:
        return "raised_voice"
    if now.pauses >= PAUSES_SHARE and now.rate <= SLOWER * rate:
        return "halting_voice"
    return ""


def _pitch(frames: NDArray[np.float32], rate_hz: int) -> float:
    """Median over voiced frames, Hz."""
    frames = frames[:: max(1, len(frames) // 100)]  # a hundred frames are enough for a median
    frames = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(frames.shape[1]).astype(np.float32)
    spectrum = np.fft.rfft(frames, 2 * frames.shape[1])
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, : frames.shape[1]]
    zero = correlation[:, :1]
    shortest, longest = int(rate_hz / PITCH_HZ[1]), int(rate_hz / PITCH_HZ[0])
    lags = correlation[:, shortest:longest] / np.maximum(zero, 1e-9)
    best = lags.argmax(axis=1)
    voiced = lags[np.arange(len(lags)), best] >= VOICED
    return float(np.median(rate_hz / (shortest + best[voiced]))) if voiced.any() else 0.0


def _syllables(energy: NDArray[np.float32], speech: NDArray[np.bool_]) -> int:
    smooth = np.convolve(energy, np.ones(3) / 3, mode="same")
    peaks = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & speech[1:-1]
    return int(peaks.sum())


def _pauses(inside: NDArray[np.bool_]) -> float:
    silent, run = 0, 0
    for spoken in [*inside, True]:
        if spoken:
            silent += run if run >= PAUSE_FRAMES_MIN else 0
            run = 0
        else:
            run += 1
    return silent / len(inside)
