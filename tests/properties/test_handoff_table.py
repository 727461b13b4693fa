"""The pure handoff under any sequence of verbs: an illegal one raises and changes nothing, one nurse has it at most, its level and
its promise only move one way, and a clock runs whenever a caller waits for somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings

from triage.errors import Conflict, IllegalTransition, UsageError
from triage.escalation.levels import Level
from triage.handoff import handoff as verbs
from triage.handoff.callback import Callback
from triage.handoff.handoff import Handoff
from triage.handoff.state import HandoffState
from triage.ids import CallId, HandoffId, Person

START_MS = 1_795_000_000_000
PEOPLE = st.sampled_from([Person("amara.okafor"), Person("jonas.weber")])


def offered(level: Level, caller_on_line: bool) -> Handoff:
    one = Handoff(
        HandoffId("h"),
        CallId("c"),
        HandoffState.OFFERED,
        level,
        START_MS,
        rung_ends_ms=START_MS + 20_000,
        caller_on_line=caller_on_line,
    )
    return one if caller_on_line else verbs.give_up(one, promised(30))


def promised(minutes: int) -> Callback:
    return Callback(datetime.fromtimestamp(START_MS / 1000, UTC) + timedelta(minutes=minutes), "")


promises = st.integers(1, 600).map(promised)
steps = st.one_of(
    st.tuples(st.just("claim"), PEOPLE),
    st.tuples(st.just("accept"), PEOPLE),
    st.tuples(st.just("complete"), PEOPLE, st.sampled_from([True, False, None])),
    st.tuples(st.just("join")),
    st.tuples(st.just("leave")),
    st.tuples(st.just("give_back"), promises),
    st.tuples(st.just("give_up"), promises),
    st.tuples(st.just("raise"), st.sampled_from(list(Level))),
    st.tuples(st.just("remind")),
)


def step(one: Handoff, name: str, *args) -> Handoff:
    match name:
        case "claim":
            return verbs.claim(one, args[0], now_ms=START_MS, lease_ms=45_000, callback_lease_ms=1_800_000)
        case "accept":
            return verbs.accept(one, args[0])
        case "complete":
            return verbs.complete(one, args[0], "advice_given", args[1])
        case "join":
            return verbs.join(one)
        case "leave":
            gone = verbs.leave(one, lease_ends_ms=START_MS + 1_800_000)
            return gone if gone.state is not HandoffState.OFFERED else verbs.give_up(gone, promised(30))
        case "give_back":
            released = verbs.release(one)
            if one.caller_on_line:
                return verbs.offer_again(released, rung_ends_ms=START_MS + 20_000)
            return verbs.give_up(released, args[0])
        case "give_up":
            return verbs.give_up(one, args[0])
        case "raise":
            return verbs.raise_level(one, args[0], rung_ends_ms=START_MS + 20_000)
        case _:
            return verbs.remind(one)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(Level)), st.booleans(), st.lists(steps, max_size=25))
def test_whatever_is_tried(level: Level, caller_on_line: bool, tried: list[tuple]) -> None:
    one = offered(level, caller_on_line)
    for name, *args in tried:
        before = repr(one)
        try:
            after = step(one, name, *args)
        except (IllegalTransition, Conflict, UsageError):
            assert repr(one) == before
            continue
        assert after.level >= one.level
        assert after == one or after.revision > one.revision
        if one.callback is not None:
            assert after.callback is not None
            assert after.callback.by <= one.callback.by
        if one.state is HandoffState.COMPLETED and name not in ("raise", "leave", "remind"):
            assert after == one
        if after.held and one.held and after.claimed_by != one.claimed_by:
            raise AssertionError("taken from a nurse without being given back")
        assert after.state is not HandoffState.RELEASED
        assert after.held == (after.claimed_by is not None and after.state is not HandoffState.COMPLETED)
        if after.state is HandoffState.OFFERED or (after.held and not (after.joined and after.caller_on_line)):
            assert after.due_ms is not None
        if after.state is HandoffState.CALLBACK:
            assert after.callback is not None
        one = after
