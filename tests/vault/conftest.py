from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, MetaData, Table, Text

from tests.vault.cluster import ENGINES, cluster
from triage.clock import SystemClock
from triage.testing.vault_keys import temporary_keys
from triage.vault.keys import VaultKeys
from triage.vault.vault import Vault

NOTES = MetaData()
Table("note", NOTES, Column("text", Text, CheckConstraint("text <> ''"), nullable=False))

Open = Callable[..., Vault]


@pytest.fixture
def keys() -> VaultKeys:
    return temporary_keys()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vault.db"


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> str:
    """Where the rows lie: "" for the encrypted file, else a new database's connection string."""
    return cluster().new() if request.param == "postgresql" else ""


def opener(file: Path, keys: VaultKeys, server: str) -> Open:
    def opened(schemas: Sequence[MetaData] = (NOTES,), *, keys: VaultKeys = keys, server: str = server) -> Vault:
        return Vault.open(file, keys, clock=SystemClock(), schemas=schemas, server=server)

    return opened


@pytest.fixture
def open_vault(file: Path, keys: VaultKeys, server: str) -> Open:
    """On each engine in turn."""
    return opener(file, keys, server)


@pytest.fixture
def open_file(file: Path, keys: VaultKeys) -> Open:
    """On SQLCipher: what is about the file itself."""
    return opener(file, keys, "")
