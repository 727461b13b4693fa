"""The desk's clocks: leases, rungs and promises that end.

Ends are kept in the store as wall-clock times, so that a restart finds them. While the process lives each is watched on the
monotonic clock too: a wall clock that is set back must not keep a caller waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from triage.clock import Clock
from triage.desk.book import Book
from triage.errors import TriageError
from triage.handoff.handoff import Handoff
from triage.handoff.state import HandoffState
from triage.ids import HandoffId
from triage.telemetry import logs

LOOK_S_MAX = 5.0  # the clocks are looked at this often even if nothing woke them: a wall clock may jump
RETRY_S = 1.0  # after a store that failed
TOLERANCE_S = 0.001  # waking this much late never finds a clock that is just not over

log = logs.get("desk")


class Clocks:
    """`ended(handoff_id, revision)` acts on a clock of that revision; it looks again inside its transaction. `lease_s_max`: no
    lease or rung has more left, whatever a wall clock that was set back while the process was down says."""

    def __init__(
        self, book: Book, clock: Clock, ended: Callable[[HandoffId, int], Awaitable[object]], *, lease_s_max: float
    ) -> None:
        self._book = book
        self._clock = clock
        self._ended = ended
        self._lease_s_max = lease_s_max
        self._ends: dict[HandoffId, tuple[int, float]] = {}  # revision, monotonic seconds

    async def run(self) -> None:
        """Until cancelled; then what is under way is finished."""
        try:
            while True:
                well = await self.look()
                self._book.woken.clear()
                # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with the event.
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_s() if well else RETRY_S):
                        await self._book.woken.wait()
        finally:
            await self._book.settle()

    async def look(self) -> bool:
        """False when the store failed for one of them; the others were looked at all the same."""
        well = True
        for handoff in [change.handoff for change in self._book.open.values()]:
            if self._left_s(handoff) > 0:
                continue
            try:
                await self._ended(handoff.handoff_id, handoff.revision)
            except TriageError as error:
                well = False
                log.error("desk_clock_failed", handoff_id=handoff.handoff_id, fault=type(error).__name__)
        self._ends = {key: end for key, end in self._ends.items() if key in self._book.open}
        return well

    def _wait_s(self) -> float:
        left = (self._left_s(change.handoff) for change in self._book.open.values())
        return min((LOOK_S_MAX, *(max(0.0, one) + TOLERANCE_S for one in left)))

    def _left_s(self, handoff: Handoff) -> float:
        due_ms = handoff.due_ms
        if due_ms is None:
            return LOOK_S_MAX
        wall_s = due_ms / 1000 - self._clock.now().timestamp()
        if handoff.state is HandoffState.CALLBACK:
            return wall_s  # a promise is a time of day
        now = self._clock.monotonic()
        revision, end = self._ends.get(handoff.handoff_id, (0, 0.0))
        if revision != handoff.revision:
            end = now + min(max(0.0, wall_s), self._lease_s_max)
            self._ends[handoff.handoff_id] = (handoff.revision, end)
        return min(wall_s, end - now)
