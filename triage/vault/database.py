"""SQLCipher: opening with a raw key, and what its errors mean for the operator.

Order matters: `cipher_memory_security` before the key, the key before anything that reads. Every call here happens on the
vault's one thread.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlcipher3 import dbapi2 as sqlcipher

from triage.errors import VaultError

BUSY_MS_MAX = 5_000  # only a backup tool could hold the lock: the vault has one process and one thread
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


class Database:
    """One connection in autocommit mode; transactions are explicit."""

    def __init__(self, file: Path, key: bytes) -> None:
        """Opens or makes `file` (mode 0600). `key`: 32 bytes. Raises VaultError."""
        fresh = _prepare(file)
        self.fresh = fresh
        try:
            self._connection = sqlcipher.connect(  # type: ignore[attr-defined]
                str(file), isolation_level=None, timeout=BUSY_MS_MAX / 1000
            )
        except SqlError as error:
            raise explain(error) from None
        try:
            self._configure(key)
        except SqlError as error:
            self._connection.close()
            raise explain(error) from None
        except VaultError:
            self._connection.close()
            raise

    def _configure(self, key: bytes) -> None:
        run = self._connection.execute
        run("PRAGMA cipher_memory_security = ON")
        run(f"PRAGMA key = \"x'{key.hex()}'\"")
        run(f"PRAGMA busy_timeout = {BUSY_MS_MAX}")
        if not run("PRAGMA cipher_version").fetchone():
            raise VaultError("This build of SQLite cannot encrypt.", advice="Install the locked sqlcipher3 wheel.")
        run("SELECT count(*) FROM sqlite_master").fetchone()  # the first read: a wrong key fails here
        if not self.fresh and run("PRAGMA cipher_integrity_check").fetchone():
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

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows. Raises VaultError."""
        try:
            return list(self._connection.execute(sql, parameters).fetchall())
        except SqlError as error:
            raise explain(error) from None

    def script(self, sql: str) -> None:
        try:
            self._connection.executescript(sql)
        except SqlError as error:
            raise explain(error) from None

    def copy(self, file: Path, key: bytes) -> None:
        """A whole copy of what is committed, in the new file `file`, under another key. Raises VaultError."""
        target = Database(file, key)
        try:
            self._connection.backup(target._connection)
        except SqlError as error:
            raise explain(error) from None
        finally:
            target.close()

    def roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite has already rolled back after some errors
            self.execute("ROLLBACK")

    def close(self) -> None:
        try:
            self._connection.close()
        except SqlError as error:
            raise explain(error) from None


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
