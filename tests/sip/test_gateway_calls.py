"""One call through a real gateway: answered, audio both ways, DTMF, barge-in, hung up by either side."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from triage.call import events as ev
from triage.ids import LegId, PlaybackId

from .conftest import Rig, answered, hears, tone

pytestmark = pytest.mark.sip


async def test_call_is_answered_and_carries_audio_both_ways(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone("5550123") as phone:
        await phone.record(tmp_path / "heard.pcm")
        started = time.monotonic()
        call = await answered(rig, core, phone)
        established = await phone.wait_for("established", timeout_s=1)
        print("answer_ms", round((established["t"] - started) * 1000))
        assert call.incoming.caller_number.reveal() == "5550123"
        assert call.incoming.dialed_number == "5551000"
        assert len(call.incoming.call_id) == 32
        call.ask(ev.Play(PlaybackId("a"), tone(440, 0.5)), ev.Play(PlaybackId("a"), tone(440, 0.5), last=True))
        call.ask(ev.Play(PlaybackId("b"), tone(1000, 0.5), last=True))
        await phone.play(tone(700, 1.0))
        first = await call.wait_for(ev.Played, playback_id="a", finished=True)
        second = await call.wait_for(ev.Played, playback_id="b", finished=True)
        assert (first.samples, first.cut_off) == (8000, False)
        assert (second.samples, second.cut_off) == (4000, False)
        await asyncio.sleep(0.2)
        heard = (tmp_path / "heard.pcm").read_bytes()
        assert hears(heard, 440)
        assert hears(heard, 1000)
        assert hears(bytes(call.heard), 700)
        assert call.heard_from == 0 or call.heard_from < 1600
        await phone.hang_up()
        ended = await call.wait_for(ev.CallEnded)
        assert ended.reason is ev.EndReason.CALLER_HUNG_UP
        assert call.events[-1] is ended
        await asyncio.wait_for(call.over.wait(), 5)


async def test_digits_of_the_caller_arrive(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        await phone.press("0#")
        await call.wait_for(ev.Dtmf, digit="0", leg_id=None)
        await call.wait_for(ev.Dtmf, digit="#", leg_id=None)


async def test_barge_in_is_silence_within_100_ms_and_counts_what_was_sent(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        call.ask(ev.Play(PlaybackId("long"), tone(440, 10), last=True))
        await call.wait_for(ev.Played, playback_id="long", finished=False)
        await asyncio.sleep(1.0)
        stopped = time.monotonic()
        call.ask(ev.StopPlayback())
        cut = await call.wait_for(ev.Played, playback_id="long", finished=True)
        assert cut.cut_off
        assert 6400 < cut.samples < 16000
        await asyncio.sleep(0.4)
        call.ask(ev.Play(PlaybackId("again"), tone(440, 5), last=True))
        await call.wait_for(ev.Played, playback_id="again", finished=False)
        call.ask(ev.StopPlayback(), ev.Play(PlaybackId("next"), tone(1000, 0.3), last=True))
        done = await call.wait_for(ev.Played, playback_id="next", finished=True)
        assert (done.samples, done.cut_off) == (2400, False)  # nothing of what follows is lost to the flush
        full = 8000 / 2**0.5
        window = next(level for level in phone.levels() if level.t > stopped and level.rms < 0.95 * full)
        silent_after_s = window.t - 0.1 + 0.1 * (window.rms / full) ** 2 - stopped  # where in its 100 ms the tone ended
        print("flush_to_silence_ms", round(silent_after_s * 1000))
        assert silent_after_s < 0.12


async def test_caller_puts_the_line_on_hold_and_comes_back(rig: Rig, tmp_path: Path) -> None:
    await rig.start(rtp_timeout_s=5)
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        call.ask(ev.Play(PlaybackId("over"), tone(440, 12.0), last=True))
        await call.wait_for(ev.Played, playback_id="over")
        await phone.hold(True)
        before = len(call.heard)
        await asyncio.sleep(6)  # longer than the RTP time-out: a held call is not a dead one
        assert len(call.heard) - before > 5 * 16000  # time goes on for the listener
        await phone.hold(False)
        await asyncio.sleep(0.5)
        mark = len(call.heard)
        await phone.play(tone(700, 1.0))
        await asyncio.sleep(0.3)
        assert hears(bytes(call.heard[mark:]), 700)
        await phone.record(tmp_path / "after.pcm")
        call.ask(ev.StopPlayback(), ev.Play(PlaybackId("after"), tone(1000, 0.6), last=True))
        assert (await call.wait_for(ev.Played, playback_id="after", finished=True)).samples == 4800
        await asyncio.sleep(0.3)
        assert hears((tmp_path / "after.pcm").read_bytes(), 1000)
        assert not [event for event in call.events if isinstance(event, ev.CallEnded)]


async def test_the_core_hangs_up(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        call.ask(ev.HangUp())
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.LINE_HUNG_UP
        await phone.wait_for("ended", timeout_s=3)


async def test_caller_gives_up_before_the_answer(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        await phone.dial(rig.line_uri)
        call = await core.next_call()
        await phone.hang_up()
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.CALLER_HUNG_UP


async def test_caller_hangs_up_while_a_nurse_is_ringing(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        await nurse.answer_mode("ring")
        call = await answered(rig, core, phone)
        call.ask(ev.Dial(LegId("n1"), nurse.uri))
        await call.wait_for(ev.LegChanged, state=ev.LegState.RINGING)
        await phone.hang_up()
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.CALLER_HUNG_UP
        await nurse.wait_for("ended", timeout_s=3)
