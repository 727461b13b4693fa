"""Answers to the line's yes-or-no questions, by authors who never saw the program: models/scope/corpus/replies/c.txt and g.txt, measured
and not developed on. Bounds lie under what was measured (models/cards/scope.md)."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from tests.journeys.clinic import ROOT
from triage.call.breath import joined, understood
from triage.call.happenings import HeardFinal
from triage.distress.classifier import Classification
from triage.escalation.levels import Level
from triage.privacy.phi import Phi
from triage.scope import replies
from triage.scope.answers import agreed, denies, ends, untroubled
from triage.scope.embedding import Encoder
from triage.scope.moves import Intent, Replied
from triage.scope.replies import Replies

MODELS = Path(os.environ.get("TRIAGE_STATE_DIR", ROOT / "var")).resolve() / "models"
TEST = ROOT / "models" / "scope" / "corpus" / "replies"
pytestmark = pytest.mark.in_process  # needs the encoder's weights


@lru_cache(maxsize=1)
def known() -> Replies:
    return Replies(replies.load(), Encoder(MODELS / "embedding").encode)


def test_a_yes_and_a_no_to_a_read_back_in_whatever_words() -> None:
    taken = Counter(
        (one.label, agreed(one.text, known().read(one.text).confirm))
        for one in replies.load(TEST)
        if one.question == "confirm"
    )
    assert taken["yes", True] >= 0.9 * 150
    assert taken["no", False] >= 0.75 * 55
    assert taken["no", True] + taken["change", True] <= 0.05 * 140  # what is wrong is hardly ever written down as right


def test_nothing_more_in_whatever_words() -> None:
    ended = Counter(
        (one.label, ends(one.text, wishes=False, parts=False, likely=known().read(one.text).more))
        for one in replies.load(TEST)
        if one.question == "more"
    )
    assert ended["no", True] >= 0.9 * 85
    assert ended["wish", True] == ended["yes", True] == 0


def test_whoever_may_be_troubled_is_never_taken_for_untroubled() -> None:
    some = [one for one in replies.load(TEST) if one.question == "soft" and one.label != "no"]
    assert len(some) == 170
    assert [one for one in some if untroubled(one.text, known().read(one.text).soft)] == []
    assert sum(denies(one.text) for one in some) >= 10  # by the rules alone


def test_most_who_are_fine_are_not_handed_over() -> None:
    fine = [one for one in replies.load(TEST) if one.question == "soft" and one.label == "no"]
    assert sum(untroubled(one.text, known().read(one.text).soft) for one in fine) >= 0.75 * len(fine)


@pytest.mark.parametrize(
    "text",
    [
        "I feel not good",
        "no, only this arm",
        "oh no, it has started again",
        "No, not feeling right",
        "isn't doing so well",
    ],
)
def test_a_named_trouble_is_none_denied_however_sure_the_examples(text: str) -> None:
    assert not untroubled(text, "no")


@pytest.mark.parametrize("text", ["oh, no, no, all's well", "Nope, nothing, just the check-up"])
def test_a_plain_denial_stays_one_unless_the_examples_take_it_for_something(text: str) -> None:
    assert untroubled(text, "")
    assert untroubled(text, "no")
    assert not untroubled(text, "something")


@pytest.mark.parametrize("likely", ["surely no", "no", "something", "other", ""])
def test_a_bare_no_is_one_whatever_it_is_like(likely: str) -> None:
    assert untroubled("good heavens no", likely)


@pytest.mark.parametrize("text", ["Oh heavens, no. That sigh was for my crossword.", "No, no emergency, dear."])
def test_a_no_that_is_surely_one_may_exclaim_and_name_what_it_is_not(text: str) -> None:
    assert untroubled(text, "surely no")
    assert not untroubled(text, "no")


@pytest.mark.parametrize(
    "text",
    [
        "No, the ambulance is coming", "I'm fine, my son will drive me to the ER", "No, nothing matters", "no, I feel nothing", "No, I can manage", "no comment",
        "Never mind me", "no, runs in the family",
    ],
)  # fmt: skip
def test_some_words_leave_open_even_what_is_surely_a_no(text: str) -> None:
    assert not untroubled(text, "surely no")


def test_nothing_is_the_matter_is_a_no() -> None:
    assert untroubled("No, nothing's the matter. I just talk slowly.", "surely no")


def test_even_what_is_surely_a_no_is_none_when_the_caller_feels_unwell() -> None:
    assert not untroubled("No, I'm just not feeling right", "surely no")


@pytest.mark.parametrize(
    ("text", "likely", "answer"),
    [
        ("ten four", "change", True), ("Ten four, but on Friday", "change", None), ("no complaints", "yes", True), ("no", "", False),
        ("hold your horses", "other", None), ("that is so wrong", "no", False), ("yes", "no", True),
    ],
)  # fmt: skip
def test_a_plain_yes_is_one_whatever_it_is_like(text: str, likely: str, answer: bool | None) -> None:
    assert agreed(text, likely) is answer


# Found by a reviewer who had not written the rules.
@pytest.mark.parametrize(
    "text",
    [
        "The name's right", "You got most of it", "Mostly", "Pretty much", "I guess so", "All correct apart from the year", "All good, just the year's off",
        "That'll be the day", "Mm", "Perfect apart from the year", "that's how you have it, not how it is",
    ],
)  # fmt: skip
def test_what_is_partly_right_is_no_yes(text: str) -> None:
    assert agreed(text, "yes") is not True


@pytest.mark.parametrize(
    "text",
    [
        "Nothing matters anymore", "No nothing, unless you count the falls", "No, we called 911 already", "No, I can manage", "No, I'm clumsy is all",
        "Everything's fine, he's asleep", "No, never mind", "No comment", "I feel nothing", "No thanks, I'll drive myself to the ER", "No, only at night",
        "No, it's fine, he didn't mean it",
    ],
)  # fmt: skip
def test_a_no_that_leaves_something_open_is_none(text: str) -> None:
    assert not untroubled(text, "no")
    assert not untroubled(text, "")


@pytest.mark.parametrize(
    "text",
    [
        "No, change it to Wednesday", "No, you wrote the wrong day", "No, cancel everything", "Actually no, Wednesday", "No, my name is Mario",
        "Okay thanks, I'll double up till then", "No, going to the emergency room now",
    ],
)  # fmt: skip
def test_what_amends_the_request_does_not_end_the_call(text: str) -> None:
    assert not ends(text, wishes=False, parts=False, likely="no")


def test_what_is_said_to_somebody_in_the_room_amends_nothing() -> None:
    assert ends("That's it, thank you. Keisha, I said ivory!", wishes=False, parts=False, likely="no")


def test_of_a_turn_in_two_breaths_no_half_answers_for_the_whole() -> None:
    both = joined(heard("No, I'm fine.", Replied(soft="no")), heard("I can't do the stairs any more.", Replied()))
    assert both.intent.replied == Replied()
    whole = heard("No, I'm fine. I can't do the stairs any more.", Replied(soft="something"))
    sure = replace(both, intent=Intent("other", 0.9, in_scope=True, replied=Replied(soft="no")))
    assert understood(sure, whole).intent.replied.soft == "something"


def heard(text: str, replied: Replied) -> HeardFinal:
    seen = Classification(Level.NONE, "", 0.0, False, False, (), "")
    return HeardFinal(Phi(text), seen, Intent("other", 0.3, in_scope=True, replied=replied), 0.9, 0.0, 1.0)


def test_a_line_that_is_not_of_the_form_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("confirm|yes|right\nconfirm|perhaps|well\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"x\.txt, line 2"):
        replies.load(tmp_path)


def test_er_is_a_filler_and_the_er_is_none() -> None:
    assert untroubled("Er, no, I'm fine", "no")
    assert ends("No, er, that's all", wishes=False, parts=False, likely="no")
    assert not untroubled("No, my son drives me to the ER", "no")
