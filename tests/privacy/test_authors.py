"""Redaction on whole calls of a blind author: nothing was fitted to these. The figures are in models/cards/names.md; the bounds lie a little below."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from triage.privacy import evaluation
from triage.privacy.detection import clinical_words
from triage.privacy.evaluation import Report
from triage.privacy.redaction import CallRedaction, Redactor

FILE = Path(__file__).parents[2] / "models" / "privacy" / "corpus" / "test" / "i.jsonl"


@lru_cache(maxsize=1)
def report() -> Report:
    redactor, calls = Redactor.load(), dict[str, CallRedaction]()

    def redact(call: str, text: str, who: str) -> list[tuple[int, int]]:
        done = calls.setdefault(call, redactor.for_call()).redact(text, who)
        return [(span.start, span.end) for span in done.spans]

    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return evaluation.measure(rows, redact, clinical_words)


def test_recall() -> None:
    assert report().recall["all", "all"].value >= 0.9, str(report().recall["all", "all"])
    for kind, least in (
        ("name", 0.88),
        ("ssn", 0.96),
        ("mrn", 0.95),
        ("dob", 0.96),
        ("phone", 0.88),
        ("account", 0.85),
        ("plan", 0.84),
    ):
        assert report().recall["all", kind].value >= least, (kind, str(report().recall["all", kind]))


def test_clinical_words_stay() -> None:
    assert report().clinical.value <= 0.04, str(report().clinical)
