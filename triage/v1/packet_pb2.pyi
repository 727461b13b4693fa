from triage.v1 import distress_pb2 as _distress_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HandoffPacket(_message.Message):
    __slots__ = ("version", "handoff_id", "call_id", "made_at_ms", "drill", "situation", "background", "assessment", "recommendation", "conversation", "distress_curve", "said_and_promised", "versions")
    class VersionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HANDOFF_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    MADE_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DRILL_FIELD_NUMBER: _ClassVar[int]
    SITUATION_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    RECOMMENDATION_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    DISTRESS_CURVE_FIELD_NUMBER: _ClassVar[int]
    SAID_AND_PROMISED_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    version: int
    handoff_id: str
    call_id: str
    made_at_ms: int
    drill: bool
    situation: Situation
    background: Background
    assessment: str
    recommendation: Recommendation
    conversation: _containers.RepeatedCompositeFieldContainer[PacketTurn]
    distress_curve: _containers.RepeatedCompositeFieldContainer[DistressPoint]
    said_and_promised: _containers.RepeatedScalarFieldContainer[str]
    versions: _containers.ScalarMap[str, str]
    def __init__(self, version: _Optional[int] = ..., handoff_id: _Optional[str] = ..., call_id: _Optional[str] = ..., made_at_ms: _Optional[int] = ..., drill: _Optional[bool] = ..., situation: _Optional[_Union[Situation, _Mapping]] = ..., background: _Optional[_Union[Background, _Mapping]] = ..., assessment: _Optional[str] = ..., recommendation: _Optional[_Union[Recommendation, _Mapping]] = ..., conversation: _Optional[_Iterable[_Union[PacketTurn, _Mapping]]] = ..., distress_curve: _Optional[_Iterable[_Union[DistressPoint, _Mapping]]] = ..., said_and_promised: _Optional[_Iterable[str]] = ..., versions: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Situation(_message.Message):
    __slots__ = ("level", "triggers", "narrative")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    NARRATIVE_FIELD_NUMBER: _ClassVar[int]
    level: _distress_pb2.Level
    triggers: _containers.RepeatedCompositeFieldContainer[TriggerHit]
    narrative: str
    def __init__(self, level: _Optional[_Union[_distress_pb2.Level, str]] = ..., triggers: _Optional[_Iterable[_Union[TriggerHit, _Mapping]]] = ..., narrative: _Optional[str] = ...) -> None: ...

class TriggerHit(_message.Message):
    __slots__ = ("trigger", "level", "quote", "at_s", "confidence", "reason")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    QUOTE_FIELD_NUMBER: _ClassVar[int]
    AT_S_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    trigger: str
    level: _distress_pb2.Level
    quote: str
    at_s: float
    confidence: float
    reason: str
    def __init__(self, trigger: _Optional[str] = ..., level: _Optional[_Union[_distress_pb2.Level, str]] = ..., quote: _Optional[str] = ..., at_s: _Optional[float] = ..., confidence: _Optional[float] = ..., reason: _Optional[str] = ...) -> None: ...

class Background(_message.Message):
    __slots__ = ("caller_number", "callback_number", "entities", "asked", "answered", "denied", "not_asked", "earlier")
    CALLER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    DENIED_FIELD_NUMBER: _ClassVar[int]
    NOT_ASKED_FIELD_NUMBER: _ClassVar[int]
    EARLIER_FIELD_NUMBER: _ClassVar[int]
    caller_number: str
    callback_number: str
    entities: _containers.RepeatedCompositeFieldContainer[Entity]
    asked: _containers.RepeatedScalarFieldContainer[str]
    answered: _containers.RepeatedScalarFieldContainer[str]
    denied: _containers.RepeatedScalarFieldContainer[str]
    not_asked: _containers.RepeatedScalarFieldContainer[str]
    earlier: str
    def __init__(self, caller_number: _Optional[str] = ..., callback_number: _Optional[str] = ..., entities: _Optional[_Iterable[_Union[Entity, _Mapping]]] = ..., asked: _Optional[_Iterable[str]] = ..., answered: _Optional[_Iterable[str]] = ..., denied: _Optional[_Iterable[str]] = ..., not_asked: _Optional[_Iterable[str]] = ..., earlier: _Optional[str] = ...) -> None: ...

class Entity(_message.Message):
    __slots__ = ("kind", "value", "turn", "confidence")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    turn: int
    confidence: float
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ..., turn: _Optional[int] = ..., confidence: _Optional[float] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ("route", "callback_by")
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_BY_FIELD_NUMBER: _ClassVar[int]
    route: str
    callback_by: str
    def __init__(self, route: _Optional[str] = ..., callback_by: _Optional[str] = ...) -> None: ...

class PacketTurn(_message.Message):
    __slots__ = ("number", "who", "text", "start_s", "end_s", "confidence", "fixed", "cut_off")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    WHO_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_S_FIELD_NUMBER: _ClassVar[int]
    END_S_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    FIXED_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    number: int
    who: str
    text: str
    start_s: float
    end_s: float
    confidence: float
    fixed: bool
    cut_off: bool
    def __init__(self, number: _Optional[int] = ..., who: _Optional[str] = ..., text: _Optional[str] = ..., start_s: _Optional[float] = ..., end_s: _Optional[float] = ..., confidence: _Optional[float] = ..., fixed: _Optional[bool] = ..., cut_off: _Optional[bool] = ...) -> None: ...

class DistressPoint(_message.Message):
    __slots__ = ("at_s", "level", "score")
    AT_S_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    at_s: float
    level: _distress_pb2.Level
    score: float
    def __init__(self, at_s: _Optional[float] = ..., level: _Optional[_Union[_distress_pb2.Level, str]] = ..., score: _Optional[float] = ...) -> None: ...
