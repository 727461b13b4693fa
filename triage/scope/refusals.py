"""What a caller says the wish is not: "no appointment, just the refill", "I don't need a day". Pure."""

from __future__ import annotations

import re

# What it is not, by its task: "no refill at present", "I don't need a day".
_REFUSED_NOUNS = {
    "appointment_book": r"(?:appointment|visit|day|date|check-?up)",
    "appointment_move": r"(?:day|date|other day|new day|different day)",
    "refill": r"(?:refills?|medicines?|medications?|meds|pills?|prescriptions?)",
}
_REFUSES = {
    task: re.compile(
        r"(?:(?:^|[.,;!?] *|\b(?:but|and|so|please) )no|\b(?:it'?s|it is|that'?s|that is|i'?m|i am|this is)? ?not (?:for |about |calling (?:for|about) |asking (?:for|about) )?(?:an?|any|the)|\b(?:do|did)(?:n'?t| not) (?:need|want|ask for|call (?:for|about))(?: to (?:make|book|set up|have))?(?: an?| any| no))"
        rf"(?: new| more)? {nouns}\b(?! (?:that|is|works|suits|will|would)\b| i (?:can|could|have)\b)",
        re.IGNORECASE,
    )
    for task, nouns in _REFUSED_NOUNS.items()
}
NO_VISIT = re.compile(
    r"\b(?:(?:i |we )?(?:do|did)(?:n'?t| not) (?:need|want)(?: to (?:make|book))?(?: an?| any)?|no|not an?|(?:i |we )need no) (?:new )?(?:appointment|visit|day)\b(?=\s*(?:[.,;!?]|$|but\b|just\b|only\b))",
    re.IGNORECASE,
)
_NOT_OUT = re.compile(r"\bnot (?:out of|low on|short of|running (?:out|low))\b", re.IGNORECASE)


def refuses(text: str, task: str) -> bool:
    """Whether the caller says that `task` is not what they want."""
    refused = _REFUSES.get(task)
    return bool(refused and refused.search(text)) or (task == "refill" and bool(_NOT_OUT.search(text)))
