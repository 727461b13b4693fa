"""Rehearsals: a drill announces the number it will call from; that one call is marked, sees the drill's clock and shows its
timeline. Every other call is none of a drill's business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from triage.clock import Clock
from triage.errors import Conflict, NotFound, UsageError
from triage.ids import CallId, new_hex
from triage.privacy.phi import NOTHING, Phi

ANNOUNCED_MAX = 8  # drills at once
ANNOUNCED_S_MAX = 120.0  # a drill that has not called by then is forgotten
EVENTS_QUEUED_MAX = 4_000  # a call of an hour at one event a second


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    t: float  # seconds since answer
    event: str
    call_id: CallId
    text: Phi = NOTHING
    facts: Mapping[str, str | float | bool] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


class Rehearsal:
    def __init__(self, drill_id: str, caller_number: str, shift: timedelta, announced_at: float) -> None:
        self.drill_id = drill_id
        self.caller_number = caller_number
        self.shift = shift  # the drill's clock minus the real one
        self.announced_at = announced_at
        self.taken = False
        self._events: asyncio.Queue[TimelineEvent | None] = asyncio.Queue(EVENTS_QUEUED_MAX)

    def publish(self, event: TimelineEvent) -> None:
        if not self._events.full():
            self._events.put_nowait(event)

    def end(self) -> None:
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[TimelineEvent]:
        while (event := await self._events.get()) is not None:
            yield event


class Rehearsals:
    def __init__(self, clock: Clock, zone: ZoneInfo, *, enabled: bool) -> None:
        self._clock = clock
        self._zone = zone
        self._enabled = enabled
        self._announced: dict[str, Rehearsal] = {}

    def announce(self, caller_number: str, clinic_now: str) -> Rehearsal:
        """Raises UsageError for a time that is none, Conflict when too many are announced or this number is."""
        if not self._enabled:
            raise UsageError("Drills are switched off.", advice="Set drill.enabled = true in the configuration.")
        now = self._clock.monotonic()
        self._announced = {
            key: one for key, one in self._announced.items() if one.taken or now - one.announced_at < ANNOUNCED_S_MAX
        }
        if len(self._announced) >= ANNOUNCED_MAX:
            raise Conflict("Too many drills at once.")
        if any(one.caller_number == caller_number and not one.taken for one in self._announced.values()):
            raise Conflict("A drill from this number is already announced.")
        shift = self._parse(clinic_now) - self._clock.now() if clinic_now else timedelta()
        rehearsal = Rehearsal(new_hex(), caller_number, shift, now)
        self._announced[rehearsal.drill_id] = rehearsal
        return rehearsal

    def of(self, drill_id: str) -> Rehearsal:
        try:
            return self._announced[drill_id]
        except KeyError:
            raise NotFound("There is no such drill.") from None

    def take(self, caller_number: str) -> Rehearsal | None:
        """The drill that this incoming call is, if it is one."""
        for rehearsal in self._announced.values():
            if rehearsal.caller_number == caller_number and not rehearsal.taken:
                rehearsal.taken = True
                return rehearsal
        return None

    def forget(self, rehearsal: Rehearsal) -> None:
        self._announced.pop(rehearsal.drill_id, None)

    def _parse(self, moment: str) -> datetime:
        """Without an offset the time is the clinic's own."""
        try:
            parsed = datetime.fromisoformat(moment)
        except ValueError:
            raise UsageError("The clinic's time is not an ISO 8601 time.", advice="e.g. 2026-11-24T10:30:00") from None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=self._zone)
