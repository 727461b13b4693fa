"""Rings the on-call telephones that the core names, says why, and waits for a key: 1 takes it, 2 passes. A voicemail presses none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import grpc

from triage.errors import UsageError
from triage.ids import PlaybackId
from triage.telemetry import logs
from triage.telephony.bridge import MediaClock, Stream
from triage.telephony.core_link import Channels
from triage.telephony.sip import Closed, Endpoint, Established, LegEvent, Pressed, SipFailed
from triage.v1 import calls_pb2 as pb
from triage.v1.calls_pb2_grpc import PagingStub

SAID_TIMES = 3  # then nobody listens
PAUSE_S = 2.0  # between two times
AGAIN_S = 1.0  # between attempts to reach the core

ANSWERS = {1: "taken", 2: "declined", 3: "no_key", 4: "not_reached"}  # as in PageOutcome.Answer

log = logs.get("gateway")


class Pager:
    def __init__(self, endpoint: Endpoint, clock: MediaClock, channels: Channels) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._channels = channels
        self._outcomes: asyncio.Queue[pb.PageOutcome] = asyncio.Queue()

    async def run(self) -> None:
        """Until cancelled; a core that is gone is tried again."""
        async with asyncio.TaskGroup() as pages:
            while True:
                try:
                    stub = PagingStub(self._channels.current())
                    async for page in stub.Work(self._outgoing(), wait_for_ready=True):
                        pages.create_task(self._page(page))
                except (grpc.aio.AioRpcError, UsageError):
                    pass
                await asyncio.sleep(AGAIN_S)

    async def _outgoing(self) -> AsyncIterator[pb.PageOutcome]:
        yield pb.PageOutcome()
        while True:
            yield await self._outcomes.get()

    async def _page(self, page: pb.PageCall) -> None:
        started = time.monotonic()
        answer, status = await self._ring(page)
        elapsed_ms = round((time.monotonic() - started) * 1000)
        log.info(f"page_{ANSWERS[answer]}", sip_status=status, elapsed_ms=elapsed_ms)
        self._outcomes.put_nowait(pb.PageOutcome(page_id=page.page_id, answer=answer, sip_status=status))

    async def _ring(self, page: pb.PageCall) -> tuple[pb.PageOutcome.Answer, int]:
        try:
            leg = await self._endpoint.dial(page.uri)
        except SipFailed:
            return pb.PageOutcome.ANSWER_NOT_REACHED, 0
        happened: asyncio.Queue[LegEvent] = asyncio.Queue()
        leg.listen(happened.put_nowait)
        stream = Stream(leg.audio, on_active=lambda: None, on_played=lambda _: None, on_heard=lambda *_: None)
        self._clock.add(stream)
        try:
            return await self._asked(page, stream, happened)
        finally:
            self._clock.remove(stream)
            await leg.hang_up()

    async def _asked(
        self, page: pb.PageCall, stream: Stream, happened: asyncio.Queue[LegEvent]
    ) -> tuple[pb.PageOutcome.Answer, int]:
        try:
            async with asyncio.timeout(page.ring_s):
                while not isinstance(event := await happened.get(), Established):
                    if isinstance(event, Closed):
                        return pb.PageOutcome.ANSWER_NOT_REACHED, event.sip_status
        except TimeoutError:
            return pb.PageOutcome.ANSWER_NOT_REACHED, 408
        sentence_s = len(page.pcm) / 16_000
        for number in range(SAID_TIMES):
            stream.play(PlaybackId(f"page{number}"), page.pcm, last=True)
            try:
                async with asyncio.timeout(sentence_s + PAUSE_S):
                    while True:
                        match await happened.get():
                            case Pressed(digit="1"):
                                return pb.PageOutcome.ANSWER_TAKEN, 200
                            case Pressed(digit="2"):
                                return pb.PageOutcome.ANSWER_DECLINED, 200
                            case Closed():
                                return pb.PageOutcome.ANSWER_NO_KEY, 200
                            case _:
                                continue
            except TimeoutError:
                continue
        return pb.PageOutcome.ANSWER_NO_KEY, 200
