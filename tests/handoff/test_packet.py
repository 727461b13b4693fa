from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import hypothesis.strategies as st
from hypothesis import given, settings

from triage.escalation.levels import Level
from triage.escalation.triggers import TRIGGERS, TriggerHit
from triage.handoff.conversion import packet_bytes, packet_from_proto, packet_to_proto
from triage.handoff.packet import LEFT_OUT, NO_ASSESSMENT, PACKET_BYTES_MAX, Entity, HandoffPacket, PacketTurn
from triage.ids import CallId, HandoffId
from triage.privacy.phi import Phi
from triage.v1 import packet_pb2

QUOTE = "there is a weight on my chest"
PACKET = HandoffPacket(
    HandoffId("h1"), CallId("c1"), datetime(2026, 11, 24, 15, tzinfo=UTC), False, Level.DANGER,
    (TriggerHit("distress", Level.DANGER, Phi(QUOTE), 12.5, 0.5, "chest final"),),
    Phi("5550123"), Phi("5550199"), (Entity("medicine", Phi("warfarin"), 2, 0.75),),
    asked=("which day",), answered=("opening hours",), denied=("Is it urgent?",), route="Triage nurse at once.",
    callback_by="2026-11-24T10:30:00-05:00",
    conversation=(PacketTurn(1, "line", Phi("How can I help?"), 0, 2, fixed=True), PacketTurn(2, "caller", Phi(QUOTE), 3, 6, 0.5)),
    distress_curve=((6.0, Level.DANGER, 0.5),), said_and_promised=("How can I help?",), versions=(("matrix", "2026-11"),),
)  # fmt: skip

level = st.sampled_from(list(Level))
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
phi = words.map(Phi)
seconds = st.floats(0, 10_000, allow_nan=False)
half = st.sampled_from([0.0, 0.25, 0.5, 1.0])  # exact in a protobuf float
packets = st.builds(
    HandoffPacket,
    handoff_id=words.map(HandoffId), call_id=words.map(CallId), drill=st.booleans(), level=level,
    made_at=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(lambda t: t.replace(microsecond=0)),
    triggers=st.lists(st.builds(TriggerHit, st.sampled_from(TRIGGERS), level, phi, seconds, half, words), max_size=4).map(tuple),
    caller_number=phi, callback_number=phi,
    entities=st.lists(st.builds(Entity, words, phi, st.integers(0, 99), half), max_size=3).map(tuple),
    asked=st.lists(words, max_size=3).map(tuple), answered=st.lists(words, max_size=3).map(tuple),
    denied=st.lists(words, max_size=3).map(tuple), not_asked=st.lists(words, max_size=3).map(tuple), route=words, callback_by=words,
    conversation=st.lists(st.builds(PacketTurn, st.integers(0, 99), words, phi, seconds, seconds, half, st.booleans(), st.booleans()), max_size=4).map(tuple),
    distress_curve=st.lists(st.tuples(seconds, level, half), max_size=3).map(tuple),
    said_and_promised=st.lists(words, max_size=3).map(tuple),
    versions=st.dictionaries(words, words, max_size=3).map(lambda d: tuple(sorted(d.items()))),
)  # fmt: skip


@given(packets)
def test_nothing_is_lost_on_the_way(packet: HandoffPacket) -> None:
    proto = packet_pb2.HandoffPacket.FromString(packet_bytes(packet))
    assert packet_from_proto(proto) == packet
    assert packet_to_proto(packet_from_proto(proto)) == proto


def test_what_a_nurse_reads() -> None:
    text = PACKET.as_text()
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "DANGER"
    headings = [
        line
        for line in lines
        if line in ("SITUATION", "BACKGROUND", "ASSESSMENT", "RECOMMENDATION", "THE CONVERSATION")
    ]
    assert headings == ["SITUATION", "BACKGROUND", "ASSESSMENT", "RECOMMENDATION", "THE CONVERSATION"]
    assert lines[lines.index("ASSESSMENT") + 1] == NO_ASSESSMENT
    for part in (
        QUOTE,
        "5550123",
        "5550199",
        "warfarin",
        "denied: Is it urgent?",
        "not asked: medical history",
        "10:30:00-05:00",
    ):
        assert part in text


def test_a_packet_does_not_print_what_the_caller_said() -> None:
    assert QUOTE not in repr(PACKET)
    assert "5550123" not in repr(PACKET)


def test_a_drill_says_so() -> None:
    assert "DRILL" in replace(PACKET, drill=True).as_text().splitlines()[0]


def test_a_long_call_loses_its_oldest_routine_turns_and_says_how_many() -> None:
    talk = [PacketTurn(n, "caller", Phi(f"turn {n} " + "blah " * 40), n, n + 1) for n in range(1000)]
    talk[3] = PacketTurn(3, "caller", Phi(QUOTE), 3, 4)  # early, and what it is all about
    data = packet_bytes(replace(PACKET, conversation=tuple(talk)))
    assert len(data) <= PACKET_BYTES_MAX
    kept = packet_from_proto(packet_pb2.HandoffPacket.FromString(data))
    numbers = [turn.number for turn in kept.conversation]
    assert numbers[0] == 3
    assert numbers[1:] == list(range(1000 - len(numbers) + 1, 1000))
    note = next(text for text in kept.said_and_promised if text.endswith(LEFT_OUT))
    assert int(note.split()[0]) == 1000 - len(numbers)
    assert note in kept.as_text()
    assert len(data) > PACKET_BYTES_MAX * 0.9  # no more is given up than needed


@settings(max_examples=25, deadline=None)
@given(
    turns=st.integers(0, 3000), hits=st.integers(1, 3000), points=st.integers(0, 6000), entities=st.integers(0, 3000),
    long=st.sampled_from([1, 50, 100_000]),
)  # fmt: skip
def test_whatever_a_call_holds_the_packet_fits_and_keeps_its_level(
    turns: int, hits: int, points: int, entities: int, long: int
) -> None:
    packet = replace(
        PACKET,
        conversation=tuple(PacketTurn(n, "caller", Phi(f"é{n}" * 9), n, n + 1) for n in range(turns)),
        triggers=(*(TriggerHit("no_progress", Level.STATE, Phi(f"again {n}"), n) for n in range(hits)), TriggerHit("distress", Level.DANGER, Phi("x" * long))),
        distress_curve=tuple((float(n), Level.STATE, 0.5) for n in range(points)),
        entities=tuple(Entity("name", Phi(f"somebody {n}"), n, 0.5) for n in range(entities)),
    )  # fmt: skip
    data = packet_bytes(packet)
    assert len(data) <= PACKET_BYTES_MAX
    kept = packet_from_proto(packet_pb2.HandoffPacket.FromString(data))
    assert (kept.level, kept.caller_number, kept.route, kept.callback_by) == (
        Level.DANGER,
        PACKET.caller_number,
        PACKET.route,
        PACKET.callback_by,
    )
    assert any(hit.level is Level.DANGER for hit in kept.triggers)
