"""What the vault remembers of its keys' and records' lifetime. Each function is one statement of the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, MetaData, Table, Text, text

from triage.audit.log import WHOLE
from triage.errors import NotAllowed

# vault_wrapping: by which key a data key is wrapped now, once that is another than the one it was made under. The latter stays
# in vault_data_key, since the records' associated data holds its name.
# vault_rotation: the new key of a rotation that is under way, by whom and why. vault_retired: keys on the way out.
# vault_secret: the pseudonyms' key, once the database key that it was derived from is gone.
SCHEMA = MetaData()  # as triage/vault/migrations makes it
Table("vault_wrapping", SCHEMA, Column("call_id", Text, ForeignKey("vault_data_key.call_id"), primary_key=True),
      Column("key_id", Text, nullable=False), sqlite_strict=True)  # fmt: skip
Table("vault_rotation", SCHEMA, Column("key_id", Text, primary_key=True), Column("who", Text, nullable=False),
      Column("reason", Text, nullable=False), sqlite_strict=True)  # fmt: skip
Table("vault_retired", SCHEMA, Column("key_id", Text, primary_key=True), sqlite_strict=True)
Table("vault_secret", SCHEMA, Column("name", Text, primary_key=True), Column("secret", LargeBinary, nullable=False),
      sqlite_strict=True)  # fmt: skip
Table("vault_hold", SCHEMA, Column("hold_id", Text, primary_key=True),
      Column("call_id", Text, ForeignKey("vault_data_key.call_id"), nullable=False),
      Column("reason", Text, nullable=False), Column("placed_by", Text, nullable=False),
      Column("placed_at", Text, nullable=False), Column("released_at", Text),
      Index("vault_hold_standing", "call_id", sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL")), sqlite_strict=True)  # fmt: skip
Table("vault_retention", SCHEMA, Column("one", WHOLE, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
      Column("applied_at", Text, nullable=False), sqlite_strict=True)  # fmt: skip

Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


# --- key-encryption keys ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rotation:
    """One that was begun and has not ended: to the key `key_id`."""

    key_id: str
    who: str
    reason: str


def wrapped_by(execute: Execute, call_id: str) -> str | None:
    """The key-encryption key of a call's data key; None while it is the one that the data key was made under."""
    rows = execute("SELECT key_id FROM vault_wrapping WHERE call_id = ?", (call_id,))
    return str(rows[0][0]) if rows else None


def rotation(execute: Execute) -> Rotation | None:
    rows = execute("SELECT key_id, who, reason FROM vault_rotation", ())
    return Rotation(*rows[0]) if rows else None


def begin_rotation(execute: Execute, begun: Rotation) -> None:
    execute(
        "INSERT INTO vault_rotation (key_id, who, reason) VALUES (?, ?, ?)", (begun.key_id, begun.who, begun.reason)
    )


def end_rotation(execute: Execute, key_id: str) -> None:
    execute("DELETE FROM vault_rotation WHERE key_id = ?", (key_id,))


def not_wrapped_by(execute: Execute, key_id: str, limit: int) -> list[tuple[str, str, bytes]]:
    """Calls whose data key another key wraps: (call, that key's name, wrapped data key), at most `limit`."""
    rows = execute(
        "SELECT d.call_id, COALESCE(w.key_id, d.key_id), d.wrapped FROM vault_data_key d LEFT JOIN vault_wrapping w"
        " ON w.call_id = d.call_id WHERE d.wrapped IS NOT NULL AND COALESCE(w.key_id, d.key_id) <> ? LIMIT ?",
        (key_id, limit),
    )
    return [(call_id, before, bytes(wrapped)) for call_id, before, wrapped in rows]


def rewrap(execute: Execute, call_id: str, key_id: str, wrapped: bytes) -> None:
    execute("UPDATE vault_data_key SET wrapped = ? WHERE call_id = ?", (wrapped, call_id))
    execute(
        "INSERT INTO vault_wrapping (call_id, key_id) VALUES (?, ?)"
        " ON CONFLICT (call_id) DO UPDATE SET key_id = excluded.key_id",
        (call_id, key_id),
    )


def retire(execute: Execute, key_id: str) -> None:
    execute("INSERT INTO vault_retired (key_id) VALUES (?) ON CONFLICT (key_id) DO NOTHING", (key_id,))


def retired(execute: Execute) -> list[str]:
    return [row[0] for row in execute("SELECT key_id FROM vault_retired ORDER BY key_id", ())]


def forget_retired(execute: Execute, key_id: str) -> None:
    execute("DELETE FROM vault_retired WHERE key_id = ?", (key_id,))


def pseudonym_key(execute: Execute) -> bytes | None:
    rows = execute("SELECT secret FROM vault_secret WHERE name = 'pseudonym'", ())
    return bytes(rows[0][0]) if rows else None


def keep_pseudonym_key(execute: Execute, key: bytes) -> None:
    """The first one stays: a caller is known again for as long as the vault lasts."""
    execute("INSERT INTO vault_secret (name, secret) VALUES ('pseudonym', ?) ON CONFLICT (name) DO NOTHING", (key,))


# --- legal holds ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hold:
    hold_id: str
    call_id: str
    reason: str
    placed_by: str
    placed_at: str


def refuse_if_held(execute: Execute, call_id: str) -> None:
    """Raises NotAllowed while a hold stands."""
    if held := execute("SELECT hold_id FROM vault_hold WHERE call_id = ? AND released_at IS NULL", (call_id,)):
        raise NotAllowed(
            "This call is under a legal hold: nothing of it may be deleted.",
            advice=f"Holds: {', '.join(row[0] for row in held)}; an officer releases them: triage vault release",
        )


def holds(execute: Execute) -> list[Hold]:
    """Those that stand, oldest first."""
    rows = execute(
        "SELECT hold_id, call_id, reason, placed_by, placed_at FROM vault_hold WHERE released_at IS NULL"
        " ORDER BY placed_at, hold_id",
        (),
    )
    return [Hold(*row) for row in rows]


def insert_hold(execute: Execute, hold: Hold) -> None:
    execute(
        "INSERT INTO vault_hold (hold_id, call_id, reason, placed_by, placed_at) VALUES (?, ?, ?, ?, ?)",
        (hold.hold_id, hold.call_id, hold.reason, hold.placed_by, hold.placed_at),
    )


def release_hold(execute: Execute, hold_id: str, now: datetime) -> str | None:
    """The call that it was on; None when no such hold stands."""
    rows = execute(
        "UPDATE vault_hold SET released_at = ? WHERE hold_id = ? AND released_at IS NULL RETURNING call_id",
        (now.isoformat(), hold_id),
    )
    return str(rows[0][0]) if rows else None


def has_data_key(execute: Execute, call_id: str) -> bool:
    return bool(execute("SELECT 1 FROM vault_data_key WHERE call_id = ? AND wrapped IS NOT NULL", (call_id,)))


# --- retention --------------------------------------------------------------------------------------------------------------


def calls_from_before(execute: Execute, before: datetime, after: str, limit: int) -> list[str]:
    """Calls that can still be read and began by this moment, by id, from the one after `after`."""
    rows = execute(
        "SELECT call_id FROM vault_data_key WHERE wrapped IS NOT NULL AND made_at <= ? AND call_id > ?"
        " ORDER BY call_id LIMIT ?",
        (before.isoformat(), after, limit),
    )
    return [row[0] for row in rows]


def newest_by_kind(execute: Execute, call_id: str) -> dict[str, datetime]:
    """When the call's newest record of each kind was made; of those that were not erased."""
    rows = execute(
        "SELECT kind, MAX(made_at) FROM vault_record WHERE call_id = ? AND length(sealed) > 0 GROUP BY kind", (call_id,)
    )
    return {kind: datetime.fromisoformat(made_at) for kind, made_at in rows}


def is_held(execute: Execute, call_id: str) -> bool:
    return bool(execute("SELECT 1 FROM vault_hold WHERE call_id = ? AND released_at IS NULL", (call_id,)))


def applied_at(execute: Execute) -> datetime | None:
    """When the retention policy was last applied."""
    rows = execute("SELECT applied_at FROM vault_retention", ())
    return datetime.fromisoformat(rows[0][0]) if rows else None


def set_applied(execute: Execute, now: datetime) -> None:
    execute(
        "INSERT INTO vault_retention (one, applied_at) VALUES (1, ?)"
        " ON CONFLICT (one) DO UPDATE SET applied_at = excluded.applied_at",
        (now.isoformat(),),
    )
