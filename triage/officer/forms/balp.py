"""Entries as FHIR R4 AuditEvents, in the profiles of IHE Basic Audit Log Patterns (BALP 1.1) where one fits.

Successful acts on what is kept of a call are PatientCreate, PatientRead, PatientUpdate and PatientDelete; the same without a call is
Create, Read and Update. Everything else (start and stop, sign-in, refusals, alarms, exports) is a plain AuditEvent with DICOM codes:
BALP has no pattern for it. The line does not know who a patient is, so the patient is a logical reference to the call. The log keeps
no network addresses: `network` names the identity in the client certificate as a URI. Pure.
"""

from __future__ import annotations

from typing import Any, Final

from triage.errors import AuditError

SYSTEM: Final = "urn:triage-line"
PROFILES: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
TERM: Final = "http://terminology.hl7.org/CodeSystem"
PARTICIPATION: Final = f"{TERM}/v3-ParticipationType"
NOT_A_CALL: Final = (
    "export-",
    "disclosure-",
    "review-",
    "breakglass-",
)  # under whose ids officers' own words are sealed

_REST: Final = {"C": "create", "R": "read", "U": "update", "D": "delete"}
_PROFILE: Final = {"C": "Create", "R": "Read", "U": "Update", "D": "Delete"}
# What is done with what is kept of a call, or with an officer's own records. A KEPT act with sealed records of its own creates.
READS: Final = frozenset(("record.read", "handoff.read", "disclosures.read", "breakglass.read", "breakglass.listed"))
DELETES: Final = frozenset(("record.shredded", "record.erased"))
CREATES: Final = frozenset(("call.ringing", "escalation.decided"))
KEPT: Final = CREATES | frozenset(
    """record.sealed record.posted hold.placed hold.released retention.applied context.kept
    call.offered call.answered call.refused call.escalated call.decided call.not_escalated call.level_raised call.spoke
    call.interrupted call.transferred call.connected call.closed call.machine call.disconnected call.ended call.failed call.lost
    call.recovered call.completed escalation.recorded escalation.near_threshold escalation.raised
    handoff.opened handoff.stored handoff.offered handoff.paged handoff.claimed handoff.taken_over handoff.declined
    handoff.accepted handoff.released handoff.expired handoff.completed handoff.callback handoff.cancelled handoff.exhausted
    handoff.escalated handoff.caller_left handoff.recovered handoff.refused handoff.updated handoff.rung handoff.connected
    handoff.withdrawn callback.promised callback.due callback.done callback.missed ticket.opened ticket.closed
    lease.expired""".split()
)
_OUTCOME: Final = {"success": "0", "refused": "4", "failure": "8", "unknown": "4"}
_PURPOSE: Final = {
    "treatment": "TREAT", "ehr": "TREAT", "break_glass": "BTG", "accounting": "HCOMPL", "recovery": "HSYSADMIN", "retention": "RECORDMGT",
}  # fmt: skip
# DICOM audit event id and type (PS3.16, CID 400 and 401; "": none fits) of every other act.
_BY_CODE: Final = {
    ("110100", "110120"): "appliance.started",
    ("110100", "110121"): "appliance.stopped",
    (
        "110100",
        "",
    ): "appliance.degraded appliance.recovered engine.failed engine.restarted models.verified vault.created"
    " vault.opened vault.closed vault.migrated vault.restored vault.drilled drill.announced drill.begun drill.ended",
    ("110100", "110129"): "keys.made keys.rotation_begun keys.rewrapped keys.rotated keys.destroyed database.rekeyed",
    ("110100", "110131"): "matrix.loaded matrix.refused configuration.loaded",
    ("110101", ""): "audit.verified checkpoint.cosigned review.signed",
    ("110106", ""): "export.made disclosure.recorded vault.copied",
    ("110113", ""): "alarm.raised alarm.cleared page.sent page.failed",
    ("110113", "110126"): "access.denied",
    ("110113", "110127"): "breakglass.asked breakglass.approved breakglass.refused",
    ("110114", "110122"): "nurse.signed_in",
    ("110114", "110123"): "nurse.signed_out",
    ("110114", ""): "nurse.not_responding",
}
PLAIN: Final = {act: codes for codes, acts in _BY_CODE.items() for act in acts.split()}
_DISPLAY: Final = {
    "110100": "Application Activity", "110101": "Audit Log Used", "110106": "Export", "110113": "Security Alert",
    "110114": "User Authentication", "110120": "Application Start", "110121": "Application Stop", "110122": "Login",
    "110123": "Logout", "110126": "Node Authentication", "110127": "Emergency Override Started",
    "110129": "Security Configuration", "110131": "Software Configuration",
}  # fmt: skip


def event(entry: dict[str, Any], origin: str) -> dict[str, Any]:
    """`entry`: the fields of one leaf; `origin`: the log's name. JSON-ready. Raises AuditError for an act of another vocabulary."""
    act, who = entry["act"], entry["who"]
    plain = PLAIN.get(act)
    if plain is None and act not in READS | DELETES | KEPT:
        raise AuditError(
            "The log holds an act that has no AuditEvent.", advice="Export it with the program that wrote it."
        )
    action = _action(entry) if plain is None else "E"
    call = entry.get("call", "")
    patient = call if call and not call.startswith(NOT_A_CALL) else ""
    profile = _profile(entry, action, patient) if plain is None else ""
    made = {
        "resourceType": "AuditEvent",
        "id": f"entry-{entry['seq']}",
        "meta": {"profile": [PROFILES + profile]} if profile else None,
        **_what_it_is(act, action, plain),
        "recorded": entry["at"],
        "outcome": _OUTCOME[entry["outcome"]],
        "outcomeDesc": None if entry["outcome"] == "success" else entry["outcome"],
        "purposeOfEvent": _purpose(entry.get("reason", "")),
        "agent": _agents(who, action, deletes=action == "D"),
        "source": {
            "site": origin,
            "observer": _process("core"),
            "type": [{"system": f"{TERM}/security-source-type", "code": "4", "display": "Application Server"}],
        },
        "entity": _entities(entry, patient),
    }
    return {key: value for key, value in made.items() if value}


def _action(entry: dict[str, Any]) -> str:
    if entry["act"] in READS:
        return "R"
    if entry["act"] in DELETES:
        return "D"
    return "C" if entry.get("records") or entry["act"] in CREATES else "U"


def _profile(entry: dict[str, Any], action: str, patient: str) -> str:
    """BALP's patterns are of successes, and each needs something that was acted on."""
    if entry["outcome"] != "success":
        return ""
    if patient:
        return f"Patient{_PROFILE[action]}"
    return _PROFILE[action] if entry.get("subject") and action != "D" else ""


def _what_it_is(act: str, action: str, plain: tuple[str, str] | None) -> dict[str, Any]:
    own = {"system": f"{SYSTEM}:act", "code": act}
    if plain is None:
        rest = _REST[action]
        first = {"system": "http://hl7.org/fhir/restful-interaction", "code": rest, "display": rest}
        kind = {"system": f"{TERM}/audit-event-type", "code": "rest", "display": "Restful Operation"}
        subtypes = [first] if action == "D" else [first, own]  # PatientDelete allows one
        return {"type": kind, "subtype": subtypes, "action": action}
    event_id, event_type = plain
    kind = {"system": DCM, "code": event_id, "display": _DISPLAY[event_id]}
    types = [{"system": DCM, "code": event_type, "display": _DISPLAY[event_type]}] if event_type else []
    return {"type": kind, "subtype": [*types, own], "action": action}


def _purpose(reason: str) -> list[dict[str, Any]]:
    code = _PURPOSE.get(reason)
    if code:
        return [{"coding": [{"system": f"{TERM}/v3-ActReason", "code": code}], "text": reason}]
    return [{"text": reason}] if reason else []


def _agents(who: str, action: str, *, deletes: bool) -> list[dict[str, Any]]:
    """Client, server, and the person, if it was one. Who sends and who receives is BALP's: a read flows from the server."""
    role, _, person = who.partition(":")
    client = {"who": _process(who), "requestor": not person, "network": _address(who)}
    server = {"who": _process("core"), "requestor": False, "network": _address("core")}
    if deletes:
        client["type"] = _concept(DCM, "110150", "Application")
        server["type"] = _concept(f"{TERM}/provenance-participant-type", "custodian", "Custodian")
    else:
        source, destination = _concept(DCM, "110153", "Source Role ID"), _concept(DCM, "110152", "Destination Role ID")
        client["type"], server["type"] = (destination, source) if action == "R" else (source, destination)
    agents = [client, server]
    if person:
        kind = (
            ("IRCP", "information recipient")
            if action == "R"
            else ("CST", "custodian")
            if deletes
            else ("AUT", "author")
        )
        user = {
            "type": _concept(PARTICIPATION, *kind),
            "who": {"identifier": {"system": f"{SYSTEM}:person", "value": who}, "display": person},
            "name": person,
            "role": [{"text": role}],
            "requestor": True,
        }
        agents.append(user)
    return agents


def _entities(entry: dict[str, Any], patient: str) -> list[dict[str, Any]]:
    entities: list[dict[str, Any]] = []
    if patient:
        reference = {"type": "Patient", "identifier": {"system": f"{SYSTEM}:call", "value": patient}}
        entities.append(
            {
                "what": reference,
                "type": _coding("audit-entity-type", "1", "Person"),
                "role": _coding("object-role", "1", "Patient"),
            }
        )
    subject = entry.get("subject") or entry.get("call")
    if subject:
        data: dict[str, Any] = {
            "what": {"identifier": {"system": f"{SYSTEM}:subject", "value": subject}},
            "type": _coding("audit-entity-type", "2", "System Object"),
            "role": _coding("object-role", "4", "Domain Resource"),
        }
        if entry["act"] not in DELETES:  # which have no details in that profile
            data["detail"] = _details(entry)
        entities.append({key: value for key, value in data.items() if value})
    elif details := _details(entry):
        entities.append({"type": _coding("audit-entity-type", "4", "Other"), "detail": details})
    return entities


def _details(entry: dict[str, Any]) -> list[dict[str, Any]]:
    facts = [(key, str(value)) for key, value in entry.get("details", {}).items() if str(value).strip()]
    facts += [(f"record {number} {kind}", f"sha256:{digest}") for number, kind, digest in entry.get("records", ())]
    return [{"type": key, "valueString": value} for key, value in facts]


def _process(who: str) -> dict[str, Any]:
    role, _, person = who.partition(":")
    return {
        "identifier": {"system": f"{SYSTEM}:client", "value": who},
        "display": f"console of {person}" if person else role,
    }


def _address(who: str) -> dict[str, Any]:
    role, _, person = who.partition(":")
    return {"address": f"spiffe://triage.local/{role}/{person or role}", "type": "5"}


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _coding(name: str, code: str, display: str) -> dict[str, Any]:
    return {"system": f"{TERM}/{name}", "code": code, "display": display}
