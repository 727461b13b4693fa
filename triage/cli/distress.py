"""`triage distress`: the classifier on lines of text, and its measured quality on a labelled file."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from triage import config, weights
from triage.distress.classifier import Classification, Classifier
from triage.errors import TriageError, UsageError
from triage.escalation.levels import Level

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
UTTERANCES_PER_CALL = 15  # for the projection of false alarms


@click.group()
def distress() -> None:
    """The clinical distress classifier. Not signed off by a clinician."""


@distress.command()
@CONFIG
def classify(file: Path) -> None:
    """JSON lines {"id","text"} on standard input; one classification a line. Each utterance without context."""
    classifier = _classifier(file)
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            request = json.loads(line)
            text, id_ = request["text"], request["id"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise UsageError('A line is not of the form {"id": …, "text": …}.', advice=f"line {number}") from None
        click.echo(json.dumps(_as_json(id_, classifier.classify(text)), ensure_ascii=False))


@distress.command()
@CONFIG
@click.argument("labelled", type=click.Path(path_type=Path))
def evaluate(file: Path, labelled: Path) -> None:
    """Recall by level and false alarms on LABELLED (CSV: id,text,level[,category]), with Wilson 95 % intervals."""
    rows = _rows(labelled)
    classifier = _classifier(file)
    found = [(row, classifier.classify(row["text"])) for row in rows]
    console = Console(highlight=False)
    table = Table("level", "n", "found as this or higher", "95 %", "escalated at all", "95 %")
    for level in (Level.DANGER, Level.CRISIS, Level.CLINICAL, Level.HUMAN, Level.STATE, Level.SCOPE):
        mine = [c for row, c in found if row["level"] == level.word]
        if mine:
            exact = sum(c.act and c.level >= level for c in mine)
            acted = sum(c.act for c in mine)
            table.add_row(
                level.word,
                str(len(mine)),
                _share(exact, len(mine)),
                _wilson(exact, len(mine)),
                _share(acted, len(mine)),
                _wilson(acted, len(mine)),
            )
    console.print(table)
    quiet = [c for row, c in found if row["level"] == "none"]
    if quiet:
        alarms = sum(c.act for c in quiet)
        rate = alarms / len(quiet)
        per_call = 1 - (1 - rate) ** UTTERANCES_PER_CALL
        console.print(
            f"False alarms: {_share(alarms, len(quiet))} of {len(quiet)} utterances ({_wilson(alarms, len(quiet))}); "
            f"{per_call:.1%} of calls of {UTTERANCES_PER_CALL} such utterances. Looks: {sum(c.look for c in quiet)}."
        )
    _confusion(console, found)
    for row, c in found:
        if row["level"] != "none" and not c.act:
            console.print(f"missed {row['level']:<9} {row['text']}", soft_wrap=True)
    for row, c in found:
        if row["level"] == "none" and c.act:
            console.print(
                f"alarm  {c.level.word:<9} {row['text']}  [{', '.join(h.source for h in c.hits)}]",
                soft_wrap=True,
                markup=False,
            )


def _confusion(console: Console, found: list[tuple[dict[str, str], Classification]]) -> None:
    words = [level.word for level in reversed(Level)]
    counts = Counter((row["level"], c.level.word if c.act else "none") for row, c in found)
    table = Table("label \\ found", *words)
    for label in words:
        if any(counts[label, word] for word in words):
            table.add_row(label, *(str(counts[label, word] or "") for word in words))
    console.print(table)


def _rows(labelled: Path) -> list[dict[str, str]]:
    try:
        with labelled.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError("The labelled file cannot be read.", advice=f"{labelled}: {type(error).__name__}") from None
    known = {level.word for level in Level}
    for number, row in enumerate(rows, 2):
        if row.get("text") is None or row.get("level") not in known:
            raise UsageError("A row needs a text and a known level.", advice=f"{labelled}: line {number}")
    if not rows:
        raise UsageError("The labelled file has no rows.", advice=str(labelled))
    return rows


def _classifier(file: Path) -> Classifier:
    settings = config.load(file)
    try:
        folder = weights.find(
            settings.path(settings.storage.models_manifest), settings.models_dir, settings.distress.embedding
        )
    except TriageError as error:
        click.echo(f"Lexicon alone: {error.message} {error.advice}", err=True)
        return Classifier(None)
    return Classifier.load(folder)


def _as_json(id_: Any, found: Classification) -> dict[str, Any]:
    return {
        "id": id_, "level": found.level.word, "category": found.category, "score": round(found.score, 4),
        "act": found.act, "look": found.look,
        "hits": [
            {("head" if hit.source.startswith("head-") else "rule"): hit.source, "start": hit.start, "end": hit.end, "level": hit.level.word}
            for hit in found.hits
        ],
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}"


def _wilson(part: int, whole: int, z: float = 1.96) -> str:
    """Wilson's score interval."""
    p, n = part / whole, whole
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{max(0.0, middle - half):.3f}-{min(1.0, middle + half):.3f}"
