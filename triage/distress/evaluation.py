"""How much the classifier finds and how often it cries wolf, on labelled utterances. Pure but for the classifier itself.

A positive is an utterance labelled danger, crisis, clinical, human or state; `scope` is counted apart, because the classifier only
looks at it; `none` must stay quiet. Found "as this" means as its own level or a higher one; "acted" means escalated at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from triage.distress.classifier import Classification
from triage.escalation.levels import Level
from triage.figures import Share

POSITIVE: Final = (Level.DANGER, Level.CRISIS, Level.CLINICAL, Level.HUMAN, Level.STATE)
UTTERANCES_PER_CALL: Final = 15  # for the projection of false alarms
HARD: Final = "hard"  # categories of negatives that begin like this are hard negatives


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    text: str
    level: Level
    category: str = ""
    author: str = ""


@dataclass(slots=True)
class Report:
    """`found`, `acted`, `looked`: by level word, and by "danger+crisis". `alarms`: by "routine", "hard", "all". `by_category`: acted, by
    (level, category). `curve`: recall of all positives against false alarms, as the score's threshold falls."""

    found: dict[str, Share] = field(default_factory=dict)
    acted: dict[str, Share] = field(default_factory=dict)
    looked: dict[str, Share] = field(default_factory=dict)
    alarms: dict[str, Share] = field(default_factory=dict)
    looks: dict[str, Share] = field(default_factory=dict)
    by_category: dict[tuple[str, str], Share] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    curve: list[tuple[float, float]] = field(default_factory=list)
    missed: list[tuple[Row, Classification]] = field(default_factory=list)
    cried: list[tuple[Row, Classification]] = field(default_factory=list)

    @property
    def alarmed_calls(self) -> float:
        """Share of calls of UTTERANCES_PER_CALL routine utterances with at least one false alarm, if they were independent."""
        rate = self.alarms["routine"].value if self.alarms["routine"].total else 0.0
        return 1 - (1 - rate) ** UTTERANCES_PER_CALL


def measure(rows: Iterable[Row], classify: Callable[[str], Classification]) -> Report:
    judged = [(row, classify(row.text)) for row in rows]
    report = Report()
    groups: Mapping[str, tuple[Level, ...]] = {
        "danger+crisis": (Level.DANGER, Level.CRISIS),
        **{level.word: (level,) for level in (*POSITIVE, Level.SCOPE)},
    }
    for name, levels in groups.items():
        mine = [(row, c) for row, c in judged if row.level in levels]
        report.found[name] = share((c.act or c.level is Level.SCOPE) and c.level >= row.level for row, c in mine)
        report.acted[name] = share(c.act for _, c in mine)
        report.looked[name] = share(c.look for _, c in mine)
    quiet = [(row, c) for row, c in judged if row.level is Level.NONE]
    kinds = {
        "all": quiet,
        "routine": [(row, c) for row, c in quiet if not row.category.startswith(HARD)],
        "hard": [(row, c) for row, c in quiet if row.category.startswith(HARD)],
    }
    for name, some in kinds.items():
        report.alarms[name] = share(c.act for _, c in some)
        report.looks[name] = share(c.look and c.level is not Level.SCOPE for _, c in some)
    for key in sorted({(row.level.word, row.category) for row, _ in judged if row.category}):
        report.by_category[key] = share(c.act for row, c in judged if (row.level.word, row.category) == key)
    for row, c in judged:
        report.confusion[row.level.word, c.level.word if c.act or c.level is Level.SCOPE else "none"] += 1
        if row.level in POSITIVE and not c.act:
            report.missed.append((row, c))
        elif row.level is Level.NONE and c.act:
            report.cried.append((row, c))
    report.curve = curve([strength(c) for row, c in judged if row.level in POSITIVE], [strength(c) for _, c in quiet])
    return report


def strength(found: Classification) -> float:
    """One number to order by: what acts stands above what only looks."""
    return found.score + (1.0 if found.act else 0.0)


def curve(positive: list[float], negative: list[float]) -> list[tuple[float, float]]:
    """(false-alarm rate, recall) at every threshold, from none to all. Empty where one of the two is."""
    if not positive or not negative:
        return []
    points, at = [(0.0, 0.0)], 0
    ordered = sorted([(score, True) for score in positive] + [(score, False) for score in negative], reverse=True)
    hits = alarms = 0
    for at, (score, is_positive) in enumerate(ordered):
        hits, alarms = hits + is_positive, alarms + (not is_positive)
        if at + 1 == len(ordered) or ordered[at + 1][0] < score:
            points.append((alarms / len(negative), hits / len(positive)))
    return points


def share(verdicts: Iterable[bool]) -> Share:
    counted = list(verdicts)
    return Share(sum(counted), len(counted))
