"""DistressClassifier: single utterances, and the partials and finals of one call with levels that stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from triage.distress.classifier import LATE, Classification, Classifier
from triage.escalation.levels import Level
from triage.v1 import distress_pb2 as pb
from triage.v1 import distress_pb2_grpc

CHARACTERS_MAX = 20_000  # of one request; the classifier itself reads the newest 400 words
JUDGE_S_MAX = 1.0  # classification takes 10 ms; later than this is a finding


class DistressService(distress_pb2_grpc.DistressClassifierServicer):
    def __init__(self, classifier: Classifier, within_s: float = JUDGE_S_MAX) -> None:
        self._classifier = classifier
        self._within_s = within_s

    async def Classify(
        self, request: pb.ClassifyRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.Classification:
        return to_proto(request.id, await self._classify(request.text))

    async def ClassifyStream(
        self, request_iterator: AsyncIterator[pb.ClassifyRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.Classification]:
        level = Level.NONE
        async for request in request_iterator:
            found = await self._classify(request.text)
            if found.act:  # what only looks does not stay
                level = max(level, found.level)
            yield to_proto(request.id, found, max(level, found.level))

    async def _classify(self, text: str) -> Classification:
        work = asyncio.to_thread(self._classifier.classify, text[-CHARACTERS_MAX:])
        try:
            return await asyncio.wait_for(work, self._within_s)
        except TimeoutError:
            return Classification(Level.STATE, LATE, 1.0, True, True, (), self._classifier.version)


def to_proto(id_: str, found: Classification, level: Level | None = None) -> pb.Classification:
    return pb.Classification(
        id=id_,
        level=f"LEVEL_{(level or found.level).name}",
        category=found.category,
        score=found.score,
        act=found.act,
        look=found.look,
        hits=[
            pb.Hit(source=h.source, start=h.start, end=h.end, level=f"LEVEL_{h.level.name}", category=h.category)
            for h in found.hits
        ],
        version=found.version,
    )
