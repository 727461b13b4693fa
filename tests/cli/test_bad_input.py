"""Bad input gets one clear sentence and exit code 2; nothing else happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def triage(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, input=given, check=False, cwd=ROOT, timeout=60)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[core]\nlissten = '127.0.0.1:1'\n", ("core.lissten", "unknown key")),
        ("[core]\nlisten = '127.0.0.1:99999'\n", ("core.listen", "65535")),
        ("[gateway]\nfallback_uri = 'nobody'\n", ("gateway.fallback_uri",)),
        ("not toml", ("not valid TOML",)),
    ],
)
def test_configuration(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    file = tmp_path / "triage.toml"
    file.write_text(text, encoding="utf-8")
    refused(triage("serve", "--config", str(file)), *words)


def test_no_configuration() -> None:
    refused(triage("serve", "--config", "/nowhere/triage.toml"), "--config")


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("[[turn]]\nsay = 'hello'\ndtmf = '0'\n", ("turn.0", "exactly one")),
        ("[[turn]]\n", ("turn.0", "exactly one")),
        ("[[turn]]\nwav = 'nowhere.wav'\n", ("turn 1", "nowhere.wav")),
        ("[[turn]]\nsay = 'x'\nlouder = true\n", ("louder", "unknown key")),
    ],
)
def test_drill_scripts(tmp_path: Path, turn: str, words: tuple[str, ...]) -> None:
    file = tmp_path / "drill.toml"
    file.write_text(f"name = 'x'\n[caller]\nnumber = '5550100'\n{turn}", encoding="utf-8")
    refused(triage("drill", str(file)), *words)


def test_matrix(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "matrix.toml").read_text(encoding="utf-8")
    file = tmp_path / "matrix.toml"
    file.write_text(text.replace("[sentence.goodbye]", "[sentence.goodby]"), encoding="utf-8")
    refused(triage("matrix", "check", str(file)), "goodbye")
    file.write_text(text.replace("expires = 2027", "expires = 2020"), encoding="utf-8")
    refused(triage("matrix", "check", str(file)), "expired")


def test_distress_names_the_bad_line_and_keeps_the_good_ones() -> None:
    done = triage("distress", "classify", given='{"id": 1, "text": "hello"}\nnonsense\n')
    assert done.returncode == 2
    assert "line 2" in done.stderr
    assert done.stdout.count("\n") == 1


def test_a_wrong_model_file_is_refused(tmp_path: Path) -> None:
    models = tmp_path / "models" / "tts"
    models.mkdir(parents=True)
    (models / "en_US-joe-medium.onnx").write_bytes(b"x")
    (models / "en_US-joe-medium.onnx.json").write_bytes(b"{}")
    file = tmp_path / "triage.toml"
    file.write_text(
        f"[storage]\nmodels_dir = '{tmp_path / 'models'}'\nmodels_manifest = '{ROOT / 'models' / 'manifest.toml'}'\n",
        encoding="utf-8",
    )
    done = triage("models", "verify", "tts", "--config", str(file))
    assert done.returncode == 1
    assert "en_US-joe-medium.onnx" in done.stdout
    assert "63201294 bytes" in done.stdout
