from triage.v1 import distress_pb2 as _distress_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BeginDrillRequest(_message.Message):
    __slots__ = ("caller_number", "clinic_now")
    CALLER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CLINIC_NOW_FIELD_NUMBER: _ClassVar[int]
    caller_number: str
    clinic_now: str
    def __init__(self, caller_number: _Optional[str] = ..., clinic_now: _Optional[str] = ...) -> None: ...

class BeginDrillResponse(_message.Message):
    __slots__ = ("drill_id",)
    DRILL_ID_FIELD_NUMBER: _ClassVar[int]
    drill_id: str
    def __init__(self, drill_id: _Optional[str] = ...) -> None: ...

class WatchDrillRequest(_message.Message):
    __slots__ = ("drill_id",)
    DRILL_ID_FIELD_NUMBER: _ClassVar[int]
    drill_id: str
    def __init__(self, drill_id: _Optional[str] = ...) -> None: ...

class TimelineEvent(_message.Message):
    __slots__ = ("t", "event", "text", "final", "fixed", "level", "trigger", "quote", "callback_by", "handoff_id", "person", "call_id", "timings_ms")
    class TimingsMsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    T_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    FIXED_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_BY_FIELD_NUMBER: _ClassVar[int]
    HANDOFF_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_MS_FIELD_NUMBER: _ClassVar[int]
    t: float
    event: str
    text: str
    final: bool
    fixed: bool
    level: _distress_pb2.Level
    trigger: str
    quote: str
    callback_by: str
    handoff_id: str
    person: str
    call_id: str
    timings_ms: _containers.ScalarMap[str, float]
    def __init__(self, t: _Optional[float] = ..., event: _Optional[str] = ..., text: _Optional[str] = ..., final: _Optional[bool] = ..., fixed: _Optional[bool] = ..., level: _Optional[_Union[_distress_pb2.Level, str]] = ..., trigger: _Optional[str] = ..., quote: _Optional[str] = ..., callback_by: _Optional[str] = ..., handoff_id: _Optional[str] = ..., person: _Optional[str] = ..., call_id: _Optional[str] = ..., timings_ms: _Optional[_Mapping[str, float]] = ...) -> None: ...
