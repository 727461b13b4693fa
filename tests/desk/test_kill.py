"""kill -9 at random moments: what the desk acknowledged is there once, every caller has a callback, the log is whole."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from tests.desk.conftest import AMARA, triage
from triage.clock import SystemClock
from triage.handoff.state import HandoffState
from triage.vault import keys as vault_keys

KILLS = int(os.environ.get("TRIAGE_KILLS", "8"))  # each start takes about a second


async def test_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    vault_keys.create(tmp_path / "keys")
    chance = random.Random(20261124)
    opened: dict[str, str] = {}
    claimed: set[str] = set()
    first = 1
    for _ in range(KILLS):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.desk.escalating", str(tmp_path), str(first),
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout is not None
        lines = [await asyncio.wait_for(process.stdout.readline(), 30)]
        await asyncio.sleep(chance.uniform(0, 0.15))
        process.kill()
        lines += (await process.communicate())[0].splitlines(keepends=True)
        for line in lines:
            if line.endswith(b"\n"):  # a half-written line was not acknowledged
                verb, key, handoff_id = line.decode().split()
                opened[key] = handoff_id
                claimed |= {key} if verb == "claimed" else set()
        first = 1 + max(int(key.split("-")[1]) for key in opened)  # the key that was perhaps committed is used again
    assert len(opened) > KILLS
    async with triage(tmp_path, SystemClock(), vault_keys.load(tmp_path / "keys")) as line:
        assert (await line.vault.faults())[1] == ()
        await line.desk.recover()
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
        assert claimed
        assert AMARA not in line.desk.presence.people
