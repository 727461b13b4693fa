"""The matrix that a clinic signs: what is refused, with which line and key; and what holds when there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from triage.cli.matrix import matrix as command
from triage.errors import UsageError
from triage.escalation import floor
from triage.escalation.levels import Level
from triage.escalation.matrix import SENTENCES_NEEDED, fail_safe, load
from triage.escalation.triggers import TRIGGERS

FILE = Path(__file__).parents[2] / "deploy" / "matrix.toml"
TEXT = FILE.read_text(encoding="utf-8")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def refused(folder: Path, text: str, now: datetime = NOW) -> str:
    file = folder / "matrix.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        load(file, now=now)
    assert error.value.message == "The escalation matrix is not valid."
    return error.value.advice


def line_of(part: str) -> int:
    return TEXT[: TEXT.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("silence_s = 8 ", "silence_z = 8 ", "silence_s", "timers.silence_z: Extra inputs are not permitted"),
        ("lease_s = 45 ", "lease_s = 4 ", "lease_s", "timers.lease_s: Input should be greater than or equal to 10"),
        ("[timers]", "[timer]", "[timers]", "timer: Extra inputs are not permitted"),
        ('"America/New_York"', '"America/Springfield"', "time_zone", "not a time zone"),
        ("monday = [08:00:00, 17:00:00]", "monday = [17:00:00, 08:00:00]", "[hours]", "must open before it closes"),
        ('dtmf_zero = { level = "human" }', 'dtmf_zero = { level = "urgent" }', "dtmf_zero", "trigger.dtmf_zero.level"),
        ('explicit_request = { level = "human" }', 'explicit_request = { level = "scope" }', "", "explicit_request at least human"),
        ('silence = { level = "state" }\n', "", "", "missing silence"),
        ('silence = { level', 'moonshine = { level = "danger" }\nsilence = { level', "", "unknown moonshine"),
        ("[sentence.goodbye]", "[sentence.farewell]", "", "missing goodbye"),
        ("hang up and dial nine one one now. I am", "hang up now. I am", "hang up and dial nine one one now. I am", "must say nine one one"),
        ("nueve ocho ocho en cualquier", "número en cualquier", "nueve ocho ocho en cualquier", "es: must say nueve ocho ocho"),
        ("please stay on the line.\"", "someone will be right with you.\"", "", "nobody has promised 'right with you'"),
        ("You will be called back by {callback_time}", "You will be called back", "[sentence.callback]", "{callback_time}"),
        ("rungs = [{ claim_within_s = 20 }", "rungs = [{ claim_within_s = 9000 }", "rungs", "route.danger.rungs.0.claim_within_s"),
        ('version = "2026-11"', 'version = "2026 11"', "version", "version"),
        ("expires = 2027-12-31", "expires = someday", "", "Invalid value (at line 5"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line_and_key(tmp_path: Path, old: str, new: str, at: str, says: str) -> None:
    assert old in TEXT
    advice = refused(tmp_path, TEXT.replace(old, new, 1))
    assert says in advice
    if at:
        assert f"line {line_of(at)}:" in advice


def test_a_safety_sentence_must_be_said_to_its_end(tmp_path: Path) -> None:
    head, _, tail = TEXT.partition("[sentence.transition_danger]")
    assert "safety must be true for transition_danger" in refused(
        tmp_path, head + "[sentence.transition_danger]" + tail.replace("safety = true", "", 1)
    )


def test_expired_is_refused_on_the_day_after_in_the_clinics_own_zone(tmp_path: Path) -> None:
    assert load(FILE, now=datetime(2028, 1, 1, 4, 59, tzinfo=UTC))  # still 31 December in New York
    assert "expired on 2027-12-31" in refused(tmp_path, TEXT, datetime(2028, 1, 1, 5, 1, tzinfo=UTC))


def test_no_file_binary_and_folder_are_refused(tmp_path: Path) -> None:
    for make in (lambda f: None, lambda f: f.write_bytes(b"\xff\xfe\x00"), lambda f: (f.unlink(), f.mkdir())):
        make(tmp_path / "m.toml")
        with pytest.raises(UsageError):
            load(tmp_path / "m.toml", now=NOW)


def test_the_hash_is_of_what_it_says_not_of_how_it_is_written(tmp_path: Path) -> None:
    same, other = tmp_path / "same.toml", tmp_path / "other.toml"
    lines = 'explicit_request = { level = "human" }\ndtmf_zero = { level = "human" }\n'
    assert lines in TEXT
    swapped = "".join(reversed(lines.splitlines(keepends=True)))
    same.write_text("# a comment\n" + TEXT.replace(lines, swapped))
    other.write_text(TEXT.replace("silence_s = 8 ", "silence_s = 9 "))
    ours = load(FILE, now=NOW)
    assert len(ours.digest) == 64
    assert load(same, now=NOW).digest == ours.digest
    assert load(other, now=NOW).digest != ours.digest
    assert ours.name == f"2026-11-{ours.digest[:12]}"


@pytest.mark.parametrize("found", [load(FILE, now=NOW), fail_safe()], ids=["deploy", "fail-safe"])
def test_what_is_shipped(found) -> None:
    assert set(SENTENCES_NEEDED) <= set(found.sentence)
    for key in found.sentence:
        for language in ("en", "es"):
            assert floor.unsaid(key, language, found.text(key, language)) == [] or found.text(key, "es") == found.text(
                key, "en"
            )
            assert not floor.false_promise(key, found.text(key, language))
    untranslated = [key for key, sentence in found.sentence.items() if not sentence.es]
    assert untranslated == []
    waits = [sum(rung.claim_within_s for rung in found.route_of(level).rungs) for level in (Level.DANGER, Level.CRISIS)]
    assert all(wait <= 60 for wait in waits)


def test_without_a_matrix_everything_goes_to_a_nurse() -> None:
    found = fail_safe()
    assert found.fail_safe
    assert found.name.startswith("fail-safe-")
    for trigger in set(TRIGGERS) - {"distress"}:
        assert found.level_of(trigger) >= Level.CLINICAL


def test_the_file_says_that_no_clinician_has_signed_it() -> None:
    assert "NOT SIGNED OFF BY A CLINICIAN" in TEXT


def test_check_and_show(tmp_path: Path) -> None:
    run = CliRunner().invoke
    checked = run(command, ["check", str(FILE), "--config", str(tmp_path / "none.toml")], catch_exceptions=False)
    assert checked.exit_code == 0
    assert "missing: the clinical lead's signature" in checked.output
    assert "NOT signed off by a clinician" in checked.output
    shown = run(command, ["show", str(FILE)], catch_exceptions=False)
    assert shown.exit_code == 0
    for part in ("danger", "nine one one", "explicit_request", "20 s"):
        assert part in shown.output
    file = tmp_path / "bad.toml"
    file.write_text(TEXT.replace("silence_s = 8 ", "silence_z = 8 "))
    with pytest.raises(UsageError) as error:
        run(command, ["check", str(file)], catch_exceptions=False)
    assert error.value.exit_code == 2
