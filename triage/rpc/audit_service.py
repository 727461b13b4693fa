"""Audit: export, verification and checkpoint, for officers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import grpc

from triage.audit import export
from triage.audit import log as audit_log
from triage.audit.check import Signed
from triage.audit.checkpoint import Checkpoint
from triage.audit.entry import Entry
from triage.clock import Clock
from triage.errors import UsageError
from triage.ids import new_hex
from triage.officer.cosigning import cosigned_notes, trusted
from triage.rpc.identity import Identity, caller
from triage.rpc.refusal import refusing
from triage.v1 import audit_pb2 as pb
from triage.v1.audit_pb2_grpc import AuditServicer
from triage.vault.vault import Transaction, Vault

REASON_CHARACTERS_MAX = 500
PART_BYTES_MAX = 256 * 1024  # of one message; below gRPC's default limit of 4 MiB
_CODE: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}")

Context = grpc.aio.ServicerContext[Any, Any]


class StoredLog:
    """The vault's log as an export reads it. Each page is its own transaction, so that calls go on."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def entries(self, after: int, stop: int) -> list[tuple[int, bytes]]:
        return await self._vault.run(lambda tx: audit_log.leaf_page(tx.execute, after, stop))

    async def history(self, size: int, entries: int) -> list[Signed]:
        return await self._vault.run(lambda tx: audit_log.history_page(tx.execute, size, entries))


class AuditService(AuditServicer):
    """`keys_folder`: where the list of trusted witnesses is; None: there are no witnesses."""

    def __init__(self, vault: Vault, clock: Clock, keys_folder: Path | None = None) -> None:
        self._vault, self._clock, self._keys_folder = vault, clock, keys_folder

    async def Export(self, request: pb.ExportRequest, context: Context) -> AsyncIterator[pb.ExportPart]:
        """Logged before the first byte leaves: when the log cannot be written, nothing is sent."""
        async with refusing(context):
            checkpoint, previous = await self._log_export(caller(context, self._clock), request.reason)
            verifier = self._vault.verifier
            cosigned = await self._vault.run(lambda tx: cosigned_notes(tx, verifier, checkpoint.size))
            bundle = export.Bundle(
                StoredLog(self._vault), checkpoint, verifier, previous, self._clock.now(), cosigned=cosigned,
                witnesses=trusted(self._keys_folder) if self._keys_folder else (),
            )  # fmt: skip
            async for part in bundle.parts():
                for message in _messages(part):
                    yield message

    async def _log_export(self, identity: Identity, reason: str) -> tuple[Checkpoint, Checkpoint | None]:
        """This export's checkpoint, whose last entry is the export, and the previous export's."""
        if len(reason) > REASON_CHARACTERS_MAX:
            raise UsageError("The reason is too long.", advice=f"At most {REASON_CHARACTERS_MAX} characters.")
        export_id, vault = f"export-{new_hex()}", self._vault

        def work(tx: Transaction) -> tuple[int, int | None]:
            ((previous,),) = tx.execute("SELECT MAX(size) FROM audit_export")
            sequence = tx.append(_export_entry(tx, identity, export_id, reason))
            tx.execute("INSERT INTO audit_export (size) VALUES (?)", (sequence + 1,))
            return sequence + 1, previous

        size, before = await vault.run(work)
        stored = audit_log.stored_checkpoint
        checkpoint = await vault.run(lambda tx: stored(tx.execute, vault.verifier, size))
        if before is None:
            return checkpoint, None
        return checkpoint, await vault.run(lambda tx: stored(tx.execute, vault.verifier, before))

    async def Verify(self, request: pb.VerifyRequest, context: Context) -> pb.VerifyResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            checkpoint, faults = await self._vault.faults()
            entry = Entry(
                "audit.verified",
                who,
                outcome="failure" if faults else "success",
                details=(("size", checkpoint.size), ("faults", len(faults))),
            )
            await self._vault.run(lambda tx: tx.append(entry))
            return pb.VerifyResponse(
                size=checkpoint.size, root_hex=checkpoint.root.hex(), faults=[fault.sentence() for fault in faults]
            )
        raise AssertionError("refusing() ends the call")

    async def Checkpoint(self, request: pb.CheckpointRequest, context: Context) -> pb.CheckpointResponse:
        async with refusing(context):
            caller(context, self._clock)
            return pb.CheckpointResponse(note=self._vault.checkpoint.note)
        raise AssertionError("refusing() ends the call")


def is_code(reason: str) -> bool:
    """One word, which may stand in the log."""
    return _CODE.fullmatch(reason) is not None


def _export_entry(tx: Transaction, identity: Identity, export_id: str, reason: str) -> Entry:
    """A reason of one word stands in the log; a sentence may hold a name, so it is sealed and the log holds its hash."""
    if not reason or is_code(reason):
        return Entry("export.made", identity.who, subject=export_id, reason=reason or "not_stated")
    tx.seal(export_id, "export.reason", reason.encode())
    return Entry("export.made", identity.who, call_id=export_id, subject=export_id, reason="sealed")


def _messages(part: export.Part) -> list[pb.ExportPart]:
    pieces = [part.data[at : at + PART_BYTES_MAX] for at in range(0, len(part.data), PART_BYTES_MAX)] or [b""]
    return [
        pb.ExportPart(
            file=part.file,
            data=piece,
            last_of_file=part.last_of_file and number == len(pieces) - 1,
            entries_done=part.entries_done,
            entries_total=part.entries_total,
        )
        for number, piece in enumerate(pieces)
    ]
