"""Answers that hold a fact, by authors who never saw the program: how many are written down as a careful clerk would."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from triage.scope import clinic as clinics

ROOT = Path(__file__).parents[2]


def counted(authors: str, *, heard: bool = False) -> tuple[Counter[str], Counter[str]]:
    weigh = script()
    listed = clinics.load(ROOT / "deploy" / "clinic.toml").medicines
    right: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for author in authors:
        for answer in weigh.load(author, heard=heard):
            answers[answer.question] += 1
            right[answer.question] += weigh.is_right(answer, weigh.written_down(answer, listed))
    return right, answers


def script() -> ModuleType:
    name = "weigh_facts"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "models" / "scope" / "weigh_facts.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_of_strangers_answers_nine_of_ten_are_written_down_rightly() -> None:
    right, answers = counted("cd")  # read by nobody; the figures are in compliance/decisions/0034
    assert answers.total() == 600
    assert right.total() >= 0.92 * 600
    assert right["date_of_birth"] >= 0.95 * answers["date_of_birth"]


def test_what_the_recogniser_made_of_them_is_put_right_where_it_can_be() -> None:
    right, answers = counted("cdg", heard=True)  # figures: compliance/decisions/0035
    assert answers.total() == 900
    assert right["date_of_birth"] >= 0.88 * answers["date_of_birth"]
    assert right["medicine"] >= 0.75 * answers["medicine"]
    assert right["book"] + right["move"] + right["cancel"] >= 0.85 * sum(
        answers[day] for day in ("book", "move", "cancel")
    )


@pytest.mark.parametrize("author", ["a", "b", "e", "f"])
def test_what_was_mended_stays_mended(author: str) -> None:
    right, answers = counted(author)
    assert right.total() >= 0.96 * answers.total()


@pytest.mark.parametrize(
    ("question", "fact", "found", "right"),
    [
        ("move", "March 19", "3/19", True), ("move", "March 19", "3/12", False), ("book", "Thursday morning", "friday", False), ("book", "next week", "next week", True),
        ("name", "Jo Park", "jo park", True), ("name", "Jo Park", "Jo Clark", False), ("date_of_birth", "1951-05-03", "May 3, 1951", True),
        ("medicine", "metformin and lasix", "Metformin", False), ("cancel", "the 9th", "", False),
    ],
)  # fmt: skip
def test_the_measure_tells_right_from_wrong(question: str, fact: str, found: str, right: bool) -> None:
    weigh = script()
    assert weigh.is_right(weigh.Answer(question, fact, ""), found) is right
