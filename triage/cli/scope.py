"""`triage scope`: what the line takes an utterance for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from triage import config, weights
from triage.cli import lines
from triage.cli.distress import CONFIG
from triage.scope import clinic as clinics
from triage.scope.embedding import Encoder
from triage.scope.intents import Intents


@click.group()
def scope() -> None:
    """Tasks and their limits."""


@scope.command()
@CONFIG
def classify(file: Path) -> None:
    """JSON lines {"id","text"} on standard input; {"id","task","confidence","in_scope"} a line. Each utterance without context."""
    intents = load_intents(file)
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        id_, text = lines.utterance(line, number)
        found = intents.classify(text)
        answer = {"id": id_, "task": found.task, "confidence": round(found.confidence, 4), "in_scope": found.in_scope}
        click.echo(json.dumps(answer))


def load_intents(file: Path) -> Intents:
    settings = config.load(file)
    folder = weights.find(settings.path(settings.storage.models_manifest), settings.models_dir, "embedding")
    return Intents.shipped(clinics.load(settings.path(settings.storage.clinic)), Encoder(folder).encode)
