"""`triage privacy`: redaction on lines of text."""

from __future__ import annotations

import json
import sys

import click

from triage.errors import UsageError
from triage.privacy.redaction import CallRedaction, Redactor

CALLS_MAX = 10_000  # remembered at once


@click.group()
def privacy() -> None:
    """Redaction of identifiers."""


@privacy.command()
def redact() -> None:
    """JSON lines {"id","call","turn","who","text"} on standard input, the turns of a call in order; {"id","text","spans"} out."""
    redactor = Redactor.load()
    calls: dict[str, CallRedaction] = {}
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            id_, call, who, text = row["id"], str(row["call"]), str(row["who"]), row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                'A line is not of the form {"id","call","turn","who","text"}.', advice=f"line {number}"
            ) from None
        if call not in calls and len(calls) >= CALLS_MAX:
            calls.pop(next(iter(calls)))
        done = calls.setdefault(call, redactor.for_call()).redact(text, who)
        spans = [{"start": span.start, "end": span.end, "class": span.kind} for span in done.spans]
        click.echo(json.dumps({"id": id_, "text": done.text, "spans": spans}, ensure_ascii=False))
