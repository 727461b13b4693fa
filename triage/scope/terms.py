"""How alike sentences are in their words: TF-IDF (Sparck Jones 1972) of words and pairs of neighbours.

A sentence encoder takes "could we push it back" and "could we set it up" for nearly the same; their words differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class Terms:
    """Of a fixed collection of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        counted = [Counter(_grams(text)) for text in texts]
        spread = Counter(gram for counts in counted for gram in counts)
        self._rarity = {gram: float(np.log((1 + self._size) / (1 + n)) + 1) for gram, n in spread.items()}
        places: dict[str, list[tuple[int, float]]] = {gram: [] for gram in self._rarity}
        for row, counts in enumerate(counted):
            for gram, weight in self._weighted(counts):
                places[gram].append((row, weight))
        self._rows = {gram: np.array([row for row, _ in some], np.intp) for gram, some in places.items()}
        self._weights = {gram: np.array([weight for _, weight in some], np.float32) for gram, some in places.items()}

    def alike(self, text: str) -> NDArray[np.float32]:
        """(n,) cosines 0..1 of `text` with each of the collection."""
        known = self._weighted(Counter(_grams(text)))
        if not known:
            return np.zeros(self._size, np.float32)
        rows = np.concatenate([self._rows[gram] for gram, _ in known])
        parts = np.concatenate([weight * self._weights[gram] for gram, weight in known])
        return np.bincount(rows, parts, self._size).astype(np.float32)

    def _weighted(self, counts: Counter[str]) -> list[tuple[str, float]]:
        """Each gram's share of a vector of length 1; grams that the collection does not know have none."""
        weights = [
            (gram, (1 + float(np.log(n))) * self._rarity[gram]) for gram, n in counts.items() if gram in self._rarity
        ]
        length = sum(weight * weight for _, weight in weights) ** 0.5
        return [(gram, weight / length) for gram, weight in weights]


def _grams(text: str) -> Iterator[str]:
    said = _WORD.findall(text.lower())
    yield from said
    yield from map(" ".join, pairwise(said))
