"""What a call session is told, and what it asks for in return. Pure values, one closed union each way.

The telephone's own events and requests are in `events`; these are the rest: what was heard and understood, what the desk and
the engines report, and what must be spoken, stored or asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from triage.call.events import LineRequest
from triage.call.transcript import Turn
from triage.distress.classifier import Classification
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.ids import HandoffId, Person, PlaybackId
from triage.privacy.phi import NOTHING, Phi
from triage.scope.moves import Expects, Intent, Request

Engine = Literal["gateway", "speech", "language", "classifier", "store"]

# --- told ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak."""


@dataclass(frozen=True, slots=True)
class HeardPartial:
    text: Phi
    classification: Classification
    at_s: float  # seconds since answer, of the end of the words


@dataclass(frozen=True, slots=True)
class HeardFinal:
    text: Phi
    classification: Classification
    intent: Intent
    confidence: float  # the recogniser's, 0..1
    start_s: float
    end_s: float
    language: str = ""  # that the recogniser heard (ISO 639-1); "": not looked at


@dataclass(frozen=True, slots=True)
class MachineHeard:
    """What calls is, or has become, a machine."""

    kind: Literal["fax", "hold_music"]


@dataclass(frozen=True, slots=True)
class Spoke:
    """A playback is over. `samples` of `samples_total` were sent to the caller (8 kHz); total 0 when never rendered."""

    playback_id: PlaybackId
    samples: int
    samples_total: int
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Phrased:
    """The answer to AskPhrase."""

    reply: int
    text: Phi
    by_model: bool


@dataclass(frozen=True, slots=True)
class Extracted:
    """The answer to AskExtract. `words`: of the caller's own, in a row; empty when none answer."""

    reply: int
    words: Phi
    heard: HeardFinal


@dataclass(frozen=True, slots=True)
class Understood:
    """The answer to AskUnderstand: `heard` with what it means and shows as a whole."""

    reply: int
    heard: HeardFinal


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to AskJudge, if there was one."""

    text: Phi
    level: Level
    urgent: bool


@dataclass(frozen=True, slots=True)
class Returning:
    """This number has called before within two days, and it was serious. `level`: the highest then; `hours`: since; `closed`: a
    nurse has closed it."""

    level: Level
    hours: float
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """Decision, packet and audit entry are on disk. `callback_by` is set when nobody could be asked: a ticket was opened."""

    handoff_id: HandoffId
    callback_by: str = ""
    callback_spoken: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to WriteRequest: the request is on disk."""

    text: Phi


@dataclass(frozen=True, slots=True)
class Claimed:
    person: Person
    contact: str  # SIP URI


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Another nurse has it now."""

    person: Person
    contact: str  # SIP URI


@dataclass(frozen=True, slots=True)
class NurseAccepted:
    pass


@dataclass(frozen=True, slots=True)
class OfferedAgain:
    """The claim lapsed or was given back."""


@dataclass(frozen=True, slots=True)
class Ticketed:
    """Nobody came in time: a callback was promised."""

    callback_by: str  # RFC 3339
    callback_spoken: str


@dataclass(frozen=True, slots=True)
class NurseCompleted:
    pass


@dataclass(frozen=True, slots=True)
class EngineDown:
    engine: Engine


@dataclass(frozen=True, slots=True)
class Tick:
    """The session's deadline has come."""


Happening = (
    SpeechBegan
    | HeardPartial
    | HeardFinal
    | MachineHeard
    | Spoke
    | Phrased
    | Extracted
    | Understood
    | Judged
    | Returning
    | Stored
    | Written
    | Claimed
    | TakenOver
    | NurseAccepted
    | OfferedAgain
    | Ticketed
    | NurseCompleted
    | EngineDown
    | Tick
)

# --- asked --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telephone:
    request: LineRequest


@dataclass(frozen=True, slots=True)
class Say:
    """Speak `text`. `fixed` names a signed sentence, which is played from its recording and never paraphrased."""

    playback_id: PlaybackId
    text: Phi
    fixed: str = ""
    language: str = ""  # "": the line's own


@dataclass(frozen=True, slots=True)
class AskPhrase:
    reply: int
    approved: Phi
    heard: Phi


@dataclass(frozen=True, slots=True)
class AskExtract:
    """No rule found the answer to `question` in what was heard: perhaps the model can point at it."""

    reply: int
    question: str
    heard: HeardFinal


@dataclass(frozen=True, slots=True)
class AskUnderstand:
    """What was said in two breaths is to be understood as one."""

    reply: int
    heard: HeardFinal


@dataclass(frozen=True, slots=True)
class AskJudge:
    """A second look at words that the classifier only looked at; `level`: what they looked like."""

    heard: Phi
    level: Level


@dataclass(frozen=True, slots=True)
class Expect:
    """What the line has asked for, so that the recogniser waits for it; `words`: names and medicines that may come."""

    expects: Expects
    words: tuple[Phi, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenHandoff:
    decision: Decision


@dataclass(frozen=True, slots=True)
class RaiseHandoff:
    decision: Decision


@dataclass(frozen=True, slots=True)
class ReportLegLost:
    """The nurse could not be reached or was lost: the handoff is offered again. `cause`: see handover.failure."""

    cause: str = "leg_lost"


@dataclass(frozen=True, slots=True)
class ReportAccepted:
    """She has pressed 1 on her telephone."""

    person: Person


@dataclass(frozen=True, slots=True)
class ReportJoined:
    """Nurse and caller hear each other."""


@dataclass(frozen=True, slots=True)
class ReportCallerLeft:
    """The caller hung up before a nurse had them: the handoff becomes a callback."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    request: Request


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that the timeline shows and the audit log may note. `act` is one of the timeline's events."""

    act: str
    text: Phi = NOTHING
    facts: Mapping[str, str | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abandon:
    """The line can no longer do what it must, not even write it down: let the gateway take the caller to a human."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over. `turns`: everything that was said."""

    turns: tuple[Turn, ...]


Ask = (
    Telephone
    | Say
    | AskPhrase
    | AskExtract
    | AskUnderstand
    | AskJudge
    | Expect
    | OpenHandoff
    | RaiseHandoff
    | ReportLegLost
    | ReportAccepted
    | ReportJoined
    | ReportCallerLeft
    | WriteRequest
    | Mark
    | Abandon
    | Finish
)
