from __future__ import annotations

from pathlib import Path

from tests.desk.conftest import AMARA, JONAS, NIGHT, SettableClock, Triage, triage
from triage.desk.presence import NEWS_MAX, RECONNECT_S
from triage.handoff.state import HandoffState


async def test_a_console_that_only_reconnects_does_not_leave_the_night_without_a_nurse(tmp_path: Path) -> None:
    clock = SettableClock(NIGHT)
    async with triage(tmp_path, clock, None, AMARA) as line:
        await line.desk.sign_out(AMARA)
        clock.forward(RECONNECT_S - 0.1)
        assert (await line.offered("a")).state is HandoffState.OFFERED
        clock.forward(0.2)
        assert (await line.offered("b")).state is HandoffState.CALLBACK
        await line.desk.sign_in(AMARA)
        assert (await line.offered("c")).state is HandoffState.OFFERED


async def test_two_consoles_are_one_nurse(line: Triage, clock: SettableClock) -> None:
    await line.desk.sign_in(AMARA)
    await line.desk.sign_out(AMARA)
    clock.forward(60)
    assert line.desk.presence.people == {AMARA, JONAS}
    assert (await line.acts()).count("nurse.signed_in") == 2
    assert "nurse.signed_out" not in await line.acts()


async def test_a_console_that_reads_no_more_is_let_go_and_the_others_are_told(line: Triage) -> None:
    dead, alive = line.desk.presence.watch(AMARA), line.desk.presence.watch(JONAS)
    handoff = await line.offered()
    change = alive.news.get_nowait()
    assert change is not None
    for _ in range(NEWS_MAX):
        line.desk.presence.tell(change)
        assert alive.news.get_nowait() is change
    waiting = [dead.news.get_nowait() for _ in range(dead.news.qsize())]
    assert len(waiting) <= NEWS_MAX
    assert waiting[-1] is None  # ends her stream; she may come back and is shown everything then
    line.desk.presence.tell(change)
    assert dead.news.empty()
    assert handoff.handoff_id == change.handoff.handoff_id
