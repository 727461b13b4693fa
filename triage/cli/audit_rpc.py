"""What the audit commands share: the officer's channel, and what a refusal of the appliance means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
import grpc

from triage import config
from triage.config import Settings
from triage.errors import AuditError, Conflict, EngineFailed, NotAllowed, NotFound, TriageError, UsageError
from triage.ids import Person
from triage.rpc.channel import channel_as, people

PERSON_OPTION = click.option(
    "--as", "person", metavar="PERSON", help="The officer whose certificate is used; the first one by default."
)
CALL_S_MAX = 30  # for a single answer

T = TypeVar("T")


def officer(settings: Settings, person: str | None) -> Person:
    return Person(person.removeprefix("officer:")) if person else people(settings, "officer")[0]


def ask(config_file: Path, person: str | None, work: Callable[[grpc.aio.Channel], Awaitable[T]]) -> T:
    """Runs `work` on an officer's channel. Raises TriageError."""
    settings = config.load(config_file)
    return ask_as(settings, "officer", officer(settings, person), work)


def ask_as(settings: Settings, role: str, person: Person | None, work: Callable[[grpc.aio.Channel], Awaitable[T]]) -> T:
    async def run() -> T:
        try:
            async with channel_as(settings, role, person) as channel:
                return await work(channel)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None

    return asyncio.run(run())


def from_rpc(error: grpc.aio.AioRpcError) -> TriageError:
    said = error.details() or ""
    match error.code():
        case grpc.StatusCode.PERMISSION_DENIED | grpc.StatusCode.UNAUTHENTICATED:
            return NotAllowed("The appliance refused.", advice=said)
        case grpc.StatusCode.INVALID_ARGUMENT:
            return UsageError("The appliance did not understand.", advice=said)
        case grpc.StatusCode.NOT_FOUND:
            return NotFound("The appliance has no such thing.", advice=said)
        case grpc.StatusCode.ABORTED:
            return Conflict("The appliance could not do this.", advice=said)
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.DEADLINE_EXCEEDED:
            return EngineFailed("The appliance does not answer.", advice="Is it running? `triage serve` starts it.")
        case _:
            return AuditError("The appliance could not do this.", advice=said)
