from triage.v1 import distress_pb2 as _distress_pb2
from triage.v1 import packet_pb2 as _packet_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HandoffState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HANDOFF_STATE_UNSPECIFIED: _ClassVar[HandoffState]
    HANDOFF_STATE_OFFERED: _ClassVar[HandoffState]
    HANDOFF_STATE_CLAIMED: _ClassVar[HandoffState]
    HANDOFF_STATE_ACCEPTED: _ClassVar[HandoffState]
    HANDOFF_STATE_RELEASED: _ClassVar[HandoffState]
    HANDOFF_STATE_CALLBACK: _ClassVar[HandoffState]
    HANDOFF_STATE_COMPLETED: _ClassVar[HandoffState]
HANDOFF_STATE_UNSPECIFIED: HandoffState
HANDOFF_STATE_OFFERED: HandoffState
HANDOFF_STATE_CLAIMED: HandoffState
HANDOFF_STATE_ACCEPTED: HandoffState
HANDOFF_STATE_RELEASED: HandoffState
HANDOFF_STATE_CALLBACK: HandoffState
HANDOFF_STATE_COMPLETED: HandoffState

class WatchRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchEvent(_message.Message):
    __slots__ = ("welcome", "changed", "heartbeat")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    changed: Handoff
    heartbeat: Heartbeat
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., changed: _Optional[_Union[Handoff, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("person", "contact", "dispositions", "release_reasons")
    class DispositionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class ReleaseReasonsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_REASONS_FIELD_NUMBER: _ClassVar[int]
    person: str
    contact: str
    dispositions: _containers.ScalarMap[str, str]
    release_reasons: _containers.ScalarMap[str, str]
    def __init__(self, person: _Optional[str] = ..., contact: _Optional[str] = ..., dispositions: _Optional[_Mapping[str, str]] = ..., release_reasons: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Handoff(_message.Message):
    __slots__ = ("handoff_id", "call_id", "state", "level", "offered_at_ms", "claimed_by", "lease_expires_at_ms", "callback_by", "drill", "caller_on_line", "revision", "packet", "ring", "alarm")
    HANDOFF_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    OFFERED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_BY_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRES_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_BY_FIELD_NUMBER: _ClassVar[int]
    DRILL_FIELD_NUMBER: _ClassVar[int]
    CALLER_ON_LINE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PACKET_FIELD_NUMBER: _ClassVar[int]
    RING_FIELD_NUMBER: _ClassVar[int]
    ALARM_FIELD_NUMBER: _ClassVar[int]
    handoff_id: str
    call_id: str
    state: HandoffState
    level: _distress_pb2.Level
    offered_at_ms: int
    claimed_by: str
    lease_expires_at_ms: int
    callback_by: str
    drill: bool
    caller_on_line: bool
    revision: int
    packet: _packet_pb2.HandoffPacket
    ring: bool
    alarm: int
    def __init__(self, handoff_id: _Optional[str] = ..., call_id: _Optional[str] = ..., state: _Optional[_Union[HandoffState, str]] = ..., level: _Optional[_Union[_distress_pb2.Level, str]] = ..., offered_at_ms: _Optional[int] = ..., claimed_by: _Optional[str] = ..., lease_expires_at_ms: _Optional[int] = ..., callback_by: _Optional[str] = ..., drill: _Optional[bool] = ..., caller_on_line: _Optional[bool] = ..., revision: _Optional[int] = ..., packet: _Optional[_Union[_packet_pb2.HandoffPacket, _Mapping]] = ..., ring: _Optional[bool] = ..., alarm: _Optional[int] = ...) -> None: ...

class HandoffRequest(_message.Message):
    __slots__ = ("handoff_id", "idempotency_key", "reason")
    HANDOFF_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    handoff_id: str
    idempotency_key: str
    reason: str
    def __init__(self, handoff_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class BeatRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BeatReply(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CompleteRequest(_message.Message):
    __slots__ = ("handoff_id", "idempotency_key", "disposition", "help_reached")
    HANDOFF_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    DISPOSITION_FIELD_NUMBER: _ClassVar[int]
    HELP_REACHED_FIELD_NUMBER: _ClassVar[int]
    handoff_id: str
    idempotency_key: str
    disposition: str
    help_reached: bool
    def __init__(self, handoff_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., disposition: _Optional[str] = ..., help_reached: _Optional[bool] = ...) -> None: ...

class StatusRequest(_message.Message):
    __slots__ = ("window_s",)
    WINDOW_S_FIELD_NUMBER: _ClassVar[int]
    window_s: int
    def __init__(self, window_s: _Optional[int] = ...) -> None: ...

class Counted(_message.Message):
    __slots__ = ("hits", "total")
    HITS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    hits: int
    total: int
    def __init__(self, hits: _Optional[int] = ..., total: _Optional[int] = ...) -> None: ...

class LineStatus(_message.Message):
    __slots__ = ("nurses", "not_responding", "waiting", "offered", "arrivals_h", "within_target", "abandoned", "callbacks_kept", "mean_answer_s", "mean_handle_s", "callbacks_due", "callbacks_overdue", "nurses_needed", "nurses_for_answer", "target_s", "window_s")
    NURSES_FIELD_NUMBER: _ClassVar[int]
    NOT_RESPONDING_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    OFFERED_FIELD_NUMBER: _ClassVar[int]
    ARRIVALS_H_FIELD_NUMBER: _ClassVar[int]
    WITHIN_TARGET_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_KEPT_FIELD_NUMBER: _ClassVar[int]
    MEAN_ANSWER_S_FIELD_NUMBER: _ClassVar[int]
    MEAN_HANDLE_S_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_DUE_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_OVERDUE_FIELD_NUMBER: _ClassVar[int]
    NURSES_NEEDED_FIELD_NUMBER: _ClassVar[int]
    NURSES_FOR_ANSWER_FIELD_NUMBER: _ClassVar[int]
    TARGET_S_FIELD_NUMBER: _ClassVar[int]
    WINDOW_S_FIELD_NUMBER: _ClassVar[int]
    nurses: _containers.RepeatedScalarFieldContainer[str]
    not_responding: _containers.RepeatedScalarFieldContainer[str]
    waiting: int
    offered: int
    arrivals_h: float
    within_target: Counted
    abandoned: Counted
    callbacks_kept: Counted
    mean_answer_s: float
    mean_handle_s: float
    callbacks_due: int
    callbacks_overdue: int
    nurses_needed: int
    nurses_for_answer: int
    target_s: float
    window_s: int
    def __init__(self, nurses: _Optional[_Iterable[str]] = ..., not_responding: _Optional[_Iterable[str]] = ..., waiting: _Optional[int] = ..., offered: _Optional[int] = ..., arrivals_h: _Optional[float] = ..., within_target: _Optional[_Union[Counted, _Mapping]] = ..., abandoned: _Optional[_Union[Counted, _Mapping]] = ..., callbacks_kept: _Optional[_Union[Counted, _Mapping]] = ..., mean_answer_s: _Optional[float] = ..., mean_handle_s: _Optional[float] = ..., callbacks_due: _Optional[int] = ..., callbacks_overdue: _Optional[int] = ..., nurses_needed: _Optional[int] = ..., nurses_for_answer: _Optional[int] = ..., target_s: _Optional[float] = ..., window_s: _Optional[int] = ...) -> None: ...
