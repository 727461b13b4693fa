"""The trained model of identifiers as it is committed: what it adds, bad input, an altered file. Real weights, no stand-in."""

from __future__ import annotations

import json
import shutil
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from triage import app, weights
from triage.clock import SystemClock
from triage.config import Settings, Storage
from triage.conversation import records
from triage.desk import desk as desks
from triage.errors import EngineFailed, IntegrityError
from triage.privacy.detection import Detector
from triage.privacy.redaction import REMOVED, Redactor
from triage.privacy.tagger import FILES, FOLDER, Tagger, whole
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Vault

ROOT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def tagger() -> Tagger:
    return Tagger()


def marked(text: str, before: str = "") -> list[str]:
    return [text[one.start : one.end] for one in tagger().find(text, before)]


@pytest.mark.parametrize(
    ("text", "before", "gone"),
    [
        ("we're in the blue trailer behind the feed store on levee road", "Where do you live?", "levee road"),
        ("Delacroix, and Thaddeus before it.", "What is your full name?", "Thaddeus"),
        ("seven seven one, uh, four nine oh two", "And your member number?", "four nine oh two"),
        ("the twelfth of march, fifty eight", "What is your date of birth?", "twelfth of march"),
    ],
)
def test_it_marks_what_is_said_without_any_form(text: str, before: str, gone: str) -> None:
    assert any(gone in one for one in marked(text, before)), marked(text, before)


@pytest.mark.parametrize(
    "text",
    [
        "I take metformin five hundred milligrams twice a day", "it hurts when I climb the stairs", "no thank you that's all",
        "my blood pressure was one forty over ninety this morning", "can I come on Thursday afternoon instead",
    ],
)  # fmt: skip
def test_what_identifies_nobody_stays(text: str) -> None:
    assert marked(text) == []


def test_marks_are_whole_words_in_order() -> None:
    text = "It's Krzysztof Wojciechowski-Okonkwo, born May 9, 1961, and my wife is Xiomara."
    spans = [(one.start, one.end) for one in tagger().find(text, "")]
    assert spans == sorted(spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert all(whole(text, *span) == span for span in spans)


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "\x00\x07", "\ud800 rosa", "привет", "a" * 5000, "word " * 10_000])
def test_bad_input_is_no_error(text: str) -> None:
    for one in tagger().find(text, text):
        assert 0 <= one.start < one.end <= len(text)


@given(st.text(max_size=200), st.text(max_size=100))
@settings(max_examples=40, deadline=None)
def test_any_text_gives_marks_within_it(text: str, before: str) -> None:
    for one in tagger().find(text, before):
        assert 0 <= one.start < one.end <= len(text)


def test_the_end_of_a_long_turn_is_read_too() -> None:
    text = "and then I told them about the weather and the garden " * 250 + "my name is Bartholomew Winterbourne"
    assert any("Winterbourne" in one for one in marked(text))


def test_without_its_files_the_rules_stand_alone_and_say_so(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        alone = Redactor.load(folder)
        assert alone.degraded
        assert "0192" not in alone.for_call().redact("call 212-555-0192 please", "caller").text
    assert not Redactor.load().degraded


def test_chances_that_are_no_numbers_remove_the_turn(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "tagger")
    model = onnx.load(str(folder / FILES[0]))
    for one in model.graph.initializer:
        if numpy_helper.to_array(one).shape == (7,) and numpy_helper.to_array(one).dtype == np.float32:
            one.CopyFrom(numpy_helper.from_array(np.full(7, np.nan, np.float32), one.name))
    onnx.save(model, str(folder / FILES[0]))
    with pytest.raises(EngineFailed):
        Tagger(folder).find("rosa klein", "")
    assert Redactor(Detector(Tagger(folder))).for_call().redact("rosa klein", "caller").text == REMOVED


def test_an_altered_model_is_noticed(tmp_path: Path) -> None:
    model = weights.load(ROOT / "models" / "manifest.toml").of("identifiers")
    folder = shutil.copytree(FOLDER, tmp_path / "tagger")
    weights.verify("identifiers", folder, model.files, tmp_path)
    data = bytearray((folder / FILES[0]).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / FILES[0]).write_bytes(data)
    with pytest.raises(IntegrityError):
        weights.verify("identifiers", folder, model.files, tmp_path)


def test_the_card_names_this_model_and_no_test_author() -> None:
    card = json.loads((FOLDER / FILES[2]).read_text(encoding="utf-8"))
    manifest = weights.load(ROOT / "models" / "manifest.toml").of("identifiers")
    assert card["model_sha256"] == next(file.sha256 for file in manifest.files if file.name == FILES[0])
    test = {file.stem for file in (ROOT / "models" / "privacy" / "corpus" / "test").glob("*.jsonl")}
    assert not test & set(card["trained"]["authors"])


def test_the_clinic_s_own_name_stays_in_the_line_s_greeting_only() -> None:
    greeting = "Thank you for calling Prairie Street Family Clinic. How can I help?"
    call = Redactor.load().for_call()
    assert call.redact(greeting, "line").text == greeting
    for who, text in (("nurse", "this is rosa klein family clinic"), ("caller", "this is rosa klein family clinic")):
        assert "klein" not in Redactor.load().for_call().redact(text, who).text
    assert "klein" not in call.redact("thank you rosa klein family clinic can help", "line").text


async def test_the_core_raises_an_alarm_when_the_model_is_missing(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text("", encoding="utf-8")
    settings = Settings(storage=Storage(state_dir=tmp_path, models_manifest=manifest))
    vault = Vault.open(
        tmp_path / "vault.db", temporary_keys(), clock=SystemClock(), schemas=(records.SCHEMA, desks.SCHEMA)
    )
    try:
        redactor = await app._redactor(settings, vault)
        rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    finally:
        await vault.close()
    assert redactor.degraded
    assert any("alarm.raised" in str(row[0]) and "identifiers_model_missing" in str(row[0]) for row in rows)
