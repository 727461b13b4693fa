"""What the compliance files claim exists: code by path and name, tests as pytest collects them, checks as the doctor knows them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from triage.doctor import controls
from triage.doctor.examination import CHECKS
from triage.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
CONTROLS = controls.load()
HAZARDS = tomllib.loads((ROOT / "compliance" / "hazards.toml").read_text(encoding="utf-8"))
SEVERITIES = ("catastrophic", "critical", "serious", "minor")

# Every standard and implementation specification of 45 CFR 164 subpart C that names something to do.
CITATIONS = {
    f"164.{section}"
    for section in """308(a)(1)(i) 308(a)(1)(ii)(A) 308(a)(1)(ii)(B) 308(a)(1)(ii)(C) 308(a)(1)(ii)(D) 308(a)(2) 308(a)(3)(i)
    308(a)(3)(ii)(A) 308(a)(3)(ii)(B) 308(a)(3)(ii)(C) 308(a)(4)(i) 308(a)(4)(ii)(A) 308(a)(4)(ii)(B) 308(a)(4)(ii)(C) 308(a)(5)(i)
    308(a)(5)(ii)(A) 308(a)(5)(ii)(B) 308(a)(5)(ii)(C) 308(a)(5)(ii)(D) 308(a)(6)(i) 308(a)(6)(ii) 308(a)(7)(i) 308(a)(7)(ii)(A)
    308(a)(7)(ii)(B) 308(a)(7)(ii)(C) 308(a)(7)(ii)(D) 308(a)(7)(ii)(E) 308(a)(8) 308(b)(1) 308(b)(2) 308(b)(3) 310(a)(1) 310(a)(2)(i)
    310(a)(2)(ii) 310(a)(2)(iii) 310(a)(2)(iv) 310(b) 310(c) 310(d)(1) 310(d)(2)(i) 310(d)(2)(ii) 310(d)(2)(iii) 310(d)(2)(iv)
    312(a)(1) 312(a)(2)(i) 312(a)(2)(ii) 312(a)(2)(iii) 312(a)(2)(iv) 312(b) 312(c)(1) 312(c)(2) 312(d) 312(e)(1) 312(e)(2)(i)
    312(e)(2)(ii) 314(a)(1) 314(a)(2)(i)(A) 314(a)(2)(i)(B) 314(a)(2)(i)(C) 314(a)(2)(ii) 314(a)(2)(iii) 314(b)(1) 314(b)(2)(i)
    314(b)(2)(ii) 314(b)(2)(iii) 314(b)(2)(iv) 316(a) 316(b)(1) 316(b)(2)(i) 316(b)(2)(ii) 316(b)(2)(iii)""".split()
}


def named_tests() -> set[str]:
    """Every test that a compliance file names."""
    named = {test for one in CONTROLS.control for test in one.tests}
    named |= {test for one in HAZARDS["hazard"] for measure in one["measure"] for test in measure["tests"]}
    return named | {name for name in in_backticks() if "::test_" in name}


def in_backticks() -> set[str]:
    text = (ROOT / "compliance" / "threat-model.md").read_text(encoding="utf-8")
    return set(re.findall(r"`((?:triage|tests|deploy|compliance|proto|models)/[^`\s]+)`", text))


@lru_cache(maxsize=1)
def collected() -> frozenset[str]:
    """Node ids without parameters, and of classes, as pytest really collects the named files."""
    files = sorted({name.split("::")[0] for name in named_tests() if (ROOT / name.split("::")[0]).is_file()})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=270)
    ids = {line.split("[")[0] for line in done.stdout.splitlines() if "::" in line}
    return frozenset(ids | {name.rsplit("::", 1)[0] for name in ids})


def missing_code(name: str) -> str:
    """Why the reference leads nowhere; empty when it does not."""
    path, _, inside = name.partition("::")
    if not (ROOT / path).exists():
        return f"{path} does not exist"
    if inside:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        defined = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        }
        if inside not in defined:
            return f"{path} has no {inside}"
    return ""


def faults(code: list[str], tests: list[str]) -> list[str]:
    out = [fault for name in code if (fault := missing_code(name))]
    return out + [f"{name} is not collected" for name in tests if name not in collected()]


def test_every_control_names_what_exists() -> None:
    assert [f for one in CONTROLS.control for f in faults(list(one.code), list(one.tests))] == []
    assert {name for one in CONTROLS.control for name in one.checks} <= set(CHECKS)
    assert [one.id for one in CONTROLS.control] == [f"hipaa-{number:03d}" for number in range(1, 127)]


def test_every_citation_of_the_security_rule_is_covered() -> None:
    assert {citation for one in CONTROLS.control for citation in one.cfr} == CITATIONS


def test_every_hazard_has_mitigations_that_exist() -> None:
    hazards = HAZARDS["hazard"]
    assert len({one["id"] for one in hazards}) == len(hazards) >= 20
    for one in hazards:
        assert set(one) == {"id", "hazard", "sequence", "harm", "severity", "residual", "owner", "measure"}
        assert one["severity"] in SEVERITIES
        assert one["owner"] in HAZARDS["owners"]
        for measure in one["measure"]:
            assert measure["what"]
            assert measure["code"]
            assert measure["tests"]
            assert faults(measure["code"], measure["tests"]) == [], one["id"]
    wanted = {
        "missed-escalation",
        "silence",
        "double-claim",
        "wrong-patient",
        "phi-leak",
        "key-loss",
        "clock-jump",
        "power-cut",
    }
    assert wanted <= {one["id"] for one in hazards}


def test_the_threat_model_names_what_exists() -> None:
    names = in_backticks()
    assert len(names) > 50
    assert [
        f
        for name in names
        if (f := faults([], [name])[0] if "::test_" in name and faults([], [name]) else missing_code(name))
    ] == []
    text = (ROOT / "compliance" / "threat-model.md").read_text(encoding="utf-8")
    for boundary in (
        "PBX and gateway",
        "Gateway and core",
        "Console or officer and core",
        "Core and workers",
        "Core and disk",
    ):
        assert f"## {boundary}" in text


def test_what_is_not_claimed_is_written_down() -> None:
    text = (ROOT / "compliance" / "not-claimed.md").read_text(encoding="utf-8")
    for subject in ("clinical validation", "certification", "de-identification", "FIPS", "high availability"):
        assert subject in text


@pytest.mark.parametrize(
    ("code", "tests"),
    [
        ("triage/nowhere.py", ""), ("triage/rpc/server.py::no_such_function", ""),
        ("", "tests/rpc/test_identity.py::test_that_nobody_wrote"), ("", "tests/nowhere/test_nothing.py::test_it"),
        ("", "tests/rpc/conftest.py::Port"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_found(code: str, tests: str) -> None:
    assert faults([code] if code else [], [tests] if tests else [])


@pytest.mark.parametrize(
    "text",
    [
        'id = "hipaa-001"\ncfr = ["164.308(a)(2)"]\ntitle = "x"',  # nobody answers for it
        'id = "hipaa-001"\ncfr = ["164.308(a)(2)"]\ntitle = "x"\nmanual = "y"',  # without an owner
        'id = "hipaa-001"\ncfr = ["164.308(a)(2)"]\ntitle = "x"\nmanual = "y"\nowner = "nobody"',
        'id = "hipaa-001"\ncfr = ["164.308(a)(2)"]\ntitle = "x"\nchecks = ["tls"]',  # without a test
        'id = "nist-001"\ncfr = ["164.308(a)(2)"]\ntitle = "x"\nmanual = "y"\nowner = "me"',
    ],
)
def test_a_control_that_nobody_answers_for_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "controls.toml"
    file.write_text(f'catalogue = "x"\n[owners]\nme = "I"\n[[control]]\n{text}\n')
    with pytest.raises(UsageError, match="controls are not valid"):
        controls.load(file)
