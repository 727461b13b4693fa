"""How many nurses a line needs: Erlang C, the waiting queue M/M/N. Pure.

Times are seconds, arrivals a second. The model assumes that nobody gives up and that arrivals come at random; a clinic's morning is worse.
Source: Erlang 1917; Cooper, Introduction to Queueing Theory, 2nd ed., section 3.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

NURSES_MAX: Final = 500  # beyond this the arrivals are a mistake


@dataclass(frozen=True, slots=True)
class Load:
    """`arrivals_s`: escalations a second. `handle_s`: a nurse's time for one, talking and writing up."""

    arrivals_s: float
    handle_s: float

    @property
    def erlangs(self) -> float:
        return self.arrivals_s * self.handle_s


@dataclass(frozen=True, slots=True)
class Service:
    """What `nurses` give at a load. `waits`: probability that a caller waits at all; `answer_s`: mean time to an answer (infinite when
    the queue grows without end); `within`: share answered within the target; `occupied`: share of a nurse's time."""

    nurses: int
    waits: float
    answer_s: float
    within: float
    occupied: float


def service(load: Load, nurses: int, target_s: float) -> Service:
    """Raises ValueError for a negative load or number of nurses."""
    if load.arrivals_s < 0 or load.handle_s <= 0 or nurses < 0:
        raise ValueError("a load and a number of nurses are not negative")
    offered = load.erlangs
    if offered == 0:
        return Service(nurses, 0.0, 0.0, 1.0, 0.0)
    if nurses <= offered:
        return Service(nurses, 1.0, math.inf, 0.0, 1.0)
    waits = _waits(offered, nurses)
    spare = nurses - offered
    within = 1 - waits * math.exp(-spare * target_s / load.handle_s)
    return Service(nurses, waits, waits * load.handle_s / spare, within, offered / nurses)


def needed(load: Load, *, target_s: float, share: float, answer_s: float = math.inf) -> Service:
    """The fewest nurses who answer `share` within `target_s`, and on average within `answer_s`. Raises ValueError beyond NURSES_MAX."""
    for nurses in range(math.floor(load.erlangs), NURSES_MAX + 1):
        found = service(load, nurses, target_s)
        if found.within >= share and found.answer_s <= answer_s:
            return found
    raise ValueError("no number of nurses is enough")


def _waits(offered: float, nurses: int) -> float:
    """Erlang C, from the recursion of Erlang B."""
    blocked = 1.0
    for number in range(1, nurses + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - offered / nurses * (1 - blocked))
