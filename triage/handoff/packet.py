"""The handoff packet: what the nurse has read before she hears the caller. SBAR, typed, versioned, at most 64 KiB. Pure.

Assessment stays empty by rule: the line tags words, it does not assess. What was not asked is said, so that nobody takes
silence for a no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.ids import CallId, HandoffId
from triage.privacy.phi import NOTHING, Phi

PACKET_VERSION = 1
PACKET_BYTES_MAX = 64 * 1024  # what a console shows without scrolling for minutes, and a page can carry
NO_ASSESSMENT = "No assessment by the line."
NOT_ASKED_ALWAYS = ("medical history", "medicines", "allergies", "how bad it is")  # this line never asks these


@dataclass(frozen=True, slots=True)
class PacketTurn:
    number: int
    who: str
    text: Phi
    start_s: float
    end_s: float
    confidence: float = 1.0
    fixed: bool = False
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    kind: str
    value: Phi
    turn: int
    confidence: float


@dataclass(frozen=True, slots=True)
class HandoffPacket:
    handoff_id: HandoffId
    call_id: CallId
    made_at: datetime
    drill: bool
    level: Level
    triggers: tuple[TriggerHit, ...]
    caller_number: Phi
    callback_number: Phi = NOTHING
    entities: tuple[Entity, ...] = ()
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = NOT_ASKED_ALWAYS
    route: str = ""
    callback_by: str = ""
    conversation: tuple[PacketTurn, ...] = ()
    distress_curve: tuple[tuple[float, Level, float], ...] = ()
    said_and_promised: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    version: int = PACKET_VERSION
    assessment: str = NO_ASSESSMENT

    def as_text(self) -> str:
        """For a terminal, in the order in which a nurse reads."""
        lines = [f"{self.level.word.upper()}{'   (DRILL)' if self.drill else ''}", "", "SITUATION"]
        for hit in self.triggers:
            quote = f": “{hit.quote.reveal()}”" if hit.quote else ""
            lines.append(f"  {hit.at_s:5.0f} s  {hit.trigger} ({hit.level.word}, {hit.confidence:.2f}){quote}")
        lines += ["", "BACKGROUND", f"  calls from {self.caller_number.reveal() or 'a withheld number'}"]
        if self.callback_number:
            lines.append(f"  call back at {self.callback_number.reveal()}")
        lines += [
            f"  {one.kind.replace('_', ' ')}: {one.value.reveal()} ({one.confidence:.2f})" for one in self.entities
        ]
        for name, what in (
            ("asked", self.asked), ("answered", self.answered), ("denied", self.denied), ("not asked", self.not_asked),
        ):  # fmt: skip
            if what:
                lines.append(f"  {name}: {', '.join(what)}")
        lines += ["", "ASSESSMENT", f"  {self.assessment}", "", "RECOMMENDATION", f"  {self.route}"]
        if self.callback_by:
            lines.append(f"  callback promised by {self.callback_by}")
        lines += ["", "THE CONVERSATION"]
        for turn in self.conversation:
            cut = " [cut off]" if turn.cut_off else ""
            lines.append(f"  {turn.start_s:5.0f} s  {turn.who:<6} {turn.text.reveal()}{cut}")
        return "\n".join(lines)


def fitted(packet: HandoffPacket, size: int) -> HandoffPacket:
    """The packet without its oldest turns, when its serialized `size` (bytes) is too large; what is left out is said."""
    excess = size - PACKET_BYTES_MAX
    turns: Sequence[PacketTurn] = packet.conversation
    left_out = 0
    while excess > -512 and turns:
        excess -= len(turns[0].text.encode()) + 40
        turns = turns[1:]
        left_out += 1
    if not left_out:
        return packet
    note = f"{left_out} oldest turns are left out here; the whole conversation is in the record."
    return replace(packet, conversation=tuple(turns), said_and_promised=(*packet.said_and_promised[-20:], note))
