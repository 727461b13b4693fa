"""Leases, rungs and promises on virtual time, and what happens when a wall clock jumps or the store fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.desk.conftest import AMARA, JONAS, MATRIX, Triage, decision, packet, triage
from triage.errors import Conflict
from triage.escalation.levels import Level
from triage.handoff.state import HandoffState
from triage.testing import virtual_time
from triage.testing.vault_keys import temporary_keys
from triage.testing.virtual_time import VirtualClock

Scene = Callable[[Triage, VirtualClock], Awaitable[None]]


@asynccontextmanager
async def running(line: Triage):
    task = asyncio.create_task(line.desk.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def play(folder: Path, scene: Scene, *nurses) -> None:
    async def main(clock: VirtualClock) -> None:
        async with triage(folder, clock, None, *nurses) as line, running(line):
            await scene(line, clock)

    virtual_time.run(main)


def test_nobody_claims_so_every_rung_is_asked_and_then_a_ticket_made(tmp_path: Path) -> None:
    async def scene(line: Triage, clock: VirtualClock) -> None:
        started = clock.monotonic()
        handoff = await line.offered()
        heard = [
            (round(clock.monotonic() - started), change.verb) async for change in _until(line, handoff, "callback")
        ]
        assert heard == [(20, "paged"), (40, "paged"), (60, "callback")]
        assert line.desk.worklist()[0].handoff.callback is not None

    play(tmp_path, scene, AMARA)


def test_a_nurse_who_claims_and_vanishes_loses_it_to_the_others(tmp_path: Path) -> None:
    async def scene(line: Triage, clock: VirtualClock) -> None:
        handoff = await line.offered()
        await line.desk.claim(handoff.handoff_id, AMARA)
        started = clock.monotonic()
        async for _ in _until(line, handoff, "released"):
            pass
        assert 45 <= clock.monotonic() - started < 46
        assert (await line.desk.claim(handoff.handoff_id, JONAS)).claimed_by == JONAS

    play(tmp_path, scene, AMARA, JONAS)


def test_while_they_talk_no_clock_runs(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        await line.desk.claim(handoff.handoff_id, AMARA)
        await line.desk.joined(handoff.handoff_id)
        await asyncio.sleep(7200)
        assert (await line.stored(handoff.handoff_id)).claimed_by == AMARA

    play(tmp_path, scene, AMARA)


def test_a_callback_whose_nurse_vanished_comes_back_with_its_old_promise(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered(caller_on_line=False)
        await line.desk.claim(handoff.handoff_id, AMARA)
        await line.desk.accept(handoff.handoff_id, AMARA)
        async for _change in _until(line, handoff, "callback"):
            pass
        again = await line.stored(handoff.handoff_id)
        assert (again.state, again.claimed_by, again.callback) == (HandoffState.CALLBACK, None, handoff.callback)

    play(tmp_path, scene, AMARA)


def test_a_closing_that_is_forgotten_comes_back(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        await line.desk.claim(handoff.handoff_id, AMARA)
        await line.desk.joined(handoff.handoff_id)
        await line.desk.accept(handoff.handoff_id, AMARA)
        await line.desk.caller_left(handoff.handoff_id)
        async for _change in _until(line, handoff, "callback"):
            pass
        assert (await line.desk.complete(handoff.handoff_id, JONAS, "not_reached", False)).claimed_by == JONAS

    play(tmp_path, scene, AMARA, JONAS)


def test_an_overdue_promise_is_said_once(tmp_path: Path) -> None:
    async def scene(line: Triage, clock: VirtualClock) -> None:
        handoff = await line.offered(caller_on_line=False)
        assert handoff.callback is not None
        async for _ in _until(line, handoff, "overdue"):
            pass
        assert timedelta() <= clock.now() - handoff.callback.by < timedelta(seconds=1)
        await asyncio.sleep(3600)
        assert (await line.acts()).count("callback.missed") == 1

    play(tmp_path, scene, AMARA)


def test_a_drills_promise_ends_by_the_drills_clock(tmp_path: Path) -> None:
    async def scene(line: Triage, clock: VirtualClock) -> None:
        tonight = clock.now() + timedelta(hours=12)
        started = clock.monotonic()
        handoff = await line.offered(level=Level.CLINICAL, caller_on_line=False, drill=True, clinic_now=tonight)
        assert handoff.callback is not None
        async for _ in _until(line, handoff, "overdue"):
            pass
        promised_in_s = (handoff.callback.by - tonight).total_seconds()
        assert abs(clock.monotonic() - started - promised_in_s) < 2

    play(tmp_path, scene, AMARA)


def test_a_claim_just_before_the_lease_ends_is_not_taken_away_by_a_stale_clock(tmp_path: Path) -> None:
    """The clock saw an older state: what it ends is looked at again inside the transaction."""

    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        claimed = await line.desk.claim(handoff.handoff_id, AMARA)
        await line.desk.joined(handoff.handoff_id)
        await line.desk._time_is_up(handoff.handoff_id, claimed.revision)
        assert (await line.stored(handoff.handoff_id)).claimed_by == AMARA

    play(tmp_path, scene, AMARA)


class JumpingClock:
    """The loop's time, with a wall clock that somebody sets."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.shift = timedelta()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def now(self):
        return self._clock.now() + self.shift


def test_a_wall_clock_set_back_keeps_no_caller_waiting(tmp_path: Path) -> None:
    async def main(virtual: VirtualClock) -> None:
        clock = JumpingClock(virtual)
        async with triage(tmp_path, clock, None, AMARA) as line, running(line):
            handoff = await line.offered()
            changes = _until(line, handoff, "callback")
            await asyncio.sleep(1)
            started, clock.shift = clock.monotonic(), timedelta(hours=-3)
            async for _ in changes:
                pass
            assert clock.monotonic() - started < 65

    virtual_time.run(main)


def test_a_wall_clock_set_back_while_the_process_was_down_makes_no_lease_longer(tmp_path: Path) -> None:
    async def main(virtual: VirtualClock) -> None:
        clock, keys = JumpingClock(virtual), temporary_keys()
        async with triage(tmp_path, clock, keys, AMARA) as line:
            handoff = await line.offered(caller_on_line=False)
            await line.desk.claim(handoff.handoff_id, AMARA)
        clock.shift = timedelta(days=-2)
        async with triage(tmp_path, clock, keys, AMARA) as line:
            await line.desk.recover()
            async with running(line):
                await asyncio.sleep(MATRIX.timers.callback_lease_s + 5)
            assert (await line.stored(handoff.handoff_id)).state is HandoffState.CALLBACK

    virtual_time.run(main)


def test_a_wall_clock_set_forward_loses_nothing(tmp_path: Path) -> None:
    async def main(virtual: VirtualClock) -> None:
        clock = JumpingClock(virtual)
        async with triage(tmp_path, clock, None, AMARA) as line, running(line):
            handoff = await line.offered()
            await line.desk.claim(handoff.handoff_id, AMARA)
            clock.shift = timedelta(hours=2)
            await asyncio.sleep(10)
            again = await line.stored(handoff.handoff_id)
            assert again.state in (HandoffState.OFFERED, HandoffState.CALLBACK)
            assert again.claimed_by is None

    virtual_time.run(main)


def test_a_store_that_fails_for_a_while_does_not_stop_the_clocks(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        await line.vault.run(lambda tx: tx.execute("ALTER TABLE handoff RENAME TO away"))
        await asyncio.sleep(120)
        await line.vault.run(lambda tx: tx.execute("ALTER TABLE away RENAME TO handoff"))
        await asyncio.sleep(120)
        assert (await line.stored(handoff.handoff_id)).state is HandoffState.CALLBACK

    play(tmp_path, scene, AMARA)


def test_two_clocks_and_a_claim_at_the_same_instant_have_one_outcome(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        await line.desk.update(handoff.handoff_id, decision(), packet())
        current = await line.stored(handoff.handoff_id)
        results = await asyncio.gather(
            line.desk._time_is_up(handoff.handoff_id, current.revision), line.desk._time_is_up(handoff.handoff_id, current.revision),
            line.desk.claim(handoff.handoff_id, AMARA), line.desk.claim(handoff.handoff_id, JONAS), return_exceptions=True,
        )  # fmt: skip
        assert [type(one) for one in results].count(Conflict) == 1
        assert (await line.acts()).count("handoff.paged") == 1

    play(tmp_path, scene, AMARA, JONAS)


async def _until(line: Triage, handoff, verb: str):
    async for change in line.desk.follow(handoff.handoff_id):
        yield change
        if change.verb == verb:
            return
