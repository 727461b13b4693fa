"""The nurse's leg: rung when a nurse has claimed, joined when she has picked up and pressed a key, and never the end of a call when
it fails.

A telephone that was picked up is not a nurse: it may be a voicemail. The legs are joined once she confirms, by a key on her console
or by 1 on her telephone; a blind transfer (REFER) leaves that to the PBX.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.call import events
from triage.call.happenings import Ask, Claimed, ReportAccepted, ReportCallerLeft, ReportJoined, TakenOver, Telephone
from triage.ids import HandoffId, LegId, Person

# SIP status (RFC 3261) of a telephone that could not be reached -> what is written down.
_FAILURES = {
    486: "busy", 600: "busy", 603: "declined", 480: "not_answered", 408: "not_answered", 487: "not_answered", 0: "not_answered",
    404: "no_such_number", 410: "no_such_number", 484: "no_such_number", 604: "no_such_number", 401: "refused", 403: "refused", 407: "refused",
}  # fmt: skip


def failure(event: events.LegChanged | events.TransferOutcome, *, was_joined: bool) -> str:
    """Why a transfer came to nothing: each way of failing is a state of its own."""
    if was_joined:
        return "nurse_lost"
    if isinstance(event, events.LegChanged) and event.state is events.LegState.ENDED:
        return "hung_up_unconfirmed"
    return _FAILURES.get(event.sip_status, "telephone_failed")


@dataclass(frozen=True, slots=True)
class Step:
    asks: tuple[Ask, ...] = ()
    joined: bool = False
    lost: bool = False
    picked_up: bool = False  # and not yet confirmed
    was_joined: bool = False


class Handover:
    """`refer`: the caller is transferred blindly to the nurse's telephone (RFC 3515) instead of being bridged."""

    def __init__(self, *, refer: bool) -> None:
        self._refer = refer
        self._legs = 0
        self._leg: LegId | None = None
        self._contact: str | None = None
        self._answered = False
        self._joined = False
        self._person: Person | None = None
        self.handoff_id: HandoffId | None = None
        self.accepted = False
        self.referred = False

    def opened(self, handoff_id: HandoffId) -> None:
        self.handoff_id = handoff_id

    def claimed(self, claim: Claimed | TakenOver, *, busy: bool) -> tuple[Ask, ...]:
        """`busy`: a safety sentence is being played, which a transfer would cut off."""
        self.accepted = self._answered = self._joined = False
        self._person = claim.person
        self._contact = claim.contact
        if self._refer:
            return () if busy else self.ready()
        self._legs += 1
        self._leg = LegId(f"nurse{self._legs}")
        return (Telephone(events.Dial(self._leg, claim.contact)),)

    def ready(self) -> tuple[Ask, ...]:
        """Nothing keeps the caller any more: what waited for that."""
        if self._refer and self._contact and not self.referred:
            contact, self._contact = self._contact, None
            return (Telephone(events.Refer(contact)),)
        if self._leg and self._answered and self.accepted and not self._joined:
            self._answered = False
            return (Telephone(events.StopPlayback()), Telephone(events.Bridge(self._leg)))
        return ()

    def leg(self, event: events.LegChanged | events.TransferOutcome, *, busy: bool) -> Step:
        if isinstance(event, events.TransferOutcome):
            if event.ok:
                self.referred = self.accepted = True
                return Step((ReportJoined(),), joined=True)
            return Step(lost=True)
        if event.leg_id != self._leg:
            return Step()
        match event.state:
            case events.LegState.RINGING:
                return Step()
            case events.LegState.ANSWERED:
                self._answered = True
                return Step(() if busy else self.ready(), picked_up=not self.accepted)
            case events.LegState.BRIDGED:
                self._joined = True
                return Step((ReportJoined(), Telephone(events.Listen(on=False))), joined=True)
            case events.LegState.FAILED | events.LegState.ENDED:
                was_joined, self._leg, self._joined = self._joined, None, False
                return Step(lost=True, was_joined=was_joined)

    def pressed(self, digit: str, leg: LegId) -> tuple[Ask, ...]:
        """A key on the nurse's telephone: 1 takes the caller."""
        if leg != self._leg or self._joined or digit != "1" or self._person is None:
            return ()
        return (ReportAccepted(self._person),)

    def drop(self) -> tuple[Ask, ...]:
        leg, self._leg, self._contact, self._joined = self._leg, None, None, False
        return (Telephone(events.DropLeg(leg)),) if leg else ()

    def caller_left(self) -> tuple[Ask, ...]:
        return (*self.drop(), ReportCallerLeft())
