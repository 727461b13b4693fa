"""SQLCipher: one encrypted file, opened with a raw key; and what its errors mean for the operator.

Order matters: `cipher_memory_security` before the key, the key before anything that reads. Every call here happens on the
vault's one thread.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Executable, create_engine
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2 as sqlcipher

from triage.errors import VaultError
from triage.vault.store import Row, Store

BUSY_MS_MAX = 5_000  # only a backup tool could hold the lock: the vault has one process and one thread
KEY_BYTES: Final = 32
PLAIN_HEADER: Final = b"SQLite format 3\x00"

SqlError: type[Exception] = sqlcipher.Error  # type: ignore[attr-defined]  # the C module has no stubs

_MEANINGS: Final[dict[int, tuple[str, str]]] = {  # SQLite primary result codes, sqlite3.h
    5: ("The vault is locked by another program.", "Stop the program that has the file open."),
    8: ("The vault is read-only.", "Check the owner, the mode and the mount options of the state folder."),
    10: ("The vault's disk failed to read or write.", "Check the disk, its free space and the system log."),
    11: ("The vault is damaged.", "Restore the newest backup; keep the damaged file for the inquiry."),
    13: ("The disk is full.", "Free space in the state folder; until then every call goes to a human."),
    14: ("The vault's file cannot be opened.", "Check that the state folder exists and belongs to this user."),
    19: ("The store refused a value.", "A constraint of the schema forbids it; this is a fault of the program."),
    26: (
        "The vault does not open with this key.",
        "Either the key is another vault's (is the keys folder the right one?) or the file is damaged: restore it.",
    ),
}


def explain(error: Exception) -> VaultError:
    """The VaultError for an error of SQLCipher. SQLite's own text is left out: it may quote values."""
    code = int(getattr(error, "sqlite_errorcode", 0) or 0)
    message, advice = _MEANINGS.get(code & 0xFF, ("The vault could not do this.", "This is a fault of the program."))
    return VaultError(message, advice=f"{advice} ({getattr(error, 'sqlite_errorname', None) or type(error).__name__})")


class Lock:
    """Holds `file` so that no second process opens the same vault. The kernel lets go when the process dies."""

    def __init__(self, file: Path) -> None:
        try:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise VaultError("The vault's lock cannot be made.", advice=f"{file}: {error.strerror}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise VaultError(
                "Another process has this vault open.", advice="Is the appliance running already? Stop it first."
            ) from None

    def release(self) -> None:
        os.close(self._descriptor)


def held(file: Path) -> bool:
    """Whether a process has the vault open whose lock `file` is."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)


class Database(Store):
    """The encrypted file."""

    def __init__(self, file: Path, key: bytes) -> None:
        """Opens or makes `file` (mode 0600). `key`: 32 bytes. Raises VaultError."""
        self._file, self._key = file, key
        self._fresh = _prepare(file)
        # Autocommit: BEGIN and COMMIT are written out, so that nothing else decides when a transaction begins.
        super().__init__(
            create_engine(
                "sqlite+pysqlite://", module=sqlcipher, creator=self._connect, poolclass=NullPool,
                isolation_level="AUTOCOMMIT", hide_parameters=True,
            )
        )  # fmt: skip
        self._driver = self.raw  # one connection for good: a file does not go away as a server does

    def execute(self, statement: str | Executable, parameters: Sequence[Any] = ()) -> list[Row]:
        """Plain SQL straight to the driver: verifying the log at each start asks it hundreds of thousands of times, and through
        SQLAlchemy that would take twice as long."""
        if not isinstance(statement, str):
            return super().execute(statement)
        try:
            rows: list[Row] = self._driver.execute(statement, parameters).fetchall()
            return rows
        except SqlError as error:
            raise explain(error) from None

    def _connect(self) -> Any:
        connection = connect(self._file, self._key)
        try:
            configure(connection, fresh=self._fresh)
        except SqlError as error:
            connection.close()
            raise explain(error) from None
        except VaultError:
            connection.close()
            raise
        return connection

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.execute("COMMIT")

    @property
    def in_transaction(self) -> bool:
        return bool(self._driver.in_transaction)

    def forget(self) -> None:
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the key's old page leaves the write-ahead log too

    def copy(self, file: Path, key: bytes) -> None:
        """A whole copy of what is committed, in the new file `file`, under another key. Raises VaultError."""
        target = Database(file, key)
        try:
            self._driver.backup(target._driver)
        except SqlError as error:
            raise explain(error) from None
        finally:
            target.close()

    def spelled(self, sql: str) -> str:
        return sql

    def explain(self, error: Exception) -> VaultError:
        return explain(error)


class VaultFile:
    """The place of a vault that is one encrypted file on this machine."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock: Lock | None = None

    def hold(self) -> None:
        self._lock = Lock(self._file.with_name(self._file.name + ".lock"))

    def empty(self) -> bool:
        try:
            return self._file.stat().st_size == 0
        except FileNotFoundError:
            return True
        except OSError as error:
            raise VaultError("The vault's file cannot be read.", advice=f"{self._file}: {error.strerror}") from None

    def open(self, key: bytes) -> Store:
        return Database(self._file, key)

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def connect(file: Path, key: bytes) -> Any:
    """The driver's connection to `file`, keyed; nothing has been read with it yet. Raises VaultError."""
    if len(key) != KEY_BYTES:
        raise VaultError("The vault's key has the wrong length.", advice=f"It must have {KEY_BYTES} bytes.")
    try:
        connection = sqlcipher.connect(  # type: ignore[attr-defined]
            str(file), isolation_level=None, timeout=BUSY_MS_MAX / 1000
        )
    except SqlError as error:
        raise explain(error) from None
    connection.execute("PRAGMA cipher_log_level = NONE")  # what fails, we say ourselves
    connection.execute("PRAGMA cipher_memory_security = ON")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    if not connection.execute("PRAGMA cipher_version").fetchone():
        connection.close()
        raise VaultError("This build of SQLite cannot encrypt.", advice="Install the locked sqlcipher3 wheel.")
    return connection


def configure(connection: Any, *, fresh: bool) -> None:
    """Reads for the first time and sets how the vault writes. Raises SqlError and VaultError."""
    run = connection.execute
    run(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
    run("SELECT count(*) FROM sqlite_master").fetchone()  # the first read: a wrong key fails here
    # Folded in first: a power loss while pages were being copied back leaves torn ones in the file, and whole ones in the log.
    run("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if not fresh and run("PRAGMA cipher_integrity_check").fetchone():
        message, advice = _MEANINGS[11]
        raise VaultError(message, advice=f"{advice} (a page's HMAC does not fit)")
    mode = run("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise VaultError("The vault's file system cannot do write-ahead logging.", advice="Use a local disk.")
    run("PRAGMA synchronous = FULL")  # the commit waits for the disk: durable before spoken
    run("PRAGMA foreign_keys = ON")
    run("PRAGMA secure_delete = ON")  # a shredded data key is overwritten
    run("PRAGMA trusted_schema = OFF")
    run("PRAGMA temp_store = MEMORY")


def _prepare(file: Path) -> bool:
    """Makes the empty file with mode 0600, or looks at the one there. True when it is new."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        return True
    except FileExistsError:
        pass
    except OSError as error:
        raise VaultError("The vault's file cannot be made.", advice=f"{file}: {error.strerror}") from None
    try:
        with file.open("rb") as stream:
            header = stream.read(len(PLAIN_HEADER))
    except OSError as error:
        raise VaultError("The vault's file cannot be read.", advice=f"{file}: {error.strerror}") from None
    if header == PLAIN_HEADER:
        raise VaultError("The vault's file is not encrypted.", advice=f"{file} was put there by another program.")
    return not header
