"""What happened to a handoff, as it is told to the consoles and to the waiting call."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.handoff.handoff import Handoff


@dataclass(frozen=True, slots=True)
class Change:
    """`verb`: offered, paged, claimed, declined, joined, accepted, released, updated, callback, overdue, caller_left,
    completed, read, recovered, taken_over, alarm; empty: nothing happened. `packet`: the newest, serialized (triage.v1.HandoffPacket)."""

    handoff: Handoff
    verb: str
    packet: bytes = field(repr=False)
    alarm: int = 0  # how often the alarm was raised
