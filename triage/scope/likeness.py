"""What a sentence means by the examples it is like: kernel ridge regression (Saunders et al. 1998) on sentence vectors and on words
(compliance/decisions/0026), solved anew at each start in a closed form: whoever adds an example trains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.scope.terms import Terms

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]  # (n,) texts -> (n, d) unit vectors

WIDTH, RIDGE = 2.0, 0.3  # kernel exp(-WIDTH * (1 - cosine of the vectors)) + WORDS * cosine of the words; chosen by
WORDS = 0.8  # cross-validation within the shipped lines, each author left out once


class Likeness:
    def __init__(self, texts: Sequence[str], wanted: NDArray[np.floating], encode: Encode) -> None:
        """`wanted`: (texts, meanings), 0..1: how far each example has each meaning."""
        self._encode = encode
        self._vectors = encode(texts)
        self._terms = Terms(texts)
        kernel = self._kernel(self._vectors @ self._vectors.T, texts)
        kernel[np.diag_indices(len(texts))] += RIDGE
        self._weights = np.linalg.solve(kernel, wanted.astype(np.float32))

    def values(self, texts: Sequence[str]) -> tuple[NDArray[np.floating], Vectors]:
        """(n, meanings): about 0..1, how far each text has each meaning; (n, examples): the cosines of the vectors."""
        alike = self._encode(texts) @ self._vectors.T
        return self._kernel(alike.copy(), texts) @ self._weights, alike

    def _kernel(self, cosines: Vectors, texts: Sequence[str]) -> Vectors:
        """(texts, examples), written over `cosines`: thousands of examples squared are hundreds of megabytes."""
        cosines -= 1
        cosines *= WIDTH
        kernel = np.exp(cosines, out=cosines)
        for row, text in zip(kernel, texts, strict=True):
            row += WORDS * self._terms.alike(text)
        return kernel
