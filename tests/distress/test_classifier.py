"""Behaviour of the lexicon and of the union, in the CheckList manner. Sentences by the author of the cues: they show that rules do
what they say, not how good they are on other people's words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.distress import lexicon
from triage.distress.classifier import Classifier
from triage.distress.heads import MEANING, Seen, Tier1, parts
from triage.escalation.levels import Level

ALONE = Classifier(None)

DANGER = [
    "I have chest pain", "my chest feels so tight and heavy", "he can't breathe", "her face is drooping on one side",
    "my wife is having a stroke", "I can't wake him up", "she is having a seizure", "his tongue is swelling after the peanut",
    "the bleeding won't stop", "I'm throwing up blood", "a fever and he is confused", "I'm on chemo and I have a fever",
    "I'm pregnant and I have a terrible headache", "my three week old has a fever", "the baby won't wake up to feed",
    "she swallowed a button battery", "he hit his head and now he's vomiting", "my testicle hurts", "my sugar is low and I'm confused",
    "we ran out of insulin", "he took too many pills", "the carbon monoxide alarm", "my baby stopped moving", "worst headache of my life",
    "me duele el pecho",
]  # fmt: skip
CRISIS = [
    "I want to die", "I've been thinking about suicide", "sue a side", "I don't want to wake up", "they'd be better off without me",
    "I have a gun in my hand", "I'm going to kill him", "my husband hits me", "I'm not safe at home", "he's listening",
    "I hear voices telling me things", "I gave away my things", "there is no hope", "no quiero vivir",
]  # fmt: skip
CLINICAL = [
    "my knee hurts", "I have a rash", "I feel dizzy", "the new pills make me sick", "my incision is red and oozing", "I ran out of my heart medicine",
    "I fell yesterday", "my son has a temperature of a hundred and one", "pain is an eight out of ten", "I'm not feeling well",
]  # fmt: skip
HUMAN = [
    "I want to talk to a person",
    "operator",
    "give me a real person",
    "let me speak to a nurse",
    "I don't want to talk to a machine",
]
ROUTINE = [
    "I would like to move my appointment to Thursday", "what time do you open", "where do I park", "can I get a flu shot",
    "I'm dying to know when you open", "my number is five five five oh one nine two", "apartment ten, nine in the morning please",
    "no chest pain, just my refill", "it was a stroke of luck that I reached you", "do you know the number of the pharmacy",
    "my date of birth is May second", "thank you, goodbye", "is there parking", "I need a form for school",
]  # fmt: skip


@pytest.mark.parametrize("text", DANGER)
def test_danger(text: str) -> None:
    assert ALONE.classify(text).level is Level.DANGER


@pytest.mark.parametrize("text", CRISIS)
def test_crisis(text: str) -> None:
    assert ALONE.classify(text).level >= Level.CRISIS


@pytest.mark.parametrize("text", CLINICAL)
def test_clinical(text: str) -> None:
    assert ALONE.classify(text).level >= Level.CLINICAL


@pytest.mark.parametrize("text", HUMAN)
def test_human(text: str) -> None:
    assert ALONE.classify(text).level >= Level.HUMAN


@pytest.mark.parametrize("text", ROUTINE)
def test_routine(text: str) -> None:
    found = ALONE.classify(text)
    assert not found.act, [hit.source for hit in found.hits]


@pytest.mark.parametrize("text", [*DANGER, *CRISIS, *CLINICAL])
@pytest.mark.parametrize(
    "change", ["um {}", "{} right now", "well, {} you know", "hello, I'm calling because {}", "{}, please", "no. {}"]
)
def test_fillers_and_additions_never_lower(text: str, change: str) -> None:
    assert ALONE.classify(change.format(text)).level >= ALONE.classify(text).level


@pytest.mark.parametrize(
    "text",
    [
        "it's not just heartburn, chest pain that won't let up",
        "I can't say I don't have chest pain",
        "no appointment needed, I have chest pain",
    ],
)
def test_a_no_elsewhere_does_not_take_danger_back(text: str) -> None:
    assert ALONE.classify(text).level is Level.DANGER


@pytest.mark.parametrize(
    "text", ["I'm not suicidal but I want to die", "it's not like I haven't thought about suicide"]
)
def test_negation_never_lowers_crisis(text: str) -> None:
    assert ALONE.classify(text).level >= Level.CRISIS


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_never_raises_and_hits_lie_in_the_text(text: str) -> None:
    found = ALONE.classify(text)
    assert found.category != "classifier_failure"
    for hit in found.hits:
        assert 0 <= hit.start < hit.end <= max(len(text), 1)


def test_strange_input() -> None:
    for text in ("", "   ", "\x00\x01", "😀" * 500, "my knee hurts " * 5_000, "а" * 5_000, "胸が痛い"):
        assert ALONE.classify(text).category != "classifier_failure"
    assert ALONE.classify("my knee hurts " * 5_000).act


def test_a_fault_inside_is_a_finding() -> None:
    class Broken:
        version = "broken"

        def look(self, text: str) -> None:
            raise RuntimeError

    found = Classifier(Broken()).classify("what time do you open")  # type: ignore[arg-type]
    assert (found.level, found.act, found.category) == (Level.STATE, True, "classifier_failure")


def test_numbers_that_are_none_are_a_finding() -> None:
    class Raw:
        def with_places(self, text: str) -> tuple[np.ndarray, list[list[tuple[int, int]]]]:
            return np.full((1, 2), np.nan, np.float32), [[(0, 1), (0, 1)]]

    card = {
        "heads": ["danger", "routine"],
        "slope": [1, 1],
        "shift": [0, 0],
        "act": {"danger": 0.5},
        "look": {},
        "version": "v",
    }
    classifier = Classifier(Tier1(Raw(), card))  # type: ignore[arg-type]
    found = classifier.classify("hello")
    assert (found.level, found.act, found.category) == (Level.STATE, True, "classifier_failure")
    assert classifier.classify("I have chest pain").level is Level.DANGER, "what the lexicon knows is not lost"


def test_without_an_encoder_it_says_so() -> None:
    assert Classifier(None).degraded
    assert "no-encoder" in ALONE.version


@pytest.mark.parametrize("count", [1, 59, 60, 61, 100, 101, 399])
def test_parts_of_a_long_text_cover_every_word(count: int) -> None:
    text = " ".join(f"w{n}" for n in range(count))
    covered = {n for start, end in parts(text) for n in range(start, end)}
    assert set(range(len(text))) - covered <= {n for n, c in enumerate(text) if c == " "}


def test_every_rule_has_what_a_nurse_needs_to_review_it() -> None:
    rules = lexicon.load().rules
    assert len(rules) > 35
    for rule in rules:
        assert rule.id
        assert rule.category
        assert rule.reference
        assert rule.alone or rule.hints


HEADS = (*MEANING, "routine")


def scripted_parts(*rows: dict[str, float]) -> Seen:
    """What is seen in a text whose parts have these chances."""
    card = {
        "heads": list(HEADS), "slope": [1.0] * len(HEADS), "shift": [0.0] * len(HEADS), "version": "scripted",
        "act": dict.fromkeys(HEADS[:-1], 0.1), "look": dict.fromkeys(HEADS[:-1], 0.02),
    }  # fmt: skip

    class Parts:
        def with_places(self, text: str) -> tuple[Any, list[list[tuple[int, int]]]]:
            chances = np.array([[row.get(head, 0.001) for head in HEADS] for row in rows])
            return np.log(chances / (1 - chances)), [[(0, len(text))] * len(HEADS)] * len(rows)

    return Tier1(Parts(), card).look("some words of a caller")  # type: ignore[arg-type]


def test_the_unlikely_in_the_everyday_is_looked_at_and_does_not_act() -> None:
    seen = scripted_parts({"crisis": 0.3, "routine": 0.95})
    assert [hit.source for hit in seen.looks] == ["head-crisis"]
    assert seen.hits == ()
    assert scripted_parts({"crisis": 0.6, "routine": 0.95}).hits
    assert scripted_parts({"crisis": 0.3, "routine": 0.8}).hits


def test_a_polite_part_does_not_speak_for_another() -> None:
    """A long turn: the everyday at its beginning, and something at its end."""
    assert scripted_parts({"routine": 0.99}, {"danger": 0.3, "routine": 0.2}).hits
