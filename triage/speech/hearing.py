"""One call's ears inside the worker: audio to voice detector, endpoints, partials, one final an utterance.

Each utterance gives SpeechStarted, then SpeechEnded, then exactly one final (empty when nothing was said after all), with
partials between. A final is usually ready when the endpoint is: decoding begins at the first 0.2 s of pause, and its result
stands if the caller does not go on.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol, assert_never

import numpy as np

from triage.audio import endpointing as ep
from triage.audio.pcm import RATE_HZ, Samples, to_samples
from triage.errors import EngineFailed
from triage.ids import UtteranceId, new_hex
from triage.privacy.phi import Phi
from triage.speech.ports import Expectation, HeardEvent, SpeechEnded, SpeechStarted, Transcription, Word
from triage.speech.whisper import Decoded

PAD_SAMPLES = 2_400  # 0.3 s before and after: soft onsets that the detector missed
GAP_SAMPLES_MAX = 8_000  # audio missing for longer than 1 s ends the utterance; less is taken for silence
KEPT_SAMPLES = 8_000  # of what lies before an utterance
DECODES_WAITING_MAX = 64  # two of each of 32 calls; more means that decoding does not keep up
FINAL_S_MAX = 10.0  # for a final, waiting included; later the caller has long been in silence
FINALS_WAITING_MAX = 8  # utterances of one call whose final is not out yet
_PUNCTUATION = re.compile(r"[^\w']+")


class Detector(Protocol):
    def push(self, samples: Samples) -> list[float]: ...


class Engine(Protocol):
    def decode(self, samples: Samples, *, language: str, hotwords: str, thorough: bool) -> Decoded: ...


class Decoders:
    """`workers` threads, 2 at least: one that partials may use and one that only a final gets."""

    def __init__(self, engine: Engine, workers: int, *, final_s_max: float = FINAL_S_MAX) -> None:
        self._engine = engine
        self._final_s_max = final_s_max
        self._workers = max(2, workers)
        self._threads = ThreadPoolExecutor(self._workers, "decode")
        self._busy = 0  # running and waiting

    @property
    def spare(self) -> bool:
        """May a partial run now, without a final having to wait for it?"""
        return self._busy < self._workers - 1

    @property
    def idle(self) -> bool:
        """Is any thread free at all? Enough for what will probably become a final."""
        return self._busy < self._workers

    async def decode(self, samples: Samples, *, language: str, hotwords: str, thorough: bool) -> Decoded:
        """Raises EngineFailed when too many wait, or when it takes longer than FINAL_S_MAX."""
        if self._busy >= DECODES_WAITING_MAX:
            raise EngineFailed("The recogniser does not keep up.")
        self._busy += 1
        future = asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: self._engine.decode(samples, language=language, hotwords=hotwords, thorough=thorough),
        )
        future.add_done_callback(self._done)  # a thread stays taken, even when nobody waits for it any more
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._final_s_max)
        except TimeoutError:
            raise EngineFailed("The recogniser is late.") from None

    def _done(self, future: asyncio.Future[Decoded]) -> None:
        self._busy -= 1
        if not future.cancelled():
            future.exception()  # whoever waited has it; nobody else needs to be told

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Agreement:
    """LocalAgreement-2 (Machacek et al. 2023): of two hypotheses in turn, the words on which both agree from the beginning.
    What has been agreed on does not shrink."""

    def __init__(self) -> None:
        self._last: Sequence[str] = ()
        self.agreed: tuple[str, ...] = ()

    def push(self, text: str) -> bool:
        """Did the agreed words grow?"""
        words = text.split()
        same = takewhile(lambda pair: _bare(pair[0]) == _bare(pair[1]), zip(words, self._last, strict=False))
        agreed = tuple(word for word, _ in same)
        self._last = words
        if len(agreed) <= len(self.agreed):
            return False
        self.agreed = agreed
        return True


@dataclass(slots=True)
class _Utterance:
    first_sample: int
    partial_due: int  # sample from which the next partial may be decoded
    id: UtteranceId = field(default_factory=lambda: UtteranceId(new_hex()))
    agreement: Agreement = field(default_factory=Agreement)
    decoding: bool = False  # a partial is under way
    early: asyncio.Task[Decoded | None] | None = None  # the final, begun at a pause
    early_for: int = -1  # where speech had stopped


@dataclass(frozen=True, slots=True)
class _Due:
    utterance: _Utterance
    end_sample: int
    audio: Samples = field(repr=False)


class CallHearing:
    """`emit` is called on the loop, in order. `group` holds the decodes; `finals` must run in it until `finish` is through."""

    def __init__(
        self,
        detector: Callable[[], Detector],
        detecting: Executor,
        decoders: Decoders,
        emit: Callable[[HeardEvent], None],
        group: asyncio.TaskGroup,
        *,
        language: str,
        hotwords: str,
        partial_every_s: float,
    ) -> None:
        self._new_detector = detector
        self._detector = detector()
        self._detecting = detecting
        self._decoders = decoders
        self._emit = emit
        self._group = group
        self._language = language
        self._hotwords = hotwords
        self._own_words = ""
        self._partial_every = round(partial_every_s * RATE_HZ)
        self._endpointer = ep.Endpointer()
        self._audio: Samples = np.zeros(0, np.float32)
        self._base = 0  # position of the first sample in _audio
        self._judged = 0  # up to where the detector has judged
        self._floor = 0  # no utterance begins before: the end of the last
        self._begun = False
        self._utterance: _Utterance | None = None
        self._due: asyncio.Queue[_Due | None] = asyncio.Queue(FINALS_WAITING_MAX)

    @property
    def _position(self) -> int:
        return self._base + len(self._audio)

    def hint(self, expectation: Expectation, words: str = "") -> None:
        """`words`: of the caller's own, heard more easily from now on, before the clinic's."""
        self._endpointer.expect(expectation)
        self._own_words = words

    async def feed(self, first_sample: int, pcm: bytes) -> None:
        """Audio heard twice is skipped; audio that is missing is silence, or ends the utterance. Raises EngineFailed when
        finals do not keep up."""
        samples = to_samples(pcm)
        missing = first_sample - self._position
        if not self._begun or missing > GAP_SAMPLES_MAX:
            self._begin_at(first_sample)
        elif missing > 0:
            samples = np.concatenate((np.zeros(missing, np.float32), samples))
        else:
            samples = samples[-missing:]
        loop = asyncio.get_running_loop()
        verdicts = await loop.run_in_executor(self._detecting, self._detector.push, samples)
        self._audio = np.concatenate((self._audio, samples))
        for speech in verdicts:
            self._judged += ep.WINDOW_SAMPLES
            self._handle(self._endpointer.window(speech, self._judged))
        self._forget()
        self._partial_if_due()

    async def finish(self) -> None:
        """What was being said ends here. `finals` returns once its final is out."""
        self._handle(self._endpointer.stop(self._position))
        await self._due.put(None)

    async def finals(self) -> None:
        """Emits each utterance's final, in their order, until `finish`. Raises EngineFailed."""
        while (due := await self._due.get()) is not None:
            utterance = due.utterance
            decoded = await utterance.early if utterance.early else None
            if decoded is None:
                decoded = await self._decode(due.audio, thorough=True)
            self._emit(_transcription(utterance, decoded, due.end_sample, final=True))

    def _begin_at(self, first_sample: int) -> None:
        self._handle(self._endpointer.stop(self._position))
        self._detector = self._new_detector()
        self._audio = np.zeros(0, np.float32)
        self._base = self._judged = self._floor = first_sample
        self._begun = True

    def _handle(self, events: tuple[ep.Event, ...]) -> None:
        for event in events:
            match event:
                case ep.Began(at):
                    first = max(self._floor, at - PAD_SAMPLES, self._base)
                    self._utterance = _Utterance(first, partial_due=at + self._partial_every)
                    self._emit(SpeechStarted(at))
                case ep.Paused(at):
                    self._decode_early(at)
                case ep.Resumed():
                    self._drop_early()
                case ep.Ended(at, decided):
                    self._end(at, decided)
                case _:
                    assert_never(event)

    def _end(self, at: int, decided: int) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return
        if utterance.early_for != at:
            utterance.early = None
        end = min(at + PAD_SAMPLES, self._position) if decided > at else at
        if self._endpointer.state is ep.State.SPEAKING:
            end = at  # cut in mid-speech: what follows belongs to the next
        self._floor = end
        self._emit(SpeechEnded(at, decided))
        try:
            self._due.put_nowait(_Due(utterance, at, self._between(utterance.first_sample, end)))
        except asyncio.QueueFull:
            raise EngineFailed("The recogniser does not keep up.") from None

    def _decode_early(self, at: int) -> None:
        utterance = self._utterance
        if utterance is None or not self._decoders.idle or not self._due.empty():
            return
        utterance.early_for = at
        audio = self._between(utterance.first_sample, min(at + PAD_SAMPLES, self._position))
        utterance.early = self._group.create_task(self._early(utterance, audio, at))

    def _drop_early(self) -> None:
        if self._utterance is not None:
            self._utterance.early, self._utterance.early_for = None, -1

    async def _early(self, utterance: _Utterance, audio: Samples, at: int) -> Decoded | None:
        try:
            decoded = await self._decode(audio, thorough=True)
        except EngineFailed:
            return None  # the final tries again
        if self._utterance is utterance and utterance.early_for == at:
            self._endpointer.transcribed(decoded.text.reveal())
            if decoded.text:
                utterance.agreement.agreed = tuple(decoded.text.reveal().split())
                self._emit(_transcription(utterance, decoded, at, final=False))
        return decoded

    def _partial_if_due(self) -> None:
        utterance = self._utterance
        if (
            utterance is None
            or utterance.decoding
            or utterance.early_for >= 0
            or self._position < utterance.partial_due
            or not self._due.empty()
            or not self._decoders.spare
        ):
            return
        utterance.decoding = True
        audio = self._between(utterance.first_sample, self._position)
        self._group.create_task(self._partial(utterance, audio, self._position))

    async def _partial(self, utterance: _Utterance, audio: Samples, at: int) -> None:
        try:
            decoded = await self._decode(audio, thorough=False)
        except EngineFailed:
            return  # partials go first when there is too much to do; the final fails the call if it must
        finally:
            utterance.decoding = False
        # Long utterances take longer to decode: never spend more time decoding one caller than the caller speaks.
        utterance.partial_due = at + max(self._partial_every, 2 * round(decoded.decode_s * RATE_HZ))
        if self._utterance is not utterance or utterance.early_for >= 0:
            return
        self._endpointer.transcribed(decoded.text.reveal())
        if utterance.agreement.push(decoded.text.reveal()):
            self._emit(_transcription(utterance, decoded, at, final=False))

    async def _decode(self, audio: Samples, *, thorough: bool) -> Decoded:
        words = ", ".join(filter(None, (self._own_words, self._hotwords)))
        return await self._decoders.decode(audio, language=self._language, hotwords=words, thorough=thorough)

    def _between(self, first: int, end: int) -> Samples:
        return self._audio[max(0, first - self._base) : max(0, end - self._base)].copy()

    def _forget(self) -> None:
        keep_from = self._utterance.first_sample if self._utterance else self._position - KEPT_SAMPLES
        if (surplus := keep_from - self._base) > KEPT_SAMPLES:
            self._audio = self._audio[surplus:].copy()
            self._base += surplus


def _bare(word: str) -> str:
    return _PUNCTUATION.sub("", word).lower()


def _transcription(utterance: _Utterance, decoded: Decoded, end_sample: int, *, final: bool) -> Transcription:
    """A partial says only what is agreed on."""
    agreed = len(utterance.agreement.agreed)
    text = decoded.text if final else Phi(" ".join(utterance.agreement.agreed))
    words = decoded.words if final else decoded.words[:agreed]
    return Transcription(
        utterance.id,
        text,
        final,
        decoded.confidence,
        decoded.no_speech,
        decoded.language,
        utterance.first_sample,
        end_sample,
        tuple(
            Word(
                word.text,
                utterance.first_sample + round(word.start_s * RATE_HZ),
                utterance.first_sample + round(word.end_s * RATE_HZ),
                word.probability,
            )
            for word in words
        ),
        decoded.decode_s,
    )
