"""The triage line's desk: handoffs made durable, offered to the nurses who are signed in, and never lost.

Every verb is one transaction: load, apply the pure transition, save, audit entry. Watchers and the waiting call hear of it only
after the commit. Clocks that run (rungs, leases) are kept in the store; a restart finds them where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from triage.audit.entry import Detail, Entry
from triage.clock import Clock
from triage.desk import store
from triage.desk.change import Change
from triage.desk.presence import Presence
from triage.errors import NotFound
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.escalation.matrix import Matrix
from triage.handoff import handoff as verbs
from triage.handoff.callback import Calendar, Callback, promise
from triage.handoff.conversion import packet_bytes
from triage.handoff.handoff import Handoff
from triage.handoff.packet import HandoffPacket
from triage.handoff.state import HandoffState
from triage.ids import CallId, HandoffId, Person, new_hex
from triage.telemetry import logs
from triage.vault.vault import Transaction, Vault

SCHEMA = store.SCHEMA
WHO = "core"
TIMERS_S_MAX = 5.0  # the clocks are looked at this often even if nothing woke them

log = logs.get("desk")


class Desk:
    def __init__(self, vault: Vault, matrix: Matrix, clock: Clock) -> None:
        self._vault = vault
        self._matrix = matrix
        self._clock = clock
        self._calendar = Calendar(
            matrix.zone, {str(day): hours for day, hours in matrix.hours.days.items()}, frozenset(matrix.hours.holidays)
        )
        self._open: dict[HandoffId, Change] = {}
        self._wake = asyncio.Event()
        self._followers: dict[HandoffId, list[asyncio.Queue[Change]]] = {}
        self.presence = Presence()

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
    ) -> Handoff:
        """Makes the handoff durable and offers it; the same key again is the same handoff. Nobody signed in outside the
        clinic's hours, or nobody on the line: a ticket at once. Raises VaultError."""
        now = self._clock.now()
        clinic_now = clinic_now or now
        handoff = Handoff(
            HandoffId(new_hex()), packet.call_id, HandoffState.OFFERED, decision.level, _ms(now), drill=drill,
            caller_on_line=caller_on_line, shift_ms=int((clinic_now - now) / timedelta(milliseconds=1)),
            rung_ends_ms=_ms(now) + self._rung_ms(decision.level, 0),
        )  # fmt: skip
        nobody = not self.presence.people and not self._calendar.is_open(clinic_now)
        if nobody or not caller_on_line:
            handoff = verbs.give_up(handoff, self._promise(handoff, now))
        packet = replace(
            packet,
            handoff_id=handoff.handoff_id,
            callback_by=handoff.callback.by.isoformat() if handoff.callback else "",
        )
        sealed = packet_bytes(packet)
        verb = "callback" if handoff.callback else "offered"

        def work(tx: Transaction) -> Handoff | None:
            if known := store.by_key(tx, idempotency_key):
                return known
            store.insert(tx, handoff, idempotency_key)
            tx.seal(handoff.call_id, store.PACKET, sealed)
            tx.append(_decided(handoff, decision))
            tx.append(self._entry(handoff, verb))
            return None

        known = await self._vault.run(work)
        if known is not None:
            return known
        self._publish(Change(handoff, verb, sealed))
        return handoff

    async def update(self, handoff_id: HandoffId, decision: Decision, packet: HandoffPacket) -> Handoff:
        """More is known, or the level was raised: a new packet, and the nurses are told. A promise already made is only ever
        brought forward."""
        now = self._clock.now()

        def work(tx: Transaction) -> tuple[Change, bool]:
            before = store.load(tx, handoff_id)
            handoff = verbs.raise_level(before, decision.level)
            sooner = handoff.state is HandoffState.CALLBACK and handoff.level > before.level
            if sooner:
                handoff = verbs.bring_forward(handoff, self._promise(handoff, now))
            callback_by = handoff.callback.by.isoformat() if handoff.callback else ""
            sealed = packet_bytes(replace(packet, handoff_id=handoff_id, callback_by=callback_by))
            store.save(tx, handoff)
            tx.seal(handoff.call_id, store.PACKET, sealed)
            act = "call.level_raised" if handoff.level > before.level else "handoff.updated"
            details: tuple[tuple[str, Detail], ...] = (("handoff_id", handoff_id), ("level", handoff.level.word))
            tx.append(Entry(act, WHO, call_id=handoff.call_id, subject=handoff_id, details=details))
            return Change(handoff, "callback" if sooner else "updated", sealed), handoff.open

        change, still_open = await self._vault.run(work)
        if still_open:
            self._publish(change)
        return change.handoff

    async def caller_left(self, handoff_id: HandoffId) -> Handoff:
        """Nobody had the caller: a callback. A nurse had: she completes."""

        def left(handoff: Handoff) -> tuple[Handoff, str]:
            if not handoff.open or not handoff.caller_on_line:
                return handoff, ""
            gone = verbs.leave(handoff)
            if handoff.state in (HandoffState.OFFERED, HandoffState.CLAIMED, HandoffState.RELEASED):
                return verbs.give_up(gone, self._promise(gone, self._clock.now())), "callback"
            return gone, "caller_left"

        return await self._apply(handoff_id, left, who=WHO)

    async def leg_lost(self, handoff_id: HandoffId) -> Handoff:
        """The nurse's telephone did not answer, or she was lost: offered again."""

        def lost(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.state not in (HandoffState.CLAIMED, HandoffState.ACCEPTED):
                return handoff, ""
            return self._offered_again(handoff), "released"

        return await self._apply(handoff_id, lost, who=WHO)

    async def joined(self, handoff_id: HandoffId) -> Handoff:
        """Nurse and caller hear each other: her lease no longer runs."""
        return await self._apply(handoff_id, lambda handoff: (verbs.join(handoff), "joined"), who=WHO)

    async def give_up(self, handoff_id: HandoffId) -> Handoff:
        """The ladder is exhausted: a ticket with a computed time."""

        def exhausted(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.state is not HandoffState.OFFERED:
                return handoff, ""
            return verbs.give_up(handoff, self._promise(handoff, self._clock.now())), "callback"

        return await self._apply(handoff_id, exhausted, who=WHO)

    async def follow(self, handoff_id: HandoffId) -> AsyncIterator[Change]:
        """Every later change of one handoff, until it is completed."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._followers.setdefault(handoff_id, []).append(queue)
        try:
            while True:
                change = await queue.get()
                yield change
                if not change.handoff.open:
                    return
        finally:
            self._followers[handoff_id].remove(queue)
            if not self._followers[handoff_id]:
                del self._followers[handoff_id]

    # --- the nurses' side -----------------------------------------------------------------------------------------------

    @property
    def dispositions(self) -> dict[str, str]:
        """How a handoff can end: key and words."""
        return dict(self._matrix.dispositions)

    def worklist(self) -> list[Change]:
        """Everything open, the most urgent first, then the oldest."""
        return sorted(self._open.values(), key=lambda change: change.handoff.order)

    async def claim(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """Exactly one wins. Raises Conflict for everybody else, NotFound, IllegalTransition."""
        lease_ms = int(self._matrix.timers.lease_s * 1000)
        return await self._apply(
            handoff_id,
            lambda handoff: (verbs.claim(handoff, person, now_ms=_ms(self._clock.now()), lease_ms=lease_ms), "claimed"),
            who=_nurse(person),
        )

    async def accept(self, handoff_id: HandoffId, person: Person) -> Handoff:
        return await self._apply(
            handoff_id, lambda handoff: (verbs.accept(handoff, person), "accepted"), who=_nurse(person)
        )

    async def release(self, handoff_id: HandoffId, person: Person) -> Handoff:
        def released(handoff: Handoff) -> tuple[Handoff, str]:
            verbs.owned(handoff, person)
            return self._offered_again(handoff), "released"

        return await self._apply(handoff_id, released, who=_nurse(person))

    async def decline(self, handoff_id: HandoffId, person: Person) -> Handoff:
        """Noted; the offer stays open for the others. Declining what one has claimed is giving it back."""
        current = await self._vault.run(lambda tx: store.load(tx, handoff_id))
        if current.claimed_by == person:
            return await self.release(handoff_id, person)
        return await self._apply(handoff_id, lambda handoff: (handoff, "declined"), who=_nurse(person))

    async def complete(
        self, handoff_id: HandoffId, person: Person, disposition: str, help_reached: bool | None
    ) -> Handoff:
        """Raises UsageError for a disposition that the matrix does not know, or an unanswered closing question."""
        verbs.check_disposition(disposition, self._matrix.dispositions)

        def completed(handoff: Handoff) -> tuple[Handoff, str]:
            if handoff.state is HandoffState.COMPLETED and handoff.claimed_by == person:
                return handoff, ""
            return verbs.complete(handoff, person, disposition, help_reached), "completed"

        return await self._apply(
            handoff_id, completed, who=_nurse(person),
            details=(("disposition", disposition), ("help_reached", bool(help_reached))),
        )  # fmt: skip

    async def read(self, handoff_id: HandoffId, person: Person) -> Change:
        """The handoff with its packet from the vault; the reading is in the audit log. Raises NotFound."""

        def work(tx: Transaction) -> Change:
            handoff = store.load(tx, handoff_id)
            packets = tx.unseal(handoff.call_id, store.PACKET, who=_nurse(person), why="treatment")
            if not packets:
                raise NotFound("This handoff has no packet.")
            return Change(handoff, "read", packets[-1])

        return await self._vault.run(work)

    async def sign_in(self, person: Person) -> None:
        if self.presence.add(person):
            await self._vault.run(lambda tx: tx.append(Entry("nurse.signed_in", _nurse(person))))

    async def sign_out(self, person: Person) -> None:
        if self.presence.remove(person):
            await self._vault.run(lambda tx: tx.append(Entry("nurse.signed_out", _nurse(person))))

    # --- clocks and restarts --------------------------------------------------------------------------------------------

    async def recover(self) -> list[Handoff]:
        """After a restart nobody of before is on the line with us any more: what was waiting becomes a callback."""

        def work(tx: Transaction) -> list[Change]:
            found = []
            for handoff in store.all_open(tx):
                packets = tx.unseal(handoff.call_id, store.PACKET, who=WHO, why="recovery")
                found.append(Change(handoff, "recovered", packets[-1] if packets else b""))
            return found

        for change in await self._vault.run(work):
            self._open[change.handoff.handoff_id] = change
        stranded = [c.handoff for c in self._open.values() if c.handoff.caller_on_line]
        return [await self.caller_left(handoff.handoff_id) for handoff in stranded]

    def has_call(self, call_id: CallId) -> bool:
        return any(change.handoff.call_id == call_id for change in self._open.values())

    async def run(self) -> None:
        """Keeps the clocks, until cancelled."""
        while True:
            now_ms = _ms(self._clock.now())
            for change in list(self._open.values()):
                await self._tick(change.handoff, now_ms)
            due = min((d for c in self._open.values() if (d := _due(c.handoff)) is not None), default=None)
            wait_s = TIMERS_S_MAX if due is None else min(TIMERS_S_MAX, max(0.0, (due - _ms(self._clock.now())) / 1000))
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s + 0.001)

    async def _tick(self, handoff: Handoff, now_ms: int) -> None:
        if handoff.lease_ends_ms is not None and now_ms >= handoff.lease_ends_ms:
            await self.leg_lost(handoff.handoff_id)
        elif handoff.rung_ends_ms is not None and now_ms >= handoff.rung_ends_ms:
            rungs = self._matrix.route_of(handoff.level).rungs
            if handoff.rung + 1 >= len(rungs):
                await self.give_up(handoff.handoff_id)
                return
            ends = now_ms + self._rung_ms(handoff.level, handoff.rung + 1)

            def asked_again(current: Handoff) -> tuple[Handoff, str]:
                if current.state is not HandoffState.OFFERED or current.rung != handoff.rung:
                    return current, ""
                return verbs.next_rung(current, rung_ends_ms=ends), "paged"

            await self._apply(handoff.handoff_id, asked_again, who=WHO)

    # --- one verb, one transaction --------------------------------------------------------------------------------------

    async def _apply(
        self,
        handoff_id: HandoffId,
        verb: Callable[[Handoff], tuple[Handoff, str]],
        *,
        who: str,
        details: tuple[tuple[str, Detail], ...] = (),
    ) -> Handoff:
        """`verb` returns the next handoff and the name of what happened; an empty name: nothing did."""

        def work(tx: Transaction) -> tuple[Handoff, str]:
            before = store.load(tx, handoff_id)
            handoff, name = verb(before)
            if not name or (handoff == before and name != "declined"):
                return before, ""
            store.save(tx, handoff)
            tx.append(self._entry(handoff, name, who=who, details=details))
            return handoff, name

        handoff, name = await self._vault.run(work)
        if name:
            known = self._open.get(handoff_id)
            self._publish(Change(handoff, name, known.packet if known else b""))
        return handoff

    def _publish(self, change: Change) -> None:
        handoff = change.handoff
        if handoff.open:
            self._open[handoff.handoff_id] = change
        else:
            self._open.pop(handoff.handoff_id, None)
        log.info(f"handoff_{change.verb}", handoff_id=handoff.handoff_id, level=handoff.level.word)
        for queue in self._followers.get(handoff.handoff_id, ()):
            queue.put_nowait(change)
        self.presence.tell(change)
        self._wake.set()

    def _offered_again(self, handoff: Handoff) -> Handoff:
        released = verbs.release(handoff)
        if not handoff.caller_on_line:
            return verbs.give_up(released, self._promise(released, self._clock.now()))
        return verbs.offer_again(released, rung_ends_ms=_ms(self._clock.now()) + self._rung_ms(handoff.level, 0))

    def _rung_ms(self, level: Level, rung: int) -> int:
        return int(self._matrix.route_of(level).rungs[rung].claim_within_s * 1000)

    def _promise(self, handoff: Handoff, now: datetime) -> Callback:
        route = self._matrix.route_of(handoff.level)
        clinic_now = now + timedelta(milliseconds=handoff.shift_ms)
        return promise(
            self._calendar, clinic_now, within_min=route.callback_within_min, any_hour=route.callback_any_hour
        )

    def _entry(
        self, handoff: Handoff, verb: str, *, who: str = WHO, details: tuple[tuple[str, Detail], ...] = ()
    ) -> Entry:
        facts: tuple[tuple[str, Detail], ...] = (
            ("level", handoff.level.word),
            ("state", handoff.state.name.lower()),
            ("drill", handoff.drill),
            *((("callback_by", handoff.callback.by.isoformat()),) if handoff.callback and verb == "callback" else ()),
            *details,
        )
        acts = {"joined": "handoff.connected", "caller_left": "handoff.caller_left"}
        act = acts.get(verb, f"handoff.{verb}")
        return Entry(act, who, call_id=handoff.call_id, subject=handoff.handoff_id, details=facts)


def _decided(handoff: Handoff, decision: Decision) -> Entry:
    triggers = "+".join(decision.triggers[:8])
    details: tuple[tuple[str, Detail], ...] = (
        ("level", decision.level.word),
        ("triggers", triggers),
        ("matrix", decision.matrix),
    )
    return Entry("escalation.decided", WHO, call_id=handoff.call_id, subject=handoff.handoff_id, details=details)


def _due(handoff: Handoff) -> int | None:
    return min((at for at in (handoff.lease_ends_ms, handoff.rung_ends_ms) if at is not None), default=None)


def _nurse(person: Person) -> str:
    return f"nurse:{person}"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
