"""One handoff and what may happen to it. Pure: `now_ms` is Unix milliseconds, handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from triage.errors import Conflict, IllegalTransition, UsageError
from triage.escalation.levels import Level
from triage.handoff.callback import Callback
from triage.handoff.state import HandoffState, Verb, after
from triage.ids import CallId, HandoffId, Person

OFFERS_MAX = 200  # of one handoff; a queue that offers more often is broken, and the ticket stays


@dataclass(frozen=True, slots=True)
class Handoff:
    handoff_id: HandoffId
    call_id: CallId
    state: HandoffState
    level: Level
    offered_at_ms: int
    rung: int = 0
    rung_ends_ms: int | None = None  # then the next rung is asked, or a ticket is opened; None: no clock runs
    claimed_by: Person | None = None
    lease_ends_ms: int | None = None
    joined: bool = False  # nurse and caller hear each other: the lease no longer runs
    caller_on_line: bool = True
    drill: bool = False
    shift_ms: int = 0  # a drill's clock minus the real one
    callback: Callback | None = None
    disposition: str = ""
    revision: int = 1

    @property
    def open(self) -> bool:
        return self.state is not HandoffState.COMPLETED

    @property
    def order(self) -> tuple[int, int]:
        """Sort key of the worklist: the most urgent first, then the oldest."""
        return (-int(self.level), self.offered_at_ms)


def claim(handoff: Handoff, person: Person, *, now_ms: int, lease_ms: int) -> Handoff:
    """Raises Conflict when somebody else has it."""
    if handoff.claimed_by is not None and handoff.state in (HandoffState.CLAIMED, HandoffState.ACCEPTED):
        if handoff.claimed_by == person:
            return handoff
        raise Conflict("Another nurse has taken this call.")
    state = after(handoff.state, Verb.CLAIM)
    lease = now_ms + lease_ms if handoff.caller_on_line else None  # a callback is worked on without a clock
    return _next(handoff, state=state, claimed_by=person, lease_ends_ms=lease, rung_ends_ms=None, joined=False)


def accept(handoff: Handoff, person: Person) -> Handoff:
    owned(handoff, person)
    if handoff.state is HandoffState.ACCEPTED:
        return handoff
    return _next(handoff, state=after(handoff.state, Verb.ACCEPT), lease_ends_ms=None)


def join(handoff: Handoff) -> Handoff:
    """The legs are joined."""
    return _next(handoff, joined=True, lease_ends_ms=None) if handoff.state is HandoffState.CLAIMED else handoff


def release(handoff: Handoff) -> Handoff:
    """To RELEASED, which is momentary: `offer` or `give_up` follows in the same transaction."""
    state = after(handoff.state, Verb.RELEASE)
    return _next(handoff, state=state, claimed_by=None, lease_ends_ms=None, joined=False)


def offer_again(handoff: Handoff, *, rung_ends_ms: int) -> Handoff:
    state = after(handoff.state, Verb.OFFER)
    if handoff.revision > OFFERS_MAX:
        raise IllegalTransition("This handoff was offered too often.")
    return _next(handoff, state=state, rung=0, rung_ends_ms=rung_ends_ms)


def next_rung(handoff: Handoff, *, rung_ends_ms: int) -> Handoff:
    return _next(handoff, rung=handoff.rung + 1, rung_ends_ms=rung_ends_ms)


def give_up(handoff: Handoff, callback: Callback) -> Handoff:
    state = after(handoff.state, Verb.GIVE_UP)
    return _next(
        handoff, state=state, callback=callback, claimed_by=None, lease_ends_ms=None, rung_ends_ms=None, joined=False
    )


def leave(handoff: Handoff) -> Handoff:
    """The caller is no longer on the line."""
    return _next(handoff, caller_on_line=False)


def raise_level(handoff: Handoff, level: Level) -> Handoff:
    """Raise-only."""
    return _next(handoff, level=max(level, handoff.level))


def bring_forward(handoff: Handoff, callback: Callback) -> Handoff:
    """The earlier of the two promises holds."""
    if handoff.callback is not None and handoff.callback.by <= callback.by:
        return handoff
    return _next(handoff, callback=callback)


def complete(handoff: Handoff, person: Person, disposition: str, help_reached: bool | None) -> Handoff:
    """Raises UsageError when danger or crisis would be closed without saying whether help reached the caller."""
    if handoff.state is not HandoffState.CALLBACK:
        owned(handoff, person)
    if handoff.level >= Level.CRISIS and help_reached is None:
        raise UsageError("Say whether help reached the caller.")
    state = after(handoff.state, Verb.COMPLETE)
    return _next(handoff, state=state, disposition=disposition, lease_ends_ms=None, claimed_by=person)


def check_disposition(disposition: str, known: Mapping[str, str]) -> None:
    """Raises UsageError."""
    if disposition not in known:
        raise UsageError("This disposition is not in the matrix.", advice=f"One of: {', '.join(sorted(known))}")


def owned(handoff: Handoff, person: Person) -> None:
    """Raises Conflict unless this person has it."""
    if handoff.claimed_by != person:
        raise Conflict("Another nurse has taken this call, or it was offered again.")


def _next(handoff: Handoff, **changes: object) -> Handoff:
    return replace(handoff, revision=handoff.revision + 1, **changes)  # type: ignore[arg-type]
