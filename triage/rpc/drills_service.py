"""Drills: rehearsals announced by a holder of a drill certificate, and the timeline of just that call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from triage.audit.entry import Entry
from triage.conversation.rehearsal import Rehearsals, TimelineEvent
from triage.errors import TriageError
from triage.escalation.levels import Level
from triage.rpc.identity import caller
from triage.rpc.refusal import refusing
from triage.v1 import drills_pb2, drills_pb2_grpc


class DrillsService(drills_pb2_grpc.DrillsServicer):
    """`note` writes an audit entry: an announced drill without one does not stay announced."""

    def __init__(self, rehearsals: Rehearsals, note: Callable[[Entry], Awaitable[object]]) -> None:
        self._rehearsals = rehearsals
        self._note = note

    async def Begin(
        self, request: drills_pb2.BeginDrillRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> drills_pb2.BeginDrillResponse:
        async with refusing(context):
            who = caller(context).who
            rehearsal = self._rehearsals.announce(request.caller_number, request.clinic_now)
            try:
                await self._note(Entry("drill.announced", who, subject=rehearsal.drill_id))
            except TriageError:
                self._rehearsals.forget(rehearsal)
                raise
        return drills_pb2.BeginDrillResponse(drill_id=rehearsal.drill_id)

    async def Watch(
        self, request: drills_pb2.WatchDrillRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[drills_pb2.TimelineEvent]:
        async with refusing(context):
            rehearsal = self._rehearsals.of(request.drill_id)
        try:
            async for event in rehearsal.events():
                yield to_proto(event)
        finally:
            self._rehearsals.forget(rehearsal)


def to_proto(event: TimelineEvent) -> drills_pb2.TimelineEvent:
    facts = event.facts
    level = facts.get("level")
    return drills_pb2.TimelineEvent(
        t=event.t,
        event=event.event,
        text="" if event.event == "level" else event.text.reveal(),
        quote=event.text.reveal() if event.event == "level" else "",
        final=bool(facts.get("final", False)),
        fixed=bool(facts.get("fixed", False)),
        level=f"LEVEL_{Level.parse(str(level)).name}" if level else "LEVEL_UNSPECIFIED",
        trigger=str(facts.get("trigger", "")),
        callback_by=str(facts.get("callback_by", "")),
        handoff_id=str(facts.get("handoff_id", "")),
        person=str(facts.get("person", "")),
        call_id=event.call_id,
        timings_ms=dict(event.timings_ms),
    )
