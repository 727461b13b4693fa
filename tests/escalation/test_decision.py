from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from triage.call.rules import Rules
from triage.escalation import floor
from triage.escalation import matrix as matrices
from triage.escalation.decision import decide
from triage.escalation.levels import Level, highest
from triage.escalation.triggers import TRIGGERS, TriggerHit
from triage.privacy.phi import Phi

levels = st.sampled_from(list(Level))
hits = st.lists(
    st.builds(TriggerHit, st.sampled_from(TRIGGERS), levels, st.text(max_size=5).map(Phi), st.floats(0, 60))
)
RULES = Rules(matrices.fail_safe())


def test_the_order_of_urgency() -> None:
    words = ["none", "scope", "state", "human", "clinical", "crisis", "danger"]
    assert [level.word for level in sorted(Level)] == words
    assert [Level.parse(word) for word in words] == sorted(Level)
    with pytest.raises(ValueError, match="not a level"):
        Level.parse("urgent")


@given(hits, levels)
def test_a_decision_is_the_highest_of_all_and_only_ever_raises(hits: list[TriggerHit], previous: Level) -> None:
    made = decide(hits, previous, matrix="test")
    top = max((hit.level for hit in hits), default=Level.NONE)
    if top > previous:
        assert made is not None
        assert (made.level, made.hits, made.matrix) == (top, tuple(hits), "test")
    else:
        assert made is None


@given(hits, hits, levels)
def test_no_further_hit_lowers_what_was_decided(
    first: list[TriggerHit], more: list[TriggerHit], previous: Level
) -> None:
    one, both = decide(first, previous, matrix="m"), decide([*first, *more], previous, matrix="m")
    if one is not None:
        assert both is not None
        assert both.level >= one.level


@given(st.lists(levels))
def test_highest_of_nothing_is_none(several: list[Level]) -> None:
    assert highest(*several) == max(several, default=Level.NONE)


@given(st.sampled_from(TRIGGERS), st.none() | levels)
def test_a_hit_is_never_below_its_floor_nor_below_what_was_found(trigger: str, level: Level | None) -> None:
    hit = RULES.hit(trigger, level=level)
    assert hit.level >= (level or Level.NONE)
    assert hit.level >= floor.LOWEST.get(trigger, Level.NONE)


def test_a_decision_names_its_triggers_once_and_prints_no_speech() -> None:
    made = decide([TriggerHit("silence", Level.STATE, Phi("oh no"))] * 3, Level.NONE, matrix="m")
    assert made is not None
    assert made.triggers == ("silence",)
    assert "oh no" not in repr(made)


def test_every_trigger_has_a_floor_but_distress_which_brings_its_own_level() -> None:
    assert set(floor.LOWEST) == set(TRIGGERS) - {"distress"}
