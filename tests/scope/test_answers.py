"""Answers that decide whether somebody is hung up on or asked for trouble."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.scope import clinic as clinics
from triage.scope.answers import asks_again
from triage.scope.dialogue import Dialogue
from triage.scope.moves import Farewell, Hand, Intent, Move

CLINIC = clinics.load(Path(__file__).parents[2] / "deploy" / "clinic.toml")


@pytest.mark.parametrize(
    "text", ["Say that again?", "Sorry, what was that, dear?", "I didn't catch that.", "Pardon me?"]
)
def test_who_only_did_not_hear(text: str) -> None:
    assert asks_again(text)


@pytest.mark.parametrize(
    "text",
    ["I can't hear, my ears are bleeding", "what is happening to me", "I can't get up", "I can't hear you, I'm scared"],
)
def test_who_has_more_to_say(text: str) -> None:
    assert not asks_again(text)


def after_an_answer(text: str) -> Move:
    """What the line does when this is said to "is there anything else", and sounds somewhat like what it never does."""
    talk = Dialogue(CLINIC)
    talk.hear("where are you", Intent(CLINIC.answer[0].id, 0.95, in_scope=True))
    return talk.hear(text, Intent("results", 0.5, in_scope=False))


@pytest.mark.parametrize(
    "text",
    ["No, I need to know my test results", "no I want to speak about the bill", "No, how much is it going to be?"],
)
def test_a_no_with_a_wish_is_not_the_end(text: str) -> None:
    assert isinstance(after_an_answer(text), Hand)


def test_a_no_without_one_is() -> None:
    assert isinstance(after_an_answer("No, I see the library now. Thanks."), Farewell)
