from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from triage.clock import SystemClock
from triage.testing.vault_keys import temporary_keys
from triage.vault.keys import VaultKeys
from triage.vault.vault import Vault

NOTES = "CREATE TABLE IF NOT EXISTS note (text TEXT NOT NULL CHECK (text <> '')) STRICT"

Open = Callable[[], Vault]


@pytest.fixture
def keys() -> VaultKeys:
    return temporary_keys()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vault.db"


@pytest.fixture
def open_vault(file: Path, keys: VaultKeys) -> Open:
    def opened(schemas: Sequence[str] = (NOTES,)) -> Vault:
        return Vault.open(file, keys, clock=SystemClock(), schemas=schemas)

    return opened
