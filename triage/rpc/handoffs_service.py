"""Handoffs: the nurses' side of the desk. Who is asking comes from the certificate, never from the request."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import grpc

from triage.config import TriageLine
from triage.desk.change import Change
from triage.desk.desk import Desk
from triage.errors import IntegrityError, NotAllowed, NotFound
from triage.figures import Share
from triage.handoff.conversion import handoff_to_proto
from triage.handoff.handoff import RELEASE_REASONS, Handoff
from triage.ids import HandoffId, Person
from triage.rpc.identity import caller
from triage.rpc.refusal import refusing
from triage.staffing.erlang import needed
from triage.staffing.figures import ANSWER_S_TARGET, SHARE_TARGET, WINDOW_S, Line
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc

WINDOW_S_MAX = 86_400  # of one status: a day
HEARTBEAT_S = 5.0  # a console that can no longer be written to is found within this time

Context = grpc.aio.ServicerContext[Any, Any]


class HandoffsService(handoffs_pb2_grpc.HandoffsServicer):
    def __init__(self, desk: Desk, line: TriageLine) -> None:
        self._desk = desk
        self._contacts = line.contacts

    async def Watch(
        self, request: handoffs_pb2.WatchRequest, context: Context
    ) -> AsyncIterator[handoffs_pb2.WatchEvent]:
        person = Person(caller(context).person)
        async with refusing(context):
            if person not in self._contacts:
                raise NotAllowed("This nurse has no contact in the configuration.")
        console = None
        try:
            await self._desk.sign_in(person)
            # In one step: what is in the worklist is not news, and what is news comes after it.
            console, worklist = self._desk.presence.watch(person), self._desk.worklist()
            welcome = handoffs_pb2.Welcome(
                person=person, contact=self._contacts[person], dispositions=self._desk.dispositions,
                release_reasons=dict(RELEASE_REASONS),
            )  # fmt: skip
            yield handoffs_pb2.WatchEvent(welcome=welcome)
            for change in worklist:
                yield self._event(change, person)
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        change_or_end = await console.news.get()
                except TimeoutError:
                    yield handoffs_pb2.WatchEvent(heartbeat=handoffs_pb2.Heartbeat())
                    continue
                if change_or_end is None:
                    return
                yield self._event(change_or_end, person)
        finally:
            if console is not None:
                self._desk.presence.leave(console)
            await asyncio.shield(self._desk.sign_out(person))

    async def Claim(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        return await self._do(self._desk.claim, request, context, packet=True)

    async def Decline(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        return await self._do(self._desk.decline, request, context)

    async def Accept(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        return await self._do(self._desk.accept, request, context)

    async def TakeOver(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        return await self._do(self._desk.take_over, request, context, packet=True)

    async def Beat(self, request: handoffs_pb2.BeatRequest, context: Context) -> handoffs_pb2.BeatReply:
        self._desk.presence.beat(Person(caller(context).person))
        return handoffs_pb2.BeatReply()

    async def Release(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        return await self._do(partial(self._desk.release, reason=request.reason), request, context)

    async def Complete(self, request: handoffs_pb2.CompleteRequest, context: Context) -> handoffs_pb2.Handoff:
        person = Person(caller(context).person)
        help_reached = request.help_reached if request.HasField("help_reached") else None
        async with refusing(context):
            handoff = await self._desk.complete(
                HandoffId(request.handoff_id), person, request.disposition, help_reached
            )
        return handoff_to_proto(handoff)

    async def Get(self, request: handoffs_pb2.HandoffRequest, context: Context) -> handoffs_pb2.Handoff:
        person = Person(caller(context).person)
        async with refusing(context):
            read = await self._desk.read(HandoffId(request.handoff_id), person)
        return handoff_to_proto(read.handoff, read.packet)

    async def Status(self, request: handoffs_pb2.StatusRequest, context: Context) -> handoffs_pb2.LineStatus:
        window_s = min(request.window_s or int(WINDOW_S), WINDOW_S_MAX)
        async with refusing(context):
            found = await self._desk.figures(window_s)
        presence = self._desk.presence
        status = _status(found, sorted(presence.people), window_s)
        status.not_responding.extend(sorted(presence.not_responding))
        return status

    async def _do(
        self,
        verb: Callable[[HandoffId, Person], Awaitable[Handoff]],
        request: handoffs_pb2.HandoffRequest,
        context: Context,
        *,
        packet: bool = False,
    ) -> handoffs_pb2.Handoff:
        person, handoff_id = Person(caller(context).person), HandoffId(request.handoff_id)
        async with refusing(context):
            handoff = await verb(handoff_id, person)
        return handoff_to_proto(handoff, await self._packet(handoff_id, person) if packet else None)

    def _event(self, change: Change, person: Person) -> handoffs_pb2.WatchEvent:
        """The packet goes to everybody who is asked, and to whoever has it. Who that was is in the audit log: nurses sign in and
        out, and offers are made, in one order."""
        handoff = change.handoff
        shown = bool(change.packet) and (not handoff.held or handoff.claimed_by == person)
        proto = handoff_to_proto(handoff, change.packet if shown else None)
        proto.ring, proto.alarm = self._desk.rings_for(change, person), change.alarm
        return handoffs_pb2.WatchEvent(changed=proto)

    async def _packet(self, handoff_id: HandoffId, person: Person) -> bytes | None:
        """None when it cannot be read: what is hers by now is hers without it too."""
        with suppress(NotFound, IntegrityError):
            return (await self._desk.read(handoff_id, person)).packet
        return None


def _status(found: Line, nurses: list[Person], window_s: int) -> handoffs_pb2.LineStatus:
    def counted(share: Share) -> handoffs_pb2.Counted:
        return handoffs_pb2.Counted(hits=share.hits, total=share.total)

    return handoffs_pb2.LineStatus(
        nurses=nurses, waiting=found.waiting, offered=found.offered, arrivals_h=found.arrivals_h,
        within_target=counted(found.within), abandoned=counted(found.abandoned), callbacks_kept=counted(found.kept),
        mean_answer_s=found.answer_s, mean_handle_s=found.handle_s, callbacks_due=found.callbacks_due,
        callbacks_overdue=found.callbacks_overdue, nurses_needed=_needed(found, math.inf),
        nurses_for_answer=_needed(found, ANSWER_S_TARGET), target_s=ANSWER_S_TARGET, window_s=window_s,
    )  # fmt: skip


def _needed(found: Line, answer_s: float) -> int:
    try:
        return needed(found.load, target_s=ANSWER_S_TARGET, share=SHARE_TARGET, answer_s=answer_s).nurses
    except ValueError:
        return 0
