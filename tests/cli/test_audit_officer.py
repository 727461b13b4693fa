"""The officer's commands against a running port; a witness on a medium, and the log put back."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from click.testing import CliRunner

from tests.audit.conftest import record
from triage.audit.entry import Entry
from triage.cli.audit import group
from triage.cli.keys import group as keys_group
from triage.clock import SystemClock
from triage.errors import TriageError
from triage.officer import breakglass, disclosures, selection
from triage.rpc.audit_service import AuditService
from triage.rpc.authorization import Authorization
from triage.rpc.officer_service import OfficerService
from triage.rpc.witness_service import WitnessService
from triage.v1.audit_pb2_grpc import add_AuditServicer_to_server
from triage.v1.officer_pb2_grpc import add_OfficerServicer_to_server, add_WitnessServicer_to_server
from triage.vault import keys as vault_keys
from triage.vault.vault import Transaction, Vault

SCHEMAS = (selection.SCHEMA, disclosures.SCHEMA, breakglass.SCHEMA)
PEOPLE = ("officer:compliance", "officer:second", "witness:usb-1")


class Appliance:
    """Services on a port, with keys from `triage keys init`; its disk can be put back."""

    def __init__(self, folder: Path) -> None:
        self.state, self.file = folder / "state", folder / "triage.toml"
        self.file.write_text('[storage]\nstate_dir = "state"\n')
        arguments = ["init", "--config", str(self.file), *(word for person in PEOPLE for word in ("--person", person))]
        assert CliRunner().invoke(keys_group, arguments).exit_code == 0
        self.keys = self.state / "keys"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Vault]:
        clock = SystemClock()
        vault = Vault.open(self.state / "vault.db", vault_keys.load(self.keys), clock=clock, schemas=SCHEMAS)
        server = grpc.aio.server(interceptors=[Authorization(clock)])
        add_AuditServicer_to_server(AuditService(vault, clock, self.keys), server)
        add_OfficerServicer_to_server(OfficerService(vault, clock), server)
        add_WitnessServicer_to_server(WitnessService(vault, clock, self.keys), server)
        pair = ((self.keys / "server.key").read_bytes(), (self.keys / "server.crt").read_bytes())
        credentials = grpc.ssl_server_credentials([pair], (self.keys / "ca.crt").read_bytes(), require_client_auth=True)
        port = server.add_secure_port("127.0.0.1:0", credentials)
        self.file.write_text(f'[storage]\nstate_dir = "state"\n[core]\nlisten = "127.0.0.1:{port}"\n')
        await server.start()
        try:
            yield vault
        finally:
            await server.stop(None)
            await vault.close()

    async def audit(self, *arguments: str, code: int = 0) -> str:
        """What it prints, on both streams; in a thread, since the command has an event loop of its own."""
        done = await asyncio.to_thread(CliRunner().invoke, group, arguments, env={"TRIAGE_CONFIG": str(self.file)})
        error = done.exception if isinstance(done.exception, TriageError) else None
        assert (error.exit_code if error else done.exit_code) == code, (arguments, done.output, done.exception)
        return done.output + (f"{error.message} {error.advice}" if error else "")


def call(tx: Transaction) -> None:
    selection.remember(tx, "call-rosa", "5550143")
    tx.seal("call-rosa", "transcript", b'[{"text":"my chest hurts"}]')
    tx.append(Entry("call.disconnected", "core", call_id="call-rosa"))
    tx.append(Entry("record.read", "nurse:amara.okafor", call_id="call-rosa", reason="treatment"))
    tx.append(Entry("record.posted", "core", call_id="call-rosa", reason="treatment"))


async def test_a_witness_on_a_medium_finds_the_log_put_back(tmp_path: Path) -> None:
    appliance, usb = Appliance(tmp_path), tmp_path / "usb"
    async with appliance.running() as vault:
        for number in range(3):
            await vault.run(lambda tx, n=number: record(tx, n))
        await appliance.audit("witness", str(usb), code=2)  # there is none yet
        await appliance.audit("witness", str(usb), "--name", "riverside.example/usb-1")
        said = await appliance.audit("witness", str(usb), code=1)
        assert "refused" in said  # its key was not entered
        assert "entered: riverside.example/usb-1" in await appliance.audit("trust", str(usb / "witness.pub"))
        assert "cosigned: riverside.example/usb-1: 3 entries" in await appliance.audit("witness", str(usb))
    shutil.copytree(appliance.state, tmp_path / "older")
    async with appliance.running() as vault:
        await vault.run(lambda tx: record(tx, 9))
        assert "5 entries" in await appliance.audit("witness", str(usb))
        out = tmp_path / "out"
        await appliance.audit("export", "--out", str(out))
        said = await appliance.audit("verify", str(out), "--witness", str(usb / "witness.pub"))
        assert "cosigned: riverside.example/usb-1 had seen the first 5 entries" in said
    shutil.rmtree(appliance.state)
    shutil.copytree(tmp_path / "older", appliance.state)  # database and witness file, both
    async with appliance.running() as vault:
        said = await appliance.audit("witness", str(usb), code=1)
        assert "rolled back: seen 5 entries, shown 5" in said or "rolled back: seen 5 entries, shown 4" in said
        assert len(list(usb.glob("refused-*.txt"))) == 1
        rows = await vault.run(
            lambda tx: tx.execute("SELECT leaf FROM audit_entry WHERE leaf LIKE '%log_rolled_back%'")
        )
        assert rows


async def test_forms_filters_and_an_officer_s_day(tmp_path: Path) -> None:
    appliance = Appliance(tmp_path)
    async with appliance.running() as vault:
        await vault.run(call)
        for number in range(5):
            await vault.run(lambda tx, n=number: record(tx, n))
        for form, files in (
            ("csv", {"entries.csv"}), ("balp", {"audit-events.ndjson"}), ("report", {"report.html", "report.pdf"}),
        ):  # fmt: skip
            out = tmp_path / form
            await appliance.audit("export", "--format", form, "--out", str(out), "--patient", "5550143")
            assert {file.name for file in out.iterdir()} == {*files, "checkpoint.txt"}
            assert {stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()} == {0o600}
        assert (tmp_path / "csv" / "entries.csv").read_text().count("call-rosa") == 3
        events = [json.loads(line) for line in (tmp_path / "balp" / "audit-events.ndjson").read_text().splitlines()]
        assert [event["subtype"][0]["code"] for event in events] == ["create", "read", "update"]
        assert "whole log" in await appliance.audit("export", "--out", str(tmp_path / "x"), "--user", "core", code=2)

        facts = (
            "--to",
            "District court",
            "--address",
            "1 Main Street",
            "--what",
            "=Transcript",
            "--purpose",
            "Order 12",
        )
        assert "recorded: disclosure-" in await appliance.audit("disclose", "--patient", "5550143", *facts)
        said = await appliance.audit(
            "disclosures", "--patient", "5550143", "--json", "--out", str(tmp_path / "accounting")
        )
        made = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
        assert [one["recipient"] for one in made["disclosures"]] == ["District court"]
        assert made["not_accounted"] == 1
        assert "'=Transcript" in (tmp_path / "accounting" / "accounting.csv").read_text()
        assert (tmp_path / "accounting" / "accounting.pdf").read_bytes().startswith(b"%PDF")

        said = await appliance.audit("break-glass", "ask", "call-rosa", "--reason", "complaint", "--as", "compliance")
        ask = said.split()[1]
        await appliance.audit("break-glass", "approve", ask, "--as", "compliance", code=1)
        await appliance.audit("break-glass", "approve", ask, "--as", "second")
        assert "my chest hurts" in await appliance.audit("break-glass", "read", ask, "--as", "compliance")

        said = await appliance.audit("review", "--json", "--sign", "Looked at the complaint.")
        made = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
        assert made["counts"]["break_glass"] == 4  # asked, refused once, approved, read
        assert made["counts"]["read_without_handoff"] == 1
        assert made["signed"].startswith("review-")
        last = json.loads(
            (await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq DESC LIMIT 1")))[0][0]
        )
        assert (last["act"], last["details"]["entries"]) == ("review.signed", made["entries"])
        (one,) = json.loads((await appliance.audit("reviews", "--json")).splitlines()[0])
        assert (one["note"], one["signed_by"]) == ("Looked at the complaint.", "officer:compliance")
        assert "Not signed" in await appliance.audit("review")


async def test_a_misspelt_filter_or_number_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """An empty log, or an accounting of nobody, would look like an answer."""
    appliance = Appliance(tmp_path)
    async with appliance.running() as vault:
        size = vault.checkpoint.size
        for option, value, sentence in (
            ("--since", "yesterday", "This is not a time. --since: like 2026-11-27"),
            ("--act", "record.raed", "There is no such act. Like record.read"),
            ("--patient", "rosa", "This is no telephone number."),
        ):
            out = str(tmp_path / "out")
            assert sentence in await appliance.audit("export", "--format", "csv", "--out", out, option, value, code=2)
            assert not (tmp_path / "out").exists()
        assert "no telephone number" in await appliance.audit("disclosures", "--patient", "rosa", code=2)
        arguments = ("--to", "Court", "--what", "Transcript", "--purpose", "Order")
        assert "no telephone number" in await appliance.audit("disclose", "--patient", "rosa", *arguments, code=2)
        assert vault.checkpoint.size == size
        await vault.run(call)
        said = await appliance.audit("review")
        assert "officer:compliance" not in said or "\u2026" not in said  # nothing is cut off in a file
        assert "nurse:amara.okafor" in said
    await appliance.audit("export", "--format", "csv", "--out", str(tmp_path / "out"), code=1)  # it is stopped
    assert list((tmp_path / "out").iterdir()) == []  # and the same command works once it runs
