"""Where calls come in: one of the house's four borders. Whatever goes wrong in a call, the caller goes to a human."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from triage.call import events
from triage.call.events import CallEnded, Incoming, LineEvent
from triage.conversation.call_task import Abandoned, CallTask
from triage.conversation.house import House
from triage.conversation.line import Line
from triage.errors import EngineFailed
from triage.telemetry import logs

log = logs.get("call")


class FrontDoor:
    """Takes calls until it is closed. `full`: more calls than this machine can hear at once go to the gateway's fallback."""

    def __init__(self, house: House, *, calls_at_once_max: int) -> None:
        self._house = house
        self._calls_at_once_max = calls_at_once_max
        self._calls: set[asyncio.Task[None]] = set()
        self._open = True

    @property
    def busy(self) -> bool:
        """Somebody is on the line."""
        return bool(self._calls)

    async def take(self, line: Line) -> None:
        """One call to its end. Returning while the caller is still there tells the gateway to take them to a human."""
        if not self._open or len(self._calls) >= self._calls_at_once_max:
            log.warning("call_refused", calls=len(self._calls))
            return
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            await self._run(line)
        except Exception as error:
            # The border. Nothing of the error's text is logged: it may hold what was said.
            log.error("call_failed", fault=type(error).__name__)
        finally:
            self._calls.discard(task)

    async def close(self, *, within_s: float) -> None:
        """No new calls; those under way may end, then the gateway takes the rest to a human."""
        self._open = False
        if self._calls:
            await asyncio.wait(self._calls, timeout=within_s)

    async def _run(self, line: Line) -> None:
        telephone = line.events()
        incoming = await anext(telephone)
        if not isinstance(incoming, Incoming):
            raise EngineFailed("The gateway's first message was not a call.")
        call = CallTask(self._house, line, incoming)
        reading = asyncio.create_task(_read(call, telephone))
        try:
            await call.run()
        except* Abandoned:
            log.error("call_abandoned", call_id=incoming.call_id)
        finally:
            reading.cancel()


async def _read(call: CallTask, telephone: AsyncIterator[LineEvent]) -> None:
    try:
        async for event in telephone:
            call.hear(event)
    except EngineFailed:
        call.tell(CallEnded(events.EndReason.ERROR))
