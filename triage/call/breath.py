"""One turn in several breaths: "I'm a new patient." … "I'd like to see somebody this week."

The recogniser ends an utterance at a pause; a person who pauses has not always finished. As long as the caller has heard nothing
of the answer they cannot have replied to it: what they say next continues what they said, the answer is taken back, and both are
understood as one. What was written down or decided is never taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from triage.call.events import SAMPLE_RATE_HZ
from triage.call.happenings import HeardFinal, Spoke
from triage.distress.classifier import Classification
from triage.privacy.phi import Phi
from triage.scope.beyond import beyond
from triage.scope.dialogue import CONFIDENT, Dialogue
from triage.scope.moves import Intent, Replied

CONTINUES_S_MAX = 5.0  # from the end of one breath to the beginning of the next
UNHEARD_S = 0.8  # of the answer: a caller who begins before has not replied to it
WORDS_MAX = 60  # of one turn


@dataclass(frozen=True, slots=True)
class Breath:
    """What was just heard, and all that hearing it may have changed, as it was before."""

    heard: HeardFinal
    dialogue: Dialogue
    soft_question: HeardFinal | None
    unintelligible: int
    asked: int  # how many things the line had asked for, and answered
    answered: int

    def continued_by(self, heard: HeardFinal) -> bool:
        words = len(self.heard.text.split()) + len(heard.text.split())
        return heard.start_s - self.heard.end_s < CONTINUES_S_MAX and words <= WORDS_MAX


def unheard(spoke: Spoke) -> bool:
    """Whether the caller interrupted before the answer can have said anything to them."""
    return spoke.cut_off and spoke.samples < UNHEARD_S * SAMPLE_RATE_HZ


def joined(before: HeardFinal, heard: HeardFinal) -> HeardFinal:
    """Both as one utterance, still to be understood; until then what its halves show."""
    text = Phi(f"{before.text.reveal()} {heard.text.reveal()}")
    words = (len(before.text.split()), len(heard.text.split()))
    confidence = (before.confidence * words[0] + heard.confidence * words[1]) / max(1, sum(words))
    return replace(
        heard,
        text=text,
        classification=graver(before.classification, heard.classification),
        intent=replace(surer(heard.intent, before.intent), replied=Replied()),
        confidence=confidence,
        start_s=before.start_s,
    )


def understood(halves: HeardFinal, whole: HeardFinal) -> HeardFinal:
    """`whole` was looked at as one; what its halves showed is not lost, and means something where the whole means little."""
    intent = whole.intent if whole.intent.confidence >= CONFIDENT else surer(whole.intent, halves.intent)
    intent = replace(
        intent, replied=whole.intent.replied
    )  # "No, I'm fine." "I can't do the stairs any more": of both, never of a half
    return replace(whole, intent=intent, classification=graver(halves.classification, whole.classification))


def surer(*intents: Intent) -> Intent:
    return max(intents, key=lambda one: (beyond(one), one.confidence))


def graver(*seen: Classification) -> Classification:
    """Raise-only: what one of them shows, the whole shows."""
    return max(seen, key=lambda one: (one.act, one.look, one.level, one.score))
