"""A pause is not the end of a turn: what the caller says before they can have heard an answer continues what they said.

Whole calls on virtual time: real dialogue, desk and vault. Sentences by the author of the rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.journeys.clinic import CONTACTS, ClinicUnderTest, clinic, says
from triage.call.breath import graver
from triage.distress.classifier import Classification
from triage.escalation.levels import Level
from triage.ids import CallId
from triage.scope.wording import IS_THAT_RIGHT, QUESTIONS, WHAT_ELSE
from triage.testing import virtual_time
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.scripted_speech import spoken
from triage.testing.virtual_time import VirtualClock

Scene = Callable[[ClinicUnderTest, ScriptedLine], Awaitable[None]]
CALL = CallId("00000000000040008000000000000001")
NAME, BIRTH, DAY = QUESTIONS["name"][0], QUESTIONS["date_of_birth"][0], QUESTIONS["date"][0]


def play(folder: Path, scene: Scene) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(folder, clock) as house:
            line = ScriptedLine(numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, "2026-11-24T10:30:00"):
                await house.until("said")
                await scene(house, line)
                line.hangs_up()

    virtual_time.run(main)


async def in_breaths(line: ScriptedLine, *breaths: str, pause_s: float) -> None:
    for number, words in enumerate(breaths):
        await line.is_silent(pause_s if number else 0.0)
        await line.says(spoken(words))
    await line.is_silent(4.0)


async def asked(house: ClinicUnderTest, line: ScriptedLine, words: str, then: str) -> None:
    """The caller says it, and hears `then` to its end."""
    await says(line, words)
    await line.until(lambda: not line.speaking)
    await line.is_silent(0.5)
    assert house.texts()[-1].endswith(then), house.texts()


@pytest.mark.parametrize("pause_s", [0.7, 0.9, 1.2])  # beyond the endpointer's patience: two utterances
def test_a_wish_after_a_pause_belongs_to_what_was_said_before(tmp_path: Path, pause_s: float) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await in_breaths(line, "I want to book an appointment", "on Friday my name is Rosa Delgado", pause_s=pause_s)
        assert house.texts()[-1] == BIRTH, house.texts()
        whole = [text for text in house.texts() if text == NAME]
        assert not whole, "the name was asked for to the end, though it was being said"

    play(tmp_path, scene)


def test_a_second_half_changes_what_the_first_seemed_to_mean(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await in_breaths(line, "I want to book an appointment", "no wait what should I bring", pause_s=0.8)
        await line.until(lambda: not line.speaking)
        await line.is_silent(0.5)
        assert "insurance" in house.texts()[-1], house.texts()
        await says(line, "no thank you")
        assert not house.desk.worklist()

    play(tmp_path, scene)


def test_a_birthday_in_three_breaths(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await asked(house, line, "I want to book an appointment", NAME)
        await asked(house, line, "Rosa Delgado", BIRTH)
        await in_breaths(line, "May", "the third", "nineteen fifty one", pause_s=1.4)
        assert house.texts()[-1] == DAY, house.texts()
        await asked(house, line, "Friday", IS_THAT_RIGHT)
        assert "May 3, 1951" in house.texts()[-1], house.texts()

    play(tmp_path, scene)


def test_an_answer_to_a_question_that_was_heard_stands_alone(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await says(line, "I want to book an appointment")
        await asyncio.sleep(1.0)  # into the question
        await line.says(spoken("Rosa Delgado"))
        await line.is_silent(4.0)
        assert house.texts()[-1] == BIRTH, house.texts()

    play(tmp_path, scene)


def test_what_was_written_down_is_not_taken_back_and_is_said(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await asked(house, line, "I want to book an appointment", NAME)
        await asked(house, line, "Rosa Delgado", BIRTH)
        await asked(house, line, "May 3 1951", DAY)
        await asked(house, line, "Friday", IS_THAT_RIGHT)
        await in_breaths(line, "yes", "that is very kind", pause_s=0.6)
        await line.until(lambda: not line.speaking)
        assert any("written down" in text for text in house.texts()), house.texts()

    play(tmp_path, scene)


def test_a_cough_after_the_words_costs_no_answer(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await line.says(spoken("what are your opening hours"))
        await line.is_silent(0.62)
        await (await house.ears.of(CALL)).starts()  # something that is no word follows at once
        await line.is_silent(12.0)
        assert any("open" in text for text in house.texts()), house.texts()

    play(tmp_path, scene)


def test_nobody_is_hung_up_on_who_speaks_again_at_once(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await says(line, "what are your opening hours")
        await line.until(lambda: not line.speaking)
        await in_breaths(line, "no thank you goodbye", "oh wait my chest hurts and I can't breathe", pause_s=0.7)
        assert not line.ended
        assert house.offered().handoff.level is Level.DANGER

    play(tmp_path, scene)


BEYOND = "I'd like to order a pizza"


def test_a_wish_beyond_the_line_waits_for_the_next_breath(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await in_breaths(line, BEYOND, "no wait what are your opening hours", pause_s=1.0)
        await line.until(lambda: not line.speaking)
        await line.is_silent(0.5)
        assert not house.desk.worklist()
        assert any("closed at weekends" in text for text in house.texts()), house.texts()

    play(tmp_path, scene)


def test_a_wish_for_a_nurse_s_matter_does_not_wait(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await in_breaths(
            line, "I want to know what my blood test shows", "and what are your opening hours", pause_s=1.0
        )
        assert house.offered().handoff.level is Level.SCOPE

    play(tmp_path, scene)


def test_and_when_nothing_follows_a_nurse_is_called(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await in_breaths(line, BEYOND, pause_s=0.0)
        assert house.offered().handoff.level >= Level.SCOPE

    play(tmp_path, scene)


def test_a_noise_instead_of_the_next_breath_calls_her_too(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await line.says(spoken(BEYOND))
        await line.is_silent(0.9)
        await (await house.ears.of(CALL)).starts()  # speech that never comes to words
        await line.is_silent(9.0)
        assert house.offered().handoff.level >= Level.SCOPE

    play(tmp_path, scene)


def test_who_hangs_up_before_the_next_breath_is_not_forgotten(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with clinic(tmp_path, clock) as house:
            line = ScriptedLine(numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, "2026-11-24T10:30:00"):
                await house.until("said")
                await line.says(spoken(BEYOND))
                await line.is_silent(0.9)
                assert not house.desk.worklist()
                line.hangs_up()
            assert len(await house.handoffs()) == 1

    virtual_time.run(main)


@pytest.mark.parametrize("more", ["yes", "that is right"])
def test_a_second_yes_before_anything_is_heard_wishes_for_nothing(tmp_path: Path, more: str) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await asked(house, line, "I want to book an appointment", NAME)
        await asked(house, line, "Rosa Delgado", BIRTH)
        await asked(house, line, "May 3 1951", DAY)
        await asked(house, line, "Friday", IS_THAT_RIGHT)
        await in_breaths(line, "yes", more, pause_s=0.7)
        await line.until(lambda: not line.speaking)
        await line.is_silent(0.5)
        assert house.texts()[-1].endswith(WHAT_ELSE), house.texts()

    play(tmp_path, scene)


def test_of_the_whole_and_its_halves_the_gravest_counts() -> None:
    def seen(level: Level, *, act: bool, look: bool) -> Classification:
        return Classification(level, "", 0.5, act, look, (), "")

    nothing, looks, acts = (
        seen(Level.NONE, act=False, look=False),
        seen(Level.CRISIS, act=False, look=True),
        seen(Level.CLINICAL, act=True, look=True),
    )
    assert graver(nothing, looks, nothing) is looks
    assert graver(looks, acts) is acts
