"""From a finding to a human: decided, stored, offered, joined; or promised a callback; never lost when the caller leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from triage.call import events
from triage.call.handover import failure
from triage.call.happenings import (
    Abandon,
    Ask,
    Claimed,
    Expect,
    Finish,
    HeardFinal,
    NurseAccepted,
    NurseCompleted,
    OfferedAgain,
    OpenHandoff,
    RaiseHandoff,
    ReportLegLost,
    Stored,
    TakenOver,
    Telephone,
    Ticketed,
)
from triage.call.memory import HELD_S, HELD_S_MAX, HELD_WORDS_MAX, LOST_GRACE_S, STORE_S_MAX, CallMemory, Phase
from triage.call.number_check import NumberCheck
from triage.call.number_check import spoken as spoken_number
from triage.call.state import Verb, after
from triage.call.watch import Finding
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.privacy.phi import NOTHING


class Escalating(CallMemory):
    # --- escalating -----------------------------------------------------------------------------------------------------

    def _escalate_found(self, found: Finding | None, now: float) -> None:
        if found is not None:
            self._escalate(self._hits_of(found, now), now)

    def _hits_of(self, found: Finding, now: float) -> list[TriggerHit]:
        said = found.classification
        trigger = "explicit_request" if said.level is Level.HUMAN else "distress"
        if said.category == "other_language":
            trigger = "other_language"
        reason = f"{said.category} {found.by} " + " ".join(hit.source for hit in said.hits[:8])
        return [self._hit(trigger, found.text, now, level=said.level, confidence=said.score, reason=reason.strip())]

    def _hold(self, hit: TriggerHit, said: str, now: float) -> None:
        """A nurse for it, unless the caller goes on at once: the wish may be still to come. What is urgent never passes through here."""
        if self._held or len(said.split()) > HELD_WORDS_MAX:
            return self._escalate([hit], now)
        self._held, self._held_at, self._held_until = [hit], now + HELD_S, now + HELD_S_MAX
        return None

    @property
    def _hold_ends(self) -> float | None:
        return self._held_until if self._floor.caller_speaks or self._held_at is None else self._held_at

    def _let_go(self) -> list[TriggerHit]:
        held, self._held, self._held_at, self._held_until = self._held, [], None, None
        return held

    def _escalate(self, hits: Sequence[TriggerHit], now: float) -> None:
        hits = [*self._let_go(), *hits]
        if self.phase in (Phase.RINGING, Phase.OVER):
            return
        if self._decide(hits, now):
            self._enter(Phase.STORING)
            self._store_by, self._leave_by = now + STORE_S_MAX, None
            self._make_room()

    def _make_room(self) -> None:
        """What is more urgent does not wait for a sentence to end, unless that is a safety sentence."""
        if self._floor.yield_floor():
            self._asks.append(Telephone(events.StopPlayback()))

    def _decide(self, hits: Sequence[TriggerHit], now: float) -> bool:
        """Whether a handoff must be opened. Raise-only: a hit at or below the present level is noted, and changes nothing."""
        self.hits.extend(hits)
        for hit in hits:
            self._mark("level", hit.quote, level=hit.level.word, trigger=hit.trigger)
        decision = self.rules.decide(self.hits, self.level)
        if decision is None:
            return False
        self.level, self.decision = decision.level, decision
        self._mark("decided", level=decision.level.word)
        if self.phase in (Phase.TALKING, Phase.LEAVING, Phase.OVER) and self._handover.handoff_id is None:
            self._asks.append(OpenHandoff(decision))
            return True
        self._asks.append(RaiseHandoff(decision))
        if self.phase is Phase.WAITING:
            self._make_room()
            self._fixed(f"transition_{decision.level.word}", now)
        return False

    def _on_stored(self, stored: Stored, now: float) -> None:
        self._store_by = None
        self._handover.opened(stored.handoff_id)
        if self.phase is not Phase.STORING:
            return None
        self._mark("stored")
        if self._caller_gone:
            self._asks.extend(self._handover.caller_left())
            return self._over()
        if stored.callback_by:
            return self._ticket(stored.callback_by, stored.callback_spoken, now)
        self._enter(Phase.WAITING)
        self._mark("offered")
        failed = any(hit.trigger == "machine_failure" for hit in self.hits) and self.level <= Level.HUMAN
        return self._fixed("machine_failure" if failed else f"transition_{self.level.word}", now)

    def _on_desk(
        self, event: Claimed | TakenOver | NurseAccepted | OfferedAgain | Ticketed | NurseCompleted, now: float
    ) -> None:
        match event:
            case Claimed():
                if self.phase is Phase.WAITING:
                    self._enter(Phase.JOINING)
                    self._mark("claimed", person=event.person)
                    self._fixed("connecting", now)
                    self._asks.extend(self._handover.claimed(event, busy=self._floor.safety_playing))
            case TakenOver():
                if self.phase in (Phase.WAITING, Phase.JOINING, Phase.JOINED, Phase.CLOSED) and not self._caller_gone:
                    self._asks.extend(self._handover.drop())
                    self._enter(Phase.JOINING)
                    self._confirm_by = None
                    self._mark("claimed", person=event.person)
                    self._asks.append(Telephone(events.Listen(on=True)))
                    self._fixed("connecting", now)
                    self._asks.extend(self._handover.claimed(event, busy=self._floor.safety_playing))
            case NurseAccepted():
                self._handover.accepted, self._confirm_by = True, None
                if self.phase is Phase.JOINING and not self._floor.safety_playing:
                    self._asks.extend(self._handover.ready())
                self._close_if_ready()
            case OfferedAgain():
                if self.phase in (Phase.JOINING, Phase.JOINED, Phase.CLOSED) and not self._caller_gone:
                    self._asks.extend(self._handover.drop())
                    was_joined = self.phase is not Phase.JOINING
                    self._confirm_by = None
                    self._enter(Phase.WAITING)
                    self._mark("released")
                    self._asks.append(Telephone(events.Listen(on=True)))
                    self._fixed("nurse_lost" if was_joined else "waiting", now)
            case Ticketed(callback_by, spoken):
                if self.phase in (Phase.WAITING, Phase.JOINING, Phase.TICKETED):
                    self._asks.extend(self._handover.drop())
                    self._ticket(callback_by, spoken, now)
            case NurseCompleted():
                self._completed = True
                if not self._caller_gone:
                    self._asks.append(Telephone(events.HangUp()))
            case _:
                assert_never(event)

    def _close_if_ready(self) -> None:
        if self.phase is Phase.JOINED and self._handover.accepted:
            self.state = after(self.state, Verb.CLOSE)
            self._enter(Phase.CLOSED)
            self._mark("closed")

    def _ticket(self, callback_by: str, spoken: str, now: float) -> None:
        self._enter(Phase.TICKETED)
        self._mark("ticket", callback_by=callback_by)
        self._fixed("ticket_danger" if self.level >= Level.CRISIS else "ticket", now)
        self._say(self.rules.callback_sentence(spoken), now)
        if self.number_check is None:
            known = next((fact.value for fact in self.dialogue.facts if fact.kind == "callback_number"), NOTHING)
            self.number_check = NumberCheck(known or self._caller_number)
            self._check_number(self.number_check.begin(), now)

    def _check_number(self, key: str, now: float) -> None:
        """Reads the number back or asks for it; the answer is in the packet."""
        if not key or self.number_check is None:
            return
        self._asks.append(Expect("number" if key == "callback_number" else "yes_no"))
        if key == "callback_check":
            self._say(self.rules.number_sentence(spoken_number(self.number_check.number)), now)
        else:
            self._fixed(key, now)
        self._question = self._floor.newest

    def _on_engine_down(self, engine: str, now: float) -> None:
        self._down.add(engine)
        if engine == "store":
            self._asks.append(Abandon())
        elif self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([self._hit("machine_failure", "", now, reason=f"{engine}_down")], now)

    # --- the telephone --------------------------------------------------------------------------------------------------

    def _on_answered(self, now: float) -> None:
        self.state = after(self.state, Verb.ANSWER)
        self._answered_at = now
        self._enter(Phase.TALKING)
        self._mark("answered")
        self._asks.append(Telephone(events.Listen(on=True)))
        if self._down:
            self._escalate([self._hit("machine_failure", "", now, reason="_".join(sorted(self._down)))], now)
        else:
            self._fixed("greeting", now)

    def _on_nurse_key(self, event: events.Dtmf) -> None:
        if event.leg_id is not None and self.phase is Phase.JOINING:
            self._asks.extend(self._handover.pressed(event.digit, event.leg_id))

    def _on_unconfirmed(self, now: float) -> None:
        """Picked up, and nobody pressed a key: a voicemail, or a telephone that somebody else answered."""
        self._confirm_by = None
        self._asks.extend(self._handover.drop())
        self._on_lost("waiting", "not_confirmed", now)

    def _on_leg(self, event: events.LegChanged | events.TransferOutcome, now: float) -> None:
        step = self._handover.leg(event, busy=self._floor.safety_playing)
        self._asks.extend([] if self._completed else step.asks)
        if step.picked_up:
            self._confirm_by = now + self.rules.confirm_s
        if step.lost or step.joined:
            self._confirm_by = None
        if step.joined:
            self.state = after(self.state, Verb.CONNECT)
            self._enter(Phase.JOINED)
            self._floor.silence()
            self._mark("connected")
            self._close_if_ready()
        elif step.lost and not self._caller_gone and not self._completed:
            self._lost_by = now + LOST_GRACE_S if step.was_joined else None
            if not step.was_joined:
                self._on_lost("waiting", failure(event, was_joined=False), now)

    def _on_lost(self, sentence: str, cause: str, now: float) -> None:
        """The nurse is gone and the caller is not: the line is there again, and the next nurse is asked."""
        self._lost_by = None
        self._enter(Phase.WAITING)
        self._mark("released", cause=cause)
        self._asks.append(ReportLegLost(cause))
        self._asks.append(Telephone(events.Listen(on=True)))
        self._fixed(sentence, now)

    def _on_ended(self, event: events.CallEnded, now: float) -> None:
        if self.phase is Phase.OVER:
            return
        self._caller_gone = True
        if self._held:
            self._escalate([], now)
        found = self.watch.hung_up()
        if found and self.phase not in (Phase.RINGING, Phase.TALKING, Phase.LEAVING):
            self._decide(self._hits_of(found, now), now)
        elif found and self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([*self._hits_of(found, now), self._hit("hang_up", "", now, reason="left_in_distress")], now)
        elif event.reason is events.EndReason.ERROR and self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([self._hit("machine_failure", "", now, reason="gateway_lost")], now)
        if self.phase in (Phase.WAITING, Phase.JOINING, Phase.JOINED, Phase.CLOSED):
            self._asks.extend(self._handover.caller_left())
        if self.phase is not Phase.STORING:
            self._over(event)

    def _over(self, event: events.CallEnded | None = None) -> None:
        self.state = after(self.state, Verb.DISCONNECT)
        self.phase = Phase.OVER
        self._store_by = self._leave_by = self._lost_by = self._confirm_by = None
        self._mark("disconnected")
        self._asks.append(Finish(self.transcript.turns))

    def late_final(self, heard: HeardFinal, now: float) -> tuple[Ask, ...]:
        """Words of a caller who hung up while still speaking, understood only afterwards. May still open a handoff."""
        self.transcript.heard(heard.text, start_s=heard.start_s, end_s=heard.end_s, confidence=heard.confidence)
        found = self.watch.final(heard.classification, heard.text, at_s=heard.end_s)
        if found and found.classification.level >= Level.CLINICAL:
            hits = [*self._hits_of(found, now), self._hit("hang_up", "", now, reason="left_in_distress")]
            self._decide(hits, now)
        asks, self._asks = tuple(self._asks), []
        return asks
