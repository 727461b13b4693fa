from __future__ import annotations

import pytest

from triage.scope.terms import Terms

LINES = ["could we push it back", "could we set it up", "where do I park", ""]


def test_the_same_words_are_alike_and_others_are_not() -> None:
    alike = Terms(LINES).alike("Could we push it back?")
    assert alike.shape == (4,)
    assert alike[0] == pytest.approx(1.0, abs=1e-6)
    assert 0 < alike[1] < 0.5
    assert alike[2] == alike[3] == 0


def test_rare_words_weigh_more_and_order_counts() -> None:
    terms = Terms(LINES)
    assert terms.alike("push")[0] > terms.alike("could")[0]
    assert terms.alike("it back push")[0] < terms.alike("push it back")[0]


@pytest.mark.parametrize("text", ["", "…", "zanzibar"])
def test_what_the_collection_does_not_know_is_like_nothing(text: str) -> None:
    assert not Terms(LINES).alike(text).any()
