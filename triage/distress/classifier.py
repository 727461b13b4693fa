"""The clinical distress classifier: lexicon and encoder, in union. Either may raise; neither may lower what the other says.

Two thresholds on the encoder's heads: ACT may interrupt the caller, LOOK only wakes the judge or earns a soft question. Rules are of
two kinds: those that count alone, and hints that count with the encoder's support. Without the encoder the lexicon stands alone with
every hint counting, and says so (`degraded`). Whatever goes wrong inside is itself a reason to get a human.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from triage.distress import lexicon, tongue
from triage.distress.heads import Tier1
from triage.distress.lexicon import WORDS_MAX, Hit, RuleHit
from triage.errors import TriageError
from triage.escalation.levels import Level

LEXICON_SCORE = 0.95  # of a rule that fired: rules have no probability of their own
FAILURE = "classifier_failure"
LATE = "classifier_late"
SUPPORT = {Level.DANGER: 0.2, Level.CRISIS: 0.2}  # of "not routine" by the encoder, for a rule that is only a hint
SUPPORT_ELSE = 0.25
# Once something acts, danger and crisis count from this chance on: which nurse comes first is decided in the caller's favour.
GRAVE_FROM = 0.25
HINT_LOOKS_FROM = 0.05  # of "not routine", for a hint below crisis to be looked at
REPAIRED_LOOKS_FROM = 0.02  # the same for one of danger or crisis on words that were put right ("says it": suicide)
DOUBT_ACTS_FROM = 0.9  # of not being routine (tuned on the tuning author: models/cards/distress.md)


@dataclass(frozen=True, slots=True)
class Classification:
    """`score`: 0..1, of the level given. `act`: may interrupt. `look`: something is there; implied by `act`. Of a finding
    that only looks, `level` and `category` say at what."""

    level: Level
    category: str
    score: float
    act: bool
    look: bool
    hits: tuple[Hit, ...]
    version: str


class Classifier:
    def __init__(self, tier1: Tier1 | None) -> None:
        self._lexicon = lexicon.load()
        self._tier1 = tier1
        self.degraded = tier1 is None
        self.version = f"lexicon-{self._lexicon.version}+" + (tier1.version if tier1 else "no-encoder")

    @classmethod
    def load(cls, folder: Path | None) -> Classifier:
        """`folder`: the model's, checked. Without it, or when it cannot be loaded: the lexicon alone, hints and all."""
        try:
            return cls(Tier1.load(folder) if folder is not None else None)
        except TriageError:
            return cls(None)

    def classify(self, text: str) -> Classification:
        """One utterance, without context. Never raises: a failure is a finding."""
        try:
            return self._classify(text)
        except Exception:  # the one place where any fault becomes a human: a lost finding would be a lost caller
            return Classification(Level.STATE, FAILURE, 1.0, True, True, (), self.version)

    def _classify(self, text: str) -> Classification:
        if not text.strip():
            return Classification(Level.NONE, "", 0.0, False, False, (), self.version)
        start = len(text) - len(newest(text))
        text = text[start:]
        rules = self._lexicon.hits(text)
        hints = [rule.hit for rule in rules if not rule.alone]
        acting = [rule.hit for rule in rules if rule.alone]
        if tongue.is_other(text):
            acting.append(Hit("L-OTHER", 0, len(text), Level.STATE, "other_language"))
        looking: list[Hit] = []
        chances: dict[str, float] = {}
        try:
            seen = self._tier1.look(text) if self._tier1 else None
        except Exception:
            # Never "none" because of an error, and what the lexicon knows is not lost by it.
            seen = None
            acting.append(Hit("encoder", 0, len(text), Level.STATE, FAILURE))
        if seen is None:
            acting += hints  # the lowered threshold: without the encoder every hint counts
        else:
            chances, doubt = seen.chances, unease(seen.chances)
            acting += seen.hits
            looking += seen.looks
            looking += [rule.hit for rule in rules if not rule.alone and doubt >= _looks_from(rule)]
            # A hint and the encoder's own doubt, about the same: that is two witnesses.
            acting += [hint for hint in hints if doubt >= SUPPORT.get(hint.level, SUPPORT_ELSE)]
            if not acting and doubt >= DOUBT_ACTS_FROM:
                # Surely nothing of the everyday, and the heads divide it between them: the likeliest of them acts.
                acting += sorted(seen.looks, key=lambda hit: chances[hit.source[5:]])[-1:]
            if acting:
                acting += [
                    hit for hit in seen.looks if hit.level >= Level.CRISIS and chances[hit.source[5:]] >= GRAVE_FROM
                ]
        found = acting or looking
        if not found:
            return Classification(Level.NONE, "", unease(chances), False, False, (), self.version)
        top = max(found, key=lambda hit: (hit.level, not hit.source.startswith("head-")))
        score = max(
            LEXICON_SCORE if top in acting and not top.source.startswith("head-") else 0.0,
            chances.get(top.source.removeprefix("head-"), 0.0), unease(chances) if not acting else 0.0,
        )  # fmt: skip
        hits = tuple(
            Hit(hit.source, hit.start + start, hit.end + start, hit.level, hit.category)
            for hit in sorted(set(found), key=lambda hit: (hit.start, -hit.level))
        )
        return Classification(top.level, top.category, score, bool(acting), True, hits, self.version)


def _looks_from(hint: RuleHit) -> float:
    """Of "not routine", for a hint to be looked at: words of danger or crisis as they were printed need none."""
    if hint.hit.level < Level.CRISIS:
        return HINT_LOOKS_FROM
    return REPAIRED_LOOKS_FROM if hint.repaired else 0.0


def unease(chances: dict[str, float]) -> float:
    """How far from routine, 0..1; 0 without the encoder."""
    return 1 - chances["routine"] if chances else 0.0


def newest(text: str) -> str:
    """The end of the text from the last WORDS_MAX words on: what matters now is what was said last."""
    words = list(re.finditer(r"\S+", text))
    return text if len(words) <= WORDS_MAX else text[words[-WORDS_MAX].start() :]
