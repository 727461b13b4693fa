"""What every call shares: the parts of the house that a live call uses, put together once by app.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from triage.call.rules import Rules
from triage.clock import Clock
from triage.conversation.engines import Engines
from triage.conversation.rehearsal import Rehearsals
from triage.conversation.scribe import Deadlines
from triage.desk.desk import Desk
from triage.distress.classifier import Classifier
from triage.language.ports import Model
from triage.privacy.redaction import Redactor
from triage.scope.clinic import Clinic
from triage.scope.intents import Intents
from triage.speech.phrases import PhraseBook
from triage.speech.ports import Recognizer, Synthesizer
from triage.speech.recordings import Recordings
from triage.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class House:
    """`versions`: of whatever decides, for the packet. `contacts`: a person's SIP URI, if they have one."""

    clock: Clock
    vault: Vault
    desk: Desk
    rules: Rules
    clinic: Clinic
    classifier: Classifier
    intents: Intents
    judges: Executor
    recognizer: Recognizer
    synthesizer: Synthesizer
    model: Model
    phrases: PhraseBook
    redactor: Redactor
    rehearsals: Rehearsals
    engines: Engines
    contacts: Callable[[str], str | None]  # person -> SIP URI
    language: str
    refer: bool
    deadlines: Deadlines  # of the model
    versions: tuple[tuple[str, str], ...]
    hotwords: tuple[str, ...] = ()
    recordings: Mapping[str, Recordings] = field(default_factory=dict)  # of other languages than the line's
