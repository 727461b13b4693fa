"""PostgreSQL 15 in place of the encrypted file, for sites that keep their data on a database server of their own.

What the vault seals stays sealed by the vault; the other columns (ids, codes, times) are as safe as the server's disks. One process
writes: it holds an advisory lock (PostgreSQL 15 manual, 13.3.5) for as long as its session lives. A commit is acknowledged once the
server has it on its disk, and on its synchronous standbys where it has some (20.5.1).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from triage.errors import UsageError, VaultError
from triage.vault.store import Store

LOCK: Final = int.from_bytes(hashlib.sha256(b"triage vault").digest()[:8], "big", signed=True)
# A server that is away for so long is down for the call: a human takes it.
PATIENCE: Final = {
    "connect_timeout": 5,  # s
    "tcp_user_timeout": 5_000,  # ms without an acknowledgement
    "options": "-c synchronous_commit=on -c lock_timeout=2s -c statement_timeout=60s -c search_path=public"
    " -c idle_in_transaction_session_timeout=60s"
    # the lock of an appliance whose machine has vanished is free after 25 s
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    "application_name": "triage",
}
ENCRYPTED: Final = ("verify-full",)  # the only mode that cannot be talked out of TLS by somebody in between

_MEANINGS: Final[tuple[tuple[str, str, str], ...]] = (  # SQLSTATE by its beginning, appendix A of the manual
    ("53100", "The database server's disk is full.", "Free space there; until then every call goes to a human."),
    ("53", "The database server has no room for this.", "Look at its connections, memory and log."),
    ("23", "The store refused a value.", "A constraint of the schema forbids it; this is a fault of the program."),
    ("25006", "The database server is read-only.", "It is a standby: name the primary in the configuration."),
    ("42501", "The database server forbids this.", "The appliance's role must own its database."),
    ("55P03", "The vault is locked by another program.", "Stop the program that holds the rows."),
    ("58", "The database server's disk failed.", "Check its disk and its log."),
    ("XX", "The database server found its data damaged.", "Restore the newest backup; keep the damaged one."),
    ("57", "The database server stopped the work.", "Is it restarting? The appliance connects again by itself."),
    ("08", "The database server does not answer.", "Does it run, has it the database, does it let the role in?"),
)


def explain(error: Exception) -> VaultError:
    """The VaultError for an error of psycopg. The server's own text is left out: it may quote values."""
    state = getattr(error, "sqlstate", None) or ("08" if isinstance(error, psycopg.OperationalError) else "")
    for beginning, message, advice in _MEANINGS:
        if state.startswith(beginning):
            return VaultError(message, advice=f"{advice} ({state})")
    return VaultError(
        "The vault could not do this.", advice=f"This is a fault of the program. ({state or type(error).__name__})"
    )


class Server(Store):
    """The database that `conninfo` names (a connection string of libpq, without a password)."""

    def __init__(self, conninfo: str) -> None:
        """Raises VaultError, also when another process has this vault open."""
        self._conninfo = conninfo
        super().__init__(
            create_engine(
                "postgresql+psycopg://", creator=self._connect, poolclass=NullPool, isolation_level="AUTOCOMMIT",
                hide_parameters=True, use_native_hstore=False,
            )
        )  # fmt: skip

    def _connect(self) -> Any:
        """Also after the server was away: the lock is asked for again, and may have another holder by then."""
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True, **PATIENCE)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise explain(error) from None
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))  # a process that just died frees it at once
        except psycopg.errors.LockNotAvailable:
            connection.close()
            raise VaultError(
                "Another process has this vault open.", advice="Is an appliance running already? Stop it first."
            ) from None
        except psycopg.Error as error:
            connection.close()
            raise explain(error) from None
        return connection

    def close(self) -> None:
        if not (self.connection.closed or self.connection.invalidated):
            self.execute("SELECT pg_advisory_unlock_all()")  # before the server notices that the session has ended
        super().close()

    def begin(self) -> None:
        if self.connection.invalidated:
            self.connection.rollback()  # gone with the session; the next statement connects again
        self.execute("BEGIN")

    def commit(self) -> None:
        if self.raw.info.transaction_status is not TransactionStatus.INTRANS:
            # After a failed statement COMMIT would roll back, and say so only in passing.
            raise VaultError("The vault could not do this.", advice="A statement before had failed.")
        self.execute("COMMIT")

    @property
    def in_transaction(self) -> bool:
        return self.raw.info.transaction_status is not TransactionStatus.IDLE

    def forget(self) -> None:
        self.execute("VACUUM vault_data_key")  # the old row version; the server's own log keeps it until it is recycled

    def spelled(self, sql: str) -> str:
        return _spelled(sql)

    def explain(self, error: Exception) -> VaultError:
        return explain(error)


class VaultServer:
    """The place of a vault that lies on a PostgreSQL server."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = check(conninfo)
        self._server: Server | None = None

    def hold(self) -> None:
        self._server = Server(self._conninfo)

    def empty(self) -> bool:
        return self._held.execute("SELECT to_regclass('audit_entry') IS NULL") == [(True,)]

    def open(self, key: bytes) -> Store:
        return self._held

    def release(self) -> None:
        if self._server is not None:
            self._server.close()

    @property
    def _held(self) -> Server:
        if self._server is None:
            raise VaultError("The vault is not held.")
        return self._server


def check(conninfo: str) -> str:
    """`conninfo`, when it names a Unix socket or a server behind verified TLS. Raises UsageError."""
    try:
        parts = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise UsageError("The database server is not named as libpq wants it.", advice="host=... dbname=...") from None
    if "password" in parts:
        raise UsageError("A password does not belong into the configuration.", advice="Use passfile= or a certificate.")
    hosts = str(parts.get("host", "")).split(",")
    if not all(host.startswith("/") for host in hosts) and parts.get("sslmode") not in ENCRYPTED:
        raise UsageError(
            "The way to the database server is not encrypted.",
            advice="Say host= (a folder is a Unix socket), or sslmode=verify-full and sslrootcert= for a server elsewhere.",
        )
    return conninfo


@lru_cache(maxsize=1024)
def _spelled(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")
