"""Answers that decide whether somebody is hung up on or asked for trouble."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.scope import clinic as clinics
from triage.scope.answers import agrees, asks_again, denies
from triage.scope.dialogue import Dialogue
from triage.scope.moves import Farewell, Hand, Intent, Move, Reply

CLINIC = clinics.load(Path(__file__).parents[2] / "deploy" / "clinic.toml")


@pytest.mark.parametrize(
    "text",
    [
        "Say that again?", "Sorry, what was that, dear?", "I didn't catch that.", "Pardon me?", "You're going to have to speak up",
        "Could you go a bit slower, please", "Talk louder, honey.", "HELLO? Is this the clinic?", "can you hear me now",
    ],
)  # fmt: skip
def test_who_only_did_not_hear(text: str) -> None:
    assert asks_again(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't hear, my ears are bleeding", "what is happening to me", "I can't get up", "I can't hear you, I'm scared",
        "is this the clinic that took my leg", "can you hear me, he's hurting me",
    ],
)  # fmt: skip
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
    assert isinstance(
        after_an_answer("No, I've kept you from your work long enough now. Have a good day, dear."), Farewell
    )


@pytest.mark.parametrize(
    "text",
    [
        "That's not what I said", "that's not how I said it", "that's never what I said", "that's hardly what I meant", "you bet it's wrong",
        "bet you can't", "you bet I didn't say that", "that's not correct", "that is not right", "yeah, that's not it", "that ain't right",
        "sure isn't", "of course not", "it is not", "correct the name", "good grief, no", "yes, that is still wrong", "yeah no", "yah, nah",
    ],
)  # fmt: skip
def test_what_is_called_wrong_is_no_yes(text: str) -> None:
    assert agrees(text) is not True
    assert not denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "that's exactly what I said", "that's just how I meant it", "you bet", "you bet it is", "bet", "yes, nothing wrong with that", "that's quite right",
        "right, isn't it?", "sure is", "yes, I can't do it earlier", "that is all correct",
    ],
)  # fmt: skip
def test_a_yes_in_other_words_is_one(text: str) -> None:
    assert agrees(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "I've been waiting so long for my refill", "That's the whole reason I need an appointment", "Not unless you can get me a nurse", "No, I need a refill",
        "No, how much is it?", "Is that the whole thing I have to bring", "No, unless the doctor can see me",
    ],
)  # fmt: skip
def test_what_is_still_wished_for_is_not_the_end(text: str) -> None:
    talk = Dialogue(CLINIC)
    talk.hear("where are you", Intent(CLINIC.answer[0].id, 0.95, in_scope=True))
    assert not isinstance(talk.hear(text, Intent("other", 0.1, in_scope=True)), Farewell)
    assert isinstance(after_an_answer(text), Hand)


@pytest.mark.parametrize(
    "text", ["So long!", "Okay, thanks, so long now", "that's the whole thing", "no, that's all I need"]
)
def test_a_farewell_is_the_end(text: str) -> None:
    assert isinstance(after_an_answer(text), Farewell)


def test_a_known_task_beats_a_joke() -> None:
    talk = Dialogue(CLINIC)
    talk.hear("where are you", Intent(CLINIC.answer[0].id, 0.95, in_scope=True))
    assert isinstance(
        talk.hear("No, unless you got one free Friday", Intent("appointment_book", 0.6, in_scope=True)), Reply
    )
    for_a_person = Dialogue(CLINIC)
    for_a_person.hear("where are you", Intent(CLINIC.answer[0].id, 0.95, in_scope=True))
    assert isinstance(
        for_a_person.hear("Not unless I get one of you live", Intent("person", 0.5, in_scope=False)), Hand
    )


@pytest.mark.parametrize("text", ["No. No more.", "No, I gotta run", "no, I have to get going", "nope, I need to go"])
def test_a_no_that_sounds_like_a_wish_for_a_person_is_the_end_unless_it_names_one(text: str) -> None:
    for said, move in ((text, Farewell), ("No, the nurse please", Hand)):
        talk = Dialogue(CLINIC)
        talk.hear("where are you", Intent(CLINIC.answer[0].id, 0.95, in_scope=True))
        assert isinstance(talk.hear(said, Intent("person", 0.5, in_scope=False)), move)
