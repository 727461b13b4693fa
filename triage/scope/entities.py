"""What a caller says that the line writes down: names, dates, numbers, yes and no. Rules on recogniser text; pure.

Nothing here is guessed: what no rule finds is asked again, then handed to a human.
"""

from __future__ import annotations

import re
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.clinic import Need
from triage.scope.moves import Fact

_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DIGIT_WORDS: Final = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "for": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_YES: Final = re.compile(
    r"^\W*(yes|yeah|yep|yup|sure|correct|right|exactly|that'?s (right|correct|it)|please do|ok(ay)?|uh[- ]huh|mm[- ]hm+|of course"
    r"|i do|it is|absolutely|s[ií])\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"^\W*(no+|nope|nah|not really|nothing|none|wrong|that'?s (wrong|not right|all|it)|incorrect|never ?mind|i'?m (good|fine|ok))\b",
    re.IGNORECASE,
)
_NAME_LEAD: Final = re.compile(
    r"\b(?i:my (?:full |last |first )?name(?:'s| is)|this is|i am|i'm|it's|it is|name is|speaking is|for)\s+((?:[A-Z][\w'’-]+\s?){1,4})"
)
_BARE_NAME: Final = re.compile(
    r"^\W*(?:(?:uh|um|yes|yeah|sure|ok|okay|so|well)[,.]?\s+)*([A-Za-z][\w'’-]+(?:\s+[A-Za-z][\w'’.-]+){0,3})\W*$"
)
_DATE: Final = re.compile(
    rf"\b(?:(?:next|this|on|coming)\s+)?(?:{_DAYS})(?:\s+(?:morning|afternoon|evening|next week|the \w+))?"
    rf"|\b(?:{_MONTHS})\s+(?:the\s+)?\w+(?:[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))?(?:,?\s+(?:\d{{4}}|(?:nineteen|twenty)[ -][\w -]+))?"
    rf"|\b(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?\s+(?:{_MONTHS})(?:,?\s+\d{{4}})?"
    r"|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b"
    r"|\b(?:tomorrow|next week|the week after|any day|in the morning|in the afternoon|as soon as possible)\b",
    re.IGNORECASE,
)
_NOT_NAMES: Final = frozenset(
    "yes no yeah calling sorry sick sure here looking trying just not the a an my going having in at afraid fine good ok okay "
    "appointment doctor nurse clinic hello hi i i'm it's i've i'd i'll that's what who when don't can't".split()
)


def agrees(text: str) -> bool | None:
    """True for a yes, False for a no, None when it is neither or both."""
    yes, no = bool(_YES.search(text)), bool(_NO.search(text))
    return None if yes == no else yes


def digits(text: str) -> str:
    """The digits said, spoken or written: "five five five, oh 192" -> "5550192"; "double four" -> "44"."""
    out: list[str] = []
    repeat = 1
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        if word in ("double", "triple"):
            repeat = 2 if word == "double" else 3
            continue
        figure = word if word.isdigit() else _DIGIT_WORDS.get(word, "")
        out.append(figure * (repeat if len(figure) == 1 else 1))
        repeat = 1
    return "".join(out)


def find(need: Need, text: str, *, asked: bool) -> Fact | None:
    """What `text` says about `need`. `asked` when the line has just asked for it, so that a bare answer counts."""
    match need:
        case "name":
            return _name(text, asked=asked)
        case "date_of_birth":
            return _birth(text, asked=asked)
        case "date":
            dates = [m.group(0).strip() for m in _DATE.finditer(text)]
            # The last date named is the wish: "not Monday, but Thursday".
            return Fact("date", Phi(dates[-1]), 0.8) if dates else None
        case "callback_number":
            number = digits(text)
            return Fact("callback_number", Phi(number), 0.8) if 7 <= len(number) <= 15 else None
        case "medicine":
            return (
                Fact("medicine", Phi(text.strip(" .")), 0.5)
                if asked and len(text.split()) <= 12 and text.strip()
                else None
            )
        case "message":
            return Fact("message", Phi(text.strip()), 0.6) if asked and len(text.split()) >= 3 else None


def _name(text: str, *, asked: bool) -> Fact | None:
    if lead := _NAME_LEAD.search(text):
        words = [w for w in lead.group(1).split() if w.lower() not in _NOT_NAMES]
        if words:
            return Fact("name", Phi(" ".join(words).strip(" .,")), 0.7)
    if asked and (bare := _BARE_NAME.match(text)):
        words = [w for w in bare.group(1).split() if w.lower() not in _NOT_NAMES]
        if words and agrees(text) is None:
            return Fact("name", Phi(" ".join(words)), 0.6)
    return None


def _birth(text: str, *, asked: bool) -> Fact | None:
    born = re.search(r"\b(?:born|birth(?:day|date)?)\b", text, re.IGNORECASE)
    if not (asked or born):
        return None
    tail = text[born.start() :] if born and not asked else text
    found = [
        m.group(0).strip()
        for m in _DATE.finditer(tail)
        if re.search(r"\d|nineteen|twenty|" + _MONTHS, m.group(0), re.IGNORECASE)
    ]
    if found:
        return Fact("date_of_birth", Phi(found[-1]), 0.7)
    number = digits(tail)
    return Fact("date_of_birth", Phi(tail.strip(" .")), 0.5) if asked and 4 <= len(number) <= 8 else None
