"""Another language is a finding; English and Spanish are not."""

from __future__ import annotations

import pytest

from triage.distress import tongue
from triage.distress.classifier import Classifier
from triage.distress.tongue import is_other
from triage.escalation.levels import Level


@pytest.mark.parametrize(
    "text",
    [
        "bonjour je voudrais parler avec le docteur pour mon mari", "guten Tag ich habe eine Frage wegen meinem Mann",
        "xin chào tôi không nói được tiếng anh", "здравствуйте у меня болит живот", "你好我的孩子不舒服", "مرحبا أحتاج إلى طبيب",
        "mwen pa pale angle mwen bezwen yon moun", "dzień dobry nie mówię po angielsku", "안녕하세요 의사 선생님",
    ],
)  # fmt: skip
def test_another_language_is_a_trigger(text: str) -> None:
    assert is_other(text)
    found = Classifier(None).classify(text)
    assert found.act
    assert found.level >= Level.STATE


@pytest.mark.parametrize(
    "text",
    [
        "what time do you open", "quiero una cita para mañana por favor", "Nguyen, N G U Y E N", "my name is Małgorzata Wiśniewska", "okay",
        "it is a déjà vu sort of thing", "Señora Peña, like the singer", "yes",
    ],
)  # fmt: skip
def test_english_spanish_and_names_are_none(text: str) -> None:
    assert not is_other(text)


@pytest.mark.parametrize(
    "text", ["I need Doctor De La Cruz", "Maria de la Torre", "I live in Los Angeles on La Brea", "el doctor de la"]
)
def test_a_spanish_name_is_no_spanish(text: str) -> None:
    assert tongue.language(text) == ""


@pytest.mark.parametrize(
    "text", ["necesito una cita con el doctor", "me duele la cabeza desde ayer", "mi hijo tiene fiebre"]
)
def test_spanish_is_spanish(text: str) -> None:
    assert tongue.language(text) == "es"
