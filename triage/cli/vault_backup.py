"""`triage vault backup` and `restore`: copies of the encrypted vault, and proof that they can be put back. Each leaves its entry: through
the core where it runs, in the vault itself where it is stopped."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import click
import grpc

from triage import config
from triage.cli.audit_rpc import CALL_S_MAX, PERSON_OPTION, ask_as, officer
from triage.cli.keys import CONFIG_OPTION
from triage.clock import SystemClock
from triage.config import Settings
from triage.errors import TriageError, UsageError
from triage.ids import Person, new_hex
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import OfficerStub
from triage.vault import backup as backups
from triage.vault import database, keys
from triage.vault.backup import Copied
from triage.vault.keys import VaultKeys
from triage.vault.lifetime import officers
from triage.vault.providers import choice

CLOCK = SystemClock()


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@PERSON_OPTION
@CONFIG_OPTION
def backup(file: Path, person: str | None, config_file: Path) -> None:
    """Copy the vault to the new FILE, encrypted, while the appliance runs; beside it FILE.checkpoint. The copy is read whole before
    it counts. Keep both apart from the keys folder, and the keys folder apart from both. That it was made, and by whom, is an entry
    of the audit log before the first byte is copied.

    Exit 0: copied and whole; 1: not; 2: wrong use."""
    settings = config.load(config_file)
    vault, with_keys = _vault(settings)
    backups.look_for(vault)
    backups.refuse(file)
    copy_id = _enter(settings, person, pb.RecordCopyRequest())
    try:
        copied = backups.back_up(vault, with_keys, file)
    except TriageError:
        with suppress(TriageError):  # the first trouble is the one to tell
            _enter(settings, person, pb.RecordCopyRequest(copy_id=copy_id, failed=True))
        raise
    click.echo(f"copied: {_said(copied)}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--replace", is_flag=True, help="There is a vault: move it to a folder beside it.")
@click.option("--drill", is_flag=True, help="Only try: into a temporary folder, while the appliance runs.")
@PERSON_OPTION
@CONFIG_OPTION
def restore(file: Path, replace: bool, drill: bool, person: str | None, config_file: Path) -> None:
    """Put the copy FILE in the vault's place, start it once and compare its root with FILE.checkpoint. The appliance must be
    stopped, and the keys folder must be there. A drill, passed or failed, is an entry of the log too, where there is a vault.

    Exit 0: restored, the roots are equal; 1: not; 2: wrong use."""
    settings = config.load(config_file)
    vault, with_keys = _vault(settings)
    if drill:
        _drill(settings, file, with_keys, person)
        return
    done = backups.restore(file, vault, with_keys, CLOCK, replace=replace)
    click.echo(f"restored, the roots are equal: {_said(done)}")
    if done.lost:
        click.echo(f"lost: the {done.lost} newest entries, which the vault had and the copy has not.")


COMMANDS = (backup, restore)


def _drill(settings: Settings, file: Path, with_keys: VaultKeys, person: str | None) -> None:
    there = choice.vault_file(settings).exists()  # on a machine that has only the keys there is no log to write to
    try:
        tried = backups.drill(file, settings.state_dir, with_keys, CLOCK)
    except TriageError:
        if there:
            with suppress(TriageError):
                _enter(settings, person, pb.RecordCopyRequest(drill=True, failed=True))
        raise
    click.echo(f"drill passed, the roots are equal: {_said(tried)}")
    if there:
        checkpoint = tried.checkpoint
        _enter(
            settings, person, pb.RecordCopyRequest(drill=True, entries=checkpoint.size, root_hex=checkpoint.root.hex())
        )


def _enter(settings: Settings, person: str | None, request: pb.RecordCopyRequest) -> str:
    """Writes the entry and gives the copy's id. Raises TriageError when it cannot be written: then nothing is copied."""
    who, vault = officer(settings, person), choice.vault_file(settings)
    if database.held(vault.with_name(vault.name + ".lock")):
        return _ask(settings, who, request)
    proven = officers.prove(settings.keys_dir, who, CLOCK.now())
    copy_id = request.copy_id or f"copy-{new_hex()}"
    entry = backups.copy_entry(
        proven, copy_id, drill=request.drill, failed=request.failed, entries=request.entries, root_hex=request.root_hex
    )

    async def append() -> None:
        opened = choice.open_vault(settings, clock=CLOCK)
        try:
            await opened.run(lambda tx: tx.append(entry))
        finally:
            await opened.close()

    asyncio.run(append())
    return copy_id


def _ask(settings: Settings, who: Person, request: pb.RecordCopyRequest) -> str:
    async def work(channel: grpc.aio.Channel) -> pb.RecordCopyResponse:
        return await OfficerStub(channel).RecordCopy(request, timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    return ask_as(settings, "officer", who, work).copy_id


def _vault(settings: Settings) -> tuple[Path, VaultKeys]:
    if settings.storage.server:
        raise UsageError(
            "This vault lies on a database server.",
            advice="Copy it there: pg_dump, as compliance/decisions (the vault on two engines) says.",
        )
    return choice.vault_file(settings), keys.load(settings.keys_dir, choice.ring(settings))


def _said(copied: Copied) -> str:
    root = copied.checkpoint.root.hex()
    return f"{copied.checkpoint.size} entries, {copied.bytes} bytes, {copied.seconds:.2f} s, root {root}"
