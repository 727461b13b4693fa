"""A desk that escalates and says so on standard output, until it is killed. Not a test; run by test_kill.

python escalating.py FOLDER FIRST: one line per acknowledged act, "opened KEY HANDOFF" or "claimed KEY HANDOFF"."""

from __future__ import annotations

import asyncio
import io
import itertools
import sys
from pathlib import Path

from tests.desk.conftest import AMARA, decision, packet, triage
from triage.clock import SystemClock
from triage.telemetry import logs
from triage.vault.keys import load


async def main(folder: Path, first: int) -> None:
    async with triage(folder, SystemClock(), load(folder / "keys"), AMARA) as line:
        await line.desk.recover()
        for number in itertools.count(first):
            key = f"call-{number}"
            await asyncio.sleep(0.01)  # else so many pile up that restarting takes all the time
            opened = await line.desk.open(decision(), packet(key), idempotency_key=key)
            print("opened", key, opened.handoff_id, flush=True)
            if number % 3 == 0:
                await line.desk.claim(opened.handoff_id, AMARA)
                print("claimed", key, opened.handoff_id, flush=True)


logs.configure("desk", io.StringIO())
asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
