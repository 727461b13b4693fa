"""Witness: a second machine or a medium asks for a consistency proof, and brings its cosignature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc

from triage.audit.checkpoint import NOTE_BYTES_MAX
from triage.clock import Clock
from triage.errors import UsageError
from triage.officer import cosigning
from triage.rpc.audit_service import StoredLog
from triage.rpc.identity import caller
from triage.rpc.refusal import refusing
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import WitnessServicer
from triage.vault.vault import Vault

Context = grpc.aio.ServicerContext[Any, Any]


class WitnessService(WitnessServicer):
    """`keys_folder`: where the list of trusted witnesses is."""

    def __init__(self, vault: Vault, clock: Clock, keys_folder: Path) -> None:
        self._vault, self._clock, self._keys_folder = vault, clock, keys_folder

    async def Consistency(self, request: pb.ConsistencyRequest, context: Context) -> pb.ConsistencyResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            checkpoint, proof = await cosigning.consistency(self._vault, StoredLog(self._vault), request.old_size, who)
            return pb.ConsistencyResponse(note=checkpoint.note, proof=proof)
        raise AssertionError("refusing() ends the call")

    async def Cosign(self, request: pb.CosignRequest, context: Context) -> pb.CosignResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            if len(request.note) > NOTE_BYTES_MAX:
                raise UsageError("The note is too long.")
            await cosigning.accept(self._vault, request.note, cosigning.trusted(self._keys_folder), who)
            return pb.CosignResponse()
        raise AssertionError("refusing() ends the call")
