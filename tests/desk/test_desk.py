"""The desk's promises, each on a real vault: durable, exactly one winner, nothing lost, nothing promised later than it was."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.desk.conftest import AMARA, JONAS, MATRIX, NIGHT, QUOTE, SettableClock, Triage, decision, packet, triage
from triage.desk.change import Change
from triage.errors import Conflict, IllegalTransition, NotFound, UsageError, VaultError
from triage.escalation.levels import Level
from triage.handoff.conversion import packet_from_proto
from triage.handoff.handoff import OFFERS_MAX
from triage.handoff.state import HandoffState
from triage.ids import HandoffId, Person
from triage.testing.vault_keys import temporary_keys
from triage.v1 import packet_pb2


def now_in_new_york(clock: SettableClock) -> datetime:
    return clock.now().astimezone(MATRIX.zone)


async def test_what_open_returns_is_on_the_disk_and_in_the_log(line: Triage) -> None:
    handoff = await line.offered()
    assert await line.stored(handoff.handoff_id) == handoff
    assert handoff.state is HandoffState.OFFERED
    assert (await line.acts())[-2:] == ["escalation.decided", "handoff.offered"]
    read = await line.desk.read(handoff.handoff_id, AMARA)
    sealed = packet_from_proto(packet_pb2.HandoffPacket.FromString(read.packet))
    assert sealed.handoff_id == handoff.handoff_id
    assert sealed.triggers[0].quote.reveal() == QUOTE
    assert (await line.acts())[-1] == "record.read"


async def test_the_same_key_is_the_same_handoff(line: Triage) -> None:
    first, second = await asyncio.gather(line.offered(), line.offered())
    assert first.handoff_id == second.handoff_id
    assert len(line.desk.worklist()) == 1
    assert (await line.acts()).count("handoff.offered") == 1


async def test_nobody_hears_of_what_was_not_committed(line: Triage) -> None:
    console = line.desk.presence.watch(AMARA)
    await line.vault.close()
    with pytest.raises(VaultError):
        await line.offered()
    assert console.news.empty()
    assert line.desk.worklist() == []


async def test_a_call_cancelled_while_its_handoff_is_written_leaves_a_callback(line: Triage) -> None:
    """The write cannot be called back. It used to end as an offer on the disk that no nurse was ever told of."""
    opening = asyncio.create_task(line.offered())
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the work is with the vault's thread
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await line.desk._book.settle()
    (known,) = line.desk.worklist()
    assert known.handoff.state is HandoffState.CALLBACK
    assert known.handoff.callback is not None
    assert not known.handoff.caller_on_line
    assert await line.stored(known.handoff.handoff_id) == known.handoff


async def test_of_twenty_nurses_exactly_one_wins(line: Triage) -> None:
    handoff = await line.offered()
    nurses = [Person(f"nurse.{n}") for n in range(20)]
    claims = await asyncio.gather(*(line.desk.claim(handoff.handoff_id, one) for one in nurses), return_exceptions=True)
    won = [claim for claim in claims if not isinstance(claim, BaseException)]
    assert len(won) == 1
    assert [type(claim) for claim in claims].count(Conflict) == 19
    assert (await line.stored(handoff.handoff_id)).claimed_by == won[0].claimed_by
    assert (await line.acts()).count("handoff.claimed") == 1


async def test_claiming_twice_is_claiming_once(line: Triage) -> None:
    handoff = await line.offered()
    first = await line.desk.claim(handoff.handoff_id, AMARA)
    assert await line.desk.claim(handoff.handoff_id, AMARA) == first
    assert (await line.acts()).count("handoff.claimed") == 1


async def test_another_nurse_can_do_nothing_with_it(line: Triage) -> None:
    handoff = await line.offered()
    await line.desk.claim(handoff.handoff_id, AMARA)
    for act in (line.desk.accept, line.desk.release):
        with pytest.raises(Conflict):
            await act(handoff.handoff_id, JONAS)
    with pytest.raises(Conflict):
        await line.desk.complete(handoff.handoff_id, JONAS, "advice_given", True)
    await line.desk.decline(handoff.handoff_id, JONAS)
    assert (await line.stored(handoff.handoff_id)).claimed_by == AMARA


async def test_declining_what_one_has_gives_it_back(line: Triage) -> None:
    handoff = await line.offered()
    await line.desk.decline(handoff.handoff_id, JONAS)
    assert (await line.stored(handoff.handoff_id)).state is HandoffState.OFFERED
    await line.desk.claim(handoff.handoff_id, AMARA)
    await line.desk.decline(handoff.handoff_id, AMARA)
    assert (await line.stored(handoff.handoff_id)).state is HandoffState.OFFERED
    assert (await line.acts())[-3:] == ["handoff.declined", "handoff.claimed", "handoff.released"]


@pytest.mark.parametrize("level", [Level.CRISIS, Level.DANGER])
async def test_danger_is_not_closed_without_the_closing_question(line: Triage, level: Level) -> None:
    handoff = await _joined(line, level)
    with pytest.raises(UsageError):
        await line.desk.complete(handoff, AMARA, "advice_given", None)
    with pytest.raises(UsageError):
        await line.desk.complete(handoff, AMARA, "gone_fishing", True)
    done = await line.desk.complete(handoff, AMARA, "advice_given", False)
    assert done.state is HandoffState.COMPLETED
    assert line.desk.worklist() == []
    assert await line.desk.complete(handoff, AMARA, "advice_given", False) == done


async def test_a_waiting_caller_cannot_be_completed_away(line: Triage) -> None:
    handoff = await line.offered()
    await line.desk.claim(handoff.handoff_id, AMARA)
    for _ in ("claimed", "accepted"):
        with pytest.raises(IllegalTransition):
            await line.desk.complete(handoff.handoff_id, AMARA, "advice_given", True)
        await line.desk.accept(handoff.handoff_id, AMARA)


async def _joined(line: Triage, level: Level = Level.DANGER) -> HandoffId:
    handoff = await line.offered(level=level)
    await line.desk.claim(handoff.handoff_id, AMARA)
    await line.desk.joined(handoff.handoff_id)
    await line.desk.accept(handoff.handoff_id, AMARA)
    return handoff.handoff_id


async def test_a_lost_leg_is_offered_again(line: Triage) -> None:
    handoff_id = await _joined(line)
    again = await line.desk.leg_lost(handoff_id)
    assert (again.state, again.claimed_by, again.joined) == (HandoffState.OFFERED, None, False)
    assert again.rung_ends_ms is not None
    assert (await line.desk.claim(handoff_id, JONAS)).claimed_by == JONAS


@pytest.mark.parametrize("joined_first", [True, False])
async def test_confirming_before_the_legs_are_joined_stops_no_clock(line: Triage, joined_first: bool) -> None:
    handoff = await line.offered()
    await line.desk.claim(handoff.handoff_id, AMARA)
    steps = [lambda: line.desk.joined(handoff.handoff_id), lambda: line.desk.accept(handoff.handoff_id, AMARA)]
    first = await steps[not joined_first]()
    assert (first.lease_ends_ms is None) is joined_first
    last = await steps[joined_first]()
    assert (last.state, last.joined, last.lease_ends_ms) == (HandoffState.ACCEPTED, True, None)


async def test_a_caller_who_leaves_before_a_nurse_spoke_is_called_back(line: Triage, clock: SettableClock) -> None:
    for call_id, steps in (("a", 0), ("b", 1), ("c", 2)):  # offered, claimed, confirmed too early
        handoff = await line.offered(call_id)
        if steps > 0:
            await line.desk.claim(handoff.handoff_id, AMARA)
        if steps > 1:
            await line.desk.accept(handoff.handoff_id, AMARA)
        left = await line.desk.caller_left(handoff.handoff_id)
        assert left.state is HandoffState.CALLBACK
        assert left.callback is not None
        assert left.callback.by == now_in_new_york(clock) + timedelta(minutes=10)


async def test_a_caller_who_leaves_the_nurse_leaves_her_the_closing(line: Triage) -> None:
    handoff_id = await _joined(line)
    left = await line.desk.caller_left(handoff_id)
    assert (left.state, left.claimed_by) == (HandoffState.ACCEPTED, AMARA)
    assert left.lease_ends_ms is not None  # one that she forgets comes back
    assert (await line.desk.complete(handoff_id, AMARA, "advice_given", True)).state is HandoffState.COMPLETED


async def test_a_promise_never_gets_later(line: Triage, clock: SettableClock) -> None:
    handoff = await line.offered()
    promised = (await line.desk.caller_left(handoff.handoff_id)).callback
    clock.forward(300)
    await line.desk.claim(handoff.handoff_id, AMARA)
    assert (await line.desk.release(handoff.handoff_id, AMARA)).callback == promised


async def test_worse_after_a_ticket_brings_the_promise_forward(line: Triage) -> None:
    handoff = await line.offered(level=Level.HUMAN, caller_on_line=False)
    assert handoff.callback is not None
    raised = await line.desk.update(handoff.handoff_id, decision(Level.DANGER), packet(level=Level.DANGER))
    assert raised.callback is not None
    assert raised.callback.by < handoff.callback.by
    assert raised.level is Level.DANGER
    lower = await line.desk.update(handoff.handoff_id, decision(Level.STATE), packet(level=Level.STATE))
    assert (lower.level, lower.callback) == (Level.DANGER, raised.callback)


async def test_worse_while_waiting_starts_the_new_ladder(line: Triage, clock: SettableClock) -> None:
    handoff = await line.offered(level=Level.HUMAN)
    clock.forward(29)
    raised = await line.desk.update(handoff.handoff_id, decision(Level.DANGER), packet(level=Level.DANGER))
    assert raised.rung == 0
    assert raised.rung_ends_ms == int((clock.now() + timedelta(seconds=20)).timestamp() * 1000)


async def test_most_urgent_first_then_oldest(line: Triage, clock: SettableClock) -> None:
    for call_id, level in (("a", Level.SCOPE), ("b", Level.CRISIS), ("c", Level.DANGER), ("d", Level.CRISIS)):
        await line.offered(call_id, level)
        clock.forward(1)
    assert [change.handoff.call_id for change in line.desk.worklist()] == ["c", "b", "d", "a"]


async def test_at_night_with_nobody_there_is_a_ticket_for_the_morning(tmp_path: Path) -> None:
    """Also for danger: nobody hears of it before the morning, so nothing earlier may be promised."""
    async with triage(tmp_path, SettableClock(NIGHT)) as line:
        for call_id, level, by in (("a", Level.DANGER, "08:10"), ("b", Level.CLINICAL, "08:30")):
            handoff = await line.offered(call_id, level)
            assert handoff.state is HandoffState.CALLBACK
            assert handoff.callback is not None
            assert handoff.callback.by.isoformat() == f"2026-11-25T{by}:00-05:00"
        assert (await line.acts())[-1] == "alarm.raised"


async def test_at_night_a_nurse_who_is_signed_in_is_asked(tmp_path: Path) -> None:
    async with triage(tmp_path, SettableClock(NIGHT), None, AMARA) as line:
        handoff = await line.offered()
        assert handoff.state is HandoffState.OFFERED
        given_up = await line.desk.give_up(handoff.handoff_id)
        assert given_up.callback is not None
        assert given_up.callback.spoken == "10:25 PM today"


async def test_in_hours_with_nobody_signed_in_the_ladder_runs_and_an_alarm_is_raised(tmp_path: Path) -> None:
    async with triage(tmp_path, SettableClock()) as line:
        assert (await line.offered()).state is HandoffState.OFFERED
        assert (await line.acts())[-1] == "alarm.raised"


async def test_following_misses_nothing_from_the_moment_it_is_asked(line: Triage) -> None:
    handoff = await line.offered()
    changes = line.desk.follow(handoff.handoff_id)  # not yet iterated
    await line.desk.claim(handoff.handoff_id, AMARA)
    await line.desk.joined(handoff.handoff_id)
    await line.desk.complete(handoff.handoff_id, AMARA, "advice_given", True)
    assert [change.verb async for change in changes] == ["claimed", "joined", "completed"]


async def test_news_carry_the_newest_packet(line: Triage) -> None:
    console = line.desk.presence.watch(AMARA)
    handoff = await line.offered(level=Level.HUMAN)
    await line.desk.update(handoff.handoff_id, decision(Level.DANGER), packet(level=Level.DANGER))
    await line.desk.claim(handoff.handoff_id, AMARA)
    news: list[Change | None] = [console.news.get_nowait() for _ in range(console.news.qsize())]
    levels = [packet_pb2.HandoffPacket.FromString(one.packet).situation.level for one in news if one]
    assert levels == [Level.HUMAN, Level.DANGER, Level.DANGER]


async def test_what_does_not_exist_is_said_so(line: Triage) -> None:
    with pytest.raises(NotFound):
        await line.desk.claim(HandoffId("0" * 32), AMARA)
    with pytest.raises(NotFound):
        await line.desk.read(HandoffId("0" * 32), AMARA)


async def test_what_is_given_back_without_end_becomes_a_ticket(line: Triage) -> None:
    handoff = await line.offered()
    for _ in range(OFFERS_MAX - 1):
        await line.desk.claim(handoff.handoff_id, AMARA)
        assert (await line.desk.release(handoff.handoff_id, AMARA)).state is HandoffState.OFFERED
    await line.desk.claim(handoff.handoff_id, AMARA)
    assert (await line.desk.release(handoff.handoff_id, AMARA)).state is HandoffState.CALLBACK


async def test_a_restart_recovers_everything(tmp_path: Path, clock: SettableClock) -> None:
    keys = temporary_keys()
    async with triage(tmp_path, clock, keys, AMARA) as line:
        waiting = await line.offered("waiting")
        ringing = await line.offered("ringing")
        await line.desk.claim(ringing.handoff_id, AMARA)
        talking = await line.offered("talking")
        await line.desk.claim(talking.handoff_id, AMARA)
        await line.desk.joined(talking.handoff_id)
        promised = await line.offered("promised", caller_on_line=False)
        done = await line.offered("done")
        await line.desk.claim(done.handoff_id, AMARA)
        await line.desk.joined(done.handoff_id)
        await line.desk.complete(done.handoff_id, AMARA, "advice_given", True)
    async with triage(tmp_path, clock, keys) as line:
        stranded = {handoff.call_id for handoff in await line.desk.recover()}
        found = {change.handoff.call_id: change for change in line.desk.worklist()}
        assert stranded == {"waiting", "ringing", "talking"}
        assert set(found) == {"waiting", "ringing", "talking", "promised"}
        assert found["waiting"].handoff.state is HandoffState.CALLBACK
        assert found["ringing"].handoff.state is HandoffState.CALLBACK
        assert found["talking"].handoff.claimed_by == AMARA  # she and the caller are bridged by the gateway
        assert found["promised"].handoff == promised
        assert all(packet_pb2.HandoffPacket.FromString(change.packet).situation.level for change in found.values())
        again = await line.offered("waiting")
        assert again.handoff_id == waiting.handoff_id


async def test_one_unreadable_packet_does_not_keep_the_line_from_starting(tmp_path: Path, clock: SettableClock) -> None:
    keys = temporary_keys()
    async with triage(tmp_path, clock, keys) as line:
        await line.offered("whole")
        gone = await line.offered("gone")
        await line.vault.run(lambda tx: tx.shred("gone", who="officer:compliance", why="retention"))
    async with triage(tmp_path, clock, keys) as line:
        assert len(await line.desk.recover()) == 2
        known = {change.handoff.handoff_id: change for change in line.desk.worklist()}
        assert known[gone.handoff_id].packet == b""
        assert known[gone.handoff_id].handoff.state is HandoffState.CALLBACK
