"""The line's figures from what happened."""

from __future__ import annotations

import pytest

from triage.escalation.levels import Level
from triage.staffing.figures import Past, line

NOW = 10_000_000


def ago(seconds: float) -> int:
    return NOW - int(seconds * 1000)


def test_an_hour_of_the_line() -> None:
    past = [
        Past(Level.DANGER, ago(3000), True, joined_ms=ago(2990), ended_ms=ago(2390)),
        Past(Level.CLINICAL, ago(2000), True, joined_ms=ago(1940), ended_ms=ago(1740)),
        Past(Level.HUMAN, ago(1500), True, left_ms=ago(1480), promised_ms=ago(100), rung_back_ms=ago(200)),
        Past(Level.HUMAN, ago(1400), False, promised_ms=ago(50)),
        Past(Level.STATE, ago(10), True),
        Past(Level.STATE, ago(5000), True, joined_ms=ago(4999), ended_ms=ago(4000)),
    ]
    found = line(past, now_ms=NOW)
    assert found.offered == 5
    assert found.arrivals_h == 5
    assert (found.within.hits, found.within.total) == (1, 3), "answered in time, of those whose time has come"
    assert (found.abandoned.hits, found.abandoned.total) == (1, 4)
    assert (found.kept.hits, found.kept.total) == (1, 2)
    assert found.answer_s == pytest.approx(35.0)
    assert found.handle_s == pytest.approx(400.0)
    assert (found.waiting, found.callbacks_due, found.callbacks_overdue) == (1, 0, 1)
    assert found.load.handle_s == pytest.approx(400.0)


def test_a_quiet_line_has_no_figures() -> None:
    found = line([], now_ms=NOW)
    assert found.answer_s is None
    assert found.within.total == 0
    assert found.load.erlangs == 0
