"""One caller's telephone line, as the conversation sees it: events in, requests out.

Two implementations: the gateway's stream (triage.rpc.calls_service) and the scripted telephone (triage.testing).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from triage.call.events import LineEvent, LineRequest


class Line(Protocol):
    def events(self) -> AsyncIterator[LineEvent]:
        """Begins with Incoming and ends after CallEnded. Raises EngineFailed when the gateway is lost in mid-call."""
        ...

    async def send(self, request: LineRequest) -> None:
        """Raises EngineFailed when the gateway is lost."""
        ...
