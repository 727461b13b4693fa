"""Figures that the recogniser wrote down as one: "1665" for one six sixty-five, "June 391", "12-865", "818-2001". Pure.

Whoever says a birthday in figures is written down as one number. It is parted only where a single reading is a day of the calendar: of
"11162" nobody knows whether it is the eleventh of January or the first of November, so the line asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from triage.scope.days.dates import MONTHS, YEARS_ALONE_FROM, YEARS_FROM

_RUN: Final = re.compile(r"(?<![\d-])\d[\d./ -]{1,12}\d\b(?!(?:st|nd|rd|th))")
_AFTER_MONTH: Final = re.compile(rf"\b({'|'.join(MONTHS)}),? (\d{{3,6}})\b", re.IGNORECASE)
_SHORT_RUN: Final = re.compile(
    r"\W*(?:(?:um+|uh+|maybe|the|on|let'?s say)\W+)*(?P<run>\d{3,4})\W*(?:please\W*)?", re.IGNORECASE
)
_OTHER_NUMBER: Final = re.compile(
    r"\b(?:room|ending|last four|call|phone|telephone|ssn|social|account|street|avenue|apartment|number)\b",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"\W*(?:the |on the )?(\d\d?)\W*", re.IGNORECASE)
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}
_LEAP_YEAR: Final = 2024
_DIGITS_MIN, _DIGITS_MAX = 4, 8  # "1665" to "12311965"


def parted(text: str) -> str:
    """`text` with such a birthday as month, day and year: "It's 818-2001" is "It's August 18, 2001"."""
    if _OTHER_NUMBER.search(text) or any(
        _is_year(figure) for figure in re.findall(r"(?<![\d/.-])\d{4}(?![\d/.-]*\d)", text)
    ):
        return text  # a year that stands alone is the year; "room 1204", "the last four"
    named = _AFTER_MONTH.sub(lambda run: _one([f"{run[1]} {day}, {year}" for day, year in _days(run[2])], run[0]), text)
    return named if named != text else _RUN.sub(_whole, text)


def month_and_day(text: str) -> str:
    """The same for a day of this year or the next, where nothing else is said: "319" is March 19, and a mere "28" the 28th."""
    if (bare := _BARE.fullmatch(text)) and 1 <= int(bare[1]) <= 31:
        return f"the {bare[1]}{_ENDINGS.get(int(bare[1]) % 10 if bare[1][0] != '1' else 0, 'th')}"
    return _short(run) if (run := _SHORT_RUN.fullmatch(text)) else text


def _is_year(figure: str) -> bool:
    return YEARS_ALONE_FROM <= int(figure) < 2000 + YEARS_FROM


def _whole(run: re.Match[str]) -> str:
    pieces = re.findall(r"\d+", run[0])
    digits = "".join(pieces)
    if not _DIGITS_MIN <= len(digits) <= _DIGITS_MAX or len(pieces) > 2:
        return run[0]  # three pieces part themselves
    breaks = {len(pieces[0])} if len(pieces) == 2 else set()
    readings = [
        (month, day, year)
        for month, rest in _months(digits)
        for day, year in _days(rest)
        if breaks <= {len(month), len(month) + len(day)} and _exists(int(month), int(day), year)
    ]
    likely = [
        one for one in readings if not (len(one[0]) == 1 and one[1][0] == "0")
    ]  # "10962": ten nine, not one oh nine
    return _one([f"{MONTHS[int(month) - 1]} {int(day)}, {year}" for month, day, year in likely or readings], run[0])


def _short(run: re.Match[str]) -> str:
    figures = run["run"]
    readings = [
        (month, day) for month, day in _months(figures) if day[0] != "0" and _exists(int(month), int(day), _LEAP_YEAR)
    ]
    return _one([f"{MONTHS[int(month) - 1]} {int(day)}" for month, day in readings], run[0])


def _months(digits: str) -> Iterator[tuple[str, str]]:
    """The month, and what is left. A nought before a figure under ten belongs to it."""
    for length in (1, 2):
        month, rest = digits[:length], digits[length:]
        if rest and 1 <= int(month) <= len(MONTHS) and (length == 2 or month != "0"):
            yield month, rest


def _days(digits: str) -> Iterator[tuple[str, int]]:
    """The day and the year."""
    for length in (1, 2):
        day, year = digits[:length], digits[length:]
        if 1 <= int(day) <= 31 and len(year) in (2, 4):
            full = int(year) if len(year) == 4 else (1900 if int(year) > YEARS_FROM else 2000) + int(year)
            if YEARS_ALONE_FROM <= full < 2000 + YEARS_FROM:
                yield day, full


def _exists(month: int, day: int, year: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _one(readings: list[str], otherwise: str) -> str:
    """Nought before a figure and none are two readings of the same; of several days none is taken."""
    return readings[0] if len(set(readings)) == 1 else otherwise
