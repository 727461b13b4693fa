from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.audio import loudness, resampling, tones
from triage.audio.pcm import RATE_HZ, Framer, to_pcm, to_samples


def sine(frequency_hz: float, seconds: float, rate_hz: int = RATE_HZ, amplitude: float = 0.3) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(
        np.float32
    )


@given(st.binary(max_size=999).filter(lambda data: len(data) % 2 == 0))
def test_pcm_survives(data: bytes) -> None:
    assert to_pcm(to_samples(data)) == data


def test_beyond_full_scale_is_clipped() -> None:
    assert np.frombuffer(to_pcm(np.array([2.0, -2.0, 1.0], np.float32)), "<i2").tolist() == [32767, -32768, 32767]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        to_samples(b"abc")


@given(st.lists(st.integers(0, 700), max_size=20), st.integers(1, 512))
def test_framing_loses_and_invents_nothing(lengths: list[int], frame: int) -> None:
    stream = np.arange(sum(lengths), dtype=np.float32)
    framer, out, at = Framer(frame), [], 0
    for length in lengths:
        out.extend(framer.push(stream[at : at + length]))
        at += length
    joined = np.concatenate([np.zeros(0, np.float32), *out])
    assert np.array_equal(joined, stream[: len(stream) // frame * frame])


@pytest.mark.parametrize("frequency_hz", [100.0, 440.0, 1000.0, 3000.0, 3400.0])
def test_doubling_keeps_the_telephone_band(frequency_hz: float) -> None:
    """Against the same tone made at 16 kHz: error below -50 dB in the band that G.712 lets through."""
    doubled = resampling.double(sine(frequency_hz, 0.5))
    wanted = sine(frequency_hz, 0.5, 2 * RATE_HZ)
    error = (doubled - wanted)[400:-400]
    assert np.sqrt(np.mean(error**2)) < np.sqrt(np.mean(wanted**2)) * 10 ** (-50 / 20)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_doubling_a_stream_is_doubling_the_whole(lengths: list[int]) -> None:
    rng = np.random.default_rng(1)
    stream = rng.standard_normal(sum(lengths)).astype(np.float32)
    doubler, parts, at = resampling.Doubler(), [np.zeros(0, np.float32)], 0
    for length in lengths:
        parts.append(doubler.push(stream[at : at + length]))
        at += length
    streamed, lag = np.concatenate(parts), 2 * resampling.SIDE_TAPS
    assert len(streamed) == 2 * len(stream)
    assert np.allclose(
        streamed[lag:], resampling.double(stream)[: len(streamed) - lag][: len(streamed[lag:])], atol=1e-4
    )


@pytest.mark.parametrize("gain", [0.02, 0.1, 0.5, 1.5])
def test_speech_is_levelled_whatever_its_loudness_and_pauses(gain: float) -> None:
    speech = np.concatenate((sine(300, 1), np.zeros(RATE_HZ * 3, np.float32), sine(500, 1))) * np.float32(gain)
    before = loudness.active_level_dbov(speech, RATE_HZ)
    after = loudness.active_level_dbov(loudness.levelled(speech, RATE_HZ), RATE_HZ)
    reachable = np.clip(loudness.SPEECH_DBOV, before - loudness.GAIN_DB_MAX, before + loudness.GAIN_DB_MAX)
    assert after == pytest.approx(reachable, abs=0.1)


def test_levelling_never_clips_and_leaves_silence_alone() -> None:
    spiky = sine(300, 1, amplitude=0.01)
    spiky[100] = 0.9
    assert np.abs(loudness.levelled(spiky, RATE_HZ)).max() <= loudness.PEAK_MAX + 1e-6
    silence = np.zeros(RATE_HZ, np.float32)
    assert loudness.levelled(silence, RATE_HZ) is silence
    assert loudness.active_level_dbov(silence[:10], RATE_HZ) == loudness.SILENCE_DBOV


def test_level_of_a_known_tone() -> None:
    assert loudness.active_level_dbov(sine(1000, 1, amplitude=1.0), RATE_HZ) == pytest.approx(-3.01, abs=0.05)


def test_tones_sound_at_their_frequency_and_do_not_click() -> None:
    pcm = to_samples(tones.tone(1.0, 620.0))
    spectrum = np.abs(np.fft.rfft(pcm))
    assert int(np.argmax(spectrum)) == 620  # 1 s: one bin a hertz
    assert pcm[0] == 0
    assert abs(pcm[-1]) < 0.001
    assert len(tones.comfort(10.0)) == 10 * 2 * RATE_HZ
    assert np.abs(to_samples(tones.comfort(3.0))).max() > 0.03
    assert len(tones.beep()) == 2 * 1200


@pytest.mark.parametrize("seconds", [-1.0, 61.0, float("nan")])
def test_an_impossible_tone_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="between"):
        tones.tone(seconds, 440.0)
    with pytest.raises(ValueError, match="between"):
        tones.comfort(seconds)
