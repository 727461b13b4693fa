"""`triage desk`: the triage line as it is, and as it would be with other nurses, hours or ladders."""

from __future__ import annotations

import asyncio
import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import grpc
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.progress import track
from rich.table import Table

from triage import config
from triage.cli.keys import CONFIG_OPTION
from triage.config import Settings
from triage.errors import EngineFailed, UsageError
from triage.escalation import matrix as matrices
from triage.escalation.levels import Level
from triage.figures import Share
from triage.ids import Person
from triage.rpc.channel import channel_as, people
from triage.staffing.erlang import Load, needed, service
from triage.staffing.figures import ANSWER_S_TARGET, HANDLE_S_ASSUMED, SHARE_TARGET
from triage.staffing.simulation import NURSES_MAX, Arrival, Call, Day, Plan, Shift, poisson, simulate
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc

RPC_S_MAX = 10.0
RATE_MAX = 2_000.0  # escalations an hour: more than any clinic's
HOURS_MAX = 168


@click.group()
def desk() -> None:
    """The triage line's staffing."""


@desk.command()
@CONFIG_OPTION
@click.option(
    "--as", "person", metavar="PERSON", help="Whose certificate is used; default: the first officer's or nurse's."
)
@click.option("--hours", default=1.0, show_default=True, type=click.FloatRange(0.1, 24), help="Over how many hours.")
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def status(config_file: Path, person: str | None, hours: float, json_: bool) -> None:
    """The line as it is: who is there, who waits, how fast callers were answered, how many nurses it takes."""
    settings = config.load(config_file)
    roles = [(role, name) for role in ("officer", "nurse") for name in people(settings, role)]
    chosen = next(((role, name) for role, name in roles if person in (None, name)), None)
    if chosen is None:
        raise UsageError("There is no certificate of this person.", advice=", ".join(name for _, name in roles))
    found = asyncio.run(_status(settings, *chosen, int(hours * 3600)))
    if json_:
        click.echo(
            json.dumps(
                MessageToDict(found, always_print_fields_with_no_presence=True, preserving_proto_field_name=True)
            )
        )
    else:
        _show_status(Console(highlight=False), found)


async def _status(settings: Settings, role: str, person: str, window_s: int) -> handoffs_pb2.LineStatus:
    async with channel_as(settings, role, Person(person)) as channel:
        stub = handoffs_pb2_grpc.HandoffsStub(channel)
        try:
            found: handoffs_pb2.LineStatus = await stub.Status(
                handoffs_pb2.StatusRequest(window_s=window_s), timeout=RPC_S_MAX
            )
        except grpc.aio.AioRpcError as error:
            raise EngineFailed(
                "The appliance did not answer.", advice=f"{settings.core.listen}: {error.code().name}"
            ) from None
    return found


def _show_status(console: Console, found: handoffs_pb2.LineStatus) -> None:
    def share(counted: handoffs_pb2.Counted) -> str:
        return str(Share(counted.hits, counted.total)) if counted.total else "none yet"

    table = Table(show_header=False, title=f"The triage line, last {found.window_s / 3600:g} h")
    table.add_row("nurses signed in", ", ".join(found.nurses) or "NOBODY")
    if found.not_responding:
        table.add_row("not responding", ", ".join(found.not_responding))
    table.add_row("callers waiting", str(found.waiting))
    table.add_row("escalations", f"{found.offered} ({found.arrivals_h:.1f} an hour)")
    table.add_row(f"answered within {found.target_s:g} s", share(found.within_target))
    table.add_row("mean answer", _seconds(found.mean_answer_s) if found.HasField("mean_answer_s") else "none yet")
    table.add_row("hung up unanswered", share(found.abandoned))
    table.add_row(
        "callbacks", f"{found.callbacks_due} due, {found.callbacks_overdue} overdue; kept {share(found.callbacks_kept)}"
    )
    handle = (
        f"{found.mean_handle_s / 60:.0f} min measured"
        if found.HasField("mean_handle_s")
        else f"{HANDLE_S_ASSUMED / 60:.0f} min assumed"
    )
    table.add_row(
        "nurses needed (Erlang C)",
        f"{found.nurses_needed} for {SHARE_TARGET:.0%}, {found.nurses_for_answer} for a mean of {found.target_s:g} s; {handle} each",
    )
    console.print(table)


@desk.command("simulate")
@click.option(
    "--rate", default="12", show_default=True, help="Escalations an hour; one number, or one for each hour: 4,9,14"
)
@click.option("--arrivals", type=click.Path(path_type=Path), help="CSV instead of a rate: at_s,level[,handle_s].")
@click.option("--nurses", default="4", show_default=True, help="One number, or one for each hour: 2,4,4,3")
@click.option("--hours", default=8, show_default=True, type=click.IntRange(1, HOURS_MAX))
@click.option(
    "--handle-min",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.5, 240),
    help="Mean minutes a nurse needs for one.",
)
@click.option(
    "--patience-min",
    default=4.0,
    show_default=True,
    type=click.FloatRange(0.1, 600),
    help="Mean minutes until a waiting caller hangs up.",
)
@click.option(
    "--matrix",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/matrix.toml",
    show_default=True,
    help="Whose ladders.",
)
@click.option("--days", default=50, show_default=True, type=click.IntRange(1, 5000), help="How many different days.")
@click.option("--seed", default=1, show_default=True)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw waits and queue into this PNG file.")
@click.option("--json", "json_", is_flag=True, help="One JSON object instead of tables.")
def simulation(
    rate: str, arrivals: Path | None, nurses: str, hours: int, handle_min: float, patience_min: float, file: Path, days: int, seed: int,
    plot: Path | None, json_: bool,
) -> None:  # fmt: skip
    """What callers would wait with other hours, nurses or ladders: days simulated before they are lived."""
    matrix = matrices.load(file, now=datetime.now(UTC))
    given = _read(arrivals) if arrivals else None
    rates = _numbers("--rate", rate, hours, RATE_MAX)
    shifts = tuple(
        Shift(hour * 3600.0, int(count)) for hour, count in enumerate(_numbers("--nurses", nurses, hours, NURSES_MAX))
    )
    lived = [
        simulate(
            Plan(given or poisson(rates, seed + day), shifts, handle_min * 60, patience_min * 60, seed + day), matrix
        )
        for day in track(range(days), "days", disable=json_, transient=True)
    ]
    outcome = Outcome.of(lived)
    if json_:
        click.echo(json.dumps(outcome.as_json()))
    else:
        _show(Console(highlight=False), outcome, given is None, rates, shifts, handle_min * 60)
    if plot:
        _draw(lived, plot)


@dataclass(frozen=True, slots=True)
class Row:
    """Of one level over all days. Seconds."""

    level: str
    calls: int
    answered: Share
    within: Share
    mean_s: float
    p90_s: float
    left: Share
    callbacks: int
    late: Share
    owed: int

    @classmethod
    def of(cls, level: str, calls: Sequence[Call]) -> Row:
        live = sorted(call.answer_s for call in calls if call.answer_s is not None)
        back = [call for call in calls if call.callback_s is not None]
        return cls(
            level, len(calls), Share(len(live), len(calls)), Share(sum(s <= ANSWER_S_TARGET for s in live), len(calls)),
            fmean(live) if live else math.nan, live[int(0.9 * (len(live) - 1))] if live else math.nan,
            Share(sum(call.left_s is not None for call in calls), len(calls)), len(back), Share(sum(call.late for call in back), len(back)),
            sum(call.answer_s is None and call.callback_s is None for call in calls),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    days: int
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, lived: Sequence[Day]) -> Outcome:
        calls = [call for day in lived for call in day.calls]
        levels = [level for level in reversed(Level) if any(call.level is level for call in calls)]
        rows = [Row.of(level.word, [call for call in calls if call.level is level]) for level in levels]
        return cls(len(lived), (*rows, Row.of("all", calls)))

    def as_json(self) -> dict[str, Any]:
        def number(value: float) -> float | None:
            return None if math.isnan(value) else round(value, 3)

        return {
            "days": self.days,
            "levels": {
                row.level: {
                    "calls": row.calls, "answered": number(row.answered.value), "within_target": number(row.within.value),
                    "mean_answer_s": number(row.mean_s), "p90_answer_s": number(row.p90_s), "hung_up": number(row.left.value),
                    "callbacks": row.callbacks, "callbacks_late": number(row.late.value), "never_rung": row.owed,
                }
                for row in self.rows
            },
        }  # fmt: skip


def _show(
    console: Console, outcome: Outcome, by_rate: bool, rates: Sequence[float], shifts: Sequence[Shift], handle_s: float
) -> None:
    table = Table(
        "level", "calls a day", "answered live", f"within {ANSWER_S_TARGET:g} s", "mean", "9 of 10 within", "hung up", "callbacks a day",
        "late", "never rung", title=f"{outcome.days} simulated days",
    )  # fmt: skip
    for row in outcome.rows:
        table.add_row(
            row.level, f"{row.calls / outcome.days:.1f}", _percent(row.answered), _percent(row.within), _seconds(row.mean_s),
            _seconds(row.p90_s), _percent(row.left), f"{row.callbacks / outcome.days:.1f}", _percent(row.late), str(row.owed or ""),
        )  # fmt: skip
    console.print(table)
    if not by_rate:
        return
    table = Table(
        "hour",
        "calls",
        "nurses",
        "Erlang C: within target",
        "mean",
        f"needed for {SHARE_TARGET:.0%}",
        f"and a mean of {ANSWER_S_TARGET:g} s",
    )
    for hour, (rate, shift) in enumerate(zip(rates, shifts, strict=True), 1):
        load = Load(rate / 3600, handle_s)
        now = service(load, shift.nurses, ANSWER_S_TARGET)
        table.add_row(
            str(hour), f"{rate:g}", str(shift.nurses), f"{now.within:.0%}", _seconds(now.answer_s),
            str(needed(load, target_s=ANSWER_S_TARGET, share=SHARE_TARGET).nurses),
            str(needed(load, target_s=ANSWER_S_TARGET, share=SHARE_TARGET, answer_s=ANSWER_S_TARGET).nurses),
        )  # fmt: skip
    console.print(table)
    console.print(
        "Erlang C assumes that nobody hangs up and no ladder ends; the simulated days have both. Mix of levels: assumed."
    )


def _draw(lived: Sequence[Day], file: Path) -> None:
    """Waits by level, and the queue over the day. Raises UsageError when the file cannot be written."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), dpi=130)
    for level in reversed(Level):
        waits = sorted(
            call.answer_s for day in lived for call in day.calls if call.level is level and call.answer_s is not None
        )
        if waits:
            left.step(waits, [(at + 1) / len(waits) for at in range(len(waits))], where="post", label=level.word)
    left.axvline(ANSWER_S_TARGET, color="grey", lw=0.8, ls="--")
    left.set(xlabel="wait until a nurse is there (s)", ylabel="share of those answered live", ylim=(0, 1.01))
    if left.get_legend_handles_labels()[1]:
        left.legend(loc="lower right", fontsize=8)
    for day in lived[:20]:
        right.step(
            [at / 3600 for at, _ in day.waiting], [count for _, count in day.waiting], where="post", lw=0.6, alpha=0.5
        )
    right.set(xlabel="hour", ylabel="callers waiting (up to 20 days)")
    figure.tight_layout()
    try:
        figure.savefig(file, format="png")
    except OSError as error:
        raise UsageError("The plot cannot be written.", advice=f"{file}: {type(error).__name__}") from None
    finally:
        pyplot.close(figure)


def _numbers(option: str, text: str, hours: int, most: float) -> list[float]:
    """One number for every hour. Raises UsageError."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"{option} takes one number, or one for each hour.", advice="For instance 4,9,14") from None
    if len(numbers) == 1:
        numbers *= hours
    if len(numbers) != hours:
        raise UsageError(
            f"{option} needs one number, or {hours}.", advice=f"{len(numbers)} were given; --hours is {hours}."
        )
    if not all(0 <= number <= most for number in numbers):
        raise UsageError(f"{option} is out of range.", advice=f"0 to {most:g}")
    return numbers


def _read(file: Path) -> tuple[Arrival, ...]:
    """Raises UsageError naming the line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError("The arrivals cannot be read.", advice=f"{file}: {type(error).__name__}") from None
    out = []
    for number, row in enumerate(rows, 2):
        try:
            at_s, handle_s = float(row["at_s"]), float(row["handle_s"]) if row.get("handle_s") else None
            out.append(Arrival(at_s, Level.parse(row["level"]), handle_s))
        except (KeyError, TypeError, ValueError):
            raise UsageError("An arrival is not at_s,level[,handle_s].", advice=f"{file}: line {number}") from None
        if (
            not 0 <= at_s < HOURS_MAX * 3600
            or out[-1].level is Level.NONE
            or (handle_s is not None and not 0 < handle_s < 86_400)
        ):
            raise UsageError("An arrival is out of range.", advice=f"{file}: line {number}")
    if not out:
        raise UsageError("The file has no arrivals.", advice=str(file))
    return tuple(sorted(out, key=lambda arrival: arrival.at_s))


def _percent(share: Share) -> str:
    return f"{share.value:.0%}" if share.total else ""


def _seconds(value: float) -> str:
    return "" if math.isnan(value) else "without end" if math.isinf(value) else f"{value:.0f} s"
