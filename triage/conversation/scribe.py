"""What the language model is asked during a call, and how long anybody waits for it. Each answer is told to the session; none decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from triage.call.happenings import AskExtract, AskJudge, AskPhrase, Extracted, Judged, Phrased
from triage.clock import Clock
from triage.language.extraction import extract
from triage.language.phrasing import judge, narrate, phrase
from triage.language.ports import Model
from triage.privacy.phi import NOTHING, Phi

NARRATE_WAIT_S, NARRATE_WAITS = 0.5, 12  # for the end of the sentence that was acted on


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds; 0: the model is not asked for this."""

    phrase_s: float = 0.0
    extract_s: float = 0.0
    judge_s: float = 0.0
    narrate_s: float = 0.0


class Scribe:
    """Of one call."""

    def __init__(self, model: Model, deadlines: Deadlines, clock: Clock) -> None:
        self._model, self._deadlines, self._clock = model, deadlines, clock
        self.phrase_ms = 0.0  # the last one took

    async def phrase(self, ask: AskPhrase) -> Phrased:
        if not self._deadlines.phrase_s:
            return Phrased(ask.reply, ask.approved, by_model=False)
        started = self._clock.monotonic()
        phrased = await phrase(self._model, ask.approved.reveal(), ask.heard, deadline_s=self._deadlines.phrase_s)
        self.phrase_ms = (self._clock.monotonic() - started) * 1000
        return Phrased(ask.reply, Phi(phrased.text), phrased.by_model)

    async def extract(self, ask: AskExtract) -> Extracted:
        words, deadline_s = NOTHING, self._deadlines.extract_s
        if deadline_s:
            words = await extract(self._model, ask.question, ask.heard.text, deadline_s)
        return Extracted(ask.reply, words, ask.heard)

    async def judge(self, ask: AskJudge) -> Judged | None:
        """None: no answer, or "routine". Either changes nothing: the soft question stands."""
        deadline_s = self._deadlines.judge_s
        urgent = bool(deadline_s) and await judge(self._model, [ask.heard], deadline_s)
        return Judged(ask.heard, ask.level, True) if urgent else None

    async def narrate(self, heard: Callable[[], Sequence[Phi]], quotes: Sequence[Phi]) -> Phi:
        """Of all that the caller says until the sentence that was acted on has ended; of the `quotes` if nothing else came."""
        for _ in range(NARRATE_WAITS):
            if not quotes or any(quotes[-1].strip() in turn for turn in heard()):
                break
            await asyncio.sleep(NARRATE_WAIT_S)  # acted on in mid-sentence: the rest of it belongs to the summary
        said = heard() or quotes
        return await narrate(self._model, said, self._deadlines.narrate_s) if said else NOTHING
