"""`triage vault`: the lifetime of keys and records. All of it at the appliance's own console, while it is stopped: a vault has one
process. Who does it is an officer, whose certificate and key are in the keys folder; each act is in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import Progress

from triage import config
from triage.audit.verify import verify_bundle
from triage.cli import vault_backup
from triage.cli.keys import CONFIG_OPTION
from triage.clock import SystemClock
from triage.config import Settings
from triage.desk import store
from triage.errors import Conflict, UsageError
from triage.rpc.channel import people
from triage.vault.keys import PUBLIC_FILE, load_verifier
from triage.vault.lifetime import certificate as certificates
from triage.vault.lifetime import holds, officers, rekey, retention, rotation, tables
from triage.vault.lifetime.certificate import BYTES_MAX, Certificate, ExportedEntries, StoredEntries
from triage.vault.providers import choice
from triage.vault.vault import Transaction, Vault

AS_OPTION = click.option(
    "--as", "person", metavar="PERSON", help="The officer whose certificate is used; the first one by default."
)
REASON_OPTION = click.option("--reason", required=True, metavar="WORD", help="Why; one word, for the audit log.")
OUT_OPTION = click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the certificate there, as JSON."
)
CLOCK = SystemClock()

T = TypeVar("T")


@click.group("vault")
def group() -> None:
    """Keys and lifetime of what the vault keeps, and copies of it. The appliance must be stopped, except for copies."""


for _command in vault_backup.COMMANDS:
    group.add_command(_command)


@group.command("rotate")
@CONFIG_OPTION
@AS_OPTION
@REASON_OPTION
def rotate_(config_file: Path, person: str | None, reason: str) -> None:
    """A new key-encryption key, made where [vault] keys says; the old one is destroyed when nothing needs it. Broken off, the
    vault works; run again, it goes on."""
    settings = config.load(config_file)
    who, why = _officer(settings, person), holds.check_reason(reason)
    path, ring = choice.vault_file(settings), choice.ring(settings)
    rekey.settle(path, settings.keys_dir, ring)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("data keys", total=None)
        done = asyncio.run(
            rotation.rotate(
                path, settings.keys_dir, ring, CLOCK, who=who, why=why,
                progress=lambda count: progress.update(bar, completed=count),
            )
        )  # fmt: skip
    click.echo(
        f"{done.key_id} is in force; {done.rewrapped} data keys wrapped anew; destroyed: {_list(done.destroyed)}"
    )
    click.echo("Back the keys up anew. A backup of the vault from before opens with the old key only, which is gone.")


@group.command("rekey")
@CONFIG_OPTION
@AS_OPTION
@REASON_OPTION
def rekey_(config_file: Path, person: str | None, reason: str) -> None:
    """A new key for the database itself. Needs room for a second vault. Broken off, the old or the new vault stands, whole."""
    settings = config.load(config_file)
    who, why = _officer(settings, person), holds.check_reason(reason)
    ring = choice.ring(settings)
    asyncio.run(rekey.rekey(choice.vault_file(settings), settings.keys_dir, ring, CLOCK, who=who, why=why))
    click.echo("The database has a new key. Back the keys and the vault up anew.")


@group.command("hold")
@CONFIG_OPTION
@click.argument("call_id", metavar="CALL")
@AS_OPTION
@REASON_OPTION
def hold(config_file: Path, call_id: str, person: str | None, reason: str) -> None:
    """Place a legal hold on CALL: nothing of it can be deleted until every hold on it is released."""
    settings = config.load(config_file)
    who, now = _officer(settings, person), CLOCK.now()
    placed = _with_vault(settings, lambda tx: holds.place(tx, call_id, who=who, why=reason, now=now))
    click.echo(f"{placed.hold_id} stands on {call_id}")


@group.command("release")
@CONFIG_OPTION
@click.argument("hold_id", metavar="HOLD")
@AS_OPTION
@REASON_OPTION
def release(config_file: Path, hold_id: str, person: str | None, reason: str) -> None:
    """Release a legal hold."""
    settings = config.load(config_file)
    who, now = _officer(settings, person), CLOCK.now()
    call_id = _with_vault(settings, lambda tx: holds.release(tx, hold_id, who=who, why=reason, now=now))
    click.echo(f"{hold_id} no longer stands on {call_id}")


@group.command("holds")
@CONFIG_OPTION
def list_holds(config_file: Path) -> None:
    """The legal holds that stand."""
    standing = _with_vault(config.load(config_file), lambda tx: tables.holds(tx.execute))
    for one in standing:
        click.echo(f"{one.hold_id} on {one.call_id}: {one.reason}, {one.placed_by}, {one.placed_at[:10]}")
    if not standing:
        click.echo("no legal hold stands")


@group.command("shred")
@CONFIG_OPTION
@click.argument("call_id", metavar="CALL")
@AS_OPTION
@REASON_OPTION
@OUT_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def shred(config_file: Path, call_id: str, person: str | None, reason: str, out: Path | None, yes: bool) -> None:
    """Make everything that CALL left unreadable for good, and print the certificate of deletion."""
    settings = config.load(config_file)
    who, why = _officer(settings, person), holds.check_reason(reason)
    if not yes:
        click.confirm(f"Nobody will ever read {call_id} again. Go on?", abort=True, err=True)
    _show(asyncio.run(_shred(settings, call_id, who, why)), out)


@group.command("certificate")
@CONFIG_OPTION
@click.argument("call_id", metavar="CALL")
@OUT_OPTION
@click.option(
    "--export", "folder", type=click.Path(path_type=Path), metavar="DIR",
    help="From an exported audit log instead of the vault; then the appliance may run.",
)  # fmt: skip
def certificate(config_file: Path, call_id: str, out: Path | None, folder: Path | None) -> None:
    """The certificate of deletion of a call that was shredded, by an officer or by retention."""
    settings = config.load(config_file)
    _show(asyncio.run(_from_export(settings, folder, call_id) if folder else _from_vault(settings, call_id)), out)


@group.command("verify")
@CONFIG_OPTION
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--public-key", type=click.Path(path_type=Path), help="The log's key; by default the configured appliance's."
)
def verify(config_file: Path, file: Path, public_key: Path | None) -> None:
    """Verify a certificate of deletion. Exit 0: true; 1: not; 2: FILE is none. Needs no vault."""
    try:
        with file.open("rb") as stream:
            text = stream.read(BYTES_MAX + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError("The certificate cannot be read.", advice=str(file)) from None
    if public_key is None and config_file.is_file():
        known = config.load(config_file).keys_dir / PUBLIC_FILE
        public_key = known if known.is_file() else None
    found = certificates.parse(text, load_verifier(public_key) if public_key else None)
    click.echo(found.text())
    click.echo("true: the entry is in the signed log")
    if public_key is None:
        click.echo("The key came with the certificate: compare it with one from elsewhere, or give --public-key.")


@group.command("retention")
@CONFIG_OPTION
@AS_OPTION
@click.option("--apply", "really", is_flag=True, help="Do it; without this, what is due is only listed.")
def retention_(config_file: Path, person: str | None, really: bool) -> None:
    """What the retention policy says is due. The core applies the policy every day by itself, once an officer has done so."""
    settings = config.load(config_file)
    who = _officer(settings, person) if really else ""
    if not settings.retention.years:
        raise UsageError("There is no retention policy.", advice=f"[retention] years in {config_file}")
    found = asyncio.run(_retention(settings, who))
    for one in found:
        click.echo(f"{one.call_id}: {'everything' if one.whole else _list(one.kinds)}{', held' if one.held else ''}")
    free = sum(not one.held for one in found)
    click.echo(f"calls: {free} {'done' if really else 'due'}, {len(found) - free} under a legal hold")


async def _retention(settings: Settings, who: str) -> list[retention.Due]:
    async with _open(settings) as vault:
        found = await retention.due(vault, settings.retention, CLOCK.now())
        if who:
            await retention.apply(vault, CLOCK, found, who=who)
        return found


async def _shred(settings: Settings, call_id: str, who: str, why: str) -> Certificate:
    def work(tx: Transaction) -> None:
        if any(handoff.call_id == call_id for handoff in store.all_open(tx)):
            raise Conflict("A nurse still needs this call.", advice="Its handoff is open: complete it first.")
        tx.shred(call_id, who=who, why=why)

    async with _open(settings) as vault:
        await vault.run(work)
        return await certificates.make(StoredEntries(vault), vault.checkpoint, vault.verifier, call_id)


async def _from_vault(settings: Settings, call_id: str) -> Certificate:
    async with _open(settings) as vault:
        return await certificates.make(StoredEntries(vault), vault.checkpoint, vault.verifier, call_id)


async def _from_export(settings: Settings, folder: Path, call_id: str) -> Certificate:
    key = load_verifier(settings.keys_dir / PUBLIC_FILE)
    checkpoint = verify_bundle(folder, key).checkpoint
    return await certificates.make(ExportedEntries(folder), checkpoint, key, call_id)


def _show(made: Certificate, out: Path | None) -> None:
    click.echo(made.text())
    if out is not None:
        try:
            out.write_text(made.json(), encoding="utf-8")
        except OSError as error:
            raise UsageError(
                "The certificate cannot be written; `triage vault certificate` makes it again.",
                advice=f"{out}: {error.strerror}",
            ) from None
        click.echo(
            f"written to {out}; anybody verifies it: triage vault verify, or compliance/verify/verify_deletion.py"
        )


def _officer(settings: Settings, person: str | None) -> str:
    name = person.removeprefix("officer:") if person else people(settings, "officer")[0]
    return officers.prove(settings.keys_dir, name, CLOCK.now())


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "nothing"


def _with_vault(settings: Settings, work: Callable[[Transaction], T]) -> T:
    async def run() -> T:
        async with _open(settings) as vault:
            return await vault.run(work)

    return asyncio.run(run())


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Vault]:
    """Raises VaultError while the appliance runs."""
    vault = choice.open_vault(settings, clock=CLOCK)
    try:
        yield vault
    finally:
        await vault.close()
