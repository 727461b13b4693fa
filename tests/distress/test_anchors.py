"""What a pattern cannot match without is really in everything that it matches: otherwise a cue would be passed over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.distress import lexicon
from triage.distress.anchors import anchors

CUES = [one for rule in lexicon.load().rules for one in (*rule.alone, *rule.hints)] + list(lexicon.load().idioms)


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("chest pains?", {"chest pain"}),
        ("(?:my|the) (?:back|belly)", {"my back", "my belly", "the back", "the belly"}),
        ("gr[ae]y \\w+ matter", {" matter"}),
        ("(?:kill|end) ?(?:me|it)?", {"kill", "end"}),
        ("colou?r", {"color", "colour"}),
        ("(?:ab)+c", {"ab"}),
        ("(?:swollen)?x{0,2}", set()),
        ("a|\\d+", set()),
        ("(?<!\\w)faint(?=ing)", {"faint"}),
    ],
)
def test_the_pieces_of_a_pattern(pattern: str, pieces: set[str]) -> None:
    assert anchors(re.compile(pattern)) == pieces


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_text_that_a_cue_matches_holds_one_of_its_pieces(data: st.DataObject) -> None:
    cue = data.draw(st.sampled_from(CUES))
    text = data.draw(st.from_regex(cue.pattern))
    assert not cue.anchors or any(piece in text for piece in cue.anchors), (cue.pattern.pattern, text)


def test_the_pieces_rule_out_nearly_every_cue() -> None:
    text = "hi it's about tuesday, i wanted to ask if you still have my old address, we moved in the spring"
    tried = [one for one in CUES if not one.anchors or any(piece in text for piece in one.anchors)]
    assert len(tried) < len(CUES) / 10
