"""Spanish in the lexicon alone: danger, crisis, symptoms, a person; ordinary requests stay quiet. Sentences by the author of the cues."""

from __future__ import annotations

import pytest

from triage.distress.classifier import Classifier
from triage.escalation.levels import Level

ALONE = Classifier(None)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("me duele mucho el pecho", Level.DANGER), ("mi papá no puede respirar", Level.DANGER), ("tiene la boca chueca", Level.DANGER),
        ("se desmayó y no despierta", Level.DANGER), ("le dio una convulsión", Level.DANGER), ("no para de sangrar", Level.DANGER),
        ("se le hinchó la cara y la garganta", Level.DANGER), ("mi bebé de dos meses tiene calentura", Level.DANGER),
        ("estoy embarazada y estoy sangrando", Level.DANGER), ("el niño se tomó cloro", Level.DANGER), ("se me acabó la insulina", Level.DANGER),
        ("ya no quiero vivir", Level.CRISIS), ("mi esposo me pega", Level.CRISIS), ("estarían mejor sin mí", Level.CRISIS),
        ("oigo voces", Level.CRISIS), ("me duele la rodilla", Level.CLINICAL), ("tengo fiebre y tos", Level.CLINICAL),
        ("me siento mal", Level.CLINICAL), ("quiero hablar con una persona", Level.HUMAN), ("páseme con la enfermera por favor", Level.HUMAN),
        ("no hablo inglés", Level.HUMAN),
    ],
)  # fmt: skip
def test_found_with_and_without_accents(text: str, level: Level) -> None:
    plain = text.translate(str.maketrans("áéíóúñ", "aeioun"))
    for one in (text, plain, text.upper()):
        found = ALONE.classify(one)
        assert found.act
        assert found.level >= level, one


@pytest.mark.parametrize(
    "text",
    [
        "quiero una cita para el martes", "a qué hora abren", "dónde está la clínica", "mi nombre es María García", "sí, gracias",
        "necesito cambiar mi cita", "aceptan mi seguro", "mi fecha de nacimiento es el dos de mayo", "hasta luego",
    ],
)  # fmt: skip
def test_ordinary_requests_stay_quiet(text: str) -> None:
    assert not ALONE.classify(text).act
