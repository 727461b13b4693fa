"""The model may point at the caller's own words. Whatever else it says counts for nothing."""

from __future__ import annotations

import asyncio
import json

import pytest

from triage.language.extraction import SCHEMA, extract
from triage.language.ports import JsonSchema
from triage.privacy.phi import Phi
from triage.testing.scripted_language import Dies, Says, ScriptedModel

ASKED = "May I have your full name, please?"
HEARD = Phi("well folks around here have always known me as Bobby, it says Robert Hale on the card though")


def words(answer: str) -> str:
    model = ScriptedModel(answer)
    found = asyncio.run(extract(model, ASKED, HEARD, 1.0)).reveal()
    assert model.asked[0].constraint == SCHEMA
    assert isinstance(SCHEMA, JsonSchema)
    return found


def test_words_of_the_caller_in_a_row_count() -> None:
    assert words('{"words": "Robert Hale"}') == "Robert Hale"
    assert words('{"words": "robert hale"}') == "robert hale"


@pytest.mark.parametrize(
    "answer",
    [
        '{"words": "Robert Haley"}', '{"words": "Bobby Hale"}', '{"words": ""}', '{"words": null}', '{"words": ["Robert Hale"]}', '{"name": "Robert Hale"}',
        "Robert Hale", "", "[1]", '{"words": "' + "as Bobby " * 40 + '"}', '{"words": "obert Hal"}',
    ],
)  # fmt: skip
def test_anything_else_counts_for_nothing(answer: str) -> None:
    assert words(answer) == ""


def test_late_and_dead_are_nothing() -> None:
    late = Says(json.dumps({"words": "Robert Hale"}), after_s=5.0)
    for reply in (late, Dies()):
        assert asyncio.run(extract(ScriptedModel(reply), ASKED, HEARD, 0.05)).reveal() == ""
