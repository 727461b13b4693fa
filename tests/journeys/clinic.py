"""A whole appliance's core on virtual time: real desk, vault, audit log, lexicon and redaction; scripted telephone and engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from triage.call.rules import Rules
from triage.conversation import records
from triage.conversation.engines import Engines
from triage.conversation.front_door import FrontDoor
from triage.conversation.house import House
from triage.conversation.rehearsal import Rehearsals, TimelineEvent
from triage.conversation.scribe import Deadlines
from triage.desk import desk as desks
from triage.desk.change import Change
from triage.distress.classifier import Classifier
from triage.escalation import matrix as matrices
from triage.handoff.state import HandoffState
from triage.ids import Person
from triage.privacy.redaction import Redactor
from triage.scope import clinic as clinics
from triage.scope.intents import Intents
from triage.speech.phrases import PhraseBook
from triage.speech.recordings import Recordings
from triage.testing import scripted_encoder
from triage.testing.scripted_language import Dies, ScriptedModel
from triage.testing.scripted_line import ScriptedLine
from triage.testing.scripted_speech import ScriptedRecognizer, ScriptedSynthesizer, spoken
from triage.testing.vault_keys import temporary_keys
from triage.testing.virtual_time import VirtualClock
from triage.vault.keys import VaultKeys
from triage.vault.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
AMARA, JONAS = Person("amara.okafor"), Person("jonas.weber")
CONTACTS = {AMARA: "sip:amara@127.0.0.1:5081", JONAS: "sip:jonas@127.0.0.1:5082"}
NUMBER = "5550123"


@lru_cache(maxsize=1)
def redactor() -> Redactor:
    return Redactor.load()


@lru_cache(maxsize=1)
def shared() -> dict[str, Any]:
    """What reads only, built once for all calls of a run."""
    words = clinics.load(ROOT / "deploy" / "clinic.toml")
    intents = Intents(words, clinics.boundaries(), scripted_encoder.encode)
    return {
        "clinic": words, "intents": intents, "recordings": {"es": Recordings("es")}, "classifier": Classifier(None), "redactor": redactor(),
    }  # fmt: skip


@lru_cache(maxsize=1)
def recorded() -> TemporaryDirectory[str]:
    """The matrix's sentences in the scripted voice; goes with the process."""
    folder = TemporaryDirectory()
    matrix = matrices.load(ROOT / "deploy" / "matrix.toml", now=datetime(2026, 11, 24).astimezone())
    rendering = PhraseBook(Path(folder.name)).render_missing(matrix.fixed("en"), ScriptedSynthesizer())
    with ThreadPoolExecutor(1) as elsewhere:  # a loop of its own: this one's time is virtual
        elsewhere.submit(asyncio.run, rendering).result()
    return folder


class ClinicUnderTest:
    """What a journey acts on and looks at."""

    def __init__(self, house: House, ears: ScriptedRecognizer, voice: ScriptedSynthesizer) -> None:
        self.house = house
        self.ears = ears
        self.voice = voice
        self.door = FrontDoor(house, calls_at_once_max=8)
        self.events: list[TimelineEvent] = []

    @property
    def desk(self) -> desks.Desk:
        return self.house.desk

    @asynccontextmanager
    async def call(self, line: ScriptedLine, clinic_now: str = "") -> AsyncIterator[asyncio.Task[None]]:
        """The call under way; at the end of the context it has come to its own end (a minute of virtual time at most)."""
        rehearsal = self.house.rehearsals.announce(NUMBER, clinic_now)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(rehearsal.events()))
            task = group.create_task(self.door.take(line))
            yield task
            await asyncio.wait_for(task, 600)
            rehearsal.end()
            await watching

    async def _watch(self, events: AsyncIterator[TimelineEvent]) -> None:
        async for event in events:
            self.events.append(event)

    def acts(self) -> list[str]:
        return [event.event for event in self.events if event.event != "heard"]

    def said(self) -> list[str]:
        return [str(event.facts.get("key") or event.text.reveal()) for event in self.events if event.event == "said"]

    def texts(self) -> list[str]:
        return [event.text.reveal() for event in self.events if event.event == "said"]

    async def until(self, event: str, count: int = 1) -> None:
        for _ in range(20_000):
            if sum(one.event == event for one in self.events) >= count:
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(event)

    async def handoffs(self) -> list[tuple[HandoffState, str]]:
        """(state, level) of everything in the store."""
        rows = await self.house.vault.run(lambda tx: tx.execute("SELECT state, body FROM handoff"))
        return [(HandoffState(state), _level(body)) for state, body in rows]

    async def audit(self) -> list[str]:
        rows = await self.house.vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
        import json

        return [json.loads(row[0])["act"] for row in rows]

    async def audit_text(self) -> str:
        rows = await self.house.vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
        return "\n".join(row[0].decode() if isinstance(row[0], bytes) else row[0] for row in rows)

    def offered(self) -> Change:
        return self.desk.worklist()[0]


def _level(body: str) -> str:
    import json

    from triage.escalation.levels import Level

    return Level(json.loads(body)["level"]).word


async def says(line: ScriptedLine, text: str) -> None:
    """The caller says it, and is quiet for long enough to be understood."""
    await line.says(spoken(text))
    await line.is_silent(1.5)


@asynccontextmanager
async def clinic(
    folder: Path,
    clock: VirtualClock,
    *,
    keys: VaultKeys | None = None,
    nurses: tuple[Person, ...] = (AMARA,),
    **changes: Any,
) -> AsyncIterator[ClinicUnderTest]:
    vault = Vault.open(
        folder / "vault.db", keys or temporary_keys(), clock=clock, schemas=(records.SCHEMA, desks.SCHEMA)
    )
    matrix = matrices.load(ROOT / "deploy" / "matrix.toml", now=datetime(2026, 11, 24).astimezone())
    desk = desks.Desk(vault, matrix, clock)
    ears, voice = ScriptedRecognizer(), ScriptedSynthesizer()
    spanish = shared()["recordings"]
    own = folder / "phrases"
    with ThreadPoolExecutor(1) as judges:
        made: dict[str, Any] = {
            **shared(), "clock": clock, "vault": vault, "desk": desk, "rules": Rules(matrix, spoken=spanish),
            "judges": judges, "recognizer": ears, "synthesizer": voice, "model": ScriptedModel(otherwise=Dies()),
            "phrases": PhraseBook(own if own.is_dir() else Path(recorded().name)), "rehearsals": Rehearsals(clock, matrix.zone, enabled=True),
            "engines": Engines(), "contacts": CONTACTS.get, "language": "en", "refer": False, "deadlines": Deadlines(0.8, 1.2, 0.9, 8.0),
            "versions": (), **changes,
        }  # fmt: skip
        house = House(**made)
        for nurse in nurses:
            await desk.sign_in(nurse)
        ticking = asyncio.create_task(desk.run())
        try:
            yield ClinicUnderTest(house, ears, voice)
        finally:
            ticking.cancel()
            await vault.close()
