"""The speech worker as the conversation's ears and voice. Every wait is bounded: a dead or late worker is EngineFailed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from triage.errors import EngineFailed
from triage.ids import CallId
from triage.speech import wire
from triage.speech.ports import Expectation, HeardEvent, Hearing, SpeechEnded, Transcription
from triage.telemetry import logs
from triage.v1 import speech_pb2 as pb
from triage.v1 import speech_pb2_grpc

WAIT_S = 0.1  # between looks at whether something is late
OPTIONS = (
    ("grpc.enable_retries", 0),  # the conversation decides what happens to a call whose worker died
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)

log = logs.get("speech")
GONE = "The speech worker is gone."
LATE = "The speech worker is late."


@dataclass(frozen=True, slots=True)
class Waits:
    """The longest that anything is waited for, in seconds."""

    send_s: float = 2.0  # until the worker takes a piece of audio; it always does at once unless it hangs
    final_s: float = 8.0  # from an endpoint to its final; usually both come together
    finish_s: float = 12.0  # to transcribe the rest after the last audio
    piece_s: float = 4.0  # until the next audio of a sentence
    ask_after_s: float = (
        2.0  # without any event the worker is asked whether it lives: a frozen one keeps its socket open
    )
    alive_s: float = 3.0  # for its answer, which needs no engine


WAITS = Waits()


class SpeechClient:
    """Recognizer and Synthesizer in one. `address` as from Settings.socket. Connects when first used, within a loop."""

    def __init__(self, address: str, waits: Waits = WAITS) -> None:
        self._address = address
        self._waits = waits
        self._channel: grpc.aio.Channel | None = None

    async def __aenter__(self) -> SpeechClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def _connected(self) -> grpc.aio.Channel:
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(self._address, options=OPTIONS)
        return self._channel

    @asynccontextmanager
    async def hear(self, call_id: CallId, *, language: str, hotwords: Sequence[str]) -> AsyncIterator[Hearing]:
        """Raises EngineFailed when there is no worker."""
        stub = speech_pb2_grpc.SpeechToTextStub(self._connected())
        stream = stub.Recognize()
        hearing = _StreamHearing(stream, HealthStub(self._connected()), self._waits)
        try:
            words = [word[: wire.HOTWORD_CHARACTERS_MAX] for word in hotwords[: wire.HOTWORDS_MAX]]
            start = pb.RecognizeStart(call_id=call_id, language=language, hotwords=words)
            await hearing.send(pb.RecognizeRequest(start=start))
            yield hearing
        finally:
            stream.cancel()

    async def speak(self, text: str, *, language: str) -> AsyncIterator[bytes]:
        """PCM as it is rendered. Closing the iterator stops the rendering. Raises EngineFailed."""
        stub = speech_pb2_grpc.TextToSpeechStub(self._connected())
        call = stub.Synthesize(pb.SynthesizeRequest(text=text, language=language))
        try:
            while True:
                message = await asyncio.wait_for(call.read(), self._waits.piece_s)
                if message is grpc.aio.EOF:
                    return
                yield message.pcm
        except TimeoutError:
            raise EngineFailed(LATE) from None
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, grpc.aio.UsageError) as error:
            raise _gone("voice", error) from None
        finally:
            call.cancel()


def _gone(which: str, error: Exception) -> EngineFailed:
    """What the worker's own words were stays here; that it was refused, and how, is for the operator."""
    code = error.code().name.lower() if isinstance(error, grpc.aio.AioRpcError) else "not_open"
    log.warning(f"{which}_{code}")
    return EngineFailed(GONE)


class _StreamHearing:
    def __init__(self, stream: Any, health: HealthStub, waits: Waits) -> None:
        self._stream = stream
        self._health = health
        self._waits = waits
        self._owed = 0  # finals that endpoints have announced
        self._finished = False
        self._writing = (
            asyncio.Lock()
        )  # a stream takes one message at a time: a hint beside a slow piece of audio would end it

    async def feed(self, first_sample: int, pcm: bytes) -> None:
        await self.send(pb.RecognizeRequest(audio=pb.RecognizeAudio(pcm=pcm, first_sample=first_sample)))

    async def hint(self, expectation: Expectation, words: Sequence[str] = ()) -> None:
        some = [word[: wire.HOTWORD_CHARACTERS_MAX] for word in words[: wire.HOTWORDS_MAX]]
        hint = pb.RecognizeHint(expectation=expectation.value, hotwords=some)  # type: ignore[arg-type]
        await self.send(pb.RecognizeRequest(hint=hint))

    async def finish(self) -> None:
        self._finished = True
        async with self._writing:
            await self._bounded(self._stream.done_writing())

    async def send(self, request: pb.RecognizeRequest) -> None:
        async with self._writing:
            await self._bounded(self._stream.write(request))

    async def _bounded(self, work: Any) -> None:
        try:
            await asyncio.wait_for(work, self._waits.send_s)
        except TimeoutError:
            raise EngineFailed(LATE) from None
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError, grpc.aio.UsageError) as error:
            raise _gone("ears", error) from None

    async def events(self) -> AsyncIterator[HeardEvent]:
        """Between utterances nothing comes for minutes and that is right, as long as the worker answers that it lives; after
        an endpoint a final is due."""
        reading: asyncio.Task[Any] | None = None
        loop = asyncio.get_running_loop()
        owed_since = alive_at = loop.time()
        try:
            while True:
                reading = reading or loop.create_task(self._stream.read())
                done, _ = await asyncio.wait((reading,), timeout=WAIT_S)
                if not done:
                    self._check_late(loop.time(), owed_since)
                    if loop.time() - alive_at > self._waits.ask_after_s:
                        await self._ask()
                        alive_at = loop.time()
                    continue
                message, reading = _result(reading), None
                if message is grpc.aio.EOF:
                    await self._ended_well()
                    return
                alive_at = loop.time()
                event = wire.heard(message)
                owed_since = self._note(event, owed_since, alive_at)
                yield event
        finally:
            if reading is not None:
                reading.cancel()

    async def _ask(self) -> None:
        try:
            await asyncio.wait_for(self._health.Check(HealthCheckRequest()), self._waits.alive_s)
        except TimeoutError:
            raise EngineFailed(LATE) from None
        except grpc.aio.AioRpcError as error:
            raise _gone("ears", error) from None

    def _note(self, event: HeardEvent, owed_since: float, now: float) -> float:
        match event:
            case SpeechEnded():
                self._owed += 1
                return now
            case Transcription(final=True):
                self._owed = max(0, self._owed - 1)
                return now
            case _:
                return owed_since

    def _check_late(self, now: float, owed_since: float) -> None:
        limit = self._waits.final_s if not self._finished else self._waits.finish_s
        if self._owed and now - owed_since > limit:
            raise EngineFailed(LATE)

    async def _ended_well(self) -> None:
        """The worker closes the stream only after `finish`."""
        code = await asyncio.wait_for(self._stream.code(), self._waits.send_s)
        if code is not grpc.StatusCode.OK or not self._finished:
            raise EngineFailed(GONE)


def _result(reading: asyncio.Task[Any]) -> Any:
    try:
        return reading.result()
    except (grpc.aio.AioRpcError, asyncio.InvalidStateError, grpc.aio.UsageError):
        raise EngineFailed(GONE) from None
    except asyncio.CancelledError:
        raise EngineFailed(GONE) from None
