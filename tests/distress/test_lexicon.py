"""Rules that count alone: silent where the words mean something of every day, loud where they mean what the rule is for. In pairs, by the
author of the cues. A rule that stays as a hint still looks, and acts with the encoder's doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.distress import lexicon
from triage.distress.classifier import Classifier

ALONE = Classifier(None)
WHOLE = Classifier.load(Path(lexicon.__file__).parent / "tier1")

# rule, of every day, what the rule is for
PAIRS = [
    ("ES-SYMPTOM", "could you tell Dolores that I rang", "tengo muchos dolores"),
    ("ES-SYMPTOM", "Mrs. Dolores Webb for half past two", "dolores muy fuertes desde ayer"),
    ("C-HOPELESS", "I'm hopeless with computers, so please post it", "I feel hopeless"),
    ("C-HOPELESS", "is there any hope of an earlier appointment", "I've lost all hope of ever being well"),
    ("C-HOPELESS", "the old printer's given up on life", "my brother has given up on life"),
    ("C-SUICIDE", "I want to end it, the subscription", "I want to end it"),
    ("C-SUICIDE", "I won't be here that week, we're on vacation", "I won't be here that week"),
    ("C-WISH", "I can't go on the twenty-second", "I can't go on"),
    ("C-PLAN", "the driver left a note about a parcel", "she left a note about the funeral"),
    ("C-GOODBYE", "tell my wife I love the flowers", "tell my wife I love her"),
    ("C-GOODBYE", "that's the last time you'll hear from me till summer", "this is the last time you'll hear from me"),
    ("C-OTHERS", "the frost will kill the roses", "tonight I will kill the landlord"),
    ("C-ABUSE", "they won't let me out of jury duty", "he won't let me out of the bedroom"),
    ("C-ABUSE", "I'm scared of heights", "I'm scared of my father"),
    ("C-PSYCHOSIS", "the voice on your phone said to ring again", "the voices on your phone said to jump"),
    ("C-PSYCHOSIS", "they're after me about the school form", "they're after me"),
    ("S-ANGER", "it's a stupid question, sorry", "it's stupid, this whole place"),
    ("S-ANGER", "it's a joke between me and the nurse", "it's a joke, your office, what a joke"),
    ("S-FEAR", "I'm afraid I shan't manage my check-up", "I'm afraid of what she'll find"),
    ("S-FEAR", "can someone help me with the form", "can someone help me"),
    ("S-FEAR", "don't mind the crying, it's only the onions", "she sits there crying"),
    ("H-PERSON", "the operator told me to try Tuesday", "the operator please"),
    ("H-PERSON", "I spoke to someone about it yesterday", "can I speak to someone about it"),
    ("H-PERSON", "is anybody there on Saturdays", "is anybody there"),
    ("H-PERSON", "my insurance agent says it's paid", "get me an agent"),
    ("M-PAIN", "could you move my appointment back, work's killing me", "could you do something, my back is killing me"),
    ("M-PAIN", "a van hit my side gate, nobody's hurt", "a van hit my side and it's hurt"),
    ("M-SYMPTOM", "I feel terrible cancelling on you", "I feel terrible"),
    ("M-SYMPTOM", "my heart stopped when I saw your invoice", "my heart is beating fast"),
    ("M-SYMPTOM", "I can't swallow another price hike", "I can't swallow another bite"),
    ("M-MEDICINE", "the bus took the wrong street", "she took the wrong tablet"),
    ("D-BREATH", "my boss has stopped breathing down my neck", "my boss has stopped breathing"),
    ("D-UNCONSCIOUS", "the traffic here isn't moving", "the boy here isn't moving"),
    ("D-STROKE", "I can't talk now, I'm in a meeting", "I can't talk now, it comes out wrong"),
    ("D-STROKE", "I can't speak to that, ask my sister", "I can't speak, ask my sister"),
    ("D-STROKE", "the voicemail was garbled, so ring me again", "his talking was garbled, so I rang"),
    ("D-MATERNAL", "my water broke, the boiler, so I'm late", "my water broke, so I'm late"),
]  # fmt: skip


# Nothing but hints: pain, a symptom or a mood in words acts with the encoder's doubt (compliance/decisions/0032).
HINTS = {"M-PAIN", "M-SYMPTOM", "S-ANGER", "S-CONFUSED", "S-FEAR"}


def acting(text: str) -> set[str]:
    return {found.hit.source for found in lexicon.load().hits(text) if found.alone}


@pytest.mark.parametrize(("rule", "everyday", "meant"), PAIRS)
def test_a_rule_acts_on_what_it_is_for(rule: str, everyday: str, meant: str) -> None:
    assert rule not in acting(everyday)
    assert rule in (firing(meant) if rule in HINTS else acting(meant))


def firing(text: str) -> set[str]:
    return {found.hit.source for found in lexicon.load().hits(text)}


@pytest.mark.parametrize("meant", [meant for rule, _, meant in PAIRS if rule in HINTS])
def test_a_hint_that_is_meant_acts_with_the_encoder(meant: str) -> None:
    assert WHOLE.classify(meant).act


@pytest.mark.parametrize(
    ("everyday", "also"),
    [
        ("I can't talk now, I'm in a meeting", "D-CHEST"), ("the traffic here isn't moving", "D-CHEST"),
        ("my boss has stopped breathing down my neck", "D-CHEST"), ("the operator told me to try Tuesday", "D-CHEST"),
    ],
)  # fmt: skip
def test_the_everyday_does_not_hide_what_follows(everyday: str, also: str) -> None:
    assert also in acting(f"{everyday}, and I have pain in my chest")


@pytest.mark.parametrize(
    "text", [everyday for rule, everyday, _ in PAIRS if rule.startswith("C-") and "can't go on" not in everyday]
)
def test_a_crisis_rule_that_is_told_off_stays_a_hint(text: str) -> None:
    """It looks, it is written down, and with the encoder's doubt, or without an encoder, it acts."""
    assert ALONE.classify(text).act


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("M-PAIN", "this headache is awful"), ("M-PAIN", "stomachaches every evening"), ("M-SYMPTOM", "I go lightheaded when I bend"),
        ("D-ALLERGY", "we used the epipen"), ("D-UNCONSCIOUS", "the baby won't wake"), ("C-WISH", "no reason to live anymore"),
    ],
)  # fmt: skip
def test_what_may_be_written_in_one_word_is_found_in_one(rule: str, text: str) -> None:
    assert rule in {found.hit.source for found in lexicon.load().hits(text)}


@pytest.mark.parametrize(
    "text",
    [
        "You have still not transferred me to a nurse", "I'm not talking to anyone but a nurse", "If you don't transfer me to a nurse I'll hang up", "why am I not talking to a person",
        "I want the agent", "I need an agent I can talk to",
    ],
)  # fmt: skip
def test_a_person_is_wished_for_in_a_complaint_too(text: str) -> None:
    assert "H-PERSON" in acting(text)


@pytest.mark.parametrize(
    "text", ["I'm really afraid I might do something", "I'm so afraid so please help", "I'm afraid we're in danger"]
)
def test_fear_that_is_meant_is_no_courtesy(text: str) -> None:
    assert "S-FEAR" in firing(text)
