"""One call, decided without I/O: told what happens, returns what must be done.

The session is in one of a few phases. RINGING → TALKING is the ordinary conversation. A decision to escalate is first
stored (STORING), and only then does the caller hear about it (WAITING); a nurse claims (JOINING), the legs are joined
(JOINED), the nurse confirms and the line leaves (CLOSED). Nobody there: TICKETED. LEAVING says goodbye; OVER is the end.
Whatever happens in a phase that does not expect it is ignored, except that nothing ever lowers a level, and that a caller
who leaves before a nurse has them is never forgotten.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from triage.call import events
from triage.call.breath import unheard
from triage.call.conversing import Conversing
from triage.call.events import LineEvent
from triage.call.happenings import (
    Abandon,
    Ask,
    Claimed,
    EngineDown,
    Extracted,
    Happening,
    HeardFinal,
    HeardPartial,
    Judged,
    MachineHeard,
    NurseAccepted,
    NurseCompleted,
    OfferedAgain,
    Phrased,
    RaiseHandoff,
    Returning,
    SpeechBegan,
    Spoke,
    Stored,
    TakenOver,
    Telephone,
    Tick,
    Ticketed,
    Understood,
    Written,
)
from triage.call.keypad import Pressed
from triage.call.memory import GREETING_HELD_S, GREETING_WORDS_MAX, Phase
from triage.distress import tongue
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.privacy.phi import Phi
from triage.scope.circumstances import circumstances
from triage.scope.intents import GREETING
from triage.scope.moves import Intent


class CallSession(Conversing):
    """`dialogue` is this call's own; `down` names engines that are already known to be dead when the call comes in."""

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
            self._greet_at,
            self._hold_ends,
            self._keypad.deadline,
            self._lost_by,
            self._confirm_by if self.phase is Phase.JOINING else None,
            self._floor.deadline if self.phase in (Phase.TALKING, Phase.WAITING, Phase.TICKETED) else None,
        )
        return min((at for at in due if at is not None), default=None)

    def _take(self, happening: LineEvent | Happening, now: float) -> None:
        match happening:
            case events.Incoming():
                self._caller_number = self.dialogue.caller_number = happening.caller_number
                self._asks.append(Telephone(events.Answer()))
            case events.CallerAnswered():
                self._on_answered(now)
            case events.CallerAudio():
                pass  # goes to the recogniser, not through here
            case events.Dtmf(digit=digit, leg_id=None):
                self._on_key(digit, now)
            case events.Dtmf():
                self._on_nurse_key(happening)
            case events.Played():
                pass  # reaches the session as Spoke
            case events.LegChanged() | events.TransferOutcome():
                self._on_leg(happening, now)
            case events.CallEnded():
                self._on_ended(happening, now)
            case SpeechBegan():
                self._on_speech(now)
            case MachineHeard(kind):
                self._on_machine(kind)
            case HeardPartial(text, classification, at_s):
                self._mark("heard", text, final=False)
                self._floor.caller_says_words()
                self._note_language(text)
                self._escalate_found(self.watch.partial(classification, text, at_s=at_s, now=now), now)
            case HeardFinal():
                self._on_final(happening, now)
            case Spoke():
                self._on_spoke(happening, now)
            case Phrased(reply, text):
                if reply == self._reply and self.phase is Phase.TALKING:
                    self._say(text, now)
            case Extracted(reply, words, heard):
                if reply == self._reply and self.phase is Phase.TALKING:
                    self._move(words or heard.text, heard.intent, now)
            case Written(text):
                if self.phase is Phase.TALKING:
                    self._say(text, now, confirms=True)
            case Understood():
                self._on_understood(happening, now)
            case Judged():
                self._on_judged(happening, now)
            case Returning():
                self.returning = happening
            case Stored():
                self._on_stored(happening, now)
            case Claimed() | TakenOver() | NurseAccepted() | OfferedAgain() | Ticketed() | NurseCompleted():
                self._on_desk(happening, now)
            case EngineDown(engine):
                self._on_engine_down(engine, now)
            case Tick():
                self._on_tick(now)
            case _:
                assert_never(happening)

    # --- hearing --------------------------------------------------------------------------------------------------------

    def _on_speech(self, now: float) -> None:
        if self.phase is Phase.LEAVING:
            # Nobody is hung up on in mid-sentence: what the caller still says decides.
            self._enter(Phase.TALKING)
            self._leave_by = None
        self._greet_at = None
        if self._floor.caller_began(now):
            self._asks.append(Telephone(events.StopPlayback()))

    def _on_machine(self, kind: str) -> None:
        """A fax: nobody is there, and nobody was; one word of a human, and the call goes on as any other. Music: somebody put the line
        on hold and may come back; if they do not, the nurse is told what was heard."""
        if self.phase is not Phase.TALKING:
            return
        self._mark("machine", kind=kind)
        if kind == "hold_music":
            self._silence_is = kind
        elif not self.transcript.caller_words() and self.level is Level.NONE:
            self._enter(Phase.LEAVING)
            self._asks.append(Telephone(events.HangUp()))

    def _on_final(self, heard: HeardFinal, now: float) -> None:
        resumed = self._floor.caller_finished(now, said_something=bool(heard.text.strip()))
        if not heard.text.strip():
            if self._held:
                self._escalate([], now)
            elif self._goodbye is not None and self.phase is Phase.TALKING:
                self._leave(self._goodbye, now)
            elif self._greeting is not None:
                self._greet_at = now + GREETING_HELD_S
            else:
                for speech in [resumed] if resumed else self._floor.take_waiting():
                    self._speak(speech, now)
            return
        self._goodbye = None
        self.transcript.heard(heard.text, start_s=heard.start_s, end_s=heard.end_s, confidence=heard.confidence)
        self._mark("heard", heard.text, final=True)
        self._note_near_miss(heard.classification)
        self._note_language(heard.text, heard.language)
        found = self.watch.final(heard.classification, heard.text, at_s=heard.end_s)
        hits = [*(self._hits_of(found, now) if found else ()), *self._circumstances(heard, now)]
        if self.language not in ("", self.rules.home) and not hits and self.phase is Phase.TALKING:
            # The line understands danger in Spanish, and holds no conversation in it: somebody who speaks it does.
            hits = [self._hit("other_language", heard.text, now, reason=self.language)]
        if hits:
            self._escalate(hits, now)
        elif self.phase is Phase.TICKETED and self.number_check is not None:
            self._check_number(self.number_check.hear(heard.text.reveal()), now)
        elif self.phase is Phase.TALKING:
            self._greeting = None
            if (
                heard.intent.task == GREETING
                and len(heard.text.split()) <= GREETING_WORDS_MAX
                and not self.dialogue.awaits
            ):
                self._greeting, self._greet_at = heard, now + GREETING_HELD_S
            elif self._breath is not None and self._breath.continued_by(heard):
                self._floor.take_waiting()
                self._held_at = None  # until both are understood as one
                self._continue(self._breath, heard)
            elif self._held:
                self._escalate([], now)
            else:
                again = resumed is not None and resumed.confirms and self._unheard_request
                for speech in [resumed] if resumed else self._floor.take_waiting():
                    self._speak(speech, now)
                if not (again and self.dialogue.confirms_still(heard.text.reveal(), heard.intent)):
                    self._answer(heard, now)
        if self.decision and not found and self.phase in (Phase.STORING, Phase.WAITING, Phase.JOINING, Phase.TICKETED):
            # The nurse's packet gets what was said meanwhile, and what fired without raising the level.
            self.decision = replace(self.decision, hits=tuple(self.hits))
            self._asks.append(RaiseHandoff(self.decision))

    def _note_language(self, text: Phi, heard_in: str = "") -> None:
        """Once a caller has spoken another language, the line answers in it as far as it can."""
        heard_in = heard_in if heard_in != self.rules.home and len(text.split()) >= tongue.WORDS_MIN else ""
        self.language = tongue.language(text.reveal()) or heard_in or self.language
        self.rules = self._floor.rules = self.rules.in_language(self.language)

    def _circumstances(self, heard: HeardFinal, now: float) -> list[TriggerHit]:
        """Who is calling, how, and whether they called before: each once a call."""
        known = {hit.trigger for hit in self.hits}
        hits = [
            self._hit(trigger, heard.text, now, reason="circumstances")
            for trigger in circumstances(heard.text.reveal())
            if trigger not in known
        ]
        if any(hit.trigger == "relay_call" for hit in hits):
            self._floor.patient = True
        if self.returning is not None and "repeated_caller" not in known:
            hits.append(self._hit("repeated_caller", heard.text, now, reason=f"{self.returning.level.word}_before"))
        return hits

    def _on_spoke(self, spoke: Spoke, now: float) -> None:
        speech = self._floor.spoke(spoke, now)
        if self.number_check is not None and spoke.playback_id == self._question:
            self.number_check.asked = True
        if speech is None:
            return
        if not unheard(spoke):
            self._breath = None
        if speech.confirms:
            self._unheard_request = unheard(spoke)
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

    def _on_key(self, digit: str, now: float) -> None:
        if self.phase is Phase.TALKING:
            wanted = self.dialogue.wants_figures
        elif self.phase is Phase.LEAVING:
            wanted = False
        else:
            wanted = self.phase is Phase.TICKETED and self.number_check is not None and not self.number_check.over
            if not wanted:
                return
        figures = self.dialogue.figures if self.phase is Phase.TALKING else 0
        pressed = self._keypad.press(digit, now, number_wanted=wanted, figures=figures)
        if pressed == "more":
            self._floor.stir(now)
        if pressed == "more" and self._floor.yield_floor():
            self._asks.append(Telephone(events.StopPlayback()))
        self._keyed(pressed, now)

    def _keyed(self, pressed: Pressed, now: float) -> None:
        """A whole number counts as said; zeros alone call a person, as the greeting promised."""
        if pressed not in ("nurse", "number"):
            return
        keys = self._keypad.take()
        if pressed == "nurse":
            if self.phase in (Phase.TALKING, Phase.LEAVING):
                self._escalate([self._hit("dtmf_zero", "", now, reason="key_0")], now)
            return
        self._floor.caller_finished(now, said_something=True)
        self.transcript.heard(Phi(keys), start_s=self.at_s(now), end_s=self.at_s(now), confidence=1.0)
        self._mark("heard", Phi(keys), final=True)
        if self.phase is Phase.TICKETED and self.number_check is not None:
            self._check_number(self.number_check.hear(keys), now)
        elif self.phase is Phase.TALKING:
            self._reply += 1
            self._move(Phi(keys), Intent("other", 0.0, in_scope=True), now)

    # --- the clock ------------------------------------------------------------------------------------------------------

    def _on_tick(self, now: float) -> None:
        if found := self.watch.overdue(now):
            self._escalate_found(found, now)
        self._keyed(self._keypad.due(now), now)
        if self._store_by is not None and now >= self._store_by:
            self._store_by = None
            self._asks.append(Abandon())
        if self._leave_by is not None and now >= self._leave_by:
            self._leave_by = None
            self._asks.append(Telephone(events.HangUp()))
        if self._lost_by is not None and now >= self._lost_by:
            self._on_lost("nurse_lost", "nurse_lost", now)
        if self._confirm_by is not None and now >= self._confirm_by and self.phase is Phase.JOINING:
            self._on_unconfirmed(now)
        held_until = self._hold_ends
        if held_until is not None and now >= held_until:
            self._escalate([], now)
        if self._greet_at is not None and now >= self._greet_at:
            self._greet_at = None
            if self.phase is Phase.TALKING and self._greeting is not None:
                heard, self._greeting = self._greeting, None
                self._answer(heard, now)
            return
        for speech in self._floor.may_speak(now):
            self._speak(speech, now)
        if not self._floor.overdue(now):
            return
        match self.phase:
            case Phase.TALKING:
                before = self.returning
                if before is not None and before.level >= Level.CRISIS:
                    self._escalate([self._hit("open_line", "", now, reason=f"{before.level.word}_before")], now)
                elif self._floor.silences > self.rules.silences_max - 1:
                    self._escalate([self._hit("silence", "", now, reason=self._silence_is)], now)
                else:
                    self._fixed("silence_first", now)
            case Phase.WAITING:
                self._fixed("waiting", now)
            case Phase.TICKETED:
                self._leave(Phi(self.rules.sentence("goodbye")), now)
            case _:
                pass
