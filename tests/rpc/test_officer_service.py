"""What an officer does beside the export, through a real server with mutual TLS and a real vault on a clock that is set."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from tests.desk.conftest import SettableClock
from triage.audit.entry import Entry
from triage.officer import breakglass, disclosures, selection
from triage.rpc.officer_service import OfficerService
from triage.testing.vault_keys import temporary_keys
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import OfficerStub, add_OfficerServicer_to_server
from triage.vault.authority import Authority, Holder
from triage.vault.vault import Transaction, Vault

ROSA, OTHER = "5550143", "5550199"
SCHEMAS = (selection.SCHEMA, disclosures.SCHEMA, breakglass.SCHEMA)


def call(tx: Transaction, call_id: str, number: str) -> None:
    selection.remember(tx, call_id, number)
    tx.seal(call_id, "caller", json.dumps({"number": number}).encode())
    tx.append(Entry("call.ringing", "core", call_id=call_id))
    tx.seal(call_id, "transcript", b'[{"n":1,"text":"my chest hurts"}]')
    tx.append(Entry("call.disconnected", "core", call_id=call_id))


class Office:
    def __init__(self, vault: Vault, clock: SettableClock, first: OfficerStub, second: OfficerStub) -> None:
        self.vault, self.clock, self.first, self.second = vault, clock, first, second

    async def entries(self) -> list[dict[str, object]]:
        rows = await self.vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
        return [json.loads(row[0]) for row in rows]

    async def selected(self, **wanted: object) -> list[dict[str, object]]:
        request = pb.SelectRequest(**{"form": "csv", **wanted})
        parts = [part async for part in self.first.Select(request, timeout=20)]
        assert self.vault.verifier.open(parts[0].note).size == parts[-1].entries_done == parts[-1].entries_total
        return [json.loads(line) for part in parts for line in part.lines.splitlines()]


@asynccontextmanager
async def office(port, folder: Path) -> AsyncIterator[Office]:
    clock = SettableClock()
    _certificates_for(clock, port.folder)
    vault = Vault.open(folder / "vault.db", temporary_keys(), clock=clock, schemas=SCHEMAS)
    for number in range(3):
        await vault.run(lambda tx, n=number: call(tx, f"rosa-{n}", ROSA))
        await vault.run(lambda tx, n=number: call(tx, f"other-{n}", OTHER))
        clock.forward(86_400)
    service = OfficerService(vault, clock)
    async with (
        port.serving(lambda server: add_OfficerServicer_to_server(service, server)),
        port.as_role("officer") as first,
        port.channel("officer-second") as second,
    ):
        yield Office(vault, clock, OfficerStub(first), OfficerStub(second))
    await vault.close()


def _certificates_for(clock: SettableClock, folder: Path) -> None:
    """Valid on this clock's days, which stand in November 2026, and on the day of the test."""
    authority, _ = Authority.load_or_make(folder, clock.now())
    for person in ("compliance", "second"):
        holder = Holder("officer", person)
        for suffix in ("crt", "key"):
            (folder / f"{holder.stem}.{suffix}").unlink()
        authority.issue(holder, clock.now(), lifetime=timedelta(days=36_500))


async def refused(awaitable, code: grpc.StatusCode) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await awaitable
    assert refusal.value.code() is code, refusal.value.details()
    return refusal.value.details() or ""


# --- select ----------------------------------------------------------------------------------------------------------


async def test_by_patient_call_user_act_and_time(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        assert [entry["call"] for entry in await one.selected(patient=ROSA)] == ["rosa-0"] * 2 + ["rosa-1"] * 2 + [
            "rosa-2"
        ] * 2
        assert await one.selected(patient="5550000") == []
        assert [e["act"] for e in await one.selected(call_ids=["other-1"])] == ["call.ringing", "call.disconnected"]
        assert await one.selected(patient=ROSA, call_ids=["other-1"]) == []
        made = await one.selected(user="officer:compliance")
        assert {entry["act"] for entry in made} == {"export.made"}
        assert len(made) == 5  # itself too: it is logged before it is answered
        assert len(await one.selected(acts=["call.ringing"])) == 6
        assert len(await one.selected(acts=["call."], patient=OTHER)) == 6
        day = await one.selected(acts=["call."], since="2026-11-25", until="2026-11-26T00:00:00Z")
        assert {entry["call"] for entry in day} == {"rosa-1", "other-1"}


async def test_a_selection_is_logged_without_the_number(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        await one.selected(patient=ROSA, acts=["call."], reason="complaint of Monday")
        await one.selected(reason="quarterly")
        *_, first, second = await one.entries()
        assert ROSA not in json.dumps(await one.entries())
        assert (first["act"], first["reason"], first["details"]) == (
            "export.made", "sealed", {"form": "csv", "filters": "patient+acts"},
        )  # fmt: skip
        assert [kind for _, kind, _ in first["records"]] == ["export.patient", "export.reason"]  # type: ignore[union-attr]
        assert (second["reason"], second["details"]) == ("quarterly", {"form": "csv", "filters": "none"})


async def test_a_filter_that_is_none(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        size = one.vault.checkpoint.size
        for wanted in ({"acts": ["call.ringin"]}, {"since": "yesterday"}, {"form": "xml"}, {"reason": "x" * 501}):
            await refused(one.selected(**wanted), grpc.StatusCode.INVALID_ARGUMENT)
        assert one.vault.checkpoint.size == size
        await one.vault.run(
            lambda tx: tx.execute(
                "CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )  # nothing is sent that cannot be logged
        await refused(one.selected(), grpc.StatusCode.INTERNAL)


# --- disclosures -----------------------------------------------------------------------------------------------------

COURT = {
    "recipient": "District court",
    "address": "1 Main Street",
    "description": "Transcript",
    "purpose": "Subpoena 12/26",
}


async def test_an_accounting_of_six_and_of_three_years(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        for on, part2 in (
            ("2026-11-20", False),
            ("2021-01-05", False),
            ("2020-11-26", False),
            ("2023-12-01", True),
            ("2023-11-26", True),
        ):
            await one.first.RecordDisclosure(pb.Disclosure(patient=ROSA, on=on, part2=part2, **COURT), timeout=20)
        await one.first.RecordDisclosure(pb.Disclosure(call_id="rosa-1", on="2026-11-21", **COURT), timeout=20)
        await one.first.RecordDisclosure(pb.Disclosure(patient=OTHER, on="2026-11-22", **COURT), timeout=20)
        hidden = pb.Disclosure(patient=ROSA, on="2026-11-23", suspended_until="2027-06-01", **COURT)
        await one.first.RecordDisclosure(hidden, timeout=20)

        answer = await one.first.Disclosures(pb.DisclosuresRequest(patient=ROSA, as_of="2026-11-27"), timeout=20)
        assert [(d.on, d.part2) for d in answer.disclosures] == [
            ("2021-01-05", False), ("2023-12-01", True), ("2026-11-20", False), ("2026-11-21", False),
        ]  # fmt: skip
        assert (answer.suspended, answer.since, answer.part2_since) == (1, "2020-11-27", "2023-11-27")
        first = answer.disclosures[0]
        assert (first.recipient, first.address, first.purpose) == ("District court", "1 Main Street", "Subpoena 12/26")
        assert first.recorded_by == "officer:compliance"
        later = await one.first.Disclosures(pb.DisclosuresRequest(patient=ROSA, as_of="2027-06-01"), timeout=20)
        assert "2026-11-23" in {d.on for d in later.disclosures}

        text = json.dumps(await one.entries())
        assert "court" not in text
        assert ROSA not in text
        acts = [entry["act"] for entry in await one.entries()]
        assert acts.count("disclosure.recorded") == 8
        assert acts.count("disclosures.read") == 2
        await one.vault.run(lambda tx: tx.shred("rosa-1", who="officer:compliance", why="retention"))
        answer = await one.first.Disclosures(pb.DisclosuresRequest(call_ids=["rosa-1"], as_of="2026-11-27"), timeout=20)
        assert [d.on for d in answer.disclosures] == ["2026-11-21"]  # the accounting outlives the call


async def test_what_164_528_asks_for_is_asked_for(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        for change in (
            {"recipient": " "}, {"purpose": ""}, {"on": "2031-01-01"}, {"on": "tuesday"}, {"address": "x" * 501},
            {"patient": ""}, {"call_id": "rosa-1"},
        ):  # fmt: skip
            said = pb.Disclosure(**{"patient": ROSA, **COURT, **change})
            await refused(one.first.RecordDisclosure(said, timeout=20), grpc.StatusCode.INVALID_ARGUMENT)
        assert await one.vault.run(lambda tx: tx.execute("SELECT * FROM disclosure")) == []


# --- review ----------------------------------------------------------------------------------------------------------


async def test_a_review_is_signed_with_a_sealed_note(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        root = one.vault.checkpoint.root.hex()
        period = {
            "since": "2026-11-01T00:00:00+00:00",
            "until": "2026-12-01T00:00:00+00:00",
            "entries": 12,
            "findings": 1,
        }
        request = pb.SignReviewRequest(**period, note="Asked Amara about Tuesday night: on call.", root_hex=root)
        answer = await one.first.SignReview(request, timeout=20)
        entry = (await one.entries())[-1]
        assert (entry["act"], entry["subject"], entry["details"]) == (
            "review.signed",
            answer.review_id,
            {**period, "sha256": root},
        )
        assert "Amara" not in json.dumps(entry)
        ((_, kind, _),) = entry["records"]  # type: ignore[misc]
        sealed = await one.vault.run(lambda tx: tx.unseal(answer.review_id, kind, who="officer:o", why="review"))
        assert b"Asked Amara about Tuesday night: on call." in sealed[0]
        (listed,) = (await one.second.Reviews(pb.ReviewsRequest(), timeout=20)).reviews
        assert (listed.note, listed.signed_by) == ("Asked Amara about Tuesday night: on call.", "officer:compliance")
        assert (listed.since, listed.entries, listed.findings) == (period["since"], 12, 1)
        for change in ({"note": " "}, {"until": period["since"]}, {"since": ""}):
            bad = pb.SignReviewRequest(**{**period, "note": "x", "root_hex": root, **change})
            await refused(one.first.SignReview(bad, timeout=20), grpc.StatusCode.INVALID_ARGUMENT)


# --- break-glass -----------------------------------------------------------------------------------------------------


async def test_two_persons_and_an_hour(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        asked = await one.first.AskBreakGlass(pb.AskBreakGlassRequest(call_id="rosa-1", reason="complaint"), timeout=20)
        assert (asked.state, asked.asked_by) == ("asked", "officer:compliance")
        read = pb.ReadBreakGlassRequest(ask_id=asked.ask_id)
        approve = pb.DecideBreakGlassRequest(ask_id=asked.ask_id, approve=True)
        denied = grpc.StatusCode.PERMISSION_DENIED
        assert "second person" in await refused(one.first.DecideBreakGlass(approve, timeout=20), denied)
        await refused(one.first.ReadBreakGlass(read, timeout=20), denied)
        assert (await one.second.DecideBreakGlass(approve, timeout=20)).state == "approved"
        await refused(one.second.ReadBreakGlass(read, timeout=20), denied)
        records = (await one.first.ReadBreakGlass(read, timeout=20)).records
        assert [record.kind for record in records] == ["caller", "transcript"]
        assert b"my chest hurts" in records[1].payload
        await refused(one.second.DecideBreakGlass(pb.DecideBreakGlassRequest(ask_id=asked.ask_id), timeout=20), denied)
        one.clock.forward(3_600)
        await refused(one.first.ReadBreakGlass(read, timeout=20), denied)
        listed = (await one.second.ListBreakGlass(pb.ListBreakGlassRequest(), timeout=20)).asks
        assert [(ask.state, ask.decided_by) for ask in listed] == [("over", "officer:second")]

        log = [
            (e["act"], e["who"].removeprefix("officer:"), e.get("details", {}).get("cause"))
            for e in await one.entries()
        ]  # type: ignore[attr-defined]
        assert log[12:] == [
            ("breakglass.asked", "compliance", None),
            ("breakglass.refused", "compliance", "same_person"),
            ("breakglass.refused", "compliance", "not_approved"),
            ("breakglass.approved", "second", None),
            ("breakglass.refused", "second", "not_the_asker"),
            ("breakglass.read", "compliance", None),
            ("record.read", "compliance", None),
            ("record.read", "compliance", None),
            ("breakglass.refused", "second", "not_open"),
            ("breakglass.refused", "compliance", "not_approved"),
            ("breakglass.listed", "second", None),
        ]


async def test_refused_late_and_unknown(port, tmp_path: Path) -> None:
    async with office(port, tmp_path) as one:
        first = await one.first.AskBreakGlass(
            pb.AskBreakGlassRequest(call_id="rosa-1", reason="she complained"), timeout=5
        )
        assert first.reason == "sealed"
        assert (
            await one.second.DecideBreakGlass(pb.DecideBreakGlassRequest(ask_id=first.ask_id), timeout=20)
        ).state == "refused"
        denied = grpc.StatusCode.PERMISSION_DENIED
        await refused(one.first.ReadBreakGlass(pb.ReadBreakGlassRequest(ask_id=first.ask_id), timeout=20), denied)
        second = await one.first.AskBreakGlass(
            pb.AskBreakGlassRequest(call_id="rosa-2", reason="complaint"), timeout=20
        )
        one.clock.wall += timedelta(days=1)
        late = pb.DecideBreakGlassRequest(ask_id=second.ask_id, approve=True)
        await refused(one.second.DecideBreakGlass(late, timeout=20), denied)
        missing = grpc.StatusCode.NOT_FOUND
        await refused(
            one.first.AskBreakGlass(pb.AskBreakGlassRequest(call_id="nobody", reason="x"), timeout=20), missing
        )
        await refused(one.first.ReadBreakGlass(pb.ReadBreakGlassRequest(ask_id="x"), timeout=20), missing)
        wrong = grpc.StatusCode.INVALID_ARGUMENT
        await refused(one.first.AskBreakGlass(pb.AskBreakGlassRequest(call_id="rosa-1"), timeout=20), wrong)
