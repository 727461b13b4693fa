"""The medicine that a caller asks for: one that the clinic prescribes, what a refill is wished of, or a bare answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.days.dates import CORRECTION
from triage.scope.medicine_sounds import put_right
from triage.scope.medicine_words import STRENGTH, UNIT, wanted
from triage.scope.moves import Fact
from triage.scope.names import LETTERS_MAX, as_spelled
from triage.scope.names.spelling import respelled
from triage.scope.sayings import COMMON_WORDS, EXCLAIMED, SAYING

_MEDICINE: Final = re.compile(
    r"\b(?:refill|renew(?:al)?|re-?order|more|fill|prescription|script|out of(?! (?:cell |my |the |phone )*(?:range|town|state|country|service|signal|time|luck|here|there|work|gas|bed|breath|way|hospital|house|office)\b)|low on|(?:supply|bottle|pack|box)(?=s? of\b))s?\b(?: (?:of|for|on|my|the|some|a|his|her|please|is|it's|called|prescription|medication|medicine))*\s+"
    r"([A-Za-z][\w-]+(?:\s+(?!(?:please|and|i|for|at|from|by|to|the|my|which|that|because|it|so|with|before|is|was|when|as|no|or|be)\b)[^\W_][\w.-]*){0,5}"
    rf"(?:,?\s+\d+\s*{UNIT}?)?)",
    re.IGNORECASE,
)
_NO_MEDICINE: Final = frozenset(
    "prescription prescriptions refill refills refilled renewed filled reordered called sent ready renewal renew medication medications medicine medicines pills pill tablets meds usual one request them it something "
    "that this mine regular normal same please today soon week weeks days what which my the a time help questions left over again remaining any more last couple".split()
)
_KIND_OF_PILL: Final = re.compile(
    r"(?:water|sugar|heart|blood pressure|thyroid|cholesterol|allergy|sleeping|pain|birth control|diabetes) (?:pills?|tablets?|medicines?|medication|meds)\b",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(
    r"\b(?:it'?s|it is|i (?:meant?|said|need)|should be|make (?:it|that))\s+(?:the\s+|my\s+)?(?P<new>[A-Za-z][\w-]{3,})"
    r"(?=,?\s+(?:not|instead)\b|[.!]?\s*$)",
    re.IGNORECASE,
)
# "Ozempic, no wait, Trulicity": what a word of correction puts in its place.
_IN_ITS_PLACE: Final = re.compile(
    rf"^(?P<end>[.?]?)[\s,.]*(?P<taken_back>(?:{CORRECTION.pattern})+)(?:(?:it'?s|it is|i (?:need|want|take)|the|called)\s+)*"
    rf"(?!{CORRECTION.pattern}|(?:both|down|stop|quiet|hush|dear|honey)\b)(?P<new>[A-Za-z][\w-]{{3,}}(?:,?\s+{STRENGTH}\s*{UNIT})?)(?=\s*(?:[.,?]|$)|\s+(?:please|instead|not|again)\b)",
    re.IGNORECASE,
)
_MILD: Final = re.compile(r"\W*(?:(?:sorry|excuse me|wait)\W*)+", re.IGNORECASE)  # said to somebody in the room as well
_DOSE: Final = re.compile(rf"\W*(?:{STRENGTH}\s*{UNIT}\W*)?", re.IGNORECASE)
CALLED_WORDS_MAX: Final = 2  # of a medicine's name that is called out
MEDICINE_WORDS_MAX: Final = 14
_LOOKING: Final = re.compile(  # for the bottle
    r"^\W*(?:(?:oh|uh|um|well|now|okay),? )*(?:wait|hold on|hang on|let me|let's see|i'?ll (?:get|look|find|read)|just a|one (?:second|minute|moment)|give me a|gimme|where(?:'s| is)|here\b(?! it)|i'?m looking|i(?:'ve got| have) (?:it|the (?:bottle|box)))"
    r"|\b(?:bottle|box|label)(?:'s| is) (?:in|on|here|right)\b|\b(?:my glasses|the fridge|the cabinet)\b",
    re.IGNORECASE,
)
_SEARCHING: Final = re.compile(
    r"\b(?:(?<!it's )(?<!is )something\b(?! for)|what'?s it called|what it'?s called|(?:don'?t|can'?t) (?:know|remember|recall|pronounce)|forgot|what was it|whatchama\w+|whatever it'?s called|starts with)\b",
    re.IGNORECASE,
)
_MEDICINE_LEAD: Final = re.compile(
    r"^\W*(?:(?:uh|um|yes|yeah|so|well|oh|it'?s|it is|it's called|the|my|that would be|that'?s|i need|i take|i'm on|just|a|refill|of|for|called|name is|medicine is|please)[,.]?\s+)*",
    re.IGNORECASE,
)


def medicine_in(text: str, *, asked: bool, correcting: bool, listed: Sequence[str]) -> Fact | None:
    if asked:
        text = put_right(text, listed)
    said = respelled(text).text if asked and len(text) <= LETTERS_MAX else text
    chosen, named = wanted(said, listed, all_lists=asked)
    if chosen:
        return Fact("medicine", Phi(" and ".join(chosen)), 0.8)
    if named and asked:
        return None  # "I still have metformin, I need the other one"
    if correcting and not asked:
        found = _INSTEAD.search(text)
        return Fact("medicine", Phi(found["new"]), 0.6) if found and found["new"].lower() not in COMMON_WORDS else None
    for found in _MEDICINE.finditer(text):
        told = found.group(1) if asked else put_right(found.group(1), listed)  # "a renewal of my list in April"
        words = [word for word in told.split() if word.lower().strip(".,") not in _NO_MEDICINE]
        if words and words[0].lower() not in COMMON_WORDS:
            kind = _KIND_OF_PILL.match(found.group(1))
            if kind and not asked:
                continue  # which of them, is asked; who knows no name may then say so again
            said = (kind[0] if kind else " ".join(words)).strip(" .,")
            return Fact("medicine", Phi(_in_its_place(text[found.end() :]) or said), 0.6)
    if asked and agrees(text) is not False:
        text = as_spelled(text)
        if _SEARCHING.search(text):
            return None  # "the met... metro... met something. Wait, the bottle's in my purse"
        told = [
            saying
            if not _LOOKING.search(saying)
            else ", ".join(one for one in saying.split(",") if not _LOOKING.search(one))
            for saying in SAYING.split(_calm(text) if "." in text else text)
        ]
        told = [saying.strip(" .,!") for saying in told if saying.strip(" .,!")]
        bare = _MEDICINE_LEAD.sub("", ". ".join(told)).strip(" .,")
        if len(bare.split()) <= MEDICINE_WORDS_MAX and bare and not set(bare.lower().split()) <= _NO_MEDICINE:
            return Fact("medicine", Phi(bare), 0.5)
    return None


def _in_its_place(rest: str) -> str:
    """What is wanted instead of the medicine before it, or ""."""
    found = _IN_ITS_PLACE.search(rest)
    if not found or (found["end"] and _MILD.fullmatch(found["taken_back"])):
        return ""
    new = found["new"].split()[0].lower()
    return "" if new in COMMON_WORDS or new in _NO_MEDICINE else found["new"]


def _calm(text: str) -> str:
    """Without what is called out to somebody in the room; where nothing but a dose is left, the medicine was: "Ozempic! One milligram"."""
    calm = EXCLAIMED.sub(" ", text)
    if calm == text or not _DOSE.fullmatch(calm):
        return calm
    return EXCLAIMED.sub(
        lambda called: (
            called[0] if len(called[0].split()) <= CALLED_WORDS_MAX and "," not in called[0].strip(" ,") else " "
        ),
        text,
    )
