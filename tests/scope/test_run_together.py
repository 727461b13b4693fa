"""Figures that the recogniser wrote down as one. What a recogniser really wrote: models/scope/corpus/facts/heard. Sentences by the author of the rules."""

from __future__ import annotations

import pytest

from triage.scope.days.run_together import month_and_day, parted
from triage.scope.entities import find


@pytest.mark.parametrize(
    ("heard", "day"),
    [
        ("1665.", "January 6, 1965"), ("It's 818-2001.", "August 18, 2001"), ("213.89", "February 13, 1989"), ("91570", "September 15, 1970"),
        ("June 391.", "June 3, 1991"), ("12-865, same as always", "December 8, 1965"), ("10962", "October 9, 1962"), ("050351", "May 3, 1951"),
        ("1015-82, that's October 15th.", "October 15, 1982"), ("2nd month, 5th day, year 2000", "February 5, 2000"),
        ("October 23, no, 24, 1995", "October 24, 1995"), ("12311965", "December 31, 1965"),
    ],
)  # fmt: skip
def test_a_birthday_in_one_figure_is_parted(heard: str, day: str) -> None:
    fact = find("date_of_birth", heard, asked=True)
    assert fact is not None
    assert fact.value.reveal() == day


@pytest.mark.parametrize(
    "heard",
    [
        "11162",
        "123-51",
        "88843",
        "1995",
        "my room is 4417 2",
        "May 1951",
        "June 2001",
        "I was born in 1951 in room 1204",
        "the last four 1665",
        "99999999",
        "0000",
    ],
)
def test_what_has_two_readings_or_none_is_asked_again(heard: str) -> None:
    assert find("date_of_birth", heard, asked=True) is None


@pytest.mark.parametrize("heard", ["May 3, 1951", "3 4 51", "555-0143 is my number", "born in 1995", ""])
def test_nothing_else_is_touched(heard: str) -> None:
    assert parted(heard) == heard


@pytest.mark.parametrize(
    ("heard", "day"), [("319", "March 19"), ("28", "the 28th"), ("the 2", "the 2nd"), ("13.", "the 13th")]
)
def test_a_wished_day_in_one_figure(heard: str, day: str) -> None:
    fact = find("date", heard, asked=True)
    assert fact is not None
    assert fact.value.reveal() == day


@pytest.mark.parametrize(
    "heard", ["at 330 pm", "111", "45", "room 1300", "10:15", "230", "around 330", "730 a m", "take the 615 bus"]
)
def test_an_hour_or_a_doubtful_figure_is_no_day(heard: str) -> None:
    assert month_and_day(heard) == heard
