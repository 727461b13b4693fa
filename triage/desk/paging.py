"""Getting a nurse who is not at a console: ports, and who is being paged for what. The ways themselves are in `triage/paging/`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from triage.audit.entry import Entry
from triage.desk.entries import CORE
from triage.errors import Conflict, IllegalTransition, TriageError
from triage.escalation.levels import Level
from triage.handoff.handoff import Handoff
from triage.ids import HandoffId, Person
from triage.telemetry import logs
from triage.vault.vault import Vault

log = logs.get("desk")


@dataclass(frozen=True, slots=True)
class Page:
    """What a pager may know: nothing about the caller. `waiting`: a caller is on the line; else it is a ticket."""

    handoff_id: HandoffId
    level: Level
    waiting: bool


class Way(Protocol):
    """One way to page. `send` ends when it is known how it went. Raises EngineFailed when it could not be sent."""

    @property
    def name(self) -> str:
        """A code: mail, telephone."""
        ...

    async def send(self, page: Page) -> Person | None:
        """Who took it, by a key press; None: nobody, or this way cannot tell."""
        ...


class Paging:
    """`take(handoff_id, person)`: the desk's claim."""

    def __init__(
        self, vault: Vault, ways: Sequence[Way], take: Callable[[HandoffId, Person], Awaitable[object]]
    ) -> None:
        self._vault = vault
        self._ways = tuple(ways)
        self._take = take
        self._under_way: dict[tuple[HandoffId, str], asyncio.Task[None]] = {}

    def page(self, handoff: Handoff) -> None:
        """Every way at once; one that is still busy with this handoff is not asked twice. A rehearsal gets nobody out of bed."""
        if handoff.drill:
            return
        page = Page(handoff.handoff_id, handoff.level, handoff.caller_on_line)
        for way in self._ways:
            key = (page.handoff_id, way.name)
            if key not in self._under_way:
                task = asyncio.get_running_loop().create_task(self._send(way, page))
                self._under_way[key] = task
                task.add_done_callback(lambda _, key=key: self._under_way.pop(key, None))  # type: ignore[misc]

    async def close(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, way: Way, page: Page) -> None:
        try:
            await self._note("page.sent", way, page)
            taken_by = await way.send(page)
        except TriageError as error:
            log.error("page_failed", handoff_id=page.handoff_id, fault=type(error).__name__)
            await self._note("page.failed", way, page, type(error).__name__)
            return
        if taken_by is not None:
            try:
                await self._take(page.handoff_id, taken_by)
            except (Conflict, IllegalTransition):
                log.info("page_too_late", handoff_id=page.handoff_id)  # somebody was quicker

    async def _note(self, act: str, way: Way, page: Page, fault: str = "") -> None:
        details = (("channel", way.name), ("level", page.level.word), *((("fault", fault),) if fault else ()))
        outcome = "failure" if fault else "success"
        entry = Entry(act, CORE, subject=page.handoff_id, outcome=outcome, details=details)
        await self._vault.run(lambda tx: tx.append(entry))
