"""When a finding counts: what the beginning of a sentence shows, what the whole shows, and what changed between them."""

from __future__ import annotations

import pytest

from triage.call.watch import DistressWatch
from triage.distress.classifier import Classification
from triage.distress.lexicon import Hit
from triage.escalation.levels import Level
from triage.privacy.phi import Phi

NOTHING = Classification(Level.NONE, "", 0.1, False, False, (), "v")


def shows(level: Level, by: str, score: float = 0.5) -> Classification:
    return Classification(level, "c", score, True, True, (Hit(by, 0, 3, level, "c"),), "v")


def partials(*seen: tuple[str, Classification], every_s: float = 0.5) -> tuple[DistressWatch, list[str]]:
    watch, by = DistressWatch(), []
    for number, (text, one) in enumerate(seen):
        if found := watch.partial(one, Phi(text), at_s=number * every_s, now=number * every_s):
            by.append(found.by)
    return watch, by


DANGER, DOUBTFUL_DANGER = shows(Level.DANGER, "head-danger", 0.95), shows(Level.DANGER, "head-danger", 0.5)
CUE, DOUBTFUL, SURE = (
    shows(Level.CRISIS, "L-X"),
    shows(Level.CRISIS, "head-crisis", 0.5),
    shows(Level.CRISIS, "head-crisis", 0.95),
)


@pytest.mark.parametrize(
    ("first", "second", "acts"),
    [
        (CUE, CUE, ["partials"]), (SURE, SURE, []), (DOUBTFUL, DOUBTFUL, []), (DANGER, DANGER, ["partials"]), (DANGER, NOTHING, []),
        (DOUBTFUL_DANGER, DOUBTFUL_DANGER, []),
    ],
)  # fmt: skip
def test_two_partials_that_agree(first: Classification, second: Classification, acts: list[str]) -> None:
    assert partials(("I am going", first), ("I am going to", second))[1] == acts


@pytest.mark.parametrize(
    ("seen", "acts"),
    [(CUE, True), (DANGER, True), (SURE, False), (DOUBTFUL_DANGER, False), (DOUBTFUL, False)],
)
def test_a_lone_partial_counts_after_its_time_when_a_cue_or_sure_danger_speaks(
    seen: Classification, acts: bool
) -> None:
    watch, _ = partials(("I am going", seen))
    assert (watch.overdue(0.8) is not None) is acts


def test_after_twenty_words_it_is_no_beginning_any_more() -> None:
    long = "it has been like this for weeks and weeks and I do not see what any of it is for now"
    assert partials((long, SURE), (long + " really", SURE))[1] == ["partials"]


def test_a_whole_sentence_is_judged_as_one_however_it_began() -> None:
    watch, _ = partials(("I'm going to kill", CUE))
    assert watch.final(NOTHING, Phi("I'm going to kill two birds with one stone."), at_s=1.0) is None
    assert watch.level is Level.NONE


def test_other_words_than_before_are_a_doubt_that_goes_to_a_human() -> None:
    watch, _ = partials(("I want to die", CUE))
    found = watch.final(NOTHING, Phi("I want to try."), at_s=1.0)
    assert found is not None
    assert found.classification.level is Level.CRISIS


def test_a_doubtful_whole_acts_as_it_always_did() -> None:
    watch, _ = partials(("I am", DOUBTFUL))
    found = watch.final(DOUBTFUL, Phi("I am so tired of all of it"), at_s=1.0)
    assert found is not None
    assert found.by == "final"


def test_who_hangs_up_in_mid_sentence_counts_as_meant() -> None:
    watch, _ = partials(("I took all", DANGER))
    found = watch.hung_up()
    assert found is not None
    assert found.by == "hang_up"


def test_failures_count_on_partials_too() -> None:
    failed = Classification(Level.STATE, "classifier_failure", 1.0, True, True, (), "v")
    assert partials(("I", failed), ("I am", failed))[1] == ["partials"]
