"""Copies of the encrypted vault: made while the appliance runs, read whole before they count, and put back in its place.

A copy is one SQLCipher file under the vault's own database key, and beside it FILE.checkpoint: the signed checkpoint that its log
leads to. Without the keys folder, which is kept elsewhere, nobody can read it. The copy is one moment's snapshot (SQLite's online
backup in a single step inside one read transaction): calls go on beside it.

A copy holds the data keys of calls that are shredded later. Copies therefore have an end too: destroy them by the retention policy.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from triage.audit.check import LogNotWhole
from triage.audit.checkpoint import NOTE_BYTES_MAX, Checkpoint, CheckpointInvalid, Verifier
from triage.audit.entry import Entry
from triage.audit.log import Replay, newest, stored_checkpoint
from triage.clock import Clock
from triage.errors import VaultError
from triage.vault import records
from triage.vault.database import PLAIN_HEADER, Lock, SqlError, connect, explain
from triage.vault.keys import VaultKeys
from triage.vault.vault import WITNESS_FILE, Transaction, Vault

SUFFIXES: Final = ("-wal", "-shm", "")  # the write-ahead log first: an old one beside a new file would be its end


@dataclass(frozen=True, slots=True)
class Copied:
    """`checkpoint`: what the copy's log leads to. `lost`: entries that the vault had after it, as far as its witness knows."""

    checkpoint: Checkpoint
    bytes: int
    seconds: float
    lost: int = 0


def copy_entry(
    who: str, copy_id: str, *, drill: bool = False, failed: bool = False, entries: int = 0, root_hex: str = ""
) -> Entry:
    """What a copy, or the trial of one, leaves in the log. A copy's stands there before its first byte is written, so that the copy
    holds it too. Raises EntryRefused."""
    details = (("entries", entries), ("sha256", root_hex)) if root_hex else ()
    act, outcome = ("vault.drilled" if drill else "vault.copied"), ("failure" if failed else "success")
    return Entry(act, who, subject=copy_id, outcome=outcome, details=details)


def note_file(file: Path) -> Path:
    return file.with_name(file.name + ".checkpoint")


def back_up(vault: Path, keys: VaultKeys, target: Path) -> Copied:
    """Copies the vault to the new file `target`, also while the appliance runs. Raises VaultError, LogNotWhole; then there is no
    `target`."""
    began = time.monotonic()
    look_for(vault)
    refuse(target)
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        _copy(vault, part, keys.database)
        checkpoint = examine(part, keys)
        _write(note_file(target), checkpoint.note.encode())
        _settle(part, target)
    except OSError as error:
        raise VaultError("The copy cannot be written.", advice=f"{target}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return Copied(checkpoint, target.stat().st_size, time.monotonic() - began)


def look_for(vault: Path) -> None:
    """Raises VaultError when there is none."""
    if not vault.exists():
        raise VaultError("There is no vault to copy.", advice=str(vault))


def refuse(target: Path) -> None:
    """Raises VaultError when something is there already, or its folder is not."""
    if not target.parent.is_dir():
        raise VaultError("The copy's folder is not there.", advice=str(target.parent))
    try:
        with target.open("rb") as stream:
            header = stream.read(len(PLAIN_HEADER))
    except FileNotFoundError:
        return
    except OSError as error:
        raise VaultError("The copy cannot be written.", advice=f"{target}: {error.strerror}") from None
    if header == PLAIN_HEADER:
        raise VaultError("The target has no key: a copy there could be read by anybody.", advice="Name a new file.")
    raise VaultError("The target exists already.", advice="A copy never replaces another: name a new file.")


def _copy(source: Path, target: Path, key: bytes) -> None:
    """Both under `key`. SQLCipher itself refuses to copy to a connection without one."""
    try:
        reading, writing = connect(source, key), connect(target, key)
        try:
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()  # a wrong key fails here
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE").fetchone()  # one file, no log beside it
        finally:
            writing.close()
            reading.close()
    except SqlError as error:
        raise explain(error) from None


def examine(file: Path, keys: VaultKeys) -> Checkpoint:
    """The checkpoint that a copy leads to. Every page, every entry and every sealed record's hash is looked at. Raises VaultError,
    LogNotWhole."""
    connection = connect(file, keys.database)

    def execute(sql: str, parameters: Any) -> list[tuple[Any, ...]]:
        return list(connection.execute(sql, parameters).fetchall())

    try:
        execute("SELECT count(*) FROM sqlite_master", ())
        if execute("PRAGMA cipher_integrity_check", ()):
            raise VaultError("The copy is damaged.", advice="Take another one; keep this for the inquiry.")
        replay = Replay(keys.signer.verifier, records.matches)
        while replay.page(execute):
            pass
        checkpoint = newest(execute, keys.signer.verifier)
        if checkpoint is None:
            raise VaultError("The copy holds no audit log.", advice="Take another one.")
        if faults := replay.finish(checkpoint):
            raise LogNotWhole(faults)
        return checkpoint
    except SqlError as error:
        raise explain(error) from None
    finally:
        connection.close()


def restore(file: Path, vault: Path, keys: VaultKeys, clock: Clock, *, replace: bool = False) -> Copied:
    """Puts the copy in the vault's place and starts it once; that is an audit entry. What was there is moved to a folder beside it.
    Broken off, the next start refuses and says so; do it again. Raises VaultError, LogNotWhole."""
    began = time.monotonic()
    note = _note(file, keys.signer.verifier)
    vault.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = Lock(vault.with_name(vault.name + ".lock"))
    part = vault.with_name(vault.name + ".restoring")
    try:
        if vault.exists() and not replace:
            raise VaultError("There is a vault already.", advice="Say --replace; it is moved aside, not deleted.")
        _fetch(file, part, keys, note)
        lost = max(0, _witnessed(vault, keys.signer.verifier) - note.size)
        _move_aside(vault, clock.now())
        _settle(part, vault)
        _write(vault.parent / WITNESS_FILE, note.note.encode())
    except OSError as error:
        raise VaultError("The copy cannot be put in place.", advice=f"{vault}: {error.strerror}") from None
    finally:
        lock.release()
    details = (("entries", note.size), ("count", lost))
    _start(vault, keys, clock, note, Entry("vault.restored", "operator", details=details))
    return Copied(note, vault.stat().st_size, time.monotonic() - began, lost)


def drill(file: Path, folder: Path, keys: VaultKeys, clock: Clock) -> Copied:
    """The same into a folder of its own inside `folder`, which is removed again; the appliance may run meanwhile."""
    began = time.monotonic()
    note = _note(file, keys.signer.verifier)
    try:
        with tempfile.TemporaryDirectory(prefix="restore-drill-", dir=folder) as name:
            vault = Path(name) / "vault.db"
            _fetch(file, vault, keys, note)
            _write(vault.parent / WITNESS_FILE, note.note.encode())
            _start(vault, keys, clock, note, None)
            return Copied(note, vault.stat().st_size, time.monotonic() - began)
    except OSError as error:
        raise VaultError("The drill found no room.", advice=f"{folder}: {error.strerror}") from None


def _fetch(file: Path, part: Path, keys: VaultKeys, note: Checkpoint) -> None:
    """A copy of the copy, looked at whole."""
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream, file.open("rb") as source:
        shutil.copyfileobj(source, stream)
    found = examine(part, keys)
    if (found.size, found.root) != (note.size, note.root):
        raise VaultError(
            "The copy does not lead to the checkpoint beside it.", advice="One of the two belongs to another copy."
        )


def _start(vault: Path, keys: VaultKeys, clock: Clock, note: Checkpoint, entry: Entry | None) -> None:
    """Opens the vault as the appliance does, finds the copy's root in it, and appends `entry`."""

    async def work() -> None:
        started = Vault.open(vault, keys, clock=clock)
        try:
            if entry is not None:
                await started.run(lambda tx: tx.append(entry))
            kept = await started.run(lambda tx: _at(tx, started.verifier, note.size))
            if kept.root != note.root:
                raise VaultError("The restored vault has another root than its copy.")
        finally:
            await started.close()

    asyncio.run(work())


def _at(tx: Transaction, verifier: Verifier, size: int) -> Checkpoint:
    return stored_checkpoint(tx.execute, verifier, size)


def _note(file: Path, verifier: Verifier) -> Checkpoint:
    try:
        with note_file(file).open("rb") as stream:
            return verifier.open(stream.read(NOTE_BYTES_MAX + 1).decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise VaultError("The copy's checkpoint cannot be read.", advice=str(note_file(file))) from None
    except CheckpointInvalid as fault:
        raise VaultError(
            "The copy's checkpoint is not of this vault's keys.",
            advice=f"{note_file(file)}: {fault.message} Put back the keys folder of that time.",
        ) from None


def _witnessed(vault: Path, verifier: Verifier) -> int:
    """How many entries the vault had, by the witness beside it; 0 when there is none that can be trusted."""
    try:
        return verifier.open((vault.parent / WITNESS_FILE).read_text(encoding="utf-8")).size
    except (OSError, UnicodeDecodeError, CheckpointInvalid):
        return 0


def _move_aside(vault: Path, now: datetime) -> None:
    """The witness stays until the copy is in place: without a vault beside it no start takes this for a new one."""
    there = [file for suffix in SUFFIXES if (file := vault.with_name(vault.name + suffix)).exists()]
    if not there:
        return
    aside = vault.parent / f"before-restore-{now:%Y%m%dT%H%M%S}"
    aside.mkdir(mode=0o700)
    for file in there:
        file.rename(aside / file.name)
    witness = vault.parent / WITNESS_FILE
    if witness.exists():
        shutil.copy(witness, aside / WITNESS_FILE)


def _write(file: Path, content: bytes) -> None:
    part = file.with_name(file.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as stream:
        stream.write(content)
    _settle(part, file)


def _settle(part: Path, file: Path) -> None:
    """`part` becomes `file`, and stays so after a power loss."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
