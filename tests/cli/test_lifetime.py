"""`triage vault`, on a vault of files, as an officer at the appliance's console types it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from triage import config
from triage.audit.export import FILES, Bundle
from triage.audit.log import history_page, leaf_page
from triage.cli.keys import group as keys_group
from triage.cli.lifetime import group
from triage.clock import SystemClock
from triage.errors import Conflict, NotAllowed, TriageError, UsageError, VaultError
from triage.vault import keys as vault_keys
from triage.vault.authority import Authority, Holder
from triage.vault.vault import Transaction, Vault

MATRIX = Path(__file__).resolve().parents[2] / "deploy" / "matrix.toml"


class SevenYearsAgo(SystemClock):
    def now(self) -> datetime:
        return super().now() - timedelta(days=7 * 366)


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRIAGE_STATE_DIR", raising=False)
    file = tmp_path / "triage.toml"
    file.write_text(
        f'[storage]\nstate_dir = "state"\nmatrix = "{MATRIX}"\n[retention]\nyears = {{ packet = 6, transcript = 6 }}\n'
    )
    done = CliRunner().invoke(keys_group, ["init", "--config", str(file)], catch_exceptions=False)
    assert done.exit_code == 0
    asyncio.run(_fill(file))
    return file


def _open(file: Path, clock: SystemClock) -> Vault:
    state = config.load(file).state_dir
    return Vault.open(state / "vault.db", vault_keys.load(state / "keys"), clock=clock, schemas=())


async def _fill(file: Path) -> None:
    for clock, call_id in ((SevenYearsAgo(), "old-call"), (SystemClock(), "new-call")):
        vault = _open(file, clock)
        for kind in ("packet", "transcript"):
            await vault.run(lambda tx, c=call_id, k=kind: tx.seal(c, k, b"what was said"))
        await vault.close()


def in_vault(file: Path, work: Any) -> Any:
    async def run() -> Any:
        vault = _open(file, SystemClock())
        try:
            return await vault.run(work)
        finally:
            await vault.close()

    return asyncio.run(run())


def readable(file: Path, call_id: str) -> bool:
    def work(tx: Transaction) -> bool:
        return tx.unseal(call_id, "packet", who="nurse:n", why="treatment") == [b"what was said"]

    try:
        return bool(in_vault(file, work))
    except TriageError:
        return False


def acts(file: Path) -> list[tuple[str, str]]:
    rows = in_vault(file, lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    return [(entry["act"], entry["who"]) for row in rows if (entry := json.loads(row[0]))]


def triage(configuration: Path, command: str, *arguments: str) -> str:
    done = CliRunner().invoke(group, [command, "--config", str(configuration), *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_rotate_and_rekey(configuration: Path) -> None:
    said = triage(configuration, "rotate", "--reason", "planned")
    assert "2 data keys wrapped anew" in said
    assert "new key" in triage(configuration, "rekey", "--reason", "planned", "--as", "compliance")
    assert readable(configuration, "old-call")
    assert readable(configuration, "new-call")
    assert ("keys.rotated", "officer:compliance") in acts(configuration)
    assert ("database.rekeyed", "officer:compliance") in acts(configuration)


def test_hold_shred_release_and_the_certificate(configuration: Path, tmp_path: Path) -> None:
    assert "no legal hold" in triage(configuration, "holds")
    hold_id = triage(configuration, "hold", "new-call", "--reason", "litigation").split()[0]
    assert f"{hold_id} on new-call: litigation, officer:compliance" in triage(configuration, "holds")
    with pytest.raises(NotAllowed, match="legal hold"):
        triage(configuration, "shred", "new-call", "--reason", "patient_request", "--yes")
    assert readable(configuration, "new-call")
    assert "new-call" in triage(configuration, "release", hold_id, "--reason", "settled")
    file = tmp_path / "deletion.json"
    said = triage(configuration, "shred", "new-call", "--reason", "patient_request", "--yes", "--out", str(file))
    assert "CERTIFICATE OF DELETION" in said
    assert not readable(configuration, "new-call")
    assert "true: the entry is in the signed log\n" in triage(configuration, "verify", str(file))
    again = tmp_path / "again.json"
    triage(configuration, "certificate", "new-call", "--out", str(again))
    assert json.loads(again.read_text())["entry"] == json.loads(file.read_text())["entry"]
    file.write_text(file.read_text().replace("patient_request", "other_request"))
    with pytest.raises(TriageError) as refusal:
        triage(configuration, "verify", str(file))
    assert refusal.value.exit_code == 1
    file.write_text("nonsense")
    with pytest.raises(UsageError, match="no certificate"):
        triage(configuration, "verify", str(file))


def test_nothing_is_shredded_without_a_yes(configuration: Path) -> None:
    command = ["shred", "--config", str(configuration), "new-call", "--reason", "patient_request"]
    done = CliRunner().invoke(group, command, input="n\n")
    assert done.exit_code == 1
    assert readable(configuration, "new-call")


def test_retention_lists_first_and_applies_when_told(configuration: Path) -> None:
    said = triage(configuration, "retention")
    assert "old-call" in said
    assert "new-call" not in said
    assert "1 due, 0 under a legal hold" in said
    assert readable(configuration, "old-call")
    assert "1 done" in triage(configuration, "retention", "--apply")
    assert not readable(configuration, "old-call")
    assert readable(configuration, "new-call")
    assert "calls: 0 due" in triage(configuration, "retention")
    assert ("record.shredded", "officer:compliance") in acts(configuration)
    assert ("retention.applied", "officer:compliance") in acts(configuration)


async def _export(file: Path, folder: Path) -> None:
    vault = _open(file, SystemClock())

    class Stored:
        async def entries(self, after: int, stop: int) -> Any:
            return await vault.run(lambda tx: leaf_page(tx.execute, after, stop))

        async def history(self, size: int, entries: int) -> Any:
            return await vault.run(lambda tx: history_page(tx.execute, size, entries))

    parts: AsyncIterator[Any] = Bundle(Stored(), vault.checkpoint, vault.verifier, None, SystemClock().now()).parts()
    written: dict[str, bytes] = dict.fromkeys(FILES, b"")
    async for part in parts:
        written[part.file] += part.data
    for name, data in written.items():
        (folder / name).write_bytes(data)
    await vault.close()


def test_a_certificate_from_an_export_while_the_appliance_runs(configuration: Path, tmp_path: Path) -> None:
    triage(configuration, "retention", "--apply")
    folder = tmp_path / "export"
    folder.mkdir()
    asyncio.run(_export(configuration, folder))
    vault = _open(configuration, SystemClock())  # the appliance
    with pytest.raises(VaultError, match="Another process"):
        triage(configuration, "certificate", "old-call")
    file = tmp_path / "deletion.json"
    triage(configuration, "certificate", "old-call", "--export", str(folder), "--out", str(file))
    assert "true" in triage(configuration, "verify", str(file))
    asyncio.run(vault.close())


@pytest.mark.parametrize(
    "command",
    [
        ("rotate", "--reason", "planned"),
        ("rekey", "--reason", "planned"),
        ("hold", "new-call", "--reason", "litigation"),
        ("release", "hold-1", "--reason", "settled"),
        ("shred", "new-call", "--reason", "patient_request", "--yes"),
        ("retention", "--apply"),
    ],
)
def test_only_an_officer_whose_key_is_here(configuration: Path, command: tuple[str, ...]) -> None:
    """Nobody without a certificate; not one of another authority; not one with another's key; not one that has expired."""
    keys = config.load(configuration).keys_dir
    before = acts(configuration)

    def refused(person: str) -> None:
        with pytest.raises((NotAllowed, UsageError)):
            triage(configuration, *command, "--as", person)

    refused("nobody")
    refused("Mira Roth")
    now = SystemClock().now()
    stranger, _ = Authority.load_or_make(keys.parent / "stranger", now)
    for file in stranger.issue(Holder("officer", "stranger"), now):
        (keys / file.name).write_bytes(file.read_bytes())
        (keys / file.name).chmod(0o600)
    refused("stranger")
    own, _ = Authority.load_or_make(keys, now)
    own.issue(Holder("officer", "expired"), now - timedelta(days=2), lifetime=timedelta(days=1))
    refused("expired")
    own.issue(Holder("officer", "mira.roth"), now)
    (keys / "officer-mira.roth.key").write_bytes((keys / "officer-compliance.key").read_bytes())
    refused("mira.roth")
    own.issue(Holder("nurse", "ife.bello"), now)
    for kind in ("crt", "key"):
        (keys / f"officer-ife.bello.{kind}").write_bytes((keys / f"nurse-ife.bello.{kind}").read_bytes())
    (keys / "officer-ife.bello.key").chmod(0o600)
    refused("ife.bello")
    assert acts(configuration) == before


@pytest.mark.parametrize("command", [("hold", "new-call"), ("rotate",), ("rekey",), ("shred", "new-call", "--yes")])
def test_a_reason_is_one_word(configuration: Path, command: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="one word"):
        triage(configuration, *command, "--reason", "Mrs Miller wants it")
    assert readable(configuration, "new-call")


def test_a_call_that_a_nurse_still_needs_is_not_shredded(configuration: Path) -> None:
    from tests.desk.conftest import decision, packet
    from tests.desk.conftest import triage as desk

    settings = config.load(configuration)

    async def offer() -> None:
        async with desk(settings.state_dir, SystemClock(), vault_keys.load(settings.keys_dir)) as line:
            await line.desk.open(decision(), packet("open-call"), idempotency_key="open-call")

    asyncio.run(offer())
    with pytest.raises(Conflict, match="still needs"):
        triage(configuration, "shred", "open-call", "--reason", "patient_request", "--yes")


def test_no_policy_is_said(tmp_path: Path, configuration: Path) -> None:
    configuration.write_text(configuration.read_text().split("[retention]")[0])
    with pytest.raises(UsageError, match="no retention policy"):
        triage(configuration, "retention")
