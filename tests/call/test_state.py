"""The call's table: one way, no way back, and an illegal verb changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.call.state import TRANSITIONS, CallState, Verb, after
from triage.errors import IllegalTransition

ORDER = [CallState.PENDING, CallState.ANSWERED, CallState.CONNECTED, CallState.DISCONNECTED]


def test_the_seed_s_flow() -> None:
    state = CallState.PENDING
    for verb in (Verb.ANSWER, Verb.CONNECT, Verb.CLOSE, Verb.DISCONNECT):
        state = after(state, verb)
    assert state is CallState.DISCONNECTED


@given(st.lists(st.sampled_from(Verb), max_size=30))
def test_never_backwards_and_illegal_verbs_change_nothing(verbs: list[Verb]) -> None:
    state = CallState.PENDING
    for verb in verbs:
        if (state, verb) in TRANSITIONS:
            following = after(state, verb)
            assert ORDER.index(following) >= ORDER.index(state)
            state = following
        else:
            with pytest.raises(IllegalTransition):
                after(state, verb)


def test_disconnected_is_the_end() -> None:
    assert not [verb for state, verb in TRANSITIONS if state is CallState.DISCONNECTED]


def test_every_state_before_the_end_can_be_hung_up() -> None:
    for state in ORDER[:-1]:
        assert after(state, Verb.DISCONNECT) is CallState.DISCONNECTED
