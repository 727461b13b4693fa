from __future__ import annotations

import asyncio
import hashlib
import json
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from triage.audit.entry import Entry, EntryRefused
from triage.errors import AuditError, IntegrityError, NotFound, VaultError
from triage.testing.vault_keys import ScriptedKeyEncryption
from triage.vault.keys import VaultKeys
from triage.vault.vault import WAITING_MAX, Transaction

ESCALATED = Entry("escalation.recorded", "core", call_id="call-1", details=(("level", "danger"),))


def leaves(tx: Transaction) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in tx.execute("SELECT leaf FROM audit_entry ORDER BY seq")]


def escalate(tx: Transaction) -> int:
    tx.seal("call-1", "packet", b"chest pain since noon")
    return tx.append(ESCALATED)


async def test_what_was_sealed_comes_back_after_a_restart_and_the_reading_is_logged(open_vault) -> None:
    vault = open_vault()
    assert await vault.run(escalate) == 0
    await vault.close()
    vault = open_vault()
    read = await vault.run(lambda tx: tx.unseal("call-1", "packet", who="nurse:amara.okafor", why="treatment"))
    assert read == [b"chest pain since noon"]
    entry = (await vault.run(leaves))[-1]
    assert (entry["act"], entry["who"], entry["call"], entry["reason"]) == (
        "record.read",
        "nurse:amara.okafor",
        "call-1",
        "treatment",
    )
    assert entry["details"] == {"kind": "packet", "count": 1}
    await vault.close()


async def test_the_entry_commits_to_the_ciphertext(open_vault) -> None:
    vault = open_vault()
    await vault.run(escalate)
    ((sealed,),) = await vault.run(lambda tx: tx.execute("SELECT sealed FROM vault_record"))
    (entry,) = await vault.run(leaves)
    assert entry["records"] == [[1, "packet", hashlib.sha256(sealed).hexdigest()]]
    assert b"chest" not in sealed
    await vault.close()


async def test_no_record_without_an_entry(open_vault) -> None:
    vault = open_vault()
    await vault.run(lambda tx: tx.seal("call-1", "packet", b"one"))
    entries = await vault.run(leaves)
    assert [(entry["act"], entry["call"], len(entry["records"])) for entry in entries] == [
        ("record.sealed", "call-1", 1)
    ]
    await vault.close()


async def test_each_entry_carries_order_and_time(open_vault) -> None:
    vault = open_vault()
    for _ in range(3):
        await vault.run(escalate)
    entries = await vault.run(leaves)
    assert [entry["seq"] for entry in entries] == [0, 1, 2]
    assert all(entry["boot"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip() for entry in entries)
    assert [entry["mono_ms"] for entry in entries] == sorted(entry["mono_ms"] for entry in entries)
    assert all(entry["at"].endswith("Z") for entry in entries)
    assert vault.checkpoint.size == 3
    assert vault.verifier.open(vault.witness_file.read_text()).size == 3
    await vault.close()


class Broken(Exception):
    pass


async def test_an_exception_undoes_act_record_and_entry_together(open_vault) -> None:
    vault = open_vault()

    def work(tx: Transaction) -> None:
        tx.execute("INSERT INTO note (text) VALUES (?)", ("kept?",))
        escalate(tx)
        raise Broken

    with pytest.raises(Broken):
        await vault.run(work)
    assert await vault.run(lambda tx: tx.execute("SELECT * FROM note")) == []
    assert await vault.run(lambda tx: tx.execute("SELECT * FROM vault_record")) == []
    assert await vault.run(leaves) == []
    assert await vault.run(escalate) == 0
    assert (await vault.faults())[1] == ()
    await vault.close()


async def test_a_refused_entry_undoes_its_act(open_vault) -> None:
    vault = open_vault()

    def work(tx: Transaction) -> None:
        tx.seal("call-1", "packet", b"one")
        tx.append(Entry("escalation.recorded", "core", reason="my chest hurts"))

    with pytest.raises(EntryRefused):
        await vault.run(work)
    assert await vault.run(lambda tx: tx.execute("SELECT count(*) FROM vault_record")) == [(0,)]
    await vault.close()


async def test_a_constraint_is_a_vault_error_without_the_value(open_vault) -> None:
    vault = open_vault()
    with pytest.raises(VaultError, match="refused a value"):
        await vault.run(lambda tx: tx.execute("INSERT INTO note (text) VALUES (?)", ("",)))
    await vault.close()


async def test_many_tasks_at_once_are_run_one_after_the_other(open_vault) -> None:
    vault = open_vault()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(vault.run(escalate)) for _ in range(50)]
    assert sorted(task.result() for task in tasks) == list(range(50))
    assert (await vault.faults())[1] == ()
    await vault.close()


async def test_a_shredded_call_cannot_be_read_and_the_log_stays_whole(open_vault, keys: VaultKeys) -> None:
    vault = open_vault()
    await vault.run(escalate)
    await vault.run(lambda tx: tx.seal("call-2", "packet", b"another"))
    await vault.run(lambda tx: tx.shred("call-1", who="officer:o", why="retention"))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: tx.unseal("call-1", "packet", who="nurse:n", why="treatment"))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: tx.seal("call-1", "packet", b"more"))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: tx.shred("call-1", who="officer:o", why="retention"))
    assert await vault.run(lambda tx: tx.unseal("call-2", "packet", who="nurse:n", why="treatment")) == [b"another"]
    assert await vault.run(lambda tx: tx.execute("SELECT wrapped FROM vault_data_key WHERE call_id='call-1'")) == [
        (None,)
    ]
    await vault.close()
    vault = open_vault()
    assert (await vault.faults())[1] == ()
    await vault.close()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE vault_record SET sealed = sha256",
        "UPDATE vault_record SET call_id = 'call-2' WHERE number = 1",
        "UPDATE vault_record SET kind = 'other' WHERE number = 1",
        "UPDATE vault_record SET sealed = (SELECT sealed FROM vault_record WHERE number = 2), "
        "sha256 = (SELECT sha256 FROM vault_record WHERE number = 2) WHERE number = 1",
    ],
)
async def test_a_record_that_was_altered_or_moved_is_not_read(open_vault, tamper: str) -> None:
    vault = open_vault()
    await vault.run(lambda tx: tx.seal("call-1", "packet", b"one"))
    await vault.run(lambda tx: tx.seal("call-1", "packet", b"two"))
    await vault.run(lambda tx: tx.seal("call-2", "other", b"three"))
    await vault.run(lambda tx: tx.execute(tamper))

    def read_all(tx: Transaction) -> None:
        for call_id, kind in (("call-1", "packet"), ("call-2", "packet"), ("call-1", "other")):
            tx.unseal(call_id, kind, who="nurse:n", why="treatment")

    with pytest.raises(IntegrityError):
        await vault.run(read_all)
    await vault.close()


async def test_a_record_whose_call_key_cannot_be_unwrapped_is_not_read(keys: VaultKeys, open_vault) -> None:
    vault = open_vault()
    await vault.run(escalate)
    await vault.close()
    vault = open_vault(keys=replace(keys, kek=ScriptedKeyEncryption()))
    with pytest.raises(IntegrityError):
        await vault.run(lambda tx: tx.unseal("call-1", "packet", who="nurse:n", why="treatment"))
    await vault.close()


async def test_without_the_security_module_nothing_is_sealed_and_nothing_half_done(keys: VaultKeys, open_vault) -> None:
    vault = open_vault()
    kek = keys.kek
    assert isinstance(kek, ScriptedKeyEncryption)
    kek.unplugged = True
    with pytest.raises(IntegrityError):
        await vault.run(escalate)
    kek.unplugged = False
    assert await vault.run(escalate) == 0
    await vault.close()


@pytest.mark.parametrize("sql", ["DELETE FROM audit_entry", "UPDATE audit_entry SET seq = 7"])
async def test_no_statement_changes_the_log(open_vault, sql: str) -> None:
    vault = open_vault()
    await vault.run(escalate)
    with pytest.raises(VaultError):
        await vault.run(lambda tx: tx.execute(sql))
    await vault.close()


async def test_limits(open_vault) -> None:
    vault = open_vault()
    with pytest.raises(VaultError, match="too large"):
        await vault.run(lambda tx: tx.seal("call-1", "packet", bytes(4 * 1024 * 1024 + 1)))
    with pytest.raises(VaultError):
        await vault.run(lambda tx: tx.seal("a caller's name", "packet", b""))
    await vault.close()
    await vault.close()
    with pytest.raises(VaultError, match="closed"):
        await vault.run(escalate)


async def test_only_the_owner_can_read_what_it_writes(open_file, file: Path) -> None:
    vault = open_file()
    await vault.run(escalate)
    for made in file.parent.iterdir():
        assert stat.S_IMODE(made.stat().st_mode) & 0o077 == 0, made.name
    for made in (file, file.with_name("vault.db-wal")):
        assert b"chest" not in made.read_bytes()
        assert b"escalation" not in made.read_bytes()
    await vault.close()


async def test_more_waiting_than_the_thread_can_do_is_refused(open_file) -> None:
    vault = open_file()
    gate = threading.Event()
    async with asyncio.TaskGroup() as group:
        held = group.create_task(vault.run(lambda tx: gate.wait(30)))
        waiting = [group.create_task(vault.run(escalate)) for _ in range(WAITING_MAX - 1)]
        await asyncio.sleep(0.05)
        with pytest.raises(VaultError, match="cannot keep up"):
            await vault.run(escalate)
        gate.set()
    assert held.result()
    assert len({task.result() for task in waiting}) == WAITING_MAX - 1
    assert await vault.run(escalate) == WAITING_MAX - 1
    await vault.close()


async def test_an_entry_slipped_past_the_log_stops_it(open_vault) -> None:
    vault = open_vault()
    await vault.run(escalate)
    await vault.run(lambda tx: tx.execute("INSERT INTO audit_entry (seq, leaf) VALUES (1, ?)", (b"{}",)))
    with pytest.raises(AuditError, match="not the one in memory"):
        await vault.run(escalate)
    await vault.close()
