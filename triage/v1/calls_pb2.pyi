from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LegState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEG_STATE_UNSPECIFIED: _ClassVar[LegState]
    LEG_STATE_RINGING: _ClassVar[LegState]
    LEG_STATE_ANSWERED: _ClassVar[LegState]
    LEG_STATE_FAILED: _ClassVar[LegState]
    LEG_STATE_ENDED: _ClassVar[LegState]
    LEG_STATE_BRIDGED: _ClassVar[LegState]

class EndReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_REASON_UNSPECIFIED: _ClassVar[EndReason]
    END_REASON_CALLER_HUNG_UP: _ClassVar[EndReason]
    END_REASON_LINE_HUNG_UP: _ClassVar[EndReason]
    END_REASON_MEDIA_TIMEOUT: _ClassVar[EndReason]
    END_REASON_TRANSFERRED: _ClassVar[EndReason]
    END_REASON_ERROR: _ClassVar[EndReason]
LEG_STATE_UNSPECIFIED: LegState
LEG_STATE_RINGING: LegState
LEG_STATE_ANSWERED: LegState
LEG_STATE_FAILED: LegState
LEG_STATE_ENDED: LegState
LEG_STATE_BRIDGED: LegState
END_REASON_UNSPECIFIED: EndReason
END_REASON_CALLER_HUNG_UP: EndReason
END_REASON_LINE_HUNG_UP: EndReason
END_REASON_MEDIA_TIMEOUT: EndReason
END_REASON_TRANSFERRED: EndReason
END_REASON_ERROR: EndReason

class PageCall(_message.Message):
    __slots__ = ("page_id", "uri", "pcm", "ring_s")
    PAGE_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    PCM_FIELD_NUMBER: _ClassVar[int]
    RING_S_FIELD_NUMBER: _ClassVar[int]
    page_id: str
    uri: str
    pcm: bytes
    ring_s: float
    def __init__(self, page_id: _Optional[str] = ..., uri: _Optional[str] = ..., pcm: _Optional[bytes] = ..., ring_s: _Optional[float] = ...) -> None: ...

class PageOutcome(_message.Message):
    __slots__ = ("page_id", "answer", "sip_status")
    class Answer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ANSWER_UNSPECIFIED: _ClassVar[PageOutcome.Answer]
        ANSWER_TAKEN: _ClassVar[PageOutcome.Answer]
        ANSWER_DECLINED: _ClassVar[PageOutcome.Answer]
        ANSWER_NO_KEY: _ClassVar[PageOutcome.Answer]
        ANSWER_NOT_REACHED: _ClassVar[PageOutcome.Answer]
    ANSWER_UNSPECIFIED: PageOutcome.Answer
    ANSWER_TAKEN: PageOutcome.Answer
    ANSWER_DECLINED: PageOutcome.Answer
    ANSWER_NO_KEY: PageOutcome.Answer
    ANSWER_NOT_REACHED: PageOutcome.Answer
    PAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    page_id: str
    answer: PageOutcome.Answer
    sip_status: int
    def __init__(self, page_id: _Optional[str] = ..., answer: _Optional[_Union[PageOutcome.Answer, str]] = ..., sip_status: _Optional[int] = ...) -> None: ...

class FromGateway(_message.Message):
    __slots__ = ("incoming", "audio", "dtmf", "played", "leg", "transfer", "ended", "answered")
    INCOMING_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    DTMF_FIELD_NUMBER: _ClassVar[int]
    PLAYED_FIELD_NUMBER: _ClassVar[int]
    LEG_FIELD_NUMBER: _ClassVar[int]
    TRANSFER_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    incoming: Incoming
    audio: CallerAudio
    dtmf: Dtmf
    played: Played
    leg: LegChanged
    transfer: TransferOutcome
    ended: CallEnded
    answered: CallerAnswered
    def __init__(self, incoming: _Optional[_Union[Incoming, _Mapping]] = ..., audio: _Optional[_Union[CallerAudio, _Mapping]] = ..., dtmf: _Optional[_Union[Dtmf, _Mapping]] = ..., played: _Optional[_Union[Played, _Mapping]] = ..., leg: _Optional[_Union[LegChanged, _Mapping]] = ..., transfer: _Optional[_Union[TransferOutcome, _Mapping]] = ..., ended: _Optional[_Union[CallEnded, _Mapping]] = ..., answered: _Optional[_Union[CallerAnswered, _Mapping]] = ...) -> None: ...

class Incoming(_message.Message):
    __slots__ = ("call_id", "caller_number", "dialed_number", "sip_call_id")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIALED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SIP_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    caller_number: str
    dialed_number: str
    sip_call_id: str
    def __init__(self, call_id: _Optional[str] = ..., caller_number: _Optional[str] = ..., dialed_number: _Optional[str] = ..., sip_call_id: _Optional[str] = ...) -> None: ...

class CallerAnswered(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CallerAudio(_message.Message):
    __slots__ = ("pcm", "first_sample")
    PCM_FIELD_NUMBER: _ClassVar[int]
    FIRST_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    pcm: bytes
    first_sample: int
    def __init__(self, pcm: _Optional[bytes] = ..., first_sample: _Optional[int] = ...) -> None: ...

class Dtmf(_message.Message):
    __slots__ = ("leg_id", "digit", "duration_ms")
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    DIGIT_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    leg_id: str
    digit: str
    duration_ms: int
    def __init__(self, leg_id: _Optional[str] = ..., digit: _Optional[str] = ..., duration_ms: _Optional[int] = ...) -> None: ...

class Played(_message.Message):
    __slots__ = ("playback_id", "samples", "finished", "cut_off")
    PLAYBACK_ID_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    playback_id: str
    samples: int
    finished: bool
    cut_off: bool
    def __init__(self, playback_id: _Optional[str] = ..., samples: _Optional[int] = ..., finished: _Optional[bool] = ..., cut_off: _Optional[bool] = ...) -> None: ...

class LegChanged(_message.Message):
    __slots__ = ("leg_id", "state", "sip_status")
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    leg_id: str
    state: LegState
    sip_status: int
    def __init__(self, leg_id: _Optional[str] = ..., state: _Optional[_Union[LegState, str]] = ..., sip_status: _Optional[int] = ...) -> None: ...

class TransferOutcome(_message.Message):
    __slots__ = ("ok", "sip_status")
    OK_FIELD_NUMBER: _ClassVar[int]
    SIP_STATUS_FIELD_NUMBER: _ClassVar[int]
    ok: bool
    sip_status: int
    def __init__(self, ok: _Optional[bool] = ..., sip_status: _Optional[int] = ...) -> None: ...

class CallEnded(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: EndReason
    def __init__(self, reason: _Optional[_Union[EndReason, str]] = ...) -> None: ...

class ToGateway(_message.Message):
    __slots__ = ("answer", "play", "stop", "dial", "bridge", "drop", "refer", "hang_up", "listen")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    PLAY_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    DIAL_FIELD_NUMBER: _ClassVar[int]
    BRIDGE_FIELD_NUMBER: _ClassVar[int]
    DROP_FIELD_NUMBER: _ClassVar[int]
    REFER_FIELD_NUMBER: _ClassVar[int]
    HANG_UP_FIELD_NUMBER: _ClassVar[int]
    LISTEN_FIELD_NUMBER: _ClassVar[int]
    answer: Answer
    play: Play
    stop: StopPlayback
    dial: Dial
    bridge: Bridge
    drop: DropLeg
    refer: Refer
    hang_up: HangUp
    listen: Listen
    def __init__(self, answer: _Optional[_Union[Answer, _Mapping]] = ..., play: _Optional[_Union[Play, _Mapping]] = ..., stop: _Optional[_Union[StopPlayback, _Mapping]] = ..., dial: _Optional[_Union[Dial, _Mapping]] = ..., bridge: _Optional[_Union[Bridge, _Mapping]] = ..., drop: _Optional[_Union[DropLeg, _Mapping]] = ..., refer: _Optional[_Union[Refer, _Mapping]] = ..., hang_up: _Optional[_Union[HangUp, _Mapping]] = ..., listen: _Optional[_Union[Listen, _Mapping]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Play(_message.Message):
    __slots__ = ("playback_id", "pcm", "last")
    PLAYBACK_ID_FIELD_NUMBER: _ClassVar[int]
    PCM_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    playback_id: str
    pcm: bytes
    last: bool
    def __init__(self, playback_id: _Optional[str] = ..., pcm: _Optional[bytes] = ..., last: _Optional[bool] = ...) -> None: ...

class StopPlayback(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Dial(_message.Message):
    __slots__ = ("leg_id", "uri")
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    leg_id: str
    uri: str
    def __init__(self, leg_id: _Optional[str] = ..., uri: _Optional[str] = ...) -> None: ...

class Bridge(_message.Message):
    __slots__ = ("leg_id",)
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    leg_id: str
    def __init__(self, leg_id: _Optional[str] = ...) -> None: ...

class DropLeg(_message.Message):
    __slots__ = ("leg_id",)
    LEG_ID_FIELD_NUMBER: _ClassVar[int]
    leg_id: str
    def __init__(self, leg_id: _Optional[str] = ...) -> None: ...

class Refer(_message.Message):
    __slots__ = ("uri",)
    URI_FIELD_NUMBER: _ClassVar[int]
    uri: str
    def __init__(self, uri: _Optional[str] = ...) -> None: ...

class HangUp(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Listen(_message.Message):
    __slots__ = ("on",)
    ON_FIELD_NUMBER: _ClassVar[int]
    on: bool
    def __init__(self, on: _Optional[bool] = ...) -> None: ...
