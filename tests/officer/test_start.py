"""The core's start with a witness's medium: continued, absent, or proof that the log was put back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from triage import config
from triage.app import _kept
from triage.audit.check import LogNotWhole
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.errors import UsageError
from triage.officer.witness import WitnessFolder
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Vault


async def test_the_core_starts_only_on_a_log_that_continues_what_was_seen(tmp_path: Path) -> None:
    file, keys = tmp_path / "triage.toml", temporary_keys()
    file.write_text('[audit]\nkept = "medium"\n')
    settings = config.load(file)

    def opened() -> Vault:
        return Vault.open(tmp_path / "state" / "vault.db", keys, clock=SystemClock(), schemas=())

    vault = opened()
    await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
    await _kept(settings, vault)  # the medium is not there: the line starts, and says so
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    assert json.loads(rows[-1][0])["details"] == {"cause": "kept_checkpoint_missing"}
    await vault.close()
    shutil.copytree(tmp_path / "state", tmp_path / "older")

    vault = opened()
    await vault.run(lambda tx: tx.append(Entry("call.answered", "core")))
    witness = WitnessFolder.make(tmp_path / "medium", "riverside.example/usb", vault.verifier)
    witness.see(vault.checkpoint.note, [], 1)
    await _kept(settings, vault)
    assert vault.checkpoint.size == 3  # no alarm this time
    await vault.close()

    shutil.rmtree(tmp_path / "state")
    shutil.copytree(tmp_path / "older", tmp_path / "state")
    vault = opened()
    with pytest.raises(LogNotWhole):
        await _kept(settings, vault)
    (tmp_path / "medium" / "cosigned.txt").write_text("half a no")
    with pytest.raises(UsageError):
        await _kept(settings, vault)
    await vault.close()
