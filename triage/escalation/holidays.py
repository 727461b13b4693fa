"""The days on which a clinic is closed, from an iCalendar file (RFC 5545): every event in it is a closed day, or several. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from dateutil.rrule import rrulestr
from icalendar import Calendar

FROM: Final = date(2026, 1, 1)  # no appliance is older
YEARS_MAX: Final = 5  # of repetition that are looked at
DAYS_MAX: Final = 400  # a year; more than every day is a mistake
BYTES_MAX: Final = 1_000_000


def closed_days(text: bytes, *, until: date) -> tuple[date, ...]:
    """All days from 2026 to `until`, repetitions included. Raises ValueError with what is wrong."""
    if len(text) > BYTES_MAX:
        raise ValueError("larger than 1 MB")
    last = min(until, FROM.replace(year=FROM.year + YEARS_MAX))
    try:
        days = {day for event in Calendar.from_ical(text).walk("VEVENT") for day in _days(event, last)}
    except Exception:  # the library raises whatever a damaged file brings up
        raise ValueError("not an iCalendar file (RFC 5545)") from None
    days = {day for day in days if FROM <= day <= last}
    if not days:
        raise ValueError("no event in it")
    if len(days) > DAYS_MAX * YEARS_MAX:
        raise ValueError(f"more than {DAYS_MAX} closed days a year")
    return tuple(sorted(days))


def _days(event: Any, last: date) -> Iterator[date]:
    """DTEND is exclusive (RFC 5545, 3.6.1); an event of some hours closes its whole day, which is over-careful with promises."""
    start: date | datetime = event.start
    first, end = _day(start), _day(event.end)
    length = max(1, (end - first).days + (1 if isinstance(event.end, datetime) else 0))
    excluded = {_day(one.dt) for one in _dates(event, "EXDATE")}
    firsts = {first, *(_day(one.dt) for one in _dates(event, "RDATE"))}
    if rule := event.get("RRULE"):
        midnight = datetime.combine(first, time())
        # UNTIL may be given in UTC; days are compared, not moments.
        text = rule.to_ical().decode().replace("Z", "")
        firsts |= {
            one.date()
            for one in rrulestr(text, dtstart=midnight).between(midnight, datetime.combine(last, time.max), inc=True)
        }
    for begins in firsts - excluded:
        yield from (begins + timedelta(days=n) for n in range(length))


def _dates(event: Any, name: str) -> list[Any]:
    found = event.get(name, [])
    return [one for group in (found if isinstance(found, list) else [found]) for one in group.dts]


def _day(moment: date | datetime) -> date:
    return (
        moment.astimezone(UTC).date()
        if isinstance(moment, datetime) and moment.tzinfo is UTC
        else date(moment.year, moment.month, moment.day)
    )
