"""The second reading of what a recogniser printed: adds, never takes away, and stays inside the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.distress import lexicon
from triage.distress.classifier import Classifier
from triage.distress.repair import second_reading
from triage.escalation.levels import Level
from triage.testing.scripted_tier1 import ScriptedTier1


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("I keep thinking of sue a side", "suicide"), ("he had a see sure", "seizure"), ("my chess pain is back", "chest pain"),
        ("I over dose on my pills", "overdose"), ("he is vomitting", "vomiting"),
    ],
)  # fmt: skip
def test_words_are_read_as_what_was_meant(printed: str, meant: str) -> None:
    reading = second_reading(lexicon.normal(printed))
    assert reading is not None
    assert meant in reading.text


@pytest.mark.parametrize(
    "text", ["can you find out when you are open", "is it far to the building", "what is my bill", "I'd like pizza", ""]
)
def test_ordinary_words_stay_what_they_are(text: str) -> None:
    assert second_reading(text) is None


def test_a_repaired_word_alone_is_only_a_hint() -> None:
    text = "the caesar salad, is it on the menu, he had a see sure"
    routine = Classifier(ScriptedTier1()).classify(text)  # type: ignore[arg-type]
    assert not routine.act
    assert routine.look
    supported = Classifier(ScriptedTier1(acts={"see sure": "fear"})).classify(text)  # type: ignore[arg-type]
    assert supported.level is Level.DANGER, "with the encoder's support it counts as what it means"
    assert Classifier(None).classify(text).level is Level.DANGER, "without an encoder every hint counts"


@pytest.mark.parametrize("text", ["yes, that says it nicely", "the glipizide, please"])
def test_everyday_words_that_sound_like_trouble_are_not_even_looked_at(text: str) -> None:
    sure = Classifier(ScriptedTier1(routine=0.99)).classify(text)  # type: ignore[arg-type]
    assert not sure.look
    doubting = Classifier(ScriptedTier1(routine=0.97)).classify(text)  # type: ignore[arg-type]
    assert doubting.look


def test_printed_words_of_danger_are_looked_at_however_sure_the_encoder() -> None:
    text = "he had a seizure two years ago"
    assert Classifier(ScriptedTier1(routine=1.0)).classify(text).look  # type: ignore[arg-type]


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz' ,.", max_size=120))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    reading = second_reading(text)
    if reading is None:
        return
    assert len(reading.text) == len(reading.starts) == len(reading.ends)
    assert list(reading.starts) == sorted(reading.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "what should I do if someone ever has a seizure", "do you have a leaflet about chest pain", "how would I know if she has a fever",
    ],
)  # fmt: skip
def test_what_is_only_supposed_needs_the_encoder(text: str) -> None:
    assert not Classifier(ScriptedTier1()).classify(text).act  # type: ignore[arg-type]
    assert Classifier(ScriptedTier1(acts={text: "fear"})).classify(text).level >= Level.CLINICAL  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["what would you do if I told you I want to die", "what if I kill myself"])
def test_a_supposition_never_lowers_crisis(text: str) -> None:
    assert Classifier(ScriptedTier1()).classify(text).level >= Level.CRISIS  # type: ignore[arg-type]
