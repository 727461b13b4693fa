"""A desk that escalates and says so on standard output, until it is killed. Not a test; run by killing.py

python -m tests.desk.escalating FOLDER: for each line FIRST on standard input a fresh process begins with that number and says
"pid N ." and then a line per acknowledged act, "opened KEY HANDOFF ." or "claimed KEY HANDOFF ."; when it was killed, "gone .".
A line without its full stop was cut off and acknowledges nothing. Forked, because importing takes ten times as long as a life lasts."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import sys
from pathlib import Path

from tests.desk.conftest import AMARA, decision, packet, triage
from triage.clock import SystemClock
from triage.telemetry import logs
from triage.vault.keys import load


async def escalate(folder: Path, first: int) -> None:
    async with triage(folder, SystemClock(), load(folder / "keys"), AMARA) as line:
        await line.desk.recover()
        for number in itertools.count(first):
            key = f"call-{number}"
            await asyncio.sleep(0.01)  # else so many pile up that restarting takes all the time
            opened = await line.desk.open(decision(), packet(key), idempotency_key=key)
            print("opened", key, opened.handoff_id, ".", flush=True)
            if number % 3 == 0:
                await line.desk.claim(opened.handoff_id, AMARA)
                print("claimed", key, opened.handoff_id, ".", flush=True)


def main(folder: Path) -> None:
    logs.configure("desk", io.StringIO())
    for line in sys.stdin:
        child = os.fork()  # no thread and no connection exists in this process
        if child == 0:
            print("pid", os.getpid(), ".", flush=True)
            asyncio.run(escalate(folder, int(line)))
        os.waitpid(child, 0)
        print("\ngone .", flush=True)  # a new line first: the killed one may have left half of one


if __name__ == "__main__":
    main(Path(sys.argv[1]))
