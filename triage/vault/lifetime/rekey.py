"""A new key for the SQLCipher database: a copy under the new key, which takes the old file's place in one step.

Theory: the copy is made beside the vault, verified whole (every page, the audit log against the witness), and gets the entry
database.rekeyed; so with the one rename the new file and its entry come into force together. Both database keys lie in the keys
folder until the rename is durable. A kill before the rename leaves the old vault, one after it the new; `settle`, at every start,
finds which, and lets go of what is left over. (SQLCipher's own PRAGMA rekey writes in place: its entry could only follow later.)

The appliance is stopped meanwhile, and the state folder needs room for a second vault.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from triage.audit.entry import Entry
from triage.clock import Clock
from triage.errors import VaultError
from triage.vault.database import Database, Lock
from triage.vault.keys import (
    DATABASE_FILE,
    KEY_BYTES,
    NEXT_DATABASE_FILE,
    Keyring,
    VaultKeys,
    load,
    pseudonym_key,
    read_database_key,
    sync_folder,
    write_database_key,
)  # fmt: skip
from triage.vault.lifetime import tables
from triage.vault.vault import WITNESS_FILE, Transaction, Vault

ASIDE: Final = "rekey"  # folder beside the vault in which the copy is made


async def rekey(path: Path, folder: Path, ring: Keyring, clock: Clock, *, who: str, why: str) -> None:
    """`path`: the vault; `folder`: the keys'. Raises VaultError (also while the appliance runs), IntegrityError, LogNotWhole;
    then the old vault and its key are as they were."""
    settle(path, folder, ring)
    keys = load(folder, ring)
    with _locked(path):
        new = replace(keys, database=secrets.token_bytes(KEY_BYTES))
        write_database_key(folder, keys.kek, new.database, NEXT_DATABASE_FILE)
        copy = _copy(path, keys, new)
        vault = Vault.open(copy, new, clock=clock, schemas=())
        try:
            await vault.run(partial(_record, keys=keys, who=who, why=why))
        finally:
            await vault.close()
        _put_in_place(copy, path)
        _finish(path, folder)


def settle(path: Path, folder: Path, ring: Keyring) -> None:
    """After a rekey that was killed: either it has happened, then its key is the database's key; or it has not. Nothing when
    there was none. Raises VaultError when neither key opens the vault."""
    if not (folder / NEXT_DATABASE_FILE).exists():
        return
    with _locked(path):
        key_id, wrapped = read_database_key(folder)
        _, next_wrapped = read_database_key(folder, NEXT_DATABASE_FILE)
        kek = ring.find(key_id)
        if _opens(path, kek.unwrap(wrapped)):
            (folder / NEXT_DATABASE_FILE).unlink()
            shutil.rmtree(path.parent / ASIDE, ignore_errors=True)
            return
        Database(path, kek.unwrap(next_wrapped)).close()
        _finish(path, folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    if not path.exists():
        raise VaultError("There is no vault yet.", advice=f"Looked for {path}.")
    lock = Lock(path.with_name(path.name + ".lock"))
    try:
        yield
    finally:
        lock.release()


def _copy(path: Path, keys: VaultKeys, new: VaultKeys) -> Path:
    aside = path.parent / ASIDE
    shutil.rmtree(aside, ignore_errors=True)
    database = Database(path, keys.database)
    try:
        aside.mkdir(mode=0o700)
        shutil.copy(path.parent / WITNESS_FILE, aside / WITNESS_FILE)  # what the copy is verified against
        database.copy(aside / path.name, new.database)
    except OSError as error:
        raise VaultError("The copy of the vault cannot be made.", advice=f"{aside}: {error.strerror}") from None
    finally:
        database.close()
    return aside / path.name


def _record(tx: Transaction, keys: VaultKeys, who: str, why: str) -> None:
    tables.keep_pseudonym_key(tx.execute, pseudonym_key(keys.database))  # a caller who rings again must be known again
    tx.append(Entry("database.rekeyed", who, reason=why))


def _put_in_place(copy: Path, path: Path) -> None:
    """Closed, both databases have no write-ahead log; an old one beside the new file would be its end."""
    if any(file.with_name(file.name + "-wal").exists() for file in (copy, path)):
        raise VaultError("The vault could not be closed.", advice="Another program has it open; stop that first.")
    try:
        with copy.open("rb") as stream:
            os.fsync(stream.fileno())
        sync_folder(copy.parent)
        copy.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise VaultError("The vault's file cannot be replaced.", advice=f"{path}: {error.strerror}") from None


def _finish(path: Path, folder: Path) -> None:
    try:
        (folder / NEXT_DATABASE_FILE).replace(folder / DATABASE_FILE)
        sync_folder(folder)
    except OSError as error:
        raise VaultError("A key file cannot be written.", advice=f"{folder}: {error.strerror}") from None
    shutil.rmtree(
        path.parent / ASIDE, ignore_errors=True
    )  # its witness too: the vault's own lags, and is brought up at the start


def _opens(path: Path, key: bytes) -> bool:
    try:
        Database(path, key).close()
    except VaultError as error:
        if "SQLITE_NOTADB" not in error.advice:
            raise
        return False
    return True
