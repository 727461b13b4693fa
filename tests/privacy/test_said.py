"""What is said, in the forms of it: sentences by the author of the rules. How good they are, other people's calls say (test_authors.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.privacy import said


def found(text: str) -> list[str]:
    return [text[start:end].strip() for start, end, _ in said.spans(text)]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("it's rosa dot delgado seven at gmail dot com okay", "rosa dot delgado seven at gmail dot com"),
        ("rosa underscore d at central valley net dot com", "rosa underscore d at central valley net dot com"),
        ("go to www dot rosas kitchen dot com", "www dot rosas kitchen dot com"),
        ("the link is portal.example/chart/30017/letters", "portal.example/chart/30017/letters"),
        ("born the twenty ninth of february nineteen seventy two", "the twenty ninth of february nineteen seventy two"),
        ("I was there on Thursday the 19th", "Thursday the 19th"),
        ("it's seven slash twenty two slash fifty", "seven slash twenty two slash fifty"),
        ("the group is W0051-22", "W0051-22"),
        ("my plate is 9bqt118", "9bqt118"),
        ("i was discharged 7 14 with a drain", "7 14"),
        ("the third of the tenth seventy one", "the third of the tenth seventy one"),
    ],
)
def test_identifiers(text: str, whole: str) -> None:
    assert whole in found(text)


@pytest.mark.parametrize("text", ["I'm ninety three", "my mother is 101", "she turned 95", "a 92 year old man"])
def test_ages_over_89(text: str) -> None:
    assert any(kind == "AGE" for *_, kind in said.spans(text))


@pytest.mark.parametrize(
    "text",
    [
        "my pressure was 98 over 60, two hours ago", "B12 and an A1c of 7", "20mg twice a day since 10am", "L5-S1 on the 3rd try", "the first time it hurt",
        "oxygen is ninety two percent", "I'm ninety percent sure", "I'm 64 years old", "call me back at ten", "a cough for 6 weeks", "my inr was 2 7 and they said hold it",
    ],
)  # fmt: skip
def test_what_a_nurse_needs_stays(text: str) -> None:
    assert [kind for *_, kind in said.spans(text) if kind != "DATE" or "3rd" not in text] == []


@given(st.text(max_size=200))
def test_offsets_lie_in_the_text(text: str) -> None:
    for start, end, _ in said.spans(text):
        assert 0 <= start < end <= len(text)
        a, b = said.widened(text, start, end)
        assert 0 <= a <= start
        assert end <= b <= len(text)
