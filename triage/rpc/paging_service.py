"""Paging: the gateway's stream over which the core has telephones rung."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import grpc

from triage.paging.telephone import Answer, Switchboard
from triage.v1 import calls_pb2, calls_pb2_grpc


class PagingService(calls_pb2_grpc.PagingServicer):
    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def Work(
        self, request_iterator: AsyncIterator[calls_pb2.PageOutcome], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[calls_pb2.PageCall]:
        ended = asyncio.Event()
        reading = asyncio.ensure_future(self._read(request_iterator, ended))
        over = asyncio.ensure_future(ended.wait())
        self._switchboard.gateways += 1
        try:
            while not ended.is_set():
                ring = asyncio.ensure_future(self._switchboard.rings.get())
                await asyncio.wait({ring, over}, return_when=asyncio.FIRST_COMPLETED)
                if not ring.done():
                    ring.cancel()
                    return
                one = ring.result()
                yield calls_pb2.PageCall(page_id=one.page_id, uri=one.uri, pcm=one.pcm, ring_s=one.ring_s)
        finally:
            self._switchboard.gateways -= 1
            reading.cancel()
            over.cancel()

    async def _read(self, outcomes: AsyncIterator[calls_pb2.PageOutcome], ended: asyncio.Event) -> None:
        try:
            with suppress(grpc.RpcError, grpc.aio.UsageError, ValueError):  # ValueError: an answer of another version
                async for outcome in outcomes:
                    if outcome.answer:
                        self._switchboard.answered(outcome.page_id, Answer(outcome.answer))
        finally:
            ended.set()
