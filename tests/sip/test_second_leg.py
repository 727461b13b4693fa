"""A nurse's leg: dialled, bridged, dropped; and blind transfer."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from triage.call import events as ev
from triage.ids import LegId, PlaybackId

from .conftest import Rig, answered, hears, tone

pytestmark = pytest.mark.sip
N1 = LegId("n1")


async def bridged(call: Any, nurse: Any) -> None:
    call.ask(ev.Dial(N1, nurse.uri))
    await call.wait_for(ev.LegChanged, leg_id=N1, state=ev.LegState.RINGING)
    await call.wait_for(ev.LegChanged, leg_id=N1, state=ev.LegState.ANSWERED)
    call.ask(ev.Bridge(N1))
    await call.wait_for(ev.LegChanged, leg_id=N1, state=ev.LegState.BRIDGED)


async def test_nurse_and_caller_hear_each_other_and_the_line_can_leave(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        call = await answered(rig, core, phone)
        await bridged(call, nurse)
        await phone.record(tmp_path / "caller.pcm")
        await nurse.record(tmp_path / "nurse.pcm")
        call.ask(ev.Listen(False))
        await asyncio.sleep(0.2)
        heard_before = len(call.heard)
        await asyncio.gather(phone.play(tone(600, 1.0)), nurse.play(tone(900, 1.0)))
        await asyncio.sleep(0.3)
        assert hears((tmp_path / "caller.pcm").read_bytes(), 900)
        assert hears((tmp_path / "nurse.pcm").read_bytes(), 600)
        assert len(call.heard) == heard_before  # the line has left
        await nurse.press("1")
        await call.wait_for(ev.Dtmf, digit="1", leg_id=N1)
        call.ask(ev.Play(PlaybackId("both"), tone(1200, 0.6), last=True))  # the line may still speak to the caller
        played = await call.wait_for(ev.Played, playback_id="both", finished=True)
        assert played.samples == 4800
        await asyncio.sleep(0.2)
        assert hears((tmp_path / "caller.pcm").read_bytes(), 1200)
        assert not hears((tmp_path / "nurse.pcm").read_bytes(), 1200)
        await phone.hang_up()
        await nurse.wait_for("ended", timeout_s=3)
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.CALLER_HUNG_UP
        kinds = [type(event) for event in call.events]
        assert kinds[-1] is ev.CallEnded


async def test_a_bridged_voice_is_whole_and_soon(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        call = await answered(rig, core, phone)
        await bridged(call, nurse)
        since = nurse.mark()
        await phone.play(tone(600, 4.0))
        await asyncio.sleep(0.4)
        loud = [level for level in nurse.levels(since) if level.rms > 5000]
        assert len(loud) >= 37  # of 40 windows of 100 ms: nothing but its edges is missing


async def test_nurse_hanging_up_is_told_and_the_caller_stays(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        call = await answered(rig, core, phone)
        await bridged(call, nurse)
        await nurse.hang_up()
        await call.wait_for(ev.LegChanged, leg_id=N1, state=ev.LegState.ENDED)
        await phone.record(tmp_path / "caller.pcm")
        call.ask(ev.Play(PlaybackId("sorry"), tone(440, 0.6), last=True))
        await call.wait_for(ev.Played, playback_id="sorry", finished=True)
        await asyncio.sleep(0.2)
        assert hears((tmp_path / "caller.pcm").read_bytes(), 440)


async def test_busy_nurse_absent_nurse_and_dropped_leg(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        call = await answered(rig, core, phone)
        await nurse.answer_mode("reject")
        call.ask(ev.Dial(LegId("busy"), nurse.uri))
        failed = await call.wait_for(ev.LegChanged, leg_id="busy", state=ev.LegState.FAILED)
        assert failed.sip_status == 486
        call.ask(ev.Bridge(LegId("nobody")))
        failed = await call.wait_for(ev.LegChanged, leg_id="nobody", state=ev.LegState.FAILED)
        assert failed.sip_status == 481
        await nurse.answer_mode("ring")
        call.ask(ev.Dial(LegId("slow"), nurse.uri))
        await call.wait_for(ev.LegChanged, leg_id="slow", state=ev.LegState.RINGING)
        call.ask(ev.DropLeg(LegId("slow")))
        await call.wait_for(ev.LegChanged, leg_id="slow", state=ev.LegState.FAILED)
        await nurse.wait_for("ended", timeout_s=3)


async def test_blind_transfer_reaches_the_nurse(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        call = await answered(rig, core, phone)
        call.ask(ev.Refer(nurse.uri))
        outcome = await call.wait_for(ev.TransferOutcome)
        assert outcome.ok
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.TRANSFERRED
        await phone.wait_for("transferred", timeout_s=3)
        await nurse.wait_for("established", timeout_s=3)


async def test_blind_transfer_that_fails_leaves_the_call_up(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone("nurse") as nurse:
        await nurse.answer_mode("reject")
        call = await answered(rig, core, phone)
        call.ask(ev.Refer(nurse.uri))
        outcome = await call.wait_for(ev.TransferOutcome)
        assert (outcome.ok, outcome.sip_status) == (False, 486)
        await phone.record(tmp_path / "caller.pcm")
        call.ask(ev.Play(PlaybackId("stay"), tone(440, 0.6), last=True))
        await call.wait_for(ev.Played, playback_id="stay", finished=True)
        await asyncio.sleep(0.2)
        assert hears((tmp_path / "caller.pcm").read_bytes(), 440)
        call.ask(ev.HangUp())
        assert (await call.wait_for(ev.CallEnded)).reason is ev.EndReason.LINE_HUNG_UP


class NoSuchNumber(asyncio.DatagramProtocol):
    """A SIP address that knows nobody: 404 to every INVITE (RFC 3261, 8.2.6.2)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.startswith(b"INVITE "):
            return
        copied = [line for line in data.split(b"\r\n") if line.split(b":")[0] in (b"Via", b"From", b"Call-ID", b"CSeq")]
        to = next(line for line in data.split(b"\r\n") if line.startswith(b"To:")) + b";tag=none"
        answer = [b"SIP/2.0 404 Not Found", *copied, to, b"Content-Length: 0", b"", b""]
        self._transport.sendto(b"\r\n".join(answer), addr)


async def test_number_that_does_not_exist_by_refer_and_by_second_leg(rig: Rig) -> None:
    await rig.start()
    port = free_port()
    uri = f"sip:nobody@127.0.0.1:{port}"
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NoSuchNumber, ("127.0.0.1", port))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(transport.close)
        core, phone = await stack.enter_async_context(rig.core()), await stack.enter_async_context(rig.phone())
        call = await answered(rig, core, phone)
        call.ask(ev.Refer(uri))
        assert await call.wait_for(ev.TransferOutcome) == ev.TransferOutcome(False, 404)
        call.ask(ev.Dial(N1, uri))
        assert await call.wait_for(ev.LegChanged) == ev.LegChanged(N1, ev.LegState.FAILED, 404)
        await phone.press("1")
        await call.wait_for(ev.Dtmf, digit="1")  # the call is still up
    await asyncio.sleep(0)  # the transport closes on the loop's next round


async def test_dialling_a_port_where_nobody_listens_fails(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        call.ask(ev.Dial(N1, f"sip:nobody@127.0.0.1:{free_port()}"))
        failed = await call.wait_for(ev.LegChanged, leg_id=N1, state=ev.LegState.FAILED, timeout_s=14)
        assert failed.sip_status == 408
