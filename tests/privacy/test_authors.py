"""Redaction on whole calls of seven blind authors: nothing was fitted to these. The figures are in models/cards/names.md; the bounds lie a little below."""

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
SPOILED_MAX = {
    "i": 0.03,
    "t": 0.03,
    "v": 0.03,
    "z": 0.07,
    "ac": 0.08,
    "ad": 0.06,
    "am": 0.06,
    "an": 0.06,
}  # of turns without an identifier
NAMES = ["i", "t", "v", "z", "ac", "ad", "am", "an"]
AUTHORS = pytest.mark.parametrize("author", NAMES)
LEAST = {
    "all": 0.975,
    "name": 0.975,
    "ssn": 0.96,
    "mrn": 0.98,
    "dob": 0.96,
    "phone": 0.96,
    "account": 0.97,
    "plan": 0.94,
}
NAMES_LEAST = {"an": 0.96}  # fresh 210 of 217: names that are words
CLINICAL_LOST_MAX = 0.02  # of all; of v, who stands worst, 4 of 55


@lru_cache(maxsize=1)
def loaded() -> Redactor:
    return Redactor.load()


@lru_cache(maxsize=8)
def report(author: str) -> Report:
    redactor, calls = loaded(), dict[str, CallRedaction]()

    def redact(call: str, text: str, who: str) -> list[tuple[int, int]]:
        done = calls.setdefault(call, redactor.for_call()).redact(text, who)
        return [(span.start, span.end) for span in done.spans]

    rows = [json.loads(line) for line in (FOLDER / f"{author}.jsonl").read_text(encoding="utf-8").splitlines()]
    return evaluation.measure(rows, redact, clinical_words)


@AUTHORS
def test_recall(author: str) -> None:
    for kind, least in LEAST.items():
        least = NAMES_LEAST.get(author, least) if kind == "name" else least
        assert report(author).recall["all", kind].value >= least, (kind, str(report(author).recall["all", kind]))


def test_clinical_words_stay() -> None:
    lost = [report(author).clinical for author in NAMES]
    assert sum(one.hits for one in lost) <= CLINICAL_LOST_MAX * sum(one.total for one in lost), [
        str(one) for one in lost
    ]


@AUTHORS
def test_turns_without_an_identifier_stay(author: str) -> None:
    assert report(author).spoiled.value <= SPOILED_MAX[author], str(report(author).spoiled)
