"""Names and places with and without capitals. Sentences by the author of the rules: they show what the rules do, not how good they are."""

from __future__ import annotations

import pytest

from triage.privacy import lexicon, names, places

KEEP = frozenset({"metformin", "parkinson", "monday"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("this is brian walker about my wife", "brian walker"), ("I saw Melissa Okonkwo last week", "Melissa Okonkwo"), ("my name is hope", ""),
        ("ask maria de la cruz to call", "maria de la cruz"), ("the nurse was Jean-Luc", "Jean-Luc"), ("Will Rosa be there", "Rosa"),
        ("tell o'brien i called", "o'brien"),
    ],
)  # fmt: skip
def test_a_name_is_found(text: str, name: str) -> None:
    found = [text[start:end] for start, end in names.personal(text, KEEP)]
    assert (name in found) if name else not found  # "my name is hope" is for the pattern that asks for no list


@pytest.mark.parametrize(
    "text",
    [
        "my chest hurts and i can't breathe", "will you take a message", "I need a refill of metformin", "she has Parkinson's", "may I come on Monday",
        "the walker is broken and the wheel came off", "i will be late today",
    ],
)  # fmt: skip
def test_everyday_words_stay(text: str) -> None:
    assert names.personal(text, KEEP) == []


@pytest.mark.parametrize(
    ("text", "place"), [("we moved here from new braunfels", "new braunfels"), ("I live in Paducah now", "Paducah")]
)
def test_a_town_is_found(text: str, place: str) -> None:
    assert place in [text[start:end] for start, end in places.places(text, KEEP)]


def test_a_state_stays() -> None:
    assert places.places("she lives somewhere in Kentucky", KEEP) == []
    assert names.personal("she lives somewhere in Kentucky", KEEP) == []


def test_lists_are_sorted_and_apart() -> None:
    for name in ("names", "names_doubtful", "places", "places_doubtful", "states", "everyday", "given", "english"):
        lines = (lexicon.FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        assert lines == sorted(set(lines))
    assert not lexicon.words_of("names") & lexicon.words_of("everyday")
