"""The gateway as a process: its start, its end, its limits, and what strangers send it."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import sys

import psutil
import pytest

from triage.call import events as ev
from triage.ids import PlaybackId

from .conftest import Rig, answered, tone

pytestmark = pytest.mark.sip


async def run_to_its_end(file: str) -> tuple[int | None, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "triage.telephony.gateway",
        "--config",
        file,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        _, stderr = await process.communicate()
    return process.returncode, stderr


async def test_taken_port_is_one_clear_sentence(rig: Rig) -> None:
    file = rig.write()
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", rig.sip_port))
        status, stderr = await run_to_its_end(str(file))
    assert status == 1
    assert stderr.decode().count("\n") == 1
    assert "SIP port is taken" in stderr.decode()
    assert f"127.0.0.1:{rig.sip_port}" in stderr.decode()


async def test_unknown_key_is_refused(rig: Rig) -> None:
    file = rig.write()
    file.write_text(file.read_text() + "\n[gatway]\n")
    status, stderr = await run_to_its_end(str(file))
    assert status == 1
    assert "gatway: unknown key" in stderr.decode()


async def test_missing_certificate_takes_callers_to_the_fallback(rig: Rig) -> None:
    await rig.start()
    (rig.folder / "var" / "keys" / "gateway.key").unlink()
    async with rig.core(), rig.phone() as phone, rig.fallback_phone() as fallback:
        await phone.dial(rig.line_uri)
        await fallback.wait_for("established", timeout_s=10)


async def test_terminated_gateway_lets_the_call_finish_and_takes_no_other(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone, rig.phone() as late:
        call = await answered(rig, core, phone)
        assert rig.process
        rig.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        await late.dial(rig.line_uri)
        assert (await late.wait_for("ended", timeout_s=3))["sip_status"] == 486
        call.ask(ev.Play(PlaybackId("bye"), tone(440, 0.5), last=True))
        assert not (await call.wait_for(ev.Played, playback_id="bye", finished=True)).cut_off
        assert rig.process.returncode is None
        call.ask(ev.HangUp())
        await call.wait_for(ev.CallEnded)
        async with asyncio.timeout(5):
            assert await rig.process.wait() == 0


async def test_a_second_signal_ends_the_calls(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        assert rig.process
        rig.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        rig.process.send_signal(signal.SIGTERM)
        await phone.wait_for("ended", timeout_s=3)
        async with asyncio.timeout(8):
            assert await rig.process.wait() == 0
        await asyncio.wait_for(call.over.wait(), 3)


async def test_a_caller_whose_packets_stop_is_reported(rig: Rig) -> None:
    await rig.start(rtp_timeout_s=5)
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        psutil.Process(phone.pid).suspend()
        ended = await call.wait_for(ev.CallEnded, timeout_s=12)
        psutil.Process(phone.pid).resume()
        assert ended.reason is ev.EndReason.MEDIA_TIMEOUT


def malformed_sip(dice: random.Random) -> list[bytes]:
    invite = (
        b"INVITE sip:5551000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
        b"From: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:5551000@127.0.0.1>\r\nCall-ID: 1@x\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:x@127.0.0.1:9>\r\nContent-Type: application/sdp\r\nContent-Length: 10\r\n\r\nv=0\r\no=-\r\n"
    )
    fixed = [
        b"",
        b"\r\n\r\n",
        b"\0" * 1400,
        b"INVITE",
        b"INVITE sip:a SIP/2.0\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        invite[:200],
        invite.replace(b"Content-Length: 10", b"Content-Length: 4294967295"),
        invite.replace(b"Content-Length: 10", b"Content-Length: -1"),
        invite.replace(b"CSeq: 1 INVITE", b"CSeq: 99999999999999999999 INVITE"),
        invite.replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"),
        invite.replace(b"branch=z9hG4bK1", b"branch=" + b"A" * 20000),
        invite.replace(b"Max-Forwards: 70", b"Via: x\r\n" * 2000),
        invite.replace(b"From: <sip:x@127.0.0.1>;tag=1\r\n", b""),
        b"BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\nCall-ID: 1@x\r\nCSeq: 2 BYE\r\n\r\n",
    ]
    for _ in range(200):
        noisy = bytearray(invite)
        for _ in range(dice.randrange(1, 12)):
            noisy[dice.randrange(len(noisy))] = dice.randrange(256)
        fixed.append(bytes(noisy))
    return fixed


def malformed_rtp(dice: random.Random) -> list[bytes]:
    return [
        b"",
        b"\x80",
        b"\x80\x00",
        b"\xff" * 1400,
        b"\x8f\x00\0\1\0\0\0\1\0\0\0\1",  # says 15 contributing sources, holds none
        b"\x90\x00\0\1\0\0\0\1\0\0\0\1\0\0\xff\xff",  # extension longer than the packet
        b"\xa0\x00\0\1\0\0\0\1\0\0\0\1\xff",  # padding longer than the packet
        b"\x80\x65\0\1\0\0\0\1\0\0\0\1\xff\xff",  # half a telephone-event
        b"\x80\xc8\0\0",
        *(dice.randbytes(dice.randrange(1, 400)) for _ in range(200)),
    ]


def rtp_ports(pid: int) -> list[int]:
    return [c.laddr.port for c in psutil.Process(pid).net_connections("udp") if c.laddr]


@pytest.mark.parametrize("kind", ["sip", "rtp"])
async def test_a_call_survives_malformed_datagrams(rig: Rig, kind: str) -> None:
    """Each datagram is one that the SIP stack survives; those known to kill it are in the hazard list, not here: against
    them stand the packet filter, the supervisor and the PBX's own fallback."""
    await rig.start()
    dice = random.Random(7)
    async with rig.core() as core, rig.phone() as phone:
        call = await answered(rig, core, phone)
        assert rig.process
        ports = [rig.sip_port] if kind == "sip" else [p for p in rtp_ports(rig.process.pid) if p != rig.sip_port]
        assert ports
        with socket.socket(type=socket.SOCK_DGRAM) as stranger:
            for datagram in malformed_sip(dice) if kind == "sip" else malformed_rtp(dice):
                for port in ports:
                    stranger.sendto(datagram, ("127.0.0.1", port))
                await asyncio.sleep(0.002)
        assert rig.process.returncode is None
        call.ask(ev.Play(PlaybackId("still"), tone(440, 0.5), last=True))
        assert (await call.wait_for(ev.Played, playback_id="still", finished=True)).samples == 4000
        assert not [event for event in call.events if isinstance(event, ev.CallEnded)]
        call.ask(ev.HangUp())
        await call.wait_for(ev.CallEnded)
        await phone.wait_for("ended", timeout_s=3)
        await phone.dial(rig.line_uri)  # and the next call is taken
        await core.next_call()
