from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ConsistencyRequest(_message.Message):
    __slots__ = ("old_size",)
    OLD_SIZE_FIELD_NUMBER: _ClassVar[int]
    old_size: int
    def __init__(self, old_size: _Optional[int] = ...) -> None: ...

class ConsistencyResponse(_message.Message):
    __slots__ = ("note", "proof")
    NOTE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    note: str
    proof: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, note: _Optional[str] = ..., proof: _Optional[_Iterable[bytes]] = ...) -> None: ...

class CosignRequest(_message.Message):
    __slots__ = ("note",)
    NOTE_FIELD_NUMBER: _ClassVar[int]
    note: str
    def __init__(self, note: _Optional[str] = ...) -> None: ...

class CosignResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SelectRequest(_message.Message):
    __slots__ = ("patient", "call_ids", "user", "since", "until", "acts", "reason", "form")
    PATIENT_FIELD_NUMBER: _ClassVar[int]
    CALL_IDS_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    ACTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    patient: str
    call_ids: _containers.RepeatedScalarFieldContainer[str]
    user: str
    since: str
    until: str
    acts: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    form: str
    def __init__(self, patient: _Optional[str] = ..., call_ids: _Optional[_Iterable[str]] = ..., user: _Optional[str] = ..., since: _Optional[str] = ..., until: _Optional[str] = ..., acts: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., form: _Optional[str] = ...) -> None: ...

class Selected(_message.Message):
    __slots__ = ("lines", "entries_done", "entries_total", "note")
    LINES_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_DONE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    lines: bytes
    entries_done: int
    entries_total: int
    note: str
    def __init__(self, lines: _Optional[bytes] = ..., entries_done: _Optional[int] = ..., entries_total: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class Disclosure(_message.Message):
    __slots__ = ("patient", "call_id", "recipient", "address", "description", "purpose", "on", "part2", "suspended_until", "disclosure_id", "recorded_by")
    PATIENT_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PART2_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    DISCLOSURE_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDED_BY_FIELD_NUMBER: _ClassVar[int]
    patient: str
    call_id: str
    recipient: str
    address: str
    description: str
    purpose: str
    on: str
    part2: bool
    suspended_until: str
    disclosure_id: str
    recorded_by: str
    def __init__(self, patient: _Optional[str] = ..., call_id: _Optional[str] = ..., recipient: _Optional[str] = ..., address: _Optional[str] = ..., description: _Optional[str] = ..., purpose: _Optional[str] = ..., on: _Optional[str] = ..., part2: _Optional[bool] = ..., suspended_until: _Optional[str] = ..., disclosure_id: _Optional[str] = ..., recorded_by: _Optional[str] = ...) -> None: ...

class RecordedDisclosure(_message.Message):
    __slots__ = ("disclosure_id",)
    DISCLOSURE_ID_FIELD_NUMBER: _ClassVar[int]
    disclosure_id: str
    def __init__(self, disclosure_id: _Optional[str] = ...) -> None: ...

class DisclosuresRequest(_message.Message):
    __slots__ = ("patient", "call_ids", "as_of")
    PATIENT_FIELD_NUMBER: _ClassVar[int]
    CALL_IDS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    patient: str
    call_ids: _containers.RepeatedScalarFieldContainer[str]
    as_of: str
    def __init__(self, patient: _Optional[str] = ..., call_ids: _Optional[_Iterable[str]] = ..., as_of: _Optional[str] = ...) -> None: ...

class DisclosuresResponse(_message.Message):
    __slots__ = ("disclosures", "suspended", "since", "part2_since")
    DISCLOSURES_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    PART2_SINCE_FIELD_NUMBER: _ClassVar[int]
    disclosures: _containers.RepeatedCompositeFieldContainer[Disclosure]
    suspended: int
    since: str
    part2_since: str
    def __init__(self, disclosures: _Optional[_Iterable[_Union[Disclosure, _Mapping]]] = ..., suspended: _Optional[int] = ..., since: _Optional[str] = ..., part2_since: _Optional[str] = ...) -> None: ...

class SignReviewRequest(_message.Message):
    __slots__ = ("since", "until", "note", "entries", "findings", "root_hex")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    ROOT_HEX_FIELD_NUMBER: _ClassVar[int]
    since: str
    until: str
    note: str
    entries: int
    findings: int
    root_hex: str
    def __init__(self, since: _Optional[str] = ..., until: _Optional[str] = ..., note: _Optional[str] = ..., entries: _Optional[int] = ..., findings: _Optional[int] = ..., root_hex: _Optional[str] = ...) -> None: ...

class SignReviewResponse(_message.Message):
    __slots__ = ("review_id",)
    REVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    review_id: str
    def __init__(self, review_id: _Optional[str] = ...) -> None: ...

class ReviewsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReviewsResponse(_message.Message):
    __slots__ = ("reviews",)
    REVIEWS_FIELD_NUMBER: _ClassVar[int]
    reviews: _containers.RepeatedCompositeFieldContainer[SignedReview]
    def __init__(self, reviews: _Optional[_Iterable[_Union[SignedReview, _Mapping]]] = ...) -> None: ...

class SignedReview(_message.Message):
    __slots__ = ("review_id", "since", "until", "note", "entries", "findings", "signed_by", "signed_at")
    REVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_FIELD_NUMBER: _ClassVar[int]
    SIGNED_AT_FIELD_NUMBER: _ClassVar[int]
    review_id: str
    since: str
    until: str
    note: str
    entries: int
    findings: int
    signed_by: str
    signed_at: str
    def __init__(self, review_id: _Optional[str] = ..., since: _Optional[str] = ..., until: _Optional[str] = ..., note: _Optional[str] = ..., entries: _Optional[int] = ..., findings: _Optional[int] = ..., signed_by: _Optional[str] = ..., signed_at: _Optional[str] = ...) -> None: ...

class AskBreakGlassRequest(_message.Message):
    __slots__ = ("call_id", "reason")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    reason: str
    def __init__(self, call_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DecideBreakGlassRequest(_message.Message):
    __slots__ = ("ask_id", "approve")
    ASK_ID_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    ask_id: str
    approve: bool
    def __init__(self, ask_id: _Optional[str] = ..., approve: _Optional[bool] = ...) -> None: ...

class ReadBreakGlassRequest(_message.Message):
    __slots__ = ("ask_id",)
    ASK_ID_FIELD_NUMBER: _ClassVar[int]
    ask_id: str
    def __init__(self, ask_id: _Optional[str] = ...) -> None: ...

class ListBreakGlassRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RecordCopyRequest(_message.Message):
    __slots__ = ("copy_id", "drill", "failed", "entries", "root_hex")
    COPY_ID_FIELD_NUMBER: _ClassVar[int]
    DRILL_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ROOT_HEX_FIELD_NUMBER: _ClassVar[int]
    copy_id: str
    drill: bool
    failed: bool
    entries: int
    root_hex: str
    def __init__(self, copy_id: _Optional[str] = ..., drill: _Optional[bool] = ..., failed: _Optional[bool] = ..., entries: _Optional[int] = ..., root_hex: _Optional[str] = ...) -> None: ...

class RecordCopyResponse(_message.Message):
    __slots__ = ("copy_id",)
    COPY_ID_FIELD_NUMBER: _ClassVar[int]
    copy_id: str
    def __init__(self, copy_id: _Optional[str] = ...) -> None: ...

class BreakGlass(_message.Message):
    __slots__ = ("ask_id", "call_id", "asked_by", "reason", "asked_at", "state", "decided_by", "until")
    ASK_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    ask_id: str
    call_id: str
    asked_by: str
    reason: str
    asked_at: str
    state: str
    decided_by: str
    until: str
    def __init__(self, ask_id: _Optional[str] = ..., call_id: _Optional[str] = ..., asked_by: _Optional[str] = ..., reason: _Optional[str] = ..., asked_at: _Optional[str] = ..., state: _Optional[str] = ..., decided_by: _Optional[str] = ..., until: _Optional[str] = ...) -> None: ...

class BreakGlassList(_message.Message):
    __slots__ = ("asks",)
    ASKS_FIELD_NUMBER: _ClassVar[int]
    asks: _containers.RepeatedCompositeFieldContainer[BreakGlass]
    def __init__(self, asks: _Optional[_Iterable[_Union[BreakGlass, _Mapping]]] = ...) -> None: ...

class BreakGlassRecord(_message.Message):
    __slots__ = ("kind", "payload")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    kind: str
    payload: bytes
    def __init__(self, kind: _Optional[str] = ..., payload: _Optional[bytes] = ...) -> None: ...

class BreakGlassRecords(_message.Message):
    __slots__ = ("records", "until")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[BreakGlassRecord]
    until: str
    def __init__(self, records: _Optional[_Iterable[_Union[BreakGlassRecord, _Mapping]]] = ..., until: _Optional[str] = ...) -> None: ...
