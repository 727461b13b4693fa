"""kill -9 at random moments while the vault's keys are rotated and its database rekeyed, again and again on one store. Used by
test_rotation and by the script

    python -m tests.vault.killing 1000

which prints what it did. Each life begins anew from the disk that the last one left, and reads every record first."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.vault.changing_keys import CALLS, fill, open_vault, read_all
from triage.clock import SystemClock
from triage.vault import keys as vault_keys
from triage.vault.keys import Keyring
from triage.vault.lifetime import rekey, rotation, tables

AT_ONCE = 2  # stores, one for each core
KILLS_A_STORE = 250
PATIENCE_S = 1_800  # machines are paused, too
STEPS_MAX = 200  # changes of files of one rotation or one rekey
FEW_CALLS = 3  # where every step is tried


@dataclass(frozen=True, slots=True)
class Survived:
    kills: int  # that came before the change was over
    too_late: int  # the change had ended by itself
    found: dict[str, int]  # what the next life found
    records: int


async def kill_on(stores: Path, kills: int) -> list[Survived]:
    """Raises AssertionError for anything lost, unreadable or left over."""
    shares = [min(KILLS_A_STORE, kills - done) for done in range(0, kills, KILLS_A_STORE)]
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, count: int) -> Survived:
        async with at_once:
            return await _kill(stores / str(number), count, seed=20261127 + number)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number, count)) for number, count in enumerate(shares)]
    return [task.result() for task in tasks]


async def _kill(folder: Path, kills: int, *, seed: int) -> Survived:
    folder.mkdir()
    vault_keys.create(folder / "keys")
    vault = await open_vault(folder)
    await vault.run(fill)
    await vault.close()
    chance, found, killed, too_late, lasts = random.Random(seed), Counter[str](), 0, 0, {"rotate": 0.2, "rekey": 0.2}
    number = 0
    async with _changing() as changing:
        assert changing.stdin is not None
        while killed < kills:
            number += 1
            verb = chance.choice(["rotate", "rekey"])
            changing.stdin.write(f"{folder} {verb} {number} 0\n".encode())
            before = await _until(changing, "begins")
            said = {words[0]: words[1] for words in before}
            assert int(said["whole"]) == CALLS + number - 1  # each life has sealed one, and said so
            assert said["sealed"] == f"later-{number}"
            found[said["found"]] += 1
            began = time.monotonic()
            await asyncio.sleep(chance.uniform(0, lasts[verb] * 1.1))
            with suppress(ProcessLookupError):
                os.kill(int(said["pid"]), signal.SIGKILL)
            after = await _until(changing, "gone")
            if ["done", "."] in after:
                too_late += 1
                lasts[verb] = 0.7 * lasts[verb] + 0.3 * (time.monotonic() - began) * 0.8
            else:
                assert after[-1] == ["gone", "-9", "."]
                killed += 1
                lasts[verb] *= 1.03
            if number % 50 == 0:
                print(f"{folder.name}: {killed} of {kills} kills, found {dict(found)}", file=sys.stderr, flush=True)
    return Survived(killed, too_late, dict(found), await _check(folder, CALLS + number))


async def kill_at_every_step(stores: Path) -> dict[str, int]:
    """Rotations and rekeys of copies of one vault, the first killed at its first change of a file, the second at its second, until
    one gets through; each then read whole and brought to its end. How many kills by verb."""
    before = stores / "before"
    before.mkdir(parents=True)
    vault_keys.create(before / "keys")
    vault = await open_vault(before)
    await vault.run(lambda tx: fill(tx, FEW_CALLS))
    await vault.close()
    async with asyncio.TaskGroup() as group:
        tasks = {verb: group.create_task(_steps(before, verb)) for verb in ("rotate", "rekey")}
    return {verb: task.result() for verb, task in tasks.items()}


async def _steps(before: Path, verb: str) -> int:
    async with _changing() as changing:
        assert changing.stdin is not None
        for step in range(1, STEPS_MAX):
            folder = before.with_name(f"{verb}-{step}")
            shutil.copytree(before, folder)
            changing.stdin.write(f"{folder} {verb} 1 {step}\n".encode())
            await _until(changing, "begins")
            if ["done", "."] in await _until(changing, "gone"):
                break
            changing.stdin.write(f"{folder} {verb} 2 0\n".encode())
            said = {words[0]: words[1] for words in await _until(changing, "begins")}
            assert int(said["whole"]) == FEW_CALLS + 1
            assert ["done", "."] in await _until(changing, "gone")
            await _check(folder, FEW_CALLS + 2, rotations=0)
            shutil.rmtree(folder)
        else:
            raise AssertionError(f"{verb} has more steps than it should have")
    return step - 1


@asynccontextmanager
async def _changing() -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.vault.changing_keys",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    try:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _until(process: asyncio.subprocess.Process, last: str) -> list[list[str]]:
    """The whole lines up to the one that begins with `last`."""
    assert process.stdout is not None
    lines: list[list[str]] = []
    while not lines or lines[-1][0] != last:
        line = (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode()
        assert line, "it is gone itself"
        words = line.split()
        assert words[:1] != ["gone"] or last == "gone", lines  # it died before it began: see its standard error
        if words[-1:] == ["."]:
            lines.append(words)
    return lines


async def _check(folder: Path, records: int, rotations: int = 2) -> int:
    """After so many more rotations (the first may only finish one): one key is left, nothing waits, and the log tells one
    story."""
    ring = Keyring.of_files(folder / "keys")
    path, keys, clock = folder / "vault.db", folder / "keys", SystemClock()
    rekey.settle(path, keys, ring)
    for _ in range(rotations):
        await rotation.rotate(path, keys, ring, clock, who="officer:o", why="planned", progress=lambda _: None)
    vault = await open_vault(folder)
    calls = await vault.run(read_all)
    assert len(calls) == records
    assert (await vault.faults())[1] == ()
    assert await vault.run(lambda tx: (tables.rotation(tx.execute), tables.retired(tx.execute))) == (None, [])
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    entries = [json.loads(row[0]) for row in rows]
    begun = [entry["details"]["key_id"] for entry in entries if entry["act"] == "keys.rotation_begun"]
    ended = [entry["details"]["key_id"] for entry in entries if entry["act"] == "keys.rotated"]
    destroyed = {entry["details"]["key_id"] for entry in entries if entry["act"] == "keys.destroyed"}
    assert begun == ended
    assert len(set(begun)) == len(begun)
    assert set(begun[:-1]) <= destroyed
    await vault.close()
    (left,) = (keys / "kek.key").read_text().split()[0::2]
    assert left == begun[-1] if begun else left not in destroyed
    assert sorted(one.name for one in folder.iterdir()) == ["audit-witness.txt", "keys", "vault.db", "vault.db.lock"]
    assert sorted(one.name for one in keys.iterdir()) == [
        "audit-signing.key", "audit-signing.pub", "database.key", "kek.key"
    ]  # fmt: skip
    return len(calls)


def main() -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        print(
            json.dumps(
                {"measure": "kill -9 at every step", "kills": asyncio.run(kill_at_every_step(Path(folder, "steps")))}
            )
        )
        for one in asyncio.run(kill_on(Path(folder), int(sys.argv[1]))):
            print(json.dumps({"measure": "kill -9 while keys change, nothing lost", "kills": one.kills, "too_late": one.too_late,
                              "records": one.records, **one.found}))  # fmt: skip
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
