"""The whole call in turns, as it was heard and as it was really played.

What the line said is a turn only for the part that the caller was sent: a playback that was cut off keeps the words that
fit into the samples played, and says that it was cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from triage.call.events import SAMPLE_RATE_HZ
from triage.privacy.phi import Phi

TURNS_MAX = 400  # a call of an hour at one turn every nine seconds; beyond it the line has long handed over


class Who(Enum):
    CALLER = "caller"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Turn:
    number: int
    who: Who
    text: Phi
    start_s: float  # seconds since answer
    end_s: float
    confidence: float = 1.0
    fixed: bool = False
    cut_off: bool = False


class Transcript:
    def __init__(self) -> None:
        self._turns: list[Turn] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    def heard(self, text: Phi, *, start_s: float, end_s: float, confidence: float) -> Turn:
        return self._add(Turn(len(self._turns) + 1, Who.CALLER, text, start_s, end_s, confidence))

    def said(
        self, text: str, *, at_s: float, samples: int, samples_total: int, fixed: bool, cut_off: bool
    ) -> Turn | None:
        """A finished playback: `samples` of `samples_total` (0: unknown) were sent. None when nothing was heard of it."""
        if samples <= 0:
            return None
        spoken = text
        if cut_off and samples_total > samples:
            words = text.split()
            spoken = " ".join(words[: max(1, int(len(words) * samples / samples_total))])
        end_s = at_s
        start_s = max(0.0, at_s - samples / SAMPLE_RATE_HZ)
        return self._add(
            Turn(len(self._turns) + 1, Who.LINE, Phi(spoken), start_s, end_s, fixed=fixed, cut_off=cut_off)
        )

    def caller_words(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self._turns if turn.who is Who.CALLER)

    def _add(self, turn: Turn) -> Turn:
        if len(self._turns) >= TURNS_MAX:
            # Keep the beginning, which holds the reason for the call, and the newest turns.
            del self._turns[TURNS_MAX // 2]
            turn = replace(turn, number=self._turns[-1].number + 1)
        self._turns.append(turn)
        return turn
