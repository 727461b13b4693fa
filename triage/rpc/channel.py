"""A client's channel to the core: mutual TLS 1.3 with the certificate of a role and person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from triage.config import Settings
from triage.errors import UsageError
from triage.ids import Person
from triage.rpc.certificates import CertificateFiles

UNARY_S_MAX = 60.0  # of a call whose caller names no deadline
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
    """`person` None: a machine's own certificate, named after its role. gRPC cannot reload a certificate on a channel, so a
    client that lives long makes a new one each time its stream ends; the core ends streams when a certificate expires.

    Raises UsageError when it is missing or does not fit its key."""
    name = f"{role}-{person}" if person else role
    material = CertificateFiles(settings.keys_dir, name).read()
    credentials = grpc.ssl_channel_credentials(material.ca, material.key, material.certificate)
    options = (
        ("grpc.ssl_target_name_override", "localhost"),
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.keepalive_time_ms", 20_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.enable_http_proxy", 0),
    )
    async with grpc.aio.secure_channel(
        settings.core.listen, credentials, options=options, interceptors=(Deadline(),)
    ) as channel:
        yield channel


class Deadline(grpc.aio.UnaryUnaryClientInterceptor):
    """No single answer is waited for without end, even where a caller names no deadline."""

    async def intercept_unary_unary(self, continuation: Any, details: grpc.aio.ClientCallDetails, request: Any) -> Any:
        return await continuation(details._replace(timeout=details.timeout or UNARY_S_MAX), request)
