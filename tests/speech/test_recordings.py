"""The Spanish recordings: every sentence of both matrices, every time of day and date, every digit; and what is not there is refused."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.errors import EngineFailed, NotFound
from triage.escalation import matrix as matrices
from triage.handoff import spanish
from triage.handoff.callback import spoken
from triage.speech.recordings import FOLDER, Recordings

ES = Recordings("es")
MATRIX = Path(__file__).parents[2] / "deploy" / "matrix.toml"


@pytest.mark.parametrize("which", ["deployed", "fail_safe"])
def test_every_sentence_is_there(which: str) -> None:
    matrix = (
        matrices.fail_safe() if which == "fail_safe" else matrices.load(MATRIX, now=datetime(2026, 11, 26).astimezone())
    )
    assert [key for key, text in matrix.wordings("es") if not ES.covers(text)] == []
    assert len(matrix.wordings("es")) > 20


def test_every_time_that_can_be_promised() -> None:
    now = datetime(2026, 1, 1, tzinfo=ZoneInfo("America/Chicago"))
    for minutes in range(0, 24 * 60, 5):
        assert ES.pcm(spoken(now + timedelta(minutes=minutes), now, "es"))
    for days in range(1, 366):
        assert ES.pcm(spoken(now + timedelta(days=days), now, "es"))


def test_a_number_is_said_digit_by_digit() -> None:
    said = spanish.number("6 4 2, 5 5 5, 0 1 9 8")
    assert said == "seis cuatro dos, cinco cinco cinco, cero uno nueve ocho"
    assert len(ES.pcm(said)) > sum(len(ES.pcm(word)) for word in said.replace(",", "").split())  # and two pauses


def test_the_longest_piece_is_taken() -> None:
    assert ES.pcm("de la mañana") != ES.pcm("mañana")
    assert ES.pcm("y treinta y cinco") != ES.pcm("y cinco")


def test_what_was_never_recorded_is_not_half_said() -> None:
    with pytest.raises(NotFound):
        ES.pcm("una enfermera le llamará a más tardar a las tres en punto")


@pytest.mark.parametrize("damage", ["absent", "short", "no_index"])
def test_damaged_recordings_are_not_used(tmp_path: Path, damage: str) -> None:
    index, sound = (FOLDER / "es.json").read_bytes(), (FOLDER / "es.ulaw").read_bytes()
    if damage != "absent":
        (tmp_path / "es.ulaw").write_bytes(sound[:-9])
        (tmp_path / "es.json").write_bytes(index if damage == "short" else json.dumps({"a": 1}).encode())
    with pytest.raises(EngineFailed):
        Recordings("es", tmp_path)
