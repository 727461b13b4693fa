"""`triage privacy`: the fixed contract of redact, and evaluate on a file whose figures can be counted by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def triage(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triage.cli.main", *arguments], cwd=ROOT, input=given, text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


def row(number: int, text: str, *gold: tuple[str, str], call: str = "a", who: str = "caller") -> dict[str, object]:
    spans = [{"start": text.index(words), "end": text.index(words) + len(words), "class": kind} for words, kind in gold]
    return {"id": number, "call": call, "turn": number, "who": who, "text": text, "spans": spans, "style": "cased"}


def test_redact_keeps_ids_and_offsets() -> None:
    rows = [row(1, "What is your name?", who="line"), row(2, "It is Rosa Klein."), row(3, "this is rosa again")]
    done = triage("privacy", "redact", given="\n".join(json.dumps(one) for one in rows))
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in out] == [1, 2, 3]
    assert out[1]["text"] == "It is [NAME-1]."
    assert out[1]["spans"] == [{"start": 6, "end": 16, "class": "NAME"}]
    assert "rosa" not in out[2]["text"]


def test_evaluate_counts_what_went_whole(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    rows = [
        row(1, "My name is Rosa Klein.", ("Rosa Klein", "NAME")),
        row(2, "the code word is Xyzzy", ("the code word is Xyzzy", "OTHER")),  # nothing can find that
        row(3, "I take metformin for my diabetes"),
    ]
    file.write_text("\n".join(json.dumps(one) for one in rows))
    done = triage("privacy", "evaluate", str(file))
    assert done.returncode == 0, done.stderr
    assert "1/2" in done.stdout
    assert "missed: 2 OTHER" in done.stdout
    assert "Xyzzy" not in done.stdout
    assert "clinical words that went: 0/2" in done.stdout
    assert "of which something went: 0/1" in done.stdout


def test_bad_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    for text, said in (
        ("", "nothing to evaluate"),
        ("{}", "line 1"),
        (json.dumps(row(1, "abc") | {"spans": [{"start": 2, "end": 9, "class": "X"}]}), "line 1"),
    ):
        file.write_text(text)
        done = triage("privacy", "evaluate", str(file))
        assert done.returncode == 2
        assert said in done.stderr
    assert triage("privacy", "evaluate", str(tmp_path / "absent")).returncode == 2
