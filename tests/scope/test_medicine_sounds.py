"""Medicines that the recogniser misspells. What a recogniser really wrote: models/scope/corpus/facts/heard. Sentences by the author of the rules."""

from __future__ import annotations

import pytest

from triage.scope.entities import find
from triage.scope.medicine_sounds import put_right

LISTED = ("lisinopril", "metformin", "atorvastatin", "Eliquis")


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("serleto", "xarelto"), ("metaprolol, metaprolol", "metoprolol, metoprolol"), ("spirinal lactone 25 milligrams", "spironolactone 25 milligrams"),
        ("the lixapro", "the lexapro"), ("lightsinopril", "lisinopril"), ("simva statin", "simvastatin"), ("Adorvastatin, please", "atorvastatin, please"),
    ],
)  # fmt: skip
def test_what_sounds_like_one_is_it(heard: str, meant: str) -> None:
    assert put_right(heard, LISTED) == meant


@pytest.mark.parametrize(
    "heard",
    [
        "metformin", "Metformin, 500 milligrams", "the one that I always take", "prednisone, not prednisolone", "hydroxyzine or hydralazine", "I need my usual ones, please",
        "It says here, and then statin. Atorvastatin", "let me get my glasses", "could you repeat the question", "janumet", "oxycontin", "captopril", "", "my son's albuterol", "L-I-S-I-N-O-P-R-I-L", "furosemide, so don't send the other",
    ],
)  # fmt: skip
def test_what_is_none_or_right_stays(heard: str) -> None:
    assert put_right(heard, LISTED) == heard


def test_between_two_that_sound_alike_nobody_chooses() -> None:
    assert put_right("hydralizine", ()) in ("hydralizine", "hydralazine")
    assert put_right("celexbra", ()) == "celexbra"  # Celexa, Celebrex


def test_in_a_wish_only_what_is_wished_for_is_looked_at() -> None:
    fact = find("medicine", "I should like a renewal of my list in April, as usual.", asked=False, listed=LISTED)
    assert fact is not None
    assert fact.value.reveal() == "lisinopril"
