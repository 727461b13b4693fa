"""Speech as protobuf and back. What comes from the other side is checked here; what leaves is as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from triage.errors import EngineFailed, UsageError
from triage.ids import UtteranceId
from triage.privacy.phi import Phi
from triage.speech.ports import Expectation, HeardEvent, SpeechEnded, SpeechStarted, Transcription, Word
from triage.v1 import speech_pb2 as pb

TEXT_CHARACTERS_MAX = 1_000  # of one sentence to speak: more than a minute
HOTWORDS_MAX = 64
HOTWORD_CHARACTERS_MAX = 64
POSITION_MAX = 1 << 40  # samples: four years


@dataclass(frozen=True, slots=True)
class Start:
    call_id: str  # only to tell log lines apart
    language: str  # primary subtag, or "" for whatever is spoken
    hotwords: str


def primary(language: str) -> str:
    """ "en" of "en-US" (RFC 5646)."""
    return language.split("-")[0].lower()


def hotword_prompt(hotwords: Sequence[str]) -> str:
    """The words as Whisper wants them: before the transcript, as if they had just been said."""
    return ", ".join(word.strip() for word in hotwords if word.strip())


def check_text(text: str) -> None:
    """Raises UsageError for what is too long to be spoken, or nothing."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise UsageError("A text to speak has at most 1,000 characters.")
    if not text.strip():
        raise UsageError("There is nothing to speak.")


def start_of(request: pb.RecognizeRequest | None) -> Start:
    """Raises UsageError when a stream begins otherwise."""
    if request is None or request.WhichOneof("request") != "start":
        raise UsageError("A stream begins with a start.")
    start = request.start
    _check_hotwords(start.hotwords)
    return Start(start.call_id, primary(start.language), hotword_prompt(start.hotwords))


def _check_hotwords(words: Sequence[str]) -> None:
    if len(words) > HOTWORDS_MAX or any(len(word) > HOTWORD_CHARACTERS_MAX for word in words):
        raise UsageError("At most 64 hotwords of at most 64 characters.")


def audio_of(audio: pb.RecognizeAudio, bytes_max: int) -> tuple[int, bytes]:
    """First sample and PCM. Raises UsageError."""
    if len(audio.pcm) % 2 or len(audio.pcm) > bytes_max:
        raise UsageError("Audio is whole 16-bit samples, at most 4 s a message.")
    if not 0 <= audio.first_sample < POSITION_MAX:
        raise UsageError("The position of the audio is impossible.")
    return audio.first_sample, audio.pcm


def hint_of(hint: pb.RecognizeHint) -> tuple[Expectation, str]:
    """The expectation and the caller's own words as a prompt. What a newer core expects and this worker does not know is FREE. Raises
    UsageError."""
    _check_hotwords(hint.hotwords)
    try:
        expectation = Expectation(hint.expectation)
    except ValueError:
        expectation = Expectation.FREE
    return expectation, hotword_prompt(hint.hotwords)


def response(event: HeardEvent) -> pb.RecognizeResponse:
    match event:
        case SpeechStarted(at):
            return pb.RecognizeResponse(started=pb.SpeechStarted(at_sample=at))
        case SpeechEnded(at, decided):
            return pb.RecognizeResponse(ended=pb.SpeechEnded(at_sample=at, decided_at_sample=decided))
        case Transcription():
            return pb.RecognizeResponse(transcription=_transcription(event))
        case _:
            assert_never(event)


def _transcription(heard: Transcription) -> pb.Transcription:
    return pb.Transcription(
        utterance_id=heard.utterance_id,
        text=heard.text.reveal(),
        final=heard.final,
        confidence=heard.confidence,
        no_speech=heard.no_speech,
        language=heard.language,
        start_sample=heard.start_sample,
        end_sample=heard.end_sample,
        words=[
            pb.Word(
                text=word.text.reveal(),
                start_sample=word.start_sample,
                end_sample=word.end_sample,
                probability=word.probability,
            )
            for word in heard.words
        ],
        decode_s=heard.decode_s,
    )


def heard(message: pb.RecognizeResponse) -> HeardEvent:
    """Raises EngineFailed for a message that says nothing."""
    match message.WhichOneof("event"):
        case "started":
            return SpeechStarted(message.started.at_sample)
        case "ended":
            return SpeechEnded(message.ended.at_sample, message.ended.decided_at_sample)
        case "transcription":
            said = message.transcription
            return Transcription(
                UtteranceId(said.utterance_id),
                Phi(said.text),
                said.final,
                said.confidence,
                said.no_speech,
                said.language,
                said.start_sample,
                said.end_sample,
                tuple(Word(Phi(w.text), w.start_sample, w.end_sample, w.probability) for w in said.words),
                said.decode_s,
            )
        case _:
            raise EngineFailed("The speech worker answered nonsense.")
