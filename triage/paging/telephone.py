"""The on-call telephones, one after the other: each is rung, told why, and asked for 1 to take the caller or 2 to pass.

The gateway makes the calls; it keeps one stream to the core for that (Paging.Work). What is said is recorded beforehand and names
no caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from triage.desk.paging import Page
from triage.errors import EngineFailed, NotFound
from triage.escalation.levels import Level
from triage.ids import Person, new_hex
from triage.speech.phrases import PhraseBook

LANGUAGE = "en"
QUEUE_MAX = 50  # pages that the gateway has not taken yet
ANSWER_S_MAX = 90.0  # beyond ringing and three times the sentence the gateway is stuck

_REASONS = {
    Level.DANGER: "a possible threat to life", Level.CRISIS: "a possible crisis", Level.CLINICAL: "a symptom",
    Level.HUMAN: "a caller who asked for a person", Level.STATE: "a caller whom the line could not understand",
    Level.SCOPE: "a question that the line may not answer",
}  # fmt: skip


def words(level: Level, *, waiting: bool) -> str:
    what = "A caller is waiting on the line" if waiting else "A callback is waiting for a nurse"
    return (
        f"This is the triage line of the clinic. {what}: {_REASONS[level]}. "
        "Press one to take it, and your telephone rings again. Press two to pass it on."
    )


def sentences() -> list[tuple[str, str]]:
    """(language, text) of everything that is said, to be recorded."""
    return [(LANGUAGE, words(level, waiting=waiting)) for level in _REASONS for waiting in (True, False)]


class Answer(Enum):
    """Values as in triage.v1.PageOutcome.Answer."""

    TAKEN = 1
    DECLINED = 2
    NO_KEY = 3
    NOT_REACHED = 4


@dataclass(frozen=True, slots=True)
class Ring:
    page_id: str
    uri: str
    pcm: bytes
    ring_s: float


class Switchboard:
    """What is to be rung, on its way to the gateway, and the answers on their way back."""

    def __init__(self) -> None:
        self.rings: asyncio.Queue[Ring] = asyncio.Queue(QUEUE_MAX)
        self.gateways = 0  # connected
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    async def ring(self, uri: str, pcm: bytes, ring_s: float) -> Answer:
        """Raises EngineFailed when no gateway is there, or none answers."""
        if not self.gateways or self.rings.full():
            raise EngineFailed("No gateway can ring the on-call telephones.")
        page_id = new_hex()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[page_id] = answer
        self.rings.put_nowait(Ring(page_id, uri, pcm, ring_s))
        try:
            async with asyncio.timeout(ring_s + ANSWER_S_MAX):
                return await answer
        except TimeoutError:
            raise EngineFailed("The gateway did not say how the page went.") from None
        finally:
            self._waiting.pop(page_id, None)

    def answered(self, page_id: str, answer: Answer) -> None:
        waiting = self._waiting.get(page_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


@dataclass(frozen=True, slots=True)
class Telephone:
    """`on_call`: whom to ring, in this order."""

    switchboard: Switchboard
    phrases: PhraseBook
    on_call: Mapping[Person, str]
    ring_s: float
    name: str = "telephone"

    async def send(self, page: Page) -> Person | None:
        """Raises EngineFailed when the telephones cannot be rung at all."""
        try:
            pcm = self.phrases.pcm(words(page.level, waiting=page.waiting), LANGUAGE)
        except NotFound:
            raise EngineFailed("What the on-call telephone says has not been recorded.") from None
        for person, uri in self.on_call.items():
            if await self.switchboard.ring(uri, pcm, self.ring_s) is Answer.TAKEN:
                return person
        return None
