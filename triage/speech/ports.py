"""What the conversation needs of hearing and speaking. Two implementations each: the worker's client and the scripted one.

Sample positions count from the answer, at 8,000 samples a second. PCM is signed 16-bit little-endian, mono, 8 kHz.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from triage.audio.endpointing import Expectation as Expectation
from triage.ids import CallId, UtteranceId
from triage.privacy.phi import Phi


@dataclass(frozen=True, slots=True)
class Word:
    text: Phi
    start_sample: int
    end_sample: int
    probability: float  # 0..1


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    at_sample: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The endpoint: speech ended at `at_sample`, which was known once `decided_at_sample` had been heard."""

    at_sample: int
    decided_at_sample: int


@dataclass(frozen=True, slots=True)
class Transcription:
    utterance_id: UtteranceId
    text: Phi
    final: bool
    confidence: float  # mean word probability, 0..1
    no_speech: float  # probability that nothing was said, 0..1
    language: str
    start_sample: int
    end_sample: int
    words: tuple[Word, ...] = ()
    decode_s: float = 0.0


HeardEvent = SpeechStarted | Transcription | SpeechEnded


class Hearing(Protocol):
    """One call's ears. Methods raise EngineFailed when the recognizer is gone or late."""

    async def feed(self, first_sample: int, pcm: bytes) -> None: ...

    async def hint(self, expectation: Expectation, words: Sequence[str] = ()) -> None:
        """What the line has just asked for, and words of the caller's own that may come again."""
        ...

    async def finish(self) -> None:
        """No more audio comes: what was heard is transcribed to its end, then `events` ends."""
        ...

    def events(self) -> AsyncIterator[HeardEvent]:
        """Ends when the context is left; raises EngineFailed when the recognizer dies."""
        ...


class Recognizer(Protocol):
    def hear(
        self, call_id: CallId, *, language: str, hotwords: Sequence[str]
    ) -> AbstractAsyncContextManager[Hearing]: ...


class Synthesizer(Protocol):
    def speak(self, text: str, *, language: str) -> AsyncIterator[bytes]:
        """PCM as it is rendered. Raises EngineFailed."""
        ...
