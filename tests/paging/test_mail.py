"""Pages by mail: what the server is given, what it must never hold, and where it may not go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from triage.config import Paging
from triage.desk.paging import Page
from triage.errors import EngineFailed
from triage.escalation.levels import Level
from triage.ids import HandoffId
from triage.paging.inside import inside
from triage.paging.mail import Mail

PAGE = Page(HandoffId("0123456789abcdef"), Level.DANGER, waiting=True)


class Now:
    def now(self) -> datetime:
        return datetime(2026, 11, 24, 15, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@asynccontextmanager
async def mail_server(refuse: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """As much of RFC 5321 as one message needs."""
    messages: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 clinic ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                messages.append((await reader.readuntil(b"\r\n.\r\n")).decode())
                writer.write(b"250 kept\r\n")
            elif verb == "RCPT" and refuse:
                writer.write(b"550 unknown\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", messages
    finally:
        server.close()
        await server.wait_closed()


def mail(smtp: str) -> Mail:
    return Mail(
        Paging(smtp=smtp, smtp_tls=False, mail_from="triage@clinic.local", mail_to=("oncall@clinic.local",)), Now()
    )


async def test_it_says_that_somebody_waits_and_how_urgently_and_no_more() -> None:
    async with mail_server() as (smtp, messages):
        assert await mail(smtp).send(PAGE) is None
    (message,) = messages
    assert "Subject: Triage line, danger: a caller is waiting" in message
    assert PAGE.handoff_id in message
    body = message.split("\r\n\r\n", 1)[1]
    assert set(body.lower().replace(".", " ").replace(",", " ").replace(":", " ").split()) <= {
        "level", "danger", "a", "caller", "is", "waiting", "and", "nobody", "has", "taken", "it", "sign", "in", "to", "the",
        "triage", "line", "take", "handoff", PAGE.handoff_id,
    }  # fmt: skip


async def test_a_server_that_refuses_or_is_gone_is_a_failed_page() -> None:
    async with mail_server(refuse=True) as (smtp, _):
        with pytest.raises(EngineFailed):
            await mail(smtp).send(PAGE)
    with pytest.raises(EngineFailed):
        await mail("127.0.0.1:9").send(PAGE)


async def test_nothing_leaves_the_network() -> None:
    await inside("127.0.0.1", 25)
    await inside("10.1.2.3", 25)
    for outside in ("8.8.8.8", "2001:4860:4860::8888"):
        with pytest.raises(EngineFailed, match="not inside"):
            await inside(outside, 25)
