"""The core is dead, silent, or dies in mid-call: the caller is told, and reaches a human."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from triage.call import events as ev
from triage.ids import LegId, PlaybackId

from .conftest import CONNECTING_HZ, NO_ONE_HZ, Rig, answered, hears, tone

pytestmark = pytest.mark.sip


async def talks_with(phone: object, other: object, folder: Path) -> None:
    """Both hear each other."""
    await phone.record(folder / "one.pcm")  # type: ignore[attr-defined]
    await other.record(folder / "other.pcm")  # type: ignore[attr-defined]
    await asyncio.gather(phone.play(tone(600, 1.0)), other.play(tone(900, 1.0)))  # type: ignore[attr-defined]
    await asyncio.sleep(0.3)
    assert hears((folder / "one.pcm").read_bytes(), 900)
    assert hears((folder / "other.pcm").read_bytes(), 600)


async def test_no_core_at_all(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.phone() as phone, rig.fallback_phone() as fallback:
        await phone.record(tmp_path / "heard.pcm")
        await phone.dial(rig.line_uri)
        await phone.wait_for("established", timeout_s=3)
        await fallback.wait_for("established", timeout_s=10)
        assert hears((tmp_path / "heard.pcm").read_bytes(), CONNECTING_HZ)
        await talks_with(phone, fallback, tmp_path)
        await asyncio.sleep(4.5)  # sooner than 5 s would not count as a conversation
        await fallback.hang_up()
        await phone.wait_for("ended", timeout_s=5)


async def test_a_core_that_says_nothing(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.fallback_phone() as fallback:
        started = time.monotonic()
        await phone.dial(rig.line_uri)
        await core.next_call()
        established = await phone.wait_for("established", timeout_s=5)
        assert 2.5 < established["t"] - started < 4.0
        await fallback.wait_for("established", timeout_s=10)


async def test_core_dies_in_mid_call(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.fallback_phone() as fallback:
        call = await answered(rig, core, phone)
        await phone.record(tmp_path / "heard.pcm")
        call.ask(ev.Play(PlaybackId("long"), tone(1000, 20), last=True))
        await call.wait_for(ev.Played, playback_id="long")
        await asyncio.sleep(0.5)
        killed = time.monotonic()
        await core.kill()
        up = await fallback.wait_for("established", timeout_s=10)
        print("core_death_to_fallback_up_ms", round((up["t"] - killed) * 1000))
        assert hears((tmp_path / "heard.pcm").read_bytes(), CONNECTING_HZ)
        await talks_with(phone, fallback, tmp_path)


async def test_core_dies_while_the_nurse_rings(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with (
        rig.core() as core,
        rig.phone() as phone,
        rig.phone("nurse") as nurse,
        rig.fallback_phone() as fallback,
    ):
        await nurse.answer_mode("auto", after_s=1.5)
        await fallback.answer_mode("ring")
        call = await answered(rig, core, phone)
        call.ask(ev.Dial(LegId("n1"), nurse.uri))
        await call.wait_for(ev.LegChanged, state=ev.LegState.RINGING)
        await core.kill()
        await nurse.wait_for("established", timeout_s=5)
        await talks_with(phone, nurse, tmp_path)


async def test_a_bridged_caller_keeps_the_nurse_when_the_core_dies(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with (
        rig.core() as core,
        rig.phone() as phone,
        rig.phone("nurse") as nurse,
        rig.fallback_phone() as fallback,
    ):
        call = await answered(rig, core, phone)
        call.ask(ev.Dial(LegId("n1"), nurse.uri), ev.Bridge(LegId("n1")))
        await call.wait_for(ev.LegChanged, state=ev.LegState.BRIDGED)
        await core.kill()
        await asyncio.sleep(1)
        await talks_with(phone, nurse, tmp_path)
        assert not [event for event in fallback.events if event["event"] == "incoming"]
        await nurse.hang_up()  # with no core to see to it, the caller is not left alone
        await fallback.wait_for("established", timeout_s=10)


async def test_a_hung_core_is_noticed_by_what_it_does_not_read(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.fallback_phone() as fallback:
        await answered(rig, core, phone)
        core.hearing.clear()
        hung = time.monotonic()
        up = await fallback.wait_for("established", timeout_s=25)
        print("core_hung_to_fallback_up_ms", round((up["t"] - hung) * 1000))
        core.hearing.set()


async def test_a_core_that_asks_nonsense_loses_the_call_and_is_told(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.fallback_phone() as fallback:
        call = await answered(rig, core, phone)
        call.ask(ev.Play(PlaybackId("half a sample"), b"\0", last=True))
        await asyncio.wait_for(call.over.wait(), 3)
        await fallback.wait_for("established", timeout_s=10)


async def test_core_that_ends_its_stream_in_an_answered_call(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.fallback_phone() as fallback:
        call = await answered(rig, core, phone)
        call.end_stream()
        await fallback.wait_for("established", timeout_s=10)


async def test_transfer_by_refer_and_nobody_there(rig: Rig, tmp_path: Path) -> None:
    await rig.start(transfer="refer")
    async with rig.phone() as phone:
        await phone.record(tmp_path / "heard.pcm")
        async with rig.fallback_phone() as fallback:
            await phone.dial(rig.line_uri)
            await phone.wait_for("transferred", timeout_s=15)
            await fallback.wait_for("established", timeout_s=5)
            await phone.hang_up()
            await phone.wait_for("ended", timeout_s=5)
            await fallback.answer_mode("reject")
            await asyncio.sleep(0.3)
            await phone.dial(rig.line_uri)  # the REFER fails with 486, then so does the second leg
            await fallback.wait_for("incoming", timeout_s=1)
            await asyncio.sleep(4)
            assert hears((tmp_path / "heard.pcm").read_bytes(), NO_ONE_HZ)


async def test_more_callers_than_the_core_takes(rig: Rig) -> None:
    await rig.start(calls_at_once_max=1)
    async with rig.core() as core, rig.phone() as first, rig.phone() as second, rig.fallback_phone() as fallback:
        await answered(rig, core, first)
        await second.dial(rig.line_uri)
        await fallback.wait_for("established", timeout_s=10)
        assert not [event for event in first.events if event["event"] == "ended"]


async def test_missing_sentences_are_tones_not_silence(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    for each in (tmp_path / "var" / "phrases").iterdir():
        each.unlink()
    async with rig.phone() as phone, rig.fallback_phone() as fallback:
        await phone.dial(rig.line_uri)
        await fallback.wait_for("established", timeout_s=10)
        assert max(level.rms for level in phone.levels()) > 1000
