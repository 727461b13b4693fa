"""One live call: the session decides, this performs.

Everything that happens comes through one inbox, in order. What must be written is written by one task, in order, beside the
conversation: a slow disk never keeps the line from answering, and a dead one sends the caller to a human by the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import assert_never

from triage.audit.entry import Detail
from triage.call import events
from triage.call.events import CallEnded, Incoming, LineEvent
from triage.call.happenings import (
    Abandon,
    Ask,
    AskExtract,
    AskJudge,
    AskPhrase,
    AskUnderstand,
    Claimed,
    EngineDown,
    Expect,
    Finish,
    Happening,
    HeardFinal,
    Mark,
    NurseAccepted,
    NurseCompleted,
    OfferedAgain,
    OpenHandoff,
    RaiseHandoff,
    ReportAccepted,
    ReportCallerLeft,
    ReportJoined,
    ReportLegLost,
    Say,
    Stored,
    TakenOver,
    Telephone,
    Tick,
    Ticketed,
    WriteRequest,
    Written,
)
from triage.call.memory import Phase
from triage.call.session import CallSession
from triage.conversation.briefing import brief
from triage.conversation.house import House
from triage.conversation.line import Line
from triage.conversation.listening import Ears
from triage.conversation.records import CallRecords
from triage.conversation.rehearsal import TimelineEvent
from triage.conversation.scribe import Scribe
from triage.conversation.speaking import Mouth
from triage.desk.change import Change
from triage.errors import Conflict, EngineFailed, IllegalTransition, TriageError
from triage.escalation.decision import Decision
from triage.handoff.callback import Callback, spoken
from triage.handoff.packet import HandoffPacket
from triage.ids import HandoffId, Person
from triage.scope.dialogue import Dialogue
from triage.scope.moves import Request
from triage.telemetry import logs

INBOX_MAX = 20_000  # happenings; a call makes some ten a second
LAST_WORDS_S_MAX = 4.0  # a caller who hung up in mid-sentence: to understand what was said
WRITE_S_MAX = 10.0  # everything about an ended call must be on disk by then

log = logs.get("call")


class Abandoned(Exception):
    """The gateway must take the caller to a human."""


class CallTask:
    def __init__(self, house: House, line: Line, incoming: Incoming) -> None:
        self._house = house
        self._line = line
        self._incoming = incoming
        self._rehearsal = house.rehearsals.take(incoming.caller_number.reveal())
        self._records = CallRecords(house.vault, house.redactor, house.clock, incoming.call_id)
        self.session = CallSession(house.rules, Dialogue(house.clinic), refer=house.refer, down=house.engines.down)
        self._inbox: asyncio.Queue[LineEvent | Happening] = asyncio.Queue(INBOX_MAX)
        self._ledger: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue(INBOX_MAX)
        self._handoff: HandoffId | None = None
        self._scribe = Scribe(house.model, house.deadlines, house.clock)
        self._ears: Ears
        self._mouth: Mouth
        self._group: asyncio.TaskGroup
        self._following: asyncio.Task[None] | None = None
        self._narrating: asyncio.Task[None] | None = None

    # --- the call -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """To the end of the call and of everything that must be written about it. Raises Abandoned."""
        house = self._house
        async with asyncio.TaskGroup() as self._group:
            self._ears = Ears(
                house.recognizer, house.classifier, house.intents, house.judges, self.tell,
                language=house.language, hotwords=house.hotwords,
            )  # fmt: skip
            self._mouth = Mouth(
                house.synthesizer,
                house.phrases,
                self._send,
                self.tell,
                self._group,
                language=house.language,
                recordings=house.recordings,
            )
            hearing = self._group.create_task(self._ears.run(self._incoming.call_id))
            writing = self._group.create_task(self._write())
            self._later(self._begin)
            try:
                with house.engines.followed_by(lambda engine: self.tell(EngineDown(engine))):
                    self.tell(self._incoming)
                    await self._until_over()
                await self._last_words(hearing)
                self._later(self._close_the_book)
                self._ledger.put_nowait(None)
                await asyncio.wait_for(writing, WRITE_S_MAX)
            finally:
                for task in (hearing, writing, self._following, self._narrating):
                    if task is not None:
                        task.cancel()
                if self._rehearsal is not None:
                    self._rehearsal.end()

    def tell(self, happening: LineEvent | Happening) -> None:
        if isinstance(happening, EngineDown):
            log.warning(f"{happening.engine}_down", call_id=self._incoming.call_id)
        if self._inbox.full():
            raise EngineFailed("The call's inbox is full.")
        self._inbox.put_nowait(happening)

    def hear(self, event: LineEvent) -> None:
        """The telephone's events, as they come."""
        match event:
            case events.CallerAudio():
                self._ears.feed(event)
            case events.Played():
                self._mouth.played(event)
            case _:
                self.tell(event)

    async def _until_over(self) -> None:
        while self.session.phase is not Phase.OVER:
            deadline = self.session.deadline()
            wait_s = None if deadline is None else max(0.0, deadline - self._house.clock.monotonic())
            try:
                happening = await asyncio.wait_for(self._inbox.get(), wait_s)
            except TimeoutError:
                happening = Tick()
            for ask in self.session.tell(happening, self._house.clock.monotonic()):
                await self._perform(ask)

    async def _last_words(self, hearing: asyncio.Task[None]) -> None:
        """What the caller was saying when they hung up is still understood, and may still open a handoff."""
        self._ears.finish()
        await asyncio.wait({hearing}, timeout=LAST_WORDS_S_MAX)
        while not self._inbox.empty():
            happening = self._inbox.get_nowait()
            if isinstance(happening, HeardFinal):
                for ask in self.session.late_final(happening, self._house.clock.monotonic()):
                    await self._perform(ask)
                    if isinstance(ask, OpenHandoff):
                        self._later(self._caller_left)

    # --- performing -----------------------------------------------------------------------------------------------------

    async def _perform(self, ask: Ask) -> None:
        match ask:
            case Telephone(request):
                await self._telephone(request)
            case Say():
                await self._mouth.say(ask)
            case AskPhrase():
                self._group.create_task(self._tell_when_done(self._scribe.phrase(ask)))
            case AskExtract():
                self._group.create_task(self._tell_when_done(self._scribe.extract(ask)))
            case AskUnderstand():
                self._group.create_task(self._tell_when_done(self._ears.understand(ask)))
            case AskJudge():
                self._group.create_task(self._tell_when_done(self._scribe.judge(ask)))
            case Expect(expects, words):
                await self._ears.expect(expects, words)
            case OpenHandoff(decision):
                self._later(lambda: self._open(decision))
            case RaiseHandoff(decision):
                self._later(lambda: self._raise(decision))
            case ReportLegLost(cause):
                self._later(lambda: self._leg_lost(cause))
            case ReportAccepted(person):
                self._later(lambda: self._accepted(person))
            case ReportJoined():
                self._later(self._joined)
            case ReportCallerLeft():
                self._later(self._caller_left)
            case WriteRequest(request):
                self._later(lambda: self._request(request))
            case Mark():
                self._mark(ask)
            case Abandon():
                raise Abandoned
            case Finish():
                pass  # the loop ends by the phase
            case _:
                assert_never(ask)

    async def _telephone(self, request: events.LineRequest) -> None:
        match request:
            case events.StopPlayback():
                await self._mouth.stop()
            case events.Listen(on):
                self._ears.listen(on)
                await self._send(request)
            case _:
                await self._send(request)

    async def _send(self, request: events.LineRequest) -> None:
        try:
            await self._line.send(request)
        except EngineFailed:
            self.tell(CallEnded(events.EndReason.ERROR))

    async def _tell_when_done(self, answer: Awaitable[Happening | None]) -> None:
        if (happening := await answer) is not None:
            self.tell(happening)

    async def _narrate(self, decision: Decision) -> None:
        """After the offer and beside it: the nurse has the caller's own words at once, and a sentence of them if one can be had."""
        quotes = [hit.quote for hit in decision.hits if hit.quote]
        self.session.narrative = await self._scribe.narrate(
            lambda: [turn.text for turn in self.session.transcript.caller_words()], quotes
        )
        if self.session.narrative and self.session.phase in (Phase.WAITING, Phase.JOINING, Phase.TICKETED):
            self._later(lambda: self._raise(self.session.decision or decision))

    def _mark(self, mark: Mark) -> None:
        if self._rehearsal is not None:
            t = self.session.at_s(self._house.clock.monotonic())
            timings = self._timings(mark)
            facts = {**mark.facts, "handoff_id": self._handoff or ""}
            self._rehearsal.publish(
                TimelineEvent(t, mark.act, self._incoming.call_id, mark.text, facts, timings_ms=timings)
            )
        if mark.act == "near_threshold":
            self._later(lambda: self._records.near_threshold(mark.facts))
        act = {
            "answered": "call.answered",
            "connected": "call.connected",
            "closed": "call.closed",
            "machine": "call.machine",
        }.get(mark.act)
        if act:
            details: tuple[tuple[str, Detail], ...] = (("level", self.session.level.word),)
            self._later(lambda: self._records.note(act, details=details))
        if mark.act in ("answered", "decided", "stored", "connected", "closed", "released", "ticket", "disconnected"):
            log.info(f"call_{mark.act}", call_id=self._incoming.call_id, level=self.session.level.word)

    def _timings(self, mark: Mark) -> dict[str, float]:
        if mark.act == "heard" and mark.facts.get("final"):
            return dict(self._ears.timings_ms)
        if mark.act == "said" and not mark.facts.get("fixed"):
            return {"model": self._scribe.phrase_ms, "tts": self._mouth.first_audio_ms}
        return {}

    # --- writing, in order ----------------------------------------------------------------------------------------------

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        self._ledger.put_nowait(work)

    async def _write(self) -> None:
        while (work := await self._ledger.get()) is not None:
            try:
                await work()
            except TriageError as error:
                log.error("call_write_failed", call_id=self._incoming.call_id, fault=type(error).__name__)
                self.tell(EngineDown("store"))

    async def _begin(self) -> None:
        """Who calls, on disk; and whether this number called before, which only the vault knows."""
        returning = await self._records.begin(self._incoming, drill=self._rehearsal is not None)
        if returning is not None:
            self.tell(returning)

    async def _open(self, decision: Decision) -> None:
        """The decision, the packet and the audit entry in one transaction; only then is anybody told."""
        if self._handoff is not None:
            await self._raise(decision)
            return
        handoff = await self._house.desk.open(
            decision,
            self._packet(decision),
            idempotency_key=self._incoming.call_id,
            drill=self._rehearsal is not None,
            clinic_now=self._clinic_now(),
            language=self.session.language,
        )
        self._handoff = handoff.handoff_id
        self._following = self._group.create_task(self._follow(handoff.handoff_id))
        self._narrating = self._group.create_task(self._narrate(decision))
        callback = handoff.callback
        self.tell(
            Stored(handoff.handoff_id, callback.by.isoformat(), self._promised(callback))
            if callback
            else Stored(handoff.handoff_id)
        )

    def _promised(self, callback: Callback) -> str:
        """The time of a callback, as this caller understands it."""
        language = self.session.rules.language
        return (
            spoken(callback.by, self._clinic_now(), language) if language != self._house.language else callback.spoken
        )

    async def _raise(self, decision: Decision) -> None:
        if self._handoff is not None:
            await self._house.desk.update(self._handoff, decision, self._packet(decision))

    async def _leg_lost(self, cause: str) -> None:
        if self._handoff is not None:
            await self._house.desk.leg_lost(self._handoff, cause)

    async def _accepted(self, person: Person) -> None:
        if self._handoff is not None:
            with suppress(Conflict, IllegalTransition):  # taken from her a moment ago: the desk has said so
                await self._house.desk.accept(self._handoff, person)

    async def _joined(self) -> None:
        if self._handoff is not None:
            await self._house.desk.joined(self._handoff)

    async def _caller_left(self) -> None:
        if self._handoff is not None:
            await self._house.desk.caller_left(self._handoff)

    async def _request(self, request: Request) -> None:
        await self._records.request(request)
        self.tell(Written(request.wording))

    async def _close_the_book(self) -> None:
        reason = "handed_over" if self._handoff else "handled"
        await self._records.end(self.session.transcript.turns, level=self.session.level, reason=reason)

    def _packet(self, decision: Decision) -> HandoffPacket:
        return brief(
            self.session, decision, self._incoming, self._house.versions, now=self._house.clock.now(),
            drill=self._rehearsal is not None,
        )  # fmt: skip

    def _clinic_now(self) -> datetime:
        shift = self._rehearsal.shift if self._rehearsal else timedelta()
        return self._house.clock.now() + shift

    # --- the desk's news ------------------------------------------------------------------------------------------------

    async def _follow(self, handoff_id: HandoffId) -> None:
        async for change in self._house.desk.follow(handoff_id):
            for happening in self._news(change):
                self.tell(happening)

    def _news(self, change: Change) -> list[Happening]:
        handoff = change.handoff
        match change.verb:
            case "claimed":
                person = handoff.claimed_by or Person("")
                contact = self._house.contacts(person)
                return [Claimed(person, contact)] if contact else []
            case "taken_over":
                person = handoff.claimed_by or Person("")
                contact = self._house.contacts(person)
                return [TakenOver(person, contact)] if contact else [OfferedAgain()]
            case "accepted":
                return [NurseAccepted()]
            case "released":
                return [OfferedAgain()]
            case "callback" if handoff.callback is not None:
                return [Ticketed(handoff.callback.by.isoformat(), self._promised(handoff.callback))]
            case "completed":
                return [NurseCompleted()]
            case _:
                return []
