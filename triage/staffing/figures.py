"""What the triage line did in a span of time: answers, waits, callers who left, callbacks kept. Pure.

Targets from practice: live answer within 30 s on average, at most 5 % abandoned, callbacks within 30 minutes (URAC health call centre
standards). Danger and crisis are counted apart: an average hides them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from triage.escalation.levels import Level
from triage.figures import Share
from triage.staffing.erlang import Load

ANSWER_S_TARGET: Final = 30.0
HANDLE_S_ASSUMED: Final = 600.0  # until nurses have said otherwise by what they do
SHARE_TARGET: Final = 0.80
WINDOW_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Past:
    """One handoff as the figures need it. Times are Unix milliseconds; None: it did not happen. `live`: the caller was on the line
    when it was offered. `left_ms`: the caller hung up before a nurse was there. `ended_ms`: a nurse completed it."""

    level: Level
    offered_ms: int
    live: bool
    joined_ms: int | None = None
    left_ms: int | None = None
    promised_ms: int | None = None
    rung_back_ms: int | None = None
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`abandoned`: of live callers, those who left unanswered. `kept`: of callbacks whose time has come, those a nurse took in time.
    `answer_s`, `handle_s`: means, None where nothing was measured."""

    offered: int
    arrivals_h: float
    within: Share
    abandoned: Share
    kept: Share
    answer_s: float | None
    handle_s: float | None
    waiting: int
    callbacks_due: int
    callbacks_overdue: int

    @property
    def load(self) -> Load:
        return Load(self.arrivals_h / 3600, self.handle_s or HANDLE_S_ASSUMED)


def line(past: Sequence[Past], *, now_ms: int, window_s: float = WINDOW_S) -> Line:
    """Figures of the handoffs offered in the window before `now_ms`; what is open counts however old it is."""
    since = now_ms - int(window_s * 1000)
    recent = [one for one in past if one.offered_ms >= since]
    live = [one for one in recent if one.live]
    answered = [(one.joined_ms - one.offered_ms) / 1000 for one in live if one.joined_ms is not None]
    settled = [one for one in live if one.joined_ms or one.left_ms or now_ms - one.offered_ms > ANSWER_S_TARGET * 1000]
    handled = [
        (one.ended_ms - began) / 1000 for one in recent if one.ended_ms and (began := one.joined_ms or one.rung_back_ms)
    ]
    promised = [one for one in past if one.promised_ms is not None]
    come = [one for one in promised if one.promised_ms is not None and since <= one.promised_ms <= now_ms]
    open_ = [one for one in promised if one.rung_back_ms is None and one.ended_ms is None]
    return Line(
        offered=len(recent),
        arrivals_h=len(recent) * 3600 / window_s,
        within=Share(sum(s <= ANSWER_S_TARGET for s in answered), len(settled)),
        abandoned=Share(sum(one.left_ms is not None and one.joined_ms is None for one in live), len(live)),
        kept=Share(sum(_in_time(one) for one in come), len(come)),
        answer_s=fmean(answered) if answered else None,
        handle_s=fmean(handled) if handled else None,
        waiting=sum(one.live and not (one.joined_ms or one.left_ms or one.promised_ms or one.ended_ms) for one in past),
        callbacks_due=sum(one.promised_ms is not None and one.promised_ms > now_ms for one in open_),
        callbacks_overdue=sum(one.promised_ms is not None and one.promised_ms <= now_ms for one in open_),
    )


def _in_time(one: Past) -> bool:
    taken = one.rung_back_ms or one.ended_ms
    return taken is not None and one.promised_ms is not None and taken <= one.promised_ms
