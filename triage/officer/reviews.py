"""Signed reviews of activity: kept sealed, since a note may name people; the log holds the period, the counts and the root that was
looked at (45 CFR 164.308(a)(1)(ii)(D), 164.316(b)(2): kept six years)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from triage.audit.entry import Detail, Entry
from triage.errors import UsageError
from triage.ids import new_hex
from triage.vault.vault import Transaction

KIND = "review.note"
NOTE_CHARACTERS_MAX = 4_000
LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """`since`, `until`, `signed_at`: RFC 3339; `root_hex`: of the log that was reviewed."""

    since: str
    until: str
    note: str
    entries: int
    findings: int
    root_hex: str
    signed_by: str
    signed_at: str
    review_id: str = ""


def check(since: datetime | None, until: datetime | None, note: str) -> None:
    """Raises UsageError."""
    if since is None or until is None or since >= until:
        raise UsageError("A review covers a period.", advice="since and until, in this order.")
    if not note.strip() or len(note) > NOTE_CHARACTERS_MAX:
        raise UsageError("A review is signed with a note.", advice=f"1 to {NOTE_CHARACTERS_MAX} characters.")


def sign(tx: Transaction, review: Signed) -> str:
    """Seals it, with its entry; the id."""
    review_id = f"review-{new_hex()}"
    details: tuple[tuple[str, Detail], ...] = (
        ("since", review.since), ("until", review.until), ("entries", review.entries), ("findings", review.findings),
        ("sha256", review.root_hex),
    )  # fmt: skip
    tx.seal(review_id, KIND, json.dumps(asdict(review)).encode())
    tx.append(Entry("review.signed", review.signed_by, call_id=review_id, subject=review_id, details=details))
    return review_id


def listed(tx: Transaction, who: str) -> list[Signed]:
    """The newest reviews, newest first. Each reading is logged."""
    rows = tx.execute(
        "SELECT call_id FROM vault_record WHERE kind = ? ORDER BY number DESC LIMIT ?", (KIND, LISTED_MAX)
    )
    found = []
    for (review_id,) in rows:
        for payload in tx.unseal(review_id, KIND, who=who, why="activity_review"):
            found.append(Signed(**{**json.loads(payload), "review_id": review_id}))
    return found
