"""Sentences to unit vectors: MiniLM as int8 ONNX (models/cards/minilm.md). One thread, no torch.

The vectors of the lines that come with the product come with it too (vectors.npz, made by models/scope/calibrate.py): thousands of
them would take a start half a minute. They count only for the very encoder that made them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.errors import EngineFailed

TOKENS_MAX = 128  # of one text; callers' utterances have 5 to 60
BATCH = 32  # texts encoded at once
SHIPPED = Path(__file__).parent / "vectors.npz"

WIDTH = 384

Vectors = NDArray[np.float32]


class Encoder:
    """Raises EngineFailed when the folder holds no usable model."""

    def __init__(self, folder: Path, known: Path = SHIPPED) -> None:
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
        self._model = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
        self._known = _known(known, self._model)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n,) texts -> (n, 384) float32, each row of length 1."""
        out = np.zeros((len(texts), WIDTH), np.float32)
        new = []
        for at, text in enumerate(texts):
            if (known := self._known.get(_key(text))) is not None:
                out[at] = known
            else:
                new.append(at)
        new.sort(key=lambda at: len(texts[at]))  # neighbours of like length share a batch: half the padding
        for first in range(0, len(new), BATCH):
            rows = new[first : first + BATCH]
            out[rows] = self._batch([texts[at] for at in rows])
        return out

    def remember(self, texts: Iterable[str], file: Path = SHIPPED) -> None:
        """Writes the vectors of `texts` for later starts; each encoded alone, because int8 rounds by what stands beside it."""
        ordered = sorted(set(texts))
        keys = np.array([_key(text) for text in ordered], np.uint64)
        np.savez_compressed(
            file,
            keys=keys,
            vectors=np.concatenate([self._batch([text]) for text in ordered]).astype(np.float16),
            model=np.array(self._model),
        )

    def _batch(self, texts: Sequence[str]) -> Vectors:
        coded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in coded], np.int64)
        mask = np.array([one.attention_mask for one in coded], np.int64)
        (vectors,) = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, np.float32)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _known(file: Path, model: str) -> Mapping[int, Vectors]:
    """Of another encoder's, or of a file that is not there or damaged: none."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            if str(stored["model"]) != model:
                return {}
            vectors = stored["vectors"].astype(np.float32)
            keys = stored["keys"].tolist()
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return {}
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dict(zip(keys, vectors, strict=True))
