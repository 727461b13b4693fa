"""The triage line's desk: handoffs made durable, offered to the nurses who are signed in, and never lost.

Every verb is one transaction: load, apply the pure transition, save, audit entry. Watchers and the waiting call hear of it only
after the commit, and always then, even when whoever asked is gone. Clocks are kept in the store; a restart finds them.

The conversation: `open`, `update`, `joined`, `leg_lost`, `caller_left`, `give_up`, `follow`. Nurses: `sign_in`, `worklist`,
`claim`, `take_over`, `accept`, `decline`, `release`, `complete`, `read`. The house: `recover`, then `run`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from triage.audit.entry import Entry
from triage.clock import Clock
from triage.desk import entries, history, store
from triage.desk.alarms import Alarm, Alarms, pressing
from triage.desk.book import Book
from triage.desk.change import Change
from triage.desk.clocks import Clocks
from triage.desk.entries import CORE, Details, nurse
from triage.desk.paging import Paging, Way
from triage.desk.presence import NO_SKILLS, Presence, Skills
from triage.errors import IntegrityError, NotFound, UsageError
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.escalation.matrix import CLOCK_S_MAX, Matrix, Rung
from triage.handoff import handoff as verbs
from triage.handoff.callback import Calendar, Callback, promise
from triage.handoff.conversion import packet_bytes
from triage.handoff.handoff import OFFERS_MAX, Handoff
from triage.handoff.packet import HandoffPacket
from triage.handoff.state import HandoffState
from triage.ids import CallId, HandoffId, Person, new_hex
from triage.staffing.figures import Line, line
from triage.telemetry import logs
from triage.vault.vault import Transaction, Vault

SCHEMA = store.SCHEMA
NO_CALENDAR_MIN = 24 * 60  # the promise of a clinic whose calendar never opens: wrong data must not cost the ticket

log = logs.get("desk")

Verb = Callable[[Handoff], tuple[Handoff, str]]


class Desk:
    """`skills`: of the nurses, by the configuration. `ways`: how nurses who are at no console are paged. `posts`: every
    change goes into the outbox for the clinic's records (triage/ehr)."""

    def __init__(
        self, vault: Vault, matrix: Matrix, clock: Clock, *, skills: Skills = NO_SKILLS, ways: Sequence[Way] = (),
        posts: bool = False,
    ) -> None:  # fmt: skip
        self._vault = vault
        self._matrix = matrix
        self._clock = clock
        self._calendar = Calendar(
            matrix.zone, {str(day): hours for day, hours in matrix.hours.days.items()}, frozenset(matrix.hours.holidays)
        )
        self._posts = posts
        self.presence = Presence(clock, skills)
        self._paging = Paging(vault, ways, self.claim)
        self._book = Book(vault, self.presence, self._told)
        longest = max(matrix.timers.callback_lease_s, CLOCK_S_MAX)
        self._clocks = Clocks(self._book, clock, self._time_is_up, lease_s_max=longest)
        after_s = matrix.timers.alarm_after_s
        self._alarms = Alarms(self._book, self.presence, clock, after_s, self._sound, self._turned)

    # --- the conversation's side ----------------------------------------------------------------------------------------

    async def open(
        self,
        decision: Decision,
        packet: HandoffPacket,
        *,
        idempotency_key: str,
        drill: bool = False,
        clinic_now: datetime | None = None,
        caller_on_line: bool = True,
        language: str = "",
    ) -> Handoff:
        """Makes the handoff durable and offers it; the same key again is the same handoff. Nobody signed in outside the
        clinic's hours, or nobody on the line: a ticket at once. A caller of this who is cancelled leaves a callback behind.
        Raises VaultError."""
        now = self._clock.now()
        clinic_now = clinic_now or now
        handoff = Handoff(
            HandoffId(new_hex()), packet.call_id, HandoffState.OFFERED, decision.level, _ms(now), drill=drill,
            caller_on_line=caller_on_line, shift_ms=int((clinic_now - now) / timedelta(milliseconds=1)),
            rung_ends_ms=_ms(now) + self._rung_ms(decision.level, 0), language=language,
        )  # fmt: skip
        nobody = not self.presence.people
        if not caller_on_line or (nobody and not self._calendar.is_open(clinic_now)):
            handoff = verbs.give_up(handoff, self._promise(handoff))
        sealed = packet_bytes(replace(packet, handoff_id=handoff.handoff_id, callback_by=_promised(handoff)))

        def work(tx: Transaction) -> Change:
            if known := store.by_key(tx, idempotency_key):
                return Change(known, "", b"")
            verb = "callback" if handoff.callback else "offered"
            store.insert(tx, handoff, idempotency_key)
            tx.seal(handoff.call_id, store.PACKET, sealed)
            tx.append(entries.decided(handoff, decision))
            tx.append(entries.happened(handoff, verb))
            if nobody:
                tx.append(entries.nobody_signed_in(handoff))
            self._post(tx, handoff)
            return Change(handoff, verb, sealed)

        change = await self._book.write(work, if_nobody_waits=lambda done: self.caller_left(done.handoff.handoff_id))
        return change.handoff

    async def update(self, handoff_id: HandoffId, decision: Decision, packet: HandoffPacket) -> Handoff:
        """More is known, or the level was raised: a new packet, and the nurses are told. A promise already made is only ever
        brought forward."""

        def work(tx: Transaction) -> Change:
            before = store.load(tx, handoff_id)
            ends = self._now_ms() + self._rung_ms(decision.level, 0)
            handoff = verbs.raise_level(before, decision.level, rung_ends_ms=ends)
            raised = handoff.level > before.level
            sooner = raised and handoff.state is HandoffState.CALLBACK
            if sooner:
                handoff = verbs.bring_forward(handoff, self._promise(handoff))
            sealed = packet_bytes(replace(packet, handoff_id=handoff_id, callback_by=_promised(handoff)))
            store.save(tx, handoff)
            tx.seal(handoff.call_id, store.PACKET, sealed)
            tx.append(entries.happened(handoff, "raised" if raised else "updated"))
            self._post(tx, handoff)
            verb = "callback" if sooner else "updated"
            return Change(handoff, verb if handoff.open else "", sealed)

        return (await self._book.write(work)).handoff

    async def caller_left(self, handoff_id: HandoffId) -> Handoff:
        """Nobody had spoken with the caller: a callback. A nurse had: she says how it ended."""
        return await self._apply(handoff_id, self._left)

    async def leg_lost(self, handoff_id: HandoffId, cause: str = "leg_lost") -> Handoff:
        """The nurse's telephone was not answered (`cause` says how), or she was lost: offered again."""
        return await self._apply(handoff_id, self._given_back, cause=cause)

    async def joined(self, handoff_id: HandoffId) -> Handoff:
        """Nurse and caller hear each other: her lease no longer runs."""
        return await self._apply(handoff_id, lambda handoff: (verbs.join(handoff), "joined"))

    async def give_up(self, handoff_id: HandoffId) -> Handoff:
        """The ladder is exhausted: a ticket with a computed time."""

        def exhausted(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.state is not HandoffState.OFFERED:
                return handoff, ""
            return verbs.give_up(handoff, self._promise(handoff)), "callback"

        return await self._apply(handoff_id, exhausted, cause="exhausted")

    def follow(self, handoff_id: HandoffId) -> AsyncIterator[Change]:
        """Every change of one handoff from this moment on, until it is completed."""
        return self._book.follow(handoff_id)

    def has_call(self, call_id: CallId) -> bool:
        return any(change.handoff.call_id == call_id for change in self._book.open.values())

    # --- the nurses' side -----------------------------------------------------------------------------------------------

    @property
    def dispositions(self) -> dict[str, str]:
        """How a handoff can end: key and words."""
        return dict(self._matrix.dispositions)

    def worklist(self) -> list[Change]:
        """Everything open, the most urgent first, then the oldest."""
        return sorted(self._book.open.values(), key=lambda change: change.handoff.order)

    async def claim(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """Exactly one wins. Raises Conflict for everybody else, NotFound, IllegalTransition."""
        timers = self._matrix.timers

        def claimed(handoff: Handoff) -> tuple[Handoff, str]:
            taken = verbs.claim(
                handoff, person, now_ms=self._now_ms(), lease_ms=int(timers.lease_s * 1000),
                callback_lease_ms=int(timers.callback_lease_s * 1000),
            )  # fmt: skip
            return taken, "claimed"

        return await self._apply(handoff_id, claimed, who=nurse(person))

    async def take_over(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """From the nurse who has it. Raises Conflict when nobody has it, NotFound."""
        timers = self._matrix.timers

        def taken(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.held and handoff.claimed_by == person:
                return handoff, ""
            after = verbs.take_over(
                handoff, person, now_ms=self._now_ms(), lease_ms=int(timers.lease_s * 1000),
                callback_lease_ms=int(timers.callback_lease_s * 1000),
            )  # fmt: skip
            return after, "taken_over"

        return await self._apply(handoff_id, taken, who=nurse(person))

    async def accept(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """Raises Conflict when it is not hers (any more)."""
        return await self._apply(handoff_id, lambda one: (verbs.accept(one, person), "accepted"), who=nurse(person))

    async def release(self, handoff_id: HandoffId, person: Person, reason: str = "") -> Handoff:
        """Raises Conflict when it is not hers (any more), UsageError for a reason that is none."""
        verbs.check_reason(reason)

        def released(handoff: Handoff) -> tuple[Handoff, str]:
            verbs.owned(handoff, person)
            return self._given_back(handoff)

        return await self._apply(handoff_id, released, who=nurse(person), cause=reason)

    async def decline(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """Noted; the offer stays open for the others. Declining what one has claimed is giving it back."""

        def declined(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.held and handoff.claimed_by == person:
                return self._given_back(handoff)
            return handoff, "declined" if handoff.open else ""

        return await self._apply(handoff_id, declined, who=nurse(person))

    async def complete(
        self, handoff_id: HandoffId, person: Person, disposition: str, help_reached: bool | None
    ) -> Handoff:
        """Raises UsageError for a disposition that the matrix does not know or an unanswered closing question, Conflict,
        IllegalTransition while the caller waits."""
        verbs.check_disposition(disposition, self._matrix.dispositions)

        def completed(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.state is HandoffState.COMPLETED and handoff.claimed_by == person:
                return handoff, ""
            return verbs.complete(handoff, person, disposition, help_reached), "completed"

        answered: Details = () if help_reached is None else (("help_reached", help_reached),)
        details = (("disposition", disposition), *answered)
        return await self._apply(handoff_id, completed, who=nurse(person), details=details)

    async def read(self, handoff_id: HandoffId, person: Person) -> Change:
        """The handoff with its packet from the vault; the reading is in the audit log. Raises NotFound."""

        def work(tx: Transaction) -> Change:
            handoff = store.load(tx, handoff_id)
            packets = tx.unseal(handoff.call_id, store.PACKET, who=nurse(person), why="treatment")
            if not packets:
                raise NotFound("This handoff has no packet.")
            return Change(handoff, "read", packets[-1])

        return await self._vault.run(work)

    async def figures(self, window_s: float) -> Line:
        """How the line does, over the last `window_s`. Raises VaultError."""
        now_ms = self._now_ms()
        past = await self._vault.run(lambda tx: history.past(tx, since_ms=now_ms - int(window_s * 1000)))
        return line(past, now_ms=now_ms, window_s=window_s)

    async def sign_in(self, person: Person) -> None:
        if self.presence.add(person):
            await self._vault.run(lambda tx: tx.append(Entry("nurse.signed_in", nurse(person))))

    async def sign_out(self, person: Person) -> None:
        if self.presence.remove(person):
            await self._vault.run(lambda tx: tx.append(Entry("nurse.signed_out", nurse(person))))

    # --- clocks and restarts --------------------------------------------------------------------------------------------

    async def recover(self) -> list[Handoff]:
        """After a restart nobody of before is on the line with us any more: what was waiting becomes a callback. A packet that
        cannot be read costs the packet, not the handoff. Raises VaultError."""
        for change in await self._vault.run(lambda tx: [_recovered(tx, handoff) for handoff in store.all_open(tx)]):
            self._book.open[change.handoff.handoff_id] = change
        stranded = [c.handoff.handoff_id for c in self._book.open.values() if c.handoff.caller_on_line]
        return [await self._apply(one, self._left, cause="core_restarted") for one in stranded]

    async def run(self) -> None:
        """Keeps the clocks and raises the alarms, until cancelled."""
        alarms = asyncio.get_running_loop().create_task(self._alarms.run())
        try:
            await self._clocks.run()
        finally:
            alarms.cancel()
            await self._paging.close()

    def rings_for(self, change: Change, person: Person) -> bool:
        """Whether this nurse is the one to take it: those who are asked at first, everybody from the second alarm."""
        handoff = change.handoff
        if handoff.state is HandoffState.CALLBACK:
            return pressing(handoff) != ""
        if handoff.state is not HandoffState.OFFERED:
            return False
        rung = self._rung(handoff)
        return change.alarm >= 2 or person in self.presence.asked(rung.skill, handoff.language)

    def _rung(self, handoff: Handoff) -> Rung:
        rungs = self._matrix.route_of(handoff.level).rungs
        return rungs[min(handoff.rung, len(rungs) - 1)]

    def _told(self, change: Change) -> None:
        """After every commit."""
        handoff = change.handoff
        climbed = change.verb in ("offered", "paged", "released", "updated") and handoff.state is HandoffState.OFFERED
        if climbed and self._rung(handoff).who == "on_call":
            self._paging.page(handoff)

    async def _sound(self, alarm: Alarm) -> None:
        handoff = alarm.change.handoff
        await self._vault.run(lambda tx: tx.append(entries.alarmed(handoff, alarm.cause, alarm.number)))
        log.warning("alarm_raised", handoff_id=handoff.handoff_id, level=handoff.level.word)
        self._book.alarmed(handoff.handoff_id, alarm.number)
        if alarm.pages:
            self._paging.page(handoff)

    async def _turned(self, stopped: frozenset[Person], again: frozenset[Person]) -> None:
        def work(tx: Transaction) -> None:
            for person in sorted(stopped):
                tx.append(Entry("nurse.not_responding", nurse(person)))
            for person in sorted(again):
                tx.append(Entry("nurse.signed_in", nurse(person), reason="responds_again"))

        await self._vault.run(work)

    async def _time_is_up(self, handoff_id: HandoffId, revision: int) -> None:
        """A lease, rung or promise of this revision has ended; nothing happens when something else was quicker."""

        def ended(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.revision != revision or handoff.due_ms is None:
                return handoff, ""
            if handoff.state is HandoffState.CALLBACK:
                return verbs.remind(handoff), "overdue"
            if handoff.held:
                return self._given_back(handoff)
            if handoff.rung + 1 >= len(self._matrix.route_of(handoff.level).rungs):
                return verbs.give_up(handoff, self._promise(handoff)), "callback"
            ends = self._now_ms() + self._rung_ms(handoff.level, handoff.rung + 1)
            return verbs.next_rung(handoff, rung_ends_ms=ends), "paged"

        await self._apply(handoff_id, ended, cause="time_is_up")

    # --- verbs ----------------------------------------------------------------------------------------------------------

    async def _apply(
        self, handoff_id: HandoffId, verb: Verb, *, who: str = CORE, cause: str = "", details: Details = ()
    ) -> Handoff:
        """`verb` returns the next handoff and the name of what happened; an empty name: nothing did."""

        def work(tx: Transaction) -> Change:
            before = store.load(tx, handoff_id)
            handoff, name = verb(before)
            if not name or (handoff == before and name != "declined"):
                return Change(before, "", b"")
            store.save(tx, handoff)
            tx.append(entries.happened(handoff, name, who=who, cause=cause, details=details))
            self._post(tx, handoff)
            return Change(handoff, name, b"")

        return (await self._book.write(work)).handoff

    def _post(self, tx: Transaction, handoff: Handoff) -> None:
        if self._posts and not handoff.drill:
            store.outbox(tx, handoff)

    def _left(self, handoff: Handoff) -> tuple[Handoff, str]:
        if not handoff.open or not handoff.caller_on_line:
            return handoff, ""
        gone = verbs.leave(handoff, lease_ends_ms=self._now_ms() + int(self._matrix.timers.callback_lease_s * 1000))
        # A nurse who took a ticket while the caller still heard about it has it to ring back.
        hers = handoff.held and (handoff.joined or handoff.callback is not None)
        if hers or handoff.state is HandoffState.CALLBACK:
            return gone, "caller_left"
        return verbs.give_up(gone, self._promise(gone)), "callback"

    def _given_back(self, handoff: Handoff) -> tuple[Handoff, str]:
        """Offered again; or a ticket, when nobody is on the line or offering it does not help."""
        if not handoff.held:
            return handoff, ""
        released = verbs.release(handoff)
        if not handoff.caller_on_line or handoff.offers >= OFFERS_MAX:
            return verbs.give_up(released, self._promise(released)), "callback"
        return verbs.offer_again(released, rung_ends_ms=self._now_ms() + self._rung_ms(handoff.level, 0)), "released"

    def _rung_ms(self, level: Level, rung: int) -> int:
        return int(self._matrix.route_of(level).rungs[rung].claim_within_s * 1000)

    def _promise(self, handoff: Handoff) -> Callback:
        """At any hour only while a nurse is signed in: at night nobody can keep what nobody has heard of."""
        route = self._matrix.route_of(handoff.level)
        clinic_now = self._clock.now() + timedelta(milliseconds=handoff.shift_ms)
        any_hour = route.callback_any_hour and bool(self.presence.people)
        make = partial(promise, self._calendar, clinic_now)
        try:
            return make(within_min=route.callback_within_min, any_hour=any_hour)
        except UsageError:
            log.error("calendar_never_opens", handoff_id=handoff.handoff_id)
            return make(within_min=NO_CALENDAR_MIN, any_hour=True)

    def _now_ms(self) -> int:
        return _ms(self._clock.now())


def _recovered(tx: Transaction, handoff: Handoff) -> Change:
    try:
        packets = tx.unseal(handoff.call_id, store.PACKET, who=CORE, why="recovery")
    except (NotFound, IntegrityError) as error:
        log.error("packet_unreadable", handoff_id=handoff.handoff_id, fault=type(error).__name__)
        tx.append(entries.unreadable(handoff, type(error).__name__))
        packets = []
    return Change(handoff, "recovered", packets[-1] if packets else b"")


def _promised(handoff: Handoff) -> str:
    return handoff.callback.by.isoformat() if handoff.callback else ""


def _ms(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
