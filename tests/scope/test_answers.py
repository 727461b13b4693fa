"""Answers that decide whether somebody is hung up on or asked for trouble."""

from __future__ import annotations

import pytest

from triage.scope.answers import asks_again
from triage.scope.dialogue import _WANTS_MORE


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


@pytest.mark.parametrize(
    "text", ["No, I need to know my test results", "no I want to speak about the bill", "No, how much is it?"]
)
def test_a_no_with_a_wish_is_not_the_end(text: str) -> None:
    assert _WANTS_MORE.search(text)


def test_a_no_without_one_is() -> None:
    assert not _WANTS_MORE.search("No, I see the library now. Thanks.")
