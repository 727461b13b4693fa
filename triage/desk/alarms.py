"""Alarms for what nobody takes: repeated, each wider than the one before, until somebody claims it.

A waiting caller, a ticket in danger or crisis, a promise that was not kept. The first alarm rings at the nurses who are asked,
the second at all of them, the third pages too; with no nurse there the first one pages. What is pressing is seen in the desk's
book, not remembered apart, so that a restart raises what is still unclaimed anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from triage.clock import Clock
from triage.desk.book import Book
from triage.desk.change import Change
from triage.desk.presence import Presence
from triage.errors import TriageError
from triage.escalation.levels import Level
from triage.handoff.handoff import Handoff
from triage.handoff.state import HandoffState
from triage.ids import HandoffId, Person
from triage.telemetry import logs

LOOK_EVERY_S = 1.0
PAGES_FROM = 3  # the alarm from which the on-call telephones ring as well
PAGES_MAX = 30  # of one handoff: half an hour at one a minute; the consoles go on

log = logs.get("desk")


@dataclass(frozen=True, slots=True)
class Alarm:
    """`number`: 1 is the first. `cause`: unclaimed, no_nurse_signed_in, ticket_unclaimed, callback_overdue."""

    change: Change
    number: int
    cause: str
    pages: bool


def due(waited_s: float, after_s: Sequence[float]) -> int:
    """How many alarms there must have been after `waited_s`; the last of `after_s` is repeated as often as it is long."""
    if waited_s < after_s[-1]:
        return sum(waited_s >= one for one in after_s)
    return len(after_s) + int((waited_s - after_s[-1]) // after_s[-1])


def pressing(handoff: Handoff) -> str:
    """Why somebody must take this now; "" when nothing presses."""
    if handoff.state is HandoffState.OFFERED:
        return "unclaimed"
    if handoff.state is not HandoffState.CALLBACK:
        return ""
    if handoff.overdue:
        return "callback_overdue"
    return "ticket_unclaimed" if handoff.level >= Level.CRISIS else ""


class Alarms:
    """`sound` makes one durable and tells it. `turned`: who stopped responding, who responds again."""

    def __init__(
        self,
        book: Book,
        presence: Presence,
        clock: Clock,
        after_s: Sequence[float],
        sound: Callable[[Alarm], Awaitable[None]],
        turned: Callable[[frozenset[Person], frozenset[Person]], Awaitable[None]],
    ) -> None:
        self._book = book
        self._presence = presence
        self._clock = clock
        self._after_s = tuple(after_s)
        self._sound = sound
        self._turned = turned
        self._since: dict[HandoffId, tuple[str, int, float]] = {}  # cause, offers, monotonic seconds
        self._raised: dict[HandoffId, int] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        stopped, again = self._presence.turned()
        try:
            if stopped or again:
                await self._turned(stopped, again)
            for change in list(self._book.open.values()):
                if alarm := self._alarm(change):
                    await self._sound(alarm)
                    self._raised[change.handoff.handoff_id] = alarm.number
        except TriageError as error:
            log.error("alarm_failed", fault=type(error).__name__)
        for gone in self._since.keys() - self._book.open.keys():
            del self._since[gone]
            self._raised.pop(gone, None)

    def _alarm(self, change: Change) -> Alarm | None:
        handoff, now = change.handoff, self._clock.monotonic()
        cause = pressing(handoff)
        known = self._since.get(handoff.handoff_id)
        if known is None or known[:2] != (cause, handoff.offers):
            known = (cause, handoff.offers, now)
            self._since[handoff.handoff_id] = known
            self._raised[handoff.handoff_id] = 0
        nobody = not self._presence.people
        # A ticket in danger that nobody will see by itself, and a promise that is broken, do not wait for the first alarm's time.
        at_once = cause == "callback_overdue" or (cause == "ticket_unclaimed" and nobody)
        number = due(now - known[2], self._after_s) + (1 if at_once else 0)
        if not cause or number <= self._raised.get(handoff.handoff_id, 0):
            return None
        pages = (number >= PAGES_FROM or nobody) and number <= PAGES_MAX
        return Alarm(change, number, "no_nurse_signed_in" if nobody and cause == "unclaimed" else cause, pages)
