"""No act without its entry: every method of every service, every function that writes to the store and every command that opens the
vault itself is declared in compliance/entries.toml with what it leaves in the audit log, or with the reason for leaving nothing;
and the declarations are tried."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest

from tests.desk.conftest import AMARA, JONAS, MATRIX, SettableClock, Triage
from tests.rpc.test_authorization import METHODS, WORKER_FILES, methods_of
from triage.audit.cosignature import cosigned
from triage.audit.entry import ACTS
from triage.cli.lifetime import group as vault_commands
from triage.clock import SystemClock
from triage.config import TriageLine
from triage.conversation.rehearsal import Rehearsals
from triage.desk import desk as desks
from triage.escalation.levels import Level
from triage.officer import breakglass, cosigning, disclosures, selection
from triage.officer.witness import WitnessFolder
from triage.rpc.audit_service import AuditService
from triage.rpc.drills_service import DrillsService
from triage.rpc.handoffs_service import HandoffsService
from triage.rpc.officer_service import OfficerService
from triage.rpc.witness_service import WitnessService
from triage.testing.vault_keys import temporary_keys
from triage.v1 import audit_pb2 as audit
from triage.v1 import audit_pb2_grpc, drills_pb2, drills_pb2_grpc, handoffs_pb2, handoffs_pb2_grpc, officer_pb2_grpc
from triage.v1 import officer_pb2 as pb
from triage.vault.authority import Authority, Holder
from triage.vault.vault import Transaction, Vault

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "compliance" / "entries.toml").read_text(encoding="utf-8"))
WRITES = re.compile(r"\b(INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|REPLACE INTO)\b")
ITSELF = ("triage/audit/", "triage/vault/")  # the log and the store, which this is about

T = TypeVar("T")


def test_every_method_is_declared() -> None:
    methods = {**METHODS, **methods_of(WORKER_FILES)}
    methods.pop("/grpc.health.v1.Health/List", None)  # denied to everybody
    assert set(DECLARED["method"]) == set(methods)


def writers() -> set[str]:
    """file:function of every function in the package whose own text writes to the store."""
    found = set()
    for file in sorted((ROOT / "triage").rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if not name.startswith((*ITSELF, "triage/v1/")):
            found |= {f"{name}:{function}" for function in _writing(ast.parse(file.read_text(encoding="utf-8")), "")}
    return found


def _writing(node: ast.AST, inside: str) -> set[str]:
    found = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= _writing(child, f"{inside}.{child.name}" if inside else child.name)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str) and WRITES.search(child.value) and inside:
            found.add(inside)
        else:
            found |= _writing(child, inside)
    return found


def test_every_command_on_the_vault_is_declared() -> None:
    assert set(DECLARED["command"]) == {f"triage vault {name}" for name in vault_commands.commands}


def test_every_write_to_the_store_is_declared() -> None:
    assert writers() == set(DECLARED["write"])


@pytest.mark.parametrize("kind", ["method", "write", "command"])
def test_a_declaration_names_acts_that_exist_or_a_reason(kind: str) -> None:
    for name, declared in DECLARED[kind].items():
        assert len(declared) == 1, name
        assert set(declared.get("acts", ())) <= ACTS, name
        assert declared.get("acts") or len(declared.get("none", "").split()) >= 4, name


# --- tried -----------------------------------------------------------------------------------------------------------


class Watched(Vault):
    """A vault that looks at each transaction: whether it has changed rows without appending an entry. SQLite counts them."""

    silent: list[str]

    async def run(self, work: Callable[[Transaction], T]) -> T:
        def watched(tx: Transaction) -> T:
            before, entries = _count(tx)
            result = work(tx)
            after, then = _count(tx)
            if after > before and then == entries:
                self.silent.append(getattr(work, "__qualname__", repr(work)))
            return result

        return await super().run(watched)


def _count(tx: Transaction) -> tuple[int, int]:
    ((changes, entries),) = tx.execute("SELECT total_changes(), (SELECT count(*) FROM audit_entry)")
    return changes, entries


class House:
    """Every service that keeps something, on one watched vault, and a person of each kind."""

    def __init__(self, vault: Watched, desk: desks.Desk, port: Any) -> None:
        self.vault, self.desk, self.port = vault, desk, port
        self.line = Triage(desk, vault)
        self.seen = 0
        self.done: set[str] = set()

    async def new(self) -> list[str]:
        acts = (await self.line.acts())[self.seen :]
        self.seen += len(acts)
        return acts

    async def leaves(self, method: str, answer: Any, *acts: str) -> Any:
        """Awaits the answer; the log has grown by exactly these acts, and they are declared."""
        declared = DECLARED["method"][method]
        await self.new()
        try:
            return await answer
        finally:
            found = await self.new()
            assert found == list(acts), method
            assert set(found) <= set(declared.get("acts", ())), method
            self.done.add(method)


async def consume(stream: Any) -> None:
    async for _ in stream:
        pass


async def test_what_is_declared_is_what_happens(port, tmp_path: Path) -> None:
    clock, schemas = SettableClock(), (desks.SCHEMA, selection.SCHEMA, disclosures.SCHEMA, breakglass.SCHEMA)
    vault = Watched.open(tmp_path / "vault.db", temporary_keys(), clock=clock, schemas=schemas)
    assert isinstance(vault, Watched)
    vault.silent = []
    desk = desks.Desk(vault, MATRIX, clock)
    Authority.load_or_make(port.folder, SystemClock().now())[0].issue(Holder("nurse", JONAS), SystemClock().now())

    def register(server: grpc.aio.Server) -> None:
        contacts = {AMARA: "sip:amara@127.0.0.1", JONAS: "sip:jonas@127.0.0.1"}
        handoffs_pb2_grpc.add_HandoffsServicer_to_server(HandoffsService(desk, TriageLine(contacts=contacts)), server)
        audit_pb2_grpc.add_AuditServicer_to_server(AuditService(vault, clock, tmp_path), server)
        officer_pb2_grpc.add_OfficerServicer_to_server(OfficerService(vault, clock), server)
        officer_pb2_grpc.add_WitnessServicer_to_server(WitnessService(vault, clock, tmp_path), server)
        rehearsals = Rehearsals(clock, MATRIX.zone, enabled=True)
        drills_pb2_grpc.add_DrillsServicer_to_server(
            DrillsService(rehearsals, lambda entry: vault.run(lambda tx: tx.append(entry))), server
        )

    clock.wall = SystemClock().now()  # certificates are valid now
    async with port.serving(register):
        house = House(vault, desk, port)
        await nurses(house)
        await officers(house, tmp_path)
        async with port.as_role("drill") as channel:
            begin = drills_pb2_grpc.DrillsStub(channel).Begin(
                drills_pb2.BeginDrillRequest(caller_number="5550100"), timeout=5
            )
            await house.leaves("/triage.v1.Drills/Begin", begin, "drill.announced")
    await vault.close()
    assert vault.silent == []
    stateless = (
        "CallMedia",
        "Paging",
        "Distress",
        "health",
        "Speech",
        "Language",
        "Drills/Watch",
        "Handoffs/Beat",
        "Handoffs/Status",
    )
    assert {one for one in DECLARED["method"] if not any(word in one for word in stateless)} == house.done


async def nurses(house: House) -> None:
    base = "/triage.v1.Handoffs/"
    async with house.port.as_role("nurse") as first, house.port.channel(f"nurse-{JONAS}") as second:
        amara, jonas = handoffs_pb2_grpc.HandoffsStub(first), handoffs_pb2_grpc.HandoffsStub(second)
        watch = amara.Watch(handoffs_pb2.WatchRequest())
        await house.leaves(base + "Watch", watch.read(), "nurse.signed_in")
        handoff = await house.line.offered("call-1", Level.HUMAN)
        about = handoffs_pb2.HandoffRequest(handoff_id=handoff.handoff_id)
        await house.leaves(base + "Decline", jonas.Decline(about, timeout=20), "handoff.declined")
        await house.leaves(base + "Claim", amara.Claim(about, timeout=20), "handoff.claimed", "record.read")
        await house.leaves(base + "TakeOver", jonas.TakeOver(about, timeout=20), "handoff.taken_over", "record.read")
        await house.leaves(base + "Release", jonas.Release(about, timeout=20), "handoff.released")
        await house.leaves(base + "Claim", amara.Claim(about, timeout=20), "handoff.claimed", "record.read")
        await house.leaves(base + "Accept", amara.Accept(about, timeout=20), "handoff.accepted")
        await house.leaves(base + "Get", amara.Get(about, timeout=20), "record.read")
        await house.leaves(base + "Status", amara.Status(handoffs_pb2.StatusRequest(), timeout=20))
        await house.leaves(base + "Beat", amara.Beat(handoffs_pb2.BeatRequest(), timeout=20))
        await house.desk.caller_left(handoff.handoff_id)
        done = handoffs_pb2.CompleteRequest(handoff_id=handoff.handoff_id, disposition=next(iter(MATRIX.dispositions)))
        await house.leaves(base + "Complete", amara.Complete(done, timeout=20), "handoff.completed")
        house.done -= {base + "Status", base + "Beat"}
        watch.cancel()
        while "nurse.signed_out" not in await house.new():  # noqa: ASYNC110 - the log is what is looked at
            await asyncio.sleep(0.01)


async def officers(house: House, folder: Path) -> None:
    async with house.port.as_role("officer") as first, house.port.channel("officer-second") as second:
        office, other = officer_pb2_grpc.OfficerStub(first), officer_pb2_grpc.OfficerStub(second)
        log, witnessing = audit_pb2_grpc.AuditStub(first), officer_pb2_grpc.WitnessStub(first)
        await house.leaves("/triage.v1.Audit/Export", consume(log.Export(audit.ExportRequest())), "export.made")
        await house.leaves("/triage.v1.Audit/Verify", log.Verify(audit.VerifyRequest()), "audit.verified")
        await house.leaves("/triage.v1.Audit/Checkpoint", log.Checkpoint(audit.CheckpointRequest()))
        base = "/triage.v1.Witness/"
        witness = WitnessFolder.make(folder / "usb", "riverside.example/usb", house.vault.verifier)
        cosigning.trust(folder, witness.key)
        shown = await house.leaves(base + "Consistency", witnessing.Consistency(pb.ConsistencyRequest()))
        note = witness.see(shown.note, [], 1)
        await house.leaves(base + "Cosign", witnessing.Cosign(pb.CosignRequest(note=note)), "checkpoint.cosigned")
        assert cosigned(house.vault.verifier.open(note), []) == shown.note
        base = "/triage.v1.Officer/"
        await house.leaves(base + "Select", consume(office.Select(pb.SelectRequest(form="csv"))), "export.made")
        said = pb.Disclosure(call_id="call-1", recipient="Court", address="", description="Transcript", purpose="Order")
        await house.leaves(base + "RecordDisclosure", office.RecordDisclosure(said), "disclosure.recorded")
        asked = pb.DisclosuresRequest(call_ids=["call-1"])
        await house.leaves(base + "Disclosures", office.Disclosures(asked), "record.read", "disclosures.read")
        period = pb.SignReviewRequest(since="2026-11-01", until="2026-12-01", note="Nothing.", root_hex="ab" * 32)
        await house.leaves(base + "SignReview", office.SignReview(period), "review.signed")
        await house.leaves(base + "Reviews", office.Reviews(pb.ReviewsRequest()), "record.read")
        ask = pb.AskBreakGlassRequest(call_id="call-1", reason="complaint")
        glass = await house.leaves(base + "AskBreakGlass", office.AskBreakGlass(ask), "breakglass.asked")
        yes, read = (
            pb.DecideBreakGlassRequest(ask_id=glass.ask_id, approve=True),
            pb.ReadBreakGlassRequest(ask_id=glass.ask_id),
        )
        with pytest.raises(grpc.aio.AioRpcError):  # the refused attempt too
            await house.leaves(base + "DecideBreakGlass", office.DecideBreakGlass(yes), "breakglass.refused")
        await house.leaves(base + "DecideBreakGlass", other.DecideBreakGlass(yes), "breakglass.approved")
        await house.leaves(base + "ReadBreakGlass", office.ReadBreakGlass(read), "breakglass.read", "record.read")
        await house.leaves(
            base + "ListBreakGlass", office.ListBreakGlass(pb.ListBreakGlassRequest()), "breakglass.listed"
        )
        await house.leaves(base + "RecordCopy", office.RecordCopy(pb.RecordCopyRequest()), "vault.copied")
        tried = pb.RecordCopyRequest(drill=True, entries=4, root_hex="ab" * 32)
        await house.leaves(base + "RecordCopy", office.RecordCopy(tried), "vault.drilled")
        with pytest.raises(grpc.aio.AioRpcError):
            await house.leaves(base + "RecordCopy", office.RecordCopy(pb.RecordCopyRequest(copy_id="Rosa Diaz")))


async def test_a_watched_vault_finds_a_silent_write(tmp_path: Path) -> None:
    vault = Watched.open(tmp_path / "vault.db", temporary_keys(), clock=SystemClock(), schemas=(disclosures.SCHEMA,))
    assert isinstance(vault, Watched)
    vault.silent = []
    await vault.run(lambda tx: tx.execute("INSERT INTO disclosure (disclosure_id, caller) VALUES ('d', 'c')"))
    await vault.run(lambda tx: tx.execute("SELECT 1"))
    assert len(vault.silent) == 1
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry"))
    assert [json.loads(row[0]) for row in rows] == []
    await vault.close()
