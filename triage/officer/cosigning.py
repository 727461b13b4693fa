"""The appliance's side of witnessing: proofs for a witness, the cosignatures that it brought, and what they say at the next start."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from triage.audit import log as audit_log
from triage.audit.check import Fault, FaultKind, LogNotWhole
from triage.audit.checkpoint import NOTE_BYTES_MAX, Checkpoint, CheckpointInvalid, Verifier
from triage.audit.cosignature import WITNESSES_MAX, Cosignature, WitnessKey, cosignatures_of, cosigned
from triage.audit.entry import Entry
from triage.audit.export import Source
from triage.audit.merkle import RangeHasher, consistency_ranges, leaf_hash
from triage.errors import AuditError, Conflict, NotAllowed, UsageError
from triage.officer.witness import COSIGNED
from triage.vault.vault import Transaction, Vault

TRUSTED_FILE = "audit-witnesses.txt"  # beside the log's own key: one witness key a line


def trusted(keys_folder: Path) -> tuple[WitnessKey, ...]:
    """The witnesses that the operator has entered; read each time, so that a new one needs no restart. Raises UsageError."""
    file = keys_folder / TRUSTED_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return tuple(WitnessKey.parse(line) for line in lines if line.strip())[:WITNESSES_MAX]
    except (OSError, UnicodeDecodeError, AuditError):
        raise UsageError(
            "The list of witnesses cannot be read.", advice=f"{TRUSTED_FILE} in the keys folder."
        ) from None


def trust(keys_folder: Path, key: WitnessKey) -> bool:
    """Enters a witness; False when it is there already. Raises UsageError when the list is full or its name is taken."""
    known = trusted(keys_folder)
    if key in known:
        return False
    if len(known) >= WITNESSES_MAX or any(one.name == key.name for one in known):
        raise UsageError("A witness of this name is known with another key, or there are too many.", advice=key.name)
    with (keys_folder / TRUSTED_FILE).open("a", encoding="utf-8") as stream:
        stream.write(f"{key.text()}\n")
    return True


async def consistency(vault: Vault, source: Source, old_size: int, who: str) -> tuple[Checkpoint, list[bytes]]:
    """The newest checkpoint, and the proof that it continues the tree of `old_size`. A witness that has seen more than there is
    proves a rollback: it is logged as an alarm. Raises Conflict then."""
    checkpoint = vault.checkpoint
    if old_size > checkpoint.size:
        details = (("cause", "log_rolled_back"), ("size", old_size))
        entry = Entry("alarm.raised", who, outcome="failure", details=details)
        await vault.run(lambda tx: tx.append(entry))
        raise Conflict("This log is shorter than what the witness has seen.")
    if old_size <= 0 or old_size == checkpoint.size:
        return checkpoint, []
    hasher, after = RangeHasher(consistency_ranges(old_size, checkpoint.size)), -1
    while page := await source.entries(after, checkpoint.size):
        for after, line in page:  # noqa: B007  `after` ends as the page's last number
            hasher.feed(leaf_hash(line))
    return checkpoint, hasher.proof()


async def accept(vault: Vault, note: str, witnesses: Sequence[WitnessKey], who: str) -> None:
    """Keeps the cosignature in `note` with its entry. Raises NotAllowed for a witness that nobody entered, UsageError for a note
    that is none of this log, and AuditError when this log has no such checkpoint: then it is not the log that was witnessed."""
    try:
        checkpoint = vault.verifier.open(note)
        lines = cosignatures_of(note, checkpoint.origin)
        by = [(key, one) for one in lines for key in witnesses if key.wrote(one)]
        for key, one in by:
            key.check(one, checkpoint)
    except CheckpointInvalid as invalid:
        raise UsageError(invalid.message) from None
    if not by:
        raise NotAllowed("No known witness has cosigned this.", advice="Enter its key: `triage audit trust FILE`.")

    def work(tx: Transaction) -> bool:
        fits = not _differs(tx, vault.verifier, checkpoint)
        for key, one in by if fits else ():
            tx.execute(
                "INSERT INTO audit_cosignature (witness, size, line) VALUES (?, ?, ?) ON CONFLICT (witness) DO UPDATE"
                " SET size = excluded.size, line = excluded.line WHERE excluded.size >= size",
                (key.name, checkpoint.size, one.line()),
            )
            tx.append(Entry("checkpoint.cosigned", who, subject=key.name, details=(("size", checkpoint.size),)))
        if not fits:
            details = (("cause", "log_rolled_back"), ("size", checkpoint.size))
            tx.append(Entry("alarm.raised", who, outcome="failure", details=details))
        return fits

    if not await vault.run(work):
        raise AuditError("The cosigned checkpoint is not of this log's history.", advice="It was rolled back.")


def _differs(tx: Transaction, verifier: Verifier, checkpoint: Checkpoint) -> bool:
    """Whether this log's history has not exactly this checkpoint. The log was verified at the start, and grows by what it signs:
    its own signed history is its tree."""
    if checkpoint.size == 0:
        return False
    try:
        return audit_log.stored_checkpoint(tx.execute, verifier, checkpoint.size).root != checkpoint.root
    except AuditError:
        return True


def cosigned_notes(tx: Transaction, verifier: Verifier, size_max: int) -> list[str]:
    """For a bundle: each witness's newest cosigned checkpoint, by rising size; witnesses of the same one share a note."""
    rows = tx.execute("SELECT size, line FROM audit_cosignature WHERE size <= ? ORDER BY size, witness", (size_max,))
    by_size: dict[int, list[Cosignature]] = {}
    for size, line in rows:
        by_size.setdefault(size, []).append(Cosignature.parse(line))
    return [cosigned(audit_log.stored_checkpoint(tx.execute, verifier, size), lines) for size, lines in by_size.items()]


async def confirm_kept(vault: Vault, folder: Path) -> bool:
    """At the start: what the witness in `folder` (a medium, a read-only mount) has seen must be in this log's history. False: the
    folder is not there, so nothing was confirmed.

    Raises LogNotWhole when it is not: database and witness file were both put back. UsageError when it is no checkpoint of this
    log: a medium that cannot be read must not pass for one that agrees."""
    try:
        note = (folder / COSIGNED).read_bytes()[:NOTE_BYTES_MAX].decode()
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        raise UsageError("The kept checkpoint cannot be read.", advice=str(folder / COSIGNED)) from None
    try:
        checkpoint = vault.verifier.open(note)
    except CheckpointInvalid as invalid:
        raise UsageError("The kept checkpoint is none of this log.", advice=invalid.message) from None
    if await vault.run(partial(_differs, verifier=vault.verifier, checkpoint=checkpoint)):
        raise LogNotWhole((Fault(FaultKind.ROLLED_BACK),))
    return True
