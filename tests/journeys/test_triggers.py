"""Every way to a human that is not distress: who calls, how, and how often. Sentences by the author of the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.journeys.clinic import CONTACTS, ClinicUnderTest, clinic, says
from triage.call import events as ev
from triage.handoff.conversion import packet_from_proto
from triage.handoff.packet import HandoffPacket
from triage.handoff.state import HandoffState
from triage.scope.circumstances import circumstances
from triage.testing import virtual_time
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.virtual_time import VirtualClock
from triage.v1 import packet_pb2

Scene = Callable[[ClinicUnderTest, ScriptedLine], Awaitable[None]]


def play(
    folder: Path, scene: Scene, *, clinic_now: str = "2026-11-24T10:30:00", number: str = "5550123", **changes: object
) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(folder, clock, **changes) as house:
            line = ScriptedLine(caller_number=number, numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, clinic_now):
                await scene(house, line)

    virtual_time.run(main)


def packet(house: ClinicUnderTest) -> HandoffPacket:
    return packet_from_proto(packet_pb2.HandoffPacket.FromString(house.offered().packet))


@pytest.mark.parametrize(
    ("words", "trigger"),
    [
        ("I am calling for my mother, she needs an appointment", "third_party"),
        ("on behalf of my neighbor, could you book a check up", "third_party"),
        ("I'm nine years old and my mom isn't home", "minor"),
        ("hello this is relay operator four five two one with a relay call", "relay_call"),
        ("guten tag ich habe einen termin und ich kann leider nicht kommen", "other_language"),
    ],
)
def test_it_is_never_refused_and_goes_to_a_person(tmp_path: Path, words: str, trigger: str) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, words)
        await house.until("offered")
        assert trigger in [hit.trigger for hit in packet(house).triggers]
        assert house.offered().handoff.level.word in ("human", "clinical", "state")
        line.hangs_up()

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "words",
    [
        "I need an appointment for Tuesday", "I am nine months along and want to book", "my mother was a nurse too", "I'm ten minutes away",
        "could you relay a message to the doctor", "I'm eleven weeks pregnant and need a refill",
    ],
)  # fmt: skip
def test_nothing_unusual_about_it(words: str) -> None:
    assert circumstances(words) == ()


def test_on_a_relay_call_nobody_is_interrupted_and_silence_means_nothing(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "this is a relay call for your clinic")
        await house.until("offered")
        await line.until_asked(ev.Play)
        stops = len(line.asked(ev.StopPlayback))
        await says(line, "one moment please")  # while the line speaks
        assert len(line.asked(ev.StopPlayback)) == stops
        line.hangs_up()

    play(tmp_path, scene)


def test_the_same_sentence_twice_is_no_progress(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "what are your opening hours")
        await house.until("said", 2)
        await says(line, "what are your opening hours")
        await house.until("offered")
        assert packet(house).triggers[0].trigger == "no_progress"
        line.hangs_up()

    play(tmp_path, scene)


async def _real_call(house: ClinicUnderTest, line: ScriptedLine, scene: Scene) -> None:
    """A call that is no rehearsal: only those are remembered."""
    task = asyncio.create_task(house.door.take(line))
    await line.until_asked(ev.Answer)
    await scene(house, line)
    line.hangs_up()
    await asyncio.wait_for(task, 600)


def _line(call: int, number: str = "5559876") -> ScriptedLine:
    return ScriptedLine(
        caller_number=number, call_id=f"{call:032x}", numbers={uri: NurseRings() for uri in CONTACTS.values()}
    )


async def _says_chest(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await asyncio.sleep(15)
    await says(line, "I have a terrible pain in my chest")
    await asyncio.sleep(3)


def test_who_calls_again_within_two_days_goes_to_a_nurse_who_knows_of_the_first_call(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            await _real_call(house, _line(1), _says_chest)

            async def again(house: ClinicUnderTest, line: ScriptedLine) -> None:
                await asyncio.sleep(15)
                await says(line, "I want to book an appointment")
                await asyncio.sleep(3)

            await _real_call(house, _line(2), again)
            levels = sorted(await house.handoffs(), key=str)
            assert [level for _, level in levels].count("clinical") == 1
            second = next(c for c in house.desk.worklist() if c.handoff.level.word == "clinical")
            read = packet_from_proto(packet_pb2.HandoffPacket.FromString(second.packet))
            assert "repeated_caller" in [hit.trigger for hit in read.triggers]
            assert "danger" in read.earlier
            await _real_call(house, _line(3, "5550000"), again)  # another number is nobody's second call
            assert len(await house.handoffs()) == 2
            await asyncio.sleep(49 * 3600)
            await _real_call(house, _line(4), again)
            assert len(await house.handoffs()) == 2

    virtual_time.run(main)


def test_an_open_line_after_a_call_in_danger_is_danger(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            await _real_call(house, _line(1), _says_chest)

            async def nothing(house: ClinicUnderTest, line: ScriptedLine) -> None:
                await line.is_silent(40)

            await _real_call(house, _line(2), nothing)
            assert [level for _, level in await house.handoffs()] == ["danger", "danger"]
            assert "open_line" in await house.audit_text()

    virtual_time.run(main)


@pytest.mark.parametrize(
    ("number", "answers", "wanted", "confirmed"),
    [
        ("5550123", ["yes that's right"], "5550123", True),
        ("5550123", ["no it is five five five nine eight seven six", "yes"], "5559876", True),
        ("", ["five five five four four three two", "yes"], "5554432", True),
        ("", ["I don't know"], "", False),
    ],
)
def test_the_number_is_read_back_and_the_nurse_gets_the_right_one(
    tmp_path: Path, number: str, answers: list[str], wanted: str, confirmed: bool
) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock, nurses=()) as house:
            line = ScriptedLine(caller_number=number, call_id=f"{7:032x}")

            # Nobody signed in and the ladder runs out, in opening hours or not: a ticket.
            task = asyncio.create_task(house.door.take(line))
            await line.until_asked(ev.Answer)
            await asyncio.sleep(15)
            await says(line, "I want to talk to a person")
            while not any(state is HandoffState.CALLBACK for state, _ in await house.handoffs()):  # noqa: ASYNC110
                await asyncio.sleep(1)
            for answer in answers:
                await asyncio.sleep(1)
                for _ in range(60):  # a patient caller answers what was asked to its end
                    if not line.speaking:
                        break
                    await asyncio.sleep(0.5)
                await says(line, answer)
            line.hangs_up()
            await asyncio.wait_for(task, 600)
            read = packet(house)
            assert read.callback_number.reveal() == wanted
            assert ("callback number confirmed" in read.answered) is confirmed
            assert ("callback number" in read.not_asked) is (wanted == "")

    virtual_time.run(main)


def test_a_spanish_caller_is_answered_in_spanish_and_reaches_somebody_who_speaks_it(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "buenas tardes quisiera una cita para la semana que viene")
        await house.until("offered")
        assert "other_language" in [hit.trigger for hit in packet(house).triggers]
        assert house.offered().handoff.language == "es"
        rules = house.house.rules
        spanish = rules.in_language("es").sentence("transition_human")
        assert spanish != rules.sentence("transition_human")
        await house.until("said", 2)
        assert house.texts()[-1] == spanish
        heard = b"".join(one.pcm for one in line.asked(ev.Play))
        assert house.house.recordings["es"].pcm(spanish) in heard  # the recording itself, not an English voice
        line.hangs_up()

    play(tmp_path, scene)


def test_after_hours_the_callback_is_promised_and_the_number_read_back_in_spanish(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, "me duele la rodilla desde ayer y quisiera hablar con alguien")
        await house.until("said", 4)
        assert (
            "Una enfermera le llamará a más tardar a las ocho y media de la mañana, mañana miércoles." in house.texts()
        )
        assert "El número que tengo es cinco cinco cinco, cero uno dos tres. ¿Es correcto?" in house.texts()
        await says(line, "sí es correcto")
        await house.until("said", 5)
        assert house.texts()[-1] == "Gracias. La enfermera llamará a ese número."
        line.hangs_up()

    play(tmp_path, scene, clinic_now="2026-11-24T22:30:00", nurses=())
