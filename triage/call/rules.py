"""The matrix as a call sees it: levels of triggers, sentences in the caller's language, times."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from triage.escalation.decision import Decision, decide
from triage.escalation.levels import Level
from triage.escalation.matrix import Matrix
from triage.escalation.triggers import TriggerHit
from triage.handoff import spanish
from triage.privacy.phi import NOTHING, Phi


class Rules:
    def __init__(self, matrix: Matrix, *, language: str = "en", spoken: Collection[str] = (), home: str = "") -> None:
        """`spoken`: languages besides the line's own, `home`, that all fixed sentences can be said in."""
        self.matrix = matrix
        self.language = language
        self.home = home or language
        self.spoken = frozenset((*spoken, self.home))
        self.silence_s = matrix.timers.silence_s
        self.silences_max = matrix.timers.silences_max
        self.check_back_s = matrix.timers.check_back_s
        self.confirm_s = matrix.timers.confirm_s

    def in_language(self, language: str) -> Rules:
        """For a caller who speaks `language`; the line's own where that cannot be said."""
        if language not in self.spoken or language == self.language:
            return self
        return Rules(self.matrix, language=language, spoken=self.spoken, home=self.home)

    def sentence(self, key: str) -> str:
        return self.matrix.text(key, self.language)

    def is_safety(self, key: str) -> bool:
        return self.matrix.sentence[key].safety

    def callback_sentence(self, spoken: str) -> Phi:
        """The promise, with the time as it is said."""
        return Phi(self.sentence("callback").replace("{callback_time}", spoken))

    def number_sentence(self, spoken: str) -> Phi:
        """A telephone number read back, digit by digit."""
        spoken = spanish.number(spoken) if self.language == "es" else spoken
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
