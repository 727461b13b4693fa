"""What goes wrong around a vault: each ends in one clear sentence, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.vault.cluster import cluster
from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.errors import VaultError
from triage.testing.vault_keys import temporary_keys
from triage.vault import keys as vault_keys
from triage.vault.keys import VaultKeys
from triage.vault.vault import Transaction, Vault

WORKER = Path(__file__).parent / "escalations.py"


def escalate(tx: Transaction) -> int:
    tx.seal("call-1", "packet", secrets.token_bytes(2_000))
    return tx.append(Entry("escalation.recorded", "core", call_id="call-1"))


async def fill(vault: Vault, count: int = 5) -> None:
    for _ in range(count):
        await vault.run(escalate)


async def test_a_wrong_key(open_file, file: Path, keys: VaultKeys) -> None:
    vault = open_file()
    await fill(vault)
    await vault.close()
    with pytest.raises(VaultError, match="does not open with this key"):
        Vault.open(file, replace(keys, database=secrets.token_bytes(32)), clock=SystemClock(), schemas=())
    vault = open_file()  # the failed attempt did no harm
    assert vault.checkpoint.size == 5
    await vault.close()


async def test_another_signing_key(open_vault, keys: VaultKeys) -> None:
    vault = open_vault()
    await fill(vault)
    await vault.close()
    with pytest.raises(VaultError, match="does not fit this vault's keys"):
        open_vault(keys=replace(keys, signer=temporary_keys().signer))


@pytest.mark.parametrize("page", [0, 1, 3, -1])
async def test_a_damaged_page(open_file, file: Path, page: int) -> None:
    vault = open_file()
    await fill(vault)
    await vault.close()
    content = bytearray(file.read_bytes())
    at = (page % (len(content) // 4096)) * 4096 + 2_000
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(VaultError, match=r"damaged|does not open"):
        open_file()


async def test_a_file_that_was_cut_off(open_file, file: Path) -> None:
    vault = open_file()
    await fill(vault)
    await vault.close()
    os.truncate(file, file.stat().st_size - 4096 * 2)
    with pytest.raises(VaultError, match=r"damaged|does not open"):
        open_file()


async def test_a_plain_database_in_its_place(open_file, file: Path) -> None:
    vault = open_file()
    await vault.close()
    file.unlink()
    plain = sqlite3.connect(file)
    plain.execute("CREATE TABLE t (a)")
    plain.commit()
    plain.close()
    with pytest.raises(VaultError, match="not encrypted"):
        open_file()


async def test_a_second_opener_is_refused(open_vault) -> None:
    vault = open_vault()
    with pytest.raises(VaultError, match="Another process"):
        open_vault()
    await fill(vault, 1)
    await vault.close()


async def test_a_database_put_back_to_an_older_state(open_vault, file: Path, server: str) -> None:
    vault = open_vault()
    await fill(vault)
    await vault.close()
    older = ""
    if server:
        older = cluster().new(template=server.rpartition("=")[2])
    else:
        shutil.copy(file, file.with_suffix(".older"))
    vault = open_vault()
    await fill(vault)
    await vault.close()
    if not server:
        shutil.copy(file.with_suffix(".older"), file)
    with pytest.raises(LogNotWhole) as found:
        open_vault(server=older)
    assert [fault.kind for fault in found.value.faults] == [FaultKind.ROLLED_BACK]
    assert "older" in found.value.advice


async def test_an_empty_database_in_place_of_the_vault(open_vault, file: Path, server: str) -> None:
    vault = open_vault()
    await fill(vault)
    await vault.close()
    file.unlink(missing_ok=True)
    with pytest.raises(VaultError, match="vault is gone"):
        open_vault(server=cluster().new() if server else "")


async def test_a_vault_or_a_witness_that_is_gone(open_file, file: Path) -> None:
    vault = open_file()
    await fill(vault)
    witness = vault.witness_file
    await vault.close()
    aside = witness.with_suffix(".aside")
    witness.rename(aside)
    with pytest.raises(VaultError, match="witness is missing"):
        open_file()
    witness.write_bytes(b"\xff")
    with pytest.raises(VaultError, match="cannot be read"):
        open_file()
    witness.write_bytes(aside.read_bytes())
    file.rename(file.with_suffix(".aside"))
    with pytest.raises(VaultError, match="vault is gone"):
        open_file()
    file.with_suffix(".aside").rename(file)
    vault = open_file()
    assert vault.checkpoint.size == 5
    await vault.close()


async def test_a_witness_that_lags_behind_is_no_fault(open_vault) -> None:
    vault = open_vault()
    await fill(vault)
    lagging = vault.witness_file.read_bytes()
    await fill(vault)
    await vault.close()
    vault.witness_file.write_bytes(lagging)
    vault = open_vault()
    assert vault.checkpoint.size == 10
    await vault.close()


ROWS = [
    (("UPDATE audit_checkpoint SET root = ? WHERE size = 3", bytes(32)), FaultKind.ALTERED),
    (("UPDATE audit_checkpoint SET signature = ? WHERE size = 3", bytes(64)), FaultKind.CHECKPOINT),
    (("DELETE FROM vault_record WHERE number = 2",), FaultKind.RECORD),
    (("UPDATE vault_record SET sha256 = ? WHERE number = 2", bytes(32)), FaultKind.RECORD),
    (("DELETE FROM audit_entry WHERE seq = 2",), FaultKind.DELETED),
    (("DELETE FROM audit_entry WHERE seq > 2",), FaultKind.TRUNCATED),
    (("UPDATE audit_entry SET leaf = ? WHERE seq = 2", b"nurse"), FaultKind.ALTERED),
]


@pytest.mark.parametrize(("change", "kind"), ROWS)
async def test_rows_changed_by_somebody_with_the_database_key(open_vault, server: str, change, kind: FaultKind) -> None:
    vault = open_vault()
    await fill(vault)
    sql, *values = change
    if "audit_entry" in sql:
        on = " ON audit_entry" if server else ""
        await vault.run(lambda tx: tx.execute(f"DROP TRIGGER audit_entry_stays{on}"))
    if "UPDATE audit_entry" in sql:
        ((line,),) = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry WHERE seq = 2"))
        values = [bytes(line).replace(b'"core"', b'"nurse"')]
        if not server:
            await vault.run(lambda tx: tx.execute("DROP TRIGGER audit_entry_unchanged"))
    await vault.run(lambda tx: tx.execute(sql, values))
    assert (await vault.faults())[1][0].kind is kind
    await vault.close()
    with pytest.raises(LogNotWhole) as found:
        open_vault()
    assert found.value.faults[0].kind is kind


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


async def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    """A file size limit stands in for the disk's end: the same write fails in the same place."""
    vault_keys.create(tmp_path / "keys")
    process = start(tmp_path)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    *numbers, refusal, after = said.splitlines()
    assert "disk" in refusal
    assert int(after) == len(numbers)  # with space again, the next entry has the next number
    vault = Vault.open(tmp_path / "vault.db", vault_keys.load(tmp_path / "keys"), clock=SystemClock(), schemas=())
    assert vault.checkpoint.size == len(numbers) + 1
    await vault.close()


@pytest.fixture
def small_disk(tmp_path: Path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=768k", "tmpfs", folder]).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_really_full_disk(small_disk: Path, keys: VaultKeys) -> None:
    vault = Vault.open(small_disk / "vault.db", keys, clock=SystemClock(), schemas=())
    with pytest.raises(VaultError, match="disk is full"):
        await fill(vault, 1_000)
    done = vault.checkpoint.size
    assert done > 10
    await vault.close()
    aside = small_disk.parent / "aside"
    shutil.copytree(small_disk, aside)
    vault = Vault.open(aside / "vault.db", keys, clock=SystemClock(), schemas=())
    assert vault.checkpoint.size == done
    await fill(vault, 1)
    await vault.close()
