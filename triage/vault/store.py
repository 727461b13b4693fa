"""The vault's rows behind one interface, whichever engine holds them: SQLCipher (database.py) or PostgreSQL (postgres.py).

SQLAlchemy Core runs the statements: plain SQL that both engines understand, `?` for each value, or a Core statement where they
differ. Transactions are explicit, and everything happens on the vault's one thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Engine, Executable, MetaData
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from triage.errors import VaultError

Row = tuple[Any, ...]


class Store(ABC):
    """One connection in autocommit mode. Every method raises VaultError, never the engine's own error: that quotes values."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        try:
            self.connection = engine.connect()
        except SQLAlchemyError as error:
            raise self._meaning(error) from None

    def execute(self, statement: str | Executable, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows."""
        try:
            if isinstance(statement, str):
                result = self.connection.exec_driver_sql(self.spelled(statement), tuple(parameters))
            else:
                result = self.connection.execute(statement)
            return [tuple(row) for row in result] if result.returns_rows else []
        except SQLAlchemyError as error:
            raise self._meaning(error) from None

    def add(self, tables: MetaData) -> None:
        """Makes those of `tables` that are not there."""
        try:
            tables.create_all(self.connection)
        except SQLAlchemyError as error:
            raise self._meaning(error) from None

    def roll_back(self) -> None:
        """Nothing of the open transaction remains; the connection can be used again."""
        if self.connection.invalidated:  # the server went away, and the transaction with it
            self.connection.rollback()
        elif self.in_transaction:  # SQLite has already rolled back after some errors
            self.execute("ROLLBACK")

    def close(self) -> None:
        try:
            self.connection.close()
            self._engine.dispose()
        except SQLAlchemyError as error:
            raise self._meaning(error) from None

    @property
    def raw(self) -> Any:
        """The driver's own connection."""
        return self.connection.connection.dbapi_connection

    def _meaning(self, error: SQLAlchemyError) -> VaultError:
        if isinstance(error, StatementError) and isinstance(error.orig, VaultError):  # connecting again was refused
            return error.orig
        if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
            return self.explain(error.orig)
        return VaultError(
            "The vault could not do this.", advice=f"This is a fault of the program. ({type(error).__name__})"
        )

    @abstractmethod
    def begin(self) -> None:
        """Opens a transaction that will write."""

    @abstractmethod
    def commit(self) -> None:
        """Returns once it is on the disk."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool: ...

    @abstractmethod
    def forget(self) -> None:
        """After a commit that destroyed a key: what the engine keeps of the old row goes too, as far as it can."""

    @abstractmethod
    def spelled(self, sql: str) -> str:
        """`sql` with the driver's own sign for a value."""

    @abstractmethod
    def explain(self, error: Exception) -> VaultError:
        """What the driver's error means for the operator."""


class Place(Protocol):
    """Where a vault's rows lie. `hold` first."""

    def hold(self) -> None:
        """From now on no other process opens this vault. Raises VaultError when one has it."""
        ...

    def empty(self) -> bool:
        """Whether there never was a vault here. Raises VaultError."""
        ...

    def open(self, key: bytes) -> Store:
        """Opens the vault or makes an empty one. `key`: the database key, 32 bytes. Raises VaultError."""
        ...

    def release(self) -> None: ...
