"""`triage matrix`: is this escalation matrix valid and signed, what does it say, what would another one change?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from triage import config
from triage.call.rules import Rules
from triage.cli.keys import CONFIG_OPTION
from triage.clock import SystemClock
from triage.config import Settings
from triage.desk import store
from triage.errors import NotFound, UsageError
from triage.escalation import matrix as matrices
from triage.escalation import signing
from triage.escalation.changes import Change, changes, rung_words
from triage.escalation.levels import Level, highest
from triage.escalation.matrix import Matrix
from triage.handoff.conversion import packet_from_proto
from triage.handoff.handoff import Handoff
from triage.handoff.packet import HandoffPacket
from triage.v1 import packet_pb2
from triage.vault import signers
from triage.vault.providers import choice
from triage.vault.vault import Transaction

FILE = click.argument("file", type=click.Path(path_type=Path), default="deploy/matrix.toml")
LEVELS = tuple(level for level in reversed(Level) if level is not Level.NONE)
OFFICER = "officer:replay"


@click.group()
def matrix() -> None:
    """The escalation matrix."""


@matrix.command()
@FILE
@CONFIG_OPTION
def check(file: Path, config_file: Path) -> None:
    """Exit 0: valid (and who has signed it); 2: not, with the line and key at fault."""
    found = matrices.load(file, now=datetime.now(UTC))
    click.echo(f"{file}: valid, version {found.version}, expires {found.expires}, {found.digest[:16]}")
    where = signers.place(config.load(config_file)) if config_file.is_file() else None
    signed = signing.standing(found, where.signatures(), where.trusted()) if where else signing.standing(found, (), {})
    for one in signed.by:
        click.echo(f"signed by {one.person} ({one.role.replace('_', ' ')}), {one.at}")
    for words in signed.missing:
        click.echo(f"missing: {words}. Until then every call goes to a human (the compiled matrix).")
    if signed.by_development:
        click.echo("NOT signed off by a clinician.")
    _list("lowers a safety threshold of the reference", signed.weaker)


@matrix.command()
@FILE
def show(file: Path) -> None:
    """Levels, who is called, what is said and promised."""
    found = matrices.load(file, now=datetime.now(UTC))
    console = Console(highlight=False)
    triggers = Table("trigger", "level")
    acts = ", ".join(f"{level.word} on a {found.act_on(level).on}" for level in LEVELS)
    triggers.add_row("distress", f"from the classifier: {acts}")
    for name, trigger in sorted(found.trigger.items()):
        triggers.add_row(name, trigger.level)
    routes = Table("level", "asked", "callback", "the nurse must know")
    for level in LEVELS:
        route = found.route_of(level)
        hours = "at any hour" if route.callback_any_hour else "in opening hours"
        routes.add_row(
            level.word,
            " then ".join(rung_words(rung) for rung in route.rungs),
            f"within {route.callback_within_min} min {hours}",
            ", ".join(need.replace("_", " ") for need in route.needs),
        )
    sentences = Table("sentence", "words", "safety")
    for key, sentence in found.sentence.items():
        sentences.add_row(key, sentence.en, "yes" if sentence.safety else "")
    for table in (triggers, routes, sentences):
        console.print(table)


@matrix.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def diff(before: Path, after: Path) -> None:
    """What AFTER would change, in clinical words. Exit 0, whether or not something changes; 2: one of them is not valid."""
    now = datetime.now(UTC)
    found = changes(matrices.load(before, now=now), matrices.load(after, now=now))
    if not found:
        click.echo("Nothing that a caller or a nurse would notice.")
    for change in found:
        click.echo(f"{'LOWERS  ' if change.lowers else '        '}{change.part:<9} {change.words}")
    if any(change.lowers for change in found):
        click.echo("What lowers a safety threshold of the reference needs two signatures: triage matrix check.")


@matrix.command()
@FILE
@CONFIG_OPTION
@click.option("--role", type=click.Choice(signing.ROLES), required=True)
@click.option(
    "--as", "person", required=True, metavar="PERSON", help="Whose key signs; it is in the keys folder or in --key."
)
@click.option(
    "--key", type=click.Path(path_type=Path), help="The signer's private key, for instance on a removable medium."
)
def sign(file: Path, config_file: Path, role: str, person: str, key: Path | None) -> None:
    """Sign FILE as it is now. A later change of the file voids every signature."""
    found = matrices.load(file, now=datetime.now(UTC))
    where = signers.place(config.load(config_file))
    made = signing.sign(found, where.private(role, person, key), role, person, datetime.now(UTC))
    where.add(made)
    signed = signing.standing(found, where.signatures(), where.trusted())
    if made not in signed.by:
        raise UsageError(
            "This key is not the one that is known for this signer.", advice=f"{where.public_file(made.signer)}"
        )
    click.echo(f"signed {found.name} as {made.signer}")
    for words in signed.missing:
        click.echo(f"missing: {words}")


@matrix.command()
@CONFIG_OPTION
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Calls from this day on (UTC).")
@click.option("--matrix", "file", type=click.Path(path_type=Path), required=True, help="The matrix to try.")
@click.option("--all", "everything", is_flag=True, help="List calls that would not change too.")
def replay(config_file: Path, since: datetime, file: Path, everything: bool) -> None:
    """Which decisions on sealed calls another matrix would have made otherwise. Reading them is in the audit log. The appliance must
    be stopped, or its vault a copy: a vault has one reader."""
    settings = config.load(config_file)
    new = matrices.load(file, now=datetime.now(UTC))
    replayed = asyncio.run(_replayed(settings, datetime.combine(since.date(), time(), UTC), new))
    old = matrices.load(settings.path(settings.storage.matrix), now=datetime.now(UTC))
    table = Table("call", "day", "triggers", "was", "would be", "asked", "called back within")
    changed = 0
    for one in replayed:
        route = [new.route_of(one.would_be), old.route_of(one.was)]
        is_changed = one.would_be is not one.was or route[0] != route[1]
        changed += is_changed
        if is_changed or everything:
            table.add_row(
                one.handoff.call_id[:12], one.day.isoformat(), " ".join(one.triggers), one.was.word, one.would_be.word,
                " then ".join(rung_words(rung) for rung in route[0].rungs), f"{route[0].callback_within_min} min",
            )  # fmt: skip
    console = Console(highlight=False)
    if table.row_count:
        console.print(table)
    lower = sum(one.would_be < one.was for one in replayed)
    console.print(f"{len(replayed)} escalated calls: {changed} would be handled otherwise, {lower} at a lower level.")


@dataclass(frozen=True, slots=True)
class Replayed:
    handoff: Handoff
    day: date
    triggers: tuple[str, ...]
    was: Level
    would_be: Level


async def _replayed(settings: Settings, since: datetime, new: Matrix) -> list[Replayed]:
    vault = choice.open_vault(settings, clock=SystemClock())
    try:
        return await vault.run(lambda tx: list(_decide_again(tx, since, new)))
    finally:
        await vault.close()


def _decide_again(tx: Transaction, since: datetime, new: Matrix) -> Sequence[Replayed]:
    rules, out = Rules(new), []
    for handoff in store.since(tx, int(since.timestamp() * 1000)):
        try:
            sealed = tx.unseal(handoff.call_id, store.PACKET, who=OFFICER, why="matrix_replay")
        except NotFound:  # shredded since
            continue
        if not sealed:
            continue
        packet: HandoffPacket = packet_from_proto(packet_pb2.HandoffPacket.FromString(sealed[-1]))
        hits = [
            rules.hit(hit.trigger, level=hit.level if hit.trigger == "distress" else None) for hit in packet.triggers
        ]
        triggers = tuple(dict.fromkeys(hit.trigger for hit in hits))
        out.append(
            Replayed(handoff, packet.made_at.date(), triggers, packet.level, highest(*(hit.level for hit in hits)))
        )
    return out


def _list(title: str, found: Sequence[Change]) -> None:
    for change in found:
        click.echo(f"{title}: {change.words}")
