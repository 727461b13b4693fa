"""How callers put their wishes: lines by authors who never saw the program, one JSON file an author, shipped with it.

JSON lines {"id","text","task"[,"also"]}. `task`: a key of the line's tasks or answers, one of BEYOND, or "answer" (no wish at all).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

# As the authors call what no line of this product does, and as triage/scope/boundaries.toml does.
BEYOND = {
    "none_clinical": "medical_advice",
    "none_office": "office_matter",
    "none_other": "elsewhere",
    "human": "person",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """`families`: what it means, the likelier first."""

    author: str
    text: str
    families: tuple[str, ...]


def load(folder: Path = Path(__file__).parent) -> tuple[Wish, ...]:
    """Of all authors in `folder`. Raises ValueError for a line that is not of the form, with its place."""
    out = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                tasks = [str(row["task"]), *([str(row["also"])] if row.get("also") else [])]
                out.append(Wish(file.stem, str(row["text"]), tuple(BEYOND.get(task, task) for task in tasks)))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{file.name}, line {number} is not of the form") from None
    return tuple(out)
