"""Erlang C against published values, and properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.staffing.erlang import Load, needed, service

TWELVE_AN_HOUR = Load(12 / 3600, 600.0)  # two erlangs


def test_the_clinics_example() -> None:
    """escalation practice: 12 an hour of ten minutes: 4 nurses give 80 % in 30 s, only 5 a mean of 30 s."""
    assert needed(TWELVE_AN_HOUR, target_s=30, share=0.8).nurses == 4
    assert needed(TWELVE_AN_HOUR, target_s=30, share=0.8, answer_s=30).nurses == 5


@pytest.mark.parametrize(
    ("erlangs", "nurses", "waits"), [(2.0, 3, 0.4444), (2.0, 4, 0.1739), (10.0, 12, 0.4494), (0.5, 1, 0.5)]
)
def test_tabulated_probabilities_of_waiting(erlangs: float, nurses: int, waits: float) -> None:
    """Tables of Erlang C (Cooper 1981, appendix); M/M/1 waits with probability rho."""
    assert service(Load(erlangs / 600, 600), nurses, 30).waits == pytest.approx(waits, abs=1e-3)


@given(st.floats(0.01, 50), st.integers(0, 80), st.floats(1, 300))
def test_one_nurse_more_never_makes_it_worse(erlangs: float, nurses: int, target_s: float) -> None:
    load = Load(erlangs / 600, 600)
    fewer, more = service(load, nurses, target_s), service(load, nurses + 1, target_s)
    assert more.answer_s <= fewer.answer_s
    assert more.within >= fewer.within - 1e-9
    assert 0 <= more.waits <= 1


def test_too_few_nurses_never_catch_up() -> None:
    assert math.isinf(service(TWELVE_AN_HOUR, 2, 30).answer_s)
    assert service(TWELVE_AN_HOUR, 0, 30).within == 0.0


def test_nobody_calls() -> None:
    assert service(Load(0, 600), 0, 30).within == 1.0


@pytest.mark.parametrize(("load", "nurses"), [(Load(-1, 600), 1), (Load(1, 0), 1), (Load(1, 1), -1)])
def test_nonsense_is_refused(load: Load, nurses: int) -> None:
    with pytest.raises(ValueError, match="not negative"):
        service(load, nurses, 30)
