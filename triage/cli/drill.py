"""`triage drill`: places one real SIP call against a running appliance and checks what happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console

from triage import config
from triage.drill import script as scripts
from triage.drill.run import Drill
from triage.drill.timeline import as_json, as_text


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "json_", is_flag=True, help="One JSON object a line.")
@click.option(
    "--config",
    "configuration",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
@click.pass_context
def drill(context: click.Context, file: Path, json_: bool, configuration: Path) -> None:
    """Place the call that FILE describes. Exit 0: passed, 1: failed, 2: FILE or the set-up is wrong."""
    settings = config.load(configuration)
    script = scripts.load(file)
    show = as_json(click.echo) if json_ else as_text(Console(highlight=False))
    run = Drill(settings, script, show)
    failures = asyncio.run(run.run())
    show(run.result(failures))
    context.exit(1 if failures else 0)
