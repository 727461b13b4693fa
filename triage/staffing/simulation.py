"""A day of the triage line before it is lived: arrivals, nurses, ladder, callers who give up, callbacks. A discrete-event simulation.

Events and queue are simpy's. Nurses take the most urgent caller first, then the oldest; a free nurse with no caller waiting rings a
promised callback. A caller whose ladder ends becomes a callback; so does one who hangs up. The same seed gives the same day. Pure but
for that chance: nothing is read, nothing is written.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import simpy

from triage.escalation.levels import Level
from triage.escalation.matrix import Matrix

HANDLE_S_MIN: Final = 30.0
NURSES_MAX: Final = 200
CALLS_MAX: Final = 100_000  # of one run
# Shares of levels among escalations, where the arrivals do not say: assumed, to be replaced by the clinic's own.
MIX: Final = {
    Level.DANGER: 0.04,
    Level.CRISIS: 0.02,
    Level.CLINICAL: 0.54,
    Level.HUMAN: 0.25,
    Level.STATE: 0.08,
    Level.SCOPE: 0.07,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """`at_s` from the start; `handle_s` None: drawn."""

    at_s: float
    level: Level
    handle_s: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """`nurses` from `from_s` on."""

    from_s: float
    nurses: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`patience_s`: mean time after which a waiting caller hangs up, exponential; danger and crisis too."""

    arrivals: tuple[Arrival, ...]
    shifts: tuple[Shift, ...]
    handle_s: float
    patience_s: float
    seed: int


@dataclass(slots=True)
class Call:
    """What became of one. `answer_s`: until a nurse was there; `callback_s`: from the arrival until she rang back."""

    level: Level
    at_s: float
    answer_s: float | None = None
    left_s: float | None = None
    gave_up_s: float | None = None
    callback_s: float | None = None
    late: bool = False
    handle_s: float = 0.0


@dataclass(slots=True)
class Day:
    calls: list[Call] = field(default_factory=list)
    waiting: list[tuple[float, int]] = field(default_factory=list)  # (time, callers in the queue), at every change
    busy_s: float = 0.0


def poisson(rate_h: Sequence[float], seed: int) -> tuple[Arrival, ...]:
    """Random arrivals; `rate_h`: escalations an hour, hour by hour."""
    chance = random.Random(f"arrivals {seed}")  # noqa: S311 - a simulation, not a secret
    levels, shares = list(MIX), list(MIX.values())
    out: list[Arrival] = []
    for hour, rate in enumerate(rate_h):
        at = hour * 3600.0
        while rate > 0 and (at := at + chance.expovariate(rate / 3600)) < (hour + 1) * 3600 and len(out) < CALLS_MAX:
            out.append(Arrival(at, chance.choices(levels, shares)[0]))
    return tuple(out)


def simulate(plan: Plan, matrix: Matrix) -> Day:
    """One day. The last calls are finished after the last shift, by its nurses."""
    return _Run(plan, matrix).day()


class _Run:
    def __init__(self, plan: Plan, matrix: Matrix) -> None:
        self._plan = plan
        self._matrix = matrix
        self._env = simpy.Environment()
        self._line: list[
            tuple[int, float, int, Call, Any]
        ] = []  # waiting callers: (-level, since, number, call, answered)
        self._owed: list[tuple[float, int, Call]] = []  # callbacks: (due, number, call)
        self._free = 0
        self._here = 0
        self._wake = self._env.event()
        self._day = Day()
        self._chance = random.Random(f"calls {plan.seed}")  # noqa: S311

    def day(self) -> Day:
        self._env.process(self._shifts())
        for number, arrival in enumerate(self._plan.arrivals):
            self._env.process(self._caller(number, arrival))
        self._env.process(self._desk())
        self._env.run()
        return self._day

    def _shifts(self) -> Generator[simpy.Event, Any, None]:
        for shift in self._plan.shifts:
            yield self._env.timeout(max(0.0, shift.from_s - self._env.now))
            self._free += shift.nurses - self._here
            self._here = shift.nurses
            self._stir()

    def _caller(self, number: int, arrival: Arrival) -> Generator[simpy.Event, Any, None]:
        env = self._env
        handle = arrival.handle_s or max(HANDLE_S_MIN, self._chance.expovariate(1 / self._plan.handle_s))
        patience = self._chance.expovariate(1 / self._plan.patience_s)
        yield env.timeout(arrival.at_s)
        call = Call(arrival.level, env.now, handle_s=handle)
        self._day.calls.append(call)
        if self._here == 0:
            return self._owe(number, call)
        answered = env.event()
        entry = (-int(arrival.level), env.now, number, call, answered)
        self._line.append(entry)
        self._count()
        self._stir()
        route = self._matrix.route_of(arrival.level)
        ladder = sum(rung.claim_within_s for rung in route.rungs)
        yield answered | env.timeout(min(ladder, patience))
        if answered.triggered:
            return None
        self._line.remove(entry)
        self._count()
        if patience < ladder:
            call.left_s = env.now - call.at_s
        else:
            call.gave_up_s = env.now - call.at_s
        return self._owe(number, call)

    def _owe(self, number: int, call: Call) -> None:
        within = self._matrix.route_of(call.level).callback_within_min * 60
        self._owed.append((call.at_s + within, number, call))
        self._stir()

    def _desk(self) -> Generator[simpy.Event, Any, None]:
        while True:
            while self._free > 0 and (self._line or self._owed):
                self._free -= 1
                self._env.process(self._talk(*self._next()))
            self._wake = self._env.event()
            yield self._wake

    def _next(self) -> tuple[Call, bool]:
        """The most urgent caller who waits, else the callback that is due first. The second is True for a live caller."""
        if self._line:
            entry = min(self._line, key=lambda one: one[:3])
            self._line.remove(entry)
            entry[4].succeed()
            self._count()
            return entry[3], True
        due, number, call = min(self._owed, key=lambda one: one[:2])
        self._owed.remove((due, number, call))
        call.late = self._env.now > due
        return call, False

    def _talk(self, call: Call, live: bool) -> Generator[simpy.Event, Any, None]:
        waited = self._env.now - call.at_s
        if live:
            call.answer_s = waited
        else:
            call.callback_s = waited
        yield self._env.timeout(call.handle_s)
        self._day.busy_s += call.handle_s
        self._free += 1
        self._stir()

    def _stir(self) -> None:
        if not self._wake.triggered:
            self._wake.succeed()

    def _count(self) -> None:
        self._day.waiting.append((self._env.now, len(self._line)))
