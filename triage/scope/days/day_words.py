"""What names a day, an hour or a span of days in a caller's words. Expressions on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

from triage.scope.days.dates import MONTHS

CALENDAR: Final = (
    r"(?:(?:next|this|on|coming|early|late|every|following|the)\s+){0,2}"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|weekday)s?"
)
_WEEKDAY: Final = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|wed|sat"
_MONTH: Final = "|".join(f"{month[:3]}(?:{month[3:]})?" if month[3:] else month for month in MONTHS).lower()
_NUMBER: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[ -]?(?:\w+(?:st|nd|rd|th)|one|two|three|four|five|six|seven|eight|nine)|\w+(?:teen|teenth|th|eth)|first|second|third|ten|eleven|twelve|twenty|thirty|one|two|three|four|five|six|seven|eight|nine)"
_PART: Final = r"(?:morning|afternoon|evening|night|noon|lunch(?:time)?|midday|end of the day)"
ORDINAL: Final = r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|\w+teenth|tenth|eleventh|twelfth|twentieth|thirtieth)"
_HOUR: Final = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE: Final = r"(?:\s+(?:thirty|fifteen|forty[ -]five|o'?clock))"
# Behind a figure, it counts something and is no hour: "about four minutes", "around six or seven kids", "after two more tries".
_COUNTED: Final = (
    rf"(?:\s*(?:or|to|-)\s*{_HOUR})?(?:[\s-]+(?:more|full|good|other|extra|whole|long|short|little|big|different|business|working))?"
    r"[\s-]+(?:minutes?\b(?!\s+(?:past|to|after|before|till)\s+(?:noon|{_HOUR})\b)|hour|day|week|month|year|mile|block|dollar|percent|hundred|thousand|people|men|women|children|feet|foot|of\b"
    r"|(?!(?:minutes|is|was|does|works?|suits|as|this|his|its|us|perhaps|plus|unless|always|sometimes|thanks|yes|says|needs|(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekdays|weekends|mornings|afternoons|evenings|nights)\b)[a-z]{2,}s\b)"
)
_CLOCK: Final = (
    r"(?:(?:at|after|before|around|by|about)\s+)?"
    rf"(?:\d{{1,2}}[:.]\d\d\s*(?:[ap]\.?m\b\.?)?|{_HOUR}{_MINUTE}?\s*[ap]\.?\s?m\b\.?|{_HOUR}{_MINUTE}|half past {_HOUR}|(?:a )?quarter (?:past|to) {_HOUR})"
    rf"|(?:at|after|before|around|by|about)\s+(?:noon|{_HOUR}\b(?!{_COUNTED}))"
)
AT: Final = re.compile(rf"\b(?:{_CLOCK})", re.IGNORECASE)
AN_HOUR: Final = re.compile(rf"[\s,]*(?:{_CLOCK}|(?:in the )?{_PART}s?)", re.IGNORECASE)
_YEAR: Final = r"(?:,?\s+(?:of\s+)?\d{4})?"
SPAN: Final = (
    r"(?:(?:a|an|one|two|three|four|five|six|a couple of|a few|half an?|\d{1,2}) (?:days?|weeks?|months?|hours?))"
)
VISIT: Final = r"(?:appointment|appt|visit|slot|check-?up|physical)"
WHEN: Final = re.compile(
    rf"\b(?:(?:the )?(?:last|first|second|third) {CALENDAR} (?:of|in) (?:this month|next month|{_MONTH})|in {SPAN}(?:['\u2019]? time)?|{SPAN} (?:from (?:today|now|{CALENDAR})|out|after|later)"
    rf"|\d{{4}}[/-]\d{{1,2}}[/-]\d{{1,2}}|\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?"
    rf"|(?:the\s+)?{_NUMBER}\s+(?:of\s+)?(?:{_MONTH})\b{_YEAR}|(?:{_MONTH})\.?\s+(?:the\s+)?{_NUMBER}\b{_YEAR}|{CALENDAR}(?: after(?: that| next)?| coming)?,?\s+(?:(?:it'?s|that'?s|on)\s+)?(?:the\s+)?{ORDINAL}\b(?! (?:{VISIT}|time|one|week))|(?:{CALENDAR}|mon|tues?|wed|thurs?|fri|sat|sun)\b"
    rf"|(?:(?:any ?(?:time|day)|sometime|some day) (?:after|before|around) )?(?:the\s+|on )(?:{ORDINAL})(?!\s+(?:time|one|name|thing|floor|street|visit|opinion|week|half|part|degree|thought))|\d{{1,2}}(?:st|nd|rd|th)"
    rf"|today|tonight|tomorrow|the day after(?: tomorrow)?|(?:the\s+)?(?:next|following|coming|this) (?:week(?:end)?|month|(?<!this )day|{_PART})|next available"
    rf"|the week (?:after(?: next)?|of)|(?:the )?(?:first|second|third|last) (?:week|half|part) (?:of|in) \w+|end of the (?:week|month)|beginning of (?:the|next) \w+"
    rf"|(?:in the|any|early|late|late in the|every|that|mid[ -]?)\s*{_PART}s?|(?<!good )(?<!of )(?<!same ){_PART}s?|(?:any|some) ?(?:day|time)|any ?time|as soon as (?:possible|(?:you|y'all) (?:possibly )?can)|whatever (?:you (?:have|got)|you'?ve got|is|comes)(?: \w+)? (?:first|open|available|soonest)|first thing"
    rf"|(?:the )?(?:soonest|earliest)(?: you (?:have|can|got))?|whenever[\w ']{{0,25}}|{_CLOCK}|(?:(?:in|during|sometime in|early|late|mid)\s+)(?:{_MONTH})\b|(?:{_MONTH})\b)",
    re.IGNORECASE,
)
A_DAY: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tonight|tomorrow|{ORDINAL}|(?:{_MONTH})\.? \w+)\b|{_CLOCK}|\d[/-]\d",
    re.IGNORECASE,
)  # one that an appointment can be on: "we move at the end of the month" says nothing about it
A_DATE: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tomorrow|{ORDINAL}|(?:{_MONTH})\.? \w+|weeks?|months?)\b|\d[/-]\d",
    re.IGNORECASE,
)
A_MONTH: Final = re.compile(rf"(?:(?:in|during|sometime in|early|late|mid)\s+)?(?:{_MONTH})\.?", re.IGNORECASE)
BETWEEN: Final = re.compile(
    r"^[\s,]*(?:(?:or|and|at|on|the|in|of|maybe|any ?time|around|about|after|before|from|to|until|through|thru|say|sometime|between|preferably|would be|i guess|is fine)[\s,]*){0,3}$",
    re.IGNORECASE,
)
CLAUSE_END: Final = re.compile(
    r"[.,;:?!]+(?=\s|$)|\s+(?:but|so|because|'?cause|since|and|if|though|[-\u2013\u2014]+)\s+", re.IGNORECASE
)
_CLAUSE_OR_AND: Final = re.compile(rf"{CLAUSE_END.pattern}|\s+and\s+", re.IGNORECASE)
DAY_NAMED: Final = re.compile(r"\b(?:(mon|tue|wed|thu|fri|sat|sun)\w*|today|tonight|tomorrow)\b", re.IGNORECASE)
A_MERE_DAY: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tonight|tomorrow|{ORDINAL}|(?:{_MONTH})\.? \w+)\b", re.IGNORECASE
)
ONLY_WEEKDAY: Final = re.compile(CALENDAR, re.IGNORECASE)
_ALONE: Final = re.compile(
    rf"\b(?!(?:first|second|third)\b){ORDINAL}\b(?!\s+(?:of|in|time|one|name|floor|street|avenue|grade|birthday|anniversary|week|half|day|month|visit|opinion)\b|-)",
    re.IGNORECASE,
)
_ONE_OF: Final = re.compile(
    rf"\b(another|other|this|that) one(?=\s+(?:{_MONTH})\b)", re.IGNORECASE
)  # no first of April
_NO_ALONE: Final = re.compile(rf"(?:\b(?:the|on|my|a|{_MONTH}|{CALENDAR})\.?,?\s+|[-/.\d])$", re.IGNORECASE)
ONLY_DAY: Final = re.compile(rf"(?:the |on )*{ORDINAL}", re.IGNORECASE)
ADDS: Final = re.compile(r"\b(?:or|and|maybe|also|either|too|otherwise|else)\b", re.IGNORECASE)
BESIDE: Final = 120  # letters before a day in which what is said of it stands


def days_in(text: str) -> set[str]:
    return {day.lower() for day in DAY_NAMED.findall(text)}


def clause_around(piece: str, span: tuple[int, int]) -> str:
    before = _CLAUSE_OR_AND.split(piece[: span[0]])[-1]
    return before + piece[span[0] : span[1]] + _CLAUSE_OR_AND.split(piece[span[1] :])[0]


def with_articles(text: str) -> str:
    """With "the" before a day of the month that stands alone: "the day is twenty second". "First" to "third" may count anything."""
    text = _ONE_OF.sub(r"\1", text)
    return _ALONE.sub(
        lambda found: f"the {found[0]}" if not _NO_ALONE.search(text[: found.start()]) else found[0], text
    )
