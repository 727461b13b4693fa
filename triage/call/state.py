"""The call's state, as a table.

A call goes one way: PENDING → ANSWERED → CONNECTED → DISCONNECTED. The verbs are those of the telephone: `answer()` takes
the call; `connect()` joins the caller with a nurse; `close()` is the line leaving the two of them alone; `disconnect()` ends
the call. There is no way back: when a nurse's leg drops, the call stays CONNECTED while its handoff is released and offered
again, and the next nurse is a second `connect()`. Anything else raises and changes nothing.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType

from triage.errors import IllegalTransition


class CallState(Enum):
    PENDING = "pending"
    ANSWERED = "answered"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class Verb(Enum):
    ANSWER = "answer"
    CONNECT = "connect"
    CLOSE = "close"
    DISCONNECT = "disconnect"


TRANSITIONS = MappingProxyType(
    {
        (CallState.PENDING, Verb.ANSWER): CallState.ANSWERED,
        (CallState.PENDING, Verb.DISCONNECT): CallState.DISCONNECTED,
        (CallState.ANSWERED, Verb.CONNECT): CallState.CONNECTED,
        (CallState.ANSWERED, Verb.DISCONNECT): CallState.DISCONNECTED,
        (CallState.CONNECTED, Verb.CONNECT): CallState.CONNECTED,
        (CallState.CONNECTED, Verb.CLOSE): CallState.CONNECTED,
        (CallState.CONNECTED, Verb.DISCONNECT): CallState.DISCONNECTED,
    }
)


def after(state: CallState, verb: Verb) -> CallState:
    """The state that follows. Raises IllegalTransition."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise IllegalTransition(
            "The call's state does not allow this.", advice=f"{state.value}: {verb.value}"
        ) from None
