"""`triage doctor`: is the appliance well, and are its safeguards at work?"""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from triage import config
from triage.cli.keys import CONFIG_OPTION
from triage.clock import SystemClock
from triage.doctor import controls, oscal
from triage.doctor.examination import examine
from triage.doctor.finding import Finding, State
from triage.errors import UsageError

STYLES = {State.OK: "green", State.ATTENTION: "yellow", State.FAILED: "bold red"}


@click.command()
@CONFIG_OPTION
@click.option(
    "--oscal", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Also write OSCAL assessment results (JSON) against NIST SP 800-66r2's controls of the HIPAA Security Rule.",
)  # fmt: skip
@click.pass_context
def doctor(context: click.Context, config_file: Path, file: Path | None) -> None:
    """Look at everything that can be checked, whether the appliance runs or not.

    A line each: ok, attention (works, look at it) or failed, and what to do. Exit 0: nothing failed; 1: something did."""
    settings = config.load(config_file)
    began = SystemClock().now()
    known = controls.load() if file else None
    findings = examine(settings)
    _show(Console(highlight=False, soft_wrap=True), findings)
    if file and known:
        _write(file, oscal.assessment_results(known, findings, began, SystemClock().now()))
        done = sum(controls.satisfied(one, {f.check: f for f in findings}) for one in known.control)
        manual = sum(bool(one.manual) for one in known.control)
        click.echo(
            f"{file}: {len(known.control)} controls, {done} satisfied by what was checked, {manual} for people to do."
        )
    context.exit(1 if any(one.state is State.FAILED for one in findings) else 0)


def _show(console: Console, findings: list[Finding]) -> None:
    for one in findings:
        advice = f" {one.advice}" if one.advice else ""
        console.print(f"{one.state.value:<9}", style=STYLES[one.state], end=" ", markup=False)
        console.print(f"{one.check.replace('_', ' '):<20} {one.what}{advice}", markup=False)
    counts = {state: sum(one.state is state for one in findings) for state in State}
    console.print(f"{counts[State.OK]} ok, {counts[State.ATTENTION]} need attention, {counts[State.FAILED]} failed")


def _write(file: Path, document: object) -> None:
    try:
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError("The OSCAL file cannot be written.", advice=f"{file}: {error.strerror}") from None
