"""Keys and records at their ends, as a state machine: in whatever order calls are sealed, held, released, shredded, retired by
policy, keys rotated and the database rekeyed, exactly what may go is gone, and all the rest is read."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from triage.clock import SystemClock
from triage.config import Retention
from triage.errors import NotAllowed, NotFound
from triage.vault import keys as vault_keys
from triage.vault.keys import Keyring
from triage.vault.lifetime import certificate, holds, rekey, retention, rotation
from triage.vault.lifetime.certificate import StoredEntries
from triage.vault.vault import Vault

CALLS = st.sampled_from(["call-1", "call-2", "call-3"])
KINDS = st.sampled_from(["packet", "transcript"])
POLICY = Retention(years={"packet": 6, "transcript": 2})
YEARS = {"packet": 6, "transcript": 2}
YEAR = timedelta(days=366)
WHO = {"who": "officer:o", "why": "planned"}


class Clock(SystemClock):
    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 27, tzinfo=UTC)

    def now(self) -> datetime:
        return self.wall


class KeysAndRecords(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner, self.clock = asyncio.Runner(), Clock()
        self.root = Path(tempfile.mkdtemp(prefix="lifetime-"))
        self.path, self.keys = self.root / "vault.db", self.root / "keys"
        self.sealed: dict[tuple[str, str], list[bytes]] = {}
        self.newest: dict[tuple[str, str], datetime] = {}
        self.erased: set[tuple[str, str]] = set()  # and nothing sealed since
        self.shredded: set[str] = set()
        self.holds: dict[str, str] = {}  # hold: call

    @initialize()
    def start(self) -> None:
        vault_keys.create(self.keys)
        self._open()

    def _open(self) -> None:
        self.vault = Vault.open(self.path, vault_keys.load(self.keys), clock=self.clock, schemas=())

    def _run(self, work):
        return self.runner.run(self.vault.run(work))

    def _known(self, call_id: str) -> bool:
        return any(call == call_id for call, _ in self.sealed)

    @rule(call_id=CALLS, kind=KINDS, payload=st.binary(min_size=1, max_size=20))
    def seal(self, call_id: str, kind: str, payload: bytes) -> None:
        if call_id in self.shredded:
            with pytest.raises(NotFound):
                self._run(lambda tx: tx.seal(call_id, kind, payload))
        elif (call_id, kind) not in self.erased:
            self._run(lambda tx: tx.seal(call_id, kind, payload))
            self.sealed.setdefault((call_id, kind), []).append(payload)
            self.newest[call_id, kind] = self.clock.now()

    @rule(call_id=CALLS)
    def hold(self, call_id: str) -> None:
        def work(tx):
            return holds.place(tx, call_id, now=self.clock.now(), **WHO)

        if call_id in self.shredded or not self._known(call_id):
            with pytest.raises(NotFound):
                self._run(work)
        else:
            self.holds[self._run(work).hold_id] = call_id

    @rule()
    def release(self) -> None:
        if self.holds:
            hold_id, call_id = self.holds.popitem()
            assert self._run(lambda tx: holds.release(tx, hold_id, now=self.clock.now(), **WHO)) == call_id

    @rule(call_id=CALLS)
    def shred(self, call_id: str) -> None:
        if call_id in self.holds.values():
            with pytest.raises(NotAllowed):
                self._run(lambda tx: tx.shred(call_id, **WHO))
        elif call_id in self.shredded or not self._known(call_id):
            with pytest.raises(NotFound):
                self._run(lambda tx: tx.shred(call_id, **WHO))
        else:
            self._run(lambda tx: tx.shred(call_id, **WHO))
            self.shredded.add(call_id)

    @rule(years=st.sampled_from([0.5, 1.9, 2, 4.1]))
    def time_passes(self, years: float) -> None:
        self.clock.wall += years * YEAR

    @rule()
    def retain(self) -> None:
        now = self.clock.now()
        found = self.runner.run(retention.due(self.vault, POLICY, now))
        self.runner.run(retention.apply(self.vault, self.clock, found, who="core"))
        for call_id in {call for call, _ in self.sealed} - self.shredded - set(self.holds.values()):
            kinds = {kind for call, kind in self.sealed if call == call_id and (call, kind) not in self.erased}
            over = {kind for kind in kinds if self.newest[call_id, kind] + YEARS[kind] * YEAR <= now}
            if over and over == kinds:
                self.shredded.add(call_id)
            else:
                self.erased |= {(call_id, kind) for kind in over}

    @rule()
    def rotate(self) -> None:
        self.runner.run(self.vault.close())
        ring = Keyring.of_files(self.keys)
        self.runner.run(rotation.rotate(self.path, self.keys, ring, self.clock, **WHO, progress=lambda _: None))
        self._open()

    @rule()
    def rekey(self) -> None:
        self.runner.run(self.vault.close())
        self.runner.run(rekey.rekey(self.path, self.keys, Keyring.of_files(self.keys), self.clock, **WHO))
        self._open()

    @invariant()
    def what_may_be_read_is_read_and_nothing_else(self) -> None:
        for (call_id, kind), payloads in self.sealed.items():

            def read(tx, call_id=call_id, kind=kind):
                return tx.unseal(call_id, kind, who="nurse:n", why="treatment")

            if call_id in self.shredded or (call_id, kind) in self.erased:
                with pytest.raises(NotFound):
                    self._run(read)
            else:
                assert self._run(read) == payloads

    def teardown(self) -> None:
        if hasattr(self, "vault"):
            assert self.runner.run(self.vault.faults())[1] == ()
            for call_id in self.shredded:
                vault = self.vault
                self.runner.run(certificate.make(StoredEntries(vault), vault.checkpoint, vault.verifier, call_id))
            self.runner.run(self.vault.close())
        self.runner.close()
        shutil.rmtree(self.root)


KeysAndRecords.TestCase.settings = settings(
    max_examples=5, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestKeysAndRecords = KeysAndRecords.TestCase
