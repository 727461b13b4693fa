"""A sentence encoder without a model: words hashed into a vector. Shared words are near, everything else is far."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
SHORT_WORD_LETTERS = 2  # such words say nothing


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """(n,) texts -> (n, 384) unit vectors."""
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"[a-z']+", text.lower()):
            if len(word) > SHORT_WORD_LETTERS:
                vectors[row, zlib.crc32(word.encode()) % DIMENSIONS] += 1
        vectors[row] /= float(np.linalg.norm(vectors[row])) or 1.0
    return vectors
