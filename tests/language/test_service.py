"""The worker's service and the core's client, over a real Unix socket, with a scripted engine in vLLM's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import grpc
import pytest

from triage.errors import EngineFailed, UsageError
from triage.language import service
from triage.language.client import LanguageClient
from triage.language.ports import ChatMessage, Choices, Constraint, Delta, JsonSchema, Regex
from triage.privacy.phi import Phi
from triage.v1 import language_pb2 as pb
from triage.v1 import language_pb2_grpc as pb_grpc

SECRET = "my name is Maria Lopez and my chest hurts"
HELLO = [ChatMessage("user", Phi(SECRET))]


class ScriptedEngine:
    """Says `says` word by word; records what it was asked, and which generations were ended early."""

    def __init__(self, says: str = "one two three", word_s: float = 0.0, fails: Exception | None = None) -> None:
        self.says, self.word_s, self.fails = says, word_s, fails
        self.asked: list[tuple[Constraint | None, float, int | None, int]] = []
        self.ended_early = 0

    def tokens(self, messages: Sequence[ChatMessage], max_tokens: int) -> list[int]:
        if any(len(message.content) > 2000 for message in messages):
            raise UsageError("The prompt is too long for the model's context.")
        return [1, 2, 3]

    async def generate(
        self, tokens: list[int], *, max_tokens: int, temperature: float, constraint: Constraint | None, seed: int | None
    ) -> AsyncIterator[Delta]:
        self.asked.append((constraint, temperature, seed, max_tokens))
        words = self.says.split()
        try:
            for count, word in enumerate(words, start=1):
                await asyncio.sleep(self.word_s)
                if self.fails is not None:
                    raise self.fails
                last = count == len(words)
                yield Delta(Phi(word + " "), last, "stop" if last else "", -0.25 if last else 0.0, count)
        except (asyncio.CancelledError, GeneratorExit):
            self.ended_early += 1
            raise


@asynccontextmanager
async def served(engine: ScriptedEngine, folder: Path) -> AsyncIterator[tuple[LanguageClient, str, grpc.aio.Server]]:
    address = f"unix:{folder / 'l.sock'}"
    server = grpc.aio.server()
    ours = service.LanguageModelService(engine, model="llm@0123", engine_name="scripted")
    pb_grpc.add_LanguageModelServicer_to_server(ours, server)
    server.add_insecure_port(address)
    await server.start()
    try:
        async with LanguageClient(address) as client:
            yield client, address, server
    finally:
        await server.stop(0)


async def test_deltas_stream_and_the_last_one_tells_all(tmp_path: Path) -> None:
    async with served(ScriptedEngine(), tmp_path) as (client, _, _):
        deltas = [delta async for delta in client.generate(HELLO, max_tokens=8, deadline_s=5)]
    assert [delta.text.reveal() for delta in deltas] == ["one ", "two ", "three "]
    assert [delta.finished for delta in deltas] == [False, False, True]
    assert deltas[-1] == Delta(Phi("three "), True, "stop", -0.25, 3)


async def test_it_decides_nothing_and_names_no_path(tmp_path: Path) -> None:
    async with served(ScriptedEngine(), tmp_path) as (client, _, _):
        description = await client.describe(deadline_s=5)
    assert description.decides is False
    assert "/" not in description.model


@pytest.mark.parametrize("constraint", [None, Choices(("yes", "no")), Regex("[0-9]+"), JsonSchema('{"type":"object"}')])
async def test_constraints_arrive_as_sent(tmp_path: Path, constraint: Constraint | None) -> None:
    engine = ScriptedEngine()
    async with served(engine, tmp_path) as (client, _, _):
        stream = client.generate(HELLO, max_tokens=8, temperature=0.5, constraint=constraint, deadline_s=5)
        assert len([delta async for delta in stream]) == 3
    assert engine.asked == [(constraint, 0.5, None, 8)]


async def test_late(tmp_path: Path) -> None:
    engine = ScriptedEngine(word_s=1.0)
    async with served(engine, tmp_path) as (client, _, _):
        with pytest.raises(EngineFailed, match="late"):
            _ = [delta async for delta in client.generate(HELLO, max_tokens=8, deadline_s=0.2)]
        await _until(lambda: engine.ended_early == 1)


async def test_closing_the_iterator_ends_the_generation(tmp_path: Path) -> None:
    engine = ScriptedEngine(says="word " * 400, word_s=0.01)
    async with served(engine, tmp_path) as (client, _, _):
        async with aclosing(client.generate(HELLO, max_tokens=512, deadline_s=30)) as stream:  # type: ignore[type-var]
            await anext(stream)
        await _until(lambda: engine.ended_early == 1)


async def test_nobody_there_and_gone_in_the_middle(tmp_path: Path) -> None:
    async with LanguageClient(f"unix:{tmp_path / 'none.sock'}") as nobody:
        with pytest.raises(EngineFailed, match="gone"):
            _ = [delta async for delta in nobody.generate(HELLO, max_tokens=8, deadline_s=5)]
        with pytest.raises(EngineFailed, match="gone"):
            await nobody.describe(deadline_s=5)
    engine = ScriptedEngine(says="word " * 400, word_s=0.01)
    async with served(engine, tmp_path) as (client, _, server):
        stream = client.generate(HELLO, max_tokens=512, deadline_s=30)
        await anext(stream)
        await server.stop(0)
        with pytest.raises(EngineFailed):
            _ = [delta async for delta in stream]


@pytest.mark.parametrize(
    ("request_", "detail"),
    [
        (pb.GenerateRequest(max_tokens=8), "number of messages"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")] * 33, max_tokens=8), "number of messages"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="root", content="x")], max_tokens=8), "unknown role"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user", content="x" * 16_385)], max_tokens=8), "too long"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user", content="x" * 3000)], max_tokens=8), "context"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=0), "max_tokens"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=513), "max_tokens"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=8, temperature=-1), "temperature"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=8, temperature=float("nan")), "temperature"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=8, regex="x" * 513), "regular expression"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=8, json_schema=""), "JSON schema"),
        (pb.GenerateRequest(messages=[pb.ChatMessage(role="user")], max_tokens=8, choices=pb.Choices()), "choices"),
    ],
)  # fmt: skip
async def test_each_limit_refuses(tmp_path: Path, request_: pb.GenerateRequest, detail: str) -> None:
    engine = ScriptedEngine()
    async with served(engine, tmp_path) as (_, address, _), grpc.aio.insecure_channel(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            _ = [answer async for answer in pb_grpc.LanguageModelStub(channel).Generate(request_, timeout=5)]
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert detail in (caught.value.details() or "")
    assert engine.asked == []


async def test_too_many_at_once_are_refused_and_room_comes_back(tmp_path: Path) -> None:
    engine = ScriptedEngine(says="word " * 400, word_s=0.01)
    async with served(engine, tmp_path) as (client, _, _):
        streams = [client.generate(HELLO, max_tokens=8, deadline_s=30) for _ in range(service.REQUESTS_AT_ONCE_MAX)]
        for stream in streams:
            await anext(stream)
        with pytest.raises(EngineFailed, match="busy"):
            _ = [delta async for delta in client.generate(HELLO, max_tokens=8, deadline_s=5)]
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        await _until(lambda: engine.ended_early == len(streams))
        engine.says = "fine"
        assert len([delta async for delta in client.generate(HELLO, max_tokens=8, deadline_s=5)]) == 1


@pytest.mark.parametrize("fault", [RuntimeError(SECRET), EngineFailed("The language engine is dead.")])
async def test_a_fault_in_the_engine_carries_no_words_of_the_caller(tmp_path: Path, fault: Exception) -> None:
    async with (
        served(ScriptedEngine(fails=fault), tmp_path) as (_, address, _),
        grpc.aio.insecure_channel(address) as channel,
    ):
        request = pb.GenerateRequest(messages=[pb.ChatMessage(role="user", content=SECRET)], max_tokens=8)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            _ = [answer async for answer in pb_grpc.LanguageModelStub(channel).Generate(request, timeout=5)]
    assert "Maria" not in str(caught.value)


async def _until(true: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 (the condition is the engine's, which knows no event)
            await asyncio.sleep(0.01)
