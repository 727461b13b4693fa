"""What FHIR R4 (4.0.1) says of an AuditEvent and what IHE's Basic Audit Log Patterns (BALP 1.1) ask beyond it, written out here a second
time from the published definitions: elements with their cardinalities, primitive formats, required codes, slices. Not IHE's own validator.
Where BALP's versions differ (whether a display is part of a pattern, whether slices are closed) the strictest counts."""

from __future__ import annotations

import re
from typing import Any

PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
DCM = "http://dicom.nema.org/resources/ontology/DCM"
TERM = "http://terminology.hl7.org/CodeSystem"
MANY = 1_000

Element = tuple[int, int, str]  # least, most, type

PRIMITIVES = {
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "uri": r"\S+",
    "code": r"\S+( \S+)*",
    "string": r"(?s)(?=.*\S).{1,1048576}",
    "instant": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2})",
    "action": r"[CRUDE]",
    "outcome": r"0|4|8|12",
    "network-type": r"[1-5]",
    "AuditEvent": r"AuditEvent",
}
STRUCTURES: dict[str, dict[str, Element]] = {
    "event": {
        "resourceType": (1, 1, "AuditEvent"), "id": (0, 1, "id"), "meta": (0, 1, "meta"), "type": (1, 1, "Coding"),
        "subtype": (0, MANY, "Coding"), "action": (0, 1, "action"), "recorded": (1, 1, "instant"), "outcome": (0, 1, "outcome"),
        "outcomeDesc": (0, 1, "string"), "purposeOfEvent": (0, MANY, "CodeableConcept"), "agent": (1, MANY, "agent"),
        "source": (1, 1, "source"), "entity": (0, MANY, "entity"),
    },
    "meta": {"profile": (0, MANY, "uri")},
    "Coding": {"system": (0, 1, "uri"), "code": (0, 1, "code"), "display": (0, 1, "string")},
    "CodeableConcept": {"coding": (0, MANY, "Coding"), "text": (0, 1, "string")},
    "Identifier": {"system": (0, 1, "uri"), "value": (0, 1, "string")},
    "Reference": {"type": (0, 1, "uri"), "identifier": (0, 1, "Identifier"), "display": (0, 1, "string")},
    "agent": {
        "type": (0, 1, "CodeableConcept"), "role": (0, MANY, "CodeableConcept"), "who": (0, 1, "Reference"), "altId": (0, 1, "string"),
        "name": (0, 1, "string"), "requestor": (1, 1, "boolean"), "policy": (0, MANY, "uri"), "media": (0, 1, "Coding"),
        "network": (0, 1, "network"), "purposeOfUse": (0, MANY, "CodeableConcept"),
    },
    "network": {"address": (0, 1, "string"), "type": (0, 1, "network-type")},
    "source": {"site": (0, 1, "string"), "observer": (1, 1, "Reference"), "type": (0, MANY, "Coding")},
    "entity": {
        "what": (0, 1, "Reference"), "type": (0, 1, "Coding"), "role": (0, 1, "Coding"), "lifecycle": (0, 1, "Coding"),
        "securityLabel": (0, MANY, "Coding"), "name": (0, 1, "string"), "description": (0, 1, "string"), "query": (0, 1, "string"),
        "detail": (0, MANY, "detail"),
    },
    "detail": {"type": (1, 1, "string"), "valueString": (1, 1, "string")},
}  # fmt: skip
LISTS = (
    "subtype",
    "purposeOfEvent",
    "agent",
    "entity",
    "profile",
    "coding",
    "role",
    "policy",
    "purposeOfUse",
    "securityLabel",
    "detail",
)

# DICOM PS3.16, CID 400 and 401, as in FHIR's value sets audit-event-type and audit-event-sub-type.
DICOM_TYPES = dict(
    zip(
        range(110100, 110115),
        "Application Activity|Audit Log Used|Begin Transferring DICOM Instances|DICOM Instances Accessed|DICOM Instances Transferred|"
        "DICOM Study Deleted|Export|Import|Network Entry|Order Record|Patient Record|Procedure Record|Query|Security Alert|"
        "User Authentication".split("|"),
        strict=True,
    )
)
DICOM_SUBTYPES = dict(
    zip(
        range(110120, 110138),
        "Application Start|Application Stop|Login|Logout|Attach|Detach|Node Authentication|Emergency Override Started|"
        "Network Configuration|Security Configuration|Hardware Configuration|Software Configuration|Use of Restricted Function|"
        "Audit Recording Stopped|Audit Recording Started|Object Security Attributes Changed|Security Roles Changed|"
        "User Security Attributes Changed".split("|"),
        strict=True,
    )
)


class NotValid(AssertionError):
    """`where`: the element's path."""


def need(true: object, where: str) -> None:
    if not true:
        raise NotValid(where)


def is_audit_event(event: dict[str, Any]) -> None:
    """R4's own definition. Raises NotValid."""
    _conforms(event, "event", "AuditEvent")
    kind, subtypes = event["type"], event.get("subtype", [])
    if kind["system"] == DCM:
        need(DICOM_TYPES.get(int(kind["code"])) == kind["display"], "type")
        need(event["action"] == "E", "action")
    else:
        need((kind["system"], kind["code"]) == (f"{TERM}/audit-event-type", "rest"), "type")
    for one in subtypes:
        if one["system"] == DCM:
            need(DICOM_SUBTYPES.get(int(one["code"])) == one["display"], "subtype")
    for number, entity in enumerate(event.get("entity", [])):
        need(not ("name" in entity and "query" in entity), f"entity[{number}]: sev-1")
    for agent in event["agent"]:
        need("who" in agent and (agent["who"].get("identifier") or agent["who"].get("display")), "agent.who")


def _conforms(value: Any, kind: str, where: str) -> None:
    if kind == "boolean":
        need(isinstance(value, bool), where)
    elif kind in PRIMITIVES:
        need(isinstance(value, str) and re.fullmatch(PRIMITIVES[kind], value), where)
    else:
        need(isinstance(value, dict) and value, where)  # ele-1: no empty element
        elements = STRUCTURES[kind]
        need(set(value) <= set(elements), f"{where}: {sorted(set(value) - set(elements))}")
        for name, (least, most, of) in elements.items():
            path = f"{where}.{name}"
            repeats = most > 1 and (name in LISTS or (name == "type" and kind == "source"))
            found = value.get(name)
            if repeats:
                need(found is None or (isinstance(found, list) and 0 < len(found) <= most), path)
                need(least == 0 or found, path)
                for number, one in enumerate(found or []):
                    _conforms(one, of, f"{path}[{number}]")
            else:
                need(found is not None or least == 0, path)
                if found is not None:
                    _conforms(found, of, path)


def coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


REST = coding(f"{TERM}/audit-event-type", "rest", "Restful Operation")
SOURCE, DESTINATION = coding(DCM, "110153", "Source Role ID"), coding(DCM, "110152", "Destination Role ID")
APPLICATION, CUSTODIAN = (
    coding(DCM, "110150", "Application"),
    coding(f"{TERM}/provenance-participant-type", "custodian", "Custodian"),
)
PERSON, OBJECT = (
    coding(f"{TERM}/audit-entity-type", "1", "Person"),
    coding(f"{TERM}/audit-entity-type", "2", "System Object"),
)
PATIENT = coding(f"{TERM}/object-role", "1", "Patient")
OBJECT_ROLES = [
    coding(f"{TERM}/object-role", "4", "Domain Resource"),
    coding(f"{TERM}/object-role", "3", "Report"),
    coding(f"{TERM}/object-role", "20", "Job"),
]
CLIENT_AND_SERVER = {
    "Create": (SOURCE, DESTINATION), "Read": (DESTINATION, SOURCE), "Update": (SOURCE, DESTINATION), "Delete": (APPLICATION, CUSTODIAN),
}  # fmt: skip
WRITERS = [
    coding(f"{TERM}/v3-ParticipationType", *pair)
    for pair in (("AUT", "author"), ("INF", "informant"), ("CST", "custodian"))
]
USERS = {
    "Create": WRITERS, "Update": WRITERS, "Delete": WRITERS,
    "Read": [coding(f"{TERM}/v3-ParticipationType", "IRCP", "information recipient")],
}  # fmt: skip


def follows(event: dict[str, Any]) -> str:
    """The one profile that the event claims, whose rules it follows. Raises NotValid."""
    (claimed,) = event["meta"]["profile"]
    need(claimed.startswith(PROFILES), "meta.profile")
    name = claimed.removeprefix(PROFILES)
    verb = name.removeprefix("Patient")
    need(verb in CLIENT_AND_SERVER, "meta.profile")
    need(event["type"] == REST, "type")
    interaction = coding("http://hl7.org/fhir/restful-interaction", verb.lower(), verb.lower())
    need(event["subtype"].count(interaction) == 1, "subtype")
    need(verb != "Delete" or len(event["subtype"]) == 1, "subtype")
    need(event["action"] == verb[0], "action")
    need(event.get("outcome") == "0", "outcome")
    _agents(event["agent"], verb)
    _entities(event["entity"], verb, patient=name.startswith("Patient"))
    return name


def _agents(agents: list[dict[str, Any]], verb: str) -> None:
    """Two machines, of known roles and addresses, and at most one person, without."""
    rest = list(agents)
    for role in CLIENT_AND_SERVER[verb]:
        mine = [agent for agent in rest if agent["type"]["coding"] == [role]]
        need(len(mine) == 1, f"agent: {role['display']}")
        need("who" in mine[0] and mine[0]["network"]["address"], f"agent {role['display']}: who, network")
        need("media" not in mine[0], f"agent {role['display']}: media")
        if verb == "Delete":
            need(
                not {"role", "altId", "name", "location", "policy", "purposeOfUse"} & set(mine[0]),
                f"agent {role['display']}",
            )
        rest.remove(mine[0])
    need(len(rest) <= 1, "agent: user")
    for user in rest:
        need(len(user["type"]["coding"]) == 1 and user["type"]["coding"][0] in USERS[verb], "agent user: type")
        need("who" in user and user["requestor"] is True, "agent user: who, requestor")
        need(not {"media", "network"} & set(user), "agent user: media, network")
        need(verb != "Delete" or not {"altId", "location", "policy"} & set(user), "agent user")


def _entities(entities: list[dict[str, Any]], verb: str, *, patient: bool) -> None:
    people, objects = [[one for one in entities if one.get("type") == kind] for kind in (PERSON, OBJECT)]
    need(len(objects) == 1 and "what" in objects[0] and objects[0].get("role") in OBJECT_ROLES, "entity: data")
    need(len(people) == (1 if patient else 0), "entity: patient")
    for one in people:
        need(one.get("role") == PATIENT and one["what"].get("type") == "Patient", "entity: patient")
    if verb == "Delete":
        need(len(entities) == len(people) + 1, "entity")
        need(not any({"lifecycle", "name", "query", "detail"} & set(one) for one in entities), "entity")
