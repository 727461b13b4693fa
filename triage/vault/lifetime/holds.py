"""Legal holds: while one stands on a call, nothing of it can be deleted, by retention or by hand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from triage.audit.entry import Entry
from triage.errors import NotFound, UsageError
from triage.ids import new_hex
from triage.vault.lifetime import tables
from triage.vault.lifetime.tables import Hold
from triage.vault.vault import Transaction

_REASON: Final = re.compile(r"[a-z][a-z0-9_.:/-]{1,63}")


def check_reason(why: str) -> str:
    """`why`, when it is a code: it stands in the audit log, which may hold no sentence. Raises UsageError."""
    if not _REASON.fullmatch(why):
        raise UsageError(
            "The reason stands in the audit log, so it is one word.",
            advice="Such as litigation, subpoena:2026-17, planned.",
        )
    return why


def place(tx: Transaction, call_id: str, *, who: str, why: str, now: datetime) -> Hold:
    """A call may be under several. Raises NotFound when there is nothing left to hold, UsageError for a reason that is none."""
    if not tables.has_data_key(tx.execute, call_id):
        raise NotFound("There is no such call in the vault, or it was shredded.")
    hold = Hold(f"hold-{new_hex()}", call_id, check_reason(why), who, now.isoformat())
    tables.insert_hold(tx.execute, hold)
    tx.append(Entry("hold.placed", who, call_id=call_id, subject=hold.hold_id, reason=why))
    return hold


def release(tx: Transaction, hold_id: str, *, who: str, why: str, now: datetime) -> str:
    """The call that it was on. Raises NotFound when no such hold stands, UsageError for a reason that is none."""
    call_id = tables.release_hold(tx.execute, hold_id, now)
    if call_id is None:
        raise NotFound("There is no such hold, or it was released.")
    tx.append(Entry("hold.released", who, call_id=call_id, subject=hold_id, reason=check_reason(why)))
    return call_id
