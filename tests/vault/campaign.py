"""What a vault must survive, as often as one likes; `make test` runs a part of each.

    python -m tests.vault.campaign power 1000       images of the disk after a power loss
    python -m tests.vault.campaign disk             ENOSPC and EIO at every write of one escalation
    python -m tests.vault.campaign migration        kill -9 at every write of a migration
    python -m tests.vault.campaign kill 1000 [postgresql]

Each prints JSON lines and raises AssertionError for anything acknowledged that is lost."""

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
from pathlib import Path
from typing import Any

from tests.vault import powerloss, shim
from tests.vault.cluster import cluster
from triage.clock import SystemClock
from triage.vault import keys as vault_keys
from triage.vault.keys import VaultKeys
from triage.vault.vault import Vault

OLD = Path(__file__).parent / "old"
ANSWER_S_MAX = 300
KILLS_A_STORE = 100  # the longer the log, the longer each life takes to begin
ESCALATIONS = 450  # the write-ahead log is folded in three times, and cut back nine


def power(root: Path, count: int, *, escalations: int = ESCALATIONS, seed: int = 20261127) -> dict[str, Any]:
    shim.start(shim.build(root), "record", str(root), str(escalations))
    keys = vault_keys.load(root / "keys")
    unacknowledged = 0
    acknowledged_in_all = 0
    for number, (acknowledged, files) in enumerate(
        powerloss.images(root / "journal", root / "begun", root / "life", count, seed)
    ):
        folder = root / "image"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        try:
            size = asyncio.run(_open(folder, keys))
        except Exception as fault:
            raise AssertionError(f"image {number} of seed {seed}, {acknowledged} acknowledged: {fault!r}") from fault
        assert size >= acknowledged, f"image {number} of seed {seed}: {size} of {acknowledged} acknowledged entries"
        unacknowledged += size > acknowledged
        acknowledged_in_all += acknowledged
        shutil.rmtree(folder)
    return {
        "measure": "power loss, nothing acknowledged lost", "images": count, "escalations": escalations,
        "entries_checked": acknowledged_in_all, "images_with_an_unacknowledged_one": unacknowledged,
    }  # fmt: skip


async def _open(folder: Path, keys: VaultKeys) -> int:
    """Opening verifies every entry against the signed checkpoints, the witness, and every sealed record's hash."""
    vault = Vault.open(folder / "vault.db", keys, clock=SystemClock())
    size = vault.checkpoint.size
    await vault.close()
    return size


async def kill(root: Path, kills: int, *, server: str = "", seed: int = 20261127) -> dict[str, Any]:
    """kill -9 at random moments of one vault's lives; each begins with what the last one left, and each third dies opening it."""
    vault_keys.create(root / "keys")
    chance = random.Random(seed)
    newest = -1
    lives = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.vault.lives", str(root), *([server] if server else []), cwd=shim.REPOSITORY,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert lives.stdin is not None
    assert lives.stdout is not None
    for number in range(kills):
        lives.stdin.write(b"\n")
        pid, first = 0, True
        while first:
            said = (await asyncio.wait_for(lives.stdout.readline(), ANSWER_S_MAX)).decode().split()
            if said[:1] == ["pid"]:
                pid = int(said[1])
                first = number % 3 != 2
            elif said:
                assert len(said) == 2, "cut off"
                assert said[0] != "gone", "it died by itself"
                assert int(said[0]) > newest, "an acknowledged entry was lost"
                newest, first = int(said[0]), False
        await asyncio.sleep(chance.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        while (said := (await asyncio.wait_for(lives.stdout.readline(), ANSWER_S_MAX)).decode().split()) != [
            "gone",
            ".",
        ]:
            if len(said) == 2 and said[1] == ".":
                newest = int(said[0])
    lives.stdin.close()
    assert await lives.wait() == 0
    vault = Vault.open(root / "vault.db", vault_keys.load(root / "keys"), clock=SystemClock(), server=server)
    assert (await vault.faults())[1] == ()
    await vault.close()
    # The last life and, where that died before it acknowledged anything, the one before may each have written an escalation, of two
    # entries, that nobody was told of.
    assert newest < vault.checkpoint.size, "an acknowledged entry was lost"
    assert vault.checkpoint.size <= newest + 1 + 2 * 2
    return {"measure": "kill -9, nothing acknowledged lost", "engine": "postgresql" if server else "sqlcipher", "kills": kills,
            "acknowledged": (newest + 1) // 2}  # fmt: skip


def disk(root: Path, stride: int = 1) -> list[str]:
    return shim.start(shim.build(root), "disk", str(root), str(stride))


def migration(root: Path, stride: int = 1) -> list[str]:
    return shim.start(shim.build(root), "migration", str(root), str(OLD), str(stride))


def main() -> None:
    began = time.monotonic()
    what, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        folder = Path(name)
        if what == "power":
            print(json.dumps(power(folder, int(rest[0]))))
        elif what == "kill":
            for number in range(0, int(rest[0]), KILLS_A_STORE):
                (store := folder / str(number)).mkdir()
                server = cluster().new() if rest[1:] == ["postgresql"] else ""
                kills = min(KILLS_A_STORE, int(rest[0]) - number)
                print(json.dumps(asyncio.run(kill(store, kills, server=server, seed=number))), flush=True)
        elif what == "disk":
            print("\n".join(disk(folder)))
        elif what == "migration":
            print("\n".join(migration(folder)))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
