from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from triage.errors import UsageError
from triage.handoff.callback import DAYS, ROUND_MIN, Calendar, promise, spoken

NEW_YORK = ZoneInfo("America/New_York")
WEEK = {day: (time(8), time(17)) for day in DAYS[:5]}
CLINIC = Calendar(NEW_YORK, WEEK, frozenset({date(2026, 11, 26)}))


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "within_min", "by", "spoken"),
    [
        ("2026-11-24T10:00", 30, "2026-11-24T10:30", "10:30 AM today"),
        ("2026-11-24T10:00:01", 30, "2026-11-24T10:35", "10:35 AM today"),  # never earlier than computed
        (
            "2026-11-24T16:45",
            30,
            "2026-11-25T08:15",
            "8:15 AM tomorrow, Wednesday",
        ),  # the rest continues in the morning
        ("2026-11-24T22:15", 30, "2026-11-25T08:30", "8:30 AM tomorrow, Wednesday"),
        ("2026-11-25T17:00", 30, "2026-11-27T08:30", "8:30 AM on Friday, November 27"),  # Thanksgiving is closed
        ("2026-11-27T18:00", 60, "2026-11-30T09:00", "9 AM on Monday, November 30"),  # a weekend
        ("2026-11-24T06:00", 30, "2026-11-24T08:30", "8:30 AM today"),
        ("2026-11-24T11:30", 30, "2026-11-24T12:00", "12 PM today"),
        ("2026-03-06T16:50", 20, "2026-03-09T08:10", "8:10 AM on Monday, March 9"),  # over the change to summer time
        ("2026-10-30T16:50", 20, "2026-11-02T08:10", "8:10 AM on Monday, November 2"),  # and back
    ],
)
def test_promises(now: str, within_min: int, by: str, spoken: str) -> None:
    made = promise(CLINIC, at(now), within_min=within_min, any_hour=False)
    assert made.by == at(by)
    assert made.by.utcoffset() == at(by).utcoffset()
    assert made.spoken == spoken


def test_any_hour_counts_through_the_night_that_has_an_hour_less() -> None:
    made = promise(CLINIC, at("2026-03-08T01:55"), within_min=10, any_hour=True)
    assert made.by.isoformat() == "2026-03-08T03:05:00-04:00"


def test_an_instant_in_another_zone_is_the_same_promise() -> None:
    there = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    assert promise(CLINIC, there, within_min=30, any_hour=False).by == at("2026-11-24T10:30")


def test_a_calendar_that_never_opens_is_refused() -> None:
    shut = Calendar(
        NEW_YORK, {"monday": (time(8), time(17))}, frozenset(date(2026, 11, 2) + timedelta(7 * n) for n in range(20))
    )
    with pytest.raises(UsageError):
        promise(shut, at("2026-11-24T10:00"), within_min=30, any_hour=False)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    within_min=st.integers(5, 24 * 60),
    zone=st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata"]
    ),
    opens=st.integers(0, 12),
    hours=st.integers(1, 11),
)
def test_every_promise_is_kept_in_open_time(now: datetime, within_min: int, zone: str, opens: int, hours: int) -> None:
    calendar = Calendar(ZoneInfo(zone), {day: (time(opens), time(opens + hours)) for day in DAYS[:6]})
    made = promise(calendar, now, within_min=within_min, any_hour=False)
    assert made.by >= now + timedelta(minutes=within_min)
    assert made.by.minute % ROUND_MIN == 0
    day = calendar.hours_of(made.by.date())
    assert day is not None
    assert day[0] < made.by <= day[1] + timedelta(minutes=ROUND_MIN)
    assert open_minutes(calendar, now, made.by) >= within_min - 1


def open_minutes(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Counted another way: day by day, overlap by overlap."""
    total, day = timedelta(), start.astimezone(calendar.zone).date() - timedelta(days=1)
    while day <= end.astimezone(calendar.zone).date():
        if hours := calendar.hours_of(day):
            total += max(
                timedelta(), min(end.astimezone(UTC), hours[1] + timedelta(minutes=ROUND_MIN)) - max(start, hours[0])
            )
        day += timedelta(days=1)
    return total.total_seconds() / 60


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("2026-11-24T13:00", "la una de la tarde, hoy"), ("2026-11-24T10:35", "las diez y treinta y cinco de la mañana, hoy"),
        ("2026-11-25T00:05", "las doce y cinco de la madrugada, mañana miércoles"), ("2026-11-25T12:30", "las doce y media de la tarde, mañana miércoles"),
        ("2026-12-01T20:15", "las ocho y quince de la noche, el martes primero de diciembre"),
        ("2026-11-30T09:00", "las nueve de la mañana, el lunes treinta de noviembre"),
    ],
)  # fmt: skip
def test_in_spanish(by: str, said: str) -> None:
    assert spoken(at(by), at("2026-11-24T10:00"), "es") == said
