from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Expectation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXPECTATION_UNSPECIFIED: _ClassVar[Expectation]
    EXPECTATION_FREE: _ClassVar[Expectation]
    EXPECTATION_YES_NO: _ClassVar[Expectation]
    EXPECTATION_NUMBER: _ClassVar[Expectation]
    EXPECTATION_SPELLING: _ClassVar[Expectation]
EXPECTATION_UNSPECIFIED: Expectation
EXPECTATION_FREE: Expectation
EXPECTATION_YES_NO: Expectation
EXPECTATION_NUMBER: Expectation
EXPECTATION_SPELLING: Expectation

class RecognizeRequest(_message.Message):
    __slots__ = ("start", "audio", "hint")
    START_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    start: RecognizeStart
    audio: RecognizeAudio
    hint: RecognizeHint
    def __init__(self, start: _Optional[_Union[RecognizeStart, _Mapping]] = ..., audio: _Optional[_Union[RecognizeAudio, _Mapping]] = ..., hint: _Optional[_Union[RecognizeHint, _Mapping]] = ...) -> None: ...

class RecognizeStart(_message.Message):
    __slots__ = ("call_id", "language", "hotwords")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    HOTWORDS_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    language: str
    hotwords: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, call_id: _Optional[str] = ..., language: _Optional[str] = ..., hotwords: _Optional[_Iterable[str]] = ...) -> None: ...

class RecognizeAudio(_message.Message):
    __slots__ = ("pcm", "first_sample")
    PCM_FIELD_NUMBER: _ClassVar[int]
    FIRST_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    pcm: bytes
    first_sample: int
    def __init__(self, pcm: _Optional[bytes] = ..., first_sample: _Optional[int] = ...) -> None: ...

class RecognizeHint(_message.Message):
    __slots__ = ("expectation", "hotwords")
    EXPECTATION_FIELD_NUMBER: _ClassVar[int]
    HOTWORDS_FIELD_NUMBER: _ClassVar[int]
    expectation: Expectation
    hotwords: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, expectation: _Optional[_Union[Expectation, str]] = ..., hotwords: _Optional[_Iterable[str]] = ...) -> None: ...

class RecognizeResponse(_message.Message):
    __slots__ = ("started", "transcription", "ended")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    started: SpeechStarted
    transcription: Transcription
    ended: SpeechEnded
    def __init__(self, started: _Optional[_Union[SpeechStarted, _Mapping]] = ..., transcription: _Optional[_Union[Transcription, _Mapping]] = ..., ended: _Optional[_Union[SpeechEnded, _Mapping]] = ...) -> None: ...

class SpeechStarted(_message.Message):
    __slots__ = ("at_sample",)
    AT_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    at_sample: int
    def __init__(self, at_sample: _Optional[int] = ...) -> None: ...

class SpeechEnded(_message.Message):
    __slots__ = ("at_sample", "decided_at_sample")
    AT_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    at_sample: int
    decided_at_sample: int
    def __init__(self, at_sample: _Optional[int] = ..., decided_at_sample: _Optional[int] = ...) -> None: ...

class Transcription(_message.Message):
    __slots__ = ("utterance_id", "text", "final", "confidence", "no_speech", "language", "start_sample", "end_sample", "words", "decode_s")
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    NO_SPEECH_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    START_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    END_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    DECODE_S_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    text: str
    final: bool
    confidence: float
    no_speech: float
    language: str
    start_sample: int
    end_sample: int
    words: _containers.RepeatedCompositeFieldContainer[Word]
    decode_s: float
    def __init__(self, utterance_id: _Optional[str] = ..., text: _Optional[str] = ..., final: _Optional[bool] = ..., confidence: _Optional[float] = ..., no_speech: _Optional[float] = ..., language: _Optional[str] = ..., start_sample: _Optional[int] = ..., end_sample: _Optional[int] = ..., words: _Optional[_Iterable[_Union[Word, _Mapping]]] = ..., decode_s: _Optional[float] = ...) -> None: ...

class Word(_message.Message):
    __slots__ = ("text", "start_sample", "end_sample", "probability")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    END_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    text: str
    start_sample: int
    end_sample: int
    probability: float
    def __init__(self, text: _Optional[str] = ..., start_sample: _Optional[int] = ..., end_sample: _Optional[int] = ..., probability: _Optional[float] = ...) -> None: ...

class SynthesizeRequest(_message.Message):
    __slots__ = ("text", "language")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    text: str
    language: str
    def __init__(self, text: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class SynthesizeResponse(_message.Message):
    __slots__ = ("pcm",)
    PCM_FIELD_NUMBER: _ClassVar[int]
    pcm: bytes
    def __init__(self, pcm: _Optional[bytes] = ...) -> None: ...
