"""The voice as a hint: what is measured of made tones, and what counts as strain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from triage.audio.prosody import Prosody, prosody, strain
from triage.distress.classifier import Classification
from triage.distress.voice import with_voice
from triage.escalation.levels import Level

RATE_HZ = 8000
CALM = Prosody(2.0, -25.0, 150.0, 4.0, 0.1)


def syllables(pitch_hz: float, loudness: float, count: int, gap_s: float = 0.08) -> NDArray[np.int16]:
    t = np.arange(int(0.16 * RATE_HZ)) / RATE_HZ
    one = loudness * np.hanning(len(t)) * np.sign(np.sin(2 * np.pi * pitch_hz * t))
    rest = np.random.default_rng(1).standard_normal(int(gap_s * RATE_HZ)) * 1e-3
    return (np.concatenate([np.concatenate([one, rest]) for _ in range(count)]) * 32767).astype(np.int16)


@pytest.mark.parametrize("pitch_hz", [100.0, 180.0, 300.0])
def test_pitch_is_found(pitch_hz: float) -> None:
    assert prosody(syllables(pitch_hz, 0.3, 8), RATE_HZ).pitch_hz == pytest.approx(pitch_hz, rel=0.05)


def test_twice_as_loud_is_six_decibels() -> None:
    quiet, loud = (prosody(syllables(150, level, 8), RATE_HZ).loudness_db for level in (0.2, 0.4))
    assert loud - quiet == pytest.approx(6.0, abs=0.5)


def test_pauses_are_counted() -> None:
    assert prosody(syllables(150, 0.3, 8), RATE_HZ).pauses == 0.0
    assert prosody(syllables(150, 0.3, 8, gap_s=0.6), RATE_HZ).pauses > 0.5


@pytest.mark.parametrize("pcm", [np.zeros(0, np.int16), np.zeros(8000, np.int16), np.zeros(50, np.int16)])
def test_silence_is_no_voice(pcm: NDArray[np.int16]) -> None:
    assert prosody(pcm, RATE_HZ).speech_s == 0.0


def test_strain_is_against_the_callers_own_voice() -> None:
    before = [CALM, CALM]
    assert strain(CALM, before) == ""
    assert strain(replace(CALM, loudness_db=-15, pitch_hz=220), before) == "raised_voice"
    assert strain(replace(CALM, loudness_db=-15), before) == "", "loud alone is a bad line"
    assert strain(replace(CALM, rate=2.0, pauses=0.6), before) == "halting_voice"
    assert strain(replace(CALM, loudness_db=-15, pitch_hz=220), [CALM]) == "", "one utterance is no baseline"


def found(level: Level, *, act: bool, look: bool) -> Classification:
    return Classification(level, "c", 0.5, act, look, (), "v")


def test_the_voice_only_raises() -> None:
    for level in Level:
        for act, look in ((True, True), (False, True), (False, False)):
            before = found(level, act=act, look=look)
            for cause in ("", "raised_voice"):
                after = with_voice(before, cause)
                assert after.level >= before.level
                assert after.act >= before.act
                assert after.look >= before.look


def test_a_strained_voice_looks_and_with_words_that_look_acts() -> None:
    assert with_voice(found(Level.NONE, act=False, look=False), "raised_voice").look
    assert not with_voice(found(Level.NONE, act=False, look=False), "raised_voice").act
    assert with_voice(found(Level.CLINICAL, act=False, look=True), "raised_voice").act
