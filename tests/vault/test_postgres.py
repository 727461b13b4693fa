"""What is particular about a vault on a database server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.vault.cluster import PROGRAMS, Cluster, cluster
from tests.vault.conftest import opener
from triage import config
from triage.audit.check import LogNotWhole
from triage.audit.entry import Entry
from triage.errors import AuditError, UsageError, VaultError
from triage.vault.keys import VaultKeys
from triage.vault.postgres import Server, check
from triage.vault.vault import Transaction

SECRET = b"chest pain since noon"


def escalate(tx: Transaction) -> int:
    tx.seal("call-1", "packet", SECRET)
    return tx.append(Entry("escalation.recorded", "core", call_id="call-1"))


def run(program: str, *arguments: str | Path) -> None:
    subprocess.run([PROGRAMS / program, *arguments], check=True)


@pytest.fixture
def own():
    """A cluster that may be stopped."""
    made = Cluster()
    yield made
    made.start_if_stopped()


async def test_a_server_that_goes_away_refuses_and_comes_back_with_everything(
    own: Cluster, file: Path, keys: VaultKeys
) -> None:
    vault = opener(file, keys, own.new())()
    acknowledged = [await vault.run(escalate) for _ in range(5)]
    own.stop("immediate")  # as a power cut is to the server
    for _ in range(2):
        with pytest.raises(VaultError, match="database server"):
            await vault.run(escalate)
    own.start()
    acknowledged.append(await vault.run(escalate))
    assert acknowledged == list(range(6))
    assert (await vault.faults())[1] == ()
    await vault.close()


async def test_a_server_that_goes_away_in_the_middle_of_a_transaction(
    own: Cluster, file: Path, keys: VaultKeys
) -> None:
    vault = opener(file, keys, own.new())()
    assert await vault.run(escalate) == 0

    def work(tx: Transaction) -> None:
        escalate(tx)
        own.stop("immediate")
        escalate(tx)

    with pytest.raises(VaultError):
        await vault.run(work)
    own.start()
    assert await vault.run(escalate) == 1
    assert (await vault.faults())[1] == ()
    await vault.close()


async def test_a_commit_of_which_nobody_knows_whether_it_happened(file: Path, keys: VaultKeys) -> None:
    """Its answer is lost: the session ends between the commit and the answer. The log is read anew, and goes on from there."""
    server = cluster().new()
    vault = opener(file, keys, server)()
    await vault.run(escalate)

    def work(tx: Transaction) -> None:
        escalate(tx)
        checkpoint = tx.finish()
        assert checkpoint is not None
        tx.execute("COMMIT")
        tx.execute("BEGIN")
        tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(VaultError):
        await vault.run(work)
    with pytest.raises(AuditError, match="not the one in memory"):  # this was no failed commit: somebody else wrote
        await vault.run(escalate)
    await vault.close()
    vault = opener(file, keys, server)()
    assert vault.checkpoint.size == 2
    await vault.close()


async def test_a_statement_that_failed_and_was_ignored_commits_nothing(file: Path, keys: VaultKeys) -> None:
    vault = opener(file, keys, cluster().new())()

    def work(tx: Transaction) -> None:
        tx.execute("INSERT INTO note (text) VALUES (?)", ("first",))
        with pytest.raises(VaultError):
            tx.execute("INSERT INTO note (text) VALUES (?)", ("",))

    with pytest.raises(VaultError):
        await vault.run(work)
    assert await vault.run(lambda tx: tx.execute("SELECT * FROM note")) == []
    await vault.close()


async def test_what_is_sealed_is_sealed_on_the_server_too(file: Path, keys: VaultKeys) -> None:
    server = cluster().new()
    vault = opener(file, keys, server)()
    await vault.run(escalate)
    with psycopg.connect(server) as connection:
        found = connection.execute("SELECT sealed, sha256 FROM vault_record").fetchall()
        wrapped = connection.execute("SELECT wrapped FROM vault_data_key").fetchall()
        (durable,) = connection.execute("SHOW fsync").fetchone() or ("",)
    assert len(found) == len(wrapped) == 1
    assert SECRET not in found[0][0]
    assert durable == "on"
    assert await vault.run(lambda tx: tx.execute("SHOW synchronous_commit")) == [("on",)]
    await vault.close()


async def test_the_log_cannot_be_emptied(file: Path, keys: VaultKeys) -> None:
    vault = opener(file, keys, cluster().new())()
    await vault.run(escalate)
    with pytest.raises(VaultError):
        await vault.run(lambda tx: tx.execute("TRUNCATE audit_entry"))
    assert await vault.run(escalate) == 1
    await vault.close()


async def test_the_desk_passes_over_what_another_writer_has_in_hand(file: Path, keys: VaultKeys) -> None:
    from triage.desk import store

    server = cluster().new()
    vault = opener(file, keys, server)()
    for name in ("a", "b"):
        await vault.run(lambda tx, n=name: tx.execute("INSERT INTO outbox (handoff_id, revision) VALUES (?, 1)", (n,)))
    with psycopg.connect(server) as other:
        other.execute("SELECT 1 FROM outbox WHERE handoff_id = 'a' FOR UPDATE")
        assert await vault.run(lambda tx: [row[0] for row in store.outbox_due(tx, 1, 20)]) == ["b"]
    assert await vault.run(lambda tx: [row[0] for row in store.outbox_due(tx, 1, 20)]) == ["a", "b"]
    await vault.close()


async def test_a_dump_put_back_as_written_down(file: Path, keys: VaultKeys, tmp_path: Path) -> None:
    """compliance/decisions/0011: the checkpoint of before, pg_dump beside the running vault, pg_restore into an empty database."""
    server, dump = cluster().new(), tmp_path / "vault.dump"
    vault = opener(file, keys, server)()
    for _ in range(10):
        await vault.run(escalate)
    before = vault.checkpoint
    await vault.run(escalate)
    run("pg_dump", "--format=custom", f"--file={dump}", server)
    for _ in range(3):
        await vault.run(escalate)
    await vault.close()
    restored = cluster().new()
    run("pg_restore", "--exit-on-error", f"--dbname={restored}", dump)
    with pytest.raises(LogNotWhole):  # under the newer witness it is what it is: an older state
        opener(file, keys, restored)()
    vault.witness_file.write_text(before.note)
    vault = opener(file, keys, restored)()
    assert vault.checkpoint.size == 11
    with pytest.raises(VaultError):
        await vault.run(lambda tx: tx.execute("DELETE FROM audit_entry"))
    await vault.close()


def test_no_error_repeats_a_value(file: Path, keys: VaultKeys) -> None:
    server = Server(cluster().new())
    server.execute("CREATE TABLE one (a TEXT PRIMARY KEY)")
    server.execute("INSERT INTO one VALUES (?)", ("5550143",))
    with pytest.raises(VaultError) as refusal:
        server.execute("INSERT INTO one VALUES (?)", ("5550143",))
    assert "5550143" not in f"{refusal.value} {refusal.value.advice}"
    assert refusal.value.__suppress_context__
    server.close()


@pytest.mark.parametrize(
    ("conninfo", "words"),
    [
        ("dbname=triage", "not encrypted"),
        ("host=db.clinic.local dbname=triage", "not encrypted"),
        ("host=db.clinic.local dbname=triage sslmode=require", "not encrypted"),
        ("host=/run/postgresql,db.clinic.local dbname=triage", "not encrypted"),
        ("host=/run/postgresql dbname=triage password=x", "password"),
        ("host=/run/postgresql dbname", "not named"),
    ],
)
def test_a_way_to_the_server_that_is_not_safe_is_refused(conninfo: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(conninfo)


@pytest.mark.parametrize("folder", ["/nowhere", ""])
def test_a_server_or_a_database_that_is_not_there(folder: str) -> None:
    with pytest.raises(VaultError, match="does not answer"):
        Server(f"host={folder or cluster().folder} user=triage dbname=nowhere")


@pytest.mark.parametrize("text", ['engine = "postgresql"', 'postgresql = "host=/run"', 'engine = "oracle"'])
def test_half_a_choice_of_engine_is_no_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "triage.toml").write_text(f"[storage]\n{text}\n")
    with pytest.raises(UsageError):
        config.load(tmp_path / "triage.toml")


def test_the_engine_is_chosen_by_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "triage.toml").write_text('[storage]\nengine = "postgresql"\npostgresql = "host=/run dbname=triage"\n')
    assert config.load(tmp_path / "triage.toml").storage.server == "host=/run dbname=triage"
