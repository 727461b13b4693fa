"""The simulated day: agrees with Erlang C where that holds, loses nobody, serves the urgent first."""

from __future__ import annotations

from statistics import fmean

import pytest

from triage.escalation import matrix as matrices
from triage.escalation.levels import Level
from triage.staffing.erlang import Load, service
from triage.staffing.simulation import Arrival, Plan, Shift, poisson, simulate

MATRIX = matrices.fail_safe()
PATIENT = 1e9


def plan(arrivals: tuple[Arrival, ...], nurses: int, *, patience_s: float = PATIENT, seed: int = 1) -> Plan:
    return Plan(arrivals, (Shift(0, nurses),), 600.0, patience_s, seed)


def long_ladder() -> matrices.Matrix:
    """Nobody is ever sent away: what Erlang C assumes."""
    rung = matrices.Rung(claim_within_s=600)
    routes = {
        word: route.model_copy(update={"rungs": (rung,) * 8, "callback_within_min": 7 * 24 * 60})
        for word, route in MATRIX.route.items()
    }
    return MATRIX.model_copy(update={"route": routes})


@pytest.mark.parametrize("nurses", [4, 5])
def test_waits_are_those_of_erlang_c(nurses: int) -> None:
    waits = [
        call.answer_s
        for seed in range(200)
        for call in simulate(plan(poisson([12.0] * 24, seed), nurses, seed=seed), long_ladder()).calls
        if call.answer_s is not None
    ]
    assert len(waits) > 50_000
    expected = service(Load(12 / 3600, 600), nurses, 30).answer_s
    assert fmean(waits) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("nurses", [0, 1, 3, 10])
def test_everybody_ends_somewhere(nurses: int) -> None:
    arrivals = poisson([30.0] * 8, 7)
    day = simulate(plan(arrivals, nurses, patience_s=120), MATRIX)
    assert len(day.calls) == len(arrivals)
    for call in day.calls:
        ways = (call.answer_s is not None, call.callback_s is not None)
        assert sum(ways) == (1 if nurses else 0), "a nurse speaks with each exactly once; without nurses all are owed"
        assert call.answer_s is None or call.left_s is None


def test_the_most_urgent_is_first_then_the_oldest() -> None:
    arrivals = (
        Arrival(0, Level.HUMAN, 50), Arrival(1, Level.HUMAN, 50), Arrival(2, Level.CLINICAL, 50), Arrival(3, Level.DANGER, 50),
    )  # fmt: skip
    day = simulate(plan(arrivals, 1), long_ladder())
    order = sorted(day.calls, key=lambda call: call.at_s + (call.answer_s or 0))
    assert [call.level for call in order] == [Level.HUMAN, Level.DANGER, Level.CLINICAL, Level.HUMAN]


def test_the_same_seed_is_the_same_day() -> None:
    one, other = (simulate(plan(poisson([20.0] * 4, 3), 2, patience_s=90, seed=3), MATRIX) for _ in range(2))
    assert one == other


def test_a_shift_that_begins_later_rings_those_who_called_before() -> None:
    made = Plan((Arrival(0, Level.CLINICAL, 60),), (Shift(0, 0), Shift(3600, 1)), 600, PATIENT, 1)
    (call,) = simulate(made, MATRIX).calls
    assert call.callback_s == 3600
