"""Copies of the vault: made beside running calls, whole, unreadable without the keys; and put back with the same root."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.test_audit_officer import Appliance
from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.entry import Entry
from triage.cli.main import triage
from triage.clock import SystemClock
from triage.errors import EngineFailed, VaultError
from triage.testing.vault_keys import temporary_keys
from triage.vault import keys as vault_keys
from triage.vault.backup import back_up, drill, examine, note_file, restore
from triage.vault.database import PLAIN_HEADER
from triage.vault.keys import VaultKeys
from triage.vault.vault import Transaction, Vault

CLOCK = SystemClock()


def escalate(tx: Transaction) -> int:
    tx.seal("call-1", "packet", b"chest pain since noon" * 100)
    return tx.append(Entry("escalation.recorded", "core", call_id="call-1"))


async def fill(vault: Vault, count: int = 20) -> None:
    for _ in range(count):
        await vault.run(escalate)


async def apart(work: Callable[[], object]) -> object:
    """As another process does it: on a thread of its own, with connections of its own."""
    return await asyncio.to_thread(work)


async def acts(vault: Vault) -> list[bytes]:
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    return [bytes(row[0]) for row in rows]


async def test_a_copy_is_made_beside_running_calls_and_is_one_moment(open_file, file: Path, keys: VaultKeys) -> None:
    vault = open_file()
    await fill(vault)
    target = file.parent.parent / "copy"
    copying = asyncio.create_task(apart(lambda: back_up(file, keys, target)))
    while not copying.done():
        await vault.run(escalate)
    copied = copying.result()
    assert 20 <= copied.checkpoint.size <= vault.checkpoint.size
    assert examine(target, keys).root == copied.checkpoint.root
    assert keys.signer.verifier.open(note_file(target).read_text()) == copied.checkpoint
    assert (await vault.faults())[1] == ()
    await vault.close()


async def test_nobody_reads_a_copy_without_the_key(open_file, file: Path, keys: VaultKeys, tmp_path: Path) -> None:
    vault = open_file()
    await fill(vault)
    target = tmp_path / "copy"
    await apart(lambda: back_up(file, keys, target))
    await vault.close()
    content = target.read_bytes()
    assert not content.startswith(PLAIN_HEADER)
    assert b"escalation" not in content
    assert b"chest" not in content
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(VaultError, match="does not open with this key"):
        examine(target, replace(keys, database=secrets.token_bytes(32)))


async def test_a_target_without_a_key_or_with_something_in_it_is_refused(
    open_file, file: Path, keys: VaultKeys, tmp_path: Path
) -> None:
    vault = open_file()
    await fill(vault, 1)
    plain = tmp_path / "plain.db"
    with sqlite3.connect(plain) as connection:
        connection.execute("CREATE TABLE t (a)")
    before = plain.read_bytes()
    with pytest.raises(VaultError, match="has no key"):
        back_up(file, keys, plain)
    assert plain.read_bytes() == before
    back_up(file, keys, tmp_path / "copy")
    with pytest.raises(VaultError, match="exists already"):
        back_up(file, keys, tmp_path / "copy")
    with pytest.raises(VaultError, match="wrong length"):
        back_up(file, replace(keys, database=b""), tmp_path / "other")
    assert not (tmp_path / "other").exists()
    await vault.close()


def test_a_restored_vault_has_the_root_of_its_copy_and_says_that_it_was_restored(
    open_file, file: Path, keys: VaultKeys, tmp_path: Path
) -> None:
    target = tmp_path / "copy"

    async def before() -> None:
        vault = open_file()
        await fill(vault)
        await apart(lambda: back_up(file, keys, target))
        await fill(vault, 7)
        await vault.close()

    asyncio.run(before())
    with pytest.raises(VaultError, match="is a vault already"):
        restore(target, file, keys, CLOCK)
    done = restore(target, file, keys, CLOCK, replace=True)
    assert (done.checkpoint.size, done.lost) == (20, 7)

    async def after() -> None:
        vault = open_file()
        lines = await acts(vault)
        assert len(lines) == 21
        assert b'"vault.restored"' in lines[-1]
        assert b'"count":7' in lines[-1]
        packets = await vault.run(lambda tx: tx.unseal("call-1", "packet", who="nurse:n", why="treatment"))
        assert packets == [b"chest pain since noon" * 100] * 20
        await vault.close()

    asyncio.run(after())
    (aside,) = file.parent.glob("before-restore-*")
    assert examine(aside / "vault.db", keys).size == 27


def test_a_drill_changes_nothing_while_the_appliance_runs(
    open_file, file: Path, keys: VaultKeys, tmp_path: Path
) -> None:
    vault = open_file()
    asyncio.run(fill(vault))
    back_up(file, keys, tmp_path / "copy")
    before = {one.name for one in file.parent.iterdir()}
    assert drill(tmp_path / "copy", file.parent, keys, CLOCK).checkpoint == vault.checkpoint
    assert {one.name for one in file.parent.iterdir()} == before
    with pytest.raises(VaultError, match="Another process"):
        restore(tmp_path / "copy", file, keys, CLOCK, replace=True)
    asyncio.run(vault.close())


def test_what_is_wrong_with_a_copy_is_found_before_anything_is_moved(
    open_file, file: Path, keys: VaultKeys, tmp_path: Path
) -> None:
    vault = open_file()
    asyncio.run(fill(vault))
    good, later, flipped, swapped = (tmp_path / name for name in ("good", "later", "flipped", "swapped"))
    back_up(file, keys, good)
    asyncio.run(fill(vault, 3))
    back_up(file, keys, later)
    asyncio.run(vault.run(lambda tx: tx.execute("DELETE FROM vault_record WHERE number = 5")))
    with pytest.raises(LogNotWhole) as found:
        back_up(file, keys, tmp_path / "never")
    assert [one.kind for one in found.value.faults] == [FaultKind.RECORD]
    assert not (tmp_path / "never").exists()
    asyncio.run(vault.close())
    content = bytearray(good.read_bytes())
    content[4096 * 5 + 100] ^= 1
    flipped.write_bytes(content)
    note_file(flipped).write_bytes(note_file(good).read_bytes())
    swapped.write_bytes(good.read_bytes())
    note_file(swapped).write_bytes(note_file(later).read_bytes())
    before = file.read_bytes()
    for copy, words in ((flipped, "damaged"), (swapped, "checkpoint beside it"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(VaultError, match=words):
            restore(copy, file, keys, CLOCK, replace=True)
        assert file.read_bytes() == before
    with pytest.raises(VaultError, match="not of this vault's keys"):
        drill(good, tmp_path, replace(keys, signer=temporary_keys().signer), CLOCK)


def test_a_restore_broken_off_half_way_is_never_taken_for_a_new_vault(
    open_file, file: Path, keys: VaultKeys, tmp_path: Path
) -> None:
    """The moment at which the old file is away and the copy is not yet there, or is there under the old witness."""
    vault = open_file()
    asyncio.run(fill(vault))
    back_up(file, keys, tmp_path / "copy")
    asyncio.run(fill(vault, 5))
    asyncio.run(vault.close())
    file.rename(tmp_path / "away")
    with pytest.raises(VaultError, match="vault is gone"):
        open_file()
    file.write_bytes((tmp_path / "copy").read_bytes())
    with pytest.raises(LogNotWhole):
        open_file()
    assert restore(tmp_path / "copy", file, keys, CLOCK, replace=True).lost == 5


async def test_a_copy_beside_the_running_appliance_is_in_the_log_that_it_holds(tmp_path: Path) -> None:
    appliance, copy = Appliance(tmp_path), tmp_path / "copy"

    async def said(*arguments: str) -> Result:
        options = ["--config", str(appliance.file), "--as", "second"]
        return await asyncio.to_thread(CliRunner().invoke, triage, ["vault", *arguments, *options])

    async with appliance.running() as vault:
        await fill(vault, 3)
        done = await said("backup", str(copy))
        assert "copied: 4 entries" in done.output, done.exception
        assert b'"vault.copied"' in (await acts(vault))[-1]
        assert b'"who":"officer:second"' in (await acts(vault))[-1]
        root = vault.checkpoint.root.hex()
        assert root in (await said("restore", str(copy), "--drill")).output
        drilled = json.loads((await acts(vault))[-1])
        assert (drilled["act"], drilled["details"]) == ("vault.drilled", {"entries": 4, "sha256": root})
        copy.write_bytes(copy.read_bytes()[:-4096])
        assert isinstance((await said("restore", str(copy), "--drill")).exception, VaultError)
        assert json.loads((await acts(vault))[-1])["outcome"] == "failure"
        before = len(await acts(vault))
        assert isinstance((await said("backup", str(copy))).exception, VaultError)  # it is there already: nothing began
        assert len(await acts(vault)) == before
    vault = Vault.open(
        appliance.state / "vault.db", vault_keys.load(appliance.keys), clock=CLOCK
    )  # and no port answers
    refused = await said("backup", str(tmp_path / "never"))
    assert isinstance(refused.exception, EngineFailed)
    assert not (tmp_path / "never").exists()
    await vault.close()


async def test_a_copy_that_fails_is_in_the_log_as_failed(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    async with appliance.running() as vault:
        await fill(vault, 3)
        await vault.run(lambda tx: tx.execute("DELETE FROM vault_record WHERE number = 2"))
        arguments = ["vault", "backup", str(tmp_path / "copy"), "--config", str(appliance.file)]
        done = await asyncio.to_thread(CliRunner().invoke, triage, arguments)
        assert isinstance(done.exception, LogNotWhole)
        one, two = (json.loads(line) for line in (await acts(vault))[-2:])
        assert (one["act"], one["outcome"]) == ("vault.copied", "success")
        assert (two["act"], two["outcome"], two["subject"]) == ("vault.copied", "failure", one["subject"])
    assert not (tmp_path / "copy").exists()


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_STATE_DIR", str(tmp_path / "state"))
    assert CliRunner().invoke(triage, ["keys", "init"]).exit_code == 0
    copy, file = str(tmp_path / "copy"), tmp_path / "state" / "vault.db"

    def said(*arguments: str) -> str:
        return CliRunner().invoke(triage, ["vault", *arguments], catch_exceptions=False).output

    with pytest.raises(VaultError, match="no vault to copy"):
        said("backup", copy)
    assert not file.exists()
    vault = Vault.open(file, vault_keys.load(tmp_path / "state" / "keys"), clock=CLOCK)
    asyncio.run(fill(vault, 3))
    asyncio.run(vault.close())
    assert "copied: 4 entries" in said("backup", copy)  # the last is its own
    with pytest.raises(VaultError, match="folder is not there"):
        said("backup", str(tmp_path / "nowhere" / "copy"))
    said("restore", copy, "--drill")
    vault = Vault.open(file, vault_keys.load(tmp_path / "state" / "keys"), clock=CLOCK)
    lines = [json.loads(line)["act"] for line in asyncio.run(acts(vault))]
    assert lines[-2:] == ["vault.copied", "vault.drilled"]
    asyncio.run(vault.close())
    assert "restored, the roots are equal" in said("restore", copy, "--replace")
    server = tmp_path / "server.toml"
    server.write_text('[storage]\nengine = "postgresql"\npostgresql = "host=/run/postgresql dbname=triage"\n')
    outcome = CliRunner().invoke(triage, ["vault", "backup", copy, "--config", str(server)])
    assert "database server" in str(outcome.exception)
