"""Whole calls on virtual time: what the caller hears, what the nurse gets, what is on disk. Scenes by the author of the session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from tests.journeys.clinic import AMARA, CONTACTS, JONAS, ClinicUnderTest, clinic, says
from triage.call import events as ev
from triage.conversation.scribe import Deadlines
from triage.errors import Conflict
from triage.handoff.conversion import packet_from_proto
from triage.handoff.state import HandoffState
from triage.testing import virtual_time
from triage.testing.scripted_language import Dies, Says, ScriptedModel
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.scripted_speech import spoken
from triage.testing.virtual_time import VirtualClock
from triage.v1.packet_pb2 import HandoffPacket

CHEST = "I have a terrible pain in my chest"
LONG_NAME = "nobody but mama ever said Robert Hale"  # no rule takes it for a name
PERSON = "I want to talk to a person"

Scene = Callable[[ClinicUnderTest, ScriptedLine], Awaitable[None]]


def play(folder: Path, scene: Scene, *, clinic_now: str = "2026-11-24T10:30:00", **changes: object) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(folder, clock, **changes) as house:
            line = ScriptedLine(numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, clinic_now):
                await scene(house, line)

    virtual_time.run(main)


def test_a_question_is_answered_and_the_call_ends(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "what are your opening hours")
        await house.until("said", 2)
        assert "eight A M to five P M" in house.said()[1]
        await says(line, "no that's all, thank you goodbye")
        await line.until_asked(ev.HangUp)
        assert await house.handoffs() == []

    play(tmp_path, scene)


def test_danger_is_on_disk_before_the_caller_hears_of_it(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await line.says(spoken("chest pain, terrible chest pain"))
        await house.until("said", 2)
        order = [act for act in house.acts() if act in ("decided", "stored", "offered")]
        assert order == ["decided", "stored", "offered"]
        assert house.said()[1] == "transition_danger"
        stored = next(event.t for event in house.events if event.event == "stored")
        first_play = next(
            t for t, request in line.requests if isinstance(request, ev.Play) and request.playback_id == "p2"
        )
        answered = next(t for t, request in line.requests if isinstance(request, ev.Answer))
        assert stored <= first_play - answered
        assert await house.handoffs() == [(HandoffState.OFFERED, "danger")]
        packet = HandoffPacket.FromString(house.offered().packet)
        assert "chest pain" in packet_from_proto(packet).triggers[0].quote.reveal()
        line.hangs_up()

    play(tmp_path, scene)


def test_zero_works_while_the_line_is_speaking(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await line.until_asked(ev.Play)
        line.presses("0")
        await house.until("offered")
        assert next(e.facts["trigger"] for e in house.events if e.event == "level") == "dtmf_zero"
        assert next(e.t for e in house.events if e.event == "offered") < 1.0
        line.hangs_up()

    play(tmp_path, scene)


def test_two_silences_get_a_human(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("offered")
        assert house.said()[:2] == ["greeting", "silence_first"]
        assert await house.handoffs() == [(HandoffState.OFFERED, "state")]
        line.hangs_up()

    play(tmp_path, scene)


async def _offered(house: ClinicUnderTest, line: ScriptedLine, words: str = PERSON) -> None:
    await house.until("said")
    await says(line, words)
    await house.until("offered")


def test_nurse_claims_is_joined_accepts_and_completes(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        handoff_id = house.offered().handoff.handoff_id
        await house.desk.claim(handoff_id, AMARA)
        await house.until("closed")  # she picked up and pressed 1
        assert (await house.handoffs())[0][0] is HandoffState.ACCEPTED
        assert line.bridged is not None
        assert not line.listening
        await house.desk.complete(handoff_id, AMARA, "advice_given", None)
        await line.until_asked(ev.HangUp)

    play(tmp_path, scene)


def test_of_two_nurses_exactly_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        handoff_id = house.offered().handoff.handoff_id
        claims = await asyncio.gather(
            house.desk.claim(handoff_id, AMARA), house.desk.claim(handoff_id, JONAS), return_exceptions=True
        )
        assert [type(claim) for claim in claims].count(Conflict) == 1
        await house.until("connected")
        assert len(line.asked(ev.Dial)) == 1
        line.hangs_up()

    play(tmp_path, scene, nurses=(AMARA, JONAS))


def test_a_telephone_that_does_not_answer_is_offered_again(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock, nurses=(AMARA, JONAS)) as house:
            line = ScriptedLine(numbers={CONTACTS[AMARA]: NurseRings(sip_status=486), CONTACTS[JONAS]: NurseRings()})
            async with house.call(line, "2026-11-24T10:30:00"):
                await _offered(house, line)
                handoff_id = house.offered().handoff.handoff_id
                await house.desk.claim(handoff_id, AMARA)
                await house.until("released")
                assert (await house.handoffs())[0][0] is HandoffState.OFFERED
                await house.desk.claim(handoff_id, JONAS)
                await house.until("connected")
                line.hangs_up()

    virtual_time.run(main)


def test_a_voicemail_is_not_a_claim(tmp_path: Path) -> None:
    """Picked up, no key pressed: the caller is never joined to it, and the next nurse is asked."""

    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock, nurses=(AMARA, JONAS)) as house:
            line = ScriptedLine(numbers={CONTACTS[AMARA]: NurseRings(key=""), CONTACTS[JONAS]: NurseRings(key="")})
            async with house.call(line, "2026-11-24T10:30:00"):
                await _offered(house, line)
                handoff_id = house.offered().handoff.handoff_id
                await house.desk.claim(handoff_id, AMARA)
                await house.until("released")
                assert line.asked(ev.Bridge) == []
                assert len(line.asked(ev.DropLeg)) == 1
                assert "not_confirmed" in await house.audit_text()
                await house.desk.claim(handoff_id, JONAS)
                await house.desk.accept(handoff_id, JONAS)  # a key on the console does as well as one on the telephone
                await house.until("closed")
                line.hangs_up()

    virtual_time.run(main)


@pytest.mark.parametrize(("status", "cause"), [(486, "busy"), (603, "declined"), (480, "not_answered"), (404, "no_such_number"), (503, "telephone_failed")])  # fmt: skip
def test_each_way_of_not_reaching_a_nurse_is_written_down(tmp_path: Path, status: int, cause: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            line = ScriptedLine(numbers={CONTACTS[AMARA]: NurseRings(sip_status=status)})
            async with house.call(line, "2026-11-24T10:30:00"):
                await _offered(house, line)
                await house.desk.claim(house.offered().handoff.handoff_id, AMARA)
                await house.until("released")
                line.hangs_up()
            assert f'"{cause}"' in await house.audit_text()

    virtual_time.run(main)


def test_another_nurse_takes_over_and_the_caller_is_joined_to_her(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        handoff_id = house.offered().handoff.handoff_id
        await house.desk.claim(handoff_id, AMARA)
        await house.until("closed")
        await house.desk.take_over(handoff_id, JONAS)
        await house.until("closed", 2)
        assert [request.uri for _, request in line.requests if isinstance(request, ev.Dial)] == [
            CONTACTS[AMARA],
            CONTACTS[JONAS],
        ]
        assert (await house.handoffs())[0][0] is HandoffState.ACCEPTED
        assert "handoff.taken_over" in await house.audit()
        line.hangs_up()

    play(tmp_path, scene, nurses=(AMARA, JONAS))


def test_a_lost_nurse_is_replaced_and_the_caller_hears_it(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        handoff_id = house.offered().handoff.handoff_id
        await house.desk.claim(handoff_id, AMARA)
        await house.until("closed")
        assert line.bridged
        line.leg_ends(line.bridged)
        await house.until("released")
        await asyncio.sleep(8)
        assert "nurse_lost" in house.said()
        assert line.listening
        assert (await house.handoffs())[0][0] is HandoffState.OFFERED
        await house.desk.claim(handoff_id, JONAS)
        await house.until("connected", 2)
        line.hangs_up()

    play(tmp_path, scene, nurses=(AMARA, JONAS))


def test_nobody_comes_within_hours_so_a_ticket_with_a_time(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        await house.until("ticket")
        await line.until_asked(ev.HangUp, timeout_s=120)
        assert "waiting" in house.said()
        assert "ticket" in house.said()
        assert any("You will be called back by 11:05 AM today" in words for words in house.said())
        assert (await house.handoffs())[0][0] is HandoffState.CALLBACK

    play(tmp_path, scene)


def test_after_hours_the_ticket_comes_at_once_with_a_computed_time(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "my knee hurts since the operation")
        await house.until("ticket")
        callback = next(e.facts["callback_by"] for e in house.events if e.event == "ticket")
        assert callback == "2026-11-25T08:30:00-05:00"
        assert "offered" not in house.acts()
        await line.until_asked(ev.HangUp, timeout_s=120)

    play(tmp_path, scene, clinic_now="2026-11-24T22:15:00", nurses=())


def test_worse_while_waiting_raises_the_level(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await _offered(house, line)
        await asyncio.sleep(8)
        await says(line, CHEST)
        await asyncio.sleep(25)
        assert (await house.handoffs()) == [(HandoffState.OFFERED, "danger")]
        assert "transition_danger" in house.said()
        line.hangs_up()

    play(tmp_path, scene)


def test_a_dead_recogniser_is_never_silence(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        house.ears.kill()
        house.voice.kill()
        await house.until("said", 2)
        assert house.said()[1] == "machine_failure"
        assert [e.facts["trigger"] for e in house.events if e.event == "level"].count("machine_failure") >= 1
        assert len(await house.handoffs()) == 1
        line.hangs_up()

    play(tmp_path, scene)


def test_a_dead_language_worker_takes_the_call_to_a_human(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        house.house.engines.gone("language")
        await house.until("offered")
        assert len(await house.handoffs()) == 1
        line.hangs_up()

    play(tmp_path, scene)


def test_a_lost_gateway_leaves_a_callback(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            line = ScriptedLine()
            async with house.call(line, "2026-11-24T10:30:00"):
                await house.until("said")
                line.gateway_dies()
            assert await house.handoffs() == [(HandoffState.CALLBACK, "human")]

    virtual_time.run(main)


def test_a_store_that_is_gone_gives_the_caller_to_the_gateway(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            line = ScriptedLine()
            async with house.call(line, "2026-11-24T10:30:00") as task:
                await house.until("said")
                await house.house.vault.close()
                line.presses("0")
                await asyncio.wait_for(asyncio.shield(task), 30)
            # The line let go without hanging up: that is what tells the gateway to go on by itself.
            assert not line.ended
            assert line.asked(ev.HangUp) == []

    virtual_time.run(main)


@pytest.mark.parametrize("step", ["greeting", "speaking", "offered", "claimed", "connected", "closed"])
def test_a_caller_who_hangs_up_is_never_lost_and_never_doubled(tmp_path: Path, step: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            line = ScriptedLine(numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, "2026-11-24T10:30:00"):
                await _hang_up_at(step, house, line)
            handoffs = await house.handoffs()
            wanted = {
                "greeting": [],
                "speaking": [(HandoffState.CALLBACK, "danger")],
                "connected": [
                    (HandoffState.ACCEPTED, "danger")
                ],  # she has spoken with the caller, and says how it ended
                "closed": [(HandoffState.ACCEPTED, "danger")],
            }.get(step, [(HandoffState.CALLBACK, "danger")])
            assert handoffs == wanted
            assert (await house.audit()).count("call.disconnected") == 1

    virtual_time.run(main)


async def _hang_up_at(step: str, house: ClinicUnderTest, line: ScriptedLine) -> None:
    await house.until("answered")
    if step == "greeting":
        await asyncio.sleep(0.5)
    elif step == "speaking":
        await house.until("said")
        talking = asyncio.create_task(line.says(spoken(f"{CHEST} and I was going to say")))
        await asyncio.sleep(2.8)  # in the middle of the words: no final was ever heard
        talking.cancel()
    else:
        await _offered(house, line, CHEST)
        if step != "offered":
            handoff_id = house.offered().handoff.handoff_id
            await house.desk.claim(handoff_id, AMARA)
            if step in ("connected", "closed"):
                await house.until("connected")
            if step == "closed":
                await house.until("closed")
    line.hangs_up()


def test_nobody_is_hung_up_on_in_mid_sentence(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "what are your opening hours")
        await house.until("said", 2)
        await says(line, "no that's all, thank you goodbye")
        await says(line, f"oh wait {CHEST}")
        await house.until("offered")
        assert line.asked(ev.HangUp) == []
        line.hangs_up()

    play(tmp_path, scene)


def test_blind_transfer_connects_and_leaves(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock, refer=True) as house:
            line = ScriptedLine()
            async with house.call(line, "2026-11-24T10:30:00"):
                await _offered(house, line)
                await house.desk.claim(house.offered().handoff.handoff_id, AMARA)
                asked = await line.until_asked(ev.Refer)
                assert asked.uri == CONTACTS[AMARA]
            order = [act for act in house.acts() if act in ("claimed", "connected", "closed", "disconnected")]
            assert order == ["claimed", "connected", "closed", "disconnected"]
            assert line.asked(ev.Dial) == []

    virtual_time.run(main)


def test_a_refused_transfer_is_offered_again_and_the_call_lives(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock, refer=True) as house:
            line = ScriptedLine(refer_status=404)
            async with house.call(line, "2026-11-24T10:30:00"):
                await _offered(house, line)
                await house.desk.claim(house.offered().handoff.handoff_id, AMARA)
                await house.until("released")
                await asyncio.sleep(3)
                assert (await house.handoffs())[0][0] is HandoffState.OFFERED
                assert not line.ended
                line.hangs_up()

    virtual_time.run(main)


def test_the_nurses_summary_comes_after_the_offer_and_is_of_the_callers_words(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, CHEST)
        await house.until("offered")
        at_once = packet_from_proto(HandoffPacket.FromString(house.offered().packet))
        assert not at_once.narrative
        await line.is_silent(8)
        later = packet_from_proto(HandoffPacket.FromString(house.offered().packet))
        assert later.narrative.reveal() == "The caller has a terrible pain in the chest."
        assert "drafted by machine" in later.as_text()
        line.hangs_up()

    model = ScriptedModel(otherwise=Says("The caller has a terrible pain in the chest.", after_s=2.0))
    play(tmp_path, scene, model=model)


def test_the_model_points_at_what_no_rule_finds_and_it_is_read_back(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        for words in ("I need to cancel my appointment on Friday", LONG_NAME, "May third nineteen fifty one"):
            await line.is_silent(4)
            await says(line, words)
        await line.is_silent(14)
        assert any("your name is Robert Hale" in text for text in house.texts()), house.texts()
        line.hangs_up()

    model = ScriptedModel(Says('{"words": "Robert Hale"}'), otherwise=Dies())
    play(tmp_path, scene, model=model, deadlines=Deadlines(extract_s=1.0))


def test_without_an_answer_of_the_model_the_line_asks_again(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        for words in ("I need to cancel my appointment on Friday", LONG_NAME):
            await line.is_silent(4)
            await says(line, words)
        await line.is_silent(4)
        assert sum("full name" in text for text in house.texts()) == 2
        line.hangs_up()

    play(tmp_path, scene, model=ScriptedModel(otherwise=Dies()), deadlines=Deadlines(extract_s=1.0))


def cng(seconds: float = 0.5) -> bytes:
    t = np.arange(round(seconds * ev.SAMPLE_RATE_HZ)) / ev.SAMPLE_RATE_HZ
    return (3000 * np.sin(2 * np.pi * 1100 * t)).astype(np.int16).tobytes()


def test_a_fax_machine_is_hung_up_on_and_no_nurse_is_called(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await line.is_silent(1)
        for _ in range(2):
            await line.says(cng() + bytes(2 * 3 * ev.SAMPLE_RATE_HZ))
        await line.until_asked(ev.HangUp)
        assert await house.handoffs() == []

    play(tmp_path, scene)


def test_a_caller_beside_a_fax_machine_is_heard(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "hello can you hear me")
        for _ in range(3):
            await line.says(cng() + bytes(2 * 3 * ev.SAMPLE_RATE_HZ))
        await line.is_silent(2)
        assert not any(isinstance(request, ev.HangUp) for _, request in line.requests)
        await says(line, CHEST)
        await house.until("offered")
        line.hangs_up()

    play(tmp_path, scene)


def music() -> bytes:
    """A minute of notes that are held."""
    t = np.arange(ev.SAMPLE_RATE_HZ // 2) / ev.SAMPLE_RATE_HZ
    notes = [220 * 2 ** (step / 12) for step in (0, 4, 7, 12, 7, 4)] * 20
    return np.concatenate([2500 * np.sin(2 * np.pi * hz * t) for hz in notes]).astype("<i2").tobytes()


def test_music_on_hold_and_nobody_there_goes_to_a_nurse_who_is_told(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "one moment please")
        await line.says(music())
        await house.until("offered")
        hits = packet_from_proto(HandoffPacket.FromString(house.offered().packet)).triggers
        assert [(hit.trigger, hit.reason) for hit in hits] == [("silence", "hold_music")]
        line.hangs_up()

    play(tmp_path, scene)
