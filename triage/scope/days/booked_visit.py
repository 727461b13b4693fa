"""Which of the days that are named is that of the visit that there is: not wished for, or to be given up. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

from triage.scope.days.day_words import A_DATE, ADDS, BESIDE, BETWEEN, VISIT, clause_around

_MY: Final = re.compile(r"\b(?:my|our|the|a|that|his|her)\s+$", re.IGNORECASE)
_APPOINTMENT: Final = re.compile(r"^\s*(?:appointment|appt|visit|slot|one)\b", re.IGNORECASE)
_HAVE: Final = re.compile(
    rf"\b(?:have|has|had|'ve|got|scheduled|booked|down)\b[^,.;]*\b{VISIT}\b(?:(?!\bto\b)[^,.;]){{0,25}}(?:,\s*)?$"
    rf"|\b(?:supposed|scheduled|set|i was|i am|i'm|we were|we are|we're) to (?:come|be|see|go)\b[^,.;]*$|\b(?:my|our|his|her|the)\s+(?:\w+\s+){{0,2}}{VISIT}(?:\s+(?:is|was|on|at|this|coming|up|set|scheduled|that(?:'s| is)))*\s*$",
    re.IGNORECASE,
)
_CANNOT_COME: Final = re.compile(
    r"\b(?:can'?t|cannot|can not?|won'?t|couldn'?t|not (?:gonna|going to)|(?:not |un)able to)(?: (?!you\b|we\b|i\b|to\b)\w+){0,2}?(?: able to)? (?:make (?:it|that|this|my|the|our)|come|be (?:there|in|around|here)|get (?:there|in)|keep (?:it|that|this|my|the|our))\b"
    rf"|\b{VISIT}\b[^,.;]{{0,50}} (?:i|we|he|she)(?:'m| am|'re| are|'s| is)? (?:can'?t|cannot|not able to|won'?t(?: be able to)?|not (?:gonna|going to)(?: be able to)?) (?:make|be (?:around|here|there|in town|able to))\b",
    re.IGNORECASE,
)
# Said of a visit that there is, whatever is wished: "I have appointment on Tuesday". In "can I have an appointment on Tuesday" there is none.
_STATED: Final = re.compile(
    r"(?<!\bcan )(?<!\bcould )(?<!\bmay )(?<!\bmight )(?<!\bshould )(?<!\bshall )(?<!\bmust )(?<!\bif )(?<!\bdo )(?<!\bdid )\b(?:i|we|he|she)(?:'ve| have|'s| has)?(?: (?:already|also|still))*(?: (?:got|have|had|has)|(?<='ve))(?: (?:already|an?|my|the|this|one))*"
    rf"(?: (?!(?:to|another|other|no)\b)\w+)? {VISIT}\b(?:(?!\bto\b)[^,.;]){{0,25}}(?:,\s*)?$"
    rf"|\b(?:i'?m|i am|we'?re|we are) (?:supposed|scheduled|booked|set|down)(?: (?:to (?:be|see|go|come) (?:there|in|seen|you)|already|there|in|with you|with y'?all))+(?: (?:on|for|at))?\s*$"
    rf"|\b(?:my|our) (?:\w+ )?{VISIT}(?:'s| is| was)(?: (?:set|down|booked|scheduled|for|on|at|supposed to be))*\s*$",
    re.IGNORECASE,
)
_SUITS_AFTER: Final = re.compile(r"\s+(?:would|might|could|works|suits)\b|'d\b", re.IGNORECASE)
# A day behind which the caller says that it is the visit's: "the sixteenth, which is when I'm supposed to come".
_IS_WHEN: Final = re.compile(
    r"^,?\s+(?:which|that|and that)(?:'s| is| was)(?: (?:also|exactly|just|right|the|very|same))* (?:when|day|time)(?: that)? "
    rf"(?:(?:i|we|he|she)(?:'?m|'?re|'?s| am| are| is| was| were) (?:supposed|scheduled|booked|down|set|due|meant)\b|(?:my|our|his|her|the) (?:\w+ )?{VISIT}\b|(?:you|they|y'all)(?:'ve)? (?:have|had|got|put) (?:me|us|him|her)\b)"
    r"|^,?\s+(?:is|was) (?:what|when|the (?:one|day|time)) (?:that )?(?:i|we|you|they)(?:'ve|'m|'re| have| had| am| are)?(?: (?:already|now))? (?:got|gave|put|have|had|down|set|scheduled|booked|supposed)\b"
    rf"|^,?\s+(?:the )?same day (?:as|of|that|i have)\b[^.;]{{0,40}}\b{VISIT}",
    re.IGNORECASE,
)
_CANNOT_KEEP: Final = re.compile(r"(?:n'?t|\b(?:cannot|not|unable to))\b[^,.;]*\bkeep\b", re.IGNORECASE)
_KEEPS: Final = re.compile(
    r"\b(?:keep\w*|stays?|only need|hold(?:ing)? on to|leave (?:it|the|my)|i'?ll be there|is fine)\b", re.IGNORECASE
)
_GIVES_UP: Final = re.compile(
    r"\b(?:cancel\w*|drop\w*|get(?:ting)? rid|scratch|call(?:ing)? off|tak\w+ (?:off|out)|giv\w+ (?:up|back)|goes|remov\w+|delet\w+|don'?t need|do not need)\b",
    re.IGNORECASE,
)

_ENDS_IT: Final = re.compile(
    r"(?:^|[.,;:!?]|\b(?:so|just|then|and|please))\s*(?:cancel|scratch|call off)(?: (?:it|that|this)(?: (?:one|visit|appointment))?)?(?:,? please)?\W*$",
    re.IGNORECASE,
)
_A_VISIT: Final = re.compile(rf"\b{VISIT}s?\b", re.IGNORECASE)


def ends_it(text: str) -> bool:
    """Whether the last thing that is said of a visit is to cancel it: "I no can come Wednesday. Cancel, please"."""
    return bool(_ENDS_IT.search(text)) and bool(_A_VISIT.search(text) or A_DATE.search(text) or cannot_come(text))


def cannot_come(text: str) -> bool:
    return bool(_CANNOT_COME.search(text))


def without_refusal(text: str) -> str:
    """Without "can't make it", in which nothing is wished for."""
    return _CANNOT_COME.sub(" ", text)


def not_there(piece: str, spans: list[tuple[int, int]], moves: bool) -> list[tuple[int, int]]:
    """Those that are not the appointment's; its hour stands right behind its day."""
    out: list[tuple[int, int]] = []
    gone: set[str] = set()
    there = -1  # where the last one of the appointment's ends
    for start, end in spans:
        hour = there >= 0 and BETWEEN.match(piece[there:start]) and not A_DATE.search(piece[start:end])
        if (hour and not ADDS.search(piece[there:start])) or _is_there(piece, start, end, moves):
            there = end
            gone.add(piece[start:end].lower())
        else:
            out.append((start, end))
    return [(start, end) for start, end in out if piece[start:end].lower() not in gone]  # "Saturday. I no can Saturday"


def to_be_dropped(piece: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of two appointments the one that is given up: "I only need the Monday, get rid of the Thursday"."""
    clauses = [clause_around(piece, span) for span in spans]
    kept = [
        span
        for span, clause in zip(spans, clauses, strict=True)
        if _CANNOT_KEEP.search(clause) or not _KEEPS.search(clause)
    ]
    dropped = [
        span
        for span, clause in zip(spans, clauses, strict=True)
        if _GIVES_UP.search(clause) or _CANNOT_KEEP.search(clause)
    ]
    both = [span for span in dropped if span in kept]
    return (both or kept or spans) if len(spans) > 1 else spans


def _is_there(piece: str, start: int, end: int, moves: bool) -> bool:
    """Whether it is the appointment's: "my Thursday appointment", "I have a visit on Friday". `moves`: one is to be moved; else it must be
    said that there is one."""
    before, after = piece[max(0, start - BESIDE) : start], piece[end:]
    if _SUITS_AFTER.match(after):
        return False  # "I have an appointment, Tuesday would be better"
    if _STATED.search(before) or _IS_WHEN.match(after):
        return True
    return moves and bool((_MY.search(before) and _APPOINTMENT.match(after)) or _HAVE.search(before))
