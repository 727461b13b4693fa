"""Dates as they are said. Sentences by the author of the rules."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.scope.days.dates import MONTHS, Parts, birth, parts, said
from triage.scope.entities import find

SLOW = 5.0  # seconds of the processor; what is bounded takes a tenth of one


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
        ("that'd be the year forty-three, the fourth of July", date(1943, 7, 4)), ("the fourth of July. July 4, 1943", date(1943, 7, 4)),
        ("year 58, june third", date(1958, 6, 3)), ("the nineteenth of June nineteen oh five", date(1905, 6, 19)),
        ("I born eleven April, one nine seven six", date(1976, 4, 11)),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the tenth of May would be good", Parts(5, 10)),
        ("the tenth of March in the morning", Parts(3, 10)),
        ("late May works", Parts(5)),
        ("early march in the morning if you can", Parts(3)),
        ("in May would be good", Parts(5)),
        ("the twenty second March in nineteen forty", Parts(3, 22, 1940)),
        ("the third of May in nineteen fifty one", Parts(5, 3, 1951)),
        ("the third of March in 1951", Parts(3, 3, 1951)),
        ("the 3rd of May sir 1951", Parts(5, 3, 1951)),
        ("the third may not work", Parts(day=3)),
        ("I was born in May it was the third nineteen fifty", Parts(5, 3, 1950)),
        ("can I come in may I ask", Parts()),
        ("you two march right back in there", Parts()),
    ],
)
def test_may_and_march_after_what_makes_a_month_of_them(text: str, expected: Parts) -> None:
    assert parts(text) == expected


def test_the_month_of_a_wished_day_with_an_hour_is_kept() -> None:
    assert parts("the tenth of May at ten").month == 5


@pytest.mark.parametrize(
    "said_often",
    [
        "may ",
        "not may ",
        "in May i ",
        "march in ",
        "of may ",
        "first of all ",
        "one nine ",
        "the ten ",
        "one of the two ",
    ],
)
def test_what_is_said_over_and_over_is_read_in_a_moment(said_often: str) -> None:
    begun = time.process_time()
    parts(said_often * 5000)
    assert time.process_time() - begun < SLOW


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Second of August, one nine five seven. Everybody in my town has it.", date(1957, 8, 2)), ("Birthday, two March, one nine five nine", date(1959, 3, 2)),
        ("April one, one nine six three", date(1963, 4, 1)), ("one nine, one nine four eight", date(1948, 1, 9)), ("the seventh of May, two oh oh three", date(2003, 5, 7)),
        ("May twenty, one nine five oh", date(1950, 5, 20)), ("the third of June, nineteen seven two", date(1972, 6, 3)), ("June nineteen seven two", date(1972, 6, 19)),
        ("Twenty-two of April, nineteen fifty-four. First the day, the twenty-two.", date(1954, 4, 22)), ("five of November, nineteen sixty-one", date(1961, 11, 5)),
        ("six of the eight of seventy", date(1970, 8, 6)), ("the first of the first, one nine five five", date(1955, 1, 1)),
        ("the eighth month, fifth day, nineteen seventy", date(1970, 8, 5)), ("I was born in one nine six oh, on the fifth of May", date(1960, 5, 5)),
        ("Day sixteen, month eight, year seventy-three", date(1973, 8, 16)),
    ],
)  # fmt: skip
def test_the_day_first_and_the_year_digit_by_digit(text: str, day: date) -> None:
    assert birth(text) == day


@pytest.mark.parametrize("text", ["one nine six eight", "June, one nine seven one", "the two of us"])
def test_a_year_in_digits_is_no_day(text: str) -> None:
    assert birth(text) is None
    assert parts(text).day is None or parts(text).year is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Monday the sixteen", 16), ("Friday, the nineteen.", 19), ("Friday nineteen", 19), ("the eleven", 11), ("on the nine", 9), ("Tuesday the 12", 12),
        ("Monday the nine o'clock", None), ("the twelve kids", None), ("Monday nine thirty", None), ("the two of us", None), ("the ten a.m. one", None),
    ],
)  # fmt: skip
def test_a_day_of_the_month_in_cardinals(text: str, day: int | None) -> None:
    assert parts(text).day == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("July ninth, fifty-six. No, hell, fifty-eight. Fifty-six is my brother.", date(1958, 7, 9)),
        ("March third, forty-one, no wait, forty-two", date(1942, 3, 3)),
        ("That's the wife's. I'm September twentieth, nineteen fifty-two.", date(1952, 9, 20)),
        ("the ninth of March fifty one, my daughter's is the tenth", date(1951, 3, 9)),
        ("May 4, 1960, sorry, I'm in aisle 7", date(1960, 5, 4)),
    ],
)
def test_a_year_is_corrected_and_somebody_elses_is_none(text: str, day: date) -> None:
    assert birth(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Christmas Day, 1950. Got one present a year", date(1950, 12, 25)),
        ("the day after christmas nineteen fifty eight", date(1958, 12, 26)),
        ("New Year's Eve, 1968", date(1968, 12, 31)),
        ("new year's day of nineteen forty seven", date(1947, 1, 1)),
        ("st patrick's day nineteen thirty one", date(1931, 3, 17)),
        ("March 31st, '72. One day shy of being an April fool.", date(1972, 3, 31)),
        ("seven nineteen four eight", date(1948, 7, 19)),
        ("First day of that summer: June 21, 1955", date(1955, 6, 21)),
        ("17 April 1983. Sorry, I'm from Scotland, we put the day first.", date(1983, 4, 17)),
        ("October the 2nd, 1971. No, yours is the 12th, baby. Mine's the 2nd.", date(1971, 10, 2)),
        ("ten zero six nineteen fifty six", date(1956, 10, 6)),
        ("September 9th, no, listen to me, the 19th. September 19, 1985. The 9th is my boy's.", date(1985, 9, 19)),
        ("May 21, 1961. What? No, Carol, yours is the 12th, they want mine.", date(1961, 5, 21)),
        ("12/25/71. Yes, Christmas. Yes, one present for both.", date(1971, 12, 25)),
        ("third of May five one", date(1951, 5, 3)),
        ("July 2nd, '97. Not the 4th, people always try to make it the 4th.", date(1997, 7, 2)),
    ],
)
def test_birthdays_as_strangers_say_them(text: str, day: date) -> None:
    fact = find("date_of_birth", text, asked=True)
    assert fact is not None
    assert birth(fact.value.reveal()) == day


@pytest.mark.parametrize(
    "text",
    ["two days after christmas 1970", "the week before Christmas 1970", "I'm a Christmas baby, twenty fourth, 1962", "around Halloween, 1955", "Christmas eve eve 1962"],
)  # fmt: skip
def test_a_day_beside_a_holiday_is_not_the_holiday(text: str) -> None:
    assert find("date_of_birth", text, asked=True) is None
