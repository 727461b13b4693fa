"""The decision to escalate: the highest level of all that fired, raise-only. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.escalation.levels import Level, highest
from triage.escalation.triggers import TriggerHit


@dataclass(frozen=True, slots=True)
class Decision:
    """`hits`: everything that fired in this call so far, in order. `matrix`: version and hash of the matrix it was made by."""

    level: Level
    hits: tuple[TriggerHit, ...]
    matrix: str

    @property
    def triggers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.trigger for hit in self.hits))


def decide(hits: Sequence[TriggerHit], previous: Level, *, matrix: str) -> Decision | None:
    """A decision when the hits reach above `previous`; None otherwise. No hit lowers what another one said."""
    level = highest(*(hit.level for hit in hits))
    return Decision(level, tuple(hits), matrix) if level > previous else None
