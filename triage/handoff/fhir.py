"""A handoff for the clinic's records or helpdesk: an HL7 FHIR R4 transaction of Task, Communication and, for danger and crisis, Flag.

Written with PUT and ids of our own, so that the same handoff sent again changes nothing. The line does not know who the patient is:
the subject is a logical reference to the call. Nothing here is an assessment. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from triage.escalation.levels import Level
from triage.handoff.handoff import Handoff
from triage.handoff.packet import HandoffPacket
from triage.handoff.state import HandoffState

SYSTEM: Final = "urn:triage-line"
UNKNOWN: Final = "Caller; not identified by the line"
# request-priority and task-status of R4.
PRIORITY: Final = {
    Level.DANGER: "stat", Level.CRISIS: "stat", Level.CLINICAL: "urgent", Level.HUMAN: "asap", Level.STATE: "asap", Level.SCOPE: "routine",
}  # fmt: skip
STATUS: Final = {
    HandoffState.OFFERED: "requested", HandoffState.CLAIMED: "accepted", HandoffState.ACCEPTED: "in-progress",
    HandoffState.RELEASED: "requested", HandoffState.CALLBACK: "requested", HandoffState.COMPLETED: "completed",
}  # fmt: skip


def bundle(handoff: Handoff, packet: HandoffPacket | None, *, now: datetime, disposition: str = "") -> dict[str, Any]:
    """As JSON-ready values. `packet` None: it could not be read, and the Task says so."""
    handoff_id = str(UUID(handoff.handoff_id))
    resources = [_task(handoff, packet, handoff_id, now, disposition), _communication(handoff, packet, handoff_id)]
    if handoff.level >= Level.CRISIS:
        resources.append(_flag(handoff, handoff_id))
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": _instant(now),
        "entry": [
            {"fullUrl": f"urn:uuid:{one['id']}", "resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in resources
        ],
    }  # fmt: skip


def _task(
    handoff: Handoff, packet: HandoffPacket | None, handoff_id: str, now: datetime, disposition: str
) -> dict[str, Any]:
    task: dict[str, Any] = {
        "resourceType": "Task",
        "id": handoff_id,
        "identifier": [{"system": f"{SYSTEM}:handoff", "value": handoff.handoff_id}],
        "status": STATUS[handoff.state],
        "intent": "order",
        "priority": PRIORITY[handoff.level],
        "code": {
            "text": "Call the caller back"
            if handoff.state is HandoffState.CALLBACK
            else "Take the caller of the triage line"
        },
        "description": packet.route
        if packet
        else "The packet could not be read; the record is in the triage line's vault.",
        "for": _subject(handoff),
        "authoredOn": _instant(_moment(handoff.offered_at_ms)),
        "lastModified": _instant(now),
        "businessStatus": {"text": handoff.state.name.lower()},
        "input": _inputs(packet) if packet else [],
    }
    if handoff.claimed_by:
        task["owner"] = {
            "display": handoff.claimed_by,
            "identifier": {"system": f"{SYSTEM}:nurse", "value": handoff.claimed_by},
        }
    if handoff.callback:
        task["restriction"] = {"period": {"end": _instant(handoff.callback.by)}}
    if disposition:
        task["output"] = [{"type": {"text": "disposition, by the nurse"}, "valueString": disposition}]
    return {key: value for key, value in task.items() if value}


def _inputs(packet: HandoffPacket) -> list[dict[str, Any]]:
    said = [
        ("callback number", packet.callback_number.reveal()),
        *((one.kind.replace("_", " "), one.value.reveal()) for one in packet.entities),
    ]
    return [{"type": {"text": kind}, "valueString": value} for kind, value in dict(said).items() if value.strip()]


def _communication(handoff: Handoff, packet: HandoffPacket | None, handoff_id: str) -> dict[str, Any]:
    """The packet as a nurse reads it, SBAR with the caller's own words."""
    text = packet.as_text() if packet else "The packet could not be read."
    return {
        "resourceType": "Communication",
        "id": str(UUID(int=UUID(handoff_id).int ^ 1)),
        "identifier": [{"system": f"{SYSTEM}:call", "value": handoff.call_id}],
        "status": "completed",
        "category": [{"text": "Telephone call to the clinic's line"}],
        "priority": PRIORITY[handoff.level],
        "medium": [{"text": "telephone"}],
        "subject": _subject(handoff),
        "about": [{"reference": f"Task/{handoff_id}"}],
        "sent": _instant(packet.made_at if packet else _moment(handoff.offered_at_ms)),
        "payload": [{"contentString": text}],
    }


def _flag(handoff: Handoff, handoff_id: str) -> dict[str, Any]:
    words = {
        Level.DANGER: "Possible threat to life, from the caller's own words",
        Level.CRISIS: "Possible crisis, from the caller's own words",
    }
    return {
        "resourceType": "Flag",
        "id": str(UUID(int=UUID(handoff_id).int ^ 2)),
        "status": "inactive" if handoff.state is HandoffState.COMPLETED else "active",
        "category": [{"text": "Safety"}],
        "code": {"text": f"{words[handoff.level]}; not assessed"},
        "subject": _subject(handoff),
        "period": {"start": _instant(_moment(handoff.offered_at_ms))},
    }


def _subject(handoff: Handoff) -> dict[str, Any]:
    return {"type": "Patient", "identifier": {"system": f"{SYSTEM}:call", "value": handoff.call_id}, "display": UNKNOWN}


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
