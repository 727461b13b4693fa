"""When an utterance begins and when it is over. Told the voice detector's verdict on each window of 32 ms; asks nothing.

    state      speech (p >= 0.5)     silence (p < 0.35)                        between
    QUIET      BEGINNING             stays                                     stays
    BEGINNING  SPEAKING: Began       QUIET                                     stays
               (third window, or second
               if the two are sure)
    SPEAKING   stays                 PAUSING                                   stays
    PAUSING    SPEAKING: Resumed     Paused once after 0.2 s;                  as silence
                                     QUIET: Ended once patience is over

From SPEAKING and PAUSING alike, an utterance that has grown to its longest is cut where it was quietest lately: Ended and,
at the same sample, Began. Positions are samples at 8 kHz, from the answer.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from triage.audio.pcm import RATE_HZ

WINDOW_SAMPLES = 256  # 32 ms, what the voice detector judges at once
SPEECH_AT = 0.5
SILENCE_BELOW = 0.35
BEGIN_WINDOWS = 3  # 96 ms: a click is no speech, a "no" is
# Two windows that together are so sure are a voice: what the line says stops 32 ms earlier (measured: models/cards/silero-vad.md).
SURE_WINDOWS, SURE_SUM = 2, 1.3
PAUSE_S = 0.2  # from here on what was heard is worth transcribing as if it were all
UTTERANCE_S_MAX = 25.0  # the recogniser takes 30 s at once
CUT_WITHIN_S = 3.0  # how far back the quietest place is looked for
UNFINISHED_PATIENCE_S = 1.2  # after "um", "and", "five": more is coming


class Expectation(Enum):
    """What the line has just asked for: decides how long a pause ends an utterance. Values as in triage.v1.Expectation."""

    FREE = 1
    YES_NO = 2
    NUMBER = 3
    SPELLING = 4


PATIENCE_S: Mapping[Expectation, float] = {
    Expectation.FREE: 0.6,
    Expectation.YES_NO: 0.45,
    Expectation.NUMBER: 1.2,  # people pause between the groups of a number
    Expectation.SPELLING: 1.2,
}


@dataclass(frozen=True, slots=True)
class Began:
    at_sample: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Speech stopped at `at_sample`, perhaps only for breath."""

    at_sample: int


@dataclass(frozen=True, slots=True)
class Resumed:
    at_sample: int


@dataclass(frozen=True, slots=True)
class Ended:
    at_sample: int
    decided_at_sample: int


Event = Began | Paused | Resumed | Ended


class State(Enum):
    QUIET = auto()
    BEGINNING = auto()
    SPEAKING = auto()
    PAUSING = auto()


HESITATIONS = frozenset(
    "um uh er erm hmm mm and but or so because since if when that the a an my his her is are was to of for with at on in "
    "i'm it's like".split()
)
NUMBER_WORDS = frozenset("oh zero one two three four five six seven eight nine double triple".split())
_LAST_WORD = re.compile(r"([\w']+)\W*$")


def unfinished(text: str) -> bool:
    """Does a transcription so far end as if more were coming: in a hesitation, a joining word, a digit, a trailing "..."?"""
    if text.rstrip().endswith(("...", "…", "-", ",")):
        return True
    last = _LAST_WORD.search(text.lower())
    return last is not None and (last[1] in HESITATIONS or last[1] in NUMBER_WORDS or last[1][-1].isdigit())


class Endpointer:
    """Of one call. `window` for each window in turn; `expect` and `transcribed` whenever there is news."""

    def __init__(self) -> None:
        self.state = State.QUIET
        self._expectation = Expectation.FREE
        self._unfinished = False
        self._run = 0  # windows of speech in BEGINNING
        self._sum = 0.0  # of their probabilities
        self._began = 0
        self._stopped = 0  # where speech last stopped
        self._paused = False
        self._recent: deque[tuple[float, int]] = deque(maxlen=round(CUT_WITHIN_S * RATE_HZ / WINDOW_SAMPLES))

    @property
    def patience_s(self) -> float:
        """How long a pause now ends the utterance."""
        patience = PATIENCE_S[self._expectation]
        return max(patience, UNFINISHED_PATIENCE_S) if self._unfinished else patience

    def expect(self, expectation: Expectation) -> None:
        self._expectation = expectation

    def transcribed(self, text: str) -> None:
        """The newest transcription of the utterance in progress."""
        self._unfinished = unfinished(text)

    def window(self, speech: float, end_sample: int) -> tuple[Event, ...]:
        """`speech`: the probability, 0..1, that the window of WINDOW_SAMPLES ending before `end_sample` holds speech."""
        first = end_sample - WINDOW_SAMPLES
        match self.state:
            case State.QUIET | State.BEGINNING:
                return self._waiting(speech, first)
            case State.SPEAKING | State.PAUSING:
                self._recent.append((speech, end_sample))
                if end_sample - self._began >= UTTERANCE_S_MAX * RATE_HZ:
                    return self._cut(end_sample)
                return self._speaking(speech, first, end_sample)

    def stop(self, at_sample: int) -> tuple[Event, ...]:
        """No more audio: an utterance in progress ends."""
        if self.state is State.SPEAKING:
            self._stopped = at_sample
        if self.state in (State.SPEAKING, State.PAUSING):
            return self._end(at_sample)
        self.state, self._run = State.QUIET, 0
        return ()

    def _waiting(self, speech: float, first: int) -> tuple[Event, ...]:
        if speech < SILENCE_BELOW:
            self.state, self._run = State.QUIET, 0
            return ()
        if speech < SPEECH_AT:
            return ()
        if self.state is State.QUIET:
            self.state, self._began, self._sum = State.BEGINNING, first, 0.0
        self._run += 1
        self._sum += speech
        if self._run < (SURE_WINDOWS if self._sum >= SURE_SUM else BEGIN_WINDOWS):
            return ()
        self.state, self._run, self._unfinished = State.SPEAKING, 0, False
        self._recent.clear()
        return (Began(self._began),)

    def _speaking(self, speech: float, first: int, end_sample: int) -> tuple[Event, ...]:
        if speech >= SPEECH_AT:
            was_paused, self._paused = self._paused, False
            self.state = State.SPEAKING
            return (Resumed(first),) if was_paused else ()
        if self.state is State.SPEAKING:
            if speech < SILENCE_BELOW:
                self.state, self._stopped = State.PAUSING, first
            return ()
        silence_s = (end_sample - self._stopped) / RATE_HZ
        if silence_s >= self.patience_s:
            return self._end(end_sample)
        if silence_s >= PAUSE_S and not self._paused:
            self._paused = True
            return (Paused(self._stopped),)
        return ()

    def _end(self, decided_at: int) -> tuple[Event, ...]:
        self.state, self._paused = State.QUIET, False
        return (Ended(self._stopped, decided_at),)

    def _cut(self, end_sample: int) -> tuple[Event, ...]:
        _, at = min(self._recent, key=lambda window: (window[0], -window[1]))
        self._began, self._unfinished = at, False
        self._recent = deque((w for w in self._recent if w[1] > at), maxlen=self._recent.maxlen)
        self.state, self._paused = State.SPEAKING, False
        return (Ended(at, end_sample), Began(at))
