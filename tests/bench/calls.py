"""`make bench`: real calls against the real appliance on this machine, measured from outside.

Prints JSON lines, then a table. Nothing is asserted here: a benchmark measures, a test proves.

    python -m tests.bench.calls [--calls 10] [--at-once 1,2,4]
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil
from rich.console import Console

from tests.bench.report import report, summary
from triage import config
from triage.audio.pcm import RATE_HZ
from triage.cli.serve import Supervisor, running
from triage.config import Settings
from triage.drill import voice
from triage.drill.patient import LINE_SPEAKS_RMS
from triage.drill.run import Drill, Outcome
from triage.drill.script import Script
from triage.scope import clinic as clinics
from triage.scope.wording import wordings
from triage.speech import phrases
from triage.telephony.softphone_client import Softphone

ROUTINE = {
    "name": "bench: a question",
    "caller": {"number": "5550200"},
    "clinic": {"now": "2026-11-24T10:30:00"},
    "turn": [
        {"say": "Hello, where can I park my car?"},
        {"say": "And what are your opening hours?"},
        {"say": "No, thank you. Goodbye."},
    ],
}
ESCALATED = {
    "name": "bench: a person",
    "caller": {"number": "5550201"},
    "clinic": {"now": "2026-11-24T10:30:00"},
    "turn": [{"say": "I would like to talk to a real person, please."}],
    "nurse": {"claim_after_s": 0.5},
}
INTERRUPTION = "Sorry, I only want to know where I can park my car."
INTERRUPTS_AFTER_S = 2.0  # in the middle of the greeting
AUDIBLE = 300  # of 32,768: a voice's recording begins with silence
P95_S_MAX = 3.0  # beyond it a conversation is none any more: no more calls at once are tried
FIRST_PORT = 5200  # of the patients' telephones in calls at once


@click.command()
@click.option("--calls", default=8, show_default=True, help="Calls of each kind, one after the other.")
@click.option(
    "--at-once",
    default="1,2,3,4,5,6,8",
    show_default=True,
    help="Calls at the same time, until the 95th percentile breaks.",
)
@click.option("--config", "file", type=click.Path(path_type=Path), default="deploy/triage.toml", show_default=True)
def main(calls: int, at_once: str, file: Path) -> None:
    state = config.load(file).state_dir / "bench"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, mode=0o700)
    os.environ["TRIAGE_STATE_DIR"] = str(state)
    subprocess.run(
        [sys.executable, "-m", "triage.cli.main", "keys", "init", "--config", str(file)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    asyncio.run(bench(config.load(file), calls, [int(one) for one in at_once.split(",")]))


async def bench(settings: Settings, calls: int, at_once: Sequence[int]) -> None:
    console = Console(highlight=False)
    rows: list[dict[str, Any]] = []
    started = time.monotonic()
    async with running(settings, lambda notice: console.print(f"{notice.name} {notice.what}")) as supervisor:
        rows.append({"measure": "start until ready", "s": round(time.monotonic() - started, 1)})
        await recorded(settings)
        rows.append(
            {
                "measure": "start until every wording is recorded, once a voice",
                "s": round(time.monotonic() - started, 1),
            }
        )
        replies, parts, offers, greetings, sentences, triggered = [], [], [], [], [], []
        for number in range(calls):
            console.print(f"call {number + 1} of {calls}: a question")
            outcome = await place(settings, ROUTINE)
            replies += outcome.first_sounds_s
            greetings += [outcome.greeting_after_s] if outcome.greeting_after_s is not None else []
            parts += [e["timings_ms"] for e in outcome.events if "timings_ms" in e]
        rows.append(summary("end of words to first audio of the reply", replies))
        for part in sorted({name for timing in parts for name in timing}):
            rows.append(summary(f"  of it: {part}", [t[part] / 1000 for t in parts if part in t]))
        for number in range(calls):
            console.print(f"call {number + 1} of {calls}: a person")
            outcome = await place(settings, ESCALATED)
            offers += [outcome.offer_after_s] if outcome.offer_after_s is not None else []
            sentences += outcome.first_sounds_s[:1]
            triggered += [outcome.sentence_after_s] if outcome.sentence_after_s is not None else []
        rows.append(summary("end of words to the offer on the nurse's stream", offers))
        rows.append(summary("end of words to the fixed sentence for a person", sentences))
        rows.append(summary("trigger to the fixed sentence for a person", triggered))
        rows.append(summary("answer to the greeting's first sound", greetings))
        rows += usage(supervisor)
        rows.append(await barge_in(settings, console, calls))
        curve: list[dict[str, Any]] = []
        for count in at_once:
            console.print(f"{count} calls at once")
            outcomes = await asyncio.gather(*(place(settings, ROUTINE, number) for number in range(count)))
            sounds = [s for outcome in outcomes for s in outcome.first_sounds_s]
            curve.append({"calls": count, **summary(f"{count} calls at once: end of words to first audio", sounds)})
            if curve[-1].get("p95_s", P95_S_MAX + 1) > P95_S_MAX:
                break
    rows += curve
    draw(curve, Path("bench-results") / "calls-at-once.png")
    report(console, "calls", rows)


async def recorded(settings: Settings) -> None:
    """Until the line has recorded what it says word for word, as it does once, in idle moments after its first start."""
    language = settings.speech.language
    due = [
        part
        for text in wordings(clinics.load(settings.path(settings.storage.clinic)))
        for part in phrases.sentences(text)
    ]
    while not all(  # noqa: ASYNC110 - another process records them
        book.has(part, language) for book in [phrases.PhraseBook(settings.phrases_dir)] for part in due
    ):
        await asyncio.sleep(1)


async def place(settings: Settings, script: dict[str, Any], number: int = 0) -> Outcome:
    raw = {**script, "caller": {"number": str(int(script["caller"]["number"]) + 10 * number)}}
    drill = Drill(
        settings, Script.model_validate(raw), lambda event: None, listen=f"127.0.0.1:{FIRST_PORT + 2 * number}"
    )
    await drill.run()
    return drill.outcome


async def barge_in(settings: Settings, console: Console, calls: int) -> dict[str, Any]:
    """From the caller's first sound to the line's last, heard at the caller's end, in steps of 20 ms; of it the caller's own telephone
    waits 40 ms or more for late packets."""
    words = await asyncio.to_thread(voice.say, INTERRUPTION)
    quiet_s = float(np.argmax(np.abs(np.frombuffer(words, "<i2").astype(np.int32)) > AUDIBLE)) / RATE_HZ
    stops = []
    for number in range(calls):
        console.print(f"call {number + 1} of {calls}: interrupted in its greeting")
        async with Softphone(f"127.0.0.1:{FIRST_PORT}", user="5550290") as phone:
            await phone.dial(f"sip:clinic@{settings.gateway.sip_listen}")
            await phone.wait_for("established", timeout_s=10)
            await asyncio.sleep(INTERRUPTS_AFTER_S)
            began = time.monotonic()
            await phone.play(words)
            loud = [
                level.t
                for level in phone.levels()
                if level.rms > LINE_SPEAKS_RMS and level.t < began + len(words) / 16000
            ]
            stops.append(max(0.0, loud[-1] - began - quiet_s) if loud else 0.0)
            await phone.hang_up()
            await phone.wait_for("ended", timeout_s=10)
    return summary("barge-in: caller's first sound to the line's last", stops)


def draw(curve: Sequence[dict[str, Any]], file: Path) -> None:
    """How long a caller waits for the first sound, by calls at once."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    points = [row for row in curve if "p50_s" in row]
    figure, axes = pyplot.subplots(figsize=(7, 4.2), dpi=130)
    for key, label in (("p50_s", "median"), ("p95_s", "95th percentile")):
        axes.plot([row["calls"] for row in points], [row[key] for row in points], marker="o", label=label)
    axes.axhline(P95_S_MAX, linestyle="--", color="grey", label=f"{P95_S_MAX:g} s")
    axes.set_xlabel("calls at once")
    axes.set_ylabel("end of words to first sound, s")
    axes.set_ylim(bottom=0)
    axes.legend()
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file, bbox_inches="tight")
    pyplot.close(figure)


def usage(supervisor: Supervisor) -> list[dict[str, Any]]:
    """CPU seconds since start and resident memory of each process with its children."""
    rows = []
    for name, process in supervisor.processes.items():
        if process.pid is None:
            continue
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        cpu = sum(sum(one.cpu_times()[:2]) for one in family)
        memory = sum(one.memory_info().rss for one in family)
        rows.append({"measure": f"process {name}", "cpu_s": round(cpu, 1), "memory_mib": round(memory / 2**20)})
    return rows


if __name__ == "__main__":
    main()
