"""The OSCAL document, read back by an independent library (compliance-trestle), and what it may call satisfied."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from trestle.oscal.assessment_results import AssessmentResults

from triage.doctor import controls
from triage.doctor.examination import CHECKS
from triage.doctor.finding import Finding, State
from triage.doctor.oscal import assessment_results

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONTROLS = controls.load()


def document(**states: State) -> dict:
    findings = [Finding(check, states.get(check, State.OK), "It is so.", "Do that.") for check in CHECKS]
    return assessment_results(CONTROLS, findings, AT, AT)


def statuses(made: dict) -> dict[str, dict]:
    return {
        one["target"]["target-id"].removesuffix("_smt"): one["target"]["status"]
        for one in made["assessment-results"]["results"][0]["findings"]
    }


def test_the_results_are_valid_oscal() -> None:
    made = json.loads(json.dumps(document(tls=State.FAILED, swap=State.ATTENTION)))
    read = AssessmentResults.model_validate(made["assessment-results"])
    assert (
        len(read.results[0].findings)
        == len(read.results[0].reviewed_controls.control_selections[0].include_controls)
        == 126
    )
    assert len(read.results[0].observations) == len(CHECKS)
    made["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "perhaps"
    try:
        AssessmentResults.model_validate(made["assessment-results"])
    except ValueError:
        return
    raise AssertionError("the library takes anything")


def test_what_people_have_to_do_is_never_satisfied() -> None:
    found = statuses(document())
    manual = {one.id for one in CONTROLS.control if one.manual}
    assert len(manual) > 100
    assert {found[name]["state"] for name in manual} == {"not-satisfied"}
    assert {name for name, status in found.items() if status["state"] == "satisfied"} == set(found) - manual


def test_each_manual_item_names_its_owner() -> None:
    made = document()["assessment-results"]
    roles = {role["id"] for role in made["metadata"]["roles"]}
    for control, one in zip(CONTROLS.control, made["results"][0]["findings"], strict=True):
        if control.manual:
            assert one["props"][0]["value"] in roles
            assert CONTROLS.owners[control.owner] in one["description"]


def test_one_check_that_is_not_well_spoils_every_control_that_rests_on_it() -> None:
    for check in CHECKS:
        for state, reason in ((State.ATTENTION, "other"), (State.FAILED, "fail")):
            found = statuses(document(**{check: state}))
            for control in CONTROLS.control:
                if check in control.checks:
                    assert found[control.id]["state"] == "not-satisfied"
                    assert found[control.id]["reason"] == reason


def test_a_check_that_was_not_made_satisfies_nothing() -> None:
    assert {status["state"] for status in statuses(assessment_results(CONTROLS, [], AT, AT)).values()} == {
        "not-satisfied"
    }
