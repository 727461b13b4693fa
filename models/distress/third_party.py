"""Other people's routine telephone requests (read, never copied): for training, for thresholds and for measuring, each its own part.

clinc150 (CC BY 3.0), banking77 (CC BY 4.0), restaurant8k (CC BY 4.0). Lines that ask for a person or a bot's nature are left out of
training: here they are a finding, not routine.
"""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path

SEED = 20261124
_NOT_ROUTINE = re.compile(
    r"\b(?:person|human|people|bot|robot|representative|agent|operator|someone|somebody|emergency|pain|hurt|die|dying|help me)\b",
    re.I,
)
TRAINED = {"clinc150": 4500, "banking77": 1800, "restaurant8k": 1200}
KEPT = {"clinc150": 1500, "banking77": 1500, "restaurant8k": 1000}  # of each: half for thresholds, half for the test


def _all(data: Path) -> dict[str, list[str]]:
    clinc = json.loads((data / "clinc150" / "train_val.json").read_text(encoding="utf-8"))
    with (data / "banking77" / "train.csv").open(encoding="utf-8") as file:
        bank = [row["text"] for row in csv.DictReader(file)]
    places = sorted((data / "restaurant8k").rglob("*.json"))
    rest = [one["userInput"]["text"] for place in places for one in json.loads(place.read_text(encoding="utf-8"))]
    return {"clinc150": [text for text, *_ in clinc["train"]], "banking77": bank, "restaurant8k": rest}


def parts(data: Path) -> dict[str, dict[str, list[str]]]:
    """{"train" | "tune" | "test": {source: texts}}; disjoint, drawn with SEED."""
    out: dict[str, dict[str, list[str]]] = {"train": {}, "tune": {}, "test": {}}
    for source, texts in _all(data).items():
        unique = sorted(set(texts))
        random.Random(SEED).shuffle(unique)
        kept, half = KEPT[source], KEPT[source] // 2
        out["tune"][source], out["test"][source] = unique[:half], unique[half:kept]
        rest = [text for text in unique[kept:] if not _NOT_ROUTINE.search(text)]
        out["train"][source] = rest[: TRAINED[source]]
    return out
