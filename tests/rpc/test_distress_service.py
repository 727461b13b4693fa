"""DistressClassifier over mutual TLS: one utterance, a call's partials, a classifier that is late."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import grpc
import pytest

from tests.rpc.conftest import Port
from triage.distress.classifier import LATE, Classification, Classifier
from triage.rpc.distress_service import DistressService
from triage.v1 import distress_pb2 as pb
from triage.v1 import distress_pb2_grpc


class Late(Classifier):
    def classify(self, text: str) -> Classification:
        time.sleep(0.3)
        return super().classify(text)


def registered(classifier: Classifier, within_s: float = 1.0):  # type: ignore[no-untyped-def]
    def register(server: grpc.aio.Server) -> None:
        distress_pb2_grpc.add_DistressClassifierServicer_to_server(DistressService(classifier, within_s), server)

    return register


async def test_one_utterance(port: Port) -> None:
    async with port.serving(registered(Classifier(None))), port.as_role("nurse") as channel:
        stub = distress_pb2_grpc.DistressClassifierStub(channel)
        found = await stub.Classify(pb.ClassifyRequest(id="7", text="I have chest pain"))
        assert (found.id, found.level, found.act) == ("7", pb.LEVEL_DANGER, True)
        assert found.hits[0].source == "D-CHEST"
        assert found.version


async def test_levels_stay_within_a_stream(port: Port) -> None:
    async def partials() -> AsyncIterator[pb.ClassifyRequest]:
        for number, text in enumerate(("what time", "I have chest pain", "no I mean what time do you open")):
            yield pb.ClassifyRequest(id=str(number), text=text)

    async with port.serving(registered(Classifier(None))), port.as_role("nurse") as channel:
        stub = distress_pb2_grpc.DistressClassifierStub(channel)
        levels = [one.level async for one in stub.ClassifyStream(partials())]
        assert levels == [pb.LEVEL_NONE, pb.LEVEL_DANGER, pb.LEVEL_DANGER]


async def test_late_is_a_finding(port: Port) -> None:
    async with port.serving(registered(Late(None), within_s=0.05)), port.as_role("nurse") as channel:
        found = await distress_pb2_grpc.DistressClassifierStub(channel).Classify(
            pb.ClassifyRequest(id="1", text="hello")
        )
        assert (found.act, found.category) == (True, LATE)


@pytest.mark.parametrize("text", ["", "word " * 10_000, "\x00\x1b", "😀" * 3000])
async def test_bad_input_is_an_answer(port: Port, text: str) -> None:
    async with port.serving(registered(Classifier(None))), port.as_role("nurse") as channel:
        found = await distress_pb2_grpc.DistressClassifierStub(channel).Classify(pb.ClassifyRequest(text=text))
        assert found.category != "classifier_failure"
