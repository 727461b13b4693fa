"""Keys pressed in answer to a question for a number. The greeting's promise stands: zero, and a person comes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.call.keypad import AFTER_FIGURE_S, AFTER_ZERO_S, Keypad


def test_zero_is_a_person_when_no_number_is_asked_for() -> None:
    assert Keypad().press("0", 1.0, number_wanted=False) == "nurse"
    assert Keypad().press("5", 1.0, number_wanted=False) == "nothing"


def test_a_number_may_begin_with_zero() -> None:
    pad = Keypad()
    for n, key in enumerate("05031951"):
        assert pad.press(key, n * 0.5, number_wanted=True) == "more"
    assert pad.due(3.5) == "nothing"
    assert pad.due(3.5 + AFTER_FIGURE_S) == "number"
    assert pad.take() == "05031951"
    assert pad.deadline is None


@given(st.integers(1, 20))
def test_zeros_alone_are_a_person_however_often(times: int) -> None:
    pad = Keypad()
    for _ in range(times):
        assert pad.press("0", 1.0, number_wanted=True) == "more"
    assert pad.due(1.0 + AFTER_ZERO_S) == "nurse"


def test_hash_ends_and_star_begins_anew() -> None:
    pad = Keypad()
    for key in "99*5550192":
        pad.press(key, 1.0, number_wanted=True)
    assert pad.press("#", 1.0, number_wanted=True) == "number"
    assert pad.take() == "5550192"
    assert pad.press("#", 1.0, number_wanted=True) == "nothing"


def test_a_birthday_is_whole_with_its_eighth_figure() -> None:
    pad = Keypad()
    pressed = [pad.press(key, 1.0, number_wanted=True, figures=8) for key in "05031951"]
    assert pressed == ["more"] * 7 + ["number"]
    assert pad.take() == "05031951"
