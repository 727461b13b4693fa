"""Dates as they are said. Sentences by the author of the rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.scope.dates import MONTHS, Parts, birth, parts, said


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the third of May nineteen fifty-one", date(1951, 5, 3)), ("May third, 1951", date(1951, 5, 3)), ("5/3/51", date(1951, 5, 3)),
        ("oh five oh three fifty one", date(1951, 5, 3)), ("five three nineteen fifty one", date(1951, 5, 3)), ("05031951", date(1951, 5, 3)),
        ("March 4th, 72", date(1972, 3, 4)), ("twelve twenty five sixty", date(1960, 12, 25)), ("25/12/1960", date(1960, 12, 25)),
        ("May twenty third two thousand and four", date(2004, 5, 23)), ("June first, two thousand twelve", date(2012, 6, 1)),
        ("may 3rd no wait the fourth nineteen fifty two", date(1952, 5, 4)), ("born on the fourth of july nineteen oh five", date(1905, 7, 4)),
        ("I was born in nineteen forty on the second of february", date(1940, 2, 2)), ("four one six two", date(1962, 4, 1)),
        ("eleven eleven twenty eleven", date(2011, 11, 11)), ("my birthday is September the nineteenth nineteen sixty-six", date(1966, 9, 19)),
    ],
)  # fmt: skip
def test_a_date_of_birth(text: str, day: date) -> None:
    assert birth(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "february 30th 1951",
        "five five five oh one two three",
        "April seventh",
        "nineteen fifty two",
        "may I come in",
    ],
)
def test_no_whole_date(text: str) -> None:
    assert birth(text) is None


def test_what_is_said_later_replaces_what_it_gives() -> None:
    assert parts("May 3rd 1951").then(parts("no, the fourteenth")) == Parts(5, 14, 1951)
    assert parts("May third").then(parts("nineteen fifty two")) == Parts(5, 3, 1952)


@given(st.dates(date(1905, 1, 1), date(2025, 12, 31)))
def test_every_day_is_understood_as_it_is_written(day: date) -> None:
    assert birth(said(day)) == day
    assert birth(f"the {day.day}th of {MONTHS[day.month - 1].lower()} {day.year}") == day
    assert birth(f"{day.month}/{day.day}/{day.year}") == day
    assert birth(f"{day.month:02d}{day.day:02d}{day.year}") == day


@given(st.text(max_size=60))
def test_never_raises(text: str) -> None:
    found = parts(text)
    assert found.whole is None or abs(found.whole - date(2000, 1, 1)) < timedelta(days=80_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("December first, 1958. No, you may not have that, that's my slipper.", Parts(12, 1, 1958)),
        ("December first, 1958. No, you can have two at three", Parts(12, 1, 1958)),
        ("December first 1958. No, you've had three already, and two more at noon", Parts(12, 1, 1958)),
        ("March 3 1960. No, march right back in there", Parts(3, 3, 1960)),
        ("Hold on a second. December first, 1958", Parts(12, 1, 1958)),
        ("I may be wrong but I think it's March 4th 1972", Parts(3, 4, 1972)),
        ("uh, May. The tenth. 1944", Parts(5, 10, 1944)),
        ("the tenth may nineteen forty four", Parts(5, 10, 1944)),
        ("It's May, not June", Parts(5)),
        ("Is June, not July. June nine, 1979.", Parts(6, 9, 1979)),
        ("Two, twenty eight, eighty two. February twenty eighth.", Parts(2, 28, 1982)),
    ],
)
def test_words_that_are_no_part_of_the_day(text: str, expected: Parts) -> None:
    assert parts(text) == expected
