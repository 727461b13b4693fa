"""The nurse's leg: rung when a nurse has claimed, joined when answered, and never the end of a call when it fails."""

from __future__ import annotations

from dataclasses import dataclass

from triage.call import events
from triage.call.happenings import Ask, Claimed, ReportCallerLeft, ReportJoined, Telephone
from triage.ids import HandoffId, LegId


@dataclass(frozen=True, slots=True)
class Step:
    asks: tuple[Ask, ...] = ()
    joined: bool = False
    lost: bool = False
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
        self.handoff_id: HandoffId | None = None
        self.accepted = False
        self.referred = False

    def opened(self, handoff_id: HandoffId) -> None:
        self.handoff_id = handoff_id

    def claimed(self, claim: Claimed, *, busy: bool) -> tuple[Ask, ...]:
        """`busy`: a safety sentence is being played, which a transfer would cut off."""
        self.accepted = self._answered = self._joined = False
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
        if self._leg and self._answered and not self._joined:
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
                return Step(() if busy else self.ready())
            case events.LegState.BRIDGED:
                self._joined = True
                return Step((ReportJoined(), Telephone(events.Listen(on=False))), joined=True)
            case events.LegState.FAILED | events.LegState.ENDED:
                was_joined, self._leg, self._joined = self._joined, None, False
                return Step(lost=True, was_joined=was_joined)

    def drop(self) -> tuple[Ask, ...]:
        leg, self._leg, self._contact, self._joined = self._leg, None, None, False
        return (Telephone(events.DropLeg(leg)),) if leg else ()

    def caller_left(self) -> tuple[Ask, ...]:
        return (*self.drop(), ReportCallerLeft())
