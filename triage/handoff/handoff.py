"""One handoff and what may happen to it. Pure: `now_ms` is Unix milliseconds, handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from triage.errors import Conflict, IllegalTransition, UsageError
from triage.escalation.levels import Level
from triage.handoff.callback import Callback
from triage.handoff.state import HandoffState, Verb, after
from triage.ids import CallId, HandoffId, Person

# Why a nurse gives a handoff back. Codes for the audit log, words for her.
RELEASE_REASONS = MappingProxyType(
    {
        "other_skill": "Needs a nurse with another skill or language",
        "not_answered": "My telephone did not ring",
        "technical": "Something technical",
        "busy": "I have another call",
        "end_of_shift": "My shift ends",
        "mistake": "Claimed by mistake",
    }
)
OFFERS_MAX = 200  # of one handoff; one that is given back more often becomes a ticket, since offering it does not help


@dataclass(frozen=True, slots=True)
class Handoff:
    handoff_id: HandoffId
    call_id: CallId
    state: HandoffState
    level: Level
    offered_at_ms: int
    offers: int = 1
    rung: int = 0
    rung_ends_ms: int | None = None  # then the next rung is asked, or a ticket is opened; None: no clock runs
    claimed_by: Person | None = None
    lease_ends_ms: int | None = None  # then it is taken from her; None only while nurse and caller hear each other
    joined: bool = False  # nurse and caller hear each other: the lease no longer runs
    caller_on_line: bool = True
    drill: bool = False
    shift_ms: int = 0  # a drill's clock minus the real one
    callback: Callback | None = None
    language: str = ""  # that the caller speaks (ISO 639-1); empty: the line's
    overdue: bool = False  # the promised time has passed, and the nurses were told
    disposition: str = ""
    revision: int = 1

    @property
    def held(self) -> bool:
        """A nurse has it."""
        return self.state in (HandoffState.CLAIMED, HandoffState.ACCEPTED)

    @property
    def due_ms(self) -> int | None:
        """When the desk must look at it again (Unix milliseconds): a lease, a rung or a promise ends. None: never."""
        if self.state is HandoffState.CALLBACK:
            return None if self.overdue or self.callback is None else self._promised_ms(self.callback)
        return self.lease_ends_ms if self.held else self.rung_ends_ms

    def _promised_ms(self, callback: Callback) -> int:
        return int(callback.by.timestamp() * 1000) - self.shift_ms  # a drill's promise, on the real clock

    @property
    def open(self) -> bool:
        return self.state is not HandoffState.COMPLETED

    @property
    def order(self) -> tuple[int, int]:
        """Sort key of the worklist: the most urgent first, then the oldest."""
        return (-int(self.level), self.offered_at_ms)


def claim(handoff: Handoff, person: Person, *, now_ms: int, lease_ms: int, callback_lease_ms: int) -> Handoff:
    """A live caller must be joined within `lease_ms`; a callback is hers for `callback_lease_ms`, then it is everybody's again.
    Raises Conflict when somebody else has it."""
    if handoff.held:
        if handoff.claimed_by == person:
            return handoff
        raise Conflict("Another nurse has taken this call.")
    state = after(handoff.state, Verb.CLAIM)
    lease = now_ms + (lease_ms if handoff.caller_on_line else callback_lease_ms)
    return _next(handoff, state=state, claimed_by=person, lease_ends_ms=lease, rung_ends_ms=None, joined=False)


def take_over(handoff: Handoff, person: Person, *, now_ms: int, lease_ms: int, callback_lease_ms: int) -> Handoff:
    """From the nurse who has it; a caller who was joined to her is joined to the other. Raises Conflict when nobody has it."""
    if handoff.claimed_by == person and handoff.held:
        return handoff
    if not handoff.held:
        raise Conflict("Nobody has this call: claim it.")
    offered = offer_again(release(handoff), rung_ends_ms=now_ms)
    return claim(offered, person, now_ms=now_ms, lease_ms=lease_ms, callback_lease_ms=callback_lease_ms)


def accept(handoff: Handoff, person: Person) -> Handoff:
    """Her lease runs on until the legs are joined: a key pressed too early keeps no caller waiting."""
    owned(handoff, person)
    if handoff.state is HandoffState.ACCEPTED:
        return handoff
    return _next(handoff, state=after(handoff.state, Verb.ACCEPT))


def join(handoff: Handoff) -> Handoff:
    """The legs are joined; before or after she confirmed."""
    return _next(handoff, joined=True, lease_ends_ms=None) if handoff.held and handoff.caller_on_line else handoff


def release(handoff: Handoff) -> Handoff:
    """To RELEASED, which is momentary: `offer_again` or `give_up` follows in the same transaction."""
    state = after(handoff.state, Verb.RELEASE)
    return _next(handoff, state=state, claimed_by=None, lease_ends_ms=None, joined=False)


def offer_again(handoff: Handoff, *, rung_ends_ms: int) -> Handoff:
    state = after(handoff.state, Verb.OFFER)
    return _next(handoff, state=state, offers=handoff.offers + 1, rung=0, rung_ends_ms=rung_ends_ms)


def next_rung(handoff: Handoff, *, rung_ends_ms: int) -> Handoff:
    return _next(handoff, rung=handoff.rung + 1, rung_ends_ms=rung_ends_ms)


def give_up(handoff: Handoff, callback: Callback) -> Handoff:
    """A ticket. What was promised before still holds when it is earlier: a caller is told one time, and it only comes nearer."""
    state = after(handoff.state, Verb.GIVE_UP)
    held = bring_forward(handoff, callback)
    return _next(
        handoff, state=state, callback=held.callback, overdue=handoff.overdue and held.callback == handoff.callback,
        claimed_by=None, lease_ends_ms=None, rung_ends_ms=None, joined=False,
    )  # fmt: skip


def leave(handoff: Handoff, *, lease_ends_ms: int) -> Handoff:
    """The caller is no longer on the line. A nurse who has the handoff has until `lease_ends_ms` to say how it ended."""
    return _next(handoff, caller_on_line=False, lease_ends_ms=lease_ends_ms if handoff.held else None)


def remind(handoff: Handoff) -> Handoff:
    """The promised time has passed, and nobody has taken it."""
    return _next(handoff, overdue=True)


def raise_level(handoff: Handoff, level: Level, *, rung_ends_ms: int) -> Handoff:
    """Raise-only. An offer that becomes more urgent starts its ladder again: the new level's nurses get their whole time."""
    if level > handoff.level and handoff.state is HandoffState.OFFERED:
        return _next(handoff, level=level, rung=0, rung_ends_ms=rung_ends_ms)
    return _next(handoff, level=max(level, handoff.level))


def bring_forward(handoff: Handoff, callback: Callback) -> Handoff:
    """The earlier of the two promises holds."""
    if handoff.callback is not None and handoff.callback.by <= callback.by:
        return handoff
    return _next(handoff, callback=callback, overdue=False)


def complete(handoff: Handoff, person: Person, disposition: str, help_reached: bool | None) -> Handoff:
    """Raises UsageError when danger or crisis would be closed without saying whether help reached the caller, and
    IllegalTransition while the caller waits for her: it would end the call of somebody whom nobody has spoken to."""
    if handoff.state is not HandoffState.CALLBACK:
        owned(handoff, person)
    if handoff.held and handoff.caller_on_line and not handoff.joined:
        raise IllegalTransition(
            "The caller is still waiting.", advice="Give the call back, or wait until it is joined."
        )
    if handoff.level >= Level.CRISIS and help_reached is None:
        raise UsageError("Say whether help reached the caller.")
    state = after(handoff.state, Verb.COMPLETE)
    return _next(handoff, state=state, disposition=disposition, lease_ends_ms=None, claimed_by=person)


def check_reason(reason: str) -> None:
    """Raises UsageError. No reason is allowed: nobody must be kept from giving a caller back."""
    if reason and reason not in RELEASE_REASONS:
        raise UsageError("This is no reason to give a call back.", advice=f"One of: {', '.join(RELEASE_REASONS)}")


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
