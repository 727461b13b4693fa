"""The vault: one encrypted file (or a database server), one thread, and transactions in which an act and its audit entry are one.

`run` hands the caller's function a Transaction on the vault's own thread. What it seals is named in the audit entry that it
appends (in one of the vault's own, if it appends none); the signed checkpoint over all of it is in the same commit, and the
commit waits for the disk. Beside the file stands the witness: the newest checkpoint, written after each commit. At the next
start the entries must lead to it, which detects a database that was put back to an older state. It cannot detect somebody
who puts back the database and the witness together: only checkpoints kept outside the machine can (`triage audit
checkpoint`, every export, `triage audit verify --after`).
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Executable, MetaData
from sqlalchemy.exc import SQLAlchemyError

from triage.audit import log as audit_log
from triage.audit.check import Fault
from triage.audit.checkpoint import NOTE_BYTES_MAX, Checkpoint, CheckpointInvalid, Verifier
from triage.audit.entry import Entry, SealedRecord, Stamp
from triage.audit.log import Log, Replay
from triage.clock import Clock
from triage.errors import VaultError
from triage.vault import migrations, records
from triage.vault.database import VaultFile
from triage.vault.keys import VaultKeys, pseudonym, pseudonym_key
from triage.vault.lifetime import tables
from triage.vault.postgres import VaultServer
from triage.vault.store import Place, Store

WAITING_MAX = 1_000  # transactions waiting for the thread; at 300 a second these are 3 s, longer than anyone may wait
WITNESS_FILE: Final = "audit-witness.txt"

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,127}")
_KIND: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}")

T = TypeVar("T")


class Transaction:
    """Everything one piece of work does to the vault; all of it is committed, or none. Only valid inside its work."""

    def __init__(self, database: Store, keys: VaultKeys, log: Log, clock: Clock, boot: str) -> None:
        self._database, self._keys, self._log, self._clock, self._boot = database, keys, log, clock, boot
        self._unnamed: list[tuple[str, SealedRecord]] = []  # sealed, and not yet in an audit entry
        self.shredded = False  # something must leave the write-ahead log too

    def execute(self, sql: str | Executable, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement: SQL that both engines understand, `?` for each value, or a statement of SQLAlchemy Core.
        Raises VaultError."""
        return self._database.execute(sql, params)

    def seal(self, call_id: str, kind: str, payload: bytes) -> int:
        """Stores `payload` under the call's own key; its number. The next `append` for this call names it in the log."""
        if not _ID.fullmatch(call_id) or not _KIND.fullmatch(kind):
            raise VaultError("A record needs a call id and a kind.", advice="An id without spaces; a lower-case word.")
        record = records.seal(self.execute, self._keys, call_id, kind, bytes(payload), self._clock.now())
        self._unnamed.append((call_id, record))
        return record.number

    def pseudonym(self, text: str) -> str:
        """The same text gives the same 64 digits, in this vault only (HMAC-SHA-256 under a key derived from the vault's own): to find
        a caller again without keeping the number in the open."""
        return pseudonym(tables.pseudonym_key(self.execute) or pseudonym_key(self._keys.database), text)

    def unseal(self, call_id: str, kind: str, *, who: str, why: str) -> list[bytes]:
        """The call's records of this kind, oldest first; who read them and why (a code) is logged in this transaction.

        Raises NotFound when they were shredded, IntegrityError when they were altered."""
        payloads = records.unseal(self.execute, self._keys, call_id, kind)
        details = (("kind", kind), ("count", len(payloads)))
        self.append(Entry("record.read", who, call_id=call_id, reason=why, details=details))
        return payloads

    def shred(self, call_id: str, *, who: str, why: str) -> None:
        """Makes every record of the call unreadable for good; the entry commits to the list of them. Raises NotFound when it has
        no key (any more), NotAllowed under a legal hold."""
        gone = records.shred(self.execute, call_id, self._clock.now())
        details = (("count", len(gone)), ("sha256", records.digest(gone)))
        self.append(Entry("record.shredded", who, call_id=call_id, reason=why, details=details))
        self.shredded = True

    def erase(self, call_id: str, kind: str, *, who: str, why: str) -> int:
        """Erases the call's records of one kind, whose retention ended before the others'; how many. Raises NotAllowed under a
        legal hold."""
        count = records.erase(self.execute, call_id, kind)
        if count:
            details = (("kind", kind), ("count", count))
            self.append(Entry("record.erased", who, call_id=call_id, reason=why, details=details))
            self.shredded = True
        return count

    def append(self, entry: Entry) -> int:
        """Adds the entry to the audit log; its number. It commits to what this transaction sealed for the same call."""
        mine = [record for call_id, record in self._unnamed if call_id == entry.call_id]
        self._unnamed = [pair for pair in self._unnamed if pair[0] != entry.call_id]
        stamp = Stamp(self._clock.now(), self._clock.monotonic(), self._boot)
        return self._log.append(self.execute, entry, stamp, mine)

    def finish(self) -> Checkpoint | None:
        """The vault's own last step before the commit: no record without an entry, no entry without a checkpoint."""
        while self._unnamed:
            self.append(Entry("record.sealed", "core", call_id=self._unnamed[0][0]))
        return self._log.sign(self.execute)


class Vault:
    """Made by `open`. Every method may be called from one event loop; all work happens on the vault's thread, in order."""

    def __init__(self, path: Path, keys: VaultKeys, clock: Clock, place: Place) -> None:
        self._path, self._keys, self._clock, self._place = path, keys, clock, place
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vault")
        self._log = Log(keys.signer)
        self._boot = audit_log.boot_id()
        self._waiting = 0
        self._closed = False
        self.witness_late = (
            False  # the last checkpoint could not be written beside the vault; tried again at each commit
        )
        self._unsure = False  # a commit failed, and nobody has looked yet whether it happened
        self._database: Store

    @classmethod
    def open(
        cls, path: Path, keys: VaultKeys, *, clock: Clock, schemas: Sequence[MetaData] = (), server: str = ""
    ) -> Vault:
        """Opens or makes the vault at `path`, migrates its tables to this program's version and verifies its whole audit log.
        `server`: where its rows lie when that is no file (a connection string of libpq, triage/vault/postgres.py); the witness
        stands beside `path` all the same. `schemas`: further tables that are made if they are missing.

        Raises VaultError (wrong key, damage, disk, second process, newer vault) and LogNotWhole (audit log, rollback)."""
        vault = cls(path, keys, clock, VaultServer(server) if server else VaultFile(path))
        with ExitStack() as undo:
            undo.callback(vault._thread.shutdown)
            vault._thread.submit(vault._start, tuple(schemas)).result()
            undo.pop_all()
        return vault

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest committed one."""
        return self._log.checkpoint

    @property
    def verifier(self) -> Verifier:
        return self._keys.signer.verifier

    @property
    def witness_file(self) -> Path:
        return self._path.parent / WITNESS_FILE

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` inside BEGIN IMMEDIATE and COMMIT, and returns its result once it is on the disk. An exception rolls
        everything back and comes out here. Raises VaultError when the store fails or too much is waiting.

        A caller that is cancelled meanwhile does not learn whether the commit happened: give acts an idempotency key."""
        if self._closed:
            raise VaultError("The vault is closed.")
        if self._waiting >= WAITING_MAX:
            raise VaultError("The vault cannot keep up.", advice="Check the disk: commits wait for it.")
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)
        future.add_done_callback(self._one_less)
        return await future

    def _one_less(self, _: object) -> None:
        self._waiting -= 1

    async def faults(self) -> tuple[Checkpoint, tuple[Fault, ...]]:
        """Verifies the committed log again, a page at a time so that calls go on. The checkpoint it verified against."""
        checkpoint = self._log.checkpoint
        replay = Replay(self.verifier, records.matches, stop=checkpoint.size)
        while await self.run(lambda tx: replay.page(tx.execute)):
            pass
        return checkpoint, replay.finish(checkpoint)

    async def close(self) -> None:
        """Finishes what is waiting, then closes. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._stop)
        self._thread.shutdown()

    # On the vault's thread from here on.

    def _start(self, schemas: tuple[MetaData, ...]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise VaultError("The state folder cannot be made.", advice=f"{error.strerror}") from None
        with ExitStack() as undo:
            undo.callback(self._place.release)
            self._place.hold()
            fresh = self._place.empty()
            kept = self._witness(fresh)
            if kept.size and fresh:
                raise VaultError(
                    "The vault is gone, but the witness beside it says that there was one.",
                    advice="Restore the newest backup. Only if the data was given up on purpose, move the witness away.",
                )
            self._database = self._place.open(self._keys.database)
            undo.callback(self._database.close)
            checkpoint = self._load(kept, fresh)
            for more in schemas:
                self._database.add(more)
            self._write_witness(checkpoint)
            undo.pop_all()

    def _load(self, kept: Checkpoint, fresh: bool) -> Checkpoint:
        """Migrates and verifies; only a whole log is migrated, and the migration is its next entry."""

        def work(tx: Transaction) -> None:
            try:
                before = migrations.migrate(self._database.connection)
            except SQLAlchemyError:
                raise VaultError("The vault cannot be migrated.", advice="Nothing was changed.") from None
            self._log.load(tx.execute, (kept,), records.matches)
            if not fresh and before != migrations.newest():
                tx.append(Entry("vault.migrated", "core", details=(("version", migrations.newest()),)))

        self._transact(work)
        return self._log.checkpoint

    def _witness(self, fresh: bool) -> Checkpoint:
        """The checkpoint beside the vault. A new vault gets one of size 0 first, so that a missing one always means loss."""
        file = self.witness_file
        try:
            with file.open("rb") as stream:
                note = stream.read(NOTE_BYTES_MAX + 1).decode("utf-8")
        except FileNotFoundError:
            if not fresh:
                raise VaultError(
                    "The audit witness is missing, so an older database cannot be told from the right one.",
                    advice=f"Put {WITNESS_FILE} back, or any newer kept checkpoint of this log under that name.",
                ) from None
            self._write_witness(self._log.checkpoint)
            return self._log.checkpoint
        except (OSError, UnicodeDecodeError):
            raise VaultError("The audit witness cannot be read.", advice=f"Check {WITNESS_FILE}.") from None
        try:
            return self.verifier.open(note)
        except CheckpointInvalid as fault:
            raise VaultError(
                "The audit witness does not fit this vault's keys.",
                advice=f"{WITNESS_FILE}: {fault.message} Put back the right file or the right keys.",
            ) from None

    def _write_witness(self, checkpoint: Checkpoint) -> None:
        """Replaces the witness. It may lag behind the vault, never run ahead; so a failure here fails no commit."""
        new = self.witness_file.with_suffix(".new")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as stream:
                stream.write(checkpoint.note.encode())
                stream.flush()
                os.fsync(stream.fileno())  # a half-written witness would keep the line from starting
            new.replace(self.witness_file)
        except OSError:
            self.witness_late = True
        else:
            self.witness_late = False

    def _stop(self) -> None:
        try:
            self._database.close()
        finally:
            self._place.release()

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        database = self._database
        transaction = Transaction(database, self._keys, self._log, self._clock, self._boot)
        with ExitStack() as undo:
            undo.callback(database.roll_back)
            undo.callback(self._log.rolled_back)
            database.begin()
            if self._unsure and audit_log.stored_size(database.execute) != self._log.size:
                self._log.load(database.execute, (self._log.checkpoint,), records.matches)
            self._unsure = False
            result = work(transaction)
            checkpoint = transaction.finish()
            self._unsure = True
            database.commit()
            self._unsure = False
            undo.pop_all()
        if checkpoint is not None:
            self._log.committed(checkpoint)
            self._write_witness(checkpoint)
        if transaction.shredded:
            database.forget()
        return result
