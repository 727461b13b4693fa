from __future__ import annotations

import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from triage.cli.keys import group
from triage.clock import SystemClock
from triage.errors import TriageError, UsageError
from triage.vault.authority import Authority, Holder

MATRIX = Path(__file__).resolve().parents[2] / "deploy" / "matrix.toml"
CONFIGURATION = f"""
[storage]
state_dir = "state"
matrix = "{MATRIX}"

[triage_line.contacts]
"amara.okafor" = "sip:amara@127.0.0.1:5081"
"jonas.weber" = "sip:jonas@127.0.0.1:5082"
"""


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRIAGE_STATE_DIR", raising=False)
    file = tmp_path / "triage.toml"
    file.write_text(CONFIGURATION)
    return file


def init(configuration: Path, *arguments: str) -> str:
    result = CliRunner().invoke(group, ["init", "--config", str(configuration), *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_init_makes_everything_once(configuration: Path) -> None:
    said = init(configuration)
    folder = configuration.parent / "state" / "keys"
    made = {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    people = ["nurse-amara.okafor", "nurse-jonas.weber", "officer-compliance", "drill-rehearsal", "health-monitor"]
    pairs = ["ca", "server", "gateway", *people]
    assert set(made) == {f"{name}.{kind}" for name in pairs for kind in ("crt", "key")} | {
        "kek.key", "database.key", "audit-signing.key", "audit-signing.pub", "clinical_lead.development.key",
        "clinical_lead.development.pub",
    }  # fmt: skip
    assert all(f"made {name}\n" in said for name in made)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.rglob("*.key"))

    assert init(configuration) == f"nothing to do: all keys are in {folder}\n"
    assert {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == made


def test_a_person_can_be_added(configuration: Path) -> None:
    init(configuration)
    said = init(configuration, "--person", "nurse:ife.bello", "--person", "officer:mira.roth")
    assert "made nurse-ife.bello.crt" in said
    assert "made officer-mira.roth.key" in said
    assert "4 files made" in said


def test_each_certificate_is_the_authority_s_and_fits_its_key(configuration: Path) -> None:
    init(configuration)
    folder = configuration.parent / "state" / "keys"
    for file in folder.glob("*.crt"):
        if file.stem != "ca":
            context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
            context.load_cert_chain(file, file.with_suffix(".key"))


@pytest.mark.parametrize("person", ["nobody", "admin:root", "nurse:../../etc/passwd"])
def test_a_wrong_person_makes_nothing(configuration: Path, person: str) -> None:
    with pytest.raises(UsageError) as refusal:
        init(configuration, "--person", person)
    assert refusal.value.exit_code == 2
    assert not (configuration.parent / "state").exists()


def test_half_a_pair_is_not_mended_silently(configuration: Path) -> None:
    init(configuration)
    (configuration.parent / "state" / "keys" / "gateway.key").unlink()
    with pytest.raises(TriageError):
        init(configuration)


def test_a_certificate_about_to_expire_is_named(configuration: Path) -> None:
    init(configuration)
    folder, now = configuration.parent / "state" / "keys", SystemClock().now()
    authority, _ = Authority.load_or_make(folder, now)
    authority.issue(Holder("nurse", "short"), now, lifetime=timedelta(days=5))
    said = init(configuration)
    assert said.count("is valid until") == 1
    assert f"nurse-short.crt is valid until {now + timedelta(days=5):%Y-%m-%d} only" in said
