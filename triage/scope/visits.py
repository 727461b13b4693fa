"""Whether a visit is to be moved, cancelled or kept, in the caller's words. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final, Literal

from triage.scope.answers import DROP_WORDS_MAX, agrees
from triage.scope.days.booked_visit import cannot_come
from triage.scope.days.dates import CORRECTION
from triage.scope.days.wished_day import other_day, wished_day
from triage.scope.intents import BOOK, CANCEL, MOVE, OF_VISITS
from triage.scope.moves import Intent

Turn = Literal["", "again", "cancel", "move", "drop"]

# What was spoken of, or the visit that there is: "no, just cancel that", "cancel my old appointment".
_CANCELS_VISIT: Final = re.compile(
    r"(?<!n't )(?<!not )(?<!never )\bcancel (?:(?:it|that|this)(?: (?:one|appointment|visit))?(?=\W*$|[,.;:!?]|\s(?:and|please|then|instead|altogether|all|for|i|we)\b)|(?:the|my|our)(?: \w+)? (?:appointment|visit|check-?up|physical|one)\b|(?:the|my|our) (?:appointment|visit|check-?up|physical)\b)"
    r"|\b(?:it|that|this|that one|this one),? (?:please,? cancel|cancel,? please)\W*$",
    re.IGNORECASE,
)
_CANCELS_IT: Final = re.compile(
    r"(?<!n't )(?<!not )(?<!never )\b(?:(?:it|that|this|that one|this one),? (?:please,? cancel|cancel,? please)|(?:please )?cancel (?:it|that one|this one)(?:,? please)?)\W*$",
    re.IGNORECASE,
)
SPOKEN_OF_WORDS_MAX: Final = 6  # more, of the visit that is meant
_CANCELS_ALL: Final = re.compile(
    r"^\W*(?:(?:no|nope|yes|yeah|yep|okay|ok|sure|right|oh|just|please|actually|wait|sorry|then|well|you can|can you|could you|you know what|i want to|let'?s)\b\W*)*"
    r"cancel (?:it|that|this|(?:the|my|that|this) (?:whole thing|request|message|refill|call ?back))\W*(?:(?:please|then|all|altogether|thanks|thank you|instead|now)\b\W*)*$",
    re.IGNORECASE,
)
_CANCELS_BARE: Final = re.compile(
    r"\W*(?:(?:no|yes|yeah|yep|okay|ok|right|just|please)\W+)*cancel(?:\W+(?:okay|ok|please|yes|thanks|thank you))*\W*",
    re.IGNORECASE,
)
# "Moved, not canceled", "no, don't cancel it": the visit is to stay.
_KEEPS_VISIT: Final = re.compile(r"(?<!why )(?:\b(?:not|never)|n't)(?: \w+){0,3}? cancel", re.IGNORECASE)
_GIVES_UP: Final = re.compile(
    r"\b(?:cancel\w*|call(?:ed)? (?:it )?off|off the (?:books?|list|schedule)|take me off)\b", re.IGNORECASE
)
_MOVES_VISIT: Final = re.compile(
    r"\b(?:mov(?:e|ed|ing)|re-?schedul\w+|another (?:day|time)|different (?:day|time))\b", re.IGNORECASE
)
# Of "to move it, or to cancel it": the first, the latter.
_WHICH: Final = re.compile(
    r"^\W*(?:(?:u[hm]+|oh|well|i guess|i think|let'?s say|the)\W+)*(?:(?P<move>first|former)|second|last|latter)(?: (?:one|thing|option|of (?:them|those|the two)))?\W*(?:(?:please|thanks|thank you)\W*)*$",
    re.IGNORECASE,
)
# With any of these, a caller who cannot come says what is to become of the visit.
_WISHES: Final = re.compile(
    r"\b(?:mov|chang|re-?sched|push|switch|bump|shift|slid|swap|trad|cancel|scratch|drop|remov|delet|forget|instead|another|others?\b|different|later\b|earlier\b|sooner\b|rather\b|new\b|next\b|some ?(?:day|time)|again\b|when\b|what\b|how\b|may\b"
    r"|can (?:i|we|you|he|she)\b|could|would|wanna|want|need|like\b|wish|love to|hop(?:e|ing)\b|book|maybe\b|(?:tak|call|cross|strik)\w*(?: \w+){0,2} off\b|off the (?:list|book|schedule)|give (?:it|my|the)\b|available|open)|'d\b|\?",
    re.IGNORECASE,
)


def cancels(text: str) -> bool:
    """Whether the caller asks to cancel the visit that was just spoken of."""
    return len(text.split()) <= DROP_WORDS_MAX and bool(_CANCELS_VISIT.search(text))


def only_cancels(text: str) -> bool:
    """Whether, asked for a new day, the caller wants the visit that was spoken of cancelled: "the one on March twenty, that one please cancel"."""
    return (
        len(text.split()) <= DROP_WORDS_MAX + SPOKEN_OF_WORDS_MAX
        and bool(_CANCELS_IT.search(text))
        and not CORRECTION.search(text)
    )


def cancels_all(text: str) -> bool:
    """Whether the caller asks for nothing but to cancel what was just spoken of."""
    return bool(_CANCELS_ALL.search(text))


def keeps_visit(text: str) -> bool:
    """Whether the caller does not want it cancelled after all."""
    return bool(_KEEPS_VISIT.search(text))


def gives_up(text: str) -> bool:
    """Whether, in place of another day, the visit is to be cancelled: "I need no new day, I want it cancelled"."""
    return bool(_GIVES_UP.search(text)) and not keeps_visit(text)


def moves_visit(text: str) -> bool:
    return bool(_MOVES_VISIT.search(text))


def leaves_open(text: str) -> bool:
    """Whether the caller only says that they cannot come: the visit may be to be moved or to be cancelled."""
    return cannot_come(text) and not _WISHES.search(text) and wished_day(text, asked=False, known="") is None


def chosen(text: str, intent: Intent, told: str, sure: float) -> tuple[str, str, bool]:
    """MOVE or CANCEL, as the answer to which of them it is to be, "" when it says neither; in what more may be said of it; and whether that
    is the day to move it to. `told`: how the caller said that they cannot come; `sure`: the confidence that counts."""
    if which := _WHICH.match(text):
        return (MOVE if which["move"] else CANCEL), "", False
    if intent.task in (MOVE, CANCEL) and intent.confidence >= sure and not leaves_open(text):
        return intent.task, text, False
    another = agrees(text) is not False and other_day(text, told, "")
    return (MOVE if moves_visit(text) or another else ""), text, another


def turned(task: str, text: str, answer: bool | None) -> Turn:
    """What the answer to a read-back of `task` makes of it: "cancel" and "move" another request, "drop" none; "again": is it a yes?
    "" where it only says whether what was read back is right. `answer`: as a yes or no."""
    if task == MOVE and _CANCELS_BARE.fullmatch(text):
        return "cancel"  # "yes, cancel, okay", of what was understood as moving
    if task != CANCEL and answer is True and cancels_all(text):
        return "again"  # "yes, cancel it"
    if task in (BOOK, MOVE) and answer is not True and cancels(text):
        return "cancel"
    if task not in OF_VISITS and cancels_all(text):
        return "drop"
    if task == CANCEL and keeps_visit(text):
        return "move" if moves_visit(text) else "drop"
    return ""
