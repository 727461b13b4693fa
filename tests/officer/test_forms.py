"""The forms of an export: AuditEvents valid as FHIR R4B and against BALP's own rules written out again here, rows, page and print."""

from __future__ import annotations

import csv
import itertools
import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from tests.officer.traffic import Walking, acts
from triage.audit.entry import ACTS, Entry, SealedRecord, Stamp, leaf
from triage.cli.audit_forms import COLUMNS, Balp, Csv, Report
from triage.cli.audit_select import Selected
from triage.errors import AuditError
from triage.officer.forms import balp
from triage.officer.forms.tally import ROWS_MAX, USERS_MAX, Tally

ORIGIN = "triage.local/audit/0011223344556677"
NOTE = f"{ORIGIN}\n600\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 {ORIGIN} Az3g\n"
DCM = "http://dicom.nema.org/resources/ontology/DCM"


def fields(entry: Entry, number: int, clock: Walking, records: tuple[SealedRecord, ...] = ()) -> dict[str, Any]:
    return dict(json.loads(leaf(entry, number, Stamp(clock.now(), clock.monotonic(), "boot"), records)))


def log(count: int) -> list[dict[str, Any]]:
    clock, made = Walking(), []
    for number, (time, entry) in enumerate(itertools.islice(acts(), count)):
        clock.walk(time)
        made.append(fields(entry, number, clock))
    return made


def every_act() -> list[dict[str, Any]]:
    """Each act of the vocabulary, by the core and by a nurse, with and without a call, done and refused."""
    made = []
    for act in sorted(ACTS):
        for who, call, outcome in itertools.product(
            ("core", "nurse:amara.okafor"), ("call-1", None), ("success", "refused")
        ):
            entry = Entry(act, who, call, "handoff-1", outcome, "treatment", (("count", 1),))
            made.append(fields(entry, len(made), Walking()))
    sealed = Entry("record.sealed", "core", "call-1", reason="x")
    made.append(fields(sealed, len(made), Walking(), (SealedRecord(1, "packet", "ab" * 32),)))
    return made


def codes(agent: dict[str, Any]) -> tuple[str, str]:
    coding = agent["type"]["coding"][0]
    return coding["system"], coding["code"]


def follows(event: dict[str, Any]) -> None:
    """The rules of BALP's FSH (PatientCreate, -Read, -Update, -Delete and the ones without a patient), not IHE's own validator."""
    name = event["meta"]["profile"][0].removeprefix(balp.PROFILES)
    verb = name.removeprefix("Patient")
    assert event["type"]["code"] == "rest"
    assert verb.lower() in [one["code"] for one in event["subtype"]]
    assert event["action"] == verb[0]
    assert event["outcome"] == "0"
    agents = {codes(agent): agent for agent in event["agent"]}
    if verb == "Delete":
        client, server = (
            (DCM, "110150"),
            ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian"),
        )
        assert len(event["subtype"]) == 1
        assert all(set(entity) <= {"what", "type", "role"} for entity in event["entity"])
    else:
        client, server = ((DCM, "110152"), (DCM, "110153")) if verb == "Read" else ((DCM, "110153"), (DCM, "110152"))
    for device in (client, server):
        assert agents[device]["who"]
        assert agents[device]["network"]["address"]
        assert "media" not in agents[device]
    people = [agent for key, agent in agents.items() if key not in (client, server)]
    assert len(people) <= 1
    for person in people:
        allowed = {"IRCP"} if verb == "Read" else {"AUT", "INF", "CST"}
        assert person["type"]["coding"][0]["code"] in allowed
        assert person["requestor"] is True
        assert "network" not in person
    kinds = [entity["type"]["code"] for entity in event["entity"]]
    assert kinds.count("2") == 1
    assert kinds.count("1") == (1 if name.startswith("Patient") else 0)
    for entity in event["entity"]:
        if entity["type"]["code"] == "1":
            assert entity["role"]["code"] == "1"
            assert entity["what"]["type"] == "Patient"
        else:
            assert entity["role"]["code"] in ("4", "3", "20")


def test_every_act_makes_a_valid_event_and_what_claims_a_profile_follows_it() -> None:
    events = [balp.event(entry, ORIGIN) for entry in every_act()]
    for event in events:
        AuditEvent.model_validate(event)
        if "meta" in event:
            follows(event)
    claimed = {event["meta"]["profile"][0].removeprefix(balp.PROFILES) for event in events if "meta" in event}
    assert claimed == {"PatientCreate", "PatientRead", "PatientUpdate", "PatientDelete", "Create", "Read", "Update"}
    assert not any("meta" in event for event in events if event["outcome"] != "0")


def test_the_checker_of_profiles_finds_what_is_wrong() -> None:
    """The test's own checker, on events with one thing taken away each."""
    entry = fields(Entry("record.read", "nurse:amara.okafor", "call-1", reason="treatment"), 1, Walking())
    follows(balp.event(entry, ORIGIN))
    for spoil in (
        lambda e: e["entity"].pop(0),
        lambda e: e["agent"].pop(1),
        lambda e: e["agent"][0].pop("network"),
        lambda e: e.update(action="U"),
        lambda e: e.update(outcome="4"),
        lambda e: e["agent"][2].update(requestor=False),
    ):
        event = json.loads(json.dumps(balp.event(entry, ORIGIN)))
        spoil(event)
        with pytest.raises((AssertionError, KeyError)):
            follows(event)


def test_what_is_sealed_for_officers_is_no_patient_s() -> None:
    clock = Walking()
    for call in ("export-1", "disclosure-1", "review-1", "breakglass-1"):
        event = balp.event(fields(Entry("record.read", "officer:o", call, reason="accounting"), 1, clock), ORIGIN)
        assert all(entity["type"]["code"] != "1" for entity in event["entity"])


def test_ndjson(tmp_path: Path) -> None:
    entries = log(600)
    with Balp(tmp_path, ORIGIN) as form:
        for entry in entries:
            form.take(entry)
        said = form.close(Selected(600, 600, NOTE), "")
    lines = (tmp_path / "audit-events.ndjson").read_text().splitlines()
    assert len(lines) == 600
    assert [json.loads(line)["id"] for line in lines[:3]] == ["entry-0", "entry-1", "entry-2"]
    assert said.startswith("600 AuditEvents")
    assert "validated as FHIR R4B" in said
    (tmp_path / "other").mkdir()
    with Balp(tmp_path / "other", ORIGIN) as form, pytest.raises(AuditError, match="valid AuditEvent"):
        form.take({**entries[0], "at": "noon"})


def test_rows(tmp_path: Path) -> None:
    entries = log(200)
    with Csv(tmp_path) as form:
        for entry in entries:
            form.take(entry)
        form.close(Selected(200, 200, NOTE), "")
    with (tmp_path / "entries.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["act"], row["who"]) for row in rows] == [(entry["act"], entry["who"]) for entry in entries]
    assert json.loads(rows[2]["details"]) == entries[2]["details"]
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)


def test_page_and_print(tmp_path: Path) -> None:
    form = Report(tmp_path, datetime(2026, 11, 27, tzinfo=UTC))
    entries = log(900)
    for entry in entries:
        form.take(entry)
    form.close(Selected(900, 1_000, NOTE), "user <script>")
    page = (tmp_path / "report.html").read_text()
    assert "900 of 1,000 entries" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"http", page)  # nothing is fetched
    assert page.count("<svg") == 3
    assert page.count("<tr>") == ROWS_MAX + 1
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Audit report of the triage line" in text
    assert text.count("Confidential.") >= 5  # on every page
    last = entries[-1]
    assert re.search(
        rf"{last['seq']}\s+{last['at'][:10]} {last['at'][11:19]}\s+{last['who']}\s+{re.escape(last['act'])}", text
    )
    images = subprocess.run(
        ["pdfimages", "-list", str(tmp_path / "report.pdf")], capture_output=True, text=True, check=True
    ).stdout
    assert len(re.findall(r"^ +\d+ +\d+ image ", images, re.MULTILINE)) == 3


def test_an_empty_report(tmp_path: Path) -> None:
    Report(tmp_path).close(Selected(0, 5, NOTE), "one patient")
    assert "0 of 5 entries" in (tmp_path / "report.html").read_text()


def test_a_tally_has_a_limit() -> None:
    tally = Tally()
    for number in range(USERS_MAX + 50):
        tally.add({"act": "record.read", "who": f"nurse:n{number}", "at": "2026-01-01T00:00:00Z", "outcome": "success"})
    assert len(tally.users) == USERS_MAX + 1
    assert tally.users["all others"] == 50
    assert len(tally.newest) == ROWS_MAX
