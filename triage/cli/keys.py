"""`triage keys`: the development authority, certificates and the vault's keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from triage import config
from triage.clock import SystemClock
from triage.vault import authority, keys
from triage.vault.authority import Authority, Holder

CONFIG_OPTION = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    default=Path("deploy/triage.toml"),
    envvar="TRIAGE_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The appliance's configuration file.",
)

WARN_BEFORE = timedelta(days=30)
DEFAULT_PEOPLE = ("officer:compliance", "drill:rehearsal")


@click.group("keys")
def group() -> None:
    """Make the appliance's keys and certificates."""


@group.command("init")
@CONFIG_OPTION
@click.option(
    "--person",
    "people",
    multiple=True,
    metavar="ROLE:NAME",
    help="Make this person's certificate, for example nurse:amara.okafor; may be given several times. Without it: a nurse "
    "for each telephone in the configuration, one officer and one drill.",
)
def init(config_file: Path, people: tuple[str, ...]) -> None:
    """Make what is missing in the keys folder. Nothing that exists is overwritten."""
    settings = config.load(config_file)
    folder, now = settings.keys_dir, SystemClock().now()
    defaults = (*(f"nurse:{name}" for name in sorted(settings.triage_line.contacts)), *DEFAULT_PEOPLE)
    holders = [Holder.parse(text) for text in people or defaults]
    made = keys.create(folder)
    ca, made_ca = Authority.load_or_make(folder, now)
    made += made_ca
    for holder in (authority.SERVER, authority.GATEWAY, authority.MONITOR, *holders):
        made += ca.issue(holder, now)
    for file in made:
        click.echo(f"made {file.name}")
    click.echo(f"{len(made)} files made in {folder}" if made else f"nothing to do: all keys are in {folder}")
    for name, until in authority.expiry(folder):
        if until < now + WARN_BEFORE:
            click.echo(f"{name} is valid until {until:%Y-%m-%d} only: remove it and its key, then run this again")
    if made_ca:
        click.echo(
            "This is a development authority: its key lies in the same folder. Back the folder up, apart from the vault."
        )
