"""The forms of an export: AuditEvents valid as FHIR R4B and against BALP's own rules written out again here, rows, page and print."""

from __future__ import annotations

import csv
import itertools
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from tests.officer import profiles
from tests.officer.traffic import Walking, acts
from triage.audit.entry import ACTS, DETAILS, DETAILS_MAX, OUTCOMES, Detail, Entry, SealedRecord, Stamp, leaf
from triage.cli.audit_forms import COLUMNS, Balp, Csv, Report
from triage.cli.audit_select import Selected
from triage.errors import AuditError
from triage.officer.forms import balp
from triage.officer.forms.tally import ROWS_MAX, USERS_MAX, Tally

ORIGIN = "triage.local/audit/0011223344556677"
NOTE = f"{ORIGIN}\n600\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u2014 {ORIGIN} Az3g\n"


def fields(entry: Entry, number: int, clock: Walking, records: tuple[SealedRecord, ...] = ()) -> dict[str, Any]:
    return dict(json.loads(leaf(entry, number, Stamp(clock.now(), clock.monotonic(), "boot"), records)))


def log(count: int) -> list[dict[str, Any]]:
    clock, made = Walking(), []
    for number, (time, entry) in enumerate(itertools.islice(acts(), count)):
        clock.walk(time)
        made.append(fields(entry, number, clock))
    return made


WHO = ("core", "nurse:amara.okafor", "officer:compliance", "unknown")
CALLS = ("call-1", None, "export-1")
REASONS = ("", "treatment", "subpoena:2026-17")
VALUES: dict[str, Detail] = {
    "id": "handoff-1", "code": "a_word", "version": "1.2", "hash": "ab" * 32, "number": 0.5, "flag": True, "time": "2026-11-27T10:00:00Z",
}  # fmt: skip


def every_entry() -> Iterator[dict[str, Any]]:
    """Each act of the vocabulary, by a machine, a nurse, an officer and somebody unknown, about a call, no call and an officer's own
    record, about something and about nothing, with every outcome; then each with sealed records, and every detail that there is."""
    details = [(key, VALUES[kind]) for key, kind in DETAILS.items()]
    chunks = [tuple(details[at : at + DETAILS_MAX]) for at in range(0, len(details), DETAILS_MAX)]
    number = itertools.count()
    for act in sorted(ACTS):
        done = itertools.product(WHO, CALLS, ("handoff-1", None), ("success",))
        failed = itertools.product(WHO[:2], CALLS[:2], ("handoff-1",), sorted(OUTCOMES - {"success"}))
        for who, call, subject, outcome in itertools.chain(done, failed):
            reason = REASONS[next(number) % len(REASONS)]
            yield fields(Entry(act, who, call, subject, outcome, reason), next(number), Walking())
        for call, chunk in itertools.product(CALLS, chunks):
            who = WHO[next(number) % 2]
            sealed = (SealedRecord(1, "packet", "ab" * 32), SealedRecord(2, "transcript", "cd" * 32))
            yield fields(Entry(act, who, call, None, details=chunk), next(number), Walking(), sealed)


def test_every_act_has_exactly_one_meaning() -> None:
    """A new word of the vocabulary fails here until somebody has said what an AuditEvent calls it."""
    meanings = (balp.READS, balp.DELETES, balp.KEPT, frozenset(balp.PLAIN))
    assert frozenset().union(*meanings) == ACTS
    assert sum(len(one) for one in meanings) == len(ACTS)
    entry = fields(Entry("call.ringing", "core", "call-1"), 0, Walking())
    with pytest.raises(AuditError, match="no AuditEvent"):
        balp.event({**entry, "act": "call.sung"}, ORIGIN)


def test_every_event_is_valid_and_what_claims_a_profile_follows_it() -> None:
    """By an independent library, by R4's definition written out a second time, and by BALP's."""
    claimed: Counter[str] = Counter()
    seen: set[str] = set()
    for entry in every_entry():
        event = json.loads(json.dumps(balp.event(entry, ORIGIN)))
        AuditEvent.model_validate(event)
        profiles.is_audit_event(event)
        seen.add(entry["act"])
        if "meta" in event:
            claimed[profiles.follows(event)] += 1
            assert entry["outcome"] == "success"
        else:
            about = entry.get("subject") or entry.get("call", "export-").startswith("call-")
            assert (
                entry["outcome"] != "success" or entry["act"] in balp.PLAIN or entry["act"] in balp.DELETES or not about
            )
    assert seen == ACTS
    assert set(claimed) == {
        "PatientCreate",
        "PatientRead",
        "PatientUpdate",
        "PatientDelete",
        "Create",
        "Read",
        "Update",
    }


def spoilt(event: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The event with each of its elements taken away, and with what is wrong put in."""

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, one in inside:
            yield (*path, key)
            yield from places(one, (*path, key))

    def with_change(path: tuple[Any, ...], *value: Any) -> dict[str, Any]:
        made = inner = json.loads(json.dumps(event))
        for key in path[:-1]:
            inner = inner[key]
        if value:
            inner[path[-1]] = value[0]
        else:
            del inner[path[-1]]
        return dict(made)

    for path in places(event, ()):
        yield "/".join(str(key) for key in path), with_change(path)
    for path, value in (
        (("action",), "X"), (("outcome",), "4"), (("recorded",), "2026-11-27 10:00"), (("id",), "a b"), (("more",), 1),
        (("type", "display"), "Rest"), (("agent", 0, "media"), {"code": "x"}), (("agent", 2, "network"), {"address": "x"}),
        (("agent", 2, "requestor"), False), (("agent", 0, "network", "type"), "9"), (("entity", 0, "what", "type"), "Person"),
        (("entity", 1, "role", "code"), "1"), (("outcomeDesc",), ""), (("subtype",), []),
    ):  # fmt: skip
        yield f"{path} = {value}", with_change(path, value)


# What neither definition asks for, as paths: names, hints for readers, the person (a machine may act alone), what is beside a slice.
FREE = """id entity/1/detail entity/1/detail/0 entity/1/detail/1 source/site source/type source/type/0 purposeOfEvent subtype/1
purposeOfEvent/0 purposeOfEvent/0/coding purposeOfEvent/0/text agent/2 agent/2/name agent/2/role agent/2/role/0""".split()
FREE_WITHIN = re.compile(
    r".*/(identifier|who|what)/(.*/)?(system|value|display|type|identifier)|source/observer/(identifier|display)|source/type/0/\w+"
    r"|subtype/1/.*|purposeOfEvent/0/coding/0(/.*)?|agent/[01]/network/type"
)


def test_the_checker_of_profiles_finds_what_is_wrong() -> None:
    """The test's own checker, on an event with one thing taken away or put in."""
    entry = fields(Entry("record.read", "nurse:amara.okafor", "call-1", reason="treatment"), 1, Walking())
    good = balp.event(entry, ORIGIN)
    profiles.is_audit_event(good)
    assert profiles.follows(good) == "PatientRead"
    missed, found = set(), 0
    for what, event in spoilt(good):
        try:
            profiles.is_audit_event(event)
            profiles.follows(event)
        except (profiles.NotValid, KeyError, ValueError, IndexError):
            found += 1
        else:
            missed.add(what)
    assert {one for one in missed if one not in FREE and not FREE_WITHIN.fullmatch(one)} == set()
    assert found >= 60


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
