"""The client against workers that are not there, die, fall silent or talk nonsense: always EngineFailed, never a hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage.errors import EngineFailed
from triage.ids import CallId
from triage.speech.client import SpeechClient, Waits
from triage.speech.ports import Expectation, Hearing, SpeechStarted
from triage.v1 import speech_pb2 as pb
from triage.v1 import speech_pb2_grpc

CALL = CallId("0" * 32)
SLOW_S = 20  # for what takes milliseconds: a machine may be busy with something else
WAITS = Waits(send_s=1, final_s=0.6, finish_s=1, piece_s=0.6, ask_after_s=0.3, alive_s=1)
Recognize = Callable[[AsyncIterator[pb.RecognizeRequest], Any], Awaitable[None]]


class ScriptedWorker(
    speech_pb2_grpc.SpeechToTextServicer, speech_pb2_grpc.TextToSpeechServicer, health_pb2_grpc.HealthServicer
):
    def __init__(
        self, recognize: Recognize | None = None, pieces: tuple[bytes, ...] = (), *, stalls: bool = False
    ) -> None:
        self.recognize = recognize
        self.pieces = pieces
        self.stalls = stalls
        self.cancelled = asyncio.Event()
        self.asked = 0

    async def Recognize(self, request_iterator: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        assert self.recognize is not None
        await self.recognize(request_iterator, context)

    async def Synthesize(self, request: pb.SynthesizeRequest, context: Any) -> None:
        for piece in self.pieces:
            await context.write(pb.SynthesizeResponse(pcm=piece))
        if self.stalls:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise

    async def Check(self, request: Any, context: Any) -> health_pb2.HealthCheckResponse:
        self.asked += 1
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


@asynccontextmanager
async def serving(folder: Path, worker: ScriptedWorker) -> AsyncIterator[SpeechClient]:
    server = grpc.aio.server()
    speech_pb2_grpc.add_SpeechToTextServicer_to_server(worker, server)
    speech_pb2_grpc.add_TextToSpeechServicer_to_server(worker, server)
    health_pb2_grpc.add_HealthServicer_to_server(worker, server)
    address = f"unix:{folder / 's.sock'}"
    server.add_insecure_port(address)
    await server.start()
    try:
        async with SpeechClient(address, WAITS) as client:
            yield client
    finally:
        await server.stop(0)


@asynccontextmanager
async def listening(folder: Path, recognize: Recognize) -> AsyncIterator[Hearing]:
    async with (
        serving(folder, ScriptedWorker(recognize)) as client,
        client.hear(CALL, language="en", hotwords=()) as hearing,
    ):
        yield hearing


async def hear_a_little(client: SpeechClient) -> None:
    async with client.hear(CALL, language="en", hotwords=()) as hearing:
        await hearing.feed(0, bytes(640))
        await anext(aiter(hearing.events()))


async def feed_much(hearing: Hearing) -> None:
    for _ in range(100):
        await hearing.feed(0, bytes(640))


async def test_no_worker_is_engine_failed_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    async with SpeechClient(f"unix:{tmp_path / 'none.sock'}") as client:
        with pytest.raises(EngineFailed):
            await hear_a_little(client)
        with pytest.raises(EngineFailed):
            await anext(aiter(client.speak("Hello.", language="en")))
    assert time.monotonic() - began < 5


async def test_what_is_sent_arrives_in_order(tmp_path: Path) -> None:
    seen: list[str | None] = []

    async def listen(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        async for request in requests:
            seen.append(request.WhichOneof("request"))
            await context.write(pb.RecognizeResponse(started=pb.SpeechStarted(at_sample=len(seen))))

    async with (
        serving(tmp_path, ScriptedWorker(listen)) as client,
        client.hear(CALL, language="en", hotwords=("x" * 200,) * 200) as hearing,
    ):
        await hearing.hint(Expectation.NUMBER)
        await hearing.feed(0, bytes(640))
        await hearing.finish()
        events = [event async for event in hearing.events()]
    assert seen == ["start", "hint", "audio"]
    assert events == [SpeechStarted(1), SpeechStarted(2), SpeechStarted(3)]


async def test_a_hint_beside_audio_that_a_busy_worker_has_not_taken_yet(tmp_path: Path) -> None:
    """Two writes at once end a stream: "technical problem" for a caller whose line asked a question while the worker was busy."""
    seen: list[str | None] = []

    async def listen(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        await asyncio.sleep(0.5)
        async for request in requests:
            seen.append(request.WhichOneof("request"))

    async def audio(hearing: Hearing) -> None:
        for _ in range(300):  # more than a stream takes unread
            await hearing.feed(0, bytes(60_000))

    async def hints(hearing: Hearing) -> None:
        for _ in range(300):
            await hearing.hint(Expectation.YES_NO)
            await asyncio.sleep(0.001)

    async with listening(tmp_path, listen) as hearing:
        async with asyncio.TaskGroup() as group:
            group.create_task(audio(hearing))
            group.create_task(hints(hearing))
        await hearing.finish()
        assert [event async for event in hearing.events()] == []
    assert (seen.count("audio"), seen.count("hint")) == (300, 300)


async def test_a_stream_that_ends_before_the_call_is_a_dead_worker(tmp_path: Path) -> None:
    async def leave(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        await anext(requests)

    async with listening(tmp_path, leave) as hearing:
        with pytest.raises(EngineFailed):
            await anext(aiter(hearing.events()))
        with pytest.raises(EngineFailed):
            await feed_much(hearing)


async def test_a_refusal_is_engine_failed(tmp_path: Path) -> None:
    async def refuse(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many calls at once.")

    async with serving(tmp_path, ScriptedWorker(refuse)) as client:
        with pytest.raises(EngineFailed):
            await hear_a_little(client)


async def test_an_empty_event_is_engine_failed(tmp_path: Path) -> None:
    async def babble(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        await context.write(pb.RecognizeResponse())
        await asyncio.sleep(30)

    async with listening(tmp_path, babble) as hearing:
        with pytest.raises(EngineFailed):
            await anext(aiter(hearing.events()))


async def test_an_endpoint_without_its_final_is_a_late_worker(tmp_path: Path) -> None:
    async def forget(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        await context.write(pb.RecognizeResponse(ended=pb.SpeechEnded(at_sample=1, decided_at_sample=2)))
        await asyncio.sleep(60)

    async with listening(tmp_path, forget) as hearing:
        events, began = aiter(hearing.events()), time.monotonic()
        await anext(events)
        with pytest.raises(EngineFailed):
            await anext(events)
        assert WAITS.final_s <= time.monotonic() - began < WAITS.final_s + SLOW_S


async def test_a_silent_caller_is_no_fault(tmp_path: Path) -> None:
    async def nothing(requests: AsyncIterator[pb.RecognizeRequest], context: Any) -> None:
        async for _ in requests:
            pass

    worker = ScriptedWorker(nothing)
    async with serving(tmp_path, worker) as client, client.hear(CALL, language="en", hotwords=()) as hearing:
        reading = asyncio.ensure_future(anext(aiter(hearing.events()), None))
        await asyncio.sleep(1.0)
        assert not reading.done()
        assert worker.asked >= 1
        await hearing.finish()
        assert await asyncio.wait_for(reading, SLOW_S) is None


async def test_closing_a_sentence_stops_its_rendering(tmp_path: Path) -> None:
    worker = ScriptedWorker(pieces=(b"ab", b"cd"), stalls=True)
    async with serving(tmp_path, worker) as client:
        pieces = client.speak("Hello.", language="en")
        assert await anext(pieces) == b"ab"
        await pieces.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(worker.cancelled.wait(), SLOW_S)


async def test_a_sentence_that_stalls_is_a_late_worker(tmp_path: Path) -> None:
    async with serving(tmp_path, ScriptedWorker(pieces=(b"ab",), stalls=True)) as client:
        began, got = time.monotonic(), []
        pieces = client.speak("Hello.", language="en")
        got.append(await anext(pieces))
        with pytest.raises(EngineFailed):
            await anext(pieces)
        assert got == [b"ab"]
        assert time.monotonic() - began < WAITS.piece_s + SLOW_S
