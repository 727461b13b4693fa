"""What a caller says that the line writes down, by kind; names, medicines and days have rooms of their own. Rules on recogniser text; pure.

Nothing here is guessed: what no rule finds is asked again, then handed to a human.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.clinic import Need
from triage.scope.days.dates import BORN, CORRECTION, Parts, parts, said
from triage.scope.days.holidays import with_dates
from triage.scope.days.run_together import month_and_day, parted
from triage.scope.days.wished_day import appointment_day, wished_day
from triage.scope.medicines import medicine_in
from triage.scope.moves import Fact
from triage.scope.names import name_in

_DIGIT_WORDS: Final = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "for": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_THIS_NUMBER: Final = re.compile(
    r"\b(?:this|same|that) (?:number|phone|one)\b|\b(?:number|phone|one) (?:that )?i'?(?:m| am) (?:calling|on|phoning)\b|\bon (?:my|the) (?:screen|display|caller id)\b",
    re.IGNORECASE,
)
_PAUSE: Final = re.compile(r"[,.;!?]+\s+|\s+(?=(?:and|but|so|i|i'm|i'd|we)\b)", re.IGNORECASE)
WORDS_MAX = 150  # of an utterance, the last ones, about a minute: a message alone is written down whole
LETTERS_MAX = 6_000  # of those words: more is no speech
FIGURES_OF_A_NUMBER_MIN = 3  # fewer are none: "for" is heard as four


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


def find(
    need: Need, text: str, *, asked: bool, known: str = "", listed: Sequence[str] = (), moving: bool = False
) -> Fact | None:
    """What `text` says about `need`. `asked` when the line has just asked for it, so that a bare answer counts; `known`: what is written
    down already, which "no, the fourteenth" corrects in part; `listed`: the medicines that the clinic prescribes most; `moving`: a visit that there is to be moved."""
    if need != "message" and (len(words := text.split()) > WORDS_MAX or len(text) > LETTERS_MAX):
        text = " ".join(words[-WORDS_MAX:])[-LETTERS_MAX:]
    match need:
        case "name":
            return name_in(text, asked=asked)
        case "date_of_birth":
            return _birth(text, asked=asked, known=known)
        case "date" | "appointment":
            return _day(text, need, asked=asked, known=known, moving=moving)
        case "callback_number":
            number = digits(text)
            return Fact("callback_number", Phi(number), 0.8) if 7 <= len(number) <= 15 else None
        case "medicine":
            return medicine_in(text, asked=asked, correcting=bool(known), listed=listed)
        case "message":
            return Fact("message", Phi(text.strip()), 0.6) if asked and len(text.split()) >= 3 else None


def _day(text: str, need: Need, *, asked: bool, known: str, moving: bool) -> Fact | None:
    """Where nothing names a day, a figure may: "319", "the 28"."""
    figures = month_and_day(text) if asked else text
    for told in dict.fromkeys((text, figures)):
        if need == "date":
            fact = wished_day(told, asked=asked, known=known, moving=moving)
        else:
            fact = appointment_day(told, asked=asked, known=known)
        if fact is not None:
            return fact
    return None


def own_number(text: str, number: str, *, asked: bool) -> Fact | None:
    """ "This number": `number` is the one that the telephone says."""
    number = digits(number)
    says_so = _THIS_NUMBER.search(text) or (asked and agrees(text) is True)
    return (
        Fact("callback_number", Phi(number), 0.8)
        if number and says_so and len(digits(text)) < FIGURES_OF_A_NUMBER_MIN
        else None
    )


def _birth(text: str, *, asked: bool, known: str) -> Fact | None:
    dated = with_dates(text)
    text = (
        dated if not parts(text).whole and parts(text).day in (None, parts(dated).day) else text
    )  # "a Christmas baby, the twenty-fourth"
    if asked and (apart := parted(text)) != text and not parts(text).whole:
        text = apart
    born = BORN.search(text)
    given = parts(_of_birth(text[born.start() :]) if born and not asked else text)
    if not (asked or born or (known and given.year)):
        return None
    day = given.whole or (parts(known).then(given).whole if known and given != Parts() else None)
    return Fact("date_of_birth", Phi(said(day)), 0.8) if day else None


def _of_birth(told: str) -> str:
    """ "My birthday is five fourteen two thousand three, and I need to come in on April eighth": up to the first whole day, if
    nothing after it takes anything back."""
    for pause in _PAUSE.finditer(told):
        if parts(told[: pause.start()]).whole:
            return told if CORRECTION.search(told[pause.start() :]) else told[: pause.start()]
    return told
