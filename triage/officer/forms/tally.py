"""What a report counts, entry by entry, in memory that does not grow with the log: by act, by user, by day."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

USERS_MAX = 2_000  # counted apart; the others together
DAYS_MAX = 4_000  # more than ten years
ROWS_MAX = 400  # of the newest entries, printed in full: some ten pages
OTHERS = "all others"


@dataclass(slots=True)
class Tally:
    acts: Counter[str] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    total: int = 0
    newest: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=ROWS_MAX))

    def add(self, entry: dict[str, Any]) -> None:
        self.total += 1
        self.acts[entry["act"]] += 1
        _count(self.users, entry["who"], USERS_MAX)
        _count(self.days, entry["at"][:10], DAYS_MAX)
        self.refused += entry["outcome"] in ("refused", "failure")
        self.newest.append(entry)


def _count(counter: Counter[str], key: str, most: int) -> None:
    counter[key if key in counter or len(counter) < most else OTHERS] += 1


def details_of(entry: dict[str, Any]) -> str:
    """One line: reason and details, as the log has them."""
    pairs: Iterable[tuple[str, Any]] = entry.get("details", {}).items()
    facts = [entry["reason"]] if entry.get("reason") else []
    facts += [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in pairs if value != ""
    ]
    facts += [f"{kind} #{number}" for number, kind, _ in entry.get("records", ())]
    return ", ".join(facts)
