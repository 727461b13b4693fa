"""A vault whose keys are changed until the process is killed, and which says what it found. Not a test; run by killing.py

python -m tests.vault.changing_keys: for each line "FOLDER VERB NUMBER STEP" on standard input a fresh process looks at what the last one
left ("found STATE ."), opens the vault, reads every record ("whole COUNT ."), seals one more ("sealed CALL ."), and says "begins ."
before it rotates or rekeys, "done ." after. When it is gone: "gone CODE .". A line without its full stop was cut off. With a STEP
other than 0 it kills itself as it is about to change a file for the STEP-th time."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
import traceback
from pathlib import Path

from triage.clock import SystemClock
from triage.vault import keys as vault_keys
from triage.vault import records
from triage.vault.keys import NEXT_DATABASE_FILE, Keyring
from triage.vault.lifetime import rekey, rotation, tables
from triage.vault.lifetime.rekey import ASIDE
from triage.vault.vault import Transaction, Vault

CALLS = 450  # data keys: three pages of a rotation


def payload(call_id: str) -> bytes:
    return hashlib.sha256(call_id.encode()).digest() * 4


def fill(tx: Transaction, calls: int = CALLS) -> None:
    for number in range(calls):
        tx.seal(f"first-{number}", "packet", payload(f"first-{number}"))


def read_all(tx: Transaction) -> list[str]:
    """Every call's id; each of its records is what was sealed."""
    calls = [row[0] for row in tx.execute("SELECT call_id FROM vault_data_key ORDER BY call_id")]
    for call_id in calls:
        assert records.unseal(tx.execute, tx._keys, call_id, "packet") == [payload(call_id)]
    return calls


async def open_vault(folder: Path) -> Vault:
    ring = Keyring.of_files(folder / "keys")
    rekey.settle(folder / "vault.db", folder / "keys", ring)
    return Vault.open(folder / "vault.db", vault_keys.load(folder / "keys", ring), clock=SystemClock(), schemas=())


def die_at(step: int) -> None:
    """kill -9 of this very process at the `step`-th change of a file by Python: a key file, the copy, the rename, and the
    witness, which is written after each commit of the vault. So it happens between any two things that stay."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        changes = event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile") or (
            event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        )
        seen += changes
        if changes and seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


async def change(folder: Path, verb: str, number: str, step: int) -> None:
    left = (folder / "keys" / NEXT_DATABASE_FILE).exists(), (folder / ASIDE / "vault.db").exists()
    vault = await open_vault(folder)
    begun = await vault.run(lambda tx: tables.rotation(tx.execute))
    match left, begun:
        case (True, True), _:
            state = "rekey-copied"  # or still being copied; the old file stands
        case (True, False), _:
            state = "rekey-placed"  # or not even begun to copy
        case _, None:
            state = "nothing-open"
        case _:
            state = "rotation-open"
    print("found", state, ".", flush=True)
    calls = await vault.run(read_all)
    assert (await vault.faults())[1] == ()
    print("whole", len(calls), ".", flush=True)
    call_id = f"later-{number}"
    if call_id not in calls:
        await vault.run(lambda tx: tx.seal(call_id, "packet", payload(call_id)))
    print("sealed", call_id, ".", flush=True)
    await vault.close()
    path, keys, clock = folder / "vault.db", folder / "keys", SystemClock()
    ring = Keyring.of_files(keys)
    print("begins .", flush=True)
    if step:
        die_at(step)
    if verb == "rotate":
        await rotation.rotate(path, keys, ring, clock, who="officer:o", why="planned", progress=lambda _: None)
    else:
        await rekey.rekey(path, keys, ring, clock, who="officer:o", why="planned")
    print("done .", flush=True)


def main() -> None:
    for line in sys.stdin:
        child = os.fork()  # no thread and no connection exists in this process
        if child == 0:
            print("pid", os.getpid(), ".", flush=True)
            try:
                folder, verb, number, step = line.split()
                asyncio.run(change(Path(folder), verb, number, int(step)))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(
            "\ngone", os.waitstatus_to_exitcode(status), ".", flush=True
        )  # a new line first: half of one may be there


if __name__ == "__main__":
    main()
