"""What a benchmark prints: JSON lines, then a table."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table


def summary(measure: str, seconds: Sequence[float]) -> dict[str, Any]:
    if not seconds:
        return {"measure": measure, "n": 0}
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {
        "measure": measure,
        "n": len(ordered),
        "p50_s": round(statistics.median(ordered), 3),
        "p95_s": round(p95, 3),
    }


def report(console: Console, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """To the screen and to bench-results/NAME-TIME.jsonl."""
    folder = Path("bench-results")
    folder.mkdir(exist_ok=True)
    lines = [json.dumps(row) for row in rows]
    (folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for line in lines:
        click.echo(line)
    table = Table("measure", "n", "p50 s", "p95 s", "other")
    for row in rows:
        other = {k: v for k, v in row.items() if k not in ("measure", "n", "p50_s", "p95_s")}
        table.add_row(
            row["measure"], str(row.get("n", "")), str(row.get("p50_s", "")), str(row.get("p95_s", "")),
            " ".join(f"{k} {v}" for k, v in other.items()),
        )  # fmt: skip
    console.print(table)
