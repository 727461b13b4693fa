"""Redaction on whole calls of five blind authors: nothing was fitted to these. The figures are in models/cards/names.md; the bounds lie a little below."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest

from triage.privacy import evaluation
from triage.privacy.detection import clinical_words
from triage.privacy.evaluation import Report
from triage.privacy.redaction import CallRedaction, Redactor

FOLDER = Path(__file__).parents[2] / "models" / "privacy" / "corpus" / "test"
SPOILED_MAX = {"i": 0.03, "t": 0.03, "v": 0.03, "z": 0.05, "ac": 0.08}  # of turns without an identifier
AUTHORS = pytest.mark.parametrize("author", ["i", "t", "v", "z", "ac"])
LEAST = {"ac": {"all": 0.92, "name": 0.91, "mrn": 0.95, "plan": 0.91}}  # the freshest, and the hardest


@lru_cache(maxsize=1)
def loaded() -> Redactor:
    return Redactor.load()


@lru_cache(maxsize=5)
def report(author: str) -> Report:
    redactor, calls = loaded(), dict[str, CallRedaction]()

    def redact(call: str, text: str, who: str) -> list[tuple[int, int]]:
        done = calls.setdefault(call, redactor.for_call()).redact(text, who)
        return [(span.start, span.end) for span in done.spans]

    rows = [json.loads(line) for line in (FOLDER / f"{author}.jsonl").read_text(encoding="utf-8").splitlines()]
    return evaluation.measure(rows, redact, clinical_words)


@AUTHORS
def test_recall(author: str) -> None:
    assert report(author).recall["all", "all"].value >= LEAST.get(author, {}).get("all", 0.95), str(
        report(author).recall["all", "all"]
    )
    for kind, usual in (
        ("name", 0.96),
        ("ssn", 0.97),
        ("mrn", 0.97),
        ("dob", 0.97),
        ("phone", 0.94),
        ("account", 0.89),
        ("plan", 0.93),
    ):
        least = LEAST.get(author, {}).get(kind, usual)
        assert report(author).recall["all", kind].value >= least, (kind, str(report(author).recall["all", kind]))


@AUTHORS
def test_clinical_words_stay(author: str) -> None:
    assert report(author).clinical.value <= 0.03, str(report(author).clinical)


@AUTHORS
def test_turns_without_an_identifier_stay(author: str) -> None:
    assert report(author).spoiled.value <= SPOILED_MAX[author], str(report(author).spoiled)
