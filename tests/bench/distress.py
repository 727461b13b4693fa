"""`make bench`: the distress classifier as it is deployed, on this machine: latency on one core, memory, calls at once on two.

Texts are the held-out authors', joined and cut to length; nothing is asserted here.

    python -m tests.bench.distress
"""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import psutil
from rich.console import Console

from tests.bench.report import report
from triage.distress.classifier import Classifier

ROOT = Path(__file__).resolve().parents[2]
TIER1 = ROOT / "triage" / "distress" / "tier1"
TEST = ROOT / "models" / "distress" / "corpus" / "test"
ROUNDS = 600
CALLS, PARTIALS_A_SECOND, SECONDS = 100, 2, 10


def texts(words: int) -> list[str]:
    """Different texts of `words` words."""
    spoken = [
        line.split("|", 2)[2] for file in sorted(TEST.glob("*.txt")) for line in file.read_text("utf-8").splitlines()
    ]
    joined = " ".join(spoken).split()
    return [" ".join(joined[at : at + words]) for at in range(0, len(joined) - words, words)]


def latency(name: str, classifier: Classifier, words: int) -> dict[str, Any]:
    some = texts(words)[:ROUNDS]
    taken = []
    for text in some:
        began = time.perf_counter()
        classifier.classify(text)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return {
        "measure": f"{name}, {words} words, one core", "n": len(taken), "p50_ms": round(statistics.median(taken), 2),
        "p99_ms": round(taken[int(0.99 * len(taken))], 2), "max_ms": round(taken[-1], 2),
    }  # fmt: skip


def throughput(classifier: Classifier, workers: int) -> dict[str, Any]:
    """Partials that grow from 4 to 40 words, as calls send them."""
    some = [" ".join(text.split()[:length]) for text in texts(40)[:200] for length in (4, 12, 24, 40)]
    wanted = CALLS * PARTIALS_A_SECOND * SECONDS
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(classifier.classify, (some[number % len(some)] for number in range(wanted))))
    rate = wanted / (time.perf_counter() - began)
    return {
        "measure": f"partials a second on {workers} cores", "n": wanted, "rate": round(rate),
        "needed_for_100_calls": CALLS * PARTIALS_A_SECOND,
    }  # fmt: skip


@click.command()
def main() -> None:
    console = Console(highlight=False)
    process = psutil.Process()
    cores = sorted(os.sched_getaffinity(0))
    before = process.memory_info().rss
    classifier = Classifier.load(TIER1)
    rows: list[dict[str, Any]] = []
    os.sched_setaffinity(0, cores[:1])
    for words in (8, 40, 120):
        rows.append(latency("both tiers", classifier, words))
    rows.append(latency("lexicon alone", Classifier(None), 40))
    os.sched_setaffinity(0, cores)
    rows.append({"measure": "memory of the process with both tiers", "mib": round(process.memory_info().rss / 2**20)})
    rows.append({"measure": "  of it before loading", "mib": round(before / 2**20)})
    rows.append(throughput(classifier, min(2, len(cores))))
    report(console, "distress", rows)


if __name__ == "__main__":
    main()
