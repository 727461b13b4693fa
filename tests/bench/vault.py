"""`make bench`: the vault on this machine, beside plain sqlite3 in the same run.

python -m tests.bench.vault

Rounds alternate between the engines, so that a machine that is busy for a while is so for all of them."""

from __future__ import annotations

import asyncio
import io
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from tests.bench.report import report
from tests.vault.cluster import cluster
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.telemetry import logs
from triage.testing.vault_keys import temporary_keys
from triage.vault.backup import back_up, drill
from triage.vault.vault import Transaction, Vault

PACKET_BYTES, LEAF_BYTES = 2_000, 400
ROUNDS, A_ROUND, AT_ONCE = 5, 100, 64
RECORDS, RECORD_BYTES = 10_000, 4_000


def escalate(tx: Transaction) -> None:
    call_id = f"call-{secrets.token_hex(8)}"
    tx.seal(call_id, "packet", secrets.token_bytes(PACKET_BYTES))
    tx.append(Entry("escalation.recorded", "core", call_id=call_id))


def many(tx: Transaction) -> None:
    for _ in range(AT_ONCE):
        escalate(tx)


class Plain:
    """The same rows without encryption, hashes, signatures and witness: what the disk and SQLite alone allow."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
        self._connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE record (n INTEGER PRIMARY KEY, call TEXT, kind TEXT, body BLOB);"
            "CREATE TABLE entry (n INTEGER PRIMARY KEY, leaf BLOB); CREATE TABLE data_key (call TEXT PRIMARY KEY, key BLOB);"
            "CREATE TABLE point (n INTEGER PRIMARY KEY, root BLOB, signature BLOB);"
        )

    def escalate(self) -> None:
        run, call = self._connection.execute, secrets.token_hex(8)
        run("BEGIN IMMEDIATE")
        run("INSERT INTO data_key VALUES (?, ?)", (call, secrets.token_bytes(40)))
        run("INSERT INTO record (call, kind, body) VALUES (?, 'packet', ?)", (call, secrets.token_bytes(PACKET_BYTES)))
        run("INSERT INTO entry (leaf) VALUES (?)", (secrets.token_bytes(LEAF_BYTES),))
        run("INSERT INTO point (root, signature) VALUES (?, ?)", (secrets.token_bytes(32), secrets.token_bytes(64)))
        run("COMMIT")


async def writing(folder: Path) -> list[dict[str, Any]]:
    keys, clock = temporary_keys(), SystemClock()
    plain = Plain(folder)
    encrypted = Vault.open(folder / "file" / "vault.db", keys, clock=clock)
    server = Vault.open(folder / "server" / "vault.db", keys, clock=clock, server=cluster().new())

    async def by_plain() -> None:
        plain.escalate()

    engines: dict[str, Callable[[], Any]] = {
        "plain sqlite3, the same rows": by_plain,
        "audited escalations, SQLCipher": lambda: encrypted.run(escalate),
        "audited escalations, PostgreSQL": lambda: server.run(escalate),
    }
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, act in engines.items():
            began = time.perf_counter()
            for _ in range(A_ROUND):
                await act()
            rates[name].append(A_ROUND / (time.perf_counter() - began))
    rows = [_rate(f"{name}, one a commit", rates[name], A_ROUND) for name in engines]
    for name, vault in (("SQLCipher", encrypted), ("PostgreSQL", server)):
        grouped = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await vault.run(many)
            grouped.append(AT_ONCE / (time.perf_counter() - began))
        rows.append(_rate(f"audited escalations, {name}, {AT_ONCE} a commit", grouped, AT_ONCE))
        began = time.perf_counter()
        checkpoint, faults = await vault.faults()
        assert not faults
        verified = checkpoint.size / (time.perf_counter() - began)
        rows.append({"measure": f"verification, {name}", "n": checkpoint.size, "entries_a_second": round(verified)})
        await vault.close()
    return rows


def _rate(measure: str, rates: list[float], a_round: int) -> dict[str, Any]:
    return {
        "measure": measure, "n": len(rates) * a_round, "a_second": round(statistics.median(rates)),
        "slowest_round": round(min(rates)), "fastest_round": round(max(rates)),
    }  # fmt: skip


async def _filled(file: Path, keys: Any) -> dict[str, Any]:
    vault = Vault.open(file, keys, clock=SystemClock())
    for start in range(0, RECORDS, 500):

        def work(tx: Transaction, start: int = start) -> None:
            for number in range(start, start + 500):
                tx.seal(f"call-{number}", "packet", secrets.token_bytes(RECORD_BYTES))
                tx.append(Entry("escalation.recorded", "core", call_id=f"call-{number}"))

        await vault.run(work)
    began = time.perf_counter()
    checkpoint, faults = await vault.faults()
    assert not faults
    verified = checkpoint.size / (time.perf_counter() - began)
    await vault.close()
    return {"measure": "verification, SQLCipher", "n": checkpoint.size, "entries_a_second": round(verified)}


def copying(folder: Path) -> list[dict[str, Any]]:
    keys = temporary_keys()
    file = folder / "vault.db"
    verification = asyncio.run(_filled(file, keys))
    began = time.perf_counter()
    opened = Vault.open(file, keys, clock=SystemClock())
    opened_s = time.perf_counter() - began
    copied = back_up(file, keys, folder / "copy")
    tried = drill(folder / "copy", folder, keys, SystemClock())
    assert tried.checkpoint == opened.checkpoint
    asyncio.run(opened.close())
    mebibytes = round(copied.bytes / 2**20, 1)
    return [
        verification,
        {"measure": f"start with {RECORDS} records, verified", "n": 1, "seconds": round(opened_s, 2)},
        {"measure": f"backup of {RECORDS} records beside the open vault", "n": 1, "seconds": round(copied.seconds, 2), "MiB": mebibytes},
        {"measure": f"restore of {RECORDS} records until started, root equal", "n": 1, "seconds": round(tried.seconds, 2)},
    ]  # fmt: skip


def main() -> None:
    click.echo("The vault: a minute")
    logs.configure("bench", io.StringIO())
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        rows = [*asyncio.run(writing(Path(one))), *copying(Path(two))]
    report(Console(highlight=False), "vault", rows)


if __name__ == "__main__":
    main()
