"""`triage desk simulate`: figures, a plot, and one sentence for bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_bad_input import triage


def test_figures_as_json(tmp_path: Path) -> None:
    plot = tmp_path / "day.png"
    done = triage("desk", "simulate", "--days", "4", "--json", "--plot", str(plot))
    assert done.returncode == 0, done.stderr
    levels = json.loads(done.stdout)["levels"]
    assert levels["all"]["calls"] == sum(row["calls"] for word, row in levels.items() if word != "all")
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_more_nurses_answer_more(tmp_path: Path) -> None:
    answered = [
        json.loads(triage("desk", "simulate", "--rate", "30", "--nurses", n, "--days", "6", "--json").stdout)["levels"][
            "all"
        ]["answered"]
        for n in ("2", "8")
    ]
    assert answered[0] < answered[1]


def test_arrivals_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("at_s,level,handle_s\n0,danger,60\n10,clinical,\n", encoding="utf-8")
    done = triage("desk", "simulate", "--arrivals", str(file), "--days", "1", "--json")
    assert json.loads(done.stdout)["levels"]["all"]["calls"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rate", "x"),
        ("--rate", "1,2"),
        ("--nurses", "-1"),
        ("--arrivals", "nowhere.csv"),
        ("--matrix", "nowhere.toml"),
        ("--hours", "0"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, str]) -> None:
    done = triage("desk", "simulate", "--days", "1", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", ["x,danger,1", "1,none,1", "1,urgent,1", "-1,danger,1", "1,danger,0"])
def test_a_bad_arrival_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"at_s,level,handle_s\n{line}\n", encoding="utf-8")
    done = triage("desk", "simulate", "--arrivals", str(file), "--days", "1")
    assert done.returncode == 2
    assert "line 2" in done.stderr


def test_status_without_an_appliance_is_one_sentence() -> None:
    done = triage("desk", "status", "--as", "nobody.known")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
