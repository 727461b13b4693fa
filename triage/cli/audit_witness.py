"""`triage audit witness` and `trust`: a second machine or a removable medium that cosigns the log's checkpoints."""

from __future__ import annotations

import time
from pathlib import Path

import click
import grpc

from triage import config
from triage.audit.checkpoint import Verifier
from triage.audit.cosignature import WitnessKey
from triage.cli.audit_rpc import CALL_S_MAX, ask_as, officer
from triage.cli.keys import CONFIG_OPTION
from triage.config import Settings
from triage.errors import AuditError, UsageError
from triage.ids import Person
from triage.officer import cosigning
from triage.officer.witness import COSIGNED, PUBLIC, Inconsistent, WitnessFolder
from triage.rpc.channel import people
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import WitnessStub
from triage.vault.keys import PUBLIC_FILE, load_verifier

PROOF_S_MAX = 600  # a proof over a million entries reads them all


@click.command("witness")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--name", help="Make a new witness of this name in the empty DIR, like riverside.example/usb-1.")
@click.option(
    "--public-key", type=click.Path(path_type=Path), help="With --name: the log's key, by default the appliance's own."
)
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="EXPORT",
    help="Look at an exported log instead of asking the appliance.",
)
@click.option(
    "--hand-over",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Only bring FILE, a cosigned.txt, to the appliance.",
)
@click.option("--as", "person", metavar="PERSON", help="Whose certificate is used: a witness's, else an officer's.")
@CONFIG_OPTION
def witness(
    folder: Path,
    name: str | None,
    public_key: Path | None,
    bundle: Path | None,
    hand_over: Path | None,
    person: str | None,
    config_file: Path,
) -> None:
    """Check that the log continues what the witness in DIR has seen, and cosign its newest checkpoint.

    DIR is the witness's memory and key: a folder on a second machine, or a medium that is kept apart. Exit 0: cosigned; 1: the log
    was rolled back or rewritten (the evidence is in DIR), or the appliance refused; 2: wrong use."""
    settings = config.load(config_file) if config_file.is_file() else None
    if name:
        made = WitnessFolder.make(folder, name, _log_key(settings, public_key))
        click.echo(f"made a witness in {folder}: {made.key.text()}")
        click.echo(f"On the appliance: triage audit trust {folder / PUBLIC}")
        return
    one = WitnessFolder.open(folder)
    try:
        if hand_over is not None:
            note = _read(hand_over)
        elif bundle is not None:
            note = one.see_bundle(bundle, int(time.time()))
        else:
            note = _ask(_need(settings), person, one)
    except Inconsistent as found:
        click.echo(f"rolled back: seen {found.seen} entries, shown {found.shown}")
        raise
    checkpoint = one.log.open(note)
    if bundle is None:
        _bring(_need(settings), person, note)
    click.echo(f"cosigned: {one.key.name}: {checkpoint.size} entries, root {checkpoint.root.hex()}")
    if bundle is not None:
        click.echo(f"Bring it to the appliance: triage audit witness {folder} --hand-over {folder / COSIGNED}")


@click.command("trust")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@CONFIG_OPTION
def trust(file: Path, config_file: Path) -> None:
    """Enter a witness on this appliance: FILE is its witness.pub. From then on its cosignatures are kept and exported."""
    settings = config.load(config_file)
    try:
        key = WitnessKey.parse(_read(file))
    except AuditError as error:
        raise UsageError(error.message, advice=error.advice) from None
    new = cosigning.trust(settings.keys_dir, key)
    click.echo(f"{'entered' if new else 'known already'}: {key.name}")


def _ask(settings: Settings, person: str | None, one: WitnessFolder) -> str:
    """The newest checkpoint, cosigned by this witness once it has been proven to continue what it has seen."""
    seen = one.seen

    async def work(channel: grpc.aio.Channel) -> pb.ConsistencyResponse | None:
        request = pb.ConsistencyRequest(old_size=seen.size if seen else 0)
        try:
            return await WitnessStub(channel).Consistency(request, timeout=PROOF_S_MAX)  # type: ignore[no-any-return]
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.ABORTED:  # it is shorter than what was seen
                return None
            raise

    role, who = _identity(settings, person)
    answer = ask_as(settings, role, who, work)
    if answer is None:
        answer = ask_as(settings, role, who, _newest)
    return one.see(answer.note, list(answer.proof), int(time.time()))


async def _newest(channel: grpc.aio.Channel) -> pb.ConsistencyResponse:
    """The checkpoint alone: with no proof it cannot be cosigned, but it is the evidence."""
    answer: pb.ConsistencyResponse = await WitnessStub(channel).Consistency(pb.ConsistencyRequest(), timeout=CALL_S_MAX)
    return answer


def _bring(settings: Settings, person: str | None, note: str) -> None:
    async def work(channel: grpc.aio.Channel) -> None:
        await WitnessStub(channel).Cosign(pb.CosignRequest(note=note), timeout=CALL_S_MAX)

    ask_as(settings, *_identity(settings, person), work)


def _identity(settings: Settings, person: str | None) -> tuple[str, Person]:
    """A witness certificate where there is one: it may do nothing else."""
    try:
        known = people(settings, "witness")
    except UsageError:
        known = []
    if person is None and known:
        return "witness", known[0]
    if person is not None and Person(person.removeprefix("witness:")) in known:
        return "witness", Person(person.removeprefix("witness:"))
    return "officer", officer(settings, person)


def _log_key(settings: Settings | None, file: Path | None) -> Verifier:
    return load_verifier(file) if file else load_verifier(_need(settings).keys_dir / PUBLIC_FILE)


def _need(settings: Settings | None) -> Settings:
    if settings is None:
        raise UsageError("There is no configuration file.", advice="Name one with --config, or give --bundle.")
    return settings


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError("This file cannot be read.", advice=str(file)) from None
