"""What the worker refuses before it loads anything. No weights and no vLLM needed."""

import asyncio
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage.config import Settings, load
from triage.errors import EngineFailed
from triage.language.client import LanguageClient
from triage.language.ports import ChatMessage, Choices, Constraint, Delta
from triage.language.worker import check_folder, digest, free_socket, serve_until
from triage.privacy.phi import Phi

REPOSITORY = Path(__file__).resolve().parents[2]


def whole_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    header = json.dumps({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\0\0")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "chat_template.jinja").write_text("x")
    return folder


def test_a_whole_folder_passes(tmp_path: Path) -> None:
    check_folder(whole_folder(tmp_path / "llm"))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = whole_folder(tmp_path / "llm")
    (folder / name).unlink()
    with pytest.raises(EngineFailed, match="missing or incomplete") as caught:
        check_folder(folder)
    assert name in caught.value.advice


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = whole_folder(tmp_path / "llm")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EngineFailed) as caught:
        check_folder(folder)
    assert "model-2.safetensors" in caught.value.advice


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
def test_cut_off_weights_are_noticed(tmp_path: Path, keep: int) -> None:
    folder = whole_folder(tmp_path / "llm")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(EngineFailed, match="cut off"):
        check_folder(folder)


def test_the_digest_is_of_the_weights(tmp_path: Path) -> None:
    one, other = whole_folder(tmp_path / "a"), whole_folder(tmp_path / "b")
    (other / "config.json").write_text('{"x": 1}')
    assert digest(one) == digest(other)
    (other / "model.safetensors").write_bytes(b"changed")
    assert digest(one) != digest(other)


def settings_in(folder: Path) -> Settings:
    (folder / "triage.toml").write_text('[storage]\nstate_dir = "var"\n')
    return load(folder / "triage.toml")


def test_a_dead_workers_socket_is_removed_and_a_living_ones_is_not(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    path = free_socket(settings)
    living = socket.socket(socket.AF_UNIX)
    living.bind(str(path))
    living.listen()
    with pytest.raises(EngineFailed, match="already running"):
        free_socket(settings)
    living.close()
    assert path.exists()
    free_socket(settings)
    assert not path.exists()


def test_no_model_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    settings_in(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "triage.language.worker", "--config", str(tmp_path / "triage.toml")],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
        env={k: v for k, v in os.environ.items() if k != "TRIAGE_STATE_DIR"},
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("language worker: The language model is missing or incomplete.")
    assert len(run.stderr.splitlines()) == 1


def test_descendants_do_not_survive_kill_9(tmp_path: Path) -> None:
    """A stand-in for the worker starts a child that ignores SIGTERM, and is killed."""
    program = (
        "import subprocess, sys, time\n"
        "from triage.language.descendants import take_descendants_along\n"
        "take_descendants_along()\n"
        "stubborn = 'import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)'\n"
        "child = subprocess.Popen([sys.executable, '-c', stubborn], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
        worker.wait(5)
    end = time.monotonic() + 15
    while Path(f"/proc/{child}").exists() and time.monotonic() < end:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


class WarmEngine:
    """What `serve_until` needs of an engine, without vLLM."""

    def __init__(self) -> None:
        self.failed = False
        self.constraints: list[Constraint | None] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def tokens(self, messages: Sequence[ChatMessage], max_tokens: int) -> list[int]:
        return [1]

    async def generate(
        self, tokens: list[int], *, max_tokens: int, temperature: float, constraint: Constraint | None, seed: int | None
    ) -> AsyncIterator[Delta]:
        self.constraints.append(constraint)
        await self.may_answer.wait()
        yield Delta(Phi("done"), True, "stop", -0.1, 1)


async def status(address: str) -> int:
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        async with asyncio.timeout(20):
            while True:
                try:
                    return int((await stub.Check(health_pb2.HealthCheckRequest(), timeout=1)).status)
                except grpc.aio.AioRpcError:
                    await asyncio.sleep(0.02)


async def test_serving_only_after_a_warm_up_with_a_constraint_and_stops_in_order(tmp_path: Path) -> None:
    engine, stop, path = WarmEngine(), asyncio.Event(), tmp_path / "l.sock"
    engine.may_answer.clear()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks, LanguageClient(f"unix:{path}") as client:
        tasks.create_task(serve_until(engine, "llm@0", path, stop))
        assert await status(f"unix:{path}") == health_pb2.HealthCheckResponse.NOT_SERVING
        engine.may_answer.set()
        while await status(f"unix:{path}") != health_pb2.HealthCheckResponse.SERVING:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert any(isinstance(constraint, Choices) for constraint in engine.constraints)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        engine.may_answer.clear()
        answer = tasks.create_task(collect(client))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.sleep(0.1)
        engine.may_answer.set()
        assert await answer == "done"  # what was in flight is finished


async def collect(client: LanguageClient) -> str:
    stream = client.generate([ChatMessage("user", Phi("hello"))], max_tokens=4, deadline_s=10)
    return "".join([delta.text.reveal() async for delta in stream])


async def test_an_engine_that_dies_ends_the_service(tmp_path: Path) -> None:
    engine, path = WarmEngine(), tmp_path / "l.sock"
    engine.failed = True
    with pytest.raises(EngineFailed, match="died"):
        await asyncio.wait_for(serve_until(engine, "llm@0", path, asyncio.Event()), 20)


STAND_IN = '''
"""A vllm that tells everybody what it was asked, in every way that a library has."""
import logging, multiprocessing, os, sys, types, warnings

def module(name, **content):
    made = sys.modules[name] = types.ModuleType(name)
    vars(made).update(content)

class Tokenizer:
    all_special_tokens = ()
    def apply_chat_template(self, chat, **_):
        self.said = chat[-1]["content"]
        return [ord(letter) for letter in self.said]

def tell(text):
    own = logging.getLogger("vllm.engine")
    if os.environ.get("VLLM_CONFIGURE_LOGGING") != "0":
        own.addHandler(logging.StreamHandler())
    own.error("asked: %s", text)
    print(text, file=sys.stderr); print(text)
    os.write(2, text.encode())
    warnings.warn(text)

def child(text):
    tell(text)
    raise RuntimeError(text)

class AsyncLLM:
    errored = False
    from_vllm_config = classmethod(lambda cls, config, disable_log_stats: cls())
    def __init__(self):
        self.tokenizer = Tokenizer()
    def get_tokenizer(self):
        return self.tokenizer
    async def generate(self, prompt, params, name):
        text = self.tokenizer.said
        tell(text)
        dying = multiprocessing.get_context("fork").Process(target=child, args=(text,))
        dying.start(); dying.join()
        if "fail" in text:
            raise RuntimeError(text)
        part = types.SimpleNamespace(text="yes", token_ids=[1], finish_reason="stop", cumulative_logprob=-0.1)
        yield types.SimpleNamespace(outputs=[part], finished=True)
    def shutdown(self, timeout):
        tell("stopping")

nothing = types.SimpleNamespace
fault = {name: type(name, (Exception,), {}) for name in ("VLLMClientError", "EngineDeadError", "EngineGenerateError")}
module("vllm.engine"); module("vllm.v1"); module("vllm.v1.engine", **fault)
module("vllm.engine.arg_utils", AsyncEngineArgs=lambda **_: nothing(create_engine_config=lambda: nothing()))
module("vllm.platforms", current_platform=nothing(is_cpu=lambda: True))
module("vllm.v1.engine.async_llm", AsyncLLM=AsyncLLM)
module("vllm.exceptions", **fault); module("vllm.v1.engine.exceptions", **fault)
module("vllm.sampling_params", RequestOutputKind=nothing(DELTA=1), StructuredOutputsParams=lambda **_: nothing())
SamplingParams = lambda **_: nothing()
'''
CANARY = "Quixotina Zebrowska"


async def test_what_a_caller_says_never_reaches_the_log(tmp_path: Path) -> None:
    """The whole worker around an engine that prints its prompts, and whose children die of them."""
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm" / "__init__.py").write_text(STAND_IN)
    settings = settings_in(tmp_path)
    whole_folder(settings.models_dir / settings.language.model)
    environment = {k: v for k, v in os.environ.items() if k != "TRIAGE_STATE_DIR"}
    environment["PYTHONPATH"] = f"{REPOSITORY}:{tmp_path}"
    log = tmp_path / "worker.log"
    with log.open("wb") as stream:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "triage.language.worker", "--config", str(tmp_path / "triage.toml"),
            cwd=REPOSITORY, env=environment, stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        address = settings.socket("language")
        async with asyncio.timeout(60), LanguageClient(address) as client:
            while await status(address) != health_pb2.HealthCheckResponse.SERVING:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            for said in (f"I am {CANARY}", f"fail, said {CANARY}"):
                stream_of = client.generate([ChatMessage("user", Phi(said))], max_tokens=4, deadline_s=10)
                if "fail" in said:
                    with pytest.raises(EngineFailed):
                        _ = [delta async for delta in stream_of]
                else:
                    assert [delta.text.reveal() async for delta in stream_of] == ["yes"]
            worker.terminate()
            assert await worker.wait() == 0
    finally:
        if worker.returncode is None:
            worker.kill()
    lines = [json.loads(line) for line in log.read_text().splitlines()]  # nothing but the house's own
    assert not any(word in log.read_text() for word in CANARY.split())
    assert {line["process"] for line in lines} == {"language"}
    events = [line["event"] for line in lines]
    assert events.count("library_log") >= 4  # each time the engine told it, by logging
    assert [event for event in events if event.startswith("worker")] == ["worker_ready", "worker_stopping"]
