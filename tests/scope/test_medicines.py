"""Which medicines are wanted: of any list, several at once, beside those that are not. Lines by the author of the rules."""

from __future__ import annotations

import pytest

from triage.scope.entities import find

LISTED = ["lisinopril", "metformin", "losartan", "insulin"]


def medicine(text: str, *, asked: bool = True) -> str | None:
    fact = find("medicine", text, asked=asked, listed=LISTED)
    return fact.value.reveal() if fact else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i need lisinopril and xarelto", "lisinopril and xarelto"), ("amlodipine losartan and metformin", "amlodipine and losartan and metformin"),
        ("my glipizide's out and so is my pioglitazone", "glipizide and pioglitazone"), ("oxybutynin plus mirabegron", "oxybutynin and mirabegron"),
        ("I'm out of tamsulosin and almost out of finasteride, so send both", "tamsulosin and finasteride"),
        ("topiramate and the sumatriptan for when it gets bad", "topiramate and sumatriptan"),
        ("Metformin, 500 milligrams, and Farxiga, please", "Metformin, 500 milligrams and Farxiga"),
    ],
)  # fmt: skip
def test_several_medicines_are_one_wish(text: str, expected: str) -> None:
    assert medicine(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metformin five hundred please my wife takes lisinopril", "metformin five hundred"), ("i used to take paroxetine but now i'm on citalopram", "citalopram"),
        ("they took me off lisinopril so losartan", "losartan"), ("rosuvastatin not atorvastatin i can't take that one", "rosuvastatin"),
        ("I have plenty of albuterol. It's the prednisone.", "prednisone"), ("it's lantus my sister's on humalog", "lantus"),
        ("My venlafaxine. I still have the lorazepam.", "venlafaxine"), ("paxil no wait zoloft", "zoloft"), ("i need humalog not the lantus", "humalog"),
        ("Lantus, please. Not the other insulin.", "Lantus"), ("lipitor well the generic atorvastatin", "atorvastatin"),
        ("I have the potassium already, I need the furosemide.", "furosemide"), ("i've been taking advil but he said he'd write ibuprofen", "ibuprofen"),
    ],
)  # fmt: skip
def test_a_medicine_that_is_not_wanted_is_left(text: str, expected: str) -> None:
    assert medicine(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("insulin aspart", "insulin aspart"), ("vitamin d the prescription one", "vitamin d"), ("ferrous sulfate for my iron", "ferrous sulfate"),
        ("cyclobenzaprine for my back i fell off the porch last week you know and it still hurts", "cyclobenzaprine"),
        ("um duloxetine i think that's the one d u l o x e t i n e", "Duloxetine"), ("nifedipine n like nancy i f e d i p i n e", "Nifedipine"),
        ("what's it called dear meloxicam okay meloxicam", "meloxicam"), ("the water pill", "water pill"),
    ],
)  # fmt: skip
def test_a_medicine_that_the_clinic_does_not_list(text: str, expected: str) -> None:
    assert medicine(text) == expected


@pytest.mark.parametrize(
    "text", ["i still have metformin but i need the other one", "i don't know what it's called", "not the metformin"]
)
def test_no_medicine_where_none_is_wanted(text: str) -> None:
    assert medicine(text) is None


def test_unasked_only_what_is_listed_begins_a_wish() -> None:
    assert medicine("my sister takes xarelto", asked=False) is None
    assert medicine("a refill of lisinopril and xarelto", asked=False) == "lisinopril and xarelto"


@pytest.mark.parametrize(
    ("text", "medicine"),
    [
        ("gabapentin 300", "gabapentin 300"), ("Lexapro ten", "Lexapro ten"), ("hydrochlorothiazide twenty five", "hydrochlorothiazide twenty five"), ("baby aspirin", "baby aspirin"),
        ("Advair inhaler", "Advair inhaler"), ("latanoprost eye drops", "latanoprost eye drops"), ("my wife is on metformin and needs a refill", "metformin"),
        ("no more metformin left", "metformin"), ("there's not any metformin left", "metformin"), ("It's for my mother, metformin", "metformin"), ("she's on metformin", "metformin"),
        ("my husband takes metformin and I need losartan", "losartan"), ("not the lasix, the metformin", "metformin"),
    ],
)  # fmt: skip
def test_strength_form_and_whose_it_is(text: str, medicine: str) -> None:
    fact = find("medicine", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == medicine
