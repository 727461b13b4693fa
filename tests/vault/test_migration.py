"""An old vault opens and is brought to this program's schema; one of a newer program is refused and left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from tests.vault.campaign import OLD
from tests.vault.faulty import copy_of, version
from triage.audit import log as audit_log
from triage.clock import SystemClock
from triage.conversation import records as calls
from triage.desk import store
from triage.errors import VaultError
from triage.escalation.levels import Level
from triage.officer import breakglass, disclosures, selection
from triage.vault import keys as vault_keys
from triage.vault import migrations, records
from triage.vault.database import Database
from triage.vault.postgres import Server
from triage.vault.vault import Transaction, Vault

ROOMS = (
    audit_log.SCHEMA, records.SCHEMA, store.SCHEMA, calls.SCHEMA, selection.SCHEMA, breakglass.SCHEMA, disclosures.SCHEMA,
)  # fmt: skip
BEFORE = 17  # entries of the old vault's log


def opened(folder: Path) -> Vault:
    return Vault.open(folder / "vault.db", vault_keys.load(folder / "keys"), clock=SystemClock())


async def test_an_old_vault_opens_with_everything_in_it(tmp_path: Path) -> None:
    folder = copy_of(OLD, tmp_path / "old")
    assert version(folder) == ""
    vault = opened(folder)
    assert vault.checkpoint.size == BEFORE + 1
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    assert b'"vault.migrated"' in rows[-1][0]

    def since(tx: Transaction) -> list[Level]:
        return [handoff.level for handoff in store.since(tx, 1_000_000_000_000)]

    assert await vault.run(since) == [Level.DANGER, Level.HUMAN, Level.CLINICAL, Level.CRISIS]
    rows = await vault.run(lambda tx: tx.execute("SELECT level FROM handoff ORDER BY call_id"))
    assert [row[0] for row in rows] == [Level.DANGER, Level.HUMAN, Level.CLINICAL, Level.CRISIS]
    callers = await vault.run(lambda tx: tx.unseal("call-1", "caller", who="core", why="recovery"))
    assert callers == [b'{"number":"5550143"}']
    assert (await vault.faults())[1] == ()
    await vault.close()
    assert version(folder) == migrations.newest()
    vault = opened(folder)
    assert vault.checkpoint.size == BEFORE + 2  # the reading; no second migration
    await vault.close()


async def test_an_old_vault_that_is_not_whole_is_not_migrated(tmp_path: Path) -> None:
    folder = copy_of(OLD, tmp_path / "old")
    database = Database(folder / "vault.db", vault_keys.load(folder / "keys").database)
    database.execute("DELETE FROM vault_record WHERE number = 2")
    database.close()
    with pytest.raises(Exception, match="not whole"):
        opened(folder)
    assert version(folder) == ""


async def test_a_vault_of_a_newer_program_is_refused_and_left_alone(open_vault, server: str, file: Path, keys) -> None:
    vault = open_vault()
    await vault.run(lambda tx: tx.execute("UPDATE alembic_version SET version_num = '9000'"))
    await vault.close()
    for _ in range(2):
        with pytest.raises(VaultError, match="newer version"):
            open_vault()
    database = Server(server) if server else Database(file, keys.database)
    assert database.execute("SELECT version_num FROM alembic_version") == [("9000",)]
    database.close()


async def test_the_history_makes_what_the_rooms_say(open_vault, server: str, file: Path, keys) -> None:
    await open_vault(schemas=()).close()
    database = Server(server) if server else Database(file, keys.database)
    context = MigrationContext.configure(
        database.connection, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, list(ROOMS)) == []
    database.close()
