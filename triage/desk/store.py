"""Handoffs in the vault's tables. Every function works inside the caller's transaction."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Column, Index, MetaData, Table, Text, select, text

from triage.audit.log import WHOLE
from triage.errors import NotFound
from triage.escalation.levels import Level
from triage.handoff.callback import Callback
from triage.handoff.handoff import Handoff
from triage.handoff.state import HandoffState
from triage.ids import CallId, HandoffId, Person
from triage.vault.vault import Transaction

SCHEMA = MetaData()  # as triage/vault/migrations makes it
HANDOFF = Table(
    "handoff", SCHEMA, Column("handoff_id", Text, primary_key=True),
    Column("idempotency_key", Text, nullable=False, unique=True), Column("call_id", Text, nullable=False),
    Column("state", WHOLE, nullable=False), Column("revision", WHOLE, nullable=False),
    Column("body", Text, nullable=False), Column("level", WHOLE, nullable=False, server_default="0"),
    Column("offered_ms", WHOLE, nullable=False, server_default="0"), Index("handoff_offered", "offered_ms"),
    Index("handoff_open", "state", sqlite_where=text("state <> 6"), postgresql_where=text("state <> 6")),
    sqlite_strict=True,
)  # fmt: skip
OUTBOX = Table(
    "outbox", SCHEMA, Column("handoff_id", Text, primary_key=True), Column("revision", WHOLE, nullable=False),
    Column("attempts", WHOLE, nullable=False, server_default="0"),
    Column("next_ms", WHOLE, nullable=False, server_default="0"), sqlite_strict=True,
)  # fmt: skip

PACKET = "packet"  # kind of the sealed record


def insert(tx: Transaction, handoff: Handoff, idempotency_key: str) -> None:
    tx.execute(
        "INSERT INTO handoff (handoff_id, idempotency_key, call_id, state, revision, body, level, offered_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            handoff.handoff_id,
            idempotency_key,
            handoff.call_id,
            handoff.state.value,
            handoff.revision,
            _dump(handoff),
            int(handoff.level),
            handoff.offered_at_ms,
        ),
    )


def save(tx: Transaction, handoff: Handoff) -> None:
    tx.execute(
        "UPDATE handoff SET state = ?, revision = ?, body = ?, level = ? WHERE handoff_id = ?",
        (handoff.state.value, handoff.revision, _dump(handoff), int(handoff.level), handoff.handoff_id),
    )


def load(tx: Transaction, handoff_id: HandoffId) -> Handoff:
    """For a change: no other writer has it until this transaction ends. Raises NotFound."""
    rows = tx.execute(select(HANDOFF.c.body).where(HANDOFF.c.handoff_id == handoff_id).with_for_update())
    if not rows:
        raise NotFound("There is no such handoff.")
    return _parse(rows[0][0])


def by_key(tx: Transaction, idempotency_key: str) -> Handoff | None:
    rows = tx.execute("SELECT body FROM handoff WHERE idempotency_key = ?", (idempotency_key,))
    return _parse(rows[0][0]) if rows else None


def all_open(tx: Transaction) -> list[Handoff]:
    rows = tx.execute("SELECT body FROM handoff WHERE state <> ?", (HandoffState.COMPLETED.value,))
    return [_parse(row[0]) for row in rows]


def since(tx: Transaction, offered_ms: int) -> list[Handoff]:
    """Every handoff offered at or after this moment (Unix milliseconds), open or not, oldest first."""
    rows = tx.execute("SELECT body FROM handoff WHERE offered_ms >= ? ORDER BY offered_ms", (offered_ms,))
    return [_parse(row[0]) for row in rows]


def outbox(tx: Transaction, handoff: Handoff) -> None:
    """The handoff as it is now must be posted; what waited before is superseded."""
    tx.execute(
        "INSERT INTO outbox (handoff_id, revision) VALUES (?, ?) ON CONFLICT (handoff_id)"
        " DO UPDATE SET revision = excluded.revision, attempts = 0, next_ms = 0",
        (handoff.handoff_id, handoff.revision),
    )


def outbox_due(tx: Transaction, now_ms: int, limit: int) -> list[tuple[HandoffId, int, int]]:
    """(handoff, revision, attempts so far), the longest waiting first; what another writer has in hand is passed over."""
    columns = (OUTBOX.c.handoff_id, OUTBOX.c.revision, OUTBOX.c.attempts)
    due = select(*columns).where(OUTBOX.c.next_ms <= now_ms).order_by(OUTBOX.c.next_ms).limit(limit)
    rows = tx.execute(due.with_for_update(skip_locked=True))
    return [(HandoffId(row[0]), row[1], row[2]) for row in rows]


def outbox_done(tx: Transaction, handoff_id: HandoffId, revision: int) -> None:
    """Unless it has changed meanwhile."""
    tx.execute("DELETE FROM outbox WHERE handoff_id = ? AND revision = ?", (handoff_id, revision))


def outbox_again(tx: Transaction, handoff_id: HandoffId, attempts: int, next_ms: int) -> None:
    tx.execute("UPDATE outbox SET attempts = ?, next_ms = ? WHERE handoff_id = ?", (attempts, next_ms, handoff_id))


def _dump(handoff: Handoff) -> str:
    body = {field.name: getattr(handoff, field.name) for field in fields(handoff)}  # every field, also tomorrow's
    callback = handoff.callback
    body |= {
        "state": handoff.state.value,
        "level": int(handoff.level),
        "callback": [callback.by.isoformat(), callback.spoken] if callback else None,
    }
    return json.dumps(body)


def _parse(body: str) -> Handoff:
    raw = json.loads(body)
    callback = raw.pop("callback")
    return Handoff(
        handoff_id=HandoffId(raw.pop("handoff_id")),
        call_id=CallId(raw.pop("call_id")),
        state=HandoffState(raw.pop("state")),
        level=Level(raw.pop("level")),
        claimed_by=Person(by) if (by := raw.pop("claimed_by")) else None,
        callback=Callback(datetime.fromisoformat(callback[0]), callback[1]) if callback else None,
        **raw,
    )
