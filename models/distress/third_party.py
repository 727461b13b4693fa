"""Other people's routine telephone requests (read, never copied): for training, for thresholds and for measuring, each its own part.

clinc150 (CC BY 3.0), banking77 (CC BY 4.0), restaurant8k (CC BY 4.0); and everyday talk that is about no clinic at all: what raters
called neutral in goemotions (Apache 2.0), for training only. Lines that ask for a person or a bot's nature are left out of
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
# Everyday talk: a stranger's word on the net may be about any of these.
_NOT_EVERYDAY = re.compile(
    r"\b(?:kill\w*|dead|death|die[ds]?|suicid\w*|murder\w*|gun\w*|shoot\w*|shot|stab\w*|rape\w*|abus\w*|violen\w*|beat\w*|attack\w*|blood\w*|"
    r"sick\w*|hospital|doctor|nurse|therap\w*|meds?|medic\w*|pills?|drug\w*|overdos\w*|depress\w*|anxi\w*|panic\w*|cancer|stroke|"
    r"injur\w*|hurts?|hurting|pains?|painful|ache\w*|breath\w*|chok\w*|scared|afraid|terrified|hate|myself|life|living|pregnan\w*|disease|"
    r"vomit\w*|fever|symptom\w*|nazi\w*|fuck\w*|shit\w*|exist\w*|graves?|goodbye|noose|burden\w*|worthless|hopeless)(?!\w)|\[",
    re.I,
)
_SPEAKS_OF_SELF = re.compile(r"\b(?:i|me|my|i'?m|mine)\b", re.I)
_MAY_DESPAIR = re.compile(
    r"\b(?:anymore|any more|end|ends|ending|alone|nothing|tired|lost|done|gone|never|wish|nobody|no one|no reason|give up|gave up|can'?t|care|cry\w*|"
    r"worse|worst|stop|jump|bridge|knife|forever|without me|useless|empty|over it|fight)\b",
    re.I,
)
EVERYDAY_WORDS = range(4, 31)
TRAINED = {"clinc150": 4500, "banking77": 1800, "restaurant8k": 1200, "goemotions": 1500}
KEPT = {
    "clinc150": 1500,
    "banking77": 1500,
    "restaurant8k": 1000,
    "goemotions": 0,
}  # of each: half for thresholds, half for the test


def _all(data: Path) -> dict[str, list[str]]:
    clinc = json.loads((data / "clinc150" / "train_val.json").read_text(encoding="utf-8"))
    with (data / "banking77" / "train.csv").open(encoding="utf-8") as file:
        bank = [row["text"] for row in csv.DictReader(file)]
    places = sorted((data / "restaurant8k").rglob("*.json"))
    rest = [one["userInput"]["text"] for place in places for one in json.loads(place.read_text(encoding="utf-8"))]
    with (data / "goemotions" / "train.tsv").open(encoding="utf-8") as file:
        talk = [text for text, labels, _ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if labels == "27"]
    talk = [text for text in talk if len(text.split()) in EVERYDAY_WORDS and _is_everyday(text)]
    return {
        "goemotions": talk,
        "clinc150": [text for text, *_ in clinc["train"]],
        "banking77": bank,
        "restaurant8k": rest,
    }


def _is_everyday(text: str) -> bool:
    despairs = _SPEAKS_OF_SELF.search(text) and _MAY_DESPAIR.search(text)
    return not (_NOT_EVERYDAY.search(text) or despairs)


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
