from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.audit.entry import ACTS, DETAILS, Entry, EntryRefused, SealedRecord, Stamp, leaf
from triage.privacy.phi import Phi

STAMP = Stamp(datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC), 1234.5678, "boot-1")
SPOKEN = "I have had chest pain since noon"


def test_the_leaf_is_one_canonical_line() -> None:
    entry = Entry(
        "handoff.offered",
        "core",
        call_id="c1",
        subject="h1",
        reason="danger",
        details=(("rung_number", 1), ("drill", True)),
    )
    assert leaf(entry, 5, STAMP, [SealedRecord(3, "packet", "ab" * 32)]) == (
        b'{"act":"handoff.offered","at":"2026-11-24T12:00:00.000005Z","boot":"boot-1","call":"c1",'
        b'"details":{"drill":true,"rung_number":1},"mono_ms":1234568,"outcome":"success","reason":"danger",'
        b'"records":[[3,"packet","' + b"ab" * 32 + b'"]],"seq":5,"subject":"h1","v":1,"who":"core"}'
    )


def test_what_is_empty_is_left_out() -> None:
    assert set(json.loads(leaf(Entry("vault.opened", "core"), 0, STAMP))) == {
        "v", "seq", "at", "mono_ms", "boot", "act", "who", "outcome",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"act": "call.anything"}, "act"),
        ({"outcome": "fine"}, "outcome"),
        ({"who": "Amara Okafor"}, "who"),
        ({"call_id": SPOKEN}, "call_id"),
        ({"call_id": ""}, "call_id"),
        ({"subject": "+442071234567"}, "subject"),
        ({"reason": SPOKEN}, "reason"),
        ({"reason": Phi("chest")}, "reason"),
        ({"reason": Phi("")}, "reason"),
        ({"reason": "amara@clinic.example"}, "reason"),
        ({"reason": "5551234567"}, "reason"),
        ({"reason": "1971-03-05"}, "reason"),
        ({"details": (("unheard", 1),)}, "unheard"),
        ({"details": ((SPOKEN, 1),)}, "details"),
        ({"details": (("level", SPOKEN),)}, "level"),
        ({"details": (("level", Phi("danger")),)}, "level"),
        ({"details": (("level", 3),)}, "level"),
        ({"details": (("turn", "three"),)}, "turn"),
        ({"details": (("turn", float("nan")),)}, "turn"),
        ({"details": (("turn", True),)}, "turn"),
        ({"details": (("drill", 1),)}, "drill"),
        ({"details": (("callback_by", "tomorrow"),)}, "callback_by"),
        ({"details": (("sha256", "xyz"),)}, "sha256"),
        ({"details": (("turn", 1), ("turn", 2))}, "details"),
        ({"details": (("turn", 1),) * 30}, "details"),
    ],
)
def test_free_text_and_unknown_words_are_refused(fields: dict[str, object], where: str) -> None:
    with pytest.raises(EntryRefused) as refusal:
        Entry(**{"act": "call.answered", "who": "core", **fields})  # type: ignore[arg-type]
    assert refusal.value.field == where
    assert SPOKEN not in f"{refusal.value} {refusal.value.advice}"


@given(
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1).filter(lambda text: not text.isascii() or " " in text)
)
def test_no_text_with_a_space_or_beyond_ascii_gets_in(text: str) -> None:
    for fields in ({"reason": text}, {"call_id": text}, {"who": text}, {"details": (("level", text),)}):
        with pytest.raises(EntryRefused):
            Entry(**{"act": "call.answered", "who": "core", **fields})  # type: ignore[arg-type]


def test_every_entry_that_the_program_writes_is_in_the_vocabulary() -> None:
    """Each literal act and detail key in the package's source. An act that is computed is checked when it is written."""
    unknown = []
    for file in (Path(__file__).parents[2] / "triage").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (
                isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Entry" and call.args
            ):
                continue
            act = call.args[0]
            acts = [act.value] if isinstance(act, ast.Constant) else []
            keys = [
                pair.elts[0].value
                for keyword in call.keywords
                if keyword.arg == "details"
                for pair in ast.walk(keyword.value)
                if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and isinstance(pair.elts[0], ast.Constant)
            ]
            unknown += [(file.name, word) for word in acts if word not in ACTS]
            unknown += [(file.name, key) for key in keys if key not in DETAILS]
    assert unknown == []
