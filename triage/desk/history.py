"""What the line did, read from the audit log: the figures of staffing come from what is proven, not from a second bookkeeping."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from triage.escalation.levels import Level
from triage.staffing.figures import Past
from triage.vault.vault import Transaction

PAGE: Final = 1_000  # entries read at once
ENTRIES_MAX: Final = 50_000  # of one look; a busy day has a tenth of this


def past(tx: Transaction, *, since_ms: int) -> list[Past]:
    """Handoffs of which something happened since then, oldest first. Rehearsals do not count."""
    found: dict[str, Past] = {}
    for leaf in reversed(_entries(tx, since_ms)):
        _note(found, leaf)
    return sorted(found.values(), key=lambda one: one.offered_ms)


def _entries(tx: Transaction, since_ms: int) -> list[dict[str, Any]]:
    """Newest first."""
    out: list[dict[str, Any]] = []
    before = 1 << 62
    while len(out) < ENTRIES_MAX:
        rows = tx.execute("SELECT seq, leaf FROM audit_entry WHERE seq < ? ORDER BY seq DESC LIMIT ?", (before, PAGE))
        for seq, raw in rows:
            leaf = json.loads(raw)
            if _ms(leaf) < since_ms:
                return out
            before = seq
            out.append(leaf)
        if len(rows) < PAGE:
            break
    return out


def _note(found: dict[str, Past], leaf: dict[str, Any]) -> None:
    act, subject, details, at = leaf["act"], leaf.get("subject"), leaf.get("details", {}), _ms(leaf)
    if subject is None or not act.startswith("handoff.") or details.get("drill"):
        return
    known = found.get(subject)
    match act:
        case "handoff.offered" | "handoff.callback" if known is None:
            live = act == "handoff.offered"
            found[subject] = Past(
                Level.parse(details["level"]), at, live, promised_ms=None if live else _promised(details)
            )
        case _ if known is None:
            return
        case "handoff.connected" if known.joined_ms is None:
            found[subject] = replace(known, joined_ms=at)
        case "handoff.callback":
            hung_up = "cause" not in details  # else the ladder ended, or the core started anew
            left = at if hung_up and known.live and known.joined_ms is None else known.left_ms
            found[subject] = replace(known, promised_ms=_promised(details), left_ms=left)
        case "handoff.claimed" if known.promised_ms is not None and known.rung_back_ms is None:
            found[subject] = replace(known, rung_back_ms=at)
        case "handoff.completed":
            found[subject] = replace(known, ended_ms=at)


def _promised(details: dict[str, Any]) -> int | None:
    by = details.get("callback_by")
    return int(datetime.fromisoformat(by).timestamp() * 1000) if by else None


def _ms(leaf: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(leaf["at"]).timestamp() * 1000)
