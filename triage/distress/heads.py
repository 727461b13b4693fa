"""Tier 1: MiniLM fine-tuned end to end, int8 ONNX, with one calibrated head for each thing a caller may be.

Each head reads the mean of the tokens and its strongest single token: a complaint buried in a long sentence is not averaged away, and
the head can say where it read it. Made by models/distress/train_encoder.py and export.py; figures in models/cards/distress.md.
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

from triage.distress.lexicon import Hit
from triage.errors import EngineFailed
from triage.escalation.levels import Level

FILES: Final = ("model.onnx", "tokenizer.json", "tier1.json")
PART_WORDS, STRIDE_WORDS = 60, 40  # of a long text; callers' utterances have 5 to 60 words
PARTS_MAX = 10  # the newest 400 words
TOKENS_MAX = 128  # of one part
NEAR_WORDS = 3  # shown on each side of a head's strongest word

# Which level and category a head stands for. `routine` is no level; `scope` only ever looks: the conversation itself judges scope.
MEANING: Final = {
    "danger": (Level.DANGER, "danger_meaning"),
    "crisis": (Level.CRISIS, "crisis_meaning"),
    "clinical": (Level.CLINICAL, "clinical_meaning"),
    "human": (Level.HUMAN, "person"),
    "anger": (Level.STATE, "anger"),
    "confusion": (Level.STATE, "confusion"),
    "fear": (Level.STATE, "fear"),
    "scope": (Level.SCOPE, "scope_meaning"),
}
SCOPE_LOOK: Final = 0.7

Logits = NDArray[np.float32]


LEFT_WORDS_MIN = 3
_FILLER = r"(?:um+|uh+|er+m?|hm+|so|well|ok(?:ay)?|hi|hello|hey|there|good (?:morning|afternoon|evening)|listen|look|i mean|you know|please|sorry|excuse me|actually|anyway)"
_BEGINNING = re.compile(
    rf"\W*(?:{_FILLER}\b\W*)*(?:i(?:'m| am| was)? (?:just )?(?:call(?:ing)?|phoning|ringing|wondering) (?:you )?(?:because|since|as|that|to say)\b\W*)?(?:{_FILLER}\b\W*)*",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\W+(?:(?:thanks?|thank you|please|bye|goodbye|ok(?:ay)?)\b\W*)+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """`chances`: calibrated, 0..1, by head. `hits`: heads at or above ACT. `looks`: heads at or above LOOK, hits among them."""

    chances: dict[str, float]
    hits: tuple[Hit, ...]
    looks: tuple[Hit, ...]


# What a head finds unlikely, in words that are surely the everyday, is looked at and does not act (compliance/decisions/0025).
UNLIKELY_BELOW, EVERYDAY_FROM = 0.5, 0.9


class Raw:
    """The model without its calibration. Raises EngineFailed when the folder holds no usable model."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / FILES[1]))
            self._session = onnxruntime.InferenceSession(
                str(folder / FILES[0]), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers and onnxruntime raise bare types of their own
            raise EngineFailed("The distress model cannot be loaded.", advice=type(error).__name__) from None
        self._tokenizer.enable_truncation(TOKENS_MAX)
        self._tokenizer.enable_padding()

    def logits(self, text: str) -> Logits:
        """(parts, heads) of one text."""
        return self._run([text[start:end] for start, end in parts(text)])[0]

    def with_places(self, text: str) -> tuple[Logits, list[list[tuple[int, int]]]]:
        """Logits (parts, heads), and of each part and head the characters of its strongest token, as offsets into `text`."""
        spans = parts(text)
        logits, where, offsets = self._run([text[start:end] for start, end in spans])
        strongest = where.argmax(axis=1)  # (parts, heads)
        places = [
            [(spans[part][0] + offsets[part][token][0], spans[part][0] + offsets[part][token][1]) for token in row]
            for part, row in enumerate(strongest)
        ]
        return logits, places

    def _run(self, texts: list[str]) -> tuple[Logits, NDArray[np.float32], list[list[tuple[int, int]]]]:
        coded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in coded], np.int64)
        mask = np.array([one.attention_mask for one in coded], np.int64)
        logits, where = self._session.run(["logits", "where"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(logits, np.float32), np.asarray(where, np.float32), [one.offsets for one in coded]


class Tier1:
    """`card`: tier1.json: heads in order, Platt's slope and shift of each, thresholds `act` and `look` by head, version."""

    def __init__(self, raw: Raw, card: dict[str, Any]) -> None:
        self._raw = raw
        self._heads: list[str] = list(card["heads"])
        self._slope = np.array(card["slope"], np.float32)
        self._shift = np.array(card["shift"], np.float32)
        self._act: dict[str, float] = card["act"]
        self._look: dict[str, float] = card["look"] | {"scope": SCOPE_LOOK}
        self.version = str(card["version"])

    @classmethod
    def load(cls, folder: Path) -> Tier1:
        """Raises EngineFailed when the model or its card cannot be read."""
        try:
            card = json.loads((folder / FILES[2]).read_text(encoding="utf-8"))
            return cls(Raw(folder), card)
        except (OSError, ValueError, KeyError) as error:
            raise EngineFailed("The distress model's card cannot be read.", advice=type(error).__name__) from None

    @staticmethod
    def raw(folder: Path) -> Raw:
        return Raw(folder)

    def look(self, text: str) -> Seen:
        """Raises EngineFailed for scores that are no numbers."""
        text = text.encode("utf-8", "replace").decode()  # as long as before; a lone surrogate is no text
        logits, places = self._raw.with_places(text)
        chances = 1 / (1 + np.exp(-np.clip(logits * self._slope + self._shift, -60, 60)))
        if not np.isfinite(chances).all():
            raise EngineFailed("The classifier's scores are no numbers.")
        best = chances.argmax(axis=0)
        top = {head: float(chances[best[i], i]) for i, head in enumerate(self._heads)}
        looks = []
        for i, head in enumerate(self._heads):
            if head in self._look and top[head] >= self._look[head]:
                level, category = MEANING[head]
                looks.append(Hit(f"head-{head}", *around(text, places[best[i]][i]), level, category))
        # Of the part that speaks loudest for a head its own routine counts: a polite beginning does not speak for what comes after it.
        routine = chances[best, self._heads.index("routine")]
        beside = dict(zip(self._heads, routine.tolist(), strict=True))
        acting = tuple(hit for hit in looks if self._acts(hit.source[5:], top, beside))
        return Seen(top, acting, tuple(looks))

    def _acts(self, head: str, top: dict[str, float], routine: dict[str, float]) -> bool:
        unlikely = top[head] < UNLIKELY_BELOW and routine[head] >= EVERYDAY_FROM
        return top[head] >= self._act.get(head, 2.0) and not unlikely


def parts(text: str) -> list[tuple[int, int]]:
    """Character spans of the text's parts of at most PART_WORDS words, the newest PARTS_MAX; one for a usual utterance."""
    words = spans(text)
    if len(words) <= PART_WORDS:
        whole = [(words[0][0], words[-1][1])] if words else [(0, len(text))]
        return [*whole, *_without_courtesies(text)]
    starts = [*range(0, len(words) - PART_WORDS, STRIDE_WORDS), len(words) - PART_WORDS]
    return [(words[at][0], words[at + PART_WORDS - 1][1]) for at in starts[-PARTS_MAX:]]


def _without_courtesies(text: str) -> list[tuple[int, int]]:
    """The same without a polite beginning and end, which say nothing and weigh on the mean of a short text; none when there are none."""
    begin, end = _BEGINNING.match(text), _ENDING.search(text)
    start, stop = begin.end() if begin else 0, end.start() if end else len(text)
    left = text[start:stop].split()
    return [(start, stop)] if (start, stop) != (0, len(text)) and len(left) >= LEFT_WORDS_MIN else []


def spans(text: str) -> list[tuple[int, int]]:
    """Character spans of the words."""
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return found


def around(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """The strongest word with its neighbours: what a nurse is shown as the reason."""
    words = spans(text)
    if not words:
        return (0, len(text))
    at = next((number for number, (_, end) in enumerate(words) if end >= place[1]), len(words) - 1)
    return words[max(0, at - NEAR_WORDS)][0], words[min(len(words) - 1, at + NEAR_WORDS)][1]
