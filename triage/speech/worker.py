"""The speech worker: triage.v1 SpeechToText and TextToSpeech on a Unix socket, in a process of its own without network.

    python -m triage.speech.worker --config FILE

Serving (grpc.health.v1) once both engines have done their first work. Nothing of what is said is logged or kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from triage.config import Settings, load
from triage.errors import Conflict, EngineFailed, TriageError, UsageError
from triage.speech import wire
from triage.speech.hearing import CallHearing, Decoders
from triage.speech.piper import Piper
from triage.speech.ports import HeardEvent, Transcription
from triage.speech.silero import SileroVad
from triage.speech.whisper import Whisper
from triage.telemetry import logs, memory
from triage.v1 import speech_pb2 as pb
from triage.v1 import speech_pb2_grpc

log = logs.get("speech")
Context = grpc.aio.ServicerContext[Any, Any]

CALLS_MAX = 32  # heard at once; the core answers fewer
VOICES_MAX = 32  # sentences under way at once: one a call
SPEAKING_THREADS = 2
EVENTS_WAITING_MAX = 256  # to a core that does not read: a minute of partials
AUDIO_BYTES_MAX = 64_000  # of one message: 4 s
MESSAGE_BYTES_MAX = 1 << 17
DRAIN_S_MAX = 5.0  # for calls under way at a stop; then the core takes them to a human
SOCKET_UMASK = 0o177  # only this user may open the socket
OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_concurrent_streams", 2 * CALLS_MAX),
    ("grpc.http2.min_ping_interval_without_data_ms", 1000),  # clients look often whether we are alive
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 1000),
    ("grpc.keepalive_permit_without_calls", 1),
)


@dataclass(frozen=True, slots=True)
class Engines:
    whisper: Whisper
    vad: SileroVad
    piper: Piper


def load_engines(settings: Settings, decoders: int) -> Engines:
    """Loaded and warm. Raises EngineFailed with advice for the operator."""
    whisper = Whisper(
        settings.models_dir / settings.speech.recognizer,
        threads=settings.speech.threads,
        workers=decoders,
        device=settings.speech.device,
        others=settings.speech.others,
    )
    if not whisper.speaks(settings.speech.language):
        raise EngineFailed("The recogniser does not know the line's language.", advice="See [speech] language.")
    piper = Piper(settings.models_dir / settings.speech.voice, threads=settings.speech.threads)
    if piper.language != settings.speech.language:
        raise EngineFailed("The voice does not speak the line's language.", advice="See [speech] voice and language.")
    engines = Engines(whisper, SileroVad(), piper)
    whisper.warm_up()
    piper.warm_up()
    return engines


class SpeechToText(speech_pb2_grpc.SpeechToTextServicer):
    def __init__(self, engines: Engines, decoders: Decoders, settings: Settings) -> None:
        self._engines = engines
        self._decoders = decoders
        self._detecting = ThreadPoolExecutor(1, "detect")  # its own: barge-in must not wait for a decode
        self._partial_every_s = settings.speech.partial_every_s
        self.calls = 0

    async def Recognize(self, requests: AsyncIterator[pb.RecognizeRequest], context: Context) -> None:
        if self.calls >= CALLS_MAX:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many calls at once.")
        self.calls += 1
        refusal = (grpc.StatusCode.OK, "")
        try:
            await self._hear(requests, context)
        except* UsageError as errors:
            refusal = (grpc.StatusCode.INVALID_ARGUMENT, _first(errors))
        except* EngineFailed as errors:
            refusal = (grpc.StatusCode.UNAVAILABLE, _first(errors))
        except* Exception as errors:  # the RPC's border: what an engine's own error says stays here
            log.error("recognizer_failed", fault=type(_innermost(errors)).__name__)
            refusal = (grpc.StatusCode.INTERNAL, "The recogniser failed.")
        finally:
            self.calls -= 1
        if refusal[0] is not grpc.StatusCode.OK:
            log.warning("call_refused", reason=refusal[0].name)
            await context.abort(*refusal)

    async def _hear(self, requests: AsyncIterator[pb.RecognizeRequest], context: Context) -> None:
        start = wire.start_of(await anext(aiter(requests), None))
        if not self._engines.whisper.speaks(start.language):
            raise UsageError("The recogniser does not know this language.")
        waiting: asyncio.Queue[HeardEvent | None] = asyncio.Queue(EVENTS_WAITING_MAX)
        async with asyncio.TaskGroup() as group:
            hearing = CallHearing(
                self._engines.vad.stream,
                self._detecting,
                self._decoders,
                lambda event: _tell(waiting, event, start.call_id),
                group,
                language=start.language,
                hotwords=start.hotwords,
                partial_every_s=self._partial_every_s,
            )
            writing = group.create_task(_write(waiting, context))
            finals = group.create_task(hearing.finals())
            async for request in requests:
                match request.WhichOneof("request"):
                    case "audio":
                        await hearing.feed(*wire.audio_of(request.audio, AUDIO_BYTES_MAX))
                    case "hint":
                        hearing.hint(*wire.hint_of(request.hint))
                    case _:
                        raise UsageError("A stream begins with one start, and only audio and hints follow.")
            await hearing.finish()
            await finals
            _put(waiting, None)
            await writing

    def close(self) -> None:
        self._detecting.shutdown(wait=False, cancel_futures=True)


class TextToSpeech(speech_pb2_grpc.TextToSpeechServicer):
    def __init__(self, piper: Piper) -> None:
        self._piper = piper
        self._threads = ThreadPoolExecutor(SPEAKING_THREADS, "speak")
        self._voices = 0

    async def Synthesize(self, request: pb.SynthesizeRequest, context: Context) -> None:
        try:
            wire.check_text(request.text)
        except UsageError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.message)
        if wire.primary(request.language) not in ("", self._piper.language):
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The voice does not speak this language.")
        if self._voices >= VOICES_MAX:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many sentences at once.")
        self._voices += 1
        failed = False
        try:
            await self._speak(request.text, context)
        except Exception as error:  # the RPC's border: what an engine's own error says stays here
            log.error("voice_failed", fault=type(error).__name__)
            failed = True
        finally:
            self._voices -= 1
        if failed:
            await context.abort(grpc.StatusCode.INTERNAL, "The voice failed.")

    async def _speak(self, text: str, context: Context) -> None:
        pieces: Iterator[bytes] = self._piper.speak(text)
        loop = asyncio.get_running_loop()
        while (pcm := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
            await context.write(pb.SynthesizeResponse(pcm=pcm))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _innermost(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors


def _first(errors: BaseException) -> str:
    found = _innermost(errors)
    return found.message if isinstance(found, TriageError) else ""


def _tell(waiting: asyncio.Queue[HeardEvent | None], event: HeardEvent, call_id: str) -> None:
    if isinstance(event, Transcription) and event.final:
        samples = event.end_sample - event.start_sample
        log.info("utterance_decoded", call_id=call_id, decode_ms=round(event.decode_s * 1000), samples=samples)
    _put(waiting, event)


def _put(waiting: asyncio.Queue[HeardEvent | None], event: HeardEvent | None) -> None:
    try:
        waiting.put_nowait(event)
    except asyncio.QueueFull:
        raise EngineFailed("What was heard is not read.") from None


async def _write(waiting: asyncio.Queue[HeardEvent | None], context: Context) -> None:
    while (event := await waiting.get()) is not None:
        await context.write(wire.response(event))


def take_socket(address: str) -> Path:
    """Clears a dead worker's socket away. Raises Conflict when a live one holds it."""
    file = Path(address.removeprefix("unix:"))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(file))
        except (ConnectionRefusedError, FileNotFoundError):
            file.unlink(missing_ok=True)
            return file
        except OSError as error:
            raise UsageError(
                "The speech worker's socket cannot be made.", advice=f"{file}: {type(error).__name__}"
            ) from None
    raise Conflict("A speech worker is already running.", advice=str(file))


async def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. Raises TriageError when an engine cannot be loaded or the socket is taken."""
    began, stopping = time.monotonic(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    file = take_socket(settings.socket("speech"))
    count = max(2, (os.cpu_count() or 2) // settings.speech.threads)
    loading = loop.run_in_executor(None, load_engines, settings, count)
    stopped = asyncio.ensure_future(stopping.wait())
    await asyncio.wait((loading, stopped), return_when=asyncio.FIRST_COMPLETED)
    if not loading.done():
        return
    engines = loading.result()
    decoders = Decoders(engines.whisper, count)
    hears, speaks, healthy = SpeechToText(engines, decoders, settings), TextToSpeech(engines.piper), HealthServicer()
    server = grpc.aio.server(options=OPTIONS)
    speech_pb2_grpc.add_SpeechToTextServicer_to_server(hears, server)
    speech_pb2_grpc.add_TextToSpeechServicer_to_server(speaks, server)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    before = os.umask(SOCKET_UMASK)
    server.add_insecure_port(settings.socket("speech"))
    os.umask(before)
    await server.start()
    await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
    log.info("worker_ready", elapsed_ms=round((time.monotonic() - began) * 1000))
    await stopping.wait()
    log.info("worker_stopping", calls=hears.calls)
    await healthy.enter_graceful_shutdown()
    await server.stop(DRAIN_S_MAX)
    for each in (hears, speaks, decoders):
        each.close()
    file.unlink(missing_ok=True)


@click.command()
@click.option(
    "--config", "file", type=click.Path(path_type=Path), default=Path("deploy/triage.toml"), show_default=True
)
def main(file: Path) -> None:
    """Hears and speaks for the core, over a Unix socket."""
    memory.never_dump()
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        settings = load(file)
        logs.configure("speech")
        asyncio.run(serve(settings))
    except TriageError as error:
        click.echo(f"{error.message} {error.advice}".strip(), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
