"""A part of the log, streamed from the appliance into something that takes one entry at a time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import grpc
from rich.console import Console
from rich.progress import Progress

from triage.errors import AuditError, UsageError
from triage.officer.selection import acts_of, moment
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import OfficerStub

NUMBER_DIGITS_MIN = 3  # an extension of the clinic's own
SELECT_S_MAX = 3_600  # a million entries take minutes


@dataclass(frozen=True, slots=True)
class Selected:
    """How many were taken of how many, and the signed checkpoint that they were taken from."""

    taken: int
    total: int
    note: str


async def stream(
    channel: grpc.aio.Channel, request: pb.SelectRequest, take: Callable[[dict[str, Any]], None]
) -> Selected:
    """Hands each entry to `take`, with a progress bar. Memory does not grow. Raises AuditError when the stream breaks off."""
    taken = done = total = 0
    note = ""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("entries", total=None)
        async for part in OfficerStub(channel).Select(request, timeout=SELECT_S_MAX):
            note = note or part.note
            for line in part.lines.splitlines():
                take(json.loads(line))
                taken += 1
            done, total = part.entries_done, part.entries_total
            progress.update(bar, total=total, completed=done)
    if done != total:
        raise AuditError("The export broke off.", advice="What was written is not complete.")
    return Selected(taken, total, note)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--patient, --user, --since, --until, --act, --call."""
    for option in reversed(
        (
            click.option("--patient", default="", metavar="NUMBER", help="Calls that came from this telephone number."),
            click.option("--user", default="", metavar="WHO", help="Who did it, like nurse:amara.okafor."),
            click.option(
                "--since", default="", metavar="TIME", help="From this date or time on (UTC unless it says otherwise)."
            ),
            click.option("--until", default="", metavar="TIME", help="Up to, not including, this date or time."),
            click.option(
                "--act", "acts", multiple=True, metavar="ACT", help="Like record.read; handoff. takes all of them."
            ),
            click.option("--call", "calls", multiple=True, metavar="ID", help="Of this call."),
        )
    ):
        command = option(command)
    return command


def check(patient: str, since: str, until: str, acts: tuple[str, ...]) -> None:
    """Before anything is asked or written: a misspelt filter must not look like an empty log, or cost a folder. Raises UsageError."""
    check_number(patient)
    moment(since, "--since")
    moment(until, "--until")
    acts_of(list(acts))


def check_number(text: str) -> None:
    """Raises UsageError for what nobody can call from."""
    if text and sum(letter.isdigit() for letter in text) < NUMBER_DIGITS_MIN:
        raise UsageError("This is no telephone number.", advice="--patient: the number that the patient calls from.")


def wide() -> Console:
    """For tables. A file or another program gets whole values, whatever the terminal's width."""
    return Console(width=None if sys.stdout.isatty() else 250)


def words(patient: str, user: str, since: str, until: str, acts: tuple[str, ...], calls: tuple[str, ...]) -> str:
    """The filters in words, for the report; the patient's number is left out of what is printed."""
    said = ["one patient"] if patient else []
    said += [f"{name} {value}" for name, value in (("user", user), ("since", since), ("until", until)) if value]
    said += [f"act {act}" for act in acts] + [f"call {call}" for call in calls]
    return ", ".join(said)
