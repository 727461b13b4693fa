"""A recogniser and a voice without engines, for whole calls on virtual time.

`spoken("my chest hurts")` is PCM that carries its words as sample values, as long as speaking them would take. A
ScriptedRecognizer reads them out of whatever audio reaches it, through any scripted telephone, and gives partials, endpoint
and final at the samples where a real one would. A test may also say directly what was heard:

    ears = ScriptedRecognizer()
    ...
    await ears.of(call_id).hears("my chest hurts", final=True)

Both stand-ins can be killed (`kill`, `revive`) and slowed down (`delay_s`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from triage.audio.endpointing import PATIENCE_S, unfinished
from triage.audio.pcm import RATE_HZ
from triage.errors import EngineFailed
from triage.ids import CallId, UtteranceId
from triage.privacy.phi import Phi
from triage.speech.ports import Expectation, HeardEvent, Hearing, SpeechEnded, SpeechStarted, Transcription, Word

WORD_SAMPLES = 2_560  # 320 ms a word, as in unhurried speech
WORD_BYTES_MAX = 255
MARK = 12_345  # the first sample of each word
FILL = 777  # anything but silence
SPEECH_SAMPLES_A_CHARACTER = 520  # 65 ms: Piper's pace
PIECE_SAMPLES = 1_600
EVENTS_MAX = 10_000
GONE = "The speech worker is gone."


def spoken(text: str, *, confidence: float = 0.95) -> bytes:
    """PCM of a caller who says this: WORD_SAMPLES for each word, no silence around."""
    audio = bytearray()
    for word in text.split():
        data = word.encode()
        if len(data) > WORD_BYTES_MAX:
            raise ValueError("a word is too long to be spoken")
        samples = np.full(WORD_SAMPLES, FILL, "<i2")
        samples[:3] = (MARK, len(data), round(confidence * 1000) + 1)
        samples[3 : 3 + len(data)] = np.frombuffer(data, np.uint8).astype("<i2") + 1
        audio += samples.tobytes()
    return bytes(audio)


class ScriptedHearing:
    """One call's ears."""

    def __init__(self, owner: ScriptedRecognizer, call_id: CallId, hotwords: Sequence[str]) -> None:
        self._owner = owner
        self.call_id = call_id
        self.hotwords = tuple(hotwords)
        self.hints: list[Expectation] = []
        self.position = 0  # samples heard
        self._words: list[Word] = []
        self._rest: NDArray[np.int16] = np.zeros(0, np.int16)
        self._silence = 0  # samples since the last word
        self._count = 0
        self._begun = -1  # first sample of the utterance, -1 between utterances
        self._events: asyncio.Queue[HeardEvent | EngineFailed | None] = asyncio.Queue(EVENTS_MAX)

    # the port

    async def feed(self, first_sample: int, pcm: bytes) -> None:
        self._owner.check()
        if first_sample > self.position:
            self._rest = np.zeros(0, np.int16)
        self.position = first_sample + len(pcm) // 2
        self._rest = np.concatenate((self._rest, np.frombuffer(pcm, "<i2").astype(np.int16)))
        while len(self._rest):
            if not self._take():
                return

    async def hint(self, expectation: Expectation, words: Sequence[str] = ()) -> None:
        self._owner.check()
        self.hints.append(expectation)

    async def finish(self) -> None:
        self._owner.check()
        self._end()
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[HeardEvent]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, EngineFailed):
                raise event
            if self._owner.delay_s and isinstance(event, Transcription):
                await asyncio.sleep(self._owner.delay_s)
            yield event

    # what a test says was heard

    async def hears(self, text: str, *, final: bool = True, confidence: float = 0.95, no_speech: float = 0.02) -> None:
        """As if the caller had just said this: start, endpoint and final, or start and partial."""
        self._owner.check()
        if self._begun < 0:
            self._start(self.position)
        self._words = [Word(Phi(word), self._begun, self.position, confidence) for word in text.split()]
        if final:
            self._end(no_speech=no_speech)
        else:
            self._say(final=False, end_sample=self.position)
        await asyncio.sleep(0)

    async def starts(self) -> None:
        """The caller begins to speak: barge-in."""
        self._owner.check()
        self._start(self.position)
        await asyncio.sleep(0)

    # how it hears `spoken` audio

    def fail(self) -> None:
        self._events.put_nowait(EngineFailed(GONE))

    def _take(self) -> bool:
        """Takes a word or a stretch of silence off the front; False when more audio is needed."""
        at = self.position - len(self._rest)
        if self._rest[0] != MARK:
            marks = np.flatnonzero(self._rest == MARK)
            count = int(marks[0]) if marks.size else len(self._rest)
            self._rest = self._rest[count:]
            self._pause(count, at + count)
            return True
        if self._begun < 0:
            self._start(at)
        if len(self._rest) < WORD_SAMPLES:
            return False
        length, confidence = int(self._rest[1]), (int(self._rest[2]) - 1) / 1000
        text = (self._rest[3 : 3 + length] - 1).astype(np.uint8).tobytes().decode()
        self._rest = self._rest[WORD_SAMPLES:]
        self._silence = 0
        self._words.append(Word(Phi(text), at, at + WORD_SAMPLES, confidence))
        self._say(final=False, end_sample=at + WORD_SAMPLES)
        return True

    def _pause(self, samples: int, now_sample: int) -> None:
        if self._begun < 0:
            return
        self._silence += samples
        patience = PATIENCE_S[self.hints[-1] if self.hints else Expectation.FREE]
        if unfinished(self._text):
            patience = max(patience, PATIENCE_S[Expectation.NUMBER])
        if self._silence >= patience * RATE_HZ:
            self._end(decided_at=now_sample)

    @property
    def _text(self) -> str:
        return " ".join(word.text.reveal() for word in self._words)

    def _start(self, at: int) -> None:
        self._begun, self._words, self._silence = at, [], 0
        self._count += 1
        self._events.put_nowait(SpeechStarted(at))

    def _end(self, *, decided_at: int | None = None, no_speech: float = 0.02) -> None:
        if self._begun < 0:
            return
        end = self._words[-1].end_sample if self._words else self.position
        self._events.put_nowait(SpeechEnded(end, self.position if decided_at is None else decided_at))
        self._say(final=True, end_sample=end, no_speech=no_speech)
        self._begun = -1

    def _say(self, *, final: bool, end_sample: int, no_speech: float = 0.02) -> None:
        confidence = sum(word.probability for word in self._words) / max(1, len(self._words))
        said = Transcription(
            UtteranceId(f"{self.call_id}-{self._count}"),
            Phi(self._text),
            final,
            confidence,
            no_speech,
            "en",
            self._begun,
            end_sample,
            tuple(self._words),
            self._owner.delay_s,
        )
        self._events.put_nowait(said)


class ScriptedRecognizer:
    """Implements triage.speech.ports.Recognizer. `delay_s`: how long each transcription takes; `heard`: every call's ears."""

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.dead = False
        self.heard: list[ScriptedHearing] = []
        self._open: list[ScriptedHearing] = []
        self._news = asyncio.Event()

    @asynccontextmanager
    async def hear(self, call_id: CallId, *, language: str, hotwords: Sequence[str]) -> AsyncIterator[Hearing]:
        self.check()
        hearing = ScriptedHearing(self, call_id, hotwords)
        self.heard.append(hearing)
        self._open.append(hearing)
        self._news.set()
        try:
            yield hearing
        finally:
            self._open.remove(hearing)

    async def of(self, call_id: CallId | None = None) -> ScriptedHearing:
        """The newest ears of a call (of any, by default), waited for."""
        while True:
            for hearing in reversed(self._open):
                if call_id in (None, hearing.call_id):
                    return hearing
            self._news.clear()
            await self._news.wait()

    def kill(self) -> None:
        """As kill -9: open streams fail, and every later use, until `revive`."""
        self.dead = True
        for hearing in self._open:
            hearing.fail()

    def revive(self) -> None:
        self.dead = False

    def check(self) -> None:
        if self.dead:
            raise EngineFailed(GONE)


class ScriptedSynthesizer:
    """Implements triage.speech.ports.Synthesizer: a tone for each text, as long as speaking it would take. `said` holds the
    texts; `delay_s` is the time to the first audio; `dies_after` pieces it is gone."""

    def __init__(self, *, delay_s: float = 0.0, dies_after: int | None = None) -> None:
        self.delay_s = delay_s
        self.dies_after = dies_after
        self.dead = False
        self.said: list[str] = []

    async def speak(self, text: str, *, language: str) -> AsyncIterator[bytes]:
        self._check()
        self.said.append(text)
        await asyncio.sleep(self.delay_s)
        left = max(1, len(text)) * SPEECH_SAMPLES_A_CHARACTER
        pieces = 0
        while left > 0:
            self._check()
            if self.dies_after is not None and pieces >= self.dies_after:
                raise EngineFailed(GONE)
            count = min(PIECE_SAMPLES, left)
            yield np.full(count, FILL, "<i2").tobytes()
            left, pieces = left - count, pieces + 1

    def kill(self) -> None:
        self.dead = True

    def revive(self) -> None:
        self.dead = False

    def _check(self) -> None:
        if self.dead:
            raise EngineFailed(GONE)
