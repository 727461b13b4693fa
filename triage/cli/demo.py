"""`triage demo`: the whole appliance on this machine, and four real calls through it.

A fresh state folder, keys of its own, every process for real; then each scene is a drill: a softphone as the patient, a
softphone as the nurse, each its own process with its own SIP stack. At the end the audit log is exported and verified twice,
by the appliance's own code and by a second program that shares none of it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from triage import config
from triage.cli.serve import Notice, running
from triage.config import Settings
from triage.drill import script as scripts
from triage.drill.run import Drill
from triage.drill.timeline import as_text
from triage.errors import EngineFailed, UsageError
from triage.handoff.conversion import packet_from_proto
from triage.rpc.channel import channel_as, people
from triage.v1 import handoffs_pb2, handoffs_pb2_grpc

SCENES = ("1-routine", "2-chest-pain", "3-person", "4-after-hours")
PACKET_OF = "2-chest-pain"  # the packet shown in full

# What the exported audit log must hold of a scene's call, in this order.
ROUTE = {
    "1-routine": ("call.ringing", "call.answered", "call.disconnected"),
    "2-chest-pain": ("call.ringing", "handoff.offered", "handoff.claimed", "handoff.accepted", "handoff.completed"),
    "3-person": ("call.ringing", "handoff.offered", "handoff.claimed", "handoff.accepted", "handoff.completed"),
    "4-after-hours": ("call.ringing", "handoff.callback", "call.disconnected"),
}


@click.command()
@click.option(
    "--config",
    "configuration",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
@click.option("--keep", is_flag=True, help="Keep the demo's state folder.")
@click.pass_context
def demo(context: click.Context, configuration: Path, keep: bool) -> None:
    """Four real calls, from the first ring to a verified audit log. Exit 0 only if every step really happened."""
    state = config.load(configuration).state_dir / "demo"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, mode=0o700)
    os.environ["TRIAGE_STATE_DIR"] = str(state)
    settings = config.load(configuration)
    console = Console(highlight=False)
    failures = asyncio.run(_demo(settings, configuration, console))
    if not keep:
        shutil.rmtree(state / "export", ignore_errors=True)
    for failure in failures:
        console.print(f"[bold red]FAILED[/]  {failure}")
    console.print(
        "[bold green]Every step really happened.[/]" if not failures else f"[bold red]{len(failures)} failed.[/]"
    )
    context.exit(1 if failures else 0)


async def _demo(settings: Settings, configuration: Path, console: Console) -> list[str]:
    _step(console, "Keys: a development authority, certificates, the vault's keys")
    _run(["keys", "init"], configuration, quiet=True)
    _step(
        console, "The appliance: language model and speech first (a minute or two), then the core, then the telephone"
    )
    started = time.monotonic()

    def report(notice: Notice) -> None:
        console.print(f"{time.monotonic() - started:7.1f} s  {notice.name:<9} {notice.what} {notice.detail}".rstrip())

    failures: list[str] = []
    async with running(settings, report):
        calls: dict[str, str] = {}
        for scene in SCENES:
            failures += await _scene(settings, scene, console, calls)
        _step(console, "The audit log: exported by the compliance officer")
        export = settings.state_dir / "export"
        if _run(["audit", "export", "--out", str(export), "--reason", "demo"], configuration) != 0:
            return [*failures, "the audit log could not be exported"]
    failures += _verified(export, configuration, console, calls)
    return failures


async def _scene(settings: Settings, scene: str, console: Console, calls: dict[str, str]) -> list[str]:
    script = scripts.load(settings.path(Path("drills")) / f"{scene}.toml")
    _step(console, f"Scene {scene[0]}: {script.name}")
    drill = Drill(settings, script, as_text(console))
    try:
        failures = await drill.run()
    except (UsageError, EngineFailed) as error:
        return [f"{scene}: {error.message} {error.advice}"]
    outcome = drill.outcome
    calls[scene] = outcome.call_id
    if scene == PACKET_OF and outcome.handoff_id:
        console.print(
            Panel(await _packet(settings, outcome.handoff_id), title="What the nurse read before she picked up")
        )
    if outcome.offer_after_s is not None:
        console.print(f"           from the caller's last word to the offer: {outcome.offer_after_s:.2f} s")
    return [f"{scene}: {failure}" for failure in failures]


async def _packet(settings: Settings, handoff_id: str) -> str:
    """The stored packet, read back from the vault by the nurse's own right."""
    async with channel_as(settings, "nurse", people(settings, "nurse")[0]) as channel:
        stub = handoffs_pb2_grpc.HandoffsStub(channel)
        handoff = await stub.Get(handoffs_pb2.HandoffRequest(handoff_id=handoff_id), timeout=10)
    return packet_from_proto(handoff.packet).as_text()


def _verified(export: Path, configuration: Path, console: Console, calls: dict[str, str]) -> list[str]:
    failures = []
    _step(console, "Verified by `triage audit verify`")
    if _run(["audit", "verify", str(export)], configuration) != 0:
        failures.append("the export does not verify")
    _step(console, "Verified again by the second program (standard library only)")
    second = Path(__file__).resolve().parents[2] / "compliance" / "verify" / "verify_audit.py"
    if subprocess.run([sys.executable, "-I", str(second), str(export)], check=False).returncode != 0:
        failures.append("the second verifier refuses the export")
    acts = _acts(export)
    table = Table("scene", "what the audit log says of the call")
    for scene, call_id in calls.items():
        mine = [act for call, act in acts if call == call_id]
        table.add_row(scene, " → ".join(mine))
        if not _contains(mine, ROUTE[scene]):
            failures.append(f"{scene}: the audit log does not hold {', '.join(ROUTE[scene])} in this order")
    console.print(table)
    return failures


def _acts(export: Path) -> list[tuple[str, str]]:
    import json

    entries = (json.loads(line) for line in (export / "entries.ndjson").read_text(encoding="utf-8").splitlines())
    return [(entry.get("call", ""), entry["act"]) for entry in entries]


def _contains(acts: list[str], wanted: tuple[str, ...]) -> bool:
    rest = iter(acts)
    return all(act in rest for act in wanted)


def _run(arguments: list[str], configuration: Path, *, quiet: bool = False) -> int:
    command = [sys.executable, "-m", "triage.cli.main", *arguments]
    environment = {**os.environ, "TRIAGE_CONFIG": str(configuration)}
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, env=environment, check=False, stdout=output).returncode


def _step(console: Console, words: str) -> None:
    console.print(f"\n[bold]● {words}[/]")
