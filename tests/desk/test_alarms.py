"""What nobody takes is never quiet: alarms that repeat and widen, nurses who stop responding, pages."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.desk.conftest import AMARA, JONAS, MATRIX, Triage, triage
from triage.desk import desk as desks
from triage.desk.alarms import due
from triage.desk.paging import Page
from triage.desk.presence import BEAT_S_MAX
from triage.errors import EngineFailed
from triage.escalation.levels import Level
from triage.handoff.state import HandoffState
from triage.ids import Person
from triage.testing import virtual_time
from triage.testing.virtual_time import VirtualClock

LENA = Person("lena.fischer")


class ScriptedWay:
    """Takes at the `takes_at`-th page; 0: never."""

    name = "telephone"

    def __init__(self, *, takes_at: int = 0, fails: bool = False) -> None:
        self.pages: list[Page] = []
        self._takes_at, self._fails = takes_at, fails

    async def send(self, page: Page) -> Person | None:
        self.pages.append(page)
        await asyncio.sleep(1)
        if self._fails:
            raise EngineFailed("Nobody there.")
        return LENA if len(self.pages) == self._takes_at else None


@pytest.mark.parametrize(
    ("waited", "number"),
    [(0, 0), (14.9, 0), (15, 1), (30, 2), (59.9, 2), (60, 3), (119, 3), (120, 4), (180, 5), (3600, 62)],
)
def test_alarms_widen_and_then_repeat(waited: float, number: int) -> None:
    assert due(waited, (15, 30, 60)) == number


def play(folder: Path, scene, *nurses: Person, way: ScriptedWay | None = None) -> None:
    async def main(clock: VirtualClock) -> None:
        async with triage(folder, clock, None, *nurses) as line:
            desk = desks.Desk(line.vault, MATRIX, clock, ways=[way] if way else [])
            for person in nurses:
                await desk.sign_in(person)
            here = Triage(desk, line.vault)
            task = asyncio.create_task(desk.run())
            try:
                await scene(here, clock)
            finally:
                task.cancel()
                await asyncio.wait({task})

    virtual_time.run(main)


def test_a_waiting_caller_rings_wider_and_wider(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        console = line.desk.presence.watch(AMARA)
        await line.offered(level=Level.CLINICAL)
        heard = []
        for _second in range(70):
            await asyncio.sleep(1)
            line.desk.presence.beat(AMARA)
            while not console.news.empty():
                change = console.news.get_nowait()
                if change is not None and change.verb == "alarm":
                    heard.append(change.alarm)
        assert heard == [1, 2]  # after a minute the ladder is over and it is a ticket
        assert (await line.acts()).count("alarm.raised") == 2

    play(tmp_path, scene, AMARA)


def test_the_on_call_telephone_is_rung_on_its_rung_and_takes_the_caller(tmp_path: Path) -> None:
    way = ScriptedWay(takes_at=1)

    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered()
        await asyncio.sleep(45)  # two rungs of nurses, then on_call
        assert [(page.level, page.waiting) for page in way.pages] == [(Level.DANGER, True)]
        stored = await line.stored(handoff.handoff_id)
        assert (stored.state, stored.claimed_by) == (HandoffState.CLAIMED, LENA)
        assert "page.sent" in await line.acts()

    play(tmp_path, scene, AMARA, way=way)


def test_at_night_a_ticket_in_danger_pages_until_somebody_takes_it(tmp_path: Path) -> None:
    way = ScriptedWay(takes_at=3)

    async def scene(line: Triage, _: VirtualClock) -> None:
        handoff = await line.offered(caller_on_line=False)
        await asyncio.sleep(5)
        assert len(way.pages) == 1  # at once: nobody is signed in
        await asyncio.sleep(60)
        stored = await line.stored(handoff.handoff_id)
        assert (stored.state, stored.claimed_by) == (HandoffState.CLAIMED, LENA)
        pages = len(way.pages)
        await asyncio.sleep(300)
        assert len(way.pages) == pages

    play(tmp_path, scene, way=way)


def test_a_routine_ticket_pages_nobody_until_its_promise_is_broken(tmp_path: Path) -> None:
    way = ScriptedWay()

    async def scene(line: Triage, clock: VirtualClock) -> None:
        handoff = await line.offered(level=Level.SCOPE, caller_on_line=False)
        assert handoff.callback is not None
        await asyncio.sleep((handoff.callback.by - clock.now()).total_seconds() - 5)
        assert way.pages == []
        await asyncio.sleep(10)
        assert len(way.pages) == 1

    play(tmp_path, scene, way=way)


def test_a_page_that_fails_is_in_the_log_and_the_next_alarm_tries_again(tmp_path: Path) -> None:
    way = ScriptedWay(fails=True)

    async def scene(line: Triage, _: VirtualClock) -> None:
        await line.offered(caller_on_line=False)
        await asyncio.sleep(40)
        assert len(way.pages) >= 2
        assert (await line.acts()).count("page.failed") == len(way.pages)

    play(tmp_path, scene, way=way)


def test_a_dead_console_is_not_a_nurse(tmp_path: Path) -> None:
    async def scene(line: Triage, _: VirtualClock) -> None:
        line.desk.presence.watch(AMARA)
        assert line.desk.presence.people == {AMARA}
        await asyncio.sleep(BEAT_S_MAX + 2)
        assert line.desk.presence.people == frozenset()
        assert line.desk.presence.not_responding == {AMARA}
        assert "nurse.not_responding" in await line.acts()
        line.desk.presence.beat(AMARA)
        assert line.desk.presence.people == {AMARA}

    play(tmp_path, scene, AMARA)


def test_it_rings_at_who_speaks_the_language_and_from_the_second_alarm_at_everybody(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with triage(tmp_path, clock) as line:
            desk = desks.Desk(line.vault, MATRIX, clock, skills={JONAS: frozenset({"es"})})
            for person in (AMARA, JONAS):
                await desk.sign_in(person)
            await Triage(desk, line.vault).offered(language="es")
            change = desk.worklist()[0]
            assert (desk.rings_for(change, JONAS), desk.rings_for(change, AMARA)) == (True, False)
            task = asyncio.create_task(desk.run())
            await asyncio.sleep(32)
            assert desk.rings_for(desk.worklist()[0], AMARA)
            task.cancel()
            await asyncio.wait({task})

    virtual_time.run(main)


async def test_giving_back_takes_a_reason_from_the_list_or_none(line: Triage) -> None:
    from triage.errors import Conflict, UsageError

    handoff = await line.offered()
    await line.desk.claim(handoff.handoff_id, AMARA)
    with pytest.raises(UsageError, match="no reason"):
        await line.desk.release(handoff.handoff_id, AMARA, "because she said so")
    assert (await line.desk.release(handoff.handoff_id, AMARA, "busy")).state is HandoffState.OFFERED
    with pytest.raises(Conflict):
        await line.desk.take_over(handoff.handoff_id, JONAS)  # nobody has it: it must be claimed
