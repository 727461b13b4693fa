"""Move it or cancel it? Whole dialogues, by the author of the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.scope import clinic as clinics
from triage.scope.dialogue import Dialogue
from triage.scope.moves import Clarify, Farewell, Hand, Intent, Move, Reply, Request
from triage.scope.visits import leaves_open, turned
from triage.scope.wording import DROPPED, IS_THAT_RIGHT, MOVE_OR_CANCEL, QUESTIONS, WHAT_MEANT

CLINIC = clinics.load(Path(__file__).parents[2] / "deploy" / "clinic.toml")
OTHER = Intent("other", 0.1, in_scope=True)
MOVE = Intent("appointment_move", 0.95, in_scope=True)
CANCEL = Intent("appointment_cancel", 0.95, in_scope=True)


def asked(move: Move) -> str:
    assert isinstance(move, Reply)
    return move.wording.reveal()


def facts(move: Move) -> dict[str, str]:
    assert isinstance(move, Request)
    return {fact.kind: fact.value.reveal() for fact in move.facts}


@pytest.mark.parametrize(
    ("text", "open_"),
    [
        ("I won't be able to make my check-up on Friday, I got called in", True),
        ("we can't come Monday, the truck died", True),
        ("I can't come Monday, take me off the list", False),
        ("I can't come Monday, could it be Friday", False),
        ("I can't come Monday. Friday.", False),
        ("can't you come here", False),
    ],
)
def test_who_only_cannot_come_leaves_open_what_is_wished(text: str, open_: bool) -> None:
    assert leaves_open(text) is open_


def who_cannot_come(intent: Intent) -> Dialogue:
    talk = Dialogue(CLINIC)
    assert asked(talk.hear("This is Tom Abara, I won't be able to make my visit on Friday.", intent)) == MOVE_OR_CANCEL
    return talk


@pytest.mark.parametrize("guess", [MOVE, CANCEL])
def test_who_only_cannot_come_is_asked_which_it_is(guess: Intent) -> None:
    talk = who_cannot_come(guess)
    assert asked(talk.hear("scrap it, please", CANCEL)) == QUESTIONS["date_of_birth"][0]
    assert asked(talk.hear("May third nineteen fifty-one", OTHER)).endswith(IS_THAT_RIGHT)
    move = talk.hear("yes", OTHER)
    assert isinstance(move, Request)
    assert move.task == "appointment_cancel"
    assert "Friday" in facts(move)["date"]


@pytest.mark.parametrize(
    ("said", "intent", "day"),
    [("to some other day", MOVE, None), ("Monday would be better", OTHER, None), ("Monday.", OTHER, "Monday")],
)
def test_the_day_that_does_not_suit_is_not_wished(said: str, intent: Intent, day: str | None) -> None:
    talk = who_cannot_come(CANCEL)
    move = talk.hear(said, intent)
    if said.startswith("Monday w"):
        assert isinstance(move, (Clarify, Reply))
        return
    assert asked(move) == QUESTIONS["date_of_birth"][0]
    said_back = asked(talk.hear("May third nineteen fifty-one", OTHER))
    assert said_back == QUESTIONS["date"][0] if day is None else day in said_back


@pytest.mark.parametrize(
    ("said", "then"),
    [("The second one, please.", QUESTIONS["date_of_birth"][0]), ("the first", QUESTIONS["date_of_birth"][0])],
)
def test_which_of_the_two_is_no_day(said: str, then: str) -> None:
    talk = who_cannot_come(MOVE)
    assert asked(talk.hear(said, OTHER)) == then
    move = asked(talk.hear("May third nineteen fifty-one", OTHER))
    assert "cancel your appointment" in move if "second" in said else move == QUESTIONS["date"][0]


def test_who_does_not_say_which_is_asked_what_was_meant_and_then_gets_a_person() -> None:
    talk = who_cannot_come(MOVE)
    move = talk.hear("well, the Friday one", OTHER)
    assert isinstance(move, Clarify)
    assert move.wording.reveal() == WHAT_MEANT
    assert isinstance(talk.hear("the one I have", OTHER), Hand)


def test_who_cannot_come_may_leave_it() -> None:
    assert asked(who_cannot_come(MOVE).hear("oh, never mind", OTHER)).startswith(DROPPED)


def test_a_yes_with_another_day_is_read_back_with_it() -> None:
    talk = Dialogue(CLINIC)
    talk.hear(
        "This is Tom Abara, born May 3rd 1951, an appointment on Monday please",
        Intent("appointment_book", 0.95, in_scope=True),
    )
    assert "Thursday" in asked(talk.hear("Yes, good. Thursday.", OTHER))
    assert facts(talk.hear("Yes, good. Thursday.", OTHER))["date"] == "Thursday"  # the same words, to another read-back


def test_a_yes_that_says_what_is_not_wished_is_one() -> None:
    talk = Dialogue(CLINIC)
    talk.hear("This is Tom Abara, born May 3rd 1951, move my visit to Monday please", MOVE)
    assert facts(talk.hear("Yes, move it, don't cancel it", OTHER))["date"] == "Monday"
    assert turned("appointment_move", "yes, moved, never canceled", True) == ""


@pytest.mark.parametrize(
    "said",
    [
        "Norm, did we forget anything? He says nope.", "Let me ask. Honey? She says that's all.", "Anything more, Pat? She's shaking her head.",
        "My husband says no, thank you.", "No, I gotta start my shift", "nope, I have to catch the bus",
    ],
)  # fmt: skip
def test_a_no_of_somebody_in_the_room_or_of_who_is_off_ends_the_call(said: str) -> None:
    talk = Dialogue(CLINIC)
    talk.hear("where are you", Intent("directions", 0.95, in_scope=True))
    assert isinstance(talk.hear(said, Intent("results", 0.45, in_scope=False)), Farewell)


@pytest.mark.parametrize(
    "said",
    [
        "Norm, does it still hurt? He says no.", "Anything else, Norm? He says his results never came.", "She says no, but I need my results",
        "The nurse says no.", "Anything else, Norm? He says no, the doctor should call him.",
    ],
)  # fmt: skip
def test_what_somebody_in_the_room_still_wants_does_not(said: str) -> None:
    talk = Dialogue(CLINIC)
    talk.hear("where are you", Intent("directions", 0.95, in_scope=True))
    assert isinstance(talk.hear(said, Intent("results", 0.45, in_scope=False)), Hand)
