"""Names that are spelled in groups, or said the other way round. Lines by the author of the rules."""

from __future__ import annotations

import time

import pytest

from triage.scope.entities import find
from triage.scope.names import only_name

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
    only_name("kidding Bob. " * 3000)
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Last name Kowal, K-O-W-A-L. First name Josef.", "Josef Kowal"), ("First name's Bo. Last name's Tran.", "Bo Tran"), ("Surname is Petrov. First name is Ivan.", "Ivan Petrov"),
        ("Ortiz is my last name, Sam is my first.", "Sam Ortiz"), ("It's Harriet. Last name Boone, B-O-O-N-E.", "Harriet Boone"), ("My name Mai Yang. Yang is last.", "Mai Yang"),
    ],
)  # fmt: skip
def test_first_and_last_by_their_names(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rosalie Quattrini. Q-U-A, two Ts, R-I-N-I.", "Rosalie Quattrini"), ("Matt Garrett. G-A, two R's, E, two T's.", "Matt Garrett"), ("It's Ann Hess. H-E, double S.", "Ann Hess"),
        ("Lynn Abbott. A, B twice, O, T twice.", "Lynn Abbott"), ("Ella Mullen, M-U-double-L-I-N.", "Ella Mullin"), ("Phil Carroll, C-A-R-R-O-L-L, two Rs and two Ls.", "Phil Carroll"),
        ("Ray McElvoy. M, little C, capital E-L-V-O-Y.", "Ray McElvoy"), ("Pat O'Brien. O, apostrophe, B-R-I-E-N.", "Pat O'Brien"), ("Rosa Himenez, J-I-M-E-N-E-Z.", "Rosa Jimenez"),
        ("Joan Allgood, A, L, L, good.", "Joan Allgood"), ("Rowena Crone. R-O-N-E is the end of it.", "Rowena Crone"),
    ],
)  # fmt: skip
def test_a_spelling_with_words_in_it_stands_for_the_name_that_it_is_like(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Big Mike. Kidding. Michael Ansel.", "Michael Ansel"), ("Mrs. Walter Hines. Oh, you'll want mine. Clara Hines.", "Clara Hines"),
        ("Mrs. Walter Hines. You'll want mine. Clara.", "Clara Hines"), ("Dorothy Pike. No, that's my sister. I'm Ellen Pike.", "Ellen Pike"),
        ("Chester Dunn, that's my husband's name too", "Chester Dunn"), ("Jim Rudd. James on the card.", "James Rudd"), ("Liz Crane. Short for Elizabeth.", "Elizabeth Crane"),
        ("Peg Doyle, Margaret legally.", "Margaret Doyle"), ("Chester Dunn, but call me Chet", "Chester Dunn"), ("They call me Skip. Arthur Dunn.", "Arthur Dunn"),
    ],
)  # fmt: skip
def test_a_name_that_is_taken_back_or_is_another_on_paper(text: str, expected: str) -> None:
    assert name(text) == expected
