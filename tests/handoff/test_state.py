from __future__ import annotations

import itertools

import pytest

from triage.errors import IllegalTransition
from triage.handoff.state import TRANSITIONS, HandoffState, Verb, after

EVERY = list(itertools.product(HandoffState, Verb))


@pytest.mark.parametrize(("state", "verb"), [pair for pair in EVERY if pair not in TRANSITIONS])
def test_what_the_table_does_not_allow_raises(state: HandoffState, verb: Verb) -> None:
    with pytest.raises(IllegalTransition):
        after(state, verb)


def test_completed_is_the_only_end() -> None:
    left_by = {state for state, _ in TRANSITIONS}
    assert set(HandoffState) - left_by == {HandoffState.COMPLETED}


def test_from_everywhere_a_nurse_can_complete() -> None:
    """No state is a trap: COMPLETED can be reached from each, and so can a ticket from each that is not yet one."""
    for goal in (HandoffState.COMPLETED, HandoffState.CALLBACK):
        reaching = {goal}
        while more := {state for (state, _), next_ in TRANSITIONS.items() if next_ in reaching} - reaching:
            reaching |= more
        assert reaching >= set(HandoffState) - {HandoffState.COMPLETED}


def test_claimed_only_from_what_is_offered_or_promised() -> None:
    assert {state for (state, verb) in TRANSITIONS if verb is Verb.CLAIM} == {
        HandoffState.OFFERED,
        HandoffState.CALLBACK,
    }


def test_values_are_those_of_the_protocol() -> None:
    from triage.v1 import handoffs_pb2

    for state in HandoffState:
        assert handoffs_pb2.HandoffState.Value(f"HANDOFF_STATE_{state.name}") == state.value
