"""The handoff's state, as a table. From the first offer there are only two ends: COMPLETED by a nurse, or a CALLBACK that a
nurse completes. Nothing is ever deleted, and an illegal verb raises and changes nothing."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType

from triage.errors import IllegalTransition


class HandoffState(Enum):
    """Values as in triage.v1.HandoffState."""

    OFFERED = 1
    CLAIMED = 2
    ACCEPTED = 3
    RELEASED = 4
    CALLBACK = 5
    COMPLETED = 6


class Verb(Enum):
    CLAIM = "claim"  # a nurse takes it: a key press, never a delivery
    ACCEPT = "accept"  # the nurse confirms that the caller is with her
    RELEASE = "release"  # given back, lease expired, telephone not answered, nurse's leg lost
    OFFER = "offer"  # again
    GIVE_UP = "give_up"  # nobody came, or the caller left: a ticket with a time
    COMPLETE = "complete"


_S = HandoffState
TRANSITIONS = MappingProxyType(
    {
        (_S.OFFERED, Verb.CLAIM): _S.CLAIMED,
        (_S.OFFERED, Verb.GIVE_UP): _S.CALLBACK,
        (_S.CLAIMED, Verb.ACCEPT): _S.ACCEPTED,
        (_S.CLAIMED, Verb.RELEASE): _S.RELEASED,
        (_S.CLAIMED, Verb.GIVE_UP): _S.CALLBACK,
        (_S.CLAIMED, Verb.COMPLETE): _S.COMPLETED,
        (_S.ACCEPTED, Verb.RELEASE): _S.RELEASED,
        (_S.ACCEPTED, Verb.GIVE_UP): _S.CALLBACK,
        (_S.ACCEPTED, Verb.COMPLETE): _S.COMPLETED,
        (_S.RELEASED, Verb.OFFER): _S.OFFERED,
        (_S.RELEASED, Verb.GIVE_UP): _S.CALLBACK,
        (_S.CALLBACK, Verb.CLAIM): _S.CLAIMED,
        (_S.CALLBACK, Verb.COMPLETE): _S.COMPLETED,
    }
)


def after(state: HandoffState, verb: Verb) -> HandoffState:
    """The state that follows. Raises IllegalTransition."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalTransition(
            "The handoff's state does not allow this.", advice=f"{state.name.lower()}: {verb.value}"
        ) from None
