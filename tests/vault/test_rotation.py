"""A new key-encryption key and a new database key: nothing is lost, whatever breaks off."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.vault.killing import kill_at_every_step, kill_on
from triage.clock import SystemClock
from triage.errors import IntegrityError, VaultError
from triage.vault import keys as vault_keys
from triage.vault.keys import AesKeyWrap, Files, KeyEncryption, Keyring
from triage.vault.lifetime import rekey, rotation, tables
from triage.vault.vault import Transaction, Vault

KILLS = int(os.environ.get("TRIAGE_KEY_KILLS", "16"))  # more: python -m tests.vault.killing 1000
CALLS = [f"call-{number}" for number in range(5)]
WHO = {"who": "officer:mira.roth", "why": "planned"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    vault_keys.create(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


def open_vault(path: Path, folder: Path) -> Vault:
    rekey.settle(path, folder, Keyring.of_files(folder))
    return Vault.open(path, vault_keys.load(folder), clock=SystemClock(), schemas=())


def fill(tx: Transaction) -> None:
    for call_id in CALLS:
        tx.seal(call_id, "packet", call_id.encode())


def read_all(tx: Transaction) -> None:
    for call_id in CALLS:
        assert tx.unseal(call_id, "packet", who="nurse:n", why="treatment") == [call_id.encode()]


def entries(tx: Transaction) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in tx.execute("SELECT leaf FROM audit_entry ORDER BY seq")]


async def begin(path: Path, folder: Path) -> None:
    vault = open_vault(path, folder)
    await vault.run(fill)
    await vault.close()


async def rotate(path: Path, folder: Path, ring: Keyring | None = None) -> rotation.Rotated:
    ring = ring or Keyring.of_files(folder)
    return await rotation.rotate(path, folder, ring, SystemClock(), **WHO, progress=lambda _: None)


async def test_a_rotation_wraps_everything_anew_and_destroys_the_old_key(path: Path, folder: Path) -> None:
    await begin(path, folder)
    before = (folder / "kek.key").read_text().split()
    old_wrapping = (folder / "database.key").read_text()
    shutil.copytree(folder.parent, folder.parent.parent / "backup")
    done = await rotate(path, folder)
    assert (done.rewrapped, done.destroyed) == (len(CALLS), (before[0],))
    assert (folder / "kek.key").read_text().split()[0] == done.key_id
    assert before[1] not in (folder / "kek.key").read_text()
    assert (folder / "database.key").read_text() != old_wrapping
    vault = open_vault(path, folder)
    await vault.run(read_all)
    said = await vault.run(entries)
    acts = [(entry["act"], entry["who"], entry.get("details")) for entry in said if entry["act"].startswith("keys.")]
    who = WHO["who"]
    assert acts == [
        ("keys.rotation_begun", who, {"key_id": done.key_id, "key_before": before[0]}),
        ("keys.rewrapped", who, {"key_id": done.key_id, "count": len(CALLS)}),
        ("keys.destroyed", who, {"key_id": before[0]}),
        ("keys.rotated", who, {"key_id": done.key_id}),
    ]
    await vault.close()
    # The old wrapped keys, from a backup of the vault, are of no use with the new keys.
    backup = folder.parent.parent / "backup"
    for file in ("vault.db", "audit-witness.txt"):
        shutil.copy(backup / file, folder.parent / file)
    vault = open_vault(path, folder)
    with pytest.raises(VaultError, match="missing") as missing:
        await vault.run(read_all)
    assert before[0] in missing.value.advice
    await vault.close()


async def test_what_is_sealed_between_two_rotations_is_read_after_both(path: Path, folder: Path) -> None:
    await begin(path, folder)
    for number in range(3):
        await rotate(path, folder)
        vault = open_vault(path, folder)
        await vault.run(lambda tx, n=number: tx.seal(CALLS[0], f"after-{n}", b"more"))  # an older call's data key
        await vault.run(lambda tx, n=number: tx.seal(f"new-{n}", "packet", b"new"))
        await vault.close()
    vault = open_vault(path, folder)
    await vault.run(read_all)
    for number in range(3):
        for call_id, kind, text in ((CALLS[0], f"after-{number}", b"more"), (f"new-{number}", "packet", b"new")):
            assert await vault.run(lambda tx, c=call_id, k=kind: tx.unseal(c, k, who="nurse:n", why="t")) == [text]
    await vault.close()


async def test_a_shredded_call_stays_shredded(path: Path, folder: Path) -> None:
    await begin(path, folder)
    vault = open_vault(path, folder)
    await vault.run(lambda tx: tx.shred(CALLS[0], who="officer:o", why="retention"))
    await vault.close()
    assert (await rotate(path, folder)).rewrapped == len(CALLS) - 1
    vault = open_vault(path, folder)
    assert not await vault.run(lambda tx: tables.has_data_key(tx.execute, CALLS[0]))
    await vault.close()


class Failing(Files):
    """A provider whose new key fails after so many wraps, or gives back nonsense."""

    def __init__(self, folder: Path, wraps: int, *, nonsense: bool = False) -> None:
        super().__init__(folder)
        self.left, self.nonsense = wraps, nonsense

    def make(self, key_id: str) -> AesKeyWrap:
        super().make(key_id)
        return self.find(key_id)

    def find(self, key_id: str) -> AesKeyWrap:
        outer = self

        class Key(AesKeyWrap):
            def wrap(self, key: bytes) -> bytes:
                outer.left -= 1
                if outer.left < 0 and not outer.nonsense:
                    raise VaultError("The security module does not answer.")
                return super().wrap(bytes(32) if outer.left < 0 else key)

        return Key(self._keys()[key_id], key_id)


@pytest.mark.parametrize("wraps", [0, 3, len(CALLS)])  # at the first data key, among them, at the database key
async def test_a_provider_that_fails_midway_leaves_a_working_vault(path: Path, folder: Path, wraps: int) -> None:
    await begin(path, folder)
    with pytest.raises(VaultError, match="does not answer"):
        await rotate(path, folder, Keyring({"file": Failing(folder, wraps)}, "file"))
    vault = open_vault(path, folder)
    await vault.run(read_all)
    begun = await vault.run(lambda tx: tables.rotation(tx.execute))
    assert begun is not None
    await vault.run(lambda tx: tx.seal("meanwhile", "packet", b"a call came in"))
    await vault.close()
    done = await rotate(path, folder)
    assert done.key_id == begun.key_id  # the one that was begun, not another
    vault = open_vault(path, folder)
    await vault.run(read_all)
    read = await vault.run(lambda tx: tx.unseal("meanwhile", "packet", who="nurse:n", why="treatment"))
    assert read == [b"a call came in"]
    await vault.close()


async def test_a_module_that_wraps_nonsense_costs_no_record(path: Path, folder: Path) -> None:
    await begin(path, folder)
    with pytest.raises(IntegrityError, match="does not give back"):
        await rotate(path, folder, Keyring({"file": Failing(folder, 2, nonsense=True)}, "file"))
    vault = open_vault(path, folder)
    await vault.run(read_all)
    await vault.close()


async def test_a_rekeyed_database_opens_with_the_new_key_only(path: Path, folder: Path) -> None:
    await begin(path, folder)
    old = vault_keys.load(folder)
    vault = open_vault(path, folder)
    known = await vault.run(lambda tx: tx.pseudonym("5550143"))
    await vault.close()
    for _ in range(2):
        await rekey.rekey(path, folder, Keyring.of_files(folder), SystemClock(), **WHO)
    new = vault_keys.load(folder)
    assert new.database != old.database
    with pytest.raises(VaultError, match="does not open with this key"):
        Vault.open(path, replace(new, database=old.database), clock=SystemClock(), schemas=())
    vault = open_vault(path, folder)
    await vault.run(read_all)
    assert await vault.run(lambda tx: tx.pseudonym("5550143")) == known  # a caller who rings again is known again
    assert (await vault.faults())[1] == ()
    said = [entry for entry in await vault.run(entries) if entry["act"] == "database.rekeyed"]
    assert [(entry["who"], entry["reason"]) for entry in said] == [(WHO["who"], WHO["why"])] * 2
    await vault.close()
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "audit-witness.txt", "keys", "vault.db", "vault.db.lock"
    ]  # fmt: skip


async def test_a_database_put_back_from_before_a_rekey_is_found(path: Path, folder: Path) -> None:
    await begin(path, folder)
    shutil.copy(path, path.with_suffix(".older"))
    await rekey.rekey(path, folder, Keyring.of_files(folder), SystemClock(), **WHO)
    path.with_suffix(".older").replace(path)
    with pytest.raises(VaultError, match="does not open with this key"):
        open_vault(path, folder)


async def test_a_rekey_without_room_leaves_the_old_vault(path: Path, folder: Path) -> None:
    await begin(path, folder)
    (path.parent / rekey.ASIDE).write_text("a file where the folder must go")
    with pytest.raises(VaultError, match="cannot be made"):
        await rekey.rekey(path, folder, Keyring.of_files(folder), SystemClock(), **WHO)
    vault = open_vault(path, folder)
    await vault.run(read_all)
    assert [entry for entry in await vault.run(entries) if entry["act"] == "database.rekeyed"] == []
    await vault.close()
    assert not (folder / "database.next").exists()


async def test_both_refuse_while_the_appliance_runs(path: Path, folder: Path) -> None:
    vault = open_vault(path, folder)
    with pytest.raises(VaultError, match="Another process"):
        await rotate(path, folder)
    with pytest.raises(VaultError, match="Another process"):
        await rekey.rekey(path, folder, Keyring.of_files(folder), SystemClock(), **WHO)
    await vault.run(fill)
    await vault.run(read_all)
    await vault.close()


async def test_a_vault_from_before_there_were_names_is_rotated(path: Path, folder: Path) -> None:
    """`database.key` held the wrapped key alone when there was one key-encryption key."""
    _, wrapped = (folder / "database.key").read_text().split()
    (folder / "database.key").write_text(f"{wrapped}\n")
    await begin(path, folder)
    done = await rotate(path, folder)
    assert (folder / "database.key").read_text().split()[0] == done.key_id
    vault = open_vault(path, folder)
    await vault.run(read_all)
    await vault.close()


def test_a_key_that_is_nowhere_is_named(folder: Path) -> None:
    keys = vault_keys.load(folder)
    kek: KeyEncryption = keys.under(keys.kek.key_id)
    assert kek is keys.kek
    with pytest.raises(VaultError, match="missing") as missing:
        keys.under("file-00000000")
    assert "file-00000000" in missing.value.advice


@pytest.mark.timeout(300)
async def test_kill_9_at_every_step_loses_nothing(tmp_path: Path) -> None:
    kills = await kill_at_every_step(tmp_path / "steps")
    assert kills["rotate"] > 15
    assert kills["rekey"] > 10


@pytest.mark.timeout(300)
async def test_kill_9_while_keys_change_loses_nothing(tmp_path: Path) -> None:
    survived = await kill_on(tmp_path, KILLS)
    assert sum(one.kills for one in survived) == KILLS
