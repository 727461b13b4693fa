"""A vault that takes escalations and says so on standard output, until it is killed. Not a test; run by campaign.py.

python -m tests.vault.lives FOLDER [SERVER]: for each line on standard input a fresh process opens the vault, says "pid N ." and then
the number of each acknowledged entry, "N ."; when it was killed, "gone .". A line without its full stop was cut off and acknowledges
nothing. Forked, because importing takes ten times as long as a life lasts."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path

from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.vault import keys
from triage.vault.vault import Transaction, Vault


def escalate(tx: Transaction) -> int:
    number = tx.append(Entry("escalation.decided", "core", call_id="call-1"))
    tx.seal(f"call-{number}", "packet", secrets.token_bytes(2_000))
    return tx.append(Entry("escalation.recorded", "core", call_id=f"call-{number}"))


async def live(folder: Path, server: str) -> None:
    vault = Vault.open(folder / "vault.db", keys.load(folder / "keys"), clock=SystemClock(), server=server)
    while True:
        print(await vault.run(escalate), ".", flush=True)


def main(folder: Path, server: str = "") -> None:
    for _ in sys.stdin:
        child = os.fork()  # no thread and no connection exists in this process
        if child == 0:
            print("pid", os.getpid(), ".", flush=True)
            asyncio.run(live(folder, server))
        os.waitpid(child, 0)
        print("\ngone .", flush=True)  # a new line first: the killed one may have left half of one


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
