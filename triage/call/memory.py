"""What a call session remembers, and the few small things that everything in it does: say, mark, enter a phase.

The session itself is in three parts, each told the same happenings: this memory, `escalating` (from a finding to a nurse, a
ticket or a hang-up) and `session` (the border, hearing and conversing).
"""

from __future__ import annotations

from enum import Enum

from triage.call.breath import Breath
from triage.call.floor import Floor, Speech
from triage.call.handover import Handover
from triage.call.happenings import (
    Ask,
    HeardFinal,
    Mark,
    Returning,
    Say,
)
from triage.call.keypad import Keypad
from triage.call.number_check import NumberCheck
from triage.call.rules import Rules
from triage.call.state import CallState
from triage.call.transcript import Transcript
from triage.call.watch import DistressWatch
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.ids import PlaybackId
from triage.privacy.phi import NOTHING, Phi
from triage.scope.dialogue import Dialogue

STORE_S_MAX = 3.0  # writing takes milliseconds; later than this the store is gone and the gateway must take the caller
UNINTELLIGIBLE = 0.40  # mean word probability below which an utterance counts as not understood
UNINTELLIGIBLE_MAX = 2
LOST_GRACE_S = 0.5  # when the caller hangs up, the nurse's leg is reported a moment earlier
GREETING_WORDS_MAX = 4
GREETING_HELD_S = 1.2  # "Hello." is mostly followed by what the caller wants
HELD_S = 1.2  # so long a person who wishes for something beyond the line may go on before a nurse is called for it
HELD_S_MAX = 6.0  # however long they seem to speak
HELD_WORDS_MAX = 12  # who has said more has said what they want
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


class CallMemory:
    def __init__(self, rules: Rules, dialogue: Dialogue, *, refer: bool, down: frozenset[str] = frozenset()) -> None:
        self.rules = rules
        self.dialogue = dialogue
        self.state = CallState.PENDING
        self.phase = Phase.RINGING
        self.transcript = Transcript()
        self.watch = DistressWatch(rules.matrix.act_on)
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
        self._silence_is = "no_speech"  # why nobody speaks, for the nurse
        self._soft_question: HeardFinal | None = None  # what it was asked about: taken up again after a "no"
        self._caller_gone = False
        self._completed = False
        self._lost_by: float | None = None
        self.decision: Decision | None = None
        self._greeting: HeardFinal | None = None  # nothing but that was said: answered when nothing follows
        self._greet_at: float | None = None
        self._breath: Breath | None = None  # what was last answered, while nobody has heard the answer
        self._unheard_request = False  # that something was written down was cut off before it can have been heard
        self._held: list[
            TriggerHit
        ] = []  # of a turn that may not be over; a nurse is called for them unless it goes on
        self._held_at: float | None = None
        self._held_until: float | None = None
        self._goodbye: Phi | None = None  # said, and not yet heard to its end
        self._confirm_by: float | None = None  # the nurse's telephone was picked up; by then she has pressed a key
        self._caller_number = NOTHING
        self.number_check: NumberCheck | None = None
        self._question: PlaybackId | None = None  # about the callback number, being said
        self.returning: Returning | None = None
        self.language = ""  # that the caller speaks, when it is not the line's (ISO 639-1)
        self.narrative = NOTHING  # one sentence for the nurse, of the caller's words only
        self._keypad = Keypad()
        self._asks: list[Ask] = []

    def at_s(self, now: float) -> float:
        """Seconds since answer; 0 before it."""
        return 0.0 if self._answered_at is None else max(0.0, now - self._answered_at)

    # --- speaking -------------------------------------------------------------------------------------------------------

    def _fixed(self, key: str, now: float) -> None:
        self._speak(self._floor.fixed(key), now)

    def _say(self, text: Phi, now: float, *, confirms: bool = False) -> None:
        self._speak(self._floor.free(text, confirms=confirms), now)

    def _speak(self, speech: Speech, now: float) -> None:
        if self.phase is Phase.TALKING and self._floor.wait(speech, now):
            return
        self._floor.begin(speech, now)
        self._asks.append(Say(speech.playback_id, speech.text, speech.fixed, speech.language))

    def _leave(self, wording: Phi, now: float) -> None:
        if self.phase is Phase.TALKING and self._floor.caller_speaks:
            self._goodbye = wording  # said once it turns out that they only coughed
            return
        self._enter(Phase.LEAVING)
        self._leave_by, self._goodbye = now + LEAVE_S_MAX, wording
        self._say(wording, now)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self._floor.wait_s = {
            Phase.WAITING: self.rules.check_back_s,
            Phase.TICKETED: TICKET_QUIET_S,
        }.get(phase, self.rules.silence_s)

    def _mark(self, act: str, text: Phi = NOTHING, **facts: str | float | bool) -> None:
        self._asks.append(Mark(act, text, facts))

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
