"""A matrix is in force when the clinical lead has signed exactly it; what lowers a threshold needs a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.errors import UsageError
from triage.escalation.changes import WHEN, changes
from triage.escalation.levels import Level
from triage.escalation.matrix import Matrix, fail_safe, load, reference
from triage.escalation.signing import Signature, dump, parse, sign, standing
from triage.escalation.triggers import TRIGGERS

FILE = Path(__file__).parents[2] / "deploy" / "matrix.toml"
TEXT = FILE.read_text(encoding="utf-8")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
MATRIX = load(FILE, now=NOW)
KEYS = {
    name: Ed25519PrivateKey.generate()
    for name in ("clinical_lead.ada", "compliance_officer.bo", "compliance_officer.ada")
}
TRUSTED = {name: key.public_key().public_bytes_raw() for name, key in KEYS.items()}


def by(signer: str, matrix: Matrix = MATRIX) -> Signature:
    role, person = signer.split(".", 1)
    return sign(matrix, KEYS[signer], role, person, NOW)


def other(folder: Path, old: str, new: str) -> Matrix:
    assert old in TEXT
    file = folder / "other.toml"
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    return load(file, now=NOW)


def test_the_clinical_lead_alone_is_enough_for_what_lowers_nothing() -> None:
    found = standing(MATRIX, [by("clinical_lead.ada")], TRUSTED)
    assert found.in_force
    assert found.weaker == ()


@pytest.mark.parametrize(
    "signatures", [[], ["compliance_officer.bo"], ["compliance_officer.bo", "compliance_officer.ada"]]
)
def test_nobody_waives_the_clinical_signature(signatures: list[str]) -> None:
    found = standing(MATRIX, [by(one) for one in signatures], TRUSTED)
    assert found.missing == ("the clinical lead's signature",)


def test_a_changed_matrix_has_no_signature(tmp_path: Path) -> None:
    changed = other(tmp_path, "Thank you for calling.", "Thanks for calling.")
    assert not standing(changed, [by("clinical_lead.ada")], TRUSTED).in_force


@pytest.mark.parametrize("field", ["role", "person", "at", "digest", "signature"])
def test_an_altered_signature_counts_for_nothing(field: str) -> None:
    good = by("clinical_lead.ada")
    value = getattr(good, field)
    altered = replace(good, **{field: value[:-1] + ("0" if value[-1] != "0" else "1")})
    assert standing(MATRIX, [altered], TRUSTED).by == ()


def test_an_unknown_key_counts_for_nothing() -> None:
    stranger = sign(MATRIX, Ed25519PrivateKey.generate(), "clinical_lead", "ada", NOW)
    assert not standing(MATRIX, [stranger], TRUSTED).in_force
    assert not standing(MATRIX, [by("clinical_lead.ada")], {}).in_force


LOWERING = [
    ("silence_s = 8 ", "silence_s = 20 "),
    ("check_back_s = 25", "check_back_s = 60"),
    ('[{ claim_within_s = 20 }, { claim_within_s = 20 }, { who = "on_call", claim_within_s = 20 }]', "[{ claim_within_s = 20 }, { claim_within_s = 20 }]"),
    ("[{ claim_within_s = 20 }, {", "[{ claim_within_s = 50 }, {"),
    ("callback_within_min = 10\n", "callback_within_min = 45\n"),
    ("callback_any_hour = true\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), LOWERING)
def test_what_lowers_a_threshold_needs_two_persons(tmp_path: Path, old: str, new: str) -> None:
    weaker = other(tmp_path, old, new)
    lead = by("clinical_lead.ada", weaker)
    assert not standing(weaker, [lead], TRUSTED).in_force
    assert not standing(weaker, [lead, by("compliance_officer.ada", weaker)], TRUSTED).in_force, (
        "one person in two roles"
    )
    assert standing(weaker, [lead, by("compliance_officer.bo", weaker)], TRUSTED).in_force


def test_a_trigger_above_the_reference_may_be_raised_by_one(tmp_path: Path) -> None:
    stricter = other(tmp_path, 'silence = { level = "state" }', 'silence = { level = "danger" }')
    assert standing(stricter, [by("clinical_lead.ada", stricter)], TRUSTED).in_force


def test_the_shipped_matrix_is_at_the_reference() -> None:
    assert not [change for change in changes(reference(), MATRIX) if change.lowers]
    for trigger in WHEN:
        assert reference().level_of(trigger) <= fail_safe().level_of(trigger)


def test_every_trigger_of_the_matrix_has_words() -> None:
    assert set(WHEN) == set(TRIGGERS) - {"distress"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('silence = { level = "state" }', 'silence = { level = "human" }', "a caller who says nothing: human (was state)"),
        ("Thank you for calling. Goodbye.", "Bye.", "goodbye (en): would be heard: “Bye.” (was “Thank you for calling. Goodbye.”)"),
        ("friday = [08:00:00, 17:00:00]\n", "", "friday: closed (was 08:00 to 17:00)"),
        ("2026-12-25, ", "", "no longer closed on 2026-12-25"),
    ],
)  # fmt: skip
def test_differences_in_clinical_words(tmp_path: Path, old: str, new: str, words: str) -> None:
    (change,) = changes(MATRIX, other(tmp_path, old, new))
    assert change.words == words
    assert not change.lowers


def test_nothing_changes_against_itself() -> None:
    assert changes(MATRIX, MATRIX) == ()


def test_a_lowered_level_is_marked(tmp_path: Path) -> None:
    raised = other(tmp_path, 'silence = { level = "state" }', 'silence = { level = "human" }')
    (change,) = changes(raised, MATRIX)
    assert change.lowers
    assert Level.HUMAN.word in change.words


def test_signatures_survive_their_file() -> None:
    signatures = (by("clinical_lead.ada"), by("compliance_officer.bo"))
    assert parse(dump(signatures)) == signatures


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"signatures": [{"role": "x"}]}',
        '{"signatures": 7}',
        '{"signatures": [{"role":1,"person":2,"at":3,"digest":4,"signature":5}]}',
    ],
)
def test_a_damaged_file_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="damaged"):
        parse(text)
