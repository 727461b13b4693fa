"""`triage audit` against a running port, each command in a process of its own."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from click.testing import CliRunner

from triage.audit.entry import Entry
from triage.cli.audit import Receiver, group
from triage.cli.keys import group as keys_group
from triage.clock import SystemClock
from triage.errors import AuditError
from triage.rpc.audit_service import AuditService
from triage.rpc.authorization import Authorization
from triage.v1 import audit_pb2 as pb
from triage.v1.audit_pb2_grpc import add_AuditServicer_to_server
from triage.vault import keys as vault_keys
from triage.vault.vault import Vault

# What the program's own entry point does with an error, in short.
MAIN = """
import sys
from triage.cli.audit import group
from triage.errors import TriageError
try:
    group()
except TriageError as error:
    print(error.message, error.advice, file=sys.stderr)
    sys.exit(error.exit_code)
"""


async def triage_audit(configuration: Path, *arguments: str) -> tuple[int, str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIAGE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAIN, *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2]), "TRIAGE_CONFIG": str(configuration)},
    )  # fmt: skip
    said, errors = await process.communicate()
    return process.returncode or 0, said.decode(), errors.decode()


@asynccontextmanager
async def appliance(folder: Path):
    """The audit service on a port, with keys from `triage keys init`; the configuration file and the vault."""
    configuration = folder / "triage.toml"
    configuration.write_text('[storage]\nstate_dir = "state"\n')
    assert CliRunner().invoke(keys_group, ["init", "--config", str(configuration)]).exit_code == 0
    keys = folder / "state" / "keys"
    vault = Vault.open(folder / "state" / "vault.db", vault_keys.load(keys), clock=SystemClock(), schemas=())
    await vault.run(lambda tx: [tx.append(Entry("call.answered", "core", call_id=f"call-{n}")) for n in range(30)])
    server = grpc.aio.server(interceptors=[Authorization(SystemClock())])
    add_AuditServicer_to_server(AuditService(vault, SystemClock()), server)
    pair = ((keys / "server.key").read_bytes(), (keys / "server.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (keys / "ca.crt").read_bytes(), require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    configuration.write_text(f'[storage]\nstate_dir = "state"\n[core]\nlisten = "127.0.0.1:{port}"\n')
    await server.start()
    try:
        yield configuration, vault
    finally:
        await server.stop(None)
        await vault.close()


@pytest.fixture(autouse=True)
def no_state_folder_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIAGE_STATE_DIR", raising=False)


async def test_export_verify_checkpoint(tmp_path: Path) -> None:
    async with appliance(tmp_path) as (configuration, vault):
        out = tmp_path / "out"
        code, said, errors = await triage_audit(configuration, "export", "--out", str(out), "--reason", "demo")
        assert code == 0, errors
        assert said.startswith(f"whole: 31 entries exported to {out}: 31 entries lead to the signed root ")
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in out.iterdir())

        assert (await triage_audit(configuration, "verify", str(out)))[0] == 0
        code, note, _ = await triage_audit(configuration, "checkpoint")
        assert code == 0
        assert vault.verifier.open(note).size == 31
        (tmp_path / "kept.txt").write_text(note)
        code, said, _ = await triage_audit(configuration, "verify", str(out), "--after", str(tmp_path / "kept.txt"))
        assert code == 0
        await vault.run(lambda tx: tx.append(Entry("call.answered", "core")))
        newer = tmp_path / "newer.txt"
        newer.write_text((await triage_audit(configuration, "checkpoint"))[1])
        code, said, _ = await triage_audit(configuration, "verify", str(out), "--after", str(newer))
        assert code == 1
        assert said.startswith("rolled back: ")


async def test_faults_and_wrong_use(tmp_path: Path) -> None:
    async with appliance(tmp_path) as (configuration, _):
        out = tmp_path / "out"
        assert (await triage_audit(configuration, "export", "--out", str(out)))[0] == 0
        code, _, errors = await triage_audit(configuration, "export", "--out", str(out))
        assert code == 2
        assert "not empty" in errors
        code, _, errors = await triage_audit(configuration, "export", "--out", str(tmp_path / "o2"), "--as", "nobody")
        assert code == 2
        assert "certificate" in errors

        entries = out / "entries.ndjson"
        entries.write_bytes(entries.read_bytes().replace(b'"call-7"', b'"call-8"'))
        code, said, _ = await triage_audit(configuration, "verify", str(out))
        assert code == 1
        assert [line.split(":")[0] for line in said.splitlines()] == ["file changed", "altered"]
        assert (await triage_audit(configuration, "verify", str(tmp_path)))[0] == 2


async def test_a_core_that_is_not_there(tmp_path: Path) -> None:
    async with appliance(tmp_path) as (configuration, _):
        pass
    code, _, errors = await triage_audit(configuration, "checkpoint")
    assert code == 1
    assert "does not answer" in errors


def test_another_key_and_no_key(tmp_path: Path) -> None:
    async def export() -> None:
        async with appliance(tmp_path) as (configuration, _):
            assert (await triage_audit(configuration, "export", "--out", str(tmp_path / "out")))[0] == 0

    asyncio.run(export())
    other = tmp_path / "other"
    vault_keys.create(other)
    absent = ["--config", str(tmp_path / "absent.toml")]
    run = CliRunner().invoke
    result = run(group, ["verify", str(tmp_path / "out"), "--public-key", str(other / "audit-signing.pub")])
    assert result.exit_code == 1
    assert result.output.startswith("wrong key: public-key.txt: ")
    result = run(group, ["verify", str(tmp_path / "out"), *absent])
    assert result.exit_code == 0
    assert "The key came with the bundle" in result.output


@pytest.mark.parametrize("file", ["../escaped", "manifest.json", "/etc/passwd", ""])
def test_a_server_cannot_choose_what_is_written(tmp_path: Path, file: str) -> None:
    with Receiver(tmp_path) as receiver, pytest.raises(AuditError):
        receiver.take(pb.ExportPart(file=file, data=b"x"))
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_that_breaks_off(tmp_path: Path) -> None:
    with Receiver(tmp_path) as receiver:
        receiver.take(pb.ExportPart(file="entries.ndjson", data=b"x", last_of_file=True))
        with pytest.raises(AuditError, match="broke off"):
            receiver.finish()
