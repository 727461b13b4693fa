"""`make bench`: the triage line's desk on a real vault, on this machine. Consoles are the desk's own queues, without gRPC.

python -m tests.bench.desk
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from tests.bench.report import report
from tests.desk.conftest import decision, packet, triage
from triage.clock import SystemClock
from triage.desk.presence import Console as Screen
from triage.errors import Conflict
from triage.ids import Person
from triage.telemetry import logs
from triage.testing.vault_keys import temporary_keys

CONSOLES, OFFERS, CLAIMS, OPEN, RECORDS = 200, 200, 500, 1_000, 10_000
NURSES = [Person(f"nurse{number}") for number in range(CONSOLES)]


async def offers(folder: Path) -> list[dict[str, Any]]:
    async with triage(folder, SystemClock(), None, *NURSES) as line:
        screens = [line.desk.presence.watch(nurse) for nurse in NURSES]
        waits: list[float] = []
        for number in range(OFFERS):
            began = time.perf_counter()
            arrived = [asyncio.create_task(_news(screen, began)) for screen in screens]
            await line.desk.open(decision(), packet(f"o{number}"), idempotency_key=f"o{number}")
            waits += await asyncio.gather(*arrived)
        waits.sort()
        for screen in screens:
            line.desk.presence.leave(screen)
        handoffs = [
            await line.desk.open(decision(), packet(f"c{number}"), idempotency_key=f"c{number}")
            for number in range(CLAIMS)
        ]
        began, won = time.perf_counter(), 0
        for handoff in handoffs:  # four nurses at once for each: one wins
            claims = [line.desk.claim(handoff.handoff_id, nurse) for nurse in NURSES[:4]]
            results = await asyncio.gather(*claims, return_exceptions=True)
            won += sum(not isinstance(one, Conflict) for one in results)
        claims_s = CLAIMS / (time.perf_counter() - began)
    return [
        {
            "measure": f"offer until each of {CONSOLES} consoles has it", "n": len(waits), "p50_s": round(waits[len(waits) // 2], 4),
            "p95_s": round(waits[int(0.95 * len(waits))], 4), "p99_ms": round(1000 * waits[int(0.99 * len(waits))], 1),
        },
        {"measure": "claims, four nurses at once", "n": CLAIMS, "claims_a_second": round(claims_s), "won": won},
    ]  # fmt: skip


async def _news(screen: Screen, began: float) -> float:
    await screen.news.get()
    return time.perf_counter() - began


async def restart(folder: Path) -> list[dict[str, Any]]:
    keys = temporary_keys()
    async with triage(folder, SystemClock(), keys, NURSES[0]) as line:
        began = time.perf_counter()
        for number in range(OPEN):
            await line.desk.open(decision(), packet(f"r{number}"), idempotency_key=f"r{number}")
        opened_s = time.perf_counter() - began
        for start in range(0, RECORDS - OPEN, 500):
            await line.vault.run(
                lambda tx, at=start: [tx.seal(f"x{at + n}", "packet", b"x" * 4_000) for n in range(500)]
            )
    began = time.perf_counter()
    async with triage(folder, SystemClock(), keys) as line:
        ready_s = time.perf_counter() - began
        await line.desk.recover()
        recovered_s = time.perf_counter() - began
        assert len(line.desk.worklist()) == OPEN
    return [
        {"measure": f"{OPEN} handoffs opened", "n": OPEN, "handoffs_a_second": round(OPEN / opened_s)},
        {
            "measure": f"restart with {RECORDS} records and {OPEN} open handoffs", "n": 1, "vault_s": round(ready_s, 2),
            "all_recovered_s": round(recovered_s, 2),
        },
    ]  # fmt: skip


def main() -> None:
    console = Console(highlight=False)
    click.echo("The triage line's desk: a minute")
    logs.configure("bench", io.StringIO())
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        rows = [*asyncio.run(offers(Path(one))), *asyncio.run(restart(Path(two)))]
    report(console, "desk", rows)


if __name__ == "__main__":
    main()
