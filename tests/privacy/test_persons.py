"""People by what stands around them, without capitals. Sentences by the author of the rules; how good they are, other people's calls say (test_authors.py)."""

from __future__ import annotations

import pytest

from triage.privacy import lexicon, persons, spelling

KEEP = frozenset({"metformin", "headache", "monday", "wheelchair"})


def found(text: str) -> set[str]:
    return {text[start:end] for start, end in persons.introduced(text, KEEP)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the lady upstairs was called patience", "patience"), ("i'll have mercy ring you back", "mercy"), ("tell will that it helped", "will"),
        ("may is on lunch can i help", "may"), ("okay hope and what's your number", "hope"), ("my uncle is grant", "grant"),
        ("this is june kowalczyk", "june kowalczyk"), ("what's bill's last name", "bill's"), ("it was joy who took my blood", "joy"),
        ("i have long as your surname", "long"), ("faith is on another call", "faith"),
    ],
)  # fmt: skip
def test_a_person_is_introduced(text: str, name: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "may i come on monday", "will you tell the nurse it hurts", "the doctor drew blood twice", "i hope it gets better", "at dawn it was worse", "my son is allergic",
        "the nurse will call you", "it's called a headache", "is there any chance of a wheelchair", "my bill was wrong", "i have faith it helps", "ask for metformin",
    ],
)  # fmt: skip
def test_the_same_words_stay_elsewhere(text: str) -> None:
    assert found(text) == set()


def test_a_spelled_name_is_found_where_it_is_said() -> None:
    text = "i'm zorvane z o r v a n e"
    assert {text[start:end] for start, end in spelling.spelled(text, frozenset(), asked=False)} == {
        "zorvane",
        "z o r v a n e",
    }


@pytest.mark.parametrize("word", ["zorvane", "okonmbe", "joon-ho"])
def test_what_no_list_has_is_unknown(word: str) -> None:
    assert lexicon.unknown(word, KEEP)


@pytest.mark.parametrize(
    "word", ["theyve", "mondays", "quzolimab", "neuritis", "loperamide", "uhm", "wobbly", "kentucky"]
)
def test_what_is_explained_is_not(word: str) -> None:
    assert not lexicon.unknown(word, KEEP)
