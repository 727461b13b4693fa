"""Dates as callers say them: "the third of May nineteen fifty-one", "5/3/51", "oh five oh three fifty one", "no, the fourteenth". Pure.

American order where only figures are said (month, day, year). What comes after "no", "sorry", "I mean" replaces what it gives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

YEARS_ALONE_FROM: Final = 1880  # a figure from it is a year wherever it stands
DAYS_MAX: Final = 31
YEARS_FROM: Final = 30  # a two-figure year above it is of the last century: nobody is born in 2031
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SHORT: Final = {month[:3].lower(): number for number, month in enumerate(MONTHS, 1)} | {"sept": 9}
_UNITS: Final = {word: n for n, word in enumerate("zero one two three four five six seven eight nine".split())}
_TEENS: Final = {
    word: n
    for n, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
_TENS: Final = {
    word: n * 10 for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_ORDINALS: Final = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
} | {"twentieth": 20, "thirtieth": 30, "thirty-first": 31}
CORRECTION: Final = re.compile(
    r"\b(?:no(?! good\b| (?:can|want) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b)|nope|wait|sorry|i mean|actually|rather(?! than)|(?<!n't )(?<!not )(?<!try to )make (?:it|that)|not that|excuse me|i meant|correction|scratch that|instead(?! of))\b[\s,.]*",
    re.IGNORECASE,
)
BORN: Final = re.compile(r"\b(?:born|birth(?:day|date)?|d\.?o\.?b)\b", re.IGNORECASE)
_ORDINAL_OF: Final = {n: word for word, n in _ORDINALS.items()} | {
    tens + n: f"{word}-{unit}"
    for word, tens in (("twenty", 20), ("thirty", 30))
    for unit, n in list(_ORDINALS.items())[:9]
}
WEEKDAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_TENS_AND_UNIT: Final = rf"(?:twenty|thirty)[ -](?:{'|'.join(list(_UNITS)[1:])})"
_LATE: Final = (
    rf"{_TENS_AND_UNIT}|{'|'.join(list(_TEENS)[3:])}|twenty|thirty|1[3-9]|2\d|3[01]"  # no hour: thirteen and more
)
# "Monday the sixteen", "Friday nineteen", "the eleven", "on the nine": a day of the month, where nothing is counted by it.
_CARDINAL_DAY: Final = re.compile(
    rf"(?P<before>\b(?:{WEEKDAY}s?,?\s+(?:(?:it'?s|is|it is|on)\s+)?|on\s+)the\s+(?=(?:{_LATE}|{'|'.join((*_UNITS, *_TEENS))}|\d\d?)\b)|\b{WEEKDAY},?\s+(?=(?:{_LATE})\b)"
    rf"|\bthe\s+(?=(?:{_LATE}|ten|eleven|twelve|1[0-2])\b)|\b(?:the )?(?P<said>day )(?:number )?(?=(?:{_LATE}|{'|'.join((*list(_UNITS)[1:], *_TEENS))}|\d\d?)\b))(?P<day>{_TENS_AND_UNIT}|[a-z]+|\d+)"
    rf"(?=\s*(?:[.,;!?]+(?:\s|$)|$)|\s+(?:would|will|works?|is|was|be|please|then|instead|if|or|and|but|in the (?:morning|afternoon|evening)|at|around|not|to the|because|thanks|thank you|now|too|so)\b)",
    re.IGNORECASE,
)
_MONTH_NUMBER: Final = re.compile(
    rf"\b(?P<nth>{'|'.join(_ORDINALS)}|\d\d?(?:st|nd|rd|th)) month\b|\bmonth (?:number |is |of )?(?P<number>\w+)",
    re.IGNORECASE,
)
_OH_LAST: Final = re.compile(
    rf"\b((?:one|two)(?:[ ,-]+(?:{'|'.join(_UNITS)}|oh)){{2}}[ ,-]+)oh?\b", re.IGNORECASE
)  # "one nine four oh"
# "that'd be the year forty three": a year, whatever stands around it.
_YEAR_NAMED: Final = re.compile(
    r"\byear (?:of |is |was )?(?:nineteen )?((?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|\d\d)\b(?! (?:old|year|hundred))",
    re.IGNORECASE,
)
_OTHER_DAY: Final = re.compile(r"^(?:the )?([12]?\d|3[01]), (1[89]\d\d|20\d\d)\b")  # "October 23, no, 24, 1995"
_UNIT_NEXT: Final = re.compile(rf"\s+(?:zero|oh|{'|'.join(list(_UNITS)[1:])})\b", re.IGNORECASE)  # "zero six"
_WORD: Final = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|[a-z]+", re.IGNORECASE)
_FIGURE: Final = "|".join((r"\d+(?:st|nd|rd|th)?", *_ORDINALS, *_TEENS, *_TENS, *_UNITS, "oh"))
# "Fifty-six is my brother", "that's the wife": a year that is somebody else's.
_NOT_MINE: Final = re.compile(
    r"(?:(?<=[.,;!?]\s)|^)[^.,;!?]*(?:\b(?:yours|his|hers|theirs)(?:'s| is| was)\b|(?:\b(?:is|was|that's)|'s) (?:my|the) (?:(?:older|younger|big|little|twin|late) )?(?:brother|sister|wife|husband|missus|mother|father|mom|dad|son|daughter|twin|kid|boy|girl)(?:'s)?\b)[^.,;!?]*[.,;!?]?",
    re.IGNORECASE,
)
_FIGURES: Final = re.compile(rf"\b(?:{_FIGURE})\b", re.IGNORECASE)
# "Five of the seven of sixty-eight": day, month and year.
_DAY_OF_NUMBER: Final = re.compile(
    rf"(?P<day>\b(?:{_FIGURE})\b,? (?:of |in )(?:the )?)(?P<month>{_FIGURE})\b(?=,? (?:of |in )?(?:the year )?(?:{'|'.join(_TENS)}|nineteen|\d\d|(?:one|two)[ ,-]+(?:nine|oh|zero)\b))",
    re.IGNORECASE,
)
# The day right before its month; in "the first day of that summer: June 21" it is none.
_DAY_BESIDE_MONTH: Final = re.compile(
    rf"\b(?:{_FIGURE})[\s,-]+(?:day\s+)?(?:(?:of|in)\s+)?(?:the\s+)?(?:month\s+of\s+)?(?:{'|'.join(_SHORT)})",
    re.IGNORECASE,
)
# Words of the calendar that name no day: "you may not have that", "hold on a second", "march right back here".
_NO_DAY: Final = re.compile(
    r"\b(?:a|one|half a|every|any) (?:second|third)\b|\bfirst (?:of all|off|name)\b|\b(?:day|month|year|comes?|goes) first\b|\bapril fools?\b"
    r"|\bmarch (?=(?:him|her|it|that|them|yourself|right|back|over|in|out)\b)"
    rf"|\bnot (?:the |in |on )?(?:{'|'.join(MONTHS)}|{_FIGURE})\b(?: (?:{_FIGURE})\b)*"  # what is refused
    rf"|\bmay\b(?!\W+(?:the\W+)?(?:{_FIGURE})\b)",
    re.IGNORECASE,
)
_BESIDE: Final = 24  # letters before and behind a word that tell whether it is a month
# After these it is a month whatever follows; "the third may be full" and "you two march back in" are none.
_OF: Final = re.compile(r"(?<![a-z])of\W*$", re.IGNORECASE)
_NEAR: Final = rf"(?:(?:\b|-)(?:{_FIGURE})|\b(?:in|early|late|mid|since|until))\W*$"
_MONTH_BEFORE: Final = re.compile(_NEAR, re.IGNORECASE)
_MARCH_BEFORE: Final = re.compile(
    rf"(?:(?:\b|-)(?:\d+(?:st|nd|rd|th)?|{'|'.join((*_ORDINALS, *_TEENS, *_TENS))}|(?:{'|'.join(_TENS)})[ -](?:{'|'.join(_UNITS)}))"
    r"|\b(?:in|early|late|mid|since|until)) *$",
    re.IGNORECASE,
)
_MODAL: Final = re.compile(
    r"\W+(?:i|we|he|she|they)\s+(?:please |just |also )?(?:ask|be|bring|call|come|do|get|go|have|help|know|see|speak|take|talk)\b|\s+(?:(?:not|also|just|still|well|even|only) )?(?:have|be|do|go|get|work|come|suit|need|want|take|call|fit|make|see|say|ask|help|know|happen|stay|cause|end)\b",
    re.IGNORECASE,
)
_MAY_BEFORE: Final = re.compile(
    r"(?:\b(?:of|not|is|it'?s|that'?s|was|said|mean|meant|month)|[,.;:?!])\W*$", re.IGNORECASE
)
_MAY_FIRST: Final = re.compile(r"(?:\W*\b(?:um+|uh+|oh|well|yes|no)\b)*\W*", re.IGNORECASE)
_MAY_AFTER: Final = re.compile(
    r"\s*(?:[,.;:?!]|$)|\s+(?:or|and|not|instead|please|of)\b(?! (?:have|be|do|go|get)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Parts:
    month: int | None = None
    day: int | None = None
    year: int | None = None

    @property
    def whole(self) -> date | None:
        """None when something is missing, or the calendar has no such day."""
        if self.month is None or self.day is None or self.year is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def then(self, later: Parts) -> Parts:
        """With what was said later in place of what it replaces."""
        given = {name: value for name in ("month", "day", "year") if (value := getattr(later, name)) is not None}
        return replace(self, **given)


@dataclass(frozen=True, slots=True)
class _Figure:
    value: int
    ordinal: bool = False
    zeros: int = 0  # said before it: "oh five"
    written: int = 0  # digits of a figure that was written


def parts(text: str) -> Parts:
    """What a text says of one date."""
    found = Parts()
    for piece in CORRECTION.split(calendar(text)):
        given = _parts(piece)
        if found != Parts() and given.year is None and not _FIGURES.search(_NOT_MINE.sub(" ", piece)):
            continue  # "no, Carol, yours is the twelfth"
        if found.month and given.day is None and (other := _OTHER_DAY.search(piece)):
            given = Parts(day=int(other[1]), year=int(other[2]))
        found = found.then(_other_year(piece) if found.year and given == Parts() else given)
    return found


def _other_year(piece: str) -> Parts:
    """ "... fifty-six. No, fifty-eight": of a day whose year was said already."""
    mine = _NOT_MINE.sub(" ", piece)
    figures = [figure for word in _WORD.findall(mine) if (figure := _figure(word.lower()))]
    year = sum(figure.value for figure in figures)
    alone = len(figures) == 1 or (len(figures) == 2 and figures[0].value >= 20 and 0 < figures[1].value < 10)
    return Parts(year=1900 + year) if alone and DAYS_MAX < year < 100 else Parts()


def calendar(text: str) -> str:
    """The same with the words blanked that only look as if they named a day, "may" beside no figure, and days of the month in ordinals:
    "Monday the sixteen" is the sixteenth."""
    text = _CARDINAL_DAY.sub(_in_ordinals, text)
    return _NO_DAY.sub(lambda found: found[0] if _is_a_month(text, found) else " " * len(found[0]), text)


def _in_ordinals(said_as: re.Match[str]) -> str:
    day = sum(figure.value for word in re.split(r"[ -]", said_as["day"].lower()) if (figure := _figure(word)))
    before = "the " if said_as["said"] else said_as["before"]  # "the day nine"
    return f"{before}{_ORDINAL_OF[day]}" if 1 <= day <= 31 else said_as[0]


def _is_a_month(text: str, found: re.Match[str]) -> bool:
    """Whether "may" or "march" is the month. Only a stretch on both sides is looked at: linear in the text."""
    word, start = found[0].strip().lower(), found.start()
    if word not in ("may", "march"):
        return False
    before, after = text[max(0, start - _BESIDE) : start], text[found.end() : found.end() + _BESIDE]
    if _OF.search(before):
        return True
    if word == "march":
        return bool(_MARCH_BEFORE.search(before))
    if _MONTH_BEFORE.search(before):
        return not _MODAL.match(after)
    alone = _MAY_BEFORE.search(before) or (start <= _BESIDE and _MAY_FIRST.fullmatch(before))
    return bool(alone and _MAY_AFTER.match(after))


def birth(text: str) -> date | None:
    """The one whole date of a text."""
    return parts(text).whole


def said(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _parts(text: str) -> Parts:
    text = mine if _FIGURES.search(mine := _NOT_MINE.sub(" ", text)) else text
    text = _DAY_OF_NUMBER.sub(_month_of_number, _MONTH_NUMBER.sub(_month_named, _OH_LAST.sub(r"\1zero", text)))
    items = _with_year(_items(_YEAR_NAMED.sub(_year_in_full, text)))
    months = [at for at, item in enumerate(items) if isinstance(item, str)]
    if months:
        at = months[-1]
        before = [item for item in items[:at] if isinstance(item, _Figure)]
        after = [item for item in items[at + 1 :] if isinstance(item, _Figure)]
        month = _SHORT[str(items[at])]
        day_first = (
            before
            and _is_day(before[-1])
            and not (after and _is_day(after[0]) and not _DAY_BESIDE_MONTH.search(text))
            and (
                before[-1].ordinal
                or not after
                or not _is_day(after[0])
                or len(after) == 1
                or (_century(after[:2]) and not _century(after[1:3]))
            )
        )
        if day_first:
            if len(after) > 1 and after[0].value == before[-1].value and not _century(after[:2]):
                after = after[1:]  # "the fourth of July, July 4, 1943"
            return Parts(month, before[-1].value, _year(after) or _plain_year(before[:-1]))
        if after and _is_day(after[0]):
            return Parts(month, after[0].value, _year(after[1:]) or _plain_year(before))
        return Parts(month, None, _year(after) or _plain_year(before))
    figures = [item for item in items if isinstance(item, _Figure)]
    if len(figures) == 1:
        (one,) = figures
        if one.written in (6, 8):
            digits = str(one.value).zfill(one.written)
            return _numeric(int(digits[:2]), int(digits[2:4]), _year([_Figure(int(digits[4:]))]))
        if one.ordinal and _is_day(one):
            return Parts(day=one.value)
    elif figures and figures[0].ordinal and _is_day(figures[0]):
        return Parts(day=figures[0].value, year=_year(figures[1:]))
    elif len(figures) >= 3:
        whole = _numeric(figures[0].value, figures[1].value, _year(figures[2:]))
        # "sixty eight, that's my husband's, nineteen sixty eight": no day and month, but a year twice
        return whole if whole != Parts() else Parts(year=_plain_year(figures))
    year = _plain_year(figures)
    return Parts(year=year) if year and year >= YEARS_ALONE_FROM else Parts()


def _plain_year(figures: list[_Figure]) -> int | None:
    """Of figures with no day before them: only the last ones, and only what can be nothing else. "You two, not till three" is no year."""
    if _century(figures[-2:]):
        return _year(figures[-2:])
    if len(figures) > 2:  # "five, eleven, sixty nine. May eleventh"
        return _numeric(figures[0].value, figures[1].value, _year(figures[2:])).year
    return next((_year([figure]) for figure in reversed(figures) if figure.value > YEARS_ALONE_FROM), None)


def _month_named(said_as: re.Match[str]) -> str:
    """ "month five": May."""
    figure = _figure((said_as["nth"] or said_as["number"]).lower())
    return MONTHS[figure.value - 1] if figure and 1 <= figure.value <= len(MONTHS) else said_as[0]


def _month_of_number(said_as: re.Match[str]) -> str:
    """ "five of the seven": of July."""
    figure = _figure(said_as["month"].lower())
    named = figure is not None and 1 <= figure.value <= len(MONTHS)
    return f"{said_as['day']}{MONTHS[figure.value - 1]}" if figure and named else said_as[0]


def _year_in_full(said_as: re.Match[str]) -> str:
    """ "the year forty three": 1943."""
    year = sum(figure.value for word in re.split(r"[ -]", said_as[1].lower()) if (figure := _figure(word)))
    return f"year {1900 + year}" if year > YEARS_FROM else said_as[0]


def _numeric(month: int, day: int, year: int | None) -> Parts:
    if month > 12 >= day:
        month, day = day, month
    return Parts(month, day, year) if 1 <= month <= 12 and 1 <= day <= 31 and year else Parts()


def _century(figures: list[_Figure]) -> bool:
    """ "nineteen fifty eight": a year in two halves."""
    return len(figures) == 2 and figures[0].value in (19, 20) and not any(figure.ordinal for figure in figures)


def _with_year(items: list[str | _Figure]) -> list[str | _Figure]:
    """With a year that was said in three pieces or more as one figure: "one nine eight eight", "nineteen six eight", "two oh oh four"."""
    months = any(isinstance(item, str) for item in items)
    for first in range(len(items) - 2, -1, -1):
        run = [item for item in items[first : first + len("1968")] if isinstance(item, _Figure)]
        for end in range(2, len(run) + 1):
            said_as = "".join(f"{'0' * figure.zeros}{figure.value}" for figure in run[:end])
            if len(said_as) != len("1968") or any(figure.ordinal for figure in run[:end]):
                continue
            whole, begun = int(said_as), run[0].value
            last = end == len(items) - first or isinstance(items[first + end], str)  # "one nine, nineteen fifty-four"
            digits = begun < 10 and (run[end - 1].value < 10 or (last and (months or len(items) > 3)))
            day_said = first > 0 and (
                first > 1 or not isinstance(items[0], str)
            )  # "March nineteen six eight": the nineteenth
            halves = begun == 19 and end > 2 and (day_said if months else first != 1)  # "seven nineteen four eight"
            if YEARS_ALONE_FROM <= whole < 2000 + YEARS_FROM and not run[0].zeros and (digits or halves):
                return [*items[:first], _Figure(whole), *items[first + end :]]
    return items


def _is_day(figure: _Figure) -> bool:
    return 1 <= figure.value <= 31


def _year(figures: list[_Figure]) -> int | None:
    """Of the figures beside the day. "The 14th, October 14th" says a day twice and no year."""
    figures = [figure for figure in figures if not figure.ordinal]
    if not figures:
        return None
    first = figures[0].value
    if YEARS_ALONE_FROM <= first <= 2100:
        return first
    if first in (19, 20) and len(figures) > 1 and figures[1].value < 100:
        return first * 100 + figures[1].value
    if len(figures) > 2 and first < 10:
        return None  # "five five one two" is no year
    if len(figures) == 2 and not figures[0].zeros and all(figure.value < 10 for figure in figures):  # "five one"
        first = first * 10 + figures[1].value
    return (1900 if first > YEARS_FROM else 2000) + first if first < 100 else None


def _items(text: str) -> list[str | _Figure]:
    """Month keys and figures, in the order said: "twenty third" is one figure, and "nineteen fifty one" two."""
    out: list[str | _Figure] = []
    open_tens = False  # the last item is a spoken "twenty" that a unit may follow
    zeros, thousand, before = 0, False, ""
    end = 0
    for match in _WORD.finditer(text):
        word, apart, end = match[0].lower(), "," in text[end : match.start()], match.end()
        figure = _figure(word)
        open_tens = open_tens and (
            not apart or (figure is not None and figure.ordinal)
        )  # "May twenty, one nine five oh"
        if word in ("oh", "o") or (word == "zero" and _UNIT_NEXT.match(text, end)):
            zeros, open_tens, before = zeros + 1, False, word
            continue
        if word == "thousand" and out and isinstance(out[-1], _Figure):
            out[-1] = _Figure(out[-1].value * 1000)
            thousand, open_tens = True, False
            continue
        if word == "hundred" and out and isinstance(out[-1], _Figure):
            out[-1] = _Figure(out[-1].value * 100)
            thousand, open_tens = True, False
            continue
        if figure is None:
            month = word[:3] if _is_month(word) else ""
            if month:
                if before == "of" and out and isinstance(out[-1], _Figure):
                    out[-1] = replace(out[-1], ordinal=True)  # "twenty-three of July"
                out.append(month)
            if word != "and":
                open_tens = thousand = False
            zeros, before = 0, word
            continue
        last = out[-1] if out else None
        if isinstance(last, _Figure) and (open_tens and figure.value < 10 and not figure.written):
            out[-1] = _Figure(last.value + figure.value, figure.ordinal)
            open_tens = thousand and word in _TENS
        elif isinstance(last, _Figure) and thousand and figure.value < 100:
            out[-1] = _Figure(last.value + figure.value)
            open_tens = word in _TENS
            thousand = False
        else:
            out.append(replace(figure, zeros=zeros))
            open_tens, thousand = word in _TENS, False
        zeros, before = 0, word
    return out


def _figure(word: str) -> _Figure | None:
    if word[0].isdigit():
        digits = word.rstrip("stndrh")
        return _Figure(int(digits[:8]), ordinal=word != digits, written=len(digits))
    for table in (_UNITS, _TEENS, _TENS):
        if word in table:
            return _Figure(table[word])
    return _Figure(_ORDINALS[word], ordinal=True) if word in _ORDINALS else None


def _is_month(word: str) -> bool:
    return word in _SHORT or (word[:3] in _SHORT and MONTHS[_SHORT[word[:3]] - 1].lower() == word)
