"""The core's public port: mutual TLS 1.3 only (triage/__init__.py says how), every method closed unless the table opens it.
And the health socket beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from triage.config import Settings
from triage.errors import UsageError
from triage.rpc.authorization import Authorization
from triage.rpc.certificates import CertificateFiles, server_credentials
from triage.telemetry import logs
from triage.vault.authority import SERVER

MESSAGE_BYTES_MAX = 1 << 20  # 60 s of PCM; a packet is at most 64 KiB
STREAMS_A_CONNECTION_MAX = 128  # the gateway's calls at once, and room
CONNECTION_AGE_MS_MAX = 3_600_000  # then a client must show its certificate again; streams under way are not cut
CONNECTION_GRACE_MS = 7_200_000  # the longest call
KEEPALIVE_MS = 20_000

OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_concurrent_streams", STREAMS_A_CONNECTION_MAX),
    ("grpc.max_connection_age_ms", CONNECTION_AGE_MS_MAX),
    ("grpc.max_connection_age_grace_ms", CONNECTION_GRACE_MS),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    ("grpc.enable_channelz", 0),
    ("grpc.so_reuseport", 0),  # a second core on the same port is an error, not a second half of the calls
)

log = logs.get("rpc")

AddService = Callable[[grpc.aio.Server], None]


def public_server(
    settings: Settings,
    services: Sequence[AddService],
    authorization: Authorization,
    options: Sequence[tuple[str, int]] = OPTIONS,
) -> grpc.aio.Server:
    """Not started yet. Raises UsageError when the certificates are missing or the port is taken."""
    credentials = server_credentials(
        CertificateFiles(settings.keys_dir, SERVER.stem), lambda: log.error("certificate_unusable")
    )
    server: grpc.aio.Server = grpc.aio.server(interceptors=(authorization,), options=options)
    for add in services:
        add(server)
    try:
        server.add_secure_port(settings.core.listen, credentials)
    except RuntimeError:
        raise UsageError(
            "The core's port is taken or not this machine's.", advice=f"{settings.core.listen}: see [core] listen."
        ) from None
    return server


class HealthSocket:
    """grpc.health.v1 on a Unix socket that only this user can open: how a supervisor sees that a process is ready."""

    def __init__(self, address: str) -> None:
        self._file = Path(address.removeprefix("unix:"))
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._address = address

    async def start(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file.unlink(missing_ok=True)
        self._server.add_insecure_port(self._address)
        await self._server.start()
        self._file.chmod(0o600)
        await self.serving(False)

    async def serving(self, ready: bool) -> None:
        status = health_pb2.HealthCheckResponse
        await self._health.set("", status.SERVING if ready else status.NOT_SERVING)

    async def stop(self) -> None:
        await self._server.stop(grace=1.0)
        self._file.unlink(missing_ok=True)
