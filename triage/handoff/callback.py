"""When a human will ring back: computed from the clinic's calendar, never typed. Pure.

Within hours the promise counts open minutes only: what does not fit before closing time continues at the next opening. Time
zone and daylight saving time come from the IANA database; arithmetic is done in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from triage.errors import UsageError
from triage.handoff import spanish

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS_AHEAD_MAX = 60  # a calendar that is closed for longer is a mistake
ROUND_MIN = 5  # a spoken time is a round time, and never earlier than computed


@dataclass(frozen=True, slots=True)
class Calendar:
    zone: ZoneInfo
    days: Mapping[str, tuple[time, time]]  # local opening and closing time by day of the week
    holidays: frozenset[date] = frozenset()

    def hours_of(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of this local day, in UTC; None when it is closed."""
        hours = self.days.get(DAYS[day.weekday()])
        if hours is None or day in self.holidays:
            return None
        opens, closes = (datetime.combine(day, at, self.zone).astimezone(UTC) for at in hours)
        return opens, closes

    def is_open(self, now: datetime) -> bool:
        hours = self.hours_of(now.astimezone(self.zone).date())
        return hours is not None and hours[0] <= now < hours[1]


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise. `by`: aware, in the clinic's zone; `spoken`: as a person says it in English."""

    by: datetime
    spoken: str


def promise(calendar: Calendar, now: datetime, *, within_min: int, any_hour: bool) -> Callback:
    """`within_min` minutes from now, counted in open time unless `any_hour`. Raises UsageError when the clinic never opens."""
    now = now.astimezone(UTC)  # arithmetic on local times would promise 2:05 in the night that has none
    by = now + timedelta(minutes=within_min) if any_hour else _open_time(calendar, now, timedelta(minutes=within_min))
    local = _rounded_up(by.astimezone(calendar.zone))
    return Callback(local, spoken(local, now))


def _open_time(calendar: Calendar, now: datetime, needed: timedelta) -> datetime:
    day = now.astimezone(calendar.zone).date()
    for _ in range(DAYS_AHEAD_MAX):
        if hours := calendar.hours_of(day):
            start = max(hours[0], now)
            if start < hours[1]:
                if start + needed <= hours[1]:
                    return start + needed
                needed -= hours[1] - start
        day += timedelta(days=1)
    raise UsageError("The clinic's calendar never opens.", advice=f"Nothing open in the next {DAYS_AHEAD_MAX} days.")


def _rounded_up(moment: datetime) -> datetime:
    spare = moment.minute % ROUND_MIN * 60 + moment.second + moment.microsecond / 1e6
    if not spare:
        return moment
    # Through UTC, so that a change to summer time in between does not make an hour that is none.
    return (
        (moment.astimezone(UTC) + timedelta(seconds=ROUND_MIN * 60 - spare))
        .astimezone(moment.tzinfo)
        .replace(microsecond=0)
    )


def spoken(by: datetime, now: datetime, language: str = "en") -> str:
    """`by` as a person says it at `now`, in `by`'s zone."""
    now = now.astimezone(by.tzinfo)
    if language == "es":
        return spanish.clock(by, now)
    hour = by.hour % 12 or 12
    minutes = f"{by.minute:02d}" if by.minute else ""
    clock = f"{hour}:{minutes} {by:%p}" if minutes else f"{hour} {by:%p}"
    match (by.date() - now.date()).days:
        case 0:
            return f"{clock} today"
        case 1:
            return f"{clock} tomorrow, {by:%A}"
        case _:
            return f"{clock} on {by:%A}, {by:%B} {by.day}"
