"""How much of what should go went: full-coverage recall by class and style, and what went needlessly. Pure.

A gold span counts as found only if every letter and digit of it was removed. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from triage.figures import NOTHING, Share


@dataclass(slots=True)
class Report:
    """`recall`: by (style, class), with "all" for either. `spoiled`: turns without any gold span of which something went.
    `clinical`: words of the keep-list outside gold spans that went. `missed`: (row id, class) of each gold span not found."""

    recall: dict[tuple[str, str], Share] = field(default_factory=dict)
    spoiled: Share = NOTHING
    clinical: Share = NOTHING
    missed: list[tuple[str, str]] = field(default_factory=list)


Spans = Iterable[tuple[int, int]]


def measure(
    rows: Iterable[Mapping[str, Any]],
    redact: Callable[[str, str, str], Spans],
    words: Callable[[str], Spans],
) -> Report:
    """`rows`: {"id","call","turn","who","text","spans":[{"start","end","class"}],"style"?}, turns of a call in order.
    `redact(call, text, who)`: the spans removed. `words(text)`: the clinical words of a text."""
    counts: dict[tuple[str, str], list[int]] = {}
    report = Report()
    spoiled, clean, lost, kept = 0, 0, 0, 0
    for row in rows:
        text, style = row["text"], str(row.get("style", "any"))
        gone = bytearray(len(text))
        for start, end in redact(str(row["call"]), text, str(row["who"])):
            gone[start:end] = b"\1" * (end - start)
        gold = bytearray(len(text))
        for span in row["spans"]:
            start, end, kind = span["start"], span["end"], span["class"]
            gold[start:end] = b"\1" * (end - start)
            found = all(gone[i] for i in range(start, end) if text[i].isalnum())
            for key in ((style, kind), (style, "all"), ("all", kind), ("all", "all")):
                count = counts.setdefault(key, [0, 0])
                count[0] += found
                count[1] += 1
            if not found:
                report.missed.append((str(row["id"]), kind))
        if not row["spans"]:
            clean += 1
            spoiled += any(gone)
        for start, end in words(text):
            if not any(gold[start:end]):
                kept += 1
                lost += any(gone[start:end])
    report.recall = {key: Share(hits, total) for key, (hits, total) in sorted(counts.items())}
    report.spoiled, report.clinical = Share(spoiled, clean), Share(lost, kept)
    return report
