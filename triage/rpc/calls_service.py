"""CallMedia: the gateway's stream of one call, handed to the conversation as a Line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, assert_never

import grpc

from triage.call import events
from triage.call.events import LineEvent, LineRequest
from triage.conversation.line import Line
from triage.errors import EngineFailed
from triage.ids import CallId, LegId, PlaybackId
from triage.privacy.phi import Phi
from triage.v1 import calls_pb2, calls_pb2_grpc

REQUESTS_QUEUED_MAX = 2_000  # 400 s of speech, more than the gateway takes at all: it no longer reads


class CallMediaService(calls_pb2_grpc.CallMediaServicer):
    """`take_call` runs one call to its end; it owns every failure of the call."""

    def __init__(self, take_call: Callable[[Line], Awaitable[None]]) -> None:
        self._take_call = take_call

    async def Carry(
        self, request_iterator: AsyncIterator[calls_pb2.FromGateway], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[calls_pb2.ToGateway]:
        line = StreamLine(request_iterator)
        task = asyncio.ensure_future(self._take_call(line))
        task.add_done_callback(lambda _: line.finish())
        try:
            async for request in line.requests():
                yield request
        finally:
            line.lose()
            await task  # a call outlives its stream until everything about it is on disk


class StreamLine:
    """A Line over one gRPC stream."""

    def __init__(self, incoming: AsyncIterator[calls_pb2.FromGateway]) -> None:
        self._incoming = incoming
        self._requests: asyncio.Queue[calls_pb2.ToGateway | None] = asyncio.Queue(REQUESTS_QUEUED_MAX)
        self._lost = asyncio.Event()

    async def events(self) -> AsyncIterator[LineEvent]:
        ended = False
        try:
            async for message in self._incoming:
                event = from_gateway(message)
                ended = isinstance(event, events.CallEnded)
                yield event
                if ended:
                    return
        except (grpc.RpcError, asyncio.CancelledError, grpc.aio.UsageError):
            if not self._lost.is_set() and asyncio.current_task() and asyncio.current_task().cancelling():  # type: ignore[union-attr]
                raise
        if not ended:
            self.lose()
            raise EngineFailed("The gateway was lost in mid-call.")

    async def send(self, request: LineRequest) -> None:
        if self._lost.is_set():
            raise EngineFailed("The gateway was lost in mid-call.")
        try:
            self._requests.put_nowait(to_gateway(request))
        except asyncio.QueueFull:
            self.lose()
            raise EngineFailed("The gateway no longer reads.") from None

    async def requests(self) -> AsyncIterator[calls_pb2.ToGateway]:
        while (request := await self._requests.get()) is not None:
            yield request

    def finish(self) -> None:
        """The call is over: the stream ends once everything queued has been sent."""
        if self._requests.full():
            self._requests.get_nowait()
        self._requests.put_nowait(None)

    def lose(self) -> None:
        self._lost.set()


def from_gateway(message: calls_pb2.FromGateway) -> LineEvent:
    """Raises EngineFailed for a message of no known kind or value: a gateway of another version must not be half understood."""
    try:
        return _event(message)
    except ValueError:  # a state or reason that this version does not have
        raise EngineFailed("The gateway sent a message of an unknown kind.") from None


def _event(message: calls_pb2.FromGateway) -> LineEvent:
    match message.WhichOneof("event"):
        case "incoming":
            it = message.incoming
            return events.Incoming(CallId(it.call_id), Phi(it.caller_number), it.dialed_number, it.sip_call_id)
        case "answered":
            return events.CallerAnswered()
        case "audio":
            return events.CallerAudio(message.audio.first_sample, message.audio.pcm)
        case "dtmf":
            leg = LegId(message.dtmf.leg_id) if message.dtmf.leg_id else None
            return events.Dtmf(message.dtmf.digit, leg, message.dtmf.duration_ms)
        case "played":
            played = message.played
            return events.Played(PlaybackId(played.playback_id), played.samples, played.finished, played.cut_off)
        case "leg":
            return events.LegChanged(
                LegId(message.leg.leg_id), events.LegState(message.leg.state), message.leg.sip_status
            )
        case "transfer":
            return events.TransferOutcome(message.transfer.ok, message.transfer.sip_status)
        case "ended":
            return events.CallEnded(events.EndReason(message.ended.reason or events.EndReason.ERROR.value))
        case _:
            raise EngineFailed("The gateway sent a message of an unknown kind.")


def to_gateway(request: LineRequest) -> calls_pb2.ToGateway:
    match request:
        case events.Answer():
            return calls_pb2.ToGateway(answer=calls_pb2.Answer())
        case events.Play(playback_id, pcm, last):
            return calls_pb2.ToGateway(play=calls_pb2.Play(playback_id=playback_id, pcm=pcm, last=last))
        case events.StopPlayback():
            return calls_pb2.ToGateway(stop=calls_pb2.StopPlayback())
        case events.Dial(leg_id, uri):
            return calls_pb2.ToGateway(dial=calls_pb2.Dial(leg_id=leg_id, uri=uri))
        case events.Bridge(leg_id):
            return calls_pb2.ToGateway(bridge=calls_pb2.Bridge(leg_id=leg_id))
        case events.DropLeg(leg_id):
            return calls_pb2.ToGateway(drop=calls_pb2.DropLeg(leg_id=leg_id))
        case events.Refer(uri):
            return calls_pb2.ToGateway(refer=calls_pb2.Refer(uri=uri))
        case events.HangUp():
            return calls_pb2.ToGateway(hang_up=calls_pb2.HangUp())
        case events.Listen(on):
            return calls_pb2.ToGateway(listen=calls_pb2.Listen(on=on))
        case _:
            assert_never(request)
