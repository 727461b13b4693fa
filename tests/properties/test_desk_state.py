"""The desk on a real vault as a state machine, with nurses, calls, clocks that jump, a store that fails and a process that dies.

No escalation is lost, none doubled, none claimed twice; every one ends completed by a nurse or as a callback with a time; what
the nurses are shown is what is on the disk; no promise gets later, no level lower."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests.desk.conftest import AMARA, JONAS, MATRIX, SettableClock, decision, packet
from triage.desk import desk as desks
from triage.desk.desk import Desk
from triage.errors import Conflict, IllegalTransition, UsageError, VaultError
from triage.escalation.levels import Level
from triage.handoff.handoff import Handoff
from triage.handoff.state import HandoffState
from triage.ids import HandoffId
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Vault

PEOPLE = st.sampled_from([AMARA, JONAS])
LEVELS = st.sampled_from([Level.SCOPE, Level.HUMAN, Level.CRISIS, Level.DANGER])
REFUSALS = (Conflict, IllegalTransition, UsageError)


class DeskAndVault(RuleBasedStateMachine):
    handoffs = Bundle("handoffs")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="desk-state-"))
        self.clock = SettableClock()
        self.keys: dict[str, HandoffId] = {}  # idempotency key -> what was acknowledged
        self.seen: dict[HandoffId, Handoff] = {}
        self.calls = 0

    @initialize(signed_in=st.booleans())
    def start(self, signed_in: bool) -> None:
        self.vault = Vault.open(self.folder / "vault.db", temporary_keys(), clock=self.clock, schemas=(desks.SCHEMA,))
        self.desk = Desk(self.vault, MATRIX, self.clock)
        if signed_in:
            self.run(self.desk.sign_in(AMARA))

    def run(self, work):
        return self.runner.run(self._run(work))

    async def _run(self, work):
        return await work

    @rule(target=handoffs, level=LEVELS, on_line=st.booleans())
    def escalate(self, level: Level, on_line: bool) -> HandoffId:
        self.calls += 1
        key = f"call-{self.calls}"
        return self._open(key, level, on_line)

    @rule(number=st.integers(1, 3), level=LEVELS)
    def escalate_again(self, number: int, level: Level) -> None:
        if (key := f"call-{number}") in self.keys:
            assert self._open(key, level, True) == self.keys[key]

    def _open(self, key: str, level: Level, on_line: bool) -> HandoffId:
        opened = self.run(
            self.desk.open(decision(level), packet(key, level), idempotency_key=key, caller_on_line=on_line)
        )
        self.keys[key] = opened.handoff_id
        return opened.handoff_id

    @rule(target=handoffs, level=LEVELS)
    def escalate_and_die(self, level: Level) -> HandoffId:
        """The call is cancelled while its handoff is being written."""
        self.calls += 1
        key = f"call-{self.calls}"

        async def cancelled() -> HandoffId:
            work = self.desk.open(decision(level), packet(key, level), idempotency_key=key)
            task = asyncio.create_task(work)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            await self.desk._book.settle()
            found = await self.vault.run(lambda tx: desks.store.by_key(tx, key))
            assert found is not None
            assert found.state is HandoffState.CALLBACK
            return found.handoff_id

        self.keys[key] = self.runner.run(cancelled())
        return self.keys[key]

    @rule(handoff_id=handoffs, level=LEVELS)
    def update(self, handoff_id: HandoffId, level: Level) -> None:
        call_id = self.seen[handoff_id].call_id if handoff_id in self.seen else "call-1"
        self.run(self.desk.update(handoff_id, decision(level), packet(call_id, level)))

    @rule(
        handoff_id=handoffs, person=PEOPLE, verb=st.sampled_from(["claim", "take_over", "accept", "release", "decline"])
    )
    def nurse(self, handoff_id: HandoffId, person, verb: str) -> None:
        try:
            self.run(getattr(self.desk, verb)(handoff_id, person))
        except REFUSALS:
            assert self._stored(handoff_id) == self.seen.get(handoff_id, self._stored(handoff_id))

    @rule(handoff_id=handoffs)
    def both_claim(self, handoff_id: HandoffId) -> None:
        async def race():
            return await asyncio.gather(
                self.desk.claim(handoff_id, AMARA), self.desk.claim(handoff_id, JONAS), return_exceptions=True
            )

        won = [one for one in self.runner.run(race()) if isinstance(one, Handoff)]
        assert len({one.claimed_by for one in won}) <= 1

    @rule(handoff_id=handoffs, person=PEOPLE, help_reached=st.sampled_from([True, False, None]))
    def complete(self, handoff_id: HandoffId, person, help_reached: bool | None) -> None:
        try:
            done = self.run(self.desk.complete(handoff_id, person, "advice_given", help_reached))
        except REFUSALS:
            return
        assert done.state is HandoffState.COMPLETED
        assert help_reached is not None or done.level < Level.CRISIS or self.seen[handoff_id] == done

    @rule(handoff_id=handoffs, verb=st.sampled_from(["joined", "leg_lost", "caller_left", "give_up"]))
    def call(self, handoff_id: HandoffId, verb: str) -> None:
        self.run(getattr(self.desk, verb)(handoff_id))

    @rule(seconds=st.sampled_from([1, 21, 46, 700, 2000, 40_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds)
        self.run(self.desk._clocks.look())
        self.run(self.desk._alarms.look())

    @rule(hours=st.sampled_from([-3, -1, 1, 12]))
    def wall_clock_is_set(self, hours: int) -> None:
        self.run(self.desk._clocks.look())  # it does so by itself after every change
        self.clock.wall += timedelta(hours=hours)
        self.run(self.desk._clocks.look())

    @rule(handoff_id=handoffs)
    def store_fails(self, handoff_id: HandoffId) -> None:
        """In the middle of a transaction; nothing of it may remain, on the disk or in what the nurses see."""
        self.run(self.vault.run(lambda tx: tx.execute("ALTER TABLE audit_entry RENAME TO away")))
        before = self.desk.worklist()
        try:
            for work in (self.desk.claim(handoff_id, AMARA), self.desk.caller_left(handoff_id)):
                try:
                    self.run(work)
                except (VaultError, *REFUSALS):
                    pass
            assert self.desk.worklist() == before
        finally:
            self.run(self.vault.run(lambda tx: tx.execute("ALTER TABLE away RENAME TO audit_entry")))

    @rule(signed_in=st.booleans())
    def process_dies(self, signed_in: bool) -> None:
        """All that was in memory is gone; nobody who was on the line is."""
        self.desk = Desk(self.vault, MATRIX, self.clock)
        if signed_in:
            self.run(self.desk.sign_in(AMARA))
        self.run(self.desk.recover())
        for change in self.desk.worklist():
            assert not change.handoff.caller_on_line
            assert change.packet

    @invariant()
    def nothing_lost_doubled_or_made_later(self) -> None:
        if not hasattr(self, "desk"):
            return
        rows = self.run(self.vault.run(lambda tx: tx.execute("SELECT handoff_id, idempotency_key FROM handoff")))
        assert {key: handoff_id for handoff_id, key in rows} == self.keys
        stored = {handoff_id: self._stored(handoff_id) for handoff_id in self.keys.values()}
        shown = {change.handoff.handoff_id: change.handoff for change in self.desk.worklist()}
        assert shown == {key: one for key, one in stored.items() if one.open}
        for handoff_id, one in stored.items():
            before = self.seen.get(handoff_id)
            if before is not None:
                assert one.level >= before.level
                assert one.revision >= before.revision
                assert before.callback is None or (one.callback is not None and one.callback.by <= before.callback.by)
            if one.state is HandoffState.OFFERED or (one.held and not (one.joined and one.caller_on_line)):
                assert one.due_ms is not None
            assert one.state is not HandoffState.CALLBACK or isinstance(one.callback and one.callback.by, datetime)
        self.seen = stored

    def _stored(self, handoff_id: HandoffId) -> Handoff:
        return self.run(self.vault.run(lambda tx: desks.store.load(tx, handoff_id)))

    def teardown(self) -> None:
        try:
            if hasattr(self, "desk"):
                self._everybody_is_reached()
        finally:
            if hasattr(self, "vault"):
                self.run(self.vault.close())
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _everybody_is_reached(self) -> None:
        """Callers hang up at last, nurses do nothing: time alone must bring every handoff to an end."""
        for handoff_id in self.keys.values():
            self.run(self.desk.caller_left(handoff_id))
        for _ in range(3):
            self.clock.forward(3_000)
            self.run(self.desk._clocks.look())
        ends = {self._stored(handoff_id).state for handoff_id in self.keys.values()}
        assert ends <= {HandoffState.COMPLETED, HandoffState.CALLBACK}


TestDeskAndVault = DeskAndVault.TestCase
TestDeskAndVault.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
