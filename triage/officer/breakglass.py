"""Break-glass with two persons: an officer asks to read one call, a second one approves, then the first may read it for a while.

State table (asked by A):
    asked     -- approve by B (not A), within a day --> approved
    asked     -- refuse by anybody but A            --> refused
    approved  -- read by A, within the hour         --> approved (each reading is logged)
Time ends both: an ask after a day, an approval after an hour ("over"). Everything is an entry, the refused attempts too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, Column, MetaData, Table, Text, text

from triage.audit.entry import Detail, Entry
from triage.audit.log import WHOLE
from triage.errors import NotAllowed, NotFound, UsageError
from triage.ids import new_hex
from triage.vault.vault import Transaction

ASK_S_MAX = 24 * 3600
READ_S_MAX = 3600
OPEN_MAX = 50  # asks that wait for a decision
LISTED_MAX = 200
KINDS = ("caller", "packet", "transcript", "context", "request")

SCHEMA = MetaData()  # as triage/vault/migrations makes it
Table("break_glass", SCHEMA, Column("ask_id", Text, primary_key=True), Column("call_id", Text, nullable=False),
      Column("asked_by", Text, nullable=False), Column("reason", Text, nullable=False), Column("asked_ms", WHOLE, nullable=False),
      Column("state", Text, nullable=False, server_default="asked"), Column("decided_by", Text, nullable=False, server_default=text("''")),
      Column("until_ms", WHOLE, nullable=False, server_default="0"),
      CheckConstraint("state IN ('asked', 'approved', 'refused')"), CheckConstraint("decided_by <> asked_by"), sqlite_strict=True)  # fmt: skip
_COLUMNS = "ask_id, call_id, asked_by, reason, asked_ms, state, decided_by, until_ms"


@dataclass(frozen=True, slots=True)
class Ask:
    ask_id: str
    call_id: str
    asked_by: str
    reason: str  # a code, or "sealed"
    asked_ms: int
    state: str = "asked"
    decided_by: str = ""
    until_ms: int = 0

    def at(self, now_ms: int) -> str:
        """The state as time has left it."""
        if self.state == "asked" and now_ms >= self.asked_ms + ASK_S_MAX * 1000:
            return "over"
        return "over" if self.state == "approved" and now_ms >= self.until_ms else self.state


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step came to. `refusal` is raised by the caller after the commit, so that the refused attempt stays in the log."""

    ask: Ask
    refusal: NotAllowed | None = None
    records: tuple[tuple[str, bytes], ...] = ()


def ask(tx: Transaction, call_id: str, reason: str, who: str, now_ms: int, sealed: bytes = b"") -> Ask:
    """Raises NotFound when nothing is kept of this call, UsageError when too many asks are open."""
    if not tx.execute("SELECT 1 FROM vault_data_key WHERE call_id = ? AND wrapped IS NOT NULL", (call_id,)):
        raise NotFound("Nothing is kept of this call.")
    ((waiting,),) = tx.execute(
        "SELECT count(*) FROM break_glass WHERE state = 'asked' AND asked_ms > ?", (now_ms - ASK_S_MAX * 1000,)
    )
    if waiting >= OPEN_MAX:
        raise UsageError("Too many asks wait for a second person.")
    one = Ask(f"breakglass-{new_hex()}", call_id, who, reason, now_ms)
    tx.execute(
        "INSERT INTO break_glass (ask_id, call_id, asked_by, reason, asked_ms) VALUES (?, ?, ?, ?, ?)",
        (one.ask_id, call_id, who, reason, now_ms),
    )
    if sealed:
        tx.seal(one.ask_id, "breakglass.reason", sealed)
        tx.append(Entry("breakglass.asked", who, call_id=one.ask_id, subject=call_id, reason=reason))
    else:
        tx.append(Entry("breakglass.asked", who, call_id=call_id, subject=one.ask_id, reason=reason))
    return one


def decide(tx: Transaction, ask_id: str, who: str, now_ms: int, *, approve: bool) -> Outcome:
    """Raises NotFound."""
    one = _load(tx, ask_id)
    if one.asked_by == who:
        return _refused(tx, one, who, "same_person", "A second person must decide.")
    if one.at(now_ms) != "asked":
        return _refused(tx, one, who, "not_open", "This is no longer open.")
    state, until = ("approved", now_ms + READ_S_MAX * 1000) if approve else ("refused", 0)
    tx.execute(
        "UPDATE break_glass SET state = ?, decided_by = ?, until_ms = ? WHERE ask_id = ?", (state, who, until, ask_id)
    )
    details: tuple[tuple[str, Detail], ...] = (("asked_by", one.asked_by),)
    if approve:
        details += (("until", rfc3339(until)),)
    tx.append(Entry(f"breakglass.{state}", who, call_id=one.call_id, subject=ask_id, details=details))
    return Outcome(_load(tx, ask_id))


def read(tx: Transaction, ask_id: str, who: str, now_ms: int) -> Outcome:
    """Everything that is kept of the call. Raises NotFound (shredded meanwhile), IntegrityError."""
    one = _load(tx, ask_id)
    if one.asked_by != who:
        return _refused(tx, one, who, "not_the_asker", "Only who asked may read.")
    if one.at(now_ms) != "approved":
        return _refused(tx, one, who, "not_approved", "Nobody has approved this, or its time is over.")
    tx.append(Entry("breakglass.read", who, call_id=one.call_id, subject=ask_id))
    present = {row[0] for row in tx.execute("SELECT DISTINCT kind FROM vault_record WHERE call_id = ?", (one.call_id,))}
    records = [
        (kind, payload)
        for kind in KINDS
        if kind in present
        for payload in tx.unseal(one.call_id, kind, who=who, why="break_glass")
    ]
    return Outcome(one, records=tuple(records))


def listed(tx: Transaction, who: str) -> list[Ask]:
    """The newest asks, newest first."""
    rows = tx.execute(f"SELECT {_COLUMNS} FROM break_glass ORDER BY asked_ms DESC LIMIT ?", (LISTED_MAX,))  # noqa: S608
    tx.append(Entry("breakglass.listed", who, details=(("count", len(rows)),)))
    return [Ask(*row) for row in rows]


def _load(tx: Transaction, ask_id: str) -> Ask:
    rows = tx.execute(f"SELECT {_COLUMNS} FROM break_glass WHERE ask_id = ?", (ask_id,))  # noqa: S608
    if not rows:
        raise NotFound("There is no such ask.")
    return Ask(*rows[0])


def _refused(tx: Transaction, one: Ask, who: str, cause: str, sentence: str) -> Outcome:
    details = (("cause", cause), ("asked_by", one.asked_by))
    tx.append(
        Entry("breakglass.refused", who, call_id=one.call_id, subject=one.ask_id, outcome="refused", details=details)
    )
    return Outcome(one, NotAllowed(sentence))


def rfc3339(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
