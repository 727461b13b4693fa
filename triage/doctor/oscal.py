"""The doctor's findings as OSCAL assessment results (NIST OSCAL 1.1.3, JSON): one observation a check, one finding a control.

What a human has to do is not assessed and never satisfied: its finding names the owner's role and what is to be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

from triage.doctor.controls import Control, Controls, satisfied
from triage.doctor.finding import Finding, State

OSCAL_VERSION: Final = "1.1.3"
NAMES: Final = UUID("5d7c3f0e-6c0a-4a1b-9d0e-8f4b1a2c3d4e")  # of this program's own identifiers, drawn once
NAMESPACE: Final = "https://triage.invalid/oscal"  # for the properties below; no address of anybody
TOOL: Final = str(uuid5(NAMES, "triage doctor"))


def assessment_results(
    controls: Controls, findings: Sequence[Finding], began: datetime, ended: datetime
) -> dict[str, Any]:
    """The document. `began`, `ended`: aware."""
    observations = {one.check: _observation(one, ended) for one in findings}
    result = {
        "uuid": str(uuid4()),
        "title": "Technical evaluation of one triage appliance",
        "description": "Live checks of the technical safeguards by `triage doctor`. Organisational safeguards are not assessed; "
        "each names who is responsible. This is evidence for an evaluation, not a statement of compliance.",
        "start": began.isoformat(),
        "end": ended.isoformat(),
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": one.id} for one in controls.control]}]
        },
        "observations": list(observations.values()),
        "findings": [_finding(one, controls, {f.check: f for f in findings}, observations) for one in controls.control],
    }
    return {
        "assessment-results": {
            "uuid": str(uuid4()),
            "metadata": _metadata(controls, ended),
            "import-ap": {
                "href": controls.catalogue,
                "remarks": "There is no plan of its own: every control of the catalogue.",
            },
            "results": [result],
        }
    }


def _metadata(controls: Controls, ended: datetime) -> dict[str, Any]:
    return {
        "title": "HIPAA Security Rule (NIST SP 800-66r2): evaluation of one triage appliance",
        "last-modified": ended.isoformat(),
        "version": ended.strftime("%Y-%m-%d"),
        "oscal-version": OSCAL_VERSION,
        "roles": [{"id": key.replace("_", "-"), "title": title} for key, title in controls.owners.items()],
        "parties": [{"uuid": TOOL, "type": "organization", "name": "triage doctor (program)"}],
    }


def _observation(one: Finding, at: datetime) -> dict[str, Any]:
    return {
        "uuid": str(uuid4()),
        "title": one.check,
        "description": f"{one.what} {one.advice}".strip(),
        "props": [{"name": "state", "ns": NAMESPACE, "value": one.state.value}],
        "methods": ["TEST"],
        "types": ["control-objective"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": TOOL}]}],
        "collected": at.isoformat(),
    }


def _finding(
    control: Control, controls: Controls, findings: dict[str, Finding], observations: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "uuid": str(uuid4()),
        "title": f"{', '.join(control.cfr)}: {control.title}",
        "description": _description(control, controls),
        "target": {
            "type": "statement-id",
            "target-id": f"{control.id}_smt",
            "status": _status(control, findings),
        },
    }
    if control.owner:
        made["props"] = [{"name": "owner", "ns": NAMESPACE, "value": control.owner.replace("_", "-")}]
    if related := [{"observation-uuid": observations[name]["uuid"]} for name in control.checks if name in observations]:
        made["related-observations"] = related
    return made


def _status(control: Control, findings: dict[str, Finding]) -> dict[str, str]:
    if satisfied(control, findings):
        return {"state": "satisfied", "reason": "pass"}
    seen = [findings[name] for name in control.checks if name in findings]
    if any(one.state is State.FAILED for one in seen):
        return {"state": "not-satisfied", "reason": "fail", "remarks": "A check failed."}
    if control.manual:
        return {
            "state": "not-satisfied",
            "reason": "other",
            "remarks": "Not assessed: a human has to do and confirm this.",
        }
    return {"state": "not-satisfied", "reason": "other", "remarks": "A check needs attention or was not made."}


def _description(control: Control, controls: Controls) -> str:
    parts = []
    if control.code or control.tests:
        parts.append(f"Implemented in {', '.join(control.code)}; tested by {', '.join(control.tests) or 'none'}.")
    if control.manual:
        parts.append(f"Manual, by {controls.owners[control.owner]}: {control.manual}")
    return " ".join(parts)
