"""Closed days from an iCalendar file: repetitions, several days, hours; and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from triage.errors import UsageError
from triage.escalation.holidays import closed_days
from triage.escalation.matrix import load

MATRIX = Path(__file__).parents[2] / "deploy" / "matrix.toml"
UNTIL = date(2028, 12, 31)


def calendar(*events: str) -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20260101T000000Z\r\n{event}\r\nEND:VEVENT\r\n"
        for n, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{body}END:VCALENDAR\r\n".encode()


def test_one_day_several_days_and_every_year() -> None:
    found = closed_days(
        calendar(
            "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christmas",
            "DTSTART;VALUE=DATE:20260704\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Independence Day",
            "DTSTART;VALUE=DATE:20261126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\nSUMMARY:Thanksgiving",
        ),
        until=UNTIL,
    )
    assert date(2026, 12, 24) in found
    assert date(2026, 12, 26) in found
    assert date(2026, 12, 27) not in found  # DTEND is exclusive
    assert [day for day in found if day.month == 7] == [date(year, 7, 4) for year in (2026, 2027, 2028)]
    assert [day for day in found if day.month == 11] == [date(2026, 11, 26), date(2027, 11, 25), date(2028, 11, 23)]


def test_an_event_of_some_hours_closes_its_day() -> None:
    found = closed_days(
        calendar("DTSTART:20261015T130000Z\r\nDTEND:20261015T170000Z\r\nSUMMARY:Staff training"), until=UNTIL
    )
    assert found == (date(2026, 10, 15),)


@pytest.mark.parametrize("text", [b"", b"hello", b"\xff\xfe\x00", calendar()])
def test_what_is_no_calendar_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"iCalendar|no event"):
        closed_days(text, until=UNTIL)


def test_the_matrix_is_closed_on_them_and_its_digest_covers_them(tmp_path: Path) -> None:
    file = tmp_path / "matrix.toml"
    text = MATRIX.read_text(encoding="utf-8")
    file.write_text(text.replace("[hours.days]", 'calendar = "days.ics"\n[hours.days]'), encoding="utf-8")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    with pytest.raises(UsageError) as missing:
        load(file, now=now)
    assert "days.ics" in missing.value.advice
    (tmp_path / "days.ics").write_bytes(calendar("DTSTART;VALUE=DATE:20270315\r\nSUMMARY:Move"))
    one = load(file, now=now)
    assert date(2027, 3, 15) in one.hours.holidays
    (tmp_path / "days.ics").write_bytes(calendar("DTSTART;VALUE=DATE:20270316\r\nSUMMARY:Move"))
    assert load(file, now=now).digest != one.digest
