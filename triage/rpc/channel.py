"""A client's channel to the core: mutual TLS 1.3 with the certificate of a role and person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from triage.config import Settings
from triage.errors import UsageError
from triage.ids import Person

MESSAGE_BYTES_MAX = 4 << 20  # a part of an export; a packet is at most 64 KiB


def people(settings: Settings, role: str) -> list[Person]:
    """Who has a certificate of this role on this machine. Raises UsageError when nobody has."""
    found = sorted(settings.keys_dir.glob(f"{role}-*.crt"))
    if not found:
        raise UsageError(
            "There is no certificate of this role.",
            advice=f"{settings.keys_dir}: {role}-*.crt; run `triage keys init`.",
        )
    return [Person(file.stem.removeprefix(f"{role}-")) for file in found]


@asynccontextmanager
async def channel_as(settings: Settings, role: str, person: Person | None) -> AsyncIterator[grpc.aio.Channel]:
    """`person` None: a machine's own certificate, named after its role. Raises UsageError when it is missing."""
    name = f"{role}-{person}" if person else role
    try:
        ca, certificate, key = (
            (settings.keys_dir / file).read_bytes() for file in ("ca.crt", f"{name}.crt", f"{name}.key")
        )
    except OSError as error:
        raise UsageError(
            "The certificate cannot be read.",
            advice=f"{error.filename}: {type(error).__name__}; run `triage keys init`.",
        ) from None
    credentials = grpc.ssl_channel_credentials(ca, key, certificate)
    options = (
        ("grpc.ssl_target_name_override", "localhost"),
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
    )
    async with grpc.aio.secure_channel(settings.core.listen, credentials, options=options) as channel:
        yield channel
