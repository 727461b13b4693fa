"""Whole calls written by others, one JSON object a line (tests/journeys/scenarios/*.jsonl), played on virtual time.

Real classifier, real sentence encoder, real desk, vault and redaction; scripted telephone, ears and voice. The caller answers what the line
asks; what it asks is told by its own sentences. How a call is written down: tests/journeys/scenarios/README.md.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journeys.clinic import CONTACTS, ClinicUnderTest, clinic
from triage.conversation.records import REQUEST
from triage.escalation import matrix as matrices
from triage.escalation.levels import Level
from triage.scope import wording
from triage.scope.days.dates import parts
from triage.testing import virtual_time
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.scripted_speech import spoken
from triage.testing.virtual_time import VirtualClock

TURNS_MAX = 40
MUMBLED = 0.2  # the recogniser's confidence in what nobody could understand
PAUSE_S = 1.5
CALL_S_MAX = 500

QUESTIONS = {text: "date" if need == "appointment" else need for need, (text, _) in wording.QUESTIONS.items()} | {
    wording.IS_THAT_RIGHT: "confirm", wording.WHAT_TO_CHANGE: "change", wording.WHAT_ELSE: "anything_else",
    wording.LAST_NAME: "name", wording.FIRST_NAME: "name", wording.SAME_NUMBER: "same_number", wording.WHAT_MEANT: "clarify", wording.MOVE_OR_CANCEL: "clarify", wording.HOW_HELP: "other",
    **{matrices.fail_safe().text(key): name for key, name in (("clarify", "clarify"), ("soft_question", "soft"))},
}  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """`requests`: (task, kind -> value) as sealed for the front desk. `level`: of the handoff, NONE without one."""

    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    level: Level = Level.NONE
    said: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)


def load(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def play(folder: Path, scenario: dict[str, Any], **changes: Any) -> Outcome:
    outcome = Outcome()

    async def main(clock: VirtualClock) -> None:
        async with clinic(folder, clock, **changes) as house:
            line = ScriptedLine(numbers={uri: NurseRings() for uri in CONTACTS.values()})
            async with house.call(line, "2026-11-24T10:30:00") as task:
                await _talk(house, line, scenario, outcome, task)
                if not line.ended:
                    line.hangs_up()
            rows = await house.house.vault.run(
                lambda tx: tx.unseal(line._incoming.call_id, REQUEST, who="test", why="operations")
            )
            for row in map(json.loads, rows):
                outcome.requests.append((row["task"], {fact["kind"]: fact["value"] for fact in row["facts"]}))
            outcome.level = max((Level.parse(level) for _, level in await house.handoffs()), default=Level.NONE)
            outcome.said = house.texts()

    virtual_time.run(main)
    return outcome


async def _talk(
    house: ClinicUnderTest, line: ScriptedLine, scenario: dict[str, Any], outcome: Outcome, task: asyncio.Task[None]
) -> None:
    answers = {key: list(value) for key, value in scenario.get("answers", {}).items()}
    opening = list(scenario["open"])
    heard = 0  # sentences of the line that the caller has answered
    async with asyncio.timeout(CALL_S_MAX):
        for _ in range(TURNS_MAX):
            interrupting = bool(opening) and opening[0].startswith("!")
            while not line.ended and not (  # noqa: ASYNC110 - polls virtual time
                (len(house.texts()) > heard and not line.speaking) or (interrupting and line.speaking)
            ):
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.3)
            if line.ended or await house.handoffs():
                return
            if opening:
                said = opening.pop(0)
            else:
                said = answer(house.texts()[-1] if house.texts() else "", answers)
            heard = len(house.texts())
            outcome.turns += [f"line: {house.texts()[-1] if house.texts() else ''}", f"caller: {said}"]
            await _say(line, said)
            if said == "<hangup>":
                return


def answer(sentence: str, answers: dict[str, list[str]]) -> str:
    asked = next((name for text, name in QUESTIONS.items() if sentence.rstrip().endswith(text)), "other")
    some = answers.get(asked) or answers.get("other") or [""]
    return some.pop(0) if len(some) > 1 else some[0]


async def _say(line: ScriptedLine, said: str) -> None:
    said = said.removeprefix("!").strip()
    if said == "<hangup>":
        line.hangs_up()
    elif match := re.fullmatch(r"#([0-9*#]+)", said):
        for key in match[1]:
            line.presses(key)
            await asyncio.sleep(0.4)
    elif said == "<mumble>":
        await line.says(spoken("mm hrm the uh", confidence=MUMBLED))
        await line.is_silent(PAUSE_S)
    elif said:
        await line.says(spoken(said))
        await line.is_silent(PAUSE_S)
    else:
        await line.is_silent(9)


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def faults(scenario: dict[str, Any], outcome: Outcome, answers: dict[str, str]) -> list[str]:
    """What is not as expected, in words; none: the call went as its author wished. `answers`: the approved wording by id."""
    wanted = scenario["expect"]
    match wanted["outcome"]:
        case "nurse":
            least = Level.parse(wanted["level"]) if "level" in wanted else Level.SCOPE
            return [] if outcome.level >= least else [f"level {outcome.level.word}, at least {least.word} expected"]
        case "answered":
            wording = answers[wanted["answer"]]
            out = [] if any(wording in said for said in outcome.said) else [f"{wanted['answer']} was not answered"]
            return [*out, *_no_nurse(outcome)]
        case "request":
            return [*_request(wanted, outcome), *_no_nurse(outcome)]
    return [f"unknown outcome {wanted['outcome']}"]


def _no_nurse(outcome: Outcome) -> list[str]:
    return [f"a nurse was called ({outcome.level.word})"] if outcome.level > Level.NONE else []


def _request(wanted: dict[str, Any], outcome: Outcome) -> list[str]:
    found = [facts for task, facts in outcome.requests if task == wanted["task"]]
    if not found:
        return [f"no request {wanted['task']}, but {[task for task, _ in outcome.requests]}"]
    out = []
    for kind, value in wanted.get("facts", {}).items():
        written = found[-1].get("date" if kind == "appointment" else kind, "")
        same_day = parts(value).day is not None and parts(value) == parts(written)  # "March 9", "March the ninth"
        if not same_day and plain(value) not in plain(written):
            out.append(f"{kind}: {written!r}, {value!r} expected")
    return out
