"""The language worker's process: `python -m triage.language.worker --config FILE`, in vLLM's own environment.

Serves triage.v1.LanguageModel and grpc.health.v1 on a Unix socket that only its owner can open. Health says SERVING after a
warm-up, since the first constrained request costs seconds. SIGTERM ends it in order with 0; a model that cannot be used, or
an engine that dies, ends it with 1 and one sentence on stderr.

From before vLLM is loaded nothing but this house's log lines reaches stderr: vLLM, torch and their children may print what a caller
said. What they have to say of a model that does not load is heard with --check, which serves nobody.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol, TextIO

import click

from triage.config import Settings, load
from triage.errors import EngineFailed, TriageError
from triage.language import service
from triage.language.descendants import take_descendants_along
from triage.language.ports import ChatMessage, Choices, Constraint, JsonSchema
from triage.language.vllm_engine import Limits, VllmEngine, prepare
from triage.privacy.phi import Phi
from triage.telemetry import logs, memory
from triage.v1 import language_pb2_grpc as pb_grpc

FINISH_S_MAX = 5.0  # seconds that requests in flight get after SIGTERM
LOOK_EVERY_S = 0.25  # seconds between looks at the engine's health
WARM_UP: tuple[tuple[Constraint | None, int], ...] = (
    (None, 8),
    (Choices(("yes", "no")), 4),
    (JsonSchema('{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}'), 24),
)

log = logs.get("language")


def main() -> None:
    """Entry of the process."""
    command()


@click.command()
@click.option("--config", type=click.Path(path_type=Path), required=True, help="The configuration file.")
@click.option("--check", is_flag=True, help="Only load the model, with everything that vLLM says of it, and end.")
def command(config: Path, check: bool) -> None:
    """Serve the language model on its Unix socket."""
    os.umask(0o077)
    try:
        memory.never_dump()
        settings = load(config)
        folder = settings.models_dir / settings.language.model
        check_folder(folder)
        path = free_socket(settings)
    except TriageError as error:
        _refuse(error, sys.stderr)
    limits = Limits(
        context_tokens_max=settings.language.context_tokens_max,
        requests_at_once_max=service.REQUESTS_AT_ONCE_MAX,
        memory_bytes=int(settings.language.memory_gib * 2**30),
        threads=settings.language.threads,
    )
    prepare(limits, settings.state_dir / "cache" / "language", quiet=not check)
    if check:
        asyncio.run(load_only(folder, limits))
        click.echo("The model loads.")
        return
    stream = logs.configure_alone("language")
    take_descendants_along()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # while the model loads there is nothing to finish
    try:
        asyncio.run(serve(folder, limits, settings.language.model, path))
    except TriageError as error:
        _refuse(error, stream)


def _refuse(error: TriageError, stream: TextIO) -> NoReturn:
    advice = f" {error.advice}" if error.advice else ""
    click.echo(f"language worker: {error.message}{advice}", file=stream)
    sys.exit(1)


async def load_only(folder: Path, limits: Limits) -> None:
    """Raises whatever vLLM raises."""
    VllmEngine(folder, limits).close()


# --- the model folder ---------------------------------------------------------------------------------------------------


def check_folder(folder: Path) -> None:
    """Whether everything that the engine will read is there and whole in length. Raises EngineFailed.

    Hashes are checked by `triage models verify`; this only keeps the engine from half-loading."""
    try:
        missing = sorted(name for name in ("config.json", "tokenizer.json") if not (folder / name).is_file())
        missing += [] if _has_chat_template(folder) else ["chat_template.jinja"]
        weights = _weight_files(folder)
        missing += [name for name in weights if not (folder / name).is_file()]
        missing += [] if weights else ["model.safetensors"]
        if missing:
            raise EngineFailed(
                "The language model is missing or incomplete.",
                advice=f"{folder} lacks {', '.join(missing)}; run `triage models fetch`.",
            )
        torn = [name for name in weights if not _is_whole(folder / name)]
    except (OSError, ValueError):
        raise EngineFailed(
            "The language model's files cannot be read.", advice=f"See {folder}; run `triage models verify`."
        ) from None
    if torn:
        raise EngineFailed(
            "The language model's weights are cut off or damaged.",
            advice=f"{folder}: {', '.join(torn)}; run `triage models verify`.",
        )


def _has_chat_template(folder: Path) -> bool:
    file = folder / "tokenizer_config.json"
    in_config = file.is_file() and "chat_template" in json.loads(file.read_bytes())
    return in_config or (folder / "chat_template.jinja").is_file()


def _weight_files(folder: Path) -> list[str]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        return sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    return sorted(file.name for file in folder.glob("*.safetensors"))


def _is_whole(file: Path) -> bool:
    """A safetensors file: u64 header length, JSON header whose greatest offset is the length of the data."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            return False
        (length,) = struct.unpack("<Q", start)
        if length > min(size - 8, 100_000_000):
            return False
        header = json.loads(stream.read(length))
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return bool(size == 8 + length + max(ends, default=0))


def digest(folder: Path) -> str:
    """First 16 hexadecimal digits of a SHA-256 over the weight files, in the order of their names."""
    whole = hashlib.sha256()
    for name in _weight_files(folder):
        with (folder / name).open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()[:16]


# --- the process --------------------------------------------------------------------------------------------------------


def free_socket(settings: Settings) -> Path:
    """The socket's path, with a dead worker's socket removed. Raises EngineFailed when a living one answers there."""
    path = Path(settings.socket("language").removeprefix("unix:"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            path.unlink(missing_ok=True)
            return path
        except OSError:
            raise EngineFailed("The language worker's socket cannot be used.", advice=f"See {path}.") from None
    raise EngineFailed("Another language worker is already running.", advice=f"It answers on {path}.")


async def serve(folder: Path, limits: Limits, role: str, path: Path) -> None:
    """Loads, warms up, serves until SIGTERM or SIGINT. Raises EngineFailed when the engine cannot start, or dies."""
    try:
        engine = VllmEngine(folder, limits)  # forks; nothing of gRPC may have started yet
    except Exception as error:
        # The border to somebody else's loader, which raises what it likes.
        raise EngineFailed(
            "The language model could not be loaded.",
            advice=f"{folder}: {type(error).__name__}; the same command with --check says more.",
        ) from None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    logs.seal_loop(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        model = f"{role}@{await asyncio.to_thread(digest, folder)}"
        await serve_until(engine, model, path, stop)
    finally:
        path.unlink(missing_ok=True)
        await asyncio.to_thread(engine.close)


class WatchedEngine(service.Engine, Protocol):
    @property
    def failed(self) -> bool: ...


async def serve_until(engine: WatchedEngine, model: str, path: Path, stop: asyncio.Event) -> None:
    """Serves on `path`; healthy after the warm-up; finishes what is in flight after `stop`. Raises EngineFailed when the
    engine dies."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_health.v1._async import HealthServicer

    size = service.MESSAGE_BYTES_MAX
    server = grpc.aio.server(
        options=[("grpc.max_receive_message_length", size), ("grpc.max_send_message_length", size)],
        maximum_concurrent_rpcs=4 * service.REQUESTS_AT_ONCE_MAX,  # refused politely up to here, at once beyond
    )
    healthy = HealthServicer()
    await healthy.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    ours = service.LanguageModelService(engine, model=model, engine_name="vllm")
    pb_grpc.add_LanguageModelServicer_to_server(ours, server)
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    path.chmod(0o600)
    try:
        for constraint, max_tokens in WARM_UP:
            await warm_up(engine, constraint, max_tokens)
        await healthy.set("", health_pb2.HealthCheckResponse.SERVING)
        log.info("worker_ready")
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            if engine.failed and not stop.is_set():
                raise EngineFailed("The language engine has died.", advice="The worker ends, to be started again.")
        log.info("worker_stopping")
    finally:
        await healthy.enter_graceful_shutdown()
        await server.stop(FINISH_S_MAX)


async def warm_up(engine: service.Engine, constraint: Constraint | None, max_tokens: int) -> None:
    tokens = engine.tokens([ChatMessage("user", Phi("Is the clinic open? Answer yes or no."))], max_tokens)
    async for _ in engine.generate(tokens, max_tokens=max_tokens, temperature=0.0, constraint=constraint, seed=None):
        pass


if __name__ == "__main__":
    main()
