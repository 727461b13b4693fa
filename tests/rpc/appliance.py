"""The core's public port as it is put together in app.py: real services on a real desk and vault, mutual TLS, keys of every role.
Scripted engines behind it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import grpc

from tests.journeys.clinic import AMARA, CONTACTS, ClinicUnderTest, clinic
from tests.rpc.conftest import HOLDERS
from triage import app
from triage.clock import Clock, SystemClock
from triage.config import Core, Settings, Storage, TriageLine
from triage.paging.telephone import Switchboard
from triage.rpc.authorization import Authorization
from triage.rpc.channel import channel_as
from triage.rpc.server import public_server
from triage.vault.authority import SERVER, Authority
from triage.vault.keys import VaultKeys


class Appliance:
    def __init__(self, settings: Settings, house: ClinicUnderTest) -> None:
        self.settings, self.house = settings, house
        self.failed: list[tuple[str, str]] = []

    def as_role(self, role: str) -> AbstractAsyncContextManager[grpc.aio.Channel]:
        named = HOLDERS[role]
        return channel_as(self.settings, role, None if named.stem == role else named.person)


def settings_in(folder: Path) -> Settings:
    """With keys of every role, and a port that was free a moment ago."""
    now = SystemClock().now()
    with socket.create_server(("127.0.0.1", 0)) as one:
        listen = f"127.0.0.1:{one.getsockname()[1]}"
    settings = Settings(
        storage=Storage(state_dir=folder / "state"), core=Core(listen=listen), triage_line=TriageLine(contacts=CONTACTS)
    )
    authority, _ = Authority.load_or_make(settings.keys_dir, now)
    for holder in (SERVER, *HOLDERS.values()):
        authority.issue(holder, now)
    return settings


@asynccontextmanager
async def appliance(
    folder: Path, *, keys: VaultKeys | None = None, clock: Clock | None = None
) -> AsyncIterator[Appliance]:
    settings = settings_in(folder)
    async with clinic(folder, clock or SystemClock(), keys=keys, nurses=(AMARA,)) as house:
        made = Appliance(settings, house)
        authorization = Authorization(
            SystemClock(),
            partial(app._denied, house.house.vault),
            lambda *fault: made.failed.append(fault),
        )
        services = app._services(settings, house.house, house.door, Switchboard())
        server = public_server(settings, services, authorization)
        await server.start()
        try:
            yield made
        finally:
            await server.stop(None)
