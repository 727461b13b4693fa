"""Whether a caller wants what the line never does, and how sure that must be: what was just asked for is most likely being answered. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from triage.scope.answers import agreed, agrees, asks, goes_on, is_done, jokes, names_clinic, wants_no_more
from triage.scope.clinic import Need
from triage.scope.days.dates import Parts, parts
from triage.scope.entities import find
from triage.scope.intents import ELSEWHERE, OFFICE, PERSON
from triage.scope.moves import Intent

# A request beyond the line's tasks is handed over on less evidence than another is taken: over-eager is cheaper than wrong.
SURE_BOUNDARY = 0.35
SURE_BEYOND = 0.7  # the same where the line has just asked for something
NEVER = 1.0  # no confidence is so high
ANSWER_WORDS_MAX = 6  # of an answer in which nothing else can hide
DOSING: Final = "dosing"  # a boundary's id
_LETTERS: Final = re.compile(r"[A-Za-z]\W*(?:[-.,][A-Za-z]\b\W*)*")


_WISHES: Final = re.compile(
    r"\b(?:i'?d like|would like|want\w*|wanna|need\w*|can (?:you|i|we)|could (?:you|i|we)|please|order\w*|get me|help|looking for|tr(?:y|ying) to|calling (?:about|for|to)|reach)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the line has just asked: for a fact, whether what it read back is right, what to change, whether there is anything else, which of two."""

    need: Need | None = None
    confirming: bool = False
    changing: bool = False
    finishing: bool = False
    choosing: bool = False

    @property
    def anything(self) -> bool:
        return self.need is not None or self.confirming or self.changing or self.finishing or self.choosing


def beyond(intent: Intent) -> bool:
    """Whether it seems to want what the line never does."""
    return not intent.in_scope and intent.confidence >= SURE_BOUNDARY


def is_only_told(text: str, intent: Intent) -> bool:
    """Whether somebody tells of something that is nobody's business here, and wishes for nothing yet: "I've won a week in Portugal"."""
    return intent.task == ELSEWHERE[0] and not asks(text) and not _WISHES.search(text)


def is_remark(text: str, intent: Intent) -> bool:
    """Asked whether there is anything else: whether what is like a matter of the office's, though not surely, is like a no all the same."""
    near = intent.task in (*OFFICE, *ELSEWHERE) and intent.confidence < SURE_BEYOND
    return near and intent.replied.more == "no" and not goes_on(text) and not names_clinic(text)


def sure_from(text: str, intent: Intent, asked: Asked) -> float:
    """The confidence from which the caller is handed over. A dose read off the bottle is no question about it."""
    if intent.task in ELSEWHERE:
        # Said to somebody in the room, most likely: asked again; a no with a joke ends the call.
        says_no = intent.replied.more == "no" or (not intent.replied.more and agrees(text) is False)
        ended = asked.finishing and (says_no or is_done(text) or jokes(text))
        return NEVER if ended or (asked.anything and not asked.finishing) else SURE_BEYOND
    if asked.need == "message" and intent.task in OFFICE and not asks(text):
        return NEVER  # it is what is to be passed on
    read_off = asked.need == "medicine" and intent.task == DOSING and not asks(text)
    words = [word for word in text.split() if not _LETTERS.fullmatch(word)]  # what is spelled hides nothing
    short = len(words) <= ANSWER_WORDS_MAX or read_off
    if asked.need is None and not (asked.confirming or asked.changing):
        return _sure_from_unasked(text, intent, short, finishing=asked.finishing)
    if asked.confirming and agreed(text, intent.replied.confirm) and intent.task != PERSON and not asks(text):
        return NEVER  # "you'll have to talk louder. Yah, that's it"
    told = agreed(text, intent.replied.confirm) is not None or intent.replied.confirm == "change"
    answers = bool(find(asked.need, text, asked=True)) if asked.need else told
    answers = answers or (asked.need == "date_of_birth" and parts(text) != Parts())
    return NEVER if answers and short else SURE_BEYOND


def _sure_from_unasked(text: str, intent: Intent, short: bool, *, finishing: bool) -> float:
    if not finishing or goes_on(text) or (intent.task == PERSON and names_clinic(text)):
        return SURE_BOUNDARY
    if names_clinic(text) and not is_done(text):
        return SURE_BEYOND  # "nope, only my test results"
    if is_remark(text, intent):
        return NEVER
    says_no = agrees(text) is False and is_done(text)  # however much is said between the no and the farewell
    if says_no or wants_no_more(text) or (short and is_done(text)):
        return NEVER
    if short and agrees(text) is not None:  # "no, they charged me twice" wishes for something
        wishes = intent.task in OFFICE and intent.replied.more != "no"
        return SURE_BEYOND if wishes else NEVER
    return SURE_BEYOND if jokes(text) and intent.task != PERSON else SURE_BOUNDARY
