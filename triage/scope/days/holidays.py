"""Birthdays on days that have a name: "Christmas Eve, 1988", "the day after Halloween". Only days that are on the same date every year. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

_S: Final = r"(?:['\u2019]?s|s['\u2019])?"
_HOLIDAYS: Final = {
    rf"new year{_S} eve": (12, 31),
    rf"new year{_S}(?: day)?": (1, 1),
    r"groundhog(?:'?s)? day": (2, 2),
    rf"(?:saint |st\.? )?valentine{_S}(?: day)?": (2, 14),
    r"leap (?:year )?day": (2, 29),
    rf"(?:saint |st\.? )(?:patrick|patty|paddy){_S}(?: day)?": (3, 17),
    r"april fool(?:['\u2019]?s|s['\u2019])(?: day)?": (4, 1),
    r"cinco de mayo": (5, 5),
    r"juneteenth": (6, 19),
    r"independence day": (7, 4),
    r"hallowe'?en": (10, 31),
    rf"(?:veteran|armistice){_S} day": (11, 11),
    r"(?:christmas|xmas) eve": (12, 24),
    r"(?:christmas|xmas)(?: day)?": (12, 25),
    r"boxing day": (12, 26),
}
_NAMED: Final = re.compile(
    r"\b(?:the )?(?:day (?P<beside>before|after) )?(?:"
    + "|".join(f"(?P<h{place}>{name})" for place, name in enumerate(_HOLIDAYS))
    + r")(?!\w)",
    re.IGNORECASE,
)
_BESIDE_IT: Final = re.compile(
    r"\b(?:before|after|around|near|about|by|since|close to|(?:days?|weeks?|weekend|month)(?: of)?|just|almost|nearly|not|past|till|until)\W*(?:the )?$",
    re.IGNORECASE,
)
_NOT_IT: Final = re.compile(r"\W*(?:eve|baby|babies|child|week|weekend|time|party|season)\b", re.IGNORECASE)
_DATES: Final = tuple(_HOLIDAYS.values())
_LEAP_YEAR: Final = 2024  # any: the days beside a holiday are counted in one


def with_dates(text: str) -> str:
    """The same with each such day as its month and day: "Halloween, 1981" is "October 31, 1981"."""
    return _NAMED.sub(_dated, text)


def _dated(named: re.Match[str]) -> str:
    if _BESIDE_IT.search(named.string[: named.start()]) or _NOT_IT.match(named.string[named.end() :]):
        return named[0]  # "two days after Christmas", "a Christmas baby"
    month, day = next(_DATES[place] for place in range(len(_DATES)) if named[f"h{place}"])
    shift = {"before": -1, "after": 1}.get((named["beside"] or "").lower(), 0)
    meant = date(_LEAP_YEAR, month, day) + timedelta(days=shift)
    return f"{meant:%B} {meant.day}"
