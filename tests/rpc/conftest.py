from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from triage.clock import SystemClock
from triage.rpc.authorization import Authorization
from triage.vault.authority import GATEWAY, MONITOR, SERVER, Authority, Holder

HOLDERS = {
    "gateway": GATEWAY,
    "nurse": Holder("nurse", "amara.okafor"),
    "officer": Holder("officer", "compliance"),
    "witness": Holder("witness", "usb-1"),
    "drill": Holder("drill", "rehearsal"),
    "health": MONITOR,
}

Register = Callable[[grpc.aio.Server], None]


class Port:
    """A server with mutual TLS and the product's authorization, and channels to it in each role."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.denied: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []
        self.address = ""

    def _read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    @asynccontextmanager
    async def serving(self, register: Register) -> AsyncIterator[Port]:
        async def on_denied(who: str, method: str) -> None:
            self.denied.append((who, method))

        server = grpc.aio.server(
            interceptors=[Authorization(SystemClock(), on_denied, lambda *failure: self.failed.append(failure))]
        )
        register(server)
        pair = (self._read("server.key"), self._read("server.crt"))
        credentials = grpc.ssl_server_credentials([pair], self._read("ca.crt"), require_client_auth=True)
        self.address = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
        await server.start()
        try:
            yield self
        finally:
            await server.stop(None)

    def channel(self, name: str) -> AbstractAsyncContextManager[grpc.aio.Channel]:
        """`name`: the files' stem."""
        credentials = grpc.ssl_channel_credentials(
            self._read("ca.crt"), self._read(f"{name}.key"), self._read(f"{name}.crt")
        )
        options = (("grpc.ssl_target_name_override", "localhost"),)
        return grpc.aio.secure_channel(self.address, credentials, options=options)

    def as_role(self, role: str) -> AbstractAsyncContextManager[grpc.aio.Channel]:
        return self.channel(HOLDERS[role].stem)


@pytest.fixture
def port(tmp_path: Path) -> Port:
    now = SystemClock().now()
    authority, _ = Authority.load_or_make(tmp_path / "keys", now)
    for holder in (SERVER, *HOLDERS.values()):
        authority.issue(holder, now)
    authority.issue(Holder("officer", "second"), now)
    authority.issue(Holder("officer", "expiring"), now, lifetime=timedelta(seconds=2))
    return Port(tmp_path / "keys")
