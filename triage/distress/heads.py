"""Tier 1: linear heads on sentence embeddings, over windows of the utterance and over the whole of it.

Windows, because a complaint buried in a long sentence disappears in its mean. Weights and thresholds: heads.npz, made by
models/distress/train_heads.py; figures in models/cards/distress.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage.distress.embedding import Encoder
from triage.distress.lexicon import Hit
from triage.errors import EngineFailed
from triage.escalation.levels import Level

WINDOW_WORDS, STRIDE_WORDS = 9, 4
WINDOWS_MAX = 24  # of one text: 100 words; the newest
LEVELS = (Level.DANGER, Level.CRISIS, Level.CLINICAL, Level.HUMAN, Level.STATE)


@dataclass(frozen=True, slots=True)
class Seen:
    hits: tuple[Hit, ...]  # heads above ACT
    score: float  # the highest probability of any head
    look: bool


class Heads:
    """`weights`: (5, 384), `bias`, `act`, `look`: (5,), in the order of LEVELS."""

    def __init__(self, encoder: Encoder, data: dict[str, NDArray[np.float32]], version: str) -> None:
        self.encoder = encoder
        self.version = version
        self._weights, self._bias, self._act, self._look = (data[k] for k in ("weights", "bias", "act", "look"))

    @classmethod
    def load(cls, embedding: Path) -> Heads:
        """Raises EngineFailed when the encoder or the heads cannot be read."""
        try:
            with np.load(Path(__file__).parent / "heads.npz") as stored:
                data = {name: stored[name] for name in stored.files}
        except (OSError, ValueError):
            raise EngineFailed("The classifier's heads cannot be read.") from None
        return cls(Encoder(embedding), data, str(data["version"]))

    def look(self, text: str) -> Seen:
        spans = windows(text)
        vectors = self.encoder.encode([text[start:end] for start, end in spans])
        scores = 1 / (1 + np.exp(-(vectors @ self._weights.T + self._bias)))  # (windows, heads)
        if not np.isfinite(scores).all():
            raise EngineFailed("The classifier's scores are no numbers.")
        best = scores.argmax(axis=0)
        hits = tuple(
            Hit(f"head-{level.word}", spans[best[i]][0], spans[best[i]][1], level, f"{level.word}_meaning")
            for i, level in enumerate(LEVELS)
            if scores[best[i], i] >= self._act[i]
        )
        top = scores.max(axis=0)
        return Seen(hits, float(top.max()), bool((top >= self._look).any()))


def windows(text: str) -> list[tuple[int, int]]:
    """Character spans: the whole text, and its windows when it is longer than one."""
    words: list[tuple[int, int]] = []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        words.append((start, at))
    spans = [(words[0][0], words[-1][1])]
    if len(words) > WINDOW_WORDS:
        starts = [*range(0, len(words) - WINDOW_WORDS, STRIDE_WORDS), len(words) - WINDOW_WORDS]
        spans += [(words[s][0], words[s + WINDOW_WORDS - 1][1]) for s in starts]
    return spans[:1] + spans[1:][-WINDOWS_MAX:]
