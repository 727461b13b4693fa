"""`triage speech` and `triage scope`: the fixed contracts, on real engines, and what wrong use is told."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from triage.audio.pcm import RATE_HZ

ROOT = Path(__file__).parents[2]


def triage(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triage.cli.main", *arguments], cwd=ROOT, input=given, text=True, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.engines
def test_what_is_said_is_transcribed(tmp_path: Path) -> None:
    out = tmp_path / "said.wav"
    assert (
        triage(
            "speech", "say", "I need a refill of my prescription. The number is 555-0123.", "--out", str(out)
        ).returncode
        == 0
    )
    with wave.open(str(out)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (RATE_HZ, 1, 2)
        seconds = wav.getnframes() / RATE_HZ
    assert [file.name for file in tmp_path.iterdir()] == ["said.wav"]
    done = triage("speech", "transcribe", str(out), str(out))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 2
    for row in rows:
        assert set(row) == {"file", "text", "words", "language", "cpu_s"}
        assert row["file"] == str(out)
        assert "refill" in row["text"]
        assert "555" in row["text"]
        assert row["language"] == "en"
        assert row["cpu_s"] > 0
        assert all(set(word) == {"w", "start", "end", "p"} for word in row["words"])
        assert 0 <= row["words"][0]["start"] <= row["words"][-1]["end"] <= seconds + 0.5
        assert " ".join(word["w"] for word in row["words"]) == row["text"]


@pytest.mark.engines
def test_silence_is_no_words(tmp_path: Path) -> None:
    file = tmp_path / "quiet.wav"
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(bytes(2 * 3 * RATE_HZ))
    row = json.loads(triage("speech", "transcribe", str(file)).stdout)
    assert (row["text"], row["words"]) == ("", [])


def test_wrong_use_is_one_sentence_and_2(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("no audio")
    for arguments, said in (
        (("speech", "transcribe", str(tmp_path / "absent.wav")), "no such file"),
        (("speech", "say", "hello", "--out", str(tmp_path / "no" / "x.wav")), "no such folder"),
        (("speech", "say", " ", "--out", str(tmp_path / "x.wav")), "nothing to speak"),
    ):
        done = triage(*arguments)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.engines
def test_a_file_without_audio_is_named(tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("no audio")
    done = triage("speech", "transcribe", str(text))
    assert done.returncode == 2
    assert "text.wav" in done.stderr


@pytest.mark.engines
def test_scope_answers_in_the_order_of_the_questions() -> None:
    asked = [
        {"id": 7, "text": "are you open on saturday"},
        {"id": "b", "text": "can I take two of these pills"},
        {"id": None, "text": ""},
    ]
    done = triage("scope", "classify", given="\n".join(json.dumps(one) for one in asked))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == [7, "b", None]
    assert all(set(row) == {"id", "task", "confidence", "in_scope"} and 0 <= row["confidence"] <= 1 for row in rows)
    assert (rows[0]["task"], rows[0]["in_scope"]) == ("hours", True)
    assert rows[1]["in_scope"] is False
    assert rows[2]["confidence"] == 0


@pytest.mark.engines
def test_a_line_that_is_no_question_is_named() -> None:
    done = triage("scope", "classify", given='{"id": 1, "text": "hello"}\n{"id": 2}\n')
    assert done.returncode == 2
    assert "line 2" in done.stderr
