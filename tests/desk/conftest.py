"""A real desk on a real vault in a temporary folder; virtual time where clocks matter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.vault.cluster import ENGINES, cluster
from triage.clock import Clock
from triage.desk import desk as desks
from triage.escalation import matrix as matrices
from triage.escalation.decision import Decision, decide
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.handoff.handoff import Handoff
from triage.handoff.packet import HandoffPacket
from triage.ids import CallId, HandoffId, Person
from triage.privacy.phi import Phi
from triage.testing.vault_keys import temporary_keys
from triage.vault.keys import VaultKeys
from triage.vault.vault import Vault

MATRIX = matrices.load(Path(__file__).parents[2] / "deploy" / "matrix.toml", now=datetime(2026, 11, 24, tzinfo=UTC))
AMARA, JONAS = Person("amara.okafor"), Person("jonas.weber")
QUOTE = "there is a weight on my chest"
NIGHT = datetime(2026, 11, 25, 3, 15, tzinfo=UTC)  # 22:15 in New York


class SettableClock:
    """Stands still until it is told; wall and monotonic time apart, so that a wall clock can be set back."""

    def __init__(
        self, now: datetime = datetime(2026, 11, 24, 15, tzinfo=UTC)
    ) -> None:  # ten in the morning in New York
        self.wall, self.mono = now, 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def forward(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds


def decision(level: Level = Level.DANGER) -> Decision:
    made = decide([TriggerHit("distress", level, Phi(QUOTE), 12.5, 0.9, "chest")], Level.NONE, matrix=MATRIX.name)
    assert made is not None
    return made


def packet(call_id: str = "call-1", level: Level = Level.DANGER) -> HandoffPacket:
    hits = decision(level).hits
    return HandoffPacket(
        HandoffId(""), CallId(call_id), datetime(2026, 11, 24, 15, tzinfo=UTC), False, level, hits, Phi("5550123")
    )


@dataclass
class Triage:
    desk: desks.Desk
    vault: Vault

    async def offered(self, call_id: str = "call-1", level: Level = Level.DANGER, **changes: object) -> Handoff:
        return await self.desk.open(decision(level), packet(call_id, level), idempotency_key=call_id, **changes)  # type: ignore[arg-type]

    async def stored(self, handoff_id: HandoffId) -> Handoff:
        return await self.vault.run(lambda tx: desks.store.load(tx, handoff_id))

    async def acts(self) -> list[str]:
        import json

        rows = await self.vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
        return [json.loads(row[0])["act"] for row in rows]


@asynccontextmanager
async def triage(
    folder: Path, clock: Clock, keys: VaultKeys | None = None, *nurses: Person, server: str = ""
) -> AsyncIterator[Triage]:
    vault = Vault.open(folder / "vault.db", keys or temporary_keys(), clock=clock, server=server)
    try:
        desk = desks.Desk(vault, MATRIX, clock)
        for person in nurses:
            await desk.sign_in(person)
        yield Triage(desk, vault)
    finally:
        await vault.close()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(params=ENGINES)
async def line(tmp_path: Path, clock: SettableClock, request: pytest.FixtureRequest) -> AsyncIterator[Triage]:
    """In opening hours, two nurses signed in; on each engine in turn."""
    server = cluster().new() if request.param == "postgresql" else ""
    async with triage(tmp_path, clock, None, AMARA, JONAS, server=server) as made:
        yield made
