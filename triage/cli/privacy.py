"""`triage privacy`: redaction on lines of text, and its measured quality on a labelled file."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from triage.errors import UsageError
from triage.figures import Share
from triage.privacy import evaluation
from triage.privacy.detection import clinical_words
from triage.privacy.redaction import CallRedaction, Redactor

CALLS_MAX = 10_000  # remembered at once
MISSES_SHOWN = 40
FORM = '{"id","call","turn","who","text"}'


@click.group()
def privacy() -> None:
    """Redaction of identifiers."""


class _Calls:
    """Each call's own memory of what was already named."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._calls: dict[str, CallRedaction] = {}

    def of(self, call: str) -> CallRedaction:
        if call not in self._calls and len(self._calls) >= CALLS_MAX:
            self._calls.pop(next(iter(self._calls)))
        if call not in self._calls:
            self._calls[call] = self._redactor.for_call()
        return self._calls[call]


def _row(line: str, number: int, *, gold: bool = False) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if not isinstance(row["text"], str):
            raise TypeError
        row["call"], row["who"], row["id"] = str(row["call"]), str(row["who"]), row["id"]
        if gold:
            for span in row["spans"]:
                if not 0 <= int(span["start"]) < int(span["end"]) <= len(row["text"]):
                    raise ValueError
                str(span["class"])
    except (ValueError, KeyError, TypeError, RecursionError):
        form = FORM[:-1] + ',"spans":[{"start","end","class"}]}' if gold else FORM
        raise UsageError(f"A line is not of the form {form}.", advice=f"line {number}") from None
    return dict(row)


@privacy.command()
def redact() -> None:
    """JSON lines {"id","call","turn","who","text"} on standard input, the turns of a call in order; {"id","text","spans"} out."""
    calls = _Calls(Redactor.load())
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        row = _row(line, number)
        done = calls.of(row["call"]).redact(row["text"], row["who"])
        spans = [{"start": span.start, "end": span.end, "class": span.kind} for span in done.spans]
        click.echo(json.dumps({"id": row["id"], "text": done.text, "spans": spans}))


@privacy.command()
@click.argument("labelled", type=click.Path(path_type=Path))
def evaluate(labelled: Path) -> None:
    """Recall by class and style on LABELLED (JSON lines as for redact, with gold "spans" and perhaps "style"), Wilson 95 % intervals.

    A gold span counts only if every letter and digit of it went. Misses are listed by id and class, never by their words."""
    try:
        lines = labelled.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("The labelled file cannot be read.", advice=f"{labelled}: {type(error).__name__}") from None
    rows = [_row(line, number, gold=True) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise UsageError("There is nothing to evaluate.", advice=str(labelled))
    calls, took = _Calls(Redactor.load()), list[float]()

    def spans(call: str, text: str, who: str) -> Iterator[tuple[int, int]]:
        began = time.perf_counter()
        done = calls.of(call).redact(text, who)
        took.append(time.perf_counter() - began)
        return ((span.start, span.end) for span in done.spans)

    report = evaluation.measure(rows, spans, clinical_words)
    console = Console(highlight=False)
    table = Table("style", "class", "found", "recall", "95 %")
    for (style, kind), share in report.recall.items():
        table.add_row(style, kind, f"{share.hits}/{share.total}", *_figures(share))
    console.print(table)
    console.print(f"turns without an identifier of which something went: {_line(report.spoiled)}")
    console.print(f"clinical words that went: {_line(report.clinical)}")
    took.sort()
    console.print(
        f"an utterance: p50 {took[len(took) // 2] * 1000:.1f} ms, p95 {took[int(0.95 * (len(took) - 1))] * 1000:.1f} ms"
    )
    for id_, kind in report.missed[:MISSES_SHOWN]:
        console.print(f"missed: {id_} {kind}")
    if len(report.missed) > MISSES_SHOWN:
        console.print(f"and {len(report.missed) - MISSES_SHOWN} more")


def _figures(share: Share) -> tuple[str, str]:
    if not share.total:
        return "-", "-"
    low, high = share.interval
    return f"{share.value:.3f}", f"{low:.3f}-{high:.3f}"


def _line(share: Share) -> str:
    value, interval = _figures(share)
    return f"{share.hits}/{share.total} = {value} ({interval})"
