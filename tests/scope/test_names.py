"""Names that are spelled in groups, or said the other way round. Lines by the author of the rules."""

from __future__ import annotations

import time

import pytest

from triage.scope.entities import find

SLOW = 5.0  # seconds of the processor; what is bounded takes a tenth of one


def name(text: str) -> str | None:
    fact = find("name", text, asked=True)
    return fact.value.reveal() if fact else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E-H, K-L-U, S-A-Y. Eh Klu Say.", "Eh Klu Say"),
        ("M-A-Y, X-I-O-N-G", "May Xiong"),
        ("Mai Lor. M-A-I L-O-R.", "Mai Lor"),
        ("T O M, A B A R A", "Tom Abara"),
        ("Rosa Delgato. R-O-S-A, D-E-L-G-A-D-O.", "Rosa Delgado"),
        ("Peter Petersen. P-E-T-E-R, P-E-D-E-R-S-E-N.", "Peter Pedersen"),
    ],
)
def test_groups_of_letters_are_words(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lindqvist. L-I-N-D, Q-V-I-S-T.", "Ann Lindqvist"),
        ("Carol Swensen, S-W-E-N, S-O-N", "Carol Swenson"),
        ("Tin Bo. B, O.", "Tin Bo"),
        ("S-M-I, T-H", "Smith"),
    ],
)
def test_one_name_spelled_in_two_breaths_stays_one(text: str, expected: str) -> None:
    assert name(text) == expected


def test_a_name_that_begins_like_a_no() -> None:
    assert name("Naw Eh Klu.") == "Naw Eh Klu"
    assert name("Naw. Rex, get down.") is None
    assert name("Naw Rex") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Henderson. Rosa.", "Rosa Henderson"), ("Rosa. Henderson.", "Rosa Henderson"), ("Gerald. Thomas.", "Gerald Thomas")],
)  # fmt: skip
def test_the_last_name_first(text: str, expected: str) -> None:
    assert name(text) == expected


def test_letters_without_an_end_are_read_in_a_moment() -> None:
    begun = time.process_time()
    name("A-B, " * 2000)
    assert time.process_time() - begun < SLOW


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Boudreau. Zo\u00eb Boudreau, B-O-U-D-R-E-A-U, nothing else", "Zo\u00eb Boudreau"),
        ("It's \u00c9lodie Saint-Cyr", "\u00c9lodie Saint-Cyr"),
        ("Jos\u00e9 Nu\u00f1ez", "Jos\u00e9 Nu\u00f1ez"),
    ],
)
def test_a_name_keeps_its_accents(text: str, expected: str) -> None:
    assert name(text) == expected
