"""What can be seen of the running appliance: its processes, its port, its memory, and its audit log through its own interface."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Final, Literal

import grpc
import psutil
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage.clock import SystemClock
from triage.config import Settings
from triage.doctor.finding import Finding, attention, failed, ok
from triage.errors import TriageError
from triage.rpc.channel import channel_as, people
from triage.telemetry.memory import core_limit
from triage.v1 import audit_pb2, audit_pb2_grpc
from triage.vault.authority import MONITOR
from triage.vault.providers import choice

Name = Literal["core", "gateway", "speech", "language"]
MODULES: Final[dict[Name, str]] = {
    "core": "triage.app", "gateway": "triage.telephony.gateway", "speech": "triage.speech.worker",
    "language": "triage.language.worker",
}  # fmt: skip
ANSWER_S_MAX = 2.0
VERIFY_S_MAX = 600.0
HANDSHAKE_S_MAX = 5.0
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"  # RFC 9113, 3.4, and empty SETTINGS
STOPPED = "The appliance is stopped."


async def look(settings: Settings) -> list[Finding]:
    """Everything that needs the appliance, or says that it is stopped."""
    up = [name for name in MODULES if await _serving(settings, name)]
    found = [_processes(up)]
    if "core" in up:
        found += [
            *(await asyncio.gather(asyncio.to_thread(tls, settings), asyncio.to_thread(client_certificates, settings))),
            memory(),
            await _audit_running(settings),
        ]
    else:
        start = "Start it with `triage serve` and look again."
        found += [attention(check, STOPPED, start) for check in ("tls", "client_certificates", "memory")]
        found.append(await _audit_stopped(settings))
    return found


async def _serving(settings: Settings, name: Name) -> bool:
    if not Path(settings.socket(name).removeprefix("unix:")).exists():
        return False
    async with grpc.aio.insecure_channel(settings.socket(name)) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=ANSWER_S_MAX
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _processes(up: list[Name]) -> Finding:
    if len(up) == len(MODULES):
        return ok("processes", "all four processes serve")
    if not up:
        return attention("processes", STOPPED, "Callers reach the PBX's fallback. Start it with `triage serve`.")
    down = [name for name in MODULES if name not in up]
    return failed(
        "processes", f"Not serving: {', '.join(down)}. Calls go to a human.", "See the log folder of the state folder."
    )


def tls(settings: Settings) -> Finding:
    """Two real handshakes."""
    if (version := _handshake(settings, ssl.TLSVersion.TLSv1_3)) != "TLSv1.3":
        return failed("tls", "The core's port does not speak TLS 1.3.", f"{settings.core.listen}: {version}")
    if (version := _handshake(settings, ssl.TLSVersion.TLSv1_2)) == "TLSv1.2":
        return failed("tls", "The core's port speaks TLS 1.2.", "Start it as `python -m triage.app`.")
    return ok("tls", "the core's port speaks TLS 1.3 and refuses 1.2")


def client_certificates(settings: Settings) -> Finding:
    if _handshake(settings, ssl.TLSVersion.TLSv1_3, certificate=False) == "TLSv1.3":
        return failed(
            "client_certificates", "The core's port answers without a client certificate.", "Stop it: this is a fault."
        )
    return ok("client_certificates", "the core's port refuses whoever has no certificate")


def _handshake(settings: Settings, version: ssl.TLSVersion, *, certificate: bool = True) -> str:
    """The version that was agreed on, or the name of the error."""
    context = ssl.create_default_context(cafile=str(settings.keys_dir / "ca.crt"))
    context.set_alpn_protocols(["h2"])
    context.minimum_version = context.maximum_version = version
    host, port = settings.core.listen.rsplit(":", 1)
    try:
        if certificate:
            stem = settings.keys_dir / MONITOR.stem
            context.load_cert_chain(f"{stem}.crt", f"{stem}.key")
        with (
            socket.create_connection((host, int(port)), timeout=HANDSHAKE_S_MAX) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secure,
        ):
            secure.sendall(
                PREFACE
            )  # in TLS 1.3 a server refuses a client's certificate after the client's own handshake is done
            return str(secure.version()) if secure.recv(9) else "closed"
    except OSError as error:  # ssl.SSLError is one
        return type(error).__name__


def memory() -> Finding:
    """The limit of each of our processes, as the kernel knows it."""
    return dumps([process.pid for process in psutil.process_iter(["cmdline"]) if _ours(process.info["cmdline"] or [])])  # type: ignore[no-untyped-call]


def _ours(command: list[str]) -> bool:
    return "-m" in command and bool(set(MODULES.values()) & set(command))


def dumps(pids: list[int]) -> Finding:
    limits = {pid: limit for pid in pids if (limit := core_limit(pid)) is not None}
    if not limits:
        return attention("memory", "None of the processes could be seen.", "Run this as the appliance's own user.")
    for pid, limit in limits.items():
        if limit != "0":
            return failed("memory", "A process may leave its memory on the disk when it dies.", f"pid {pid}: {limit}")
    return ok("memory", f"none of {len(limits)} processes leaves a core dump")


async def _audit_running(settings: Settings) -> Finding:
    """Through the port, as an officer whose certificate is on this machine. The verification is an entry of the log."""
    try:
        officer = people(settings, "officer")[0]
        async with channel_as(settings, "officer", officer) as channel:
            answer = await audit_pb2_grpc.AuditStub(channel).Verify(audit_pb2.VerifyRequest(), timeout=VERIFY_S_MAX)
    except TriageError as error:
        return attention("audit_log", "The audit log was not verified.", f"{error.message} {error.advice}")
    except grpc.aio.AioRpcError as error:
        return failed("audit_log", "The audit log was not verified.", f"{error.code().name.lower()}: {error.details()}")
    if answer.faults:
        return failed("audit_log", f"The audit log is not whole: {len(answer.faults)} faults.", answer.faults[0])
    return ok("audit_log", f"{answer.size} entries lead to the signed root; the witness agrees")


async def _audit_stopped(settings: Settings) -> Finding:
    """Opens the vault as a start does, which verifies the whole log and finds a rollback."""
    file = settings.state_dir / "vault.db"
    if not file.exists() and not settings.storage.server:
        return attention("audit_log", "There is no vault yet.", "The first start makes it: `triage serve`.")
    try:
        vault = await asyncio.to_thread(lambda: choice.open_vault(settings, clock=SystemClock()))
    except TriageError as error:
        return failed("audit_log", error.message, error.advice)
    size = vault.checkpoint.size
    await vault.close()
    return ok("audit_log", f"{size} entries lead to the signed root; the witness agrees")
