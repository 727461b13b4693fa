"""What does the caller want? Nearest examples among the clinic's own and the product's boundaries.

A clinic adds an approved answer by writing it down with a few ways of asking; nothing is trained. Each utterance is
compared with every example (cosine of unit vectors); a task's similarity is the mean of its two nearest examples. The
confidence is a logistic function of the best similarity and of its lead over the best other task; its constants were fitted
on utterances of another author (models/cards/scope.md).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.scope.clinic import Boundary, Clinic
from triage.scope.moves import Intent

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]  # (n,) texts -> (n, d) unit vectors

NEAREST = 2
# confidence = logistic(BIAS + SIMILARITY * best + LEAD * (best - second))
BIAS = -6.2
SIMILARITY = 11.0
LEAD = 9.0
CLAUSE_WORDS_MIN, CLAUSES_MAX = 4, 6
SURE_CLAUSE = 0.6
_CLAUSE = re.compile(r"[,.;:?!]+\s*|\s+(?:and|because|but|so)\s+", re.IGNORECASE)
WORDS_MAX = 60  # of an utterance, the last ones: what a caller wants comes last

FAREWELL = "farewell"
GREETING = "greeting"
NOTHING_MORE = "nothing_more"

# Moves of every telephone conversation, whatever the clinic.
CONVERSATIONAL = {
    FAREWELL: (
        "goodbye", "bye bye", "thank you, bye", "that was all, thank you", "thanks, have a nice day", "okay, thanks, bye",
        "that's all I needed", "that is everything, goodbye",
    ),
    NOTHING_MORE: (
        "no, that's it", "no thank you", "nothing else", "no, that's all", "no I'm good", "nope, I'm fine with that",
    ),
    GREETING: ("hello", "hi there", "good morning", "hello, can you hear me", "yes hello", "hi, is this the clinic"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rows:
    task: str
    in_scope: bool
    first: int
    end: int


class Intents:
    """The example space of one clinic. Building it encodes every example once."""

    def __init__(self, clinic: Clinic, limits: Sequence[Boundary], encode: Encode) -> None:
        self._encode = encode
        texts: list[str] = []
        self._rows: list[_Rows] = []
        for answer in clinic.answer:
            self._add(answer.id, True, (answer.title, *answer.examples), texts)
        for task in clinic.task:
            self._add(task.id, True, (task.title, *task.examples), texts)
        for name, examples in CONVERSATIONAL.items():
            self._add(name, True, examples, texts)
        for limit in limits:
            self._add(limit.id, False, limit.examples, texts)
        self._vectors = encode(texts)

    @classmethod
    def none(cls) -> Intents:
        """Without an encoder nothing is understood: every request goes to a human."""
        return cls(Clinic(name="--", spoken_number="---"), (), lambda texts: np.zeros((len(texts), 1), np.float32))

    def _add(self, task: str, in_scope: bool, examples: Sequence[str], texts: list[str]) -> None:
        self._rows.append(_Rows(task, in_scope, len(texts), len(texts) + len(examples)))
        texts.extend(examples)

    def classify(self, text: str) -> Intent:
        """The nearest task of the whole utterance or of one of its clauses, whichever is surer: "this is Rosa, born in May, and I'd like
        an appointment". A clause beyond the line's tasks counts before all others once it is sure. An empty text is ("other", 0)."""
        words = text.split()[-WORDS_MAX:]
        if not words:
            return Intent("other", 0.0, in_scope=True)
        whole = " ".join(words)
        clauses = [
            clause for clause in _CLAUSE.split(whole) if len(clause.split()) >= CLAUSE_WORDS_MIN and clause != whole
        ]
        found = [self._nearest(vector) for vector in self._encode([whole, *clauses[-CLAUSES_MAX:]])]
        beyond = [one for one in found if not one.in_scope and one.confidence >= SURE_CLAUSE]
        return max(beyond or found, key=lambda one: one.confidence)

    def _nearest(self, vector: NDArray[np.float32]) -> Intent:
        near = self._vectors @ vector
        ranked = sorted(
            ((float(np.sort(near[r.first : r.end])[-NEAREST:].mean()), r) for r in self._rows),
            key=lambda pair: -pair[0],
        )
        best, rows = ranked[0]
        second = next(
            similarity for similarity, other in ranked[1:] if other.in_scope != rows.in_scope or other != rows
        )
        confidence = 1 / (1 + math.exp(-(BIAS + SIMILARITY * best + LEAD * (best - second))))
        return Intent(rows.task, confidence, rows.in_scope)
