"""Works on vaults behind a disk that fails (faults.c). Not a test; started by shim.py.

    disk FOLDER STRIDE           ENOSPC and EIO at each STRIDE-th write of one escalation; a JSON line for each kind of fault
    migration FOLDER OLD STRIDE  kill -9 at each STRIDE-th write of the migration of the vault in OLD; a JSON line
    record FOLDER COUNT          COUNT escalations with everything that reaches the disk in FOLDER/journal

Each raises AssertionError, and so ends with 1, for anything acknowledged that is lost and for a log that is not whole."""

from __future__ import annotations

import asyncio
import errno
import io
import itertools
import json
import os
import secrets
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

from tests.desk.conftest import AMARA, Triage, decision, packet, triage
from tests.vault.shim import How, Shim
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.desk import store
from triage.errors import VaultError
from triage.telemetry import logs
from triage.testing.vault_keys import temporary_keys
from triage.vault import keys as vault_keys
from triage.vault import migrations
from triage.vault.database import connect
from triage.vault.keys import VaultKeys
from triage.vault.vault import Transaction, Vault

shim = Shim()


async def escalate(line: Triage, key: str) -> bool:
    """Whether it was acknowledged."""
    try:
        await line.desk.open(decision(), packet(key), idempotency_key=key)
    except VaultError:
        return False
    return True


async def look(folder: Path, keys: VaultKeys, acknowledged: set[str], refused: set[str]) -> None:
    """Opens what a process that died left behind."""
    async with triage(folder, SystemClock(), keys) as line:
        for key in acknowledged | refused:
            handoff = await line.vault.run(lambda tx, key=key: store.by_key(tx, key))
            assert handoff is not None or key not in acknowledged, f"{key} was acknowledged and is lost"
            if handoff is not None:
                packets = await line.vault.run(
                    lambda tx, key=key: tx.unseal(key, store.PACKET, who="core", why="recovery")
                )
                assert len(packets) == 1


async def disk(root: Path, stride: int) -> None:
    keys = temporary_keys()
    template = root / "template"
    async with triage(template, SystemClock(), keys, AMARA) as line:
        assert await escalate(line, "call-0")
    writes = await _one(root, template, keys, 0, How.ONCE, 0, Counter())
    for error, how in itertools.product((errno.ENOSPC, errno.EIO), (How.ONCE, How.FROM_NOW_ON)):
        outcomes: Counter[str] = Counter()
        for number in range(1, writes + 1, stride):
            await _one(root, template, keys, number, how, error, outcomes)
        print(json.dumps({"fault": errno.errorcode[error], "how": how.name.lower(), "writes": writes, **outcomes}))


async def _one(
    root: Path, template: Path, keys: VaultKeys, number: int, how: How, error: int, outcomes: Counter[str]
) -> int:
    """The `number`-th write of call-2's escalation fails. Returns how many writes it made."""
    life, after = root / "life", root / "after"
    for folder in (life, after):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, life)
    acknowledged, refused = {"call-0"}, set[str]()
    async with triage(life, SystemClock(), keys, AMARA) as line:
        assert await escalate(line, "call-1")
        acknowledged.add("call-1")
        shim.watch(life)
        shim.arm(number, how, error)
        done = await escalate(line, "call-2")
        made = shim.count
        outcomes["acknowledged" if done else "refused"] += 1
        (acknowledged if done else refused).add("call-2")
        if how is How.FROM_NOW_ON:  # the disk stays as it is: nothing may be acknowledged that is not there afterwards
            (acknowledged if await escalate(line, "call-3") else refused).add("call-3")
        shutil.copytree(life, after, ignore=shutil.ignore_patterns("*-shm"))  # killed here
        shim.disarm()
        assert await escalate(line, "call-4"), "the disk is well again, and the vault is not"
        acknowledged.add("call-4")
        assert (await line.vault.faults())[1] == ()
    shim.watch(Path("/nowhere"))
    await look(after, keys, acknowledged - {"call-4"}, refused)
    await look(life, keys, acknowledged, refused)
    return made


def migration(root: Path, old: Path, stride: int) -> None:
    outcomes: Counter[str] = Counter()
    for how in (How.KILL, How.KILL_HALF_WAY):
        for number in itertools.count(1, stride):
            life = copy_of(old, root / "life")
            child = os.fork()
            if child == 0:
                shim.watch(life)
                shim.arm(number, how)
                opened(life, life / "keys")
                os._exit(0)
            _, status = os.waitpid(child, 0)
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            assert killed or status == 0
            state = version(life)
            if not killed:
                assert state == migrations.newest()
                break
            outcomes["old" if state == "" else "new"] += 1
            assert state in ("", migrations.newest())
            opened(life, life / "keys")
            assert version(life) == migrations.newest()
    print(json.dumps({"measure": "kill -9 at every write of a migration", **outcomes}))


def copy_of(old: Path, to: Path) -> Path:
    """The fixture with the modes that git does not keep."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(old, to)
    (to / "keys").chmod(0o700)
    for file in to.rglob("*.*"):
        file.chmod(0o600)
    return to


def opened(folder: Path, keys: Path) -> int:
    """Opens and closes; how many entries the log has."""

    async def work() -> int:
        vault = Vault.open(folder / "vault.db", vault_keys.load(keys), clock=SystemClock())
        await vault.close()
        return vault.checkpoint.size

    return asyncio.run(work())


def version(folder: Path) -> str:
    """What the file's schema is, read past the program; "" for one without a version, whose columns are then looked at too."""
    connection = connect(folder / "vault.db", vault_keys.load(folder / "keys").database)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    columns = {row[1] for row in connection.execute("PRAGMA table_info(handoff)")}
    rows = (
        connection.execute("SELECT version_num FROM alembic_version").fetchall() if "alembic_version" in tables else []
    )
    connection.close()
    assert ({"level", "offered_ms"} <= columns) == bool(rows)
    return str(rows[0][0]) if rows else ""


async def record(root: Path, count: int) -> None:
    vault_keys.create(root / "keys")
    keys = vault_keys.load(root / "keys")
    begun = root / "begun"
    await Vault.open(begun / "vault.db", keys, clock=SystemClock()).close()
    life = root / "life"
    shutil.copytree(begun, life)
    journal = os.open(root / "journal", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    shim.watch(life, journal)
    vault = Vault.open(life / "vault.db", keys, clock=SystemClock())
    for number in range(count):

        def work(tx: Transaction, number: int = number) -> None:
            call_id = f"call-{number}"
            tx.seal(call_id, "packet", secrets.token_bytes(500 + (number * 997) % 12_000))
            tx.append(Entry("escalation.recorded", "core", call_id=call_id))
            if number % 50 == 49:  # cuts the write-ahead log back
                tx.shred(f"call-{number - 10}", who="officer:o", why="retention")

        await vault.run(work)
        shim.mark(vault.checkpoint.size)
    await vault.close()


def main(command: str, folder: Path, *rest: str) -> None:
    logs.configure("faulty", io.StringIO())
    if command == "disk":
        asyncio.run(disk(folder, int(rest[0])))
    elif command == "migration":
        migration(folder, Path(rest[0]), int(rest[1]))
    else:
        asyncio.run(record(folder, int(rest[0])))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
