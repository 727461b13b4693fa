"""The matrix as a call sees it: levels of triggers, sentences in the caller's language, times."""

from __future__ import annotations

from collections.abc import Sequence

from triage.escalation.decision import Decision, decide
from triage.escalation.levels import Level
from triage.escalation.matrix import Matrix
from triage.escalation.triggers import TriggerHit
from triage.privacy.phi import NOTHING, Phi


class Rules:
    def __init__(self, matrix: Matrix, *, language: str = "en") -> None:
        self.matrix = matrix
        self.language = language
        self.silence_s = matrix.timers.silence_s
        self.silences_max = matrix.timers.silences_max
        self.check_back_s = matrix.timers.check_back_s
        self.confirm_s = matrix.timers.confirm_s

    def sentence(self, key: str) -> str:
        return self.matrix.text(key, self.language)

    def is_safety(self, key: str) -> bool:
        return self.matrix.sentence[key].safety

    def callback_sentence(self, spoken: str) -> Phi:
        """The promise, with the time as it is said."""
        return Phi(self.sentence("callback").replace("{callback_time}", spoken))

    def number_sentence(self, spoken: str) -> Phi:
        """A telephone number read back."""
        return Phi(self.sentence("callback_check").replace("{number}", spoken))

    def hit(
        self,
        trigger: str,
        *,
        level: Level | None = None,
        quote: Phi = NOTHING,
        at_s: float = 0.0,
        confidence: float = 1.0,
        reason: str = "",
    ) -> TriggerHit:
        """`level` None: as the matrix says. A given level is never lowered by the matrix."""
        floor = self.matrix.level_of(trigger) if trigger in self.matrix.trigger else Level.NONE
        return TriggerHit(trigger, max(floor, level or Level.NONE), quote, at_s, confidence, reason)

    def decide(self, hits: Sequence[TriggerHit], previous: Level) -> Decision | None:
        return decide(hits, previous, matrix=self.matrix.name)
