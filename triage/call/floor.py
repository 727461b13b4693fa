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

PLAYBACK_S_MAX = 45.0  # the longest sentence takes 20 s; a playback never reported as over counts as over


@dataclass(frozen=True, slots=True)
class Speech:
    playback_id: PlaybackId
    text: Phi
    fixed: str = ""  # key of a signed sentence
    safety: bool = False  # may not be cut off
    language: str = ""


class Floor:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._count = 0
        self._playing: dict[PlaybackId, Speech] = {}
        self._cut: list[Speech] = []
        self._caller_speaks = False
        self._quiet_until: float | None = None
        self.wait_s = rules.silence_s
        self.silences = 0  # in a row
        self.patient = False  # on a relay call somebody types: no barge-in, and silence means nothing

    @property
    def deadline(self) -> float | None:
        return self._quiet_until

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

    def free(self, text: Phi) -> Speech:
        return Speech(self._next(), text, language=self.rules.language)

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
        self._quiet_until = now + PLAYBACK_S_MAX
        return self.speaking and not self.safety_playing and not self.patient

    def caller_finished(self, now: float, *, said_something: bool) -> Speech | None:
        """What must be said again, because the interruption was none."""
        self._caller_speaks = False
        cut, self._cut = self._cut, []
        if said_something:
            self.silences = 0
        if not self.speaking:
            self._rest(now)
        return self.again(cut[0]) if cut and not said_something else None

    def yield_floor(self) -> bool:
        """Everything but a safety sentence makes room. True when something must be stopped."""
        self._cut = []
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
        self._cut, self._caller_speaks, self._quiet_until = [], False, None

    def _rest(self, now: float) -> None:
        self._quiet_until = None if self._caller_speaks else now + self.wait_s

    def _next(self) -> PlaybackId:
        self._count += 1
        return PlaybackId(f"p{self._count}")
