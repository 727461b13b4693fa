"""What the rules have not thought of: MiniLM, fine-tuned to mark identifiers token by token, int8 ONNX.

It reads a turn and the one before it, so that a bare answer is understood. It only adds to what the rules find. Made by
models/privacy/train_tagger.py and export_tagger.py; figures in models/cards/names.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from triage.errors import EngineFailed

FOLDER: Final = Path(__file__).parent / "tagger"
FILES: Final = ("model.onnx", "tokenizer.json", "tagger.json")
BEFORE_TOKENS, TOKENS_MAX = 12, 128  # taught with 28; the last 12 do as well and take less time
STRIDE = 80  # of a long turn, which is read to its end: each part begins so many tokens after the one before


@dataclass(frozen=True, slots=True)
class Marked:
    """`start`, `end`: characters of the turn, whole words. `kind`: name, place, date, code, net, other. `chance`: of its surest token."""

    start: int
    end: int
    kind: str
    chance: float


class Tagger:
    """Raises EngineFailed when the folder holds no usable model."""

    def __init__(self, folder: Path = FOLDER) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            card: dict[str, Any] = json.loads((folder / FILES[2]).read_text(encoding="utf-8"))
            self._kinds, self._from, self._edge = list[str](card["kinds"]), float(card["from"]), float(card["edge"])
            self.version = str(card["version"])
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[1]))
            self._session = onnxruntime.InferenceSession(
                str(folder / FILES[0]), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers and onnxruntime raise bare types of their own
            raise EngineFailed("The model of identifiers cannot be loaded.", advice=type(error).__name__) from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._cls, self._sep = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

    def find(self, text: str, before: str) -> list[Marked]:
        """Identifiers of `text`, in order. `before`: the turn before it, or nothing. Raises EngineFailed for chances that are no numbers.

        A stretch counts when its surest token does; at its ends a token counts for less, so that it is found whole."""
        text, before = (
            one.encode("utf-8", "replace").decode() for one in (text, before)
        )  # a lone surrogate is no text
        coded = self._tokenizer.encode(text, add_special_tokens=False)
        if not coded.ids:
            return []
        chances = self._chances(coded.ids, before)
        sure = 1 - chances[:, 0]
        kinds = chances[:, 1:].argmax(axis=1)
        out: list[Marked] = []
        for token in np.flatnonzero(sure >= self._edge):
            start, end = whole(text, *coded.offsets[token])
            kind, chance = self._kinds[kinds[token] + 1], float(sure[token])
            last = out[-1] if out else None
            if last and (start < last.end or (kind == last.kind and not re.search(r"\w", text[last.end : start]))):
                best = last if last.chance >= chance else Marked(start, end, kind, chance)
                out[-1] = Marked(last.start, max(end, last.end), best.kind, best.chance)
            else:
                out.append(Marked(start, end, kind, chance))
        return [one for one in out if one.chance >= self._from]

    def _chances(self, ids: list[int], before: str) -> NDArray[np.float32]:
        """(tokens, kinds); of a long turn each token as the part sees it in which it stands least at the edge."""
        said = self._tokenizer.encode(before[-400:], add_special_tokens=False).ids[-BEFORE_TOKENS:]
        head = [self._cls, *said, self._sep] if said else [self._cls]
        room = TOKENS_MAX - len(head) - 1
        out = np.zeros((len(ids), len(self._kinds)), np.float32)
        out[:, 0] = 1.0
        starts = [0] if len(ids) <= room else [*range(0, len(ids) - room, STRIDE), len(ids) - room]
        for start in starts:
            part = ids[start : start + room]
            row = np.array([[*head, *part, self._sep]], np.int64)
            found = self._session.run(["kinds"], {"input_ids": row, "attention_mask": np.ones_like(row)})
            logits = np.asarray(found[0], np.float32)[0, len(head) : len(head) + len(part)]
            chances = np.exp(logits - logits.max(axis=1, keepdims=True))
            chances /= chances.sum(axis=1, keepdims=True)
            if not np.isfinite(chances).all():
                raise EngineFailed("The chances of the model of identifiers are no numbers.")
            seen = out[start : start + len(part)]
            surer = chances[:, 0] < seen[:, 0]
            seen[surer] = chances[surer]
        return out


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The same with the rest of its words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
