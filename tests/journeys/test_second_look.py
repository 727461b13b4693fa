"""What the classifier only looks at: one soft question, a judge that only raises, and an entry for whoever reviews thresholds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.clinic import ClinicUnderTest, says
from tests.journeys.test_calls import play
from triage.distress.classifier import Classifier
from triage.handoff.state import HandoffState
from triage.testing.scripted_language import Dies, Says, ScriptedModel
from triage.testing.scripted_line import ScriptedLine
from triage.testing.scripted_tier1 import ScriptedTier1

WORDS = "the thing on the kitchen table is back"
LOOKS = ScriptedTier1(looks={WORDS: "danger"})


def test_a_look_earns_a_soft_question_and_an_entry(tmp_path: Path) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, WORDS)
        await house.until("said", 2)
        assert house.said()[1] == "soft_question"
        await says(line, "no")
        await house.until("said", 3)
        assert await house.handoffs() == []
        line.hangs_up()

    play(tmp_path, scene, classifier=Classifier(LOOKS))  # type: ignore[arg-type]


def test_what_stayed_under_the_threshold_is_in_the_audit_log(tmp_path: Path) -> None:
    acts: list[str] = []

    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, WORDS)
        await house.until("said", 2)
        acts.extend(await house.audit())
        line.hangs_up()

    play(tmp_path, scene, classifier=Classifier(LOOKS))  # type: ignore[arg-type]
    assert "escalation.near_threshold" in acts


@pytest.mark.parametrize(
    ("model", "escalated"),
    [
        (ScriptedModel(otherwise=Says("urgent")), True),
        (ScriptedModel(otherwise=Says("routine")), False),
        (ScriptedModel(otherwise=Says("urgent", after_s=5)), False),
        (ScriptedModel(otherwise=Dies()), False),
    ],
    ids=["urgent", "routine", "late", "dead"],
)
def test_the_judge_raises_or_changes_nothing(tmp_path: Path, model: ScriptedModel, escalated: bool) -> None:
    async def scene(house: ClinicUnderTest, line: ScriptedLine) -> None:
        await house.until("said")
        await says(line, WORDS)
        await house.until("said", 2)
        await line.is_silent(3)
        found = await house.handoffs()
        assert found == ([(HandoffState.OFFERED, "danger")] if escalated else [])
        line.hangs_up()

    play(tmp_path, scene, classifier=Classifier(LOOKS), model=model)  # type: ignore[arg-type]
