"""Recall through the telephone: spoken lines (speak.py) → mu-law → noise, lost packets → the real recogniser → the classifier.

    .venv/bin/python models/distress/through_audio.py var/distress/spoken.npz --models var/models --out var/distress/audio.json

Prints, for each condition, recall by level and false alarms, beside the same lines read as text; then recall(text) - recall(audio) by
category. Nothing here is used to train or to tune.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import click
import numpy as np
from phone_line import CONDITIONS, babble_of, on_the_line
from rich.console import Console
from rich.table import Table

from triage.audio import g711
from triage.audio.pcm import RATE_HZ, to_samples
from triage.distress.classifier import Classifier
from triage.figures import Share
from triage.speech.whisper import Whisper

TIER1 = Path(__file__).parents[2] / "triage" / "distress" / "tier1"
SEED = 20261124
WINDOW_S = 24.0  # the recogniser's limit; longer utterances are cut in two by the endpointer too


@click.command()
@click.argument("spoken", type=click.Path(path_type=Path, exists=True))
@click.option("--models", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--condition", "conditions", type=click.Choice(CONDITIONS), multiple=True, default=CONDITIONS)
def main(spoken: Path, models: Path, out: Path, conditions: tuple[str, ...]) -> None:
    with np.load(spoken) as stored:
        keys = [str(key) for key in stored["keys"]]
        audio = [to_samples(g711.mu_law_decode(stored[f"a{i}"].tobytes())) for i in range(len(keys))]
    whisper = Whisper(models / "stt", threads=1, workers=1)
    classifier = Classifier.load(TIER1)
    if classifier.degraded:
        raise click.ClickException("The trained model is not there: run export.py first.")
    babble = babble_of(audio)
    acted: dict[str, dict[str, list[bool]]] = {name: defaultdict(list) for name in ("text", *conditions)}
    by_category: dict[str, dict[str, list[bool]]] = {name: defaultdict(list) for name in ("text", *conditions)}
    heard: list[dict[str, Any]] = []
    started = time.monotonic()
    for number, (key, samples) in enumerate(zip(keys, audio, strict=True), 1):
        level, category, author, text = key.split("|", 3)
        group = level if level != "none" else ("hard" if category.startswith("hard") else "routine")
        chance = np.random.default_rng(SEED + number)
        row: dict[str, Any] = {"level": level, "category": category, "author": author, "text": text}
        for name in acted:
            said = text
            if name != "text":
                line = on_the_line(samples[: int(WINDOW_S * RATE_HZ)], name, babble, chance)
                said = whisper.decode(line, language="en", hotwords="", thorough=True).text.reveal().strip()
                row[name] = said
            act = classifier.classify(said).act
            acted[name][group].append(act)
            by_category[name][f"{level} {category}"].append(act)
        heard.append(row)
        if number % 20 == 0:
            spent = time.monotonic() - started
            click.echo(f"heard {number}/{len(keys)}, {spent / number * (len(keys) - number):.0f} s to go", err=True)
    report(acted, by_category)
    figures = {
        "version": classifier.version,
        "acted": {name: {group: figure(v) for group, v in groups.items()} for name, groups in acted.items()},
        "by_category": {
            name: {group: figure(v) for group, v in groups.items()} for name, groups in by_category.items()
        },
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures | {"heard": heard}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def figure(verdicts: list[bool]) -> str:
    return str(Share(sum(verdicts), len(verdicts)))


def report(acted: dict[str, dict[str, list[bool]]], by_category: dict[str, dict[str, list[bool]]]) -> None:
    console = Console(width=160, highlight=False)
    groups = [group for group in ("danger", "crisis", "clinical", "human", "hard", "routine") if group in acted["text"]]
    table = Table("acted", *groups)
    for name, some in acted.items():
        table.add_row(name, *(figure(some[group]) for group in groups))
    console.print(table)
    table = Table("category", "n", *by_category, title="recall by category")
    for category in sorted(by_category["text"]):
        if not category.startswith("none"):
            shares = [sum(by_category[name][category]) / len(by_category[name][category]) for name in by_category]
            table.add_row(category, str(len(by_category["text"][category])), *(f"{one:.2f}" for one in shares))
    console.print(table)


if __name__ == "__main__":
    main()
