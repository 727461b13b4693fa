"""What the line may do next in a conversation that stays inside its tasks. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from triage.privacy.phi import Phi

Expects = Literal["free", "yes_no", "number", "spelling"]


@dataclass(frozen=True, slots=True)
class Replied:
    """What an utterance comes to as an answer to each of the line's own yes-or-no questions; "" where that is not sure."""

    confirm: str = ""  # "Is that right?": yes, no, change, other
    more: str = ""  # "Is there anything else?": yes, no, wish, other
    soft: str = ""  # "Is anything troubling you?": surely no, no, something, other


@dataclass(frozen=True, slots=True)
class Intent:
    """What the caller wants, as the intent classifier sees it. `confidence` is calibrated where its card says so, 0..1."""

    task: str  # a key of the clinic's tasks, or "other"
    confidence: float
    in_scope: bool
    replied: Replied = Replied()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the caller said that the line will write down."""

    kind: Literal["name", "date_of_birth", "callback_number", "medicine", "date", "time", "reason", "message", "answer"]
    value: Phi
    confidence: float  # 0..1
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Say the approved wording and go on. `phrase` allows the language model to put it in other words."""

    wording: Phi
    asked: str = ""  # what is asked for, as a nurse would name it; "" when nothing is
    answered: str = ""  # what has been answered, likewise
    expects: Expects = "free"
    phrase: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """A task has been completed: write this structured request down for the front desk, then say `wording`."""

    task: str
    facts: tuple[Fact, ...]
    wording: Phi
    answered: str


@dataclass(frozen=True, slots=True)
class Clarify:
    """Not sure what was meant: ask once more."""

    wording: Phi
    expects: Expects = "free"


@dataclass(frozen=True, slots=True)
class Farewell:
    """The caller has what they came for: say goodbye and end the call."""

    wording: Phi


@dataclass(frozen=True, slots=True)
class Hand:
    """This is for a human. `trigger` is the name of a trigger of the escalation matrix."""

    trigger: Literal["low_confidence", "out_of_scope", "no_progress", "third_party", "other_language"]
    reason: str  # a code, never the caller's words


Move = Reply | Request | Clarify | Farewell | Hand
