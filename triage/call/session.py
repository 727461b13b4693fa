"""One call, decided without I/O: told what happens, returns what must be done.

The session is in one of a few phases. RINGING → TALKING is the ordinary conversation. A decision to escalate is first
stored (STORING), and only then does the caller hear about it (WAITING); a nurse claims (JOINING), the legs are joined
(JOINED), the nurse confirms and the line leaves (CLOSED). Nobody there: TICKETED. LEAVING says goodbye; OVER is the end.
Whatever happens in a phase that does not expect it is ignored, except that nothing ever lowers a level, and that a caller
who leaves before a nurse has them is never forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import assert_never

from triage.call import events
from triage.call.events import LineEvent
from triage.call.floor import Floor, Speech
from triage.call.handover import Handover
from triage.call.happenings import (
    Abandon,
    Ask,
    AskPhrase,
    Claimed,
    EngineDown,
    Expect,
    Finish,
    Happening,
    HeardFinal,
    HeardPartial,
    Mark,
    NurseAccepted,
    NurseCompleted,
    OfferedAgain,
    OpenHandoff,
    Phrased,
    RaiseHandoff,
    ReportLegLost,
    Say,
    SpeechBegan,
    Spoke,
    Stored,
    Telephone,
    Tick,
    Ticketed,
    WriteRequest,
    Written,
)
from triage.call.rules import Rules
from triage.call.state import CallState, Verb, after
from triage.call.transcript import Transcript
from triage.call.watch import DistressWatch, Finding
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.privacy.phi import NOTHING, Phi
from triage.scope.dialogue import Dialogue
from triage.scope.entities import agrees
from triage.scope.intents import GREETING
from triage.scope.moves import Clarify, Farewell, Hand, Intent, Reply, Request

STORE_S_MAX = 3.0  # writing takes milliseconds; later than this the store is gone and the gateway must take the caller
UNINTELLIGIBLE = 0.40  # mean word probability below which an utterance counts as not understood
UNINTELLIGIBLE_MAX = 2
LOST_GRACE_S = 0.5  # when the caller hangs up, the nurse's leg is reported a moment earlier
GREETING_WORDS_MAX = 4
GREETING_HELD_S = 1.2  # "Hello." is mostly followed by what the caller wants
TICKET_QUIET_S = 6.0  # after the promise of a callback the caller may still say something
LEAVE_S_MAX = 20.0  # a goodbye is never longer; then the call is ended whatever the gateway reports


class Phase(Enum):
    RINGING = "ringing"
    TALKING = "talking"
    STORING = "storing"
    WAITING = "waiting"
    JOINING = "joining"
    JOINED = "joined"
    CLOSED = "closed"
    TICKETED = "ticketed"
    LEAVING = "leaving"
    OVER = "over"


class CallSession:
    """`dialogue` is this call's own; `down` names engines that are already known to be dead when the call comes in."""

    def __init__(self, rules: Rules, dialogue: Dialogue, *, refer: bool, down: frozenset[str] = frozenset()) -> None:
        self.rules = rules
        self.dialogue = dialogue
        self.state = CallState.PENDING
        self.phase = Phase.RINGING
        self.transcript = Transcript()
        self.watch = DistressWatch()
        self.level = Level.NONE
        self.hits: list[TriggerHit] = []
        self.asked: list[str] = []
        self.answered: list[str] = []
        self._floor = Floor(rules)
        self._handover = Handover(refer=refer)
        self._down = set(down)
        self._answered_at: float | None = None
        self._store_by: float | None = None
        self._leave_by: float | None = None
        self._reply = 0
        self._unintelligible = 0
        self._soft_question: Phi | None = None
        self._caller_gone = False
        self._completed = False
        self._lost_by: float | None = None
        self._decision: Decision | None = None
        self._held: tuple[float, HeardFinal] | None = None  # a mere greeting, answered when nothing follows
        self._goodbye: Phi | None = None  # said, and not yet heard to its end
        self._asks: list[Ask] = []

    # --- the border -----------------------------------------------------------------------------------------------------

    def tell(self, happening: LineEvent | Happening, now: float) -> tuple[Ask, ...]:
        """One step. `now`: monotonic seconds. Raises IllegalTransition for a telephone event out of all order."""
        self._take(happening, now)
        asks, self._asks = tuple(self._asks), []
        return asks

    def deadline(self) -> float | None:
        """When to tell a Tick, in monotonic seconds."""
        due = (
            self.watch.deadline if self.phase is not Phase.OVER else None,
            self._store_by,
            self._leave_by,
            self._held[0] if self._held else None,
            self._lost_by,
            self._floor.deadline if self.phase in (Phase.TALKING, Phase.WAITING, Phase.TICKETED) else None,
        )
        return min((at for at in due if at is not None), default=None)

    def at_s(self, now: float) -> float:
        """Seconds since answer; 0 before it."""
        return 0.0 if self._answered_at is None else max(0.0, now - self._answered_at)

    def _take(self, happening: LineEvent | Happening, now: float) -> None:
        match happening:
            case events.Incoming():
                self._asks.append(Telephone(events.Answer()))
            case events.CallerAnswered():
                self._on_answered(now)
            case events.CallerAudio():
                pass  # goes to the recogniser, not through here
            case events.Dtmf(digit=digit, leg_id=None):
                self._on_key(digit, now)
            case events.Dtmf():
                pass
            case events.Played():
                pass  # reaches the session as Spoke
            case events.LegChanged() | events.TransferOutcome():
                self._on_leg(happening, now)
            case events.CallEnded():
                self._on_ended(happening, now)
            case SpeechBegan():
                self._on_speech(now)
            case HeardPartial(text, classification, at_s):
                self._mark("heard", text, final=False)
                self._escalate_found(self.watch.partial(classification, text, at_s=at_s, now=now), now)
            case HeardFinal():
                self._on_final(happening, now)
            case Spoke():
                self._on_spoke(happening, now)
            case Phrased(reply, text):
                if reply == self._reply and self.phase is Phase.TALKING:
                    self._say(text, now)
            case Written(text):
                if self.phase is Phase.TALKING:
                    self._say(text, now)
            case Stored():
                self._on_stored(happening, now)
            case Claimed() | NurseAccepted() | OfferedAgain() | Ticketed() | NurseCompleted():
                self._on_desk(happening, now)
            case EngineDown(engine):
                self._on_engine_down(engine, now)
            case Tick():
                self._on_tick(now)
            case _:
                assert_never(happening)

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

    def _on_key(self, digit: str, now: float) -> None:
        if digit == "0" and self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([self._hit("dtmf_zero", "", now, reason="key_0")], now)

    def _on_leg(self, event: events.LegChanged | events.TransferOutcome, now: float) -> None:
        step = self._handover.leg(event, busy=self._floor.safety_playing)
        self._asks.extend([] if self._completed else step.asks)
        if step.joined:
            self.state = after(self.state, Verb.CONNECT)
            self._enter(Phase.JOINED)
            self._floor.silence()
            self._mark("connected")
            self._close_if_ready()
        elif step.lost and not self._caller_gone and not self._completed:
            self._lost_by = now + LOST_GRACE_S if step.was_joined else None
            if not step.was_joined:
                self._on_lost("waiting", now)

    def _on_lost(self, sentence: str, now: float) -> None:
        """The nurse is gone and the caller is not: the line is there again, and the next nurse is asked."""
        self._lost_by = None
        self._enter(Phase.WAITING)
        self._mark("released")
        self._asks.append(ReportLegLost())
        self._asks.append(Telephone(events.Listen(on=True)))
        self._fixed(sentence, now)

    def _on_ended(self, event: events.CallEnded, now: float) -> None:
        if self.phase is Phase.OVER:
            return
        self._caller_gone = True
        found = self.watch.hung_up()
        if found and self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([*self._hits_of(found, now), self._hit("hang_up", "", now, reason="left_in_distress")], now)
        elif event.reason is events.EndReason.ERROR and self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([self._hit("machine_failure", "", now, reason="gateway_lost")], now)
        if self.phase in (Phase.WAITING, Phase.JOINING, Phase.JOINED, Phase.CLOSED):
            self._asks.extend(self._handover.caller_left())
        if self.phase is not Phase.STORING:
            self._over(event)

    def _over(self, event: events.CallEnded | None = None) -> None:
        if self._handover.referred and event and event.reason is events.EndReason.TRANSFERRED:
            self._mark("closed")
        self.state = after(self.state, Verb.DISCONNECT)
        self.phase = Phase.OVER
        self._store_by = self._leave_by = self._lost_by = None
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

    # --- hearing --------------------------------------------------------------------------------------------------------

    def _on_speech(self, now: float) -> None:
        if self.phase is Phase.LEAVING:
            # Nobody is hung up on in mid-sentence: what the caller still says decides.
            self._enter(Phase.TALKING)
            self._leave_by = None
        self._held = None
        if self._floor.caller_began(now):
            self._asks.append(Telephone(events.StopPlayback()))

    def _on_final(self, heard: HeardFinal, now: float) -> None:
        resumed = self._floor.caller_finished(now, said_something=bool(heard.text.strip()))
        if not heard.text.strip():
            if self._goodbye is not None and self.phase is Phase.TALKING:
                self._leave(self._goodbye, now)
            elif resumed:
                self._speak(resumed, now)
            return
        self._goodbye = None
        self.transcript.heard(heard.text, start_s=heard.start_s, end_s=heard.end_s, confidence=heard.confidence)
        self._mark("heard", heard.text, final=True)
        found = self.watch.final(heard.classification, heard.text, at_s=heard.end_s)
        if found:
            self._escalate_found(found, now)
        elif self.phase is Phase.TALKING:
            if heard.intent.task == GREETING and len(heard.text.split()) <= GREETING_WORDS_MAX:
                self._held = (now + GREETING_HELD_S, heard)
            else:
                self._converse(heard, now)
        if self._decision and not found and self.phase in (Phase.STORING, Phase.WAITING, Phase.JOINING, Phase.TICKETED):
            self._asks.append(RaiseHandoff(self._decision))  # the nurse's packet gets what was said meanwhile

    def _converse(self, heard: HeardFinal, now: float) -> None:
        self._reply += 1
        if self._soft_question is not None and (hit := self._soft_answer(heard, now)):
            return self._escalate([hit], now)
        self._soft_question = None
        if heard.confidence < UNINTELLIGIBLE:
            self._unintelligible += 1
            if self._unintelligible >= UNINTELLIGIBLE_MAX:
                return self._escalate([self._hit("low_confidence", heard.text, now, reason="not_understood")], now)
            return self._fixed("clarify", now)
        if heard.classification.look and not heard.classification.act:
            # Something is there, but not enough to interrupt: one soft question, and the answer decides towards a human.
            self._soft_question = heard.text
            self._asks.append(Expect("yes_no"))
            return self._fixed("soft_question", now)
        return self._move(heard.text, heard.intent, now)

    def _soft_answer(self, heard: HeardFinal, now: float) -> TriggerHit | None:
        answer = agrees(heard.text.reveal())
        if answer is False and not heard.classification.look:
            return None
        quote = Phi(f"{(self._soft_question or NOTHING).reveal()} / {heard.text.reveal()}")
        level = max(Level.CLINICAL, heard.classification.level)
        return self._hit(
            "distress", quote, now, level=level, confidence=heard.classification.score, reason="soft_question"
        )

    def _move(self, text: Phi, intent: Intent, now: float) -> None:
        move = self.dialogue.hear(text.reveal(), intent)
        match move:
            case Reply(wording, asked, answered, expects, phrase):
                self.asked.extend([asked] if asked else [])
                self.answered.extend([answered] if answered else [])
                self._asks.append(Expect(expects))
                if phrase and "language" not in self._down:
                    self._asks.append(AskPhrase(self._reply, wording, text))
                else:
                    self._say(wording, now)
            case Clarify(wording, expects):
                self._asks.append(Expect(expects))
                self._say(wording, now)
            case Request(answered=answered):
                self.answered.append(answered)
                self._asks.append(WriteRequest(move))
            case Farewell(wording):
                self._leave(wording, now)
            case Hand(trigger, reason):
                self._escalate([self._hit(trigger, text, now, confidence=intent.confidence, reason=reason)], now)
            case _:
                assert_never(move)

    # --- escalating -----------------------------------------------------------------------------------------------------

    def _escalate_found(self, found: Finding | None, now: float) -> None:
        if found is not None:
            self._escalate(self._hits_of(found, now), now)

    def _hits_of(self, found: Finding, now: float) -> list[TriggerHit]:
        said = found.classification
        trigger = "explicit_request" if said.level is Level.HUMAN else "distress"
        reason = f"{said.category} {found.by} " + " ".join(hit.source for hit in said.hits[:8])
        return [self._hit(trigger, found.text, now, level=said.level, confidence=said.score, reason=reason.strip())]

    def _hit(
        self,
        trigger: str,
        quote: str,
        now: float,
        *,
        level: Level | None = None,
        confidence: float = 1.0,
        reason: str = "",
    ) -> TriggerHit:
        at_s = self.at_s(now)
        return self.rules.hit(trigger, level=level, quote=Phi(quote), at_s=at_s, confidence=confidence, reason=reason)

    def _escalate(self, hits: Sequence[TriggerHit], now: float) -> None:
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
        self.level, self._decision = decision.level, decision
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

    def _on_desk(self, event: Claimed | NurseAccepted | OfferedAgain | Ticketed | NurseCompleted, now: float) -> None:
        match event:
            case Claimed():
                if self.phase is Phase.WAITING:
                    self._enter(Phase.JOINING)
                    self._mark("claimed", person=event.person)
                    self._fixed("connecting", now)
                    self._asks.extend(self._handover.claimed(event, busy=self._floor.safety_playing))
            case NurseAccepted():
                self._handover.accepted = True
                self._close_if_ready()
            case OfferedAgain():
                if self.phase in (Phase.JOINING, Phase.JOINED, Phase.CLOSED) and not self._caller_gone:
                    self._asks.extend(self._handover.drop())
                    was_joined = self.phase is not Phase.JOINING
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

    def _on_engine_down(self, engine: str, now: float) -> None:
        self._down.add(engine)
        if engine == "store":
            self._asks.append(Abandon())
        elif self.phase in (Phase.TALKING, Phase.LEAVING):
            self._escalate([self._hit("machine_failure", "", now, reason=f"{engine}_down")], now)

    # --- speaking -------------------------------------------------------------------------------------------------------

    def _fixed(self, key: str, now: float) -> None:
        self._speak(self._floor.fixed(key), now)

    def _say(self, text: Phi, now: float) -> None:
        self._speak(self._floor.free(text), now)

    def _speak(self, speech: Speech, now: float) -> None:
        self._floor.begin(speech, now)
        self._asks.append(Say(speech.playback_id, speech.text, speech.fixed))

    def _leave(self, wording: Phi, now: float) -> None:
        self._enter(Phase.LEAVING)
        self._leave_by, self._goodbye = now + LEAVE_S_MAX, wording
        self._say(wording, now)

    def _on_spoke(self, spoke: Spoke, now: float) -> None:
        speech = self._floor.spoke(spoke, now)
        if speech is None:
            return
        turn = self.transcript.said(
            speech.text.reveal(),
            at_s=self.at_s(now),
            samples=spoke.samples,
            samples_total=spoke.samples_total,
            fixed=bool(speech.fixed),
            cut_off=spoke.cut_off,
        )
        if turn:
            self._mark("said", turn.text, fixed=bool(speech.fixed), key=speech.fixed)
        if spoke.cut_off and speech.safety and self.phase in (Phase.STORING, Phase.WAITING, Phase.TICKETED):
            self._speak(self._floor.again(speech), now)
        elif self.phase is Phase.LEAVING and not self._floor.speaking:
            self._asks.append(Telephone(events.HangUp()))
        elif self.phase is Phase.JOINING and not self._floor.safety_playing:
            self._asks.extend(self._handover.ready())

    # --- the clock ------------------------------------------------------------------------------------------------------

    def _on_tick(self, now: float) -> None:
        if found := self.watch.overdue(now):
            self._escalate_found(found, now)
        if self._store_by is not None and now >= self._store_by:
            self._store_by = None
            self._asks.append(Abandon())
        if self._leave_by is not None and now >= self._leave_by:
            self._leave_by = None
            self._asks.append(Telephone(events.HangUp()))
        if self._lost_by is not None and now >= self._lost_by:
            self._on_lost("nurse_lost", now)
        if self._held is not None and now >= self._held[0]:
            (_, heard), self._held = self._held, None
            if self.phase is Phase.TALKING:
                self._converse(heard, now)
            return
        if not self._floor.overdue(now):
            return
        match self.phase:
            case Phase.TALKING:
                if self._floor.silences > self.rules.silences_max - 1:
                    self._escalate([self._hit("silence", "", now, reason="no_speech")], now)
                else:
                    self._fixed("silence_first", now)
            case Phase.WAITING:
                self._fixed("waiting", now)
            case Phase.TICKETED:
                self._leave(Phi(self.rules.sentence("goodbye")), now)
            case _:
                pass

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._floor.wait_s = {
            Phase.WAITING: self.rules.check_back_s,
            Phase.TICKETED: TICKET_QUIET_S,
        }.get(phase, self.rules.silence_s)

    def _mark(self, act: str, text: Phi = NOTHING, **facts: str | float | bool) -> None:
        self._asks.append(Mark(act, text, facts))
