"""kill -9 at random moments, again and again on one store, and what must hold at the end. Used by test_kill and by the script

    python -m tests.desk.killing 1000

which prints what it did. Each life begins anew from the disk that the last one left."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.desk.conftest import triage
from triage.clock import SystemClock
from triage.handoff.state import HandoffState
from triage.telemetry import logs
from triage.vault import keys as vault_keys

AT_ONCE = 2  # stores, one for each core
KILLS_A_STORE = int(
    os.environ.get("TRIAGE_KILLS_A_STORE", "50")
)  # the more open callbacks pile up, the longer a restart takes
KILLED_WITHIN_S = 0.15  # of the first acknowledged act; each third kill of the start, while it recovers


@dataclass(frozen=True, slots=True)
class Survived:
    kills: int
    acknowledged: int  # handoffs that the desk said were opened
    unacknowledged: int  # on the disk, and the kill came before the desk could say so
    recovered_s: float


async def kill_on(stores: Path, kills: int) -> list[Survived]:
    """Raises AssertionError for anything lost, doubled or unreadable."""
    shares = [min(KILLS_A_STORE, kills - done) for done in range(0, kills, KILLS_A_STORE)]
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, count: int) -> Survived:
        async with at_once:
            return await _kill(stores / str(number), count, seed=20261124 + number)

    return list(await asyncio.gather(*(one(number, count) for number, count in enumerate(shares))))


async def _kill(folder: Path, kills: int, *, seed: int) -> Survived:
    folder.mkdir()
    vault_keys.create(folder / "keys")
    chance = random.Random(seed)
    opened: dict[str, str] = {}
    claimed: set[str] = set()
    first = 1
    desks = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.desk.escalating", str(folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert desks.stdin is not None
    assert desks.stdout is not None
    for number in range(kills):
        desks.stdin.write(b"%d\n" % first)
        pid, lines = 0, list[list[str]]()
        during_recovery = number % 3 == 2
        while not lines and not (pid and during_recovery):
            said = (await asyncio.wait_for(desks.stdout.readline(), 60)).decode().split()
            if said[:1] == ["pid"]:
                pid = int(said[1])
            elif said:
                lines.append(said)  # the first acknowledged act; "gone" would mean that it died by itself
        await asyncio.sleep(chance.uniform(0, KILLED_WITHIN_S))
        os.kill(pid, signal.SIGKILL)
        while not lines or lines[-1] != ["gone", "."]:
            lines.append((await asyncio.wait_for(desks.stdout.readline(), 60)).decode().split())
        for words in lines:
            if len(words) == 4 and words[-1] == ".":  # a half-written line was not acknowledged
                verb, key, handoff_id, _ = words
                assert opened.setdefault(key, handoff_id) == handoff_id
                claimed |= {key} if verb == "claimed" else set()
        first = 1 + max(
            (int(key.split("-")[1]) for key in opened), default=0
        )  # the key that was perhaps committed is used again
        if number % 50 == 49:
            print(
                f"{folder.name}: {number + 1} of {kills} kills, {len(opened)} acknowledged", file=sys.stderr, flush=True
            )
    desks.stdin.close()
    assert await desks.wait() == 0
    assert len(opened) >= kills // 3 * 2
    return await _check(folder, kills, opened, claimed)


async def _check(folder: Path, kills: int, opened: dict[str, str], claimed: set[str]) -> Survived:
    began = time.monotonic()
    async with triage(folder, SystemClock(), vault_keys.load(folder / "keys")) as line:
        assert (await line.vault.faults())[1] == ()
        await line.desk.recover()
        recovered_s = time.monotonic() - began
        rows = dict(await line.vault.run(lambda tx: tx.execute("SELECT idempotency_key, handoff_id FROM handoff")))
        assert {key: rows.get(key) for key in opened} == opened
        unacknowledged = set(rows) - set(opened)
        assert len(unacknowledged) <= 1  # at most the one that the last kill caught
        found = {change.handoff.handoff_id: change for change in line.desk.worklist()}
        assert set(found) == set(rows.values())
        for change in found.values():
            # A callback that a nurse had taken before the kill is still hers, on the clock.
            assert change.handoff.state in (HandoffState.CALLBACK, HandoffState.CLAIMED)
            assert not change.handoff.caller_on_line
            assert change.handoff.callback is not None
            assert change.handoff.due_ms is not None
            assert change.packet
        acts = await line.acts()
        assert acts.count("escalation.decided") == len(rows)
        assert acts.count("handoff.claimed") >= len(claimed)
    return Survived(kills, len(opened), len(unacknowledged), recovered_s)


def main() -> None:
    logs.configure("desk", io.StringIO())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        for one in asyncio.run(kill_on(Path(folder), int(sys.argv[1]))):
            print(json.dumps({"measure": "kill -9, nothing lost or doubled", "kills": one.kills, "acknowledged": one.acknowledged,
                              "caught_unacknowledged": one.unacknowledged, "recovered_s": round(one.recovered_s, 2)}))  # fmt: skip
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
