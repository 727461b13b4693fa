"""What happens on the telephone, and what the line asks of it. Pure values; the gateway's protobuf and the scripted
telephone both become these."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from triage.ids import CallId, LegId, PlaybackId
from triage.privacy.phi import Phi

SAMPLE_RATE_HZ = 8000


class LegState(Enum):
    """Values as in triage.v1.LegState."""

    RINGING = 1
    ANSWERED = 2
    FAILED = 3
    ENDED = 4
    BRIDGED = 5


class EndReason(Enum):
    """Values as in triage.v1.EndReason."""

    CALLER_HUNG_UP = 1
    LINE_HUNG_UP = 2
    MEDIA_TIMEOUT = 3
    TRANSFERRED = 4
    ERROR = 5


@dataclass(frozen=True, slots=True)
class Incoming:
    call_id: CallId
    caller_number: Phi
    dialed_number: str
    sip_call_id: str


@dataclass(frozen=True, slots=True)
class CallerAnswered:
    """Media runs; caller sample 0 is here."""


@dataclass(frozen=True, slots=True)
class CallerAudio:
    first_sample: int
    pcm: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dtmf:
    digit: str
    leg_id: LegId | None = None  # None: the caller pressed it
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    playback_id: PlaybackId
    samples: int
    finished: bool
    cut_off: bool


@dataclass(frozen=True, slots=True)
class LegChanged:
    leg_id: LegId
    state: LegState
    sip_status: int = 0


@dataclass(frozen=True, slots=True)
class TransferOutcome:
    ok: bool
    sip_status: int


@dataclass(frozen=True, slots=True)
class CallEnded:
    reason: EndReason


LineEvent = Incoming | CallerAnswered | CallerAudio | Dtmf | Played | LegChanged | TransferOutcome | CallEnded


@dataclass(frozen=True, slots=True)
class Answer:
    pass


@dataclass(frozen=True, slots=True)
class Play:
    playback_id: PlaybackId
    pcm: bytes = field(repr=False)
    last: bool = False


@dataclass(frozen=True, slots=True)
class StopPlayback:
    pass


@dataclass(frozen=True, slots=True)
class Dial:
    leg_id: LegId
    uri: str


@dataclass(frozen=True, slots=True)
class Bridge:
    leg_id: LegId


@dataclass(frozen=True, slots=True)
class DropLeg:
    leg_id: LegId


@dataclass(frozen=True, slots=True)
class Refer:
    uri: str


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


@dataclass(frozen=True, slots=True)
class Listen:
    on: bool


LineRequest = Answer | Play | StopPlayback | Dial | Bridge | DropLeg | Refer | HangUp | Listen
