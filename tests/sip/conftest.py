"""A real gateway process, a scripted core behind real mutual TLS, and softphone processes, all on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.ports import free_port
from triage.call import events as ev
from triage.telemetry import logs
from triage.telephony.softphone_client import Softphone
from triage.testing.scripted_core import CarriedByTest, ScriptedCore, make_keys

RATE = 8000
# Until a gateway has ended: whose goodbye is lost, is missed after 15 s without a packet, and a stop waits for the call.
STOP_S_MAX = 40.0
CONNECTING_HZ, NO_ONE_HZ = (
    500.0,
    1400.0,
)  # the two fixed sentences are pure tones here, so that a test can tell them apart


def tone(hertz: float, seconds: float, level: float = 8000) -> bytes:
    t = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * t)).astype("<i2").tobytes()


def share(pcm: bytes, hertz: float) -> float:
    """Part of the power that lies within 30 Hz of `hertz`: 1 for that pure tone, below 0.05 for speech or silence."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    around = np.abs(np.fft.rfftfreq(len(samples), 1 / RATE) - hertz) < 30
    return float(spectrum[around].sum() / max(spectrum.sum(), 1e3 * len(samples)))


def hears(pcm: bytes, hertz: float, seconds: float = 0.3) -> bool:
    """Whether any stretch of `seconds` is that tone."""
    size = round(seconds * RATE) * 2
    return any(share(pcm[at : at + size], hertz) > 0.8 for at in range(0, len(pcm) - size, size // 2))


@dataclass
class Rig:
    folder: Path
    core_port: int = field(default_factory=free_port)
    sip_port: int = field(default_factory=free_port)
    fallback_port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    stderr: bytes = b""

    @property
    def line_uri(self) -> str:
        return f"sip:5551000@127.0.0.1:{self.sip_port}"

    def core(self) -> ScriptedCore:
        return ScriptedCore(f"127.0.0.1:{self.core_port}", self.folder / "var" / "keys")

    def phone(self, user: str = "5550123") -> Softphone:
        return Softphone(f"127.0.0.1:{free_port()}", user=user)

    def fallback_phone(self) -> Softphone:
        return Softphone(f"127.0.0.1:{self.fallback_port}", user="nobody")

    def write(self, *, transfer: str = "bridge", calls_at_once_max: int = 8, rtp_timeout_s: int = 15) -> Path:
        """The configuration and the two fixed sentences. Returns the configuration's path."""
        phrases = self.folder / "var" / "phrases"
        phrases.mkdir(parents=True, exist_ok=True)
        names = {}
        for key, hertz in (("connecting", CONNECTING_HZ), ("no_one", NO_ONE_HZ)):
            pcm = tone(hertz, 1.0)
            names[key] = hashlib.sha256(pcm).hexdigest()
            (phrases / f"{names[key]}.pcm").write_bytes(pcm)
        (phrases / "gateway.json").write_text(json.dumps(names))
        file = self.folder / "triage.toml"
        file.write_text(
            f"""
[storage]
state_dir = "var"
[core]
listen = "127.0.0.1:{self.core_port}"
calls_at_once_max = {calls_at_once_max}
[gateway]
sip_listen = "127.0.0.1:{self.sip_port}"
fallback_uri = "sip:nobody@127.0.0.1:{self.fallback_port}"
rtp_timeout_s = {rtp_timeout_s}
[triage_line]
transfer = "{transfer}"
"""
        )
        return file

    async def start(self, **settings: object) -> None:
        file = self.write(**settings)  # type: ignore[arg-type]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "triage.telephony.gateway", "--config", str(file), stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(20):
            while not await self.serving():
                assert self.process.returncode is None, "the gateway ended at its start"
                await asyncio.sleep(0.05)

    async def serving(self) -> bool:
        path = self.folder / "var" / "run" / "gateway.sock"
        async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
            try:
                stub = health_pb2_grpc.HealthStub(channel)
                answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S_MAX):
                _, self.stderr = await self.process.communicate()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise
        assert self.process.returncode is not None
        return self.process.returncode


async def answered(rig: Rig, core: ScriptedCore, phone: Softphone) -> CarriedByTest:
    """A call up between `phone` and the core, which listens."""
    await phone.dial(rig.line_uri)
    call = await core.next_call()
    call.ask(ev.Answer(), ev.Listen(True))
    await phone.wait_for("established", timeout_s=5)
    await call.wait_for(ev.CallerAnswered)
    return call


def only_plain_log_lines(text: str) -> None:
    """What a gateway may write: its own log lines, and in them no number, no address and no fault."""
    for line in text.splitlines():
        said = json.loads(line)
        assert said["severity"] != "error", said
        assert logs.REFUSED not in said.values(), said
    assert "5550123" not in text
    assert "5551000" not in text
    assert "sip:" not in text
    assert "127.0.0" not in text


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = Rig(tmp_path)
    make_keys(tmp_path / "var" / "keys")
    yield made
    if made.process is not None and made.process.returncode is None:
        assert await made.stop() == 0
        only_plain_log_lines(made.stderr.decode())
