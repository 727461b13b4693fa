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
QUOTE_CHARACTERS_MAX = 2_000  # two minutes of speech; only a packet that would not fit is cut to this
TURN_BYTES = 50  # of a turn beside its text, rather more than less: too little is dropped again, too much is lost
LEFT_OUT = "turns of the conversation are left out here, oldest first; the whole is in the record."
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
    narrative: Phi = NOTHING  # drafted by machine, of the caller's words only; comes after the packet, if at all
    earlier: str = ""  # what is known of an earlier call from this number
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
        if self.narrative:
            lines.append(f"  in short, drafted by machine from the caller's words: {self.narrative.reveal()}")
        lines += ["", "BACKGROUND", f"  calls from {self.caller_number.reveal() or 'a withheld number'}"]
        if self.callback_number:
            lines.append(f"  call back at {self.callback_number.reveal()}")
        if self.earlier:
            lines.append(f"  {self.earlier}")
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
        lines += [f"  ({text})" for text in self.said_and_promised if text.endswith(LEFT_OUT)]
        for turn in self.conversation:
            cut = " [cut off]" if turn.cut_off else ""
            lines.append(f"  {turn.start_s:5.0f} s  {turn.who:<6} {turn.text.reveal()}{cut}")
        return "\n".join(lines)


def fitted(packet: HandoffPacket, excess: int) -> HandoffPacket:
    """The packet shorter by about `excess` bytes or more, and a note that says so. The caller asks again until it fits.

    What is given up first is what a nurse misses least: oldest routine turns, the curve, what was said, then turns that
    triggered (their words stay in the triggers), then older triggers below the level, then the length of a quote."""
    quotes = {hit.quote for hit in packet.triggers if hit.quote}
    routine = [turn for turn in packet.conversation if not any(quote in turn.text for quote in quotes)]
    dropped = _oldest(routine, excess)
    if dropped:
        return _without_turns(packet, dropped)
    if packet.distress_curve:
        return replace(packet, distress_curve=packet.distress_curve[len(packet.distress_curve) // 2 + 1 :])
    if said := [text for text in packet.said_and_promised if not text.endswith(LEFT_OUT)]:
        rest = [text for text in packet.said_and_promised if text.endswith(LEFT_OUT)]
        return replace(packet, said_and_promised=(*said[len(said) // 2 + 1 :], *rest))
    if packet.conversation:
        return _without_turns(packet, _oldest(packet.conversation, excess))
    lesser = [hit for hit in packet.triggers if hit.level < packet.level] or list(packet.triggers[:-1])
    if lesser:
        dropped_hits = set(map(id, lesser[: len(lesser) // 2 + 1]))
        return replace(packet, triggers=tuple(hit for hit in packet.triggers if id(hit) not in dropped_hits))
    if packet.entities:
        return replace(packet, entities=packet.entities[len(packet.entities) // 2 + 1 :])
    short = tuple(replace(hit, quote=_cut(hit.quote)) for hit in packet.triggers)
    return replace(packet, triggers=short, asked=(), answered=(), denied=(), versions=())


def _cut(quote: Phi) -> Phi:
    text = quote.reveal()
    return Phi(text[: QUOTE_CHARACTERS_MAX - 1] + "…") if len(text) > QUOTE_CHARACTERS_MAX else quote


def _oldest(turns: Sequence[PacketTurn], excess: int) -> list[PacketTurn]:
    dropped: list[PacketTurn] = []
    for turn in turns:
        if excess <= 0:
            break
        excess -= len(turn.text.encode()) + TURN_BYTES
        dropped.append(turn)
    return dropped


def _without_turns(packet: HandoffPacket, dropped: Sequence[PacketTurn]) -> HandoffPacket:
    gone = set(map(id, dropped))
    turns = tuple(turn for turn in packet.conversation if id(turn) not in gone)
    rest = [text for text in packet.said_and_promised if not text.endswith(LEFT_OUT)]
    before = next((text for text in packet.said_and_promised if text.endswith(LEFT_OUT)), "0")
    note = f"{int(before.split()[0]) + len(gone)} {LEFT_OUT}"
    return replace(packet, conversation=turns, said_and_promised=(*rest, note))
