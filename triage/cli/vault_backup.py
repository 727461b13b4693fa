"""`triage vault backup` and `restore`: copies of the encrypted vault, and proof that they can be put back."""

from __future__ import annotations

from pathlib import Path

import click

from triage import config
from triage.cli.keys import CONFIG_OPTION
from triage.clock import SystemClock
from triage.config import Settings
from triage.errors import UsageError
from triage.vault import backup as backups
from triage.vault import keys
from triage.vault.backup import Copied
from triage.vault.keys import VaultKeys
from triage.vault.providers import choice


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@CONFIG_OPTION
def backup(file: Path, config_file: Path) -> None:
    """Copy the vault to the new FILE, encrypted, while the appliance runs; beside it FILE.checkpoint. The copy is read whole before
    it counts. Keep both apart from the keys folder, and the keys folder apart from both.

    Exit 0: copied and whole; 1: not; 2: wrong use."""
    settings = config.load(config_file)
    copied = backups.back_up(*_vault(settings), file)
    click.echo(f"copied: {_said(copied)}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--replace", is_flag=True, help="There is a vault: move it to a folder beside it.")
@click.option("--drill", is_flag=True, help="Only try: into a temporary folder, while the appliance runs.")
@CONFIG_OPTION
def restore(file: Path, replace: bool, drill: bool, config_file: Path) -> None:
    """Put the copy FILE in the vault's place, start it once and compare its root with FILE.checkpoint. The appliance must be
    stopped, and the keys folder must be there.

    Exit 0: restored, the roots are equal; 1: not; 2: wrong use."""
    settings = config.load(config_file)
    vault, with_keys = _vault(settings)
    if drill:
        tried = backups.drill(file, settings.state_dir, with_keys, SystemClock())
        click.echo(f"drill passed, the roots are equal: {_said(tried)}")
        return
    done = backups.restore(file, vault, with_keys, SystemClock(), replace=replace)
    click.echo(f"restored, the roots are equal: {_said(done)}")
    if done.lost:
        click.echo(f"lost: the {done.lost} newest entries, which the vault had and the copy has not.")


COMMANDS = (backup, restore)


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
