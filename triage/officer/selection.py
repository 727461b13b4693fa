"""Which entries of the log an officer wants: by patient, call, user, time, act. The log is read in pages, so memory does not grow
with it; what is selected is a view, and only a bundle of the whole log is a proof."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text

from triage.audit.entry import ACTS
from triage.audit.export import Source
from triage.errors import UsageError
from triage.vault.vault import Transaction

CALLS_MAX = 10_000  # of one patient
FORMS = ("balp", "csv", "report", "review", "disclosures")

# Which calls came from which number, by the vault's pseudonym of it. Beside the number sealed in each call it is what finds a
# patient's calls without unsealing everybody's.
SCHEMA = MetaData()  # as triage/vault/migrations makes it
Table("call_from", SCHEMA, Column("call_id", Text, primary_key=True), Column("caller", Text, nullable=False),
      Index("call_from_caller", "caller"), sqlite_strict=True)  # fmt: skip


def remember(tx: Transaction, call_id: str, number: str) -> None:
    """At the call's begin, in the transaction that seals the number."""
    tx.execute("INSERT INTO call_from (call_id, caller) VALUES (?, ?)", (call_id, tx.pseudonym(number)))


def calls_from(tx: Transaction, number: str) -> list[str]:
    """The calls that came from this telephone number, oldest first."""
    rows = tx.execute(
        "SELECT f.call_id FROM call_from f LEFT JOIN call c ON c.call_id = f.call_id WHERE f.caller = ?"
        " ORDER BY c.began_ms, f.call_id LIMIT ?",
        (tx.pseudonym(number), CALLS_MAX),
    )
    return [str(row[0]) for row in rows]


@dataclass(frozen=True, slots=True)
class Selection:
    """`calls` None: all; empty: none. `since` <= at < `until`, aware. `acts`: whole acts, or beginnings that end with a dot."""

    calls: frozenset[str] | None = None
    user: str = ""
    since: datetime | None = None
    until: datetime | None = None
    acts: tuple[str, ...] = ()

    def takes(self, entry: dict[str, Any]) -> bool:
        if self.calls is not None and entry.get("call") not in self.calls and entry.get("subject") not in self.calls:
            return False
        if self.user and entry["who"] != self.user:
            return False
        if self.acts and not any(_is_act(entry["act"], act) for act in self.acts):
            return False
        if self.since is None and self.until is None:
            return True
        at = datetime.fromisoformat(entry["at"])
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def _is_act(act: str, wanted: str) -> bool:
    return act.startswith(wanted) if wanted.endswith(".") else act == wanted


def acts_of(wanted: list[str]) -> tuple[str, ...]:
    """Raises UsageError for an act that the log does not know: a misspelt filter must not look like an empty log."""
    for act in wanted:
        if not any(_is_act(one, act) for one in ACTS):
            raise UsageError("There is no such act.", advice="Like record.read, or handoff. for all that begin so.")
    return tuple(wanted)


def moment(text: str, what: str) -> datetime | None:
    """An RFC 3339 time, or a date (its midnight in UTC); None when empty. Raises UsageError."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("This is not a time.", advice=f"{what}: like 2026-11-27 or 2026-11-27T08:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def select(source: Source, selection: Selection, size: int) -> AsyncIterator[tuple[list[bytes], int]]:
    """For each page: the lines that are taken, and how many entries have been looked at."""
    after = -1
    while page := await source.entries(after, size):
        lines = [line for _, line in page if selection.takes(json.loads(line))]
        after = page[-1][0]
        yield lines, after + 1
