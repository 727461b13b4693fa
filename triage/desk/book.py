"""The desk's book: what is open, as the last commit left it, and who is told.

A write and its news are one piece of work that outlives whoever asked for it. A call that dies while its handoff is being
committed must not leave an offer on the disk that no nurse ever hears of.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from triage.desk.change import Change
from triage.desk.presence import Presence
from triage.errors import TriageError
from triage.ids import HandoffId
from triage.telemetry import logs
from triage.vault.vault import Transaction, Vault

T = TypeVar("T")

log = logs.get("desk")


class Book:
    """`woken` is set after every change; `told` is called with it."""

    def __init__(self, vault: Vault, presence: Presence, told: Callable[[Change], None] = lambda _: None) -> None:
        self.open: dict[HandoffId, Change] = {}
        self.woken = asyncio.Event()
        self._vault = vault
        self._presence = presence
        self._told = told
        self._followers: dict[HandoffId, list[asyncio.Queue[Change]]] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    async def write(
        self,
        work: Callable[[Transaction], Change],
        *,
        if_nobody_waits: Callable[[Change], Awaitable[object]] | None = None,
    ) -> Change:
        """Commits `work` and tells its change; one with an empty verb is not told. Cancelling the caller stops neither;
        `if_nobody_waits` then follows. Raises what `work` raises, and VaultError."""
        task = self._keep(self._commit(work))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if if_nobody_waits is not None:
                self._keep(_then(task, if_nobody_waits))
            raise

    async def settle(self) -> None:
        """Until everything under way is on the disk and told."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    def follow(self, handoff_id: HandoffId) -> AsyncIterator[Change]:
        """Every change of one handoff from this moment on, until it is completed."""
        queue: asyncio.Queue[Change] = asyncio.Queue()  # as long as one handoff's history, which has an end
        self._followers.setdefault(handoff_id, []).append(queue)
        return self._follow(handoff_id, queue)

    async def _follow(self, handoff_id: HandoffId, queue: asyncio.Queue[Change]) -> AsyncIterator[Change]:
        try:
            while True:
                change = await queue.get()
                yield change
                if not change.handoff.open:
                    return
        finally:
            with suppress(KeyError, ValueError):
                self._followers[handoff_id].remove(queue)

    async def _commit(self, work: Callable[[Transaction], Change]) -> Change:
        change = await self._vault.run(work)
        if change.verb:
            known = self.open.get(change.handoff.handoff_id)
            if not change.packet and known is not None:
                change = replace(change, packet=known.packet)
            if known is not None and known.handoff.state is change.handoff.state:
                change = replace(change, alarm=known.alarm)
            self._tell(change)
        return change

    def _tell(self, change: Change) -> None:
        handoff = change.handoff
        if handoff.open:
            self.open[handoff.handoff_id] = change
        else:
            self.open.pop(handoff.handoff_id, None)
        log.info(f"handoff_{change.verb}", handoff_id=handoff.handoff_id, level=handoff.level.word)
        for queue in self._followers.get(handoff.handoff_id, ()):
            queue.put_nowait(change)
        if not handoff.open:
            self._followers.pop(handoff.handoff_id, None)
        self._presence.tell(change)
        self.woken.set()
        self._told(change)

    def alarmed(self, handoff_id: HandoffId, number: int) -> None:
        """The consoles hear of an alarm; nothing about the handoff has changed."""
        if known := self.open.get(handoff_id):
            self.open[handoff_id] = replace(known, alarm=number)
            self._presence.tell(replace(known, verb="alarm", alarm=number))

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        # Their parent is the desk: `settle` waits for them when its clocks stop.
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task


async def _then(task: asyncio.Task[Change], follow_up: Callable[[Change], Awaitable[object]]) -> None:
    with suppress(TriageError):  # nothing was stored; or the store failed, and the next start puts it right
        await follow_up(await task)
