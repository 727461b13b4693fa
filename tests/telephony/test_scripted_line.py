"""The scripted telephone behaves as the real one does where a conversation could tell the difference."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from triage.call import events as ev
from triage.errors import EngineFailed
from triage.ids import LegId, PlaybackId
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.virtual_time import VirtualClock, run


async def _collect(phone: ScriptedLine, into: list[tuple[float, ev.LineEvent]]) -> None:
    with contextlib.suppress(EngineFailed):
        async for event in phone.events():
            into.append((asyncio.get_running_loop().time(), event))


def test_playbacks_take_their_time_and_are_cut_off() -> None:
    async def main(_: VirtualClock) -> list[tuple[float, ev.LineEvent]]:
        phone = ScriptedLine()
        seen: list[tuple[float, ev.LineEvent]] = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_collect(phone, seen))
            await phone.send(ev.Answer())
            await phone.send(ev.Play(PlaybackId("a"), bytes(16000 * 3), last=True))
            await phone.send(ev.Play(PlaybackId("b"), bytes(16000 * 60), last=True))
            await asyncio.sleep(5)
            await phone.send(ev.StopPlayback())
            await phone.send(ev.HangUp())
        return seen

    seen = run(main)
    played = [(round(t, 1), e) for t, e in seen if isinstance(e, ev.Played) and e.finished]
    assert played[0] == (3.0, ev.Played(PlaybackId("a"), 24000, finished=True, cut_off=False))
    when, cut = played[1]
    assert when == 5.0
    assert cut.cut_off
    assert 15000 <= cut.samples <= 16000
    assert seen[-1][1] == ev.CallEnded(ev.EndReason.LINE_HUNG_UP)


def test_caller_is_heard_only_while_the_line_listens() -> None:
    async def main(_: VirtualClock) -> bytes:
        phone = ScriptedLine()
        seen: list[tuple[float, ev.LineEvent]] = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_collect(phone, seen))
            await phone.send(ev.Answer())
            await phone.says(b"\1\0" * 8000)
            await phone.send(ev.Listen(True))
            await phone.says(b"\2\0" * 8000)
            await phone.is_silent(1)
            phone.hangs_up()
        audio = [e for _, e in seen if isinstance(e, ev.CallerAudio)]
        assert [e.first_sample for e in audio] == [audio[0].first_sample + 160 * n for n in range(len(audio))]
        return b"".join(e.pcm for e in audio)

    heard = run(main)
    assert heard[:16000] == b"\2\0" * 8000
    assert set(heard[16000:]) == {0}
    assert 15000 < len(heard) - 16000 < 18000


def test_nurses_answer_refuse_and_leave() -> None:
    async def main(_: VirtualClock) -> list[tuple[float, ev.LineEvent]]:
        phone = ScriptedLine(numbers={"sip:a@x": NurseRings(7), "sip:b@x": NurseRings(sip_status=486)})
        seen: list[tuple[float, ev.LineEvent]] = []
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_collect(phone, seen))
            await phone.send(ev.Answer())
            await phone.send(ev.Dial(LegId("1"), "sip:b@x"))
            await phone.send(ev.Dial(LegId("2"), "sip:a@x"))
            await asyncio.sleep(8)
            await phone.send(ev.Bridge(LegId("2")))
            assert phone.bridged == "2"
            phone.leg_ends(LegId("2"))
            phone.hangs_up()
        return [(round(t), e) for t, e in seen if isinstance(e, ev.LegChanged)]

    assert run(main) == [
        (0, ev.LegChanged(LegId("1"), ev.LegState.FAILED, 486)),
        (0, ev.LegChanged(LegId("2"), ev.LegState.RINGING)),
        (7, ev.LegChanged(LegId("2"), ev.LegState.ANSWERED)),
        (8, ev.LegChanged(LegId("2"), ev.LegState.BRIDGED)),
        (8, ev.LegChanged(LegId("2"), ev.LegState.ENDED)),
    ]


def test_a_dead_gateway_raises_on_both_sides() -> None:
    async def main(_: VirtualClock) -> None:
        phone = ScriptedLine()
        await phone.send(ev.Answer())
        phone.gateway_dies()
        with pytest.raises(EngineFailed):
            await phone.send(ev.Listen(True))
        with pytest.raises(EngineFailed):
            async for _event in phone.events():
                pass

    run(main)
