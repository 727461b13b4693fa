"""Sentences to unit vectors: MiniLM as int8 ONNX (models/cards/minilm.md). One thread, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.errors import EngineFailed

TOKENS_MAX = 128  # of one text; callers' utterances have 5 to 60
BATCH = 32  # texts encoded at once

Vectors = NDArray[np.float32]


class Encoder:
    """Raises EngineFailed when the folder holds no usable model."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers and onnxruntime raise bare types of their own
            raise EngineFailed("The sentence encoder cannot be loaded.", advice=type(error).__name__) from None
        self._tokenizer.enable_truncation(TOKENS_MAX)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n,) texts -> (n, 384) float32, each row of length 1."""
        if not texts:
            return np.zeros((0, 384), np.float32)
        return np.concatenate([self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)])

    def _batch(self, texts: Sequence[str]) -> Vectors:
        coded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in coded], np.int64)
        mask = np.array([one.attention_mask for one in coded], np.int64)
        (vectors,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, np.float32)
