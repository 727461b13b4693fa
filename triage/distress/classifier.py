"""The clinical distress classifier: lexicon and encoder, in union. Either may raise; neither may lower what the other says.

Two thresholds on the encoder's heads: ACT may interrupt the caller, LOOK only earns a soft question. Without the encoder the
lexicon stands alone, and says so (`degraded`). Whatever goes wrong inside is itself a reason to get a human.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from triage.distress import lexicon
from triage.distress.heads import Heads
from triage.distress.lexicon import WORDS_MAX, Hit
from triage.errors import TriageError
from triage.escalation.levels import Level

LEXICON_VERSION = "2026-11-a"
LEXICON_SCORE = 0.95  # of a rule that fired: rules have no probability of their own


@dataclass(frozen=True, slots=True)
class Classification:
    """`score`: 0..1, of the level given. `act`: may interrupt. `look`: something is there; implied by `act`."""

    level: Level
    category: str
    score: float
    act: bool
    look: bool
    hits: tuple[Hit, ...]
    version: str


class Classifier:
    def __init__(self, heads: Heads | None) -> None:
        self._lexicon = lexicon.load()
        self._heads = heads
        self.degraded = heads is None
        self.version = f"lexicon-{LEXICON_VERSION}+" + (heads.version if heads else "no-encoder")

    @classmethod
    def load(cls, embedding: Path | None) -> Classifier:
        """`embedding`: the encoder's checked folder. Without it, or when it cannot be loaded: the lexicon alone."""
        try:
            return cls(Heads.load(embedding) if embedding is not None else None)
        except TriageError:
            return cls(None)

    def classify(self, text: str) -> Classification:
        """One utterance, without context. Never raises: a failure is a finding."""
        try:
            return self._classify(text)
        except Exception:  # the one place where any fault becomes a human: a lost finding would be a lost caller
            return Classification(Level.STATE, "classifier_failure", 1.0, True, True, (), self.version)

    def _classify(self, text: str) -> Classification:
        if not text.strip():
            return Classification(Level.NONE, "", 0.0, False, False, (), self.version)
        text = newest(text)
        hits = list(self._lexicon.hits(text))
        score, look = (LEXICON_SCORE, True) if hits else (0.0, False)
        if self._heads is not None:
            seen = self._heads.look(text)
            hits += seen.hits
            score, look = max(score, seen.score), look or seen.look
        if not hits:
            return Classification(Level.NONE, "", score, False, look, (), self.version)
        top = max(hits, key=lambda hit: hit.level)
        return Classification(top.level, top.category, score, True, True, tuple(hits), self.version)


def newest(text: str) -> str:
    """The last WORDS_MAX words: what matters now is what was said last."""
    words = text.split()
    return text if len(words) <= WORDS_MAX else " ".join(words[-WORDS_MAX:])
