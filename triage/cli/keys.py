"""`triage keys`: the development authority, certificates and the vault's keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from triage import config
from triage.clock import SystemClock
from triage.config import Settings
from triage.errors import UsageError
from triage.escalation import matrix as matrices
from triage.escalation import signing
from triage.vault import authority, keys, signers
from triage.vault.authority import Authority, Holder
from triage.vault.providers import choice

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
DEVELOPER = f"{signing.CLINICAL}.{signing.DEVELOPMENT}"
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
    made = keys.create(folder, choice.ring(settings))
    ca, made_ca = Authority.load_or_make(folder, now)
    made += made_ca
    for holder in (authority.SERVER, authority.GATEWAY, authority.MONITOR, *holders):
        made += ca.issue(holder, now)
    where = signers.place(settings)
    if made_ca or where.public_file(DEVELOPER).exists():
        made += where.make(DEVELOPER)
        _sign_for_development(settings, where)
    for file in made:
        click.echo(f"made {file.name}")
    click.echo(f"{len(made)} files made in {folder}" if made else f"nothing to do: all keys are in {folder}")
    for name, until in authority.expiry(folder):
        if until < now + WARN_BEFORE:
            click.echo(f"{name} is valid until {until:%Y-%m-%d} only: run `triage keys renew`")
    if made_ca:
        click.echo(
            "This is a development authority: its key lies in the same folder. Back the folder up, apart from the vault."
        )


@group.command("renew")
@CONFIG_OPTION
@click.option("--within", "days", default=30, show_default=True, type=click.IntRange(0, 3650), metavar="DAYS")
def renew(config_file: Path, days: int) -> None:
    """Issue new certificates for those that end within DAYS. Nothing has to be restarted: the core serves the new one from the next
    connection on, the gateway and consoles take theirs up by themselves."""
    settings = config.load(config_file)
    folder, now = settings.keys_dir, SystemClock().now()
    if not (folder / "ca.key").exists():
        raise UsageError("The authority's key is not on this machine.", advice=f"Looked for {folder / 'ca.key'}.")
    ca, _ = Authority.load_or_make(folder, now)
    made = ca.renew(now, timedelta(days=days))
    click.echo("\n".join(f"renewed {file.name}" for file in made) or f"nothing to do: none ends within {days} days")


@group.command("signer")
@CONFIG_OPTION
@click.argument("name", metavar="ROLE.NAME")
def signer(config_file: Path, name: str) -> None:
    """Make the key pair with which this person signs matrices, for instance clinical_lead.maria.lopez. Move the private half to a
    medium of theirs; the public half stays."""
    where = signers.place(config.load(config_file))
    if name.split(".")[0] not in signing.ROLES:
        raise UsageError("There is no such role.", advice=f"One of: {', '.join(signing.ROLES)}")
    made = where.make(name)
    click.echo("\n".join(f"made {file}" for file in made) or f"nothing to do: {where.public_file(name)} is there")


def _sign_for_development(settings: Settings, where: signers.Signers) -> None:
    """The clinic's matrix as it lies here, by a signer who is no clinician: so that demo and tests run on it."""
    now = SystemClock().now()
    try:
        matrix = matrices.load(settings.path(settings.storage.matrix), now=now)
    except UsageError as error:
        click.echo(f"{error.message} {error.advice} It was not signed.", err=True)
        return
    if signing.standing(matrix, where.signatures(), where.trusted()).in_force:
        return
    key = where.private(signing.CLINICAL, signing.DEVELOPMENT, None)
    where.add(signing.sign(matrix, key, signing.CLINICAL, signing.DEVELOPMENT, now))
    click.echo("The matrix is signed by a development key: NOT signed off by a clinician.")
