from pathlib import Path

import pytest

from triage.drill.script import load
from triage.drill.voice import recording, say, words_end_s
from triage.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
HEAD = "name = 'x'\n[caller]\nnumber = '+15550100'\n"


@pytest.mark.parametrize("now", ["2026-11-24T22:15:00", '"2026-11-24T22:15:00"'])
def test_the_clinic_s_time_is_quoted_or_not(tmp_path: Path, now: str) -> None:
    file = tmp_path / "drill.toml"
    file.write_text(f"{HEAD}[clinic]\nnow = {now}\n[[turn]]\ndtmf = '0'\n", encoding="utf-8")
    script = load(file)
    assert script.clinic is not None
    assert script.clinic.now == "2026-11-24T22:15:00"
    assert not script.claims


def test_every_demo_scene_is_a_script() -> None:
    scenes = sorted((ROOT / "deploy" / "drills").glob("*.toml"))
    assert len(scenes) == 4
    for scene in scenes:
        for turn in load(scene).turn:
            assert turn.wav is not None
            assert 0.5 < words_end_s(recording(turn.wav)) < 20


def test_the_test_caller_says_the_same_every_time() -> None:
    assert say("hello there") == say("hello there")
    assert say("Goodness, no.") == say("Goodness, no!")  # not "number", as the voice would read it
    assert words_end_s(say("hello there")) > 0.3


def test_a_recording_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "x.wav"
    file.write_bytes(b"not audio")
    with pytest.raises(UsageError):
        recording(file)
