"""Handoff and packet to protobuf and back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.handoff.handoff import Handoff
from triage.handoff.packet import PACKET_BYTES_MAX, Entity, HandoffPacket, PacketTurn, fitted
from triage.ids import CallId, HandoffId
from triage.privacy.phi import Phi
from triage.v1 import handoffs_pb2, packet_pb2


def packet_bytes(packet: HandoffPacket) -> bytes:
    """Serialized, at most PACKET_BYTES_MAX: what is too much is left out visibly."""
    proto = packet_to_proto(packet)
    while (excess := proto.ByteSize() - PACKET_BYTES_MAX) > 0 and (shorter := fitted(packet, excess)) != packet:
        packet = shorter
        proto = packet_to_proto(packet)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def packet_to_proto(packet: HandoffPacket) -> packet_pb2.HandoffPacket:
    return packet_pb2.HandoffPacket(
        version=packet.version,
        handoff_id=packet.handoff_id,
        call_id=packet.call_id,
        made_at_ms=int(packet.made_at.timestamp() * 1000),
        drill=packet.drill,
        situation=packet_pb2.Situation(
            level=_level(packet.level),
            triggers=[
                packet_pb2.TriggerHit(
                    trigger=hit.trigger, level=_level(hit.level), quote=hit.quote.reveal(), at_s=hit.at_s,
                    confidence=hit.confidence, reason=hit.reason,
                )
                for hit in packet.triggers
            ],
            narrative=packet.narrative.reveal(),
        ),
        background=packet_pb2.Background(
            caller_number=packet.caller_number.reveal(),
            callback_number=packet.callback_number.reveal(),
            entities=[
                packet_pb2.Entity(kind=one.kind, value=one.value.reveal(), turn=one.turn, confidence=one.confidence)
                for one in packet.entities
            ],
            asked=packet.asked,
            answered=packet.answered,
            denied=packet.denied,
            not_asked=packet.not_asked,
            earlier=packet.earlier,
        ),
        assessment=packet.assessment,
        recommendation=packet_pb2.Recommendation(route=packet.route, callback_by=packet.callback_by),
        conversation=[
            packet_pb2.PacketTurn(
                number=turn.number, who=turn.who, text=turn.text.reveal(), start_s=turn.start_s, end_s=turn.end_s,
                confidence=turn.confidence, fixed=turn.fixed, cut_off=turn.cut_off,
            )
            for turn in packet.conversation
        ],
        distress_curve=[
            packet_pb2.DistressPoint(at_s=at_s, level=_level(level), score=score)
            for at_s, level, score in packet.distress_curve
        ],
        said_and_promised=packet.said_and_promised,
        versions=dict(packet.versions),
    )  # fmt: skip


def packet_from_proto(proto: packet_pb2.HandoffPacket) -> HandoffPacket:
    back = proto.background
    return HandoffPacket(
        handoff_id=HandoffId(proto.handoff_id),
        call_id=CallId(proto.call_id),
        made_at=datetime.fromtimestamp(proto.made_at_ms / 1000, UTC),
        drill=proto.drill,
        level=Level(proto.situation.level or Level.NONE),
        triggers=tuple(
            TriggerHit(
                hit.trigger, Level(hit.level or Level.NONE), Phi(hit.quote), hit.at_s, hit.confidence, hit.reason
            )
            for hit in proto.situation.triggers
        ),
        narrative=Phi(proto.situation.narrative),
        caller_number=Phi(back.caller_number),
        callback_number=Phi(back.callback_number),
        entities=tuple(Entity(one.kind, Phi(one.value), one.turn, one.confidence) for one in back.entities),
        asked=tuple(back.asked),
        answered=tuple(back.answered),
        denied=tuple(back.denied),
        not_asked=tuple(back.not_asked),
        earlier=back.earlier,
        route=proto.recommendation.route,
        callback_by=proto.recommendation.callback_by,
        conversation=tuple(
            PacketTurn(t.number, t.who, Phi(t.text), t.start_s, t.end_s, t.confidence, t.fixed, t.cut_off)
            for t in proto.conversation
        ),
        distress_curve=tuple((p.at_s, Level(p.level or Level.NONE), p.score) for p in proto.distress_curve),
        said_and_promised=tuple(proto.said_and_promised),
        versions=tuple(sorted(proto.versions.items())),
        version=proto.version,
        assessment=proto.assessment,
    )


def handoff_to_proto(handoff: Handoff, packet: bytes | None = None) -> handoffs_pb2.Handoff:
    proto = handoffs_pb2.Handoff(
        handoff_id=handoff.handoff_id,
        call_id=handoff.call_id,
        state=f"HANDOFF_STATE_{handoff.state.name}",
        level=_level(handoff.level),
        offered_at_ms=handoff.offered_at_ms,
        claimed_by=handoff.claimed_by or "",
        lease_expires_at_ms=handoff.lease_ends_ms or 0,
        callback_by=handoff.callback.by.isoformat() if handoff.callback else "",
        drill=handoff.drill,
        caller_on_line=handoff.caller_on_line,
        revision=handoff.revision,
    )
    if packet is not None:
        proto.packet.ParseFromString(packet)
    return proto


def _level(level: Level) -> str:
    return f"LEVEL_{level.name}"
