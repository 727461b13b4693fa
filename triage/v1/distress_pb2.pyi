from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Level(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEVEL_UNSPECIFIED: _ClassVar[Level]
    LEVEL_NONE: _ClassVar[Level]
    LEVEL_SCOPE: _ClassVar[Level]
    LEVEL_STATE: _ClassVar[Level]
    LEVEL_HUMAN: _ClassVar[Level]
    LEVEL_CLINICAL: _ClassVar[Level]
    LEVEL_CRISIS: _ClassVar[Level]
    LEVEL_DANGER: _ClassVar[Level]
LEVEL_UNSPECIFIED: Level
LEVEL_NONE: Level
LEVEL_SCOPE: Level
LEVEL_STATE: Level
LEVEL_HUMAN: Level
LEVEL_CLINICAL: Level
LEVEL_CRISIS: Level
LEVEL_DANGER: Level

class ClassifyRequest(_message.Message):
    __slots__ = ("id", "text", "final")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: str
    final: bool
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., final: _Optional[bool] = ...) -> None: ...

class Hit(_message.Message):
    __slots__ = ("source", "start", "end", "level", "category")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    source: str
    start: int
    end: int
    level: Level
    category: str
    def __init__(self, source: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., level: _Optional[_Union[Level, str]] = ..., category: _Optional[str] = ...) -> None: ...

class Classification(_message.Message):
    __slots__ = ("id", "level", "category", "score", "act", "look", "hits", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    LOOK_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    level: Level
    category: str
    score: float
    act: bool
    look: bool
    hits: _containers.RepeatedCompositeFieldContainer[Hit]
    version: str
    def __init__(self, id: _Optional[str] = ..., level: _Optional[_Union[Level, str]] = ..., category: _Optional[str] = ..., score: _Optional[float] = ..., act: _Optional[bool] = ..., look: _Optional[bool] = ..., hits: _Optional[_Iterable[_Union[Hit, _Mapping]]] = ..., version: _Optional[str] = ...) -> None: ...
