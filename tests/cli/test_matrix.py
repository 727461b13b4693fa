"""`triage matrix` from the shell: sign, check, diff, and replay over a sealed call."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.call.rules import Rules
from triage.clock import SystemClock
from triage.desk.desk import SCHEMA, Desk
from triage.escalation import matrix as matrices
from triage.escalation.decision import Decision
from triage.escalation.levels import Level
from triage.handoff.packet import HandoffPacket
from triage.ids import CallId, HandoffId
from triage.privacy.phi import Phi
from triage.vault import keys
from triage.vault.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "deploy" / "matrix.toml"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    state = tmp_path / "var"
    done = triage(state, "keys", "init")
    assert done.returncode == 0, done.stderr
    assert "NOT signed off by a clinician" in done.stdout
    return state


def triage(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage.cli.main", *arguments]
    env = {**os.environ, "TRIAGE_STATE_DIR": str(state)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=60, env=env)


def test_keys_init_signs_for_development_and_check_says_so(state: Path) -> None:
    done = triage(state, "matrix", "check")
    assert done.returncode == 0
    assert "signed by development (clinical lead)" in done.stdout
    assert "NOT signed off by a clinician" in done.stdout
    assert "missing" not in done.stdout


def test_a_second_person_signs(state: Path) -> None:
    assert triage(state, "keys", "signer", "clinical_lead.maria").returncode == 0
    done = triage(state, "matrix", "sign", "--role", "clinical_lead", "--as", "maria")
    assert done.returncode == 0, done.stderr
    assert "NOT signed off" not in triage(state, "matrix", "check").stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("matrix", "sign", "--role", "clinical_lead", "--as", "nobody"), "missing"),
        (("matrix", "sign", "--role", "janitor", "--as", "x"), "janitor"),
        (("keys", "signer", "janitor.x"), "no such role"),
        (("keys", "signer", "clinical_lead.../../x"), "small letters"),
        (("matrix", "diff", "deploy/matrix.toml", "nowhere.toml"), "nowhere.toml"),
        (("matrix", "replay", "--from", "soon", "--matrix", "deploy/matrix.toml"), "soon"),
    ],
)  # fmt: skip
def test_bad_input(state: Path, arguments: tuple[str, ...], word: str) -> None:
    done = triage(state, *arguments)
    assert done.returncode in (1, 2)
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_diff_says_what_would_be_heard_and_what_is_lowered(state: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(
        FILE.read_text("utf-8").replace("silence_s = 8 ", "silence_s = 30 ").replace("Goodbye.", "Bye."),
        encoding="utf-8",
    )
    done = triage(state, "matrix", "diff", str(FILE), str(other))
    assert done.returncode == 0
    assert "LOWERS  timer" in done.stdout
    assert "would be heard: “Thank you for calling. Bye.”" in done.stdout


def escalated(trigger: str) -> tuple[Decision, HandoffPacket]:
    rules = Rules(matrices.load(FILE, now=datetime.now(UTC)))
    decision = rules.decide([rules.hit(trigger)], Level.NONE)
    assert decision is not None
    packet = HandoffPacket(
        HandoffId(""), CallId(f"call-{trigger}"), datetime.now(UTC), drill=True, level=decision.level, triggers=decision.hits,
        caller_number=Phi("5550100"),
    )  # fmt: skip
    return decision, packet


def test_replay_shows_which_decisions_would_change(state: Path, tmp_path: Path) -> None:
    async def store() -> None:
        vault = Vault.open(state / "vault.db", keys.load(state / "keys"), clock=SystemClock(), schemas=(SCHEMA,))
        desk = Desk(vault, matrices.load(FILE, now=datetime.now(UTC)), SystemClock())
        for trigger in ("silence", "dtmf_zero"):
            await desk.open(*escalated(trigger), idempotency_key=trigger)
        await vault.close()

    asyncio.run(store())
    other = tmp_path / "other.toml"
    text = FILE.read_text("utf-8").replace('silence = { level = "state" }', 'silence = { level = "danger" }')
    other.write_text(text, encoding="utf-8")
    done = triage(state, "matrix", "replay", "--from", "2020-01-01", "--matrix", str(other))
    assert done.returncode == 0, done.stderr
    assert "2 escalated calls: 1 would be handled otherwise, 0 at a lower level." in done.stdout
    assert "danger" in done.stdout
    same = triage(state, "matrix", "replay", "--from", "2020-01-01", "--matrix", str(FILE))
    assert "2 escalated calls: 0 would be handled otherwise" in same.stdout
