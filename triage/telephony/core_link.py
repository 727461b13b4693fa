"""The gateway's stream to the core, one a call, and the translation between protobuf and triage.call.events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_never

import grpc

from triage.call import events as ev
from triage.errors import EngineFailed, UsageError
from triage.ids import LegId, PlaybackId
from triage.v1 import calls_pb2 as pb
from triage.v1.calls_pb2_grpc import CallMediaStub

OUTGOING_MAX = (
    100  # events not taken by the core: 4 s of caller audio, on top of HTTP/2's 64 KB (4 s); it is stuck then
)
MESSAGE_BYTES_MAX = 4 << 20  # one Play; 30 s of audio is 0.5 MB
RECONNECT_MS_MAX = 1000  # a core that comes back takes the next call
CLOSE_S_MAX = 2.0
SERVER_NAME = "localhost"


class CoreLost(EngineFailed):
    """The core refused the call, ended its stream early, or takes no more events."""


class Channels:
    """The mutual-TLS channel to the core, made anew when the certificate on disk changes (gRPC cannot reload one)."""

    def __init__(self, address: str, keys_dir: Path) -> None:
        self._address = address
        self._files = [keys_dir / name for name in ("ca.crt", "gateway.crt", "gateway.key")]
        self._channel: grpc.aio.Channel | None = None
        self._stamp: tuple[int, ...] = ()
        self._old: list[grpc.aio.Channel] = []

    def current(self) -> grpc.aio.Channel:
        """Raises UsageError when a key file is missing."""
        try:
            stamp = tuple(each.stat().st_mtime_ns for each in self._files)
            if self._channel is None or stamp != self._stamp:
                ca, certificate, key = (each.read_bytes() for each in self._files)
                if self._channel is not None:
                    self._old.append(self._channel)  # calls on it go on
                self._channel = self._open(ca, certificate, key)
                self._stamp = stamp
        except OSError:
            raise UsageError("The gateway's certificate is missing.", advice="Run: triage keys init") from None
        return self._channel

    def _open(self, ca: bytes, certificate: bytes, key: bytes) -> grpc.aio.Channel:
        return grpc.aio.secure_channel(
            self._address,
            grpc.ssl_channel_credentials(ca, key, certificate),
            options=[
                ("grpc.ssl_target_name_override", SERVER_NAME),
                ("grpc.default_authority", SERVER_NAME),
                ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
                ("grpc.initial_reconnect_backoff_ms", 200),
                ("grpc.min_reconnect_backoff_ms", 200),
                ("grpc.max_reconnect_backoff_ms", RECONNECT_MS_MAX),
                ("grpc.enable_http_proxy", 0),
            ],
        )

    async def close(self) -> None:
        for channel in [*self._old, *([self._channel] if self._channel else [])]:
            await channel.close()


class CoreLink:
    """One call's stream. `send` never waits; `requests` yields until the core ends the stream."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """`reached`: the channel is up. If not, the stream begins as soon as it is: a core that has just come back takes this call."""
        self.reached = channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY
        self._queue: asyncio.Queue[pb.FromGateway | None] = asyncio.Queue(OUTGOING_MAX)
        stub = CallMediaStub(channel)
        self._stream = stub.Carry(self._outgoing(), wait_for_ready=not self.reached)

    def send(self, event: ev.LineEvent) -> None:
        """Raises CoreLost when the core has stopped taking events."""
        try:
            self._queue.put_nowait(event_to_proto(event))
        except asyncio.QueueFull:
            raise CoreLost("The core takes no more events.") from None

    async def requests(self) -> AsyncIterator[ev.LineRequest]:
        """Raises CoreLost when the stream breaks or ends."""
        try:
            async for message in self._stream:
                yield request_from_proto(message)
        except grpc.aio.AioRpcError:
            raise CoreLost("The core's stream broke.") from None
        except asyncio.CancelledError:
            if self._stream.cancelled() and not _being_cancelled():
                raise CoreLost("The core's stream was cancelled.") from None
            raise
        raise CoreLost("The core ended its stream.")

    async def close(self) -> None:
        """Lets the core read what was sent, then ends the stream."""
        try:
            async with asyncio.timeout(CLOSE_S_MAX):
                await self._queue.put(None)
                await self._stream.code()
        except TimeoutError:
            pass
        self._stream.cancel()

    def abort(self) -> None:
        """Breaks the stream."""
        self._stream.cancel()

    async def _outgoing(self) -> AsyncIterator[pb.FromGateway]:
        while (message := await self._queue.get()) is not None:
            yield message


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def event_to_proto(event: ev.LineEvent) -> pb.FromGateway:
    match event:
        case ev.Incoming(call_id, caller_number, dialed_number, sip_call_id):
            incoming = pb.Incoming(
                call_id=call_id,
                caller_number=caller_number.reveal(),
                dialed_number=dialed_number,
                sip_call_id=sip_call_id,
            )
            return pb.FromGateway(incoming=incoming)
        case ev.CallerAnswered():
            return pb.FromGateway(answered=pb.CallerAnswered())
        case ev.CallerAudio(first_sample, pcm):
            return pb.FromGateway(audio=pb.CallerAudio(pcm=pcm, first_sample=first_sample))
        case ev.Dtmf(digit, leg_id, duration_ms):
            return pb.FromGateway(dtmf=pb.Dtmf(leg_id=leg_id or "", digit=digit, duration_ms=duration_ms))
        case ev.Played(playback_id, samples, finished, cut_off):
            played = pb.Played(playback_id=playback_id, samples=samples, finished=finished, cut_off=cut_off)
            return pb.FromGateway(played=played)
        case ev.LegChanged(leg_id, state, sip_status):
            changed = pb.LegChanged(leg_id=leg_id, state=f"LEG_STATE_{state.name}", sip_status=sip_status)
            return pb.FromGateway(leg=changed)
        case ev.TransferOutcome(ok, sip_status):
            return pb.FromGateway(transfer=pb.TransferOutcome(ok=ok, sip_status=sip_status))
        case ev.CallEnded(reason):
            return pb.FromGateway(ended=pb.CallEnded(reason=f"END_REASON_{reason.name}"))
        case _:
            assert_never(event)


def request_from_proto(message: pb.ToGateway) -> ev.LineRequest:
    """Raises CoreLost on a request that this version does not know: the caller then goes to a human."""
    match message.WhichOneof("request"):
        case "answer":
            return ev.Answer()
        case "play":
            return ev.Play(PlaybackId(message.play.playback_id), message.play.pcm, message.play.last)
        case "stop":
            return ev.StopPlayback()
        case "dial":
            return ev.Dial(LegId(message.dial.leg_id), message.dial.uri)
        case "bridge":
            return ev.Bridge(LegId(message.bridge.leg_id))
        case "drop":
            return ev.DropLeg(LegId(message.drop.leg_id))
        case "refer":
            return ev.Refer(message.refer.uri)
        case "hang_up":
            return ev.HangUp()
        case "listen":
            return ev.Listen(message.listen.on)
        case _:
            raise CoreLost("The core sent an unknown request.")
