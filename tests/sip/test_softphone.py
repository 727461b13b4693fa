"""The softphone on its own: its errors are events, and two of them make a call."""

from __future__ import annotations

import socket

import pytest

from tests.ports import free_port
from triage.errors import EngineFailed
from triage.telephony.softphone_client import Softphone

from .conftest import tone

pytestmark = pytest.mark.sip


async def test_taken_port_is_reported() -> None:
    port = free_port()
    phone = Softphone(f"127.0.0.1:{port}")
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", port))
        with pytest.raises(EngineFailed) as failure:
            await phone.__aenter__()
    assert [event["event"] for event in phone.events][:1] == ["error"]
    assert "taken" in phone.events[0]["message"]
    assert "taken" in str(failure.value.advice)


async def test_unknown_and_misplaced_commands_are_refused_and_the_phone_goes_on() -> None:
    async with Softphone(f"127.0.0.1:{free_port()}") as phone:
        await phone._do("fly")
        await phone.wait_for("error", timeout_s=3, message="Unknown command.")
        await phone.press("1")
        await phone.wait_for("error", timeout_s=3, message="No call is up.")
        since = phone.mark()
        await phone._do("play", id="x", pcm_base64="!")
        await phone.wait_for("error", timeout_s=3, since=since)
        await phone._do("dial")
        await phone.wait_for("error", timeout_s=3, message="bad command: KeyError")


async def test_two_phones_talk_and_levels_show_it() -> None:
    async with Softphone(f"127.0.0.1:{free_port()}") as one, Softphone(f"127.0.0.1:{free_port()}") as other:
        await other.answer_mode("auto", after_s=0.5)
        await one.dial(other.uri)
        ringing = await one.wait_for("ringing", timeout_s=3)
        established = await one.wait_for("established", timeout_s=3)
        assert 0.4 < established["t"] - ringing["t"] < 1.5
        played = await one.play(tone(440, 1.0))
        assert (played["samples"], played["cut_off"]) == (8000, False)
        loud = [level for level in other.levels() if level.rms > 5000]
        assert 42 <= len(loud) <= 52  # of 20 ms
        assert established["t"] < loud[0].t < established["t"] + 1.5
        await other.hang_up()
        await one.wait_for("ended", timeout_s=3)
