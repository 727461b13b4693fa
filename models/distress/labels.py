"""What a corpus line says to each head: 1, 0, or nothing. Shared by training, calibration and evaluation.

A line is level|category|text. A label names the highest level that holds, so it says "no" to the heads above, "yes" to its own and
nothing to those below (most danger is a symptom too, and a frightened voice). `none` says "no" to all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADS = ("danger", "crisis", "clinical", "human", "anger", "confusion", "fear", "scope", "routine")
_ORDER = ("danger", "crisis", "clinical", "human", "state", "scope")
_STATE = {"anger": "anger", "confusion": "confusion", "misunderstanding": "confusion", "fear": "fear"}
NOTHING = -1.0


@dataclass(frozen=True, slots=True)
class Line:
    author: str
    level: str
    category: str
    text: str


def lines(folder: Path) -> Iterator[Line]:
    """All lines of the folder's authors. Raises ValueError for a line that is not of the form, with its place."""
    for file in sorted(folder.glob("*.txt")):
        for number, raw in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not raw.strip() or raw.startswith("#"):
                continue
            level, category, text = (part.strip() for part in raw.split("|", 2))
            if level not in (*_ORDER, "none") or not text:
                raise ValueError(f"{file.name}, line {number}: {level!r} is no level")
            yield Line(file.stem, level, category, text)


def targets(level: str, category: str) -> list[float]:
    """(9,) in the order of HEADS: 1.0, 0.0, or -1.0 for "says nothing"."""
    out = dict.fromkeys(HEADS, 0.0)
    if level == "none":
        out["routine"] = 1.0
        return list(out.values())
    rank = _ORDER.index(level)
    for lower in _ORDER[rank + 1 :]:
        for head in ("anger", "confusion", "fear") if lower == "state" else (lower,):
            out[head] = NOTHING
    if level == "state":
        own = _STATE.get(category)
        for head in ("anger", "confusion", "fear"):
            out[head] = 1.0 if head == own else NOTHING
    else:
        out[level] = 1.0
    return list(out.values())


def sha256(*folders: Path) -> str:
    """Of all corpus files in these folders, names and bytes."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.glob("*.txt")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
