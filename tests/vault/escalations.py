"""Appends escalations to a vault until its disk is full, then one more with space again; prints the number of each once it is
acknowledged. Run by test_damage.py."""

from __future__ import annotations

import asyncio
import resource
import secrets
import sys
from pathlib import Path

from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.errors import VaultError
from triage.vault import keys
from triage.vault.vault import Transaction, Vault


def escalate(tx: Transaction) -> int:
    tx.seal("call-1", "packet", secrets.token_bytes(2_000))
    return tx.append(Entry("escalation.recorded", "core", call_id="call-1"))


async def main(folder: Path) -> None:
    vault = Vault.open(folder / "vault.db", keys.load(folder / "keys"), clock=SystemClock(), schemas=())
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
    while True:
        try:
            print(await vault.run(escalate), flush=True)
        except VaultError as error:
            print(error.message, flush=True)
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(await vault.run(escalate), flush=True)
    await vault.close()


asyncio.run(main(Path(sys.argv[1])))
