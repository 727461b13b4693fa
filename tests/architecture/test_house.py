"""The house is what its papers say: generated code is current, documents name what exists, locks hold no address."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from triage import config, weights
from triage.cli.main import COMMANDS
from triage.escalation import matrix
from triage.rpc.authorization import ALLOWED

ROOT = Path(__file__).resolve().parents[2]


def test_generated_protobuf_is_current(tmp_path: Path) -> None:
    protos = sorted((ROOT / "proto").rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}"]
    outs = [f"--{kind}={tmp_path}" for kind in ("python_out", "pyi_out", "grpc_python_out")]
    subprocess.run([*command, *outs, *map(str, protos)], check=True)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.py*"))
    assert made
    for file in made:
        assert (tmp_path / file).read_bytes() == (ROOT / file).read_bytes(), f"{file}: run `make proto`"


def test_architecture_is_short_and_names_what_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    named = set(re.findall(r"`([a-z_]+/[\w./]*|\w+\.\w+)`", text))
    assert len(named) > 20
    assert [n for n in named if not (ROOT / n).exists() and not (ROOT / "triage" / n).exists()] == []


def test_commands_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    targets = set(re.findall(r"^make (\w+)", blocks, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "test"} <= targets
    assert [t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []
    used = set(re.findall(r"^triage (\w+)", blocks, re.MULTILINE))
    assert used
    assert used <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_its_help(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triage.cli.main", name, "--help"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


def test_locks_hold_hashes_and_no_address() -> None:
    for lock in ("core.lock", "language.lock", "language-torch-cuda.lock"):
        text = (ROOT / "deploy" / lock).read_text(encoding="utf-8")
        assert not re.search(r"https?://|file:|--index-url|--find-links|/opt/|/home/", text)
        names = re.findall(r"^[a-zA-Z0-9][\w.\-\[\]]*==", text, re.MULTILINE)
        assert len(names) > 20
        assert len(re.findall(r"--hash=sha256:", text)) >= len(names)


def test_reference_files_load() -> None:
    from datetime import UTC, datetime

    settings = config.load(ROOT / "deploy" / "triage.toml")
    assert settings.drill.enabled
    assert matrix.load(ROOT / "deploy" / "matrix.toml", now=datetime(2026, 11, 24, tzinfo=UTC)).digest
    assert matrix.fail_safe().fail_safe


def test_every_model_has_its_card_and_licence() -> None:
    for model in weights.load(ROOT / "models" / "manifest.toml").model:
        assert model.licence
        assert model.operator or (ROOT / "models" / model.card).is_file(), model.role


def test_every_rpc_is_in_the_method_table_or_belongs_to_a_worker() -> None:
    table = {method for methods in ALLOWED.values() for method in methods}
    workers = {"SpeechToText", "TextToSpeech", "LanguageModel"}
    for file in (ROOT / "proto" / "triage" / "v1").glob("*.proto"):
        service = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"service (\w+)", line):
                service = found[1]
            elif (found := re.match(r"\s+rpc (\w+)", line)) and service not in workers:
                assert f"/triage.v1.{service}/{found[1]}" in table


def test_systemd_units_name_modules_that_exist() -> None:
    units = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
    assert len(units) == 4
    for unit in units:
        module = re.search(r"ExecStart=\S+ -m (\S+)", unit.read_text(encoding="utf-8"))
        assert module
        assert (ROOT / (module[1].replace(".", "/") + ".py")).is_file()


def test_no_mocks_and_every_skip_has_a_reason() -> None:
    for file in (ROOT / "tests").rglob("*.py"):
        if file == Path(__file__):
            continue
        text = file.read_text(encoding="utf-8")
        assert "unittest.mock" not in text
        assert "monkeypatch.setattr" not in text
        assert all("reason=" in call for call in re.findall(r"pytest\.mark\.skip\w*\((?:[^()]|\([^()]*\))*\)", text))


def test_pyproject_and_makefile_agree_on_the_environments() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = (ROOT / "deploy" / "core.lock").read_text(encoding="utf-8").lower()
    for requirement in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        name = re.split(r"[=<>\[]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", core, re.MULTILINE), name
