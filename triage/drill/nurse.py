"""The nurse of a drill: her certificate, her worklist over gRPC and her telephone, each for real."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import grpc

from triage.drill import voice
from triage.drill.patient import LINE_SPEAKS_RMS
from triage.errors import EngineFailed
from triage.escalation.levels import Level
from triage.ids import new_hex
from triage.telephony.softphone_client import Softphone
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc
from triage.v1.handoffs_pb2 import HandoffState

GREETING = "Hello, this is the triage nurse. I have read what you said."
BEAT_EVERY_S = 5.0
AUDIO_S_MAX = 8.0  # to hear the caller after the legs were joined


@dataclass(slots=True)
class Seen:
    """What reached the nurse, with this machine's monotonic times."""

    offered_at: float | None = None
    packet_bytes: int = 0
    packet_level: str = ""
    packet_quotes: list[str] = field(default_factory=list)
    claimed: bool = False
    rang_at: float | None = None
    heard_caller: bool = False
    completed: bool = False


class Nurse:
    """Watches for the handoff of one call. `call_id` tells which, once it is known."""

    def __init__(
        self, channel: grpc.aio.Channel, phone: Softphone, call_id: Callable[[], str], claim_after_s: float | None
    ) -> None:
        self._handoffs = handoffs_pb2_grpc.HandoffsStub(channel)
        self.phone = phone
        self._call_id = call_id
        self._claim_after_s = claim_after_s
        self.seen = Seen()
        self.signed_in = asyncio.Event()
        self.joined = asyncio.Event()
        self._handoff_id = ""

    async def work(self) -> None:
        """Until cancelled: waits for the offer, claims it, answers the telephone, confirms."""
        claimed: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            async for event in self._handoffs.Watch(handoffs_pb2.WatchRequest()):
                self.signed_in.set()
                handoff = event.changed
                if event.WhichOneof("event") != "changed" or handoff.call_id != self._call_id():
                    continue
                if handoff.state == HandoffState.HANDOFF_STATE_OFFERED and self.seen.offered_at is None:
                    self._offered(handoff)
                    if self._claim_after_s is not None and claimed is None:
                        claimed = group.create_task(self._take(self._claim_after_s))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY_S)
            await self._handoffs.Beat(handoffs_pb2.BeatRequest(), timeout=BEAT_EVERY_S)

    async def complete(self, disposition: str) -> None:
        request = handoffs_pb2.CompleteRequest(
            handoff_id=self._handoff_id, idempotency_key=new_hex(), disposition=disposition, help_reached=True
        )
        await self._handoffs.Complete(request, timeout=10)
        self.seen.completed = True

    async def hears_caller(self) -> bool:
        """Whether the caller's voice arrives at the nurse's telephone from now on."""
        since, until = self.phone.mark(), time.monotonic() + AUDIO_S_MAX
        while time.monotonic() < until and not self.seen.heard_caller:
            self.seen.heard_caller = any(level.rms > LINE_SPEAKS_RMS for level in self.phone.levels(since))
            await asyncio.sleep(0.05)
        return self.seen.heard_caller

    async def greet(self) -> None:
        await self.phone.start_playing(await asyncio.to_thread(voice.say, GREETING))

    def _offered(self, handoff: handoffs_pb2.Handoff) -> None:
        self.seen.offered_at = time.monotonic()
        self._handoff_id = handoff.handoff_id
        self.seen.packet_bytes = handoff.packet.ByteSize()
        self.seen.packet_level = Level(handoff.packet.situation.level or Level.NONE).word
        self.seen.packet_quotes = [hit.quote for hit in handoff.packet.situation.triggers if hit.quote]

    async def _take(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        key = new_hex()
        request = handoffs_pb2.HandoffRequest(handoff_id=self._handoff_id, idempotency_key=key)
        await self._handoffs.Claim(request, timeout=10)
        self.seen.claimed = True
        try:
            established = await self.phone.wait_for("established", timeout_s=30)
        except EngineFailed:
            return  # the drill's checks say that the telephone never rang
        self.seen.rang_at = float(established["t"])
        await asyncio.sleep(0.3)  # the legs are joined a moment after the answer
        await self._handoffs.Accept(
            handoffs_pb2.HandoffRequest(handoff_id=self._handoff_id, idempotency_key=new_hex()), timeout=10
        )
        self.joined.set()
