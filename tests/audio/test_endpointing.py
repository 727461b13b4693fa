from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.audio import endpointing as ep
from triage.audio.endpointing import Began, Ended, Endpointer, Event, Expectation, Paused, Resumed

WINDOW = ep.WINDOW_SAMPLES


def windows(seconds: float) -> int:
    return round(seconds * ep.RATE_HZ / WINDOW)


class Ear:
    def __init__(self, expectation: Expectation = Expectation.FREE) -> None:
        self.endpointer = Endpointer()
        self.endpointer.expect(expectation)
        self.sample = 0
        self.events: list[Event] = []

    def hears(self, probability: float, count: int) -> list[Event]:
        new: list[Event] = []
        for _ in range(count):
            self.sample += WINDOW
            new.extend(self.endpointer.window(probability, self.sample))
        self.events.extend(new)
        return new


def test_an_utterance_begins_at_its_first_window_and_ends_where_speech_stopped() -> None:
    ear = Ear()
    ear.hears(0.0, 10)
    assert ear.hears(0.6, 2) == []
    assert ear.hears(0.6, 1) == [Began(10 * WINDOW)]
    ear.hears(0.9, 20)
    assert ear.hears(0.1, windows(0.6) + 2) == [Paused(33 * WINDOW), Ended(33 * WINDOW, (33 + 19) * WINDOW)]


@pytest.mark.parametrize(
    ("expectation", "silence_s"),
    [(Expectation.FREE, 0.6), (Expectation.YES_NO, 0.45), (Expectation.NUMBER, 1.2), (Expectation.SPELLING, 1.2)],
)
def test_what_was_asked_decides_how_long_a_pause_may_be(expectation: Expectation, silence_s: float) -> None:
    ear = Ear(expectation)
    ear.hears(0.9, 20)
    (ended,) = [e for e in ear.hears(0.0, windows(3)) if isinstance(e, Ended)]
    waited_s = (ended.decided_at_sample - ended.at_sample) / ep.RATE_HZ
    assert silence_s <= waited_s < silence_s + WINDOW / ep.RATE_HZ


def test_a_click_is_no_speech_and_a_breath_no_end() -> None:
    ear = Ear()
    for _ in range(20):
        ear.hears(0.6, ep.BEGIN_WINDOWS - 1)
        ear.hears(0.0, 3)
        ear.hears(1.0, ep.SURE_WINDOWS - 1)
        ear.hears(0.0, 3)
    assert ear.events == []
    ear.hears(0.9, 10)
    assert [type(e) for e in ear.hears(0.0, windows(0.4))] == [Paused]
    assert [type(e) for e in ear.hears(0.9, 1)] == [Resumed]


def test_a_plain_voice_is_heard_a_window_earlier_and_a_doubtful_beginning_is_not() -> None:
    ear = Ear()
    assert ear.hears(ep.SURE_SUM / 2 + 0.01, ep.SURE_WINDOWS) == [Began(0)]
    other = Ear()
    assert other.hears(0.5, 1) == other.hears(0.7, 1) == []
    assert other.hears(0.5, 1) == [Began(0)]


def test_speech_that_is_merely_doubtful_neither_begins_nor_ends_an_utterance() -> None:
    ear = Ear()
    assert ear.hears(0.42, 200) == []
    ear.hears(0.9, 10)
    assert ear.hears(0.42, 200) == []


@pytest.mark.parametrize("text", ["my number is five", "it's 555", "I was, um", "and because", "well...", "I take,"])
def test_after_a_hesitation_or_a_digit_more_is_waited_for(text: str) -> None:
    ear = Ear(Expectation.YES_NO)
    ear.hears(0.9, 20)
    ear.endpointer.transcribed(text)
    (ended,) = [e for e in ear.hears(0.0, windows(3)) if isinstance(e, Ended)]
    assert ended.decided_at_sample - ended.at_sample >= ep.UNFINISHED_PATIENCE_S * ep.RATE_HZ


@pytest.mark.parametrize("text", ["", "Yes.", "I would like to talk to a nurse.", "no thanks", "?!"])
def test_a_finished_sentence_is_not_unfinished(text: str) -> None:
    assert not ep.unfinished(text)


def test_the_next_utterance_does_not_inherit_patience() -> None:
    ear = Ear()
    ear.hears(0.9, 20)
    ear.endpointer.transcribed("my number is five")
    ear.hears(0.0, windows(2))
    ear.hears(0.9, 20)
    assert ear.endpointer.patience_s == ep.PATIENCE_S[Expectation.FREE]


def test_endless_speech_is_cut_at_its_quietest_window_without_a_gap() -> None:
    ear = Ear()
    ear.hears(0.9, windows(23))
    ear.hears(0.4, 1)
    quiet_at = ear.sample
    ear.hears(0.9, windows(3))
    ended, began = ear.events[1:3]
    assert ended == Ended(quiet_at, ended.decided_at_sample)  # type: ignore[union-attr]
    assert began == Began(quiet_at)
    assert ear.endpointer.state is ep.State.SPEAKING


def test_stopping_in_mid_word_ends_there() -> None:
    ear = Ear()
    ear.hears(0.9, 20)
    assert ear.endpointer.stop(5000) == (Ended(5000, 5000),)
    assert ear.endpointer.stop(6000) == ()


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 120)), max_size=40),
    st.sampled_from(Expectation),
    st.lists(st.sampled_from(["", "five", "Yes.", "um"]), min_size=1),
)
def test_whatever_is_heard_utterances_alternate_do_not_overlap_and_are_bounded(runs, expectation, texts) -> None:  # type: ignore[no-untyped-def]
    ear = Ear(expectation)
    for number, (probability, count) in enumerate(runs):
        ear.hears(probability, count)
        ear.endpointer.transcribed(texts[number % len(texts)])
    ear.events.extend(ear.endpointer.stop(ear.sample))
    borders = [e for e in ear.events if isinstance(e, Began | Ended)]
    assert [type(e) for e in borders] == [Began, Ended] * (len(borders) // 2)
    positions = [e.at_sample for e in borders]
    assert positions == sorted(positions)
    for began, ended in zip(borders[::2], borders[1::2], strict=True):
        assert isinstance(ended, Ended)
        assert ended.at_sample <= ended.decided_at_sample <= ear.sample
        assert (ended.at_sample - began.at_sample) / ep.RATE_HZ <= ep.UTTERANCE_S_MAX + 0.04
