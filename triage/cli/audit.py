"""`triage audit`: export the audit log, verify an export, print the newest checkpoint."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
import grpc
from rich.console import Console
from rich.progress import Progress

from triage import config
from triage.audit.check import LogNotWhole
from triage.audit.checkpoint import Verifier
from triage.audit.cosignature import WitnessKey
from triage.audit.export import CHECKPOINT, FILES
from triage.audit.verify import Whole, verify_bundle
from triage.cli.audit_officer import break_glass, disclose, disclosures, review, reviews
from triage.cli.audit_rpc import CALL_S_MAX, PERSON_OPTION, ask_as, from_rpc, officer
from triage.cli.audit_select import check, filter_options, stream, words
from triage.cli.audit_witness import trust, witness
from triage.cli.keys import CONFIG_OPTION
from triage.config import Settings
from triage.errors import AuditError, UsageError
from triage.ids import Person
from triage.officer.forms import files
from triage.rpc.channel import channel_as
from triage.v1 import audit_pb2 as pb
from triage.v1 import officer_pb2
from triage.v1.audit_pb2_grpc import AuditStub
from triage.vault.keys import PUBLIC_FILE, load_verifier

EXPORT_S_MAX = 3_600  # a million entries take minutes


@click.group("audit")
def group() -> None:
    """Export and verify the audit log."""


for command in (witness, trust, disclose, disclosures, review, reviews, break_glass):
    group.add_command(command)


@group.command("export")
@CONFIG_OPTION
@click.option("--out", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
@click.option(
    "--reason", default="", help="Why; written to the log first. A single word is kept as it is, a sentence sealed."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "balp", "csv", "report"]),
    default="bundle",
    show_default=True,
    help="bundle: the whole log with its proofs. balp: FHIR R4 AuditEvents. report: a page and a print with charts.",
)
@filter_options
@PERSON_OPTION
def export(
    config_file: Path,
    folder: Path,
    reason: str,
    form: str,
    person: str | None,
    patient: str,
    user: str,
    since: str,
    until: str,
    acts: tuple[str, ...],
    calls: tuple[str, ...],
) -> None:
    """Write the log to DIR, and verify what was written. The export itself is its last entry.

    A bundle is always the whole log, since a part proves nothing; the other formats take filters. Exit 0: written (a bundle: and
    whole); 1: refused, broken off or not whole; 2: wrong use."""
    settings = config.load(config_file)
    filters = words(patient, user, since, until, acts, calls)
    if form == "bundle" and filters:
        raise UsageError("A bundle is the whole log.", advice="Filters go with --format balp, csv or report.")
    check(patient, since, until, acts)
    who = officer(settings, person)
    _make_empty(folder)
    if form == "bundle":
        entries = asyncio.run(_export(settings, who, reason, folder))
        _show(verify_bundle(folder, _known_key(settings)), f"{entries} entries exported to {folder}")
        return
    request = officer_pb2.SelectRequest(
        patient=patient, call_ids=calls, user=user, since=since, until=until, acts=acts, reason=reason, form=form
    )
    from triage.cli.audit_forms import form_of  # matplotlib and FHIR take a second that verifying should not

    try:
        with form_of(form, folder, _known_key(settings)) as written:
            selected = ask_as(settings, "officer", who, lambda channel: stream(channel, request, written.take))
            said = written.close(selected, filters)
        files.write(folder / CHECKPOINT, selected.note.encode())
    except OSError as error:
        raise AuditError("The export cannot be written.", advice=f"{folder}: {error.strerror}") from None
    click.echo(f"{said}; of {selected.total} entries, to {folder}")


@group.command("verify")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--public-key", type=click.Path(path_type=Path), help="The log's key; by default the configured appliance's."
)
@click.option(
    "--after", multiple=True, type=click.Path(path_type=Path), help="A checkpoint that was kept: DIR must continue it."
)
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A witness's key: it must have cosigned. Without it the witnesses that DIR names are believed.",
)
@CONFIG_OPTION
@click.pass_context
def verify(
    context: click.Context,
    folder: Path,
    public_key: Path | None,
    after: tuple[Path, ...],
    witnesses: tuple[Path, ...],
    config_file: Path,
) -> None:
    """Verify an exported log without the appliance. Exit 0: whole; 1: one line for each fault; 2: DIR is no export."""
    if public_key is not None:
        key: Verifier | None = load_verifier(public_key)
    else:
        key = _known_key(config.load(config_file)) if config_file.is_file() else None
    try:
        kept, keys = tuple(_text(file) for file in after), tuple(_witness_key(file) for file in witnesses)
        whole = verify_bundle(folder, key, kept, keys)
    except LogNotWhole as found:
        for fault in found.faults:
            click.echo(fault.sentence())
        context.exit(1)
    _show(whole, str(folder))


@group.command("checkpoint")
@CONFIG_OPTION
@PERSON_OPTION
def checkpoint(config_file: Path, person: str | None) -> None:
    """Print the newest signed checkpoint. Keep it on another machine: it is what proves a rollback."""
    settings = config.load(config_file)
    click.echo(asyncio.run(_checkpoint(settings, officer(settings, person))), nl=False)


def _show(whole: Whole, what: str) -> None:
    click.echo(f"whole: {what}: {whole.checkpoint.size} entries lead to the signed root {whole.checkpoint.root.hex()}")
    for one in whole.cosigned:
        when = datetime.fromtimestamp(one.at, UTC)
        click.echo(f"cosigned: {one.witness} had seen the first {one.size} entries on {when:%Y-%m-%d %H:%M:%SZ}")
    if whole.key_from_bundle:
        click.echo(
            "The key came with the bundle: compare public-key.txt with one from elsewhere, or give --public-key."
        )


def _known_key(settings: Settings) -> Verifier | None:
    file = settings.keys_dir / PUBLIC_FILE
    return load_verifier(file) if file.is_file() else None


def _witness_key(file: Path) -> WitnessKey:
    try:
        return WitnessKey.parse(_text(file))
    except AuditError as error:
        raise UsageError(error.message, advice=str(file)) from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError("The kept checkpoint or key cannot be read.", advice=str(file)) from None


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        full = any(folder.iterdir())
    except OSError as error:
        raise UsageError("The folder cannot be used.", advice=f"{folder}: {error.strerror}") from None
    if full:
        raise UsageError("The folder is not empty.", advice=f"{folder}: an export never mixes with other files.")


async def _export(settings: Settings, officer: Person, reason: str, folder: Path) -> int:
    """Receives the bundle; how many entries it has. What was received stays there when it breaks off."""
    try:
        async with channel_as(settings, "officer", officer) as channel:
            stream = _stub(channel).Export(pb.ExportRequest(reason=reason), timeout=EXPORT_S_MAX)
            with Progress(console=Console(stderr=True), transient=True) as progress, Receiver(folder) as receiver:
                bar = progress.add_task("export", total=None)
                async for part in stream:
                    receiver.take(part)
                    progress.update(bar, total=part.entries_total, completed=part.entries_done)
                return receiver.finish()
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from None


class Receiver:
    """Writes the parts of a bundle: only its own files, in order, each once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = list(FILES)
        self._file: BinaryIO | None = None
        self._entries = 0

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, part: pb.ExportPart) -> None:
        if not self._left or part.file != self._left[0]:
            raise AuditError("The appliance sent a file that does not belong here.")
        try:
            if self._file is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
                self._file = os.fdopen(os.open(self._folder / self._left[0], flags, 0o600), "wb")
            self._file.write(part.data)
            if part.last_of_file:
                self._file.close()
                self._file = None
                self._left.pop(0)
        except OSError as error:
            raise AuditError("The export cannot be written.", advice=f"{self._folder}: {error.strerror}") from None
        self._entries = part.entries_total

    def finish(self) -> int:
        if self._left:
            raise AuditError("The export broke off.", advice=f"{self._left[0]} and what follows are missing.")
        return self._entries


async def _checkpoint(settings: Settings, officer: Person) -> str:
    try:
        async with channel_as(settings, "officer", officer) as channel:
            answer = await _stub(channel).Checkpoint(pb.CheckpointRequest(), timeout=CALL_S_MAX)
            return str(answer.note)
    except grpc.aio.AioRpcError as error:
        raise from_rpc(error) from None


def _stub(channel: grpc.aio.Channel) -> AuditStub:
    return AuditStub(channel)  # generated code
