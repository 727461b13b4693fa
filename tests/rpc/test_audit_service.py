from __future__ import annotations

import json
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from triage.audit.entry import Entry
from triage.audit.verify import verify_bundle
from triage.clock import SystemClock
from triage.rpc.audit_service import PART_BYTES_MAX, AuditService
from triage.testing.vault_keys import temporary_keys
from triage.v1 import audit_pb2 as pb
from triage.v1.audit_pb2_grpc import AuditStub, add_AuditServicer_to_server
from triage.vault.vault import Transaction, Vault


def escalate(tx: Transaction) -> None:
    tx.seal("call-1", "packet", b"chest pain")
    tx.append(Entry("escalation.recorded", "core", call_id="call-1"))


@asynccontextmanager
async def officer(port, folder: Path):
    """A vault with 1,200 entries behind the service, and an officer's stub."""
    vault = Vault.open(folder / "vault.db", temporary_keys(), clock=SystemClock(), schemas=())
    await vault.run(lambda tx: [escalate(tx) for _ in range(1_200)])
    service = AuditService(vault, SystemClock())
    async with (
        port.serving(lambda server: add_AuditServicer_to_server(service, server)),
        port.as_role("officer") as channel,
    ):
        yield vault, AuditStub(channel)
    await vault.close()


async def receive(stub: AuditStub, folder: Path, reason: str = "") -> list[pb.ExportPart]:
    folder.mkdir()
    parts = []
    async for part in stub.Export(pb.ExportRequest(reason=reason)):
        parts.append(part)
        with (folder / part.file).open("ab") as stream:
            stream.write(part.data)
    return parts


async def test_an_export_is_whole_and_names_itself(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        parts = await receive(stub, tmp_path / "one", "quarterly_review")
        assert verify_bundle(tmp_path / "one", vault.verifier).checkpoint.size == 1_201
        last = json.loads((tmp_path / "one" / "entries.ndjson").read_text().splitlines()[-1])
        assert (last["act"], last["who"], last["reason"]) == ("export.made", "officer:compliance", "quarterly_review")
        assert [part.file for part in parts if part.last_of_file] == [
            "entries.ndjson", "history.txt", "checkpoint.txt", "proofs.json", "export.tlog-proof", "cosigned.txt",
            "witnesses.txt", "public-key.txt", "README.txt", "manifest.json",
        ]  # fmt: skip
        assert max(len(part.data) for part in parts) <= PART_BYTES_MAX
        assert parts[-1].entries_done == parts[-1].entries_total == 1_201

        await receive(stub, tmp_path / "two")
        kept = (tmp_path / "one" / "checkpoint.txt").read_text()
        assert verify_bundle(tmp_path / "two", vault.verifier, (kept,)).checkpoint.size == 1_202
        proofs = json.loads((tmp_path / "two" / "proofs.json").read_text())
        assert (proofs["consistency"]["from"], proofs["consistency"]["to"]) == (1_201, 1_202)


async def test_a_reason_in_words_is_sealed(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        await receive(stub, tmp_path / "out", "complaint of a patient on Monday")
        content = (tmp_path / "out" / "entries.ndjson").read_text()
        assert "complaint" not in content
        last = json.loads(content.splitlines()[-1])
        assert last["reason"] == "sealed"
        ((_, kind, _),) = last["records"]
        assert kind == "export.reason"
        sealed = await vault.run(lambda tx: tx.unseal(last["call"], kind, who="officer:o", why="review"))
        assert sealed == [b"complaint of a patient on Monday"]


async def test_calls_that_go_on_during_an_export_do_not_spoil_it(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        folder = tmp_path / "out"
        folder.mkdir()
        async for part in stub.Export(pb.ExportRequest()):
            await vault.run(escalate)
            with (folder / part.file).open("ab") as stream:
                stream.write(part.data)
        assert verify_bundle(folder, vault.verifier).checkpoint.size == 1_201
        assert vault.checkpoint.size > 1_201


async def test_nothing_is_sent_when_the_log_cannot_be_written(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        await vault.run(
            lambda tx: tx.execute(
                "CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await receive(stub, tmp_path / "out")
        assert list((tmp_path / "out").iterdir()) == []
        assert refusal.value.code() is grpc.StatusCode.INTERNAL
        assert vault.checkpoint.size == 1_200


async def test_a_reason_too_long(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (_, stub):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await receive(stub, tmp_path / "out", "x" * 501)
        assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_verify_says_what_is_wrong_and_is_logged(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        answer = await stub.Verify(pb.VerifyRequest())
        assert (answer.size, list(answer.faults)) == (1_200, [])
        assert len(answer.root_hex) == 64
        await vault.run(lambda tx: tx.execute("DELETE FROM vault_record WHERE number = 7"))
        answer = await stub.Verify(pb.VerifyRequest())
        assert list(answer.faults) == ["record: entry 6: a sealed record that it names is missing or was changed"]
        rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq DESC LIMIT 2"))
        assert [(e["act"], e["outcome"]) for e in (json.loads(row[0]) for row in rows)] == [
            ("audit.verified", "failure"),
            ("audit.verified", "success"),
        ]


async def test_the_checkpoint_is_the_newest(port, tmp_path: Path) -> None:
    async with officer(port, tmp_path) as (vault, stub):
        answer = await stub.Checkpoint(pb.CheckpointRequest())
        assert vault.verifier.open(answer.note).size == 1_200


@pytest.mark.parametrize("role", ["gateway", "nurse", "witness", "drill", "health"])
async def test_nobody_but_an_officer(port, tmp_path: Path, role: str) -> None:
    async with officer(port, tmp_path) as (vault, _), port.as_role(role) as channel:
        stub = AuditStub(channel)
        for call in (stub.Verify(pb.VerifyRequest()), stub.Checkpoint(pb.CheckpointRequest())):
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await call
            assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await receive(stub, tmp_path / "out")
        assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
        assert list((tmp_path / "out").iterdir()) == []
        assert vault.checkpoint.size == 1_200
