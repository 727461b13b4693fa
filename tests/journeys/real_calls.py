"""The scenarios as real calls: SIP, Whisper, Piper, the caller's answers spoken by another voice as the line asks for them.

    python -m tests.journeys.real_calls [FILE] [--every 6] [--config deploy/triage.toml]

Against a running appliance (`make serve`). Every sixth call of the file, so that nobody chose them. JSON lines and a summary.
"""

from __future__ import annotations

import asyncio
import json
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import click

from tests.journeys import scenario
from triage import config
from triage.config import Settings
from triage.drill.nurse import Nurse
from triage.drill.patient import Patient
from triage.drill.run import Drill
from triage.drill.script import Script, Turn
from triage.errors import EngineFailed
from triage.escalation.levels import Level
from triage.scope import clinic as clinics
from triage.scope.days.dates import birth

FILE = Path(__file__).parent / "scenarios" / "blind-c.jsonl"
TURNS_MAX = 30
ANSWER_S_MAX = 10.0
CALL_S_MAX = 240.0
READ_BACK = "I have understood"
SOUNDS_ALIKE = 0.7


class RealCall(Drill):
    """A caller who answers what the line asks, until the goodbye or a human."""

    def __init__(self, settings: Settings, call: dict[str, Any], number: str) -> None:
        raw = {"name": call["name"], "caller": {"number": number}, "clinic": {"now": "2026-11-24T10:30:00"}}
        super().__init__(settings, Script.model_validate(raw | {"nurse": {}}), lambda event: None)
        self._scenario = call
        self.turns: list[str] = []

    @property
    def said(self) -> list[str]:
        return [str(event.get("text", "")) for event in self.outcome.events if event["event"] == "said"]

    async def _call(self, patient: Patient, nurse: Nurse | None) -> None:
        await patient.phone.dial(f"sip:clinic@{self._settings.gateway.sip_listen}")
        try:
            answered = await patient.phone.wait_for("established", timeout_s=ANSWER_S_MAX)
        except EngineFailed:
            return
        self.outcome.answered_at = float(answered["t"])
        opening = list(self._scenario["open"])
        answers = {key: list(value) for key, value in self._scenario.get("answers", {}).items()}
        until = time.monotonic() + CALL_S_MAX
        for _ in range(TURNS_MAX):
            if not (opening and opening[0].startswith("!")):
                await patient.line_stopped()
            if patient.gone or self.outcome.has("stored") or time.monotonic() > until:
                break
            asked = self.said[-1] if self.said else ""
            words = opening.pop(0) if opening else scenario.answer(asked, answers)
            self.turns += [f"line: {asked}", f"caller: {words}"]
            await patient.take(_turn(words))
            if words == "<hangup>":
                break
            await asyncio.sleep(1.5)
        await asyncio.sleep(1.0)
        self.outcome.ended_by_line = patient.gone
        await patient.hang_up()

    def faults(self, answers: dict[str, str]) -> list[str]:
        """As scenario.faults, from what was said on the line: what was read back and confirmed is what was written down."""
        if not self.outcome.answered_at:
            return ["the call was not answered"]
        wanted, level = self._scenario["expect"], Level.parse(self.outcome.level)
        if wanted["outcome"] == "nurse":
            least = Level.parse(wanted["level"]) if "level" in wanted else Level.SCOPE
            return [] if level >= least else [f"level {level.word}, at least {least.word} expected"]
        out = [f"a nurse was called ({level.word})"] if level > Level.NONE else []
        if wanted["outcome"] == "answered":
            return out if any(answers[wanted["answer"]] in text for text in self.said) else [*out, "not answered"]
        back = [text for text in self.said if text.startswith(READ_BACK)]
        if not back or not any("written down" in text for text in self.said):
            return [*out, "nothing was written down"]
        return out + [
            f"{kind} is not {value!r}" for kind, value in wanted.get("facts", {}).items() if not _in(value, back[-1])
        ]


def _in(value: str, read_back: str) -> bool:
    day = birth(value)
    return scenario.plain(value) in scenario.plain(read_back) or (
        day is not None and f"{day:%B} {day.day}, {day.year}" in read_back
    )


def _only_spelling(fault: str, call: dict[str, Any], real: RealCall) -> bool:
    """A name that sounds like the one meant, as a stranger would write it down."""
    if not fault.startswith("name is not"):
        return False
    back = next(text for text in reversed(real.said) if text.startswith(READ_BACK))
    heard = back.partition("your name is ")[2].partition(", your ")[0]
    return SequenceMatcher(None, heard.lower(), call["expect"]["facts"]["name"].lower()).ratio() >= SOUNDS_ALIKE


def _turn(words: str) -> Turn:
    interrupt, words = words.startswith("!"), words.removeprefix("!").strip()
    if words == "<hangup>":
        return Turn(hang_up=True)
    if words.startswith("#"):
        return Turn(dtmf=words[1:])
    if not words:
        return Turn(silence_s=9)
    return Turn(say="mm hrm the uh" if words == "<mumble>" else words, interrupt=interrupt)


async def place(settings: Settings, call: dict[str, Any], number: str) -> tuple[RealCall, list[str]]:
    real = RealCall(settings, call, number)
    await real.run()
    answers = {one.id: one.wording for one in clinics.load(settings.path(settings.storage.clinic)).answer}
    return real, real.faults(answers)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option("--every", default=6, show_default=True)
@click.option(
    "--config", "configuration", type=click.Path(path_type=Path), default="deploy/triage.toml", show_default=True
)
def main(file: Path, every: int, configuration: Path) -> None:
    settings = config.load(configuration)
    calls = scenario.load(file)[::every]
    passed = spelling = 0
    for number, call in enumerate(calls):
        real, faults = asyncio.run(place(settings, call, f"55503{number:02}"))
        passed += not faults
        spelling += bool(faults) and all(_only_spelling(fault, call, real) for fault in faults)
        talk = [
            f"{event['event']}: {event.get('text', '')} {event.get('trigger', '')}".strip()
            for event in real.outcome.events
            if event["event"] in ("said", "level") or (event["event"] == "heard" and event.get("final"))
        ]
        click.echo(json.dumps({"call": call["name"], "faults": faults, "level": real.outcome.level, "talk": talk}))
    click.echo(
        f"{passed} of {len(calls)} calls went as their author wished, {spelling} more but for the spelling of a name"
    )


if __name__ == "__main__":
    main()
