"""The audit log at size: exported in every form over mutual TLS, and verified by both programs; each step a process of its own, so
that its peak memory is its own.

python -m tests.bench.audit [ENTRIES]
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import grpc
from click.testing import CliRunner
from rich.console import Console

from tests.bench.report import report
from tests.officer.traffic import Walking, acts
from triage.audit.verify import verify_bundle
from triage.cli.keys import group as keys_group
from triage.clock import SystemClock
from triage.officer import breakglass, disclosures, selection
from triage.rpc.audit_service import AuditService
from triage.rpc.authorization import Authorization
from triage.rpc.officer_service import OfficerService
from triage.v1.audit_pb2_grpc import add_AuditServicer_to_server
from triage.v1.officer_pb2_grpc import add_OfficerServicer_to_server
from triage.vault import keys as vault_keys
from triage.vault.vault import Transaction, Vault

ENTRIES = 1_000_000
A_COMMIT = 100  # entries; one signed checkpoint each
SCHEMAS = (selection.SCHEMA, disclosures.SCHEMA, breakglass.SCHEMA)
FORMS = ("bundle", "csv", "balp", "report")
SECOND = Path(__file__).parents[2] / "compliance" / "verify" / "verify_audit.py"


class Before(Walking):
    """In the past of this boot: what this machine's own clock writes later must not go back."""

    def monotonic(self) -> float:
        return 0.0


async def fill(folder: Path, entries: int) -> None:
    clock = Before()
    vault = Vault.open(
        folder / "state" / "vault.db", vault_keys.load(folder / "state" / "keys"), clock=clock, schemas=SCHEMAS
    )
    made = itertools.islice(acts(), entries)

    def write(tx: Transaction, batch: list[Any]) -> None:
        for pause, entry in batch:
            clock.walk(pause)
            tx.append(entry)

    while batch := list(itertools.islice(made, A_COMMIT)):
        await vault.run(lambda tx, some=batch: write(tx, some))
    await vault.close()


async def serve(folder: Path) -> None:
    """Until standard input closes; the port first, then seconds to open and peak memory."""
    keys, clock, began = folder / "state" / "keys", SystemClock(), time.perf_counter()
    vault = Vault.open(folder / "state" / "vault.db", vault_keys.load(keys), clock=clock, schemas=SCHEMAS)
    opened_s = time.perf_counter() - began
    server = grpc.aio.server(interceptors=[Authorization(clock)])
    add_AuditServicer_to_server(AuditService(vault, clock, keys), server)
    add_OfficerServicer_to_server(OfficerService(vault, clock), server)
    pair = ((keys / "server.key").read_bytes(), (keys / "server.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (keys / "ca.crt").read_bytes(), require_client_auth=True)
    print(json.dumps({"port": server.add_secure_port("127.0.0.1:0", credentials), "opened_s": opened_s}), flush=True)
    await server.start()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)
    await vault.close()
    print(json.dumps({"peak_mib": _peak()}), flush=True)


def _peak() -> int:
    """In MiB. Not getrusage, which counts what the parent had before this program was started."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) // 1024 if found else -1


def step(name: str, folder: Path) -> None:
    """One measured step in this process."""
    began = time.perf_counter()
    if name in FORMS:
        from triage.cli.audit import group

        arguments = ["export", "--format", name, "--out", str(folder / name), "--config", str(folder / "triage.toml")]
        group.main(arguments, standalone_mode=False)
    else:
        verify_bundle(folder / "bundle", vault_keys.load_verifier(folder / "state" / "keys" / vault_keys.PUBLIC_FILE))
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_mib": _peak()}), flush=True)


def _measured(command: list[str]) -> dict[str, Any]:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command[-3:])} failed: {done.stderr[-500:]}")
    last = done.stdout.splitlines()[-1]
    return dict(json.loads(last)) if last.startswith("{") else {"seconds": time.perf_counter() - began, "said": last}


@click.command()
@click.argument("entries", type=int, default=ENTRIES)
@click.option("--step", "name", hidden=True)
@click.option("--folder", type=click.Path(path_type=Path), hidden=True)
def main(entries: int, name: str | None, folder: Path | None) -> None:
    if name and folder:
        asyncio.run(serve(folder)) if name == "serve" else step(name, folder)
        return
    with tempfile.TemporaryDirectory() as made:
        _bench(Path(made), entries)


def _bench(folder: Path, entries: int) -> None:
    console = Console(highlight=False)
    configuration = folder / "triage.toml"
    configuration.write_text('[storage]\nstate_dir = "state"\n')
    CliRunner().invoke(keys_group, ["init", "--config", str(configuration)])
    began = time.perf_counter()
    asyncio.run(fill(folder, entries))
    filled_s = time.perf_counter() - began
    click.echo(f"{entries} entries written in {filled_s:.0f} s")
    itself = [sys.executable, "-m", "tests.bench.audit", "--folder", str(folder), "--step"]
    rows: list[dict[str, Any]] = [_row(f"written, {A_COMMIT} a commit", entries, filled_s)]
    with subprocess.Popen([*itself, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        ready = json.loads(server.stdout.readline())
        configuration.write_text(f'[storage]\nstate_dir = "state"\n[core]\nlisten = "127.0.0.1:{ready["port"]}"\n')
        rows.append(_row("verified at the start, every entry and checkpoint", entries, ready["opened_s"]))
        for form in FORMS:
            found = _measured([*itself, form])
            what = "exported and verified" if form == "bundle" else "exported"
            rows.append(_row(f"{what} as {form}", entries, found["seconds"], client_peak_mib=found["peak_mib"]))
            click.echo(json.dumps(rows[-1]))
        server.stdin.close()
        rows.append(
            {
                "measure": "the core's side of all of them",
                "n": entries,
                "core_peak_mib": json.loads(server.stdout.readline())["peak_mib"],
            }
        )
    found = _measured([*itself, "verify"])
    rows.append(_row("bundle verified by the package", entries, found["seconds"], peak_mib=found["peak_mib"]))
    timed = ["/usr/bin/env", sys.executable, "-I", "-c", _TIMED, str(SECOND), str(folder / "bundle")]
    found = _measured(timed)
    rows.append(_row("bundle verified by the second verifier", entries, found["seconds"], peak_mib=found["peak_mib"]))
    report(console, "audit", rows)


_TIMED = """
import json, re, runpy, sys, time
began, sys.argv = time.perf_counter(), sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as done:
    assert done.code == 0, done.code
print(json.dumps({"seconds": time.perf_counter() - began, "peak_mib": int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024}))
"""


def _row(measure: str, entries: int, seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "measure": measure,
        "n": entries,
        "entries_a_second": round(entries / seconds),
        "seconds": round(seconds, 1),
        **more,
    }


if __name__ == "__main__":
    main()
