from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from triage.audit import export
from triage.audit import log as audit_log
from triage.audit.checkpoint import Verifier
from triage.audit.cosignature import WitnessKey
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.officer.cosigning import cosigned_notes
from triage.rpc.audit_service import StoredLog
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Transaction, Vault


async def write_bundle(vault: Vault, folder: Path, witnesses: tuple[WitnessKey, ...] = ()) -> None:
    """What the Audit service sends, written as the client writes it."""

    def work(tx: Transaction) -> tuple[int, int | None]:
        ((before,),) = tx.execute("SELECT MAX(size) FROM audit_export")
        size = tx.append(Entry("export.made", "officer:test")) + 1
        tx.execute("INSERT INTO audit_export (size) VALUES (?)", (size,))
        return size, before

    size, before = await vault.run(work)

    def stored(wanted: int) -> Callable[[Transaction], object]:
        return lambda tx: audit_log.stored_checkpoint(tx.execute, vault.verifier, wanted)

    checkpoint = await vault.run(stored(size))
    previous = await vault.run(stored(before)) if before else None
    cosigned = await vault.run(lambda tx: cosigned_notes(tx, vault.verifier, size))
    bundle = export.Bundle(
        StoredLog(vault), checkpoint, vault.verifier, previous, SystemClock().now(), cosigned=cosigned, witnesses=witnesses
    )  # type: ignore[arg-type]  # fmt: skip
    folder.mkdir()
    async for part in bundle.parts():
        with (folder / part.file).open("ab") as stream:
            stream.write(part.data)


class Exports:
    """Two exports of one log: 20 acts, `older`, 20 more, `newer`. `key`: the log's public key in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.older, self.newer, self.key = folder / "older", folder / "newer", folder / "key.pub"
        self.verifier: Verifier = asyncio.run(self._make(folder))
        self.key.write_text(self.verifier.text() + "\n")

    async def _make(self, folder: Path) -> Verifier:
        vault = Vault.open(folder / "vault.db", temporary_keys(), clock=SystemClock(), schemas=())
        for target in (self.older, self.newer):
            for number in range(20):
                await vault.run(lambda tx, n=number: record(tx, n))
            await write_bundle(vault, target)
        await vault.close()
        return vault.verifier


def record(tx: Transaction, number: int) -> None:
    call_id = f"call-{number}"
    tx.seal(call_id, "packet", b"payload %d" % number)
    tx.append(Entry("escalation.recorded", "core", call_id=call_id, details=(("level", "danger"), ("turn", number))))


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    return Exports(tmp_path_factory.mktemp("exports"))
