"""Who has the floor: what the line is saying, whether the caller speaks, and how long nobody has.

A caller who begins to speak takes the floor at once (barge-in), except from a safety sentence, which is always said to its
end. If it was only a cough, what was cut off is said again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from triage.call.happenings import Spoke
from triage.call.rules import Rules
from triage.ids import PlaybackId
from triage.privacy.phi import Phi

WORDLESS_S_MAX = 1.5  # so long the line waits for words of somebody who seems to speak; then it was noise
PLAYBACK_S_MAX = 45.0  # the longest sentence takes 20 s; a playback never reported as over counts as over


@dataclass(frozen=True, slots=True)
class Speech:
    playback_id: PlaybackId
    text: Phi
    fixed: str = ""  # key of a signed sentence
    safety: bool = False  # may not be cut off
    language: str = ""
    confirms: bool = False  # that something was written down: the caller must hear it


class Floor:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._count = 0
        self._playing: dict[PlaybackId, Speech] = {}
        self._cut: list[Speech] = []
        self._waiting: list[Speech] = []  # ready to be said once the caller has finished
        self._caller_speaks = False
        self._wordless_until = 0.0
        self._quiet_until: float | None = None
        self.wait_s = rules.silence_s
        self.silences = 0  # in a row
        self.patient = False  # on a relay call somebody types: no barge-in, and silence means nothing

    @property
    def deadline(self) -> float | None:
        if self._waiting and (self._wordless_until or not self._caller_speaks):
            return self._wordless_until
        return self._quiet_until

    @property
    def caller_speaks(self) -> bool:
        return self._caller_speaks and not self.patient

    @property
    def speaking(self) -> bool:
        return bool(self._playing)

    @property
    def safety_playing(self) -> bool:
        return any(speech.safety for speech in self._playing.values())

    @property
    def newest(self) -> PlaybackId:
        """Of everything that was to be said so far."""
        return PlaybackId(f"p{self._count}")

    def fixed(self, key: str) -> Speech:
        text, safety = Phi(self.rules.sentence(key)), self.rules.is_safety(key)
        return Speech(self._next(), text, key, safety, self.rules.language)

    def free(self, text: Phi, *, confirms: bool = False) -> Speech:
        return Speech(self._next(), text, language=self.rules.language, confirms=confirms)

    def again(self, speech: Speech) -> Speech:
        return replace(speech, playback_id=self._next())

    def begin(self, speech: Speech, now: float) -> None:
        self._playing[speech.playback_id] = speech
        self._quiet_until = now + PLAYBACK_S_MAX

    def spoke(self, spoke: Spoke, now: float) -> Speech | None:
        """The speech that this playback was; None if it is not known (any more)."""
        speech = self._playing.pop(spoke.playback_id, None)
        if speech and spoke.cut_off and self._caller_speaks:
            self._cut.append(speech)
        if not self._playing:
            self._rest(now)
        return speech

    def caller_began(self, now: float) -> bool:
        """True when the line must stop speaking."""
        self._caller_speaks = True
        self._wordless_until = now + WORDLESS_S_MAX
        self._quiet_until = now + PLAYBACK_S_MAX
        return self.speaking and not self.safety_playing and not self.patient

    def caller_says_words(self) -> None:
        """It is speech and no noise: whoever has the floor keeps it."""
        self._wordless_until = 0.0

    def wait(self, speech: Speech, now: float) -> bool:
        """True when `speech` has to wait, because the caller has the floor."""
        if speech.safety or not self.caller_speaks or (self._wordless_until and now >= self._wordless_until):
            return False
        self._waiting.append(speech)
        return True

    def may_speak(self, now: float) -> list[Speech]:
        """What waited for somebody who turns out to be no speaker."""
        over = bool(self._wordless_until) and now >= self._wordless_until
        return self.take_waiting() if over or not self._caller_speaks else []

    def take_waiting(self) -> list[Speech]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def caller_finished(self, now: float, *, said_something: bool) -> Speech | None:
        """What must be said again: because the interruption was none, or because it must be heard. What waited is still there."""
        self._caller_speaks = False
        cut, self._cut = self._cut, []
        if said_something:
            self.silences = 0
        if not self.speaking:
            self._rest(now)
        return next((self.again(speech) for speech in cut if speech.confirms or not said_something), None)

    def stir(self, now: float) -> None:
        """The caller does something, if they do not speak: nobody asks whether they are still there."""
        self.silences = 0
        if not self.speaking:
            self._rest(now)

    def yield_floor(self) -> bool:
        """Everything but a safety sentence makes room. True when something must be stopped."""
        self._cut, self._waiting = [], []
        return self.speaking and not self.safety_playing

    def overdue(self, now: float) -> bool:
        """True once when nobody has spoken for `wait_s` seconds."""
        if self._quiet_until is None or now < self._quiet_until:
            return False
        if self._playing or self._caller_speaks:
            # Nobody reported the end of it. Forget it, and begin to wait.
            self._playing, self._caller_speaks = {}, False
            self._rest(now)
            return False
        self.silences += 0 if self.patient else 1
        self._rest(now)
        return True

    def silence(self) -> None:
        """The line has nothing more to say or to wait for. What is being played is still reported when it is over."""
        self._cut, self._waiting, self._caller_speaks, self._quiet_until = [], [], False, None

    def _rest(self, now: float) -> None:
        self._quiet_until = None if self._caller_speaks else now + self.wait_s

    def _next(self) -> PlaybackId:
        self._count += 1
        return PlaybackId(f"p{self._count}")
