"""On-call telephones rung by a real gateway over real SIP: 1 takes it, 2 passes, a voicemail presses nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.sip.conftest import Rig, hears, tone
from triage.desk.paging import Page
from triage.errors import EngineFailed
from triage.escalation.levels import Level
from triage.ids import HandoffId, Person
from triage.paging.telephone import LANGUAGE, Answer, Switchboard, Telephone, words
from triage.speech.phrases import PhraseBook
from triage.testing.scripted_core import ScriptedCore
from triage.testing.scripted_speech import ScriptedSynthesizer

pytestmark = [pytest.mark.sip, pytest.mark.timeout(120)]
SAID = tone(900.0, 1.5)


async def connected(core: ScriptedCore) -> Switchboard:
    async with asyncio.timeout(10):
        while not core.switchboard.gateways:  # noqa: ASYNC110 - another process connects
            await asyncio.sleep(0.05)
    return core.switchboard


@pytest.mark.parametrize(("key", "answer"), [("1", Answer.TAKEN), ("2", Answer.DECLINED)])
async def test_the_nurse_hears_why_and_presses_a_key(rig: Rig, tmp_path: Path, key: str, answer: Answer) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone("oncall") as phone:
        switchboard = await connected(core)
        await phone.answer_mode("auto")
        ringing = asyncio.create_task(switchboard.ring(phone.uri, SAID, 10))
        await phone.wait_for("established", timeout_s=8)
        await phone.record(tmp_path / "heard.pcm")
        await asyncio.sleep(2)
        await phone.press(key)
        assert await asyncio.wait_for(ringing, 10) is answer
        await phone.wait_for("ended", timeout_s=5)
    assert hears((tmp_path / "heard.pcm").read_bytes(), 900.0)


async def test_a_voicemail_takes_nothing(rig: Rig) -> None:
    await rig.start()
    async with rig.core() as core, rig.phone("oncall") as phone:
        switchboard = await connected(core)
        await phone.answer_mode("auto")
        assert await asyncio.wait_for(switchboard.ring(phone.uri, tone(900.0, 0.2), 10), 30) is Answer.NO_KEY


async def test_the_second_is_rung_when_the_first_is_not_there(rig: Rig, tmp_path: Path) -> None:
    await rig.start()
    phrases = PhraseBook(tmp_path / "said")
    await phrases.render_missing([(LANGUAGE, words(Level.DANGER, waiting=True))], ScriptedSynthesizer())
    async with rig.core() as core, rig.phone("second") as phone:
        switchboard = await connected(core)
        await phone.answer_mode("auto")
        first, second = Person("lena.fischer"), Person("omar.haddad")
        way = Telephone(switchboard, phrases, {first: "sip:nobody@127.0.0.1:9", second: phone.uri}, ring_s=5)
        sending = asyncio.create_task(way.send(Page(HandoffId("h1"), Level.DANGER, waiting=True)))
        await phone.wait_for("established", timeout_s=20)
        await asyncio.sleep(0.5)
        await phone.press("1")
        assert await asyncio.wait_for(sending, 20) == second


async def test_without_a_gateway_the_page_fails_and_says_so() -> None:
    with pytest.raises(EngineFailed, match="No gateway"):
        await Switchboard().ring("sip:oncall@127.0.0.1:9", SAID, 5)
