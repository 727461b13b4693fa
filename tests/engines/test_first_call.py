"""The whole appliance for real: vLLM, faster-whisper, Piper, baresip, SQLCipher; real calls over SIP on loopback, and kill -9."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.ports import free_port
from triage import config
from triage.config import Settings
from triage.drill.run import Drill, Outcome
from triage.drill.script import Script, load
from triage.rpc.channel import channel_as, people
from triage.telephony.softphone_client import Softphone
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc

ROOT = Path(__file__).resolve().parents[2]
START_S_MAX = 240
pytestmark = [pytest.mark.engines, pytest.mark.sip, pytest.mark.timeout(420)]

LONG_CALL = {
    "name": "a caller who is still there",
    "caller": {"number": "5550160"},
    "clinic": {"now": "2026-11-24T10:30:00"},
    "turn": [{"say": "Hello, what are your opening hours?"}, {"silence_s": 14}, {"hang_up": True}],
}


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One appliance on ports of its own, with a state folder of its own, up for all tests here."""
    folder = tmp_path_factory.mktemp("appliance")
    ports = [free_port() for _ in range(6)]
    text = (ROOT / "deploy" / "triage.toml").read_text(encoding="utf-8")
    for port, given in zip((7443, 5060, 5090, 5071, 5081, 5082), ports, strict=True):
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{given}")
    text = text.replace('"../var/models"', f'"{ROOT / "var" / "models"}"').replace(
        '"../var" ', f'"{folder / "state"}" '
    )
    text = text.replace('"../.venv-language/bin/python"', f'"{ROOT / ".venv-language" / "bin" / "python"}"')
    text = text.replace('"../models/manifest.toml"', f'"{ROOT / "models" / "manifest.toml"}"')
    for name in ("matrix.toml", "clinic.toml"):
        shutil.copy(ROOT / "deploy" / name, folder / name)
    file = folder / "triage.toml"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "triage.cli.main"]
    environment = {key: value for key, value in os.environ.items() if key != "TRIAGE_STATE_DIR"}
    subprocess.run(
        [*command, "keys", "init", "--config", str(file)], check=True, stdout=subprocess.DEVNULL, env=environment
    )
    log = (folder / "serve.log").open("w+", encoding="utf-8")
    serving = subprocess.Popen([*command, "serve", "--config", str(file)], stdout=log, stderr=log, env=environment)
    try:
        until = time.monotonic() + START_S_MAX
        while "Ready." not in (folder / "serve.log").read_text(encoding="utf-8"):
            assert serving.poll() is None, (folder / "serve.log").read_text(encoding="utf-8")
            assert time.monotonic() < until, "the appliance did not start"
            time.sleep(0.5)
        yield config.load(file)
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(150)
        log.close()


def process_of(settings: Settings, module: str) -> psutil.Process:
    """The supervised process itself, not its children."""
    wanted = [module, "--config", str(settings.file.resolve())]
    found = [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[-3:] == wanted]
    return min(found, key=lambda process: process.create_time())


def drilled(settings: Settings, script: Script, *, kill: str = "", on: str = "said") -> tuple[Outcome, list[str]]:
    """Runs the drill; kills the process of module `kill` when the event `on` is first seen."""
    killed = []

    def show(event: Mapping[str, Any]) -> None:
        if kill and not killed and event["event"] == on:
            killed.append(event["t"])
            process_of(settings, kill).kill()

    drill = Drill(settings, script, show)
    failures = asyncio.run(drill.run())
    assert bool(killed) == bool(kill)
    return drill.outcome, failures


def triggers(outcome: Outcome) -> list[str]:
    return [str(event["trigger"]) for event in outcome.events if event["event"] == "level"]


async def worklist(settings: Settings) -> list[handoffs_pb2.Handoff]:
    async with channel_as(settings, "nurse", people(settings, "nurse")[0]) as channel:
        stream = handoffs_pb2_grpc.HandoffsStub(channel).Watch(handoffs_pb2.WatchRequest())
        found: list[handoffs_pb2.Handoff] = []
        try:
            async with asyncio.timeout(2):
                async for event in stream:
                    if event.WhichOneof("event") == "changed":
                        found.append(event.changed)
        except TimeoutError:
            stream.cancel()
        return found


@pytest.mark.parametrize("scene", ["1-routine", "2-chest-pain", "3-person", "4-after-hours"])
def test_the_demo_s_scenes(appliance: Settings, scene: str) -> None:
    outcome, failures = drilled(appliance, load(ROOT / "deploy" / "drills" / f"{scene}.toml"))
    assert failures == []
    assert outcome.events[0]["event"] == "answered"


def test_speech_worker_killed_in_mid_call(appliance: Settings) -> None:
    outcome, _ = drilled(appliance, Script.model_validate(LONG_CALL), kill="triage.speech.worker")
    assert "machine_failure" in triggers(outcome)
    assert [e["event"] for e in outcome.events].count("stored") == 1
    said = [str(e["text"]) for e in outcome.events if e["event"] == "said"]
    assert any("technical problem" in words for words in said)


def test_language_worker_killed_in_mid_call(appliance: Settings) -> None:
    wait_until_well(appliance)
    outcome, _ = drilled(appliance, Script.model_validate(LONG_CALL), kill="triage.language.worker")
    assert "machine_failure" in triggers(outcome)
    assert [e["event"] for e in outcome.events].count("stored") == 1


def test_gateway_killed_in_mid_call_leaves_one_callback(appliance: Settings) -> None:
    wait_until_well(appliance)
    outcome, _ = drilled(appliance, Script.model_validate(LONG_CALL), kill="triage.telephony.gateway")
    mine = [h for h in asyncio.run(worklist(appliance)) if h.call_id == outcome.call_id]
    assert [h.state for h in mine] == [handoffs_pb2.HANDOFF_STATE_CALLBACK]
    assert not mine[0].caller_on_line


def test_core_killed_in_mid_call_the_caller_reaches_the_fallback(appliance: Settings) -> None:
    wait_until_well(appliance)
    call_id = asyncio.run(_kill_the_core(appliance))
    wait_until_well(appliance)
    mine = [h for h in asyncio.run(worklist(appliance)) if h.call_id == call_id]
    assert [h.state for h in mine] == [handoffs_pb2.HANDOFF_STATE_CALLBACK]


async def _kill_the_core(settings: Settings) -> str:
    """A caller mid-conversation, and the fallback's telephone: it must ring, and both must hear each other."""
    before = {h.call_id for h in await worklist(settings)}
    del before
    user, listen = settings.gateway.fallback_uri.removeprefix("sip:").split("@")
    async with (
        Softphone(listen, user=user) as fallback,
        Softphone(settings.drill.patient_listen, user="5550161") as patient,
    ):
        await fallback.answer_mode("auto")
        await patient.dial(f"sip:clinic@{settings.gateway.sip_listen}")
        await patient.wait_for("established", timeout_s=10)
        await asyncio.sleep(3)
        core = process_of(settings, "triage.app")
        core.kill()
        await fallback.wait_for("established", timeout_s=30)
        since = patient.mark()
        await fallback.start_playing(b"\x00\x20\x00\xe0" * 8000)
        await asyncio.sleep(3)
        assert any(level.rms > 200 for level in patient.levels(since))
        await patient.hang_up()
    wait_until_well(settings)
    handoffs = await worklist(settings)
    return max(handoffs, key=lambda h: h.offered_at_ms).call_id


def wait_until_well(settings: Settings) -> None:
    """Until every process is ready again."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    until = time.monotonic() + START_S_MAX
    for name in ("language", "speech", "core", "gateway"):
        while time.monotonic() < until:
            with grpc.insecure_channel(settings.socket(name)) as channel:
                try:
                    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=2)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        break
                except grpc.RpcError:
                    pass
            time.sleep(0.3)
        else:
            raise AssertionError(f"{name} did not come back")
    time.sleep(1.0)  # the core's own probe looks twice a second
