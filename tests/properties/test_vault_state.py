"""The vault and its audit log as a state machine: whatever happens between commits, nothing acknowledged is lost, nothing
refused is kept, and the tree leads to every checkpoint ever handed out."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from triage.audit import merkle
from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.checkpoint import Checkpoint
from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.errors import NotFound
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Transaction, Vault

FILES = ("vault.db", "vault.db-wal", "vault.db-shm", "audit-witness.txt")
CALLS = st.sampled_from(["call-1", "call-2", "call-3"])


class Refused(Exception):
    pass


class VaultAndLog(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.root = Path(tempfile.mkdtemp(prefix="vault-state-"))
        self.keys = temporary_keys()
        self.lives = 0
        self.sealed: dict[str, list[bytes]] = {}
        self.shredded: set[str] = set()
        self.acts: list[str] = []  # acknowledged, in order
        self.checkpoints: list[Checkpoint] = []

    @initialize()
    def first_start(self) -> None:
        self._open(self.root / "life-0")

    def _open(self, folder: Path) -> None:
        self.folder = folder
        self.vault = Vault.open(folder / "vault.db", self.keys, clock=SystemClock(), schemas=())

    def _run(self, work):
        result = self.runner.run(self.vault.run(work))
        self.checkpoints.append(self.vault.checkpoint)
        return result

    @rule(call_id=CALLS, payloads=st.lists(st.binary(max_size=50), max_size=3), entries=st.integers(1, 4))
    def escalate(self, call_id: str, payloads: list[bytes], entries: int) -> None:
        if call_id in self.shredded and payloads:
            return

        def work(tx: Transaction) -> None:
            for payload in payloads:
                tx.seal(call_id, "packet", payload)
            for _ in range(entries):
                tx.append(Entry("escalation.recorded", "core", call_id=call_id))

        self._run(work)
        self.sealed.setdefault(call_id, []).extend(payloads)
        self.acts += ["escalation.recorded"] * entries

    @rule(call_id=CALLS, payload=st.binary(max_size=50))
    def refuse(self, call_id: str, payload: bytes) -> None:
        def work(tx: Transaction) -> None:
            tx.append(Entry("escalation.recorded", "core", call_id=call_id))
            if call_id not in self.shredded:
                tx.seal(call_id, "packet", payload)
            raise Refused

        with pytest.raises(Refused):
            self.runner.run(self.vault.run(work))

    @rule(call_id=CALLS)
    def read(self, call_id: str) -> None:
        def work(tx: Transaction) -> list[bytes]:
            return tx.unseal(call_id, "packet", who="nurse:n", why="treatment")

        if call_id in self.shredded and self.sealed.get(call_id):
            with pytest.raises(NotFound):
                self.runner.run(self.vault.run(work))
            return
        assert self._run(work) == self.sealed.get(call_id, [])
        self.acts.append("record.read")

    @rule(call_id=CALLS)
    def shred(self, call_id: str) -> None:
        if call_id in self.shredded or not self.sealed.get(call_id):
            return
        self._run(lambda tx: tx.shred(call_id, who="officer:o", why="retention"))
        self.shredded.add(call_id)
        self.acts.append("record.shredded")

    @rule()
    def stop_and_start(self) -> None:
        self.runner.run(self.vault.close())
        self._open(self.folder)

    @rule(witness_lags=st.booleans())
    def die_and_start(self, witness_lags: bool) -> None:
        """The files as a kill leaves them: copied while the vault is open, its write-ahead log not folded in."""
        self.lives += 1
        after = self.root / f"life-{self.lives}"
        after.mkdir()
        for name in FILES:
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, after / name)
        if witness_lags and self.checkpoints:  # killed between the commit and the witness
            (after / "audit-witness.txt").write_text(self.checkpoints[-min(2, len(self.checkpoints))].note)
        self.runner.run(self.vault.close())
        self._open(after)

    @precondition(lambda self: len(self.acts) > 0)
    @rule()
    def put_back_an_older_database(self) -> None:
        """Copies the database, goes on, and puts the copy under the newer witness: refused."""
        older = self.root / "older"
        self.runner.run(self.vault.close())
        shutil.copytree(self.folder, older)
        self._open(self.folder)
        self.escalate("call-9", [], 1)
        self.runner.run(self.vault.close())
        shutil.copy(self.folder / "audit-witness.txt", older / "audit-witness.txt")
        with pytest.raises(LogNotWhole) as found:
            Vault.open(older / "vault.db", self.keys, clock=SystemClock(), schemas=())
        assert found.value.faults[0].kind is FaultKind.ROLLED_BACK
        shutil.rmtree(older)
        self._open(self.folder)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        if not hasattr(self, "vault"):
            return
        rows = self.runner.run(self.vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq")))
        lines = [bytes(row[0]) for row in rows]
        assert [json.loads(line)["act"] for line in lines] == self.acts
        hashes = [merkle.leaf_hash(line) for line in lines]
        assert self.vault.checkpoint.size == len(lines)
        for checkpoint in self.checkpoints[-5:]:
            assert merkle.root(hashes[: checkpoint.size]) == checkpoint.root

    def teardown(self) -> None:
        if hasattr(self, "vault"):
            assert self.runner.run(self.vault.faults())[1] == ()
            self.runner.run(self.vault.close())
        self.runner.close()
        shutil.rmtree(self.root)


VaultAndLog.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestVaultAndLog = VaultAndLog.TestCase
