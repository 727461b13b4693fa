"""The callback number: read back, corrected, confirmed; what was said before the question is no answer."""

from __future__ import annotations

from triage.call.number_check import NumberCheck, spoken
from triage.privacy.phi import Phi


def asked(number: str) -> NumberCheck:
    check = NumberCheck(Phi(number))
    check.begin()
    check.asked = True
    return check


def test_what_was_said_before_the_question_is_no_answer() -> None:
    check = NumberCheck(Phi("5550123"))
    assert check.begin() == "callback_check"
    assert check.hear("yes") == ""
    assert not check.confirmed


def test_a_thank_you_neither_confirms_nor_asks_again() -> None:
    check = asked("5550123")
    assert check.hear("thank you") == ""
    assert not check.confirmed
    assert check.hear("yes") == "callback_noted"
    assert check.confirmed


def test_another_number_is_read_back_before_it_counts() -> None:
    check = asked("5550123")
    assert check.hear("no, five five five nine eight seven six") == "callback_check"
    assert not check.confirmed
    assert check.hear("that's right") == "callback_noted"
    assert check.number.reveal() == "5559876"


def test_without_a_number_it_asks_twice_and_then_lets_be() -> None:
    check = NumberCheck(Phi(""))
    assert check.begin() == "callback_number"
    check.asked = True
    assert check.hear("I don't know") == "callback_number"
    assert check.hear("sorry") == ""
    assert check.over


def test_it_is_spoken_digit_by_digit() -> None:
    assert spoken(Phi("5550123")) == "5 5 5, 0 1 2 3"
    assert spoken(Phi("15555550123")).endswith("0 1 2 3")
