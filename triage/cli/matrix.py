"""`triage matrix`: is this escalation matrix valid, and what does it say?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from triage.escalation import matrix as matrices

FILE = click.argument("file", type=click.Path(path_type=Path), default="deploy/matrix.toml")


@click.group()
def matrix() -> None:
    """The escalation matrix."""


@matrix.command()
@FILE
def check(file: Path) -> None:
    """Exit 0: valid; 2: not, with the key at fault."""
    found = matrices.load(file, now=datetime.now(UTC))
    signed = "signed" if found.signed else "NOT signed off by a clinician"
    click.echo(f"{file}: valid, version {found.version}, {signed}, expires {found.expires}, {found.digest[:16]}")


@matrix.command()
@FILE
def show(file: Path) -> None:
    """Levels, who is called, what is said and promised."""
    found = matrices.load(file, now=datetime.now(UTC))
    console = Console(highlight=False)
    triggers = Table("trigger", "level")
    triggers.add_row("distress", "from the classifier")
    for name, trigger in sorted(found.trigger.items()):
        triggers.add_row(name, trigger.level)
    routes = Table("level", "asked", "callback")
    for level in ("danger", "crisis", "clinical", "human", "state", "scope"):
        route = found.route[level]
        hours = "at any hour" if route.callback_any_hour else "in opening hours"
        routes.add_row(
            level,
            " then ".join(f"{rung.claim_within_s:g} s" for rung in route.rungs),
            f"within {route.callback_within_min} min {hours}",
        )
    sentences = Table("sentence", "words", "safety")
    for key, sentence in found.sentence.items():
        sentences.add_row(key, sentence.en, "yes" if sentence.safety else "")
    for table in (triggers, routes, sentences):
        console.print(table)
