"""`python -m tests.privacy.leaking_calls FOLDER [--leak]`: whole calls full of identifiers, in a process of their own whose every
output can be looked through. Each call ends in another way: handled, escalated, or failing at some step.

Real classifier, desk, vault, audit log, redaction, logs and public port; scripted telephone and engines. `--leak` lets
identifiers out on purpose: the control that shows that the search finds what is there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.journeys import scenario
from tests.journeys.clinic import AMARA, CONTACTS, JONAS, ClinicUnderTest, clinic, recorded, redactor, says
from tests.privacy.canaries import CANARIES, NUMBER
from tests.rpc.appliance import appliance
from triage.call.events import HangUp
from triage.clock import Clock, SystemClock
from triage.conversation import records
from triage.desk.change import Change
from triage.errors import TriageError
from triage.rpc.channel import channel_as
from triage.telemetry import logs
from triage.testing import virtual_time
from triage.testing.scripted_language import Says, ScriptedModel
from triage.testing.scripted_line import NurseRings, ScriptedLine
from triage.testing.scripted_speech import spoken
from triage.testing.vault_keys import temporary_keys
from triage.testing.virtual_time import VirtualClock
from triage.v1 import audit_pb2, audit_pb2_grpc, handoffs_pb2, handoffs_pb2_grpc
from triage.vault.keys import VaultKeys

CHEST = "I have a terrible pain in my chest"
WAIT_S_MAX = 300  # of virtual time

Scene = Callable[[ClinicUnderTest, ScriptedLine], Awaitable[None]]


class Breaking:
    """Stands for a part that fails with the caller's own words in the exception, as a parser or a library does."""

    def __init__(self, real: Any, method: str) -> None:
        self._real, self._method = real, method

    def __getattr__(self, name: str) -> Any:
        return self._break if name == self._method else getattr(self._real, name)

    def _break(self, *given: object, **named: object) -> Any:
        raise ValueError(f"cannot take {given!r} {named!r}", *given)


async def tells_everything(line: ScriptedLine, until: int = len(CANARIES)) -> None:
    for canary in CANARIES[:until]:
        if line.ended:
            return
        await says(line, canary.said)


async def offered(house: ClinicUnderTest, line: ScriptedLine) -> Change:
    call_id = line._incoming.call_id
    async with asyncio.timeout(WAIT_S_MAX):
        while not (mine := [one for one in house.desk.worklist() if one.handoff.call_id == call_id]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return mine[0]


BOOKING: dict[str, Any] = {
    "open": ["I would like to book an appointment"],
    "answers": {
        "name": ["Quillonde Vashtree"], "date_of_birth": ["oh three fourteen forty seven"], "date": ["next Tuesday"],
        "callback_number": ["nine one seven five five five oh one six seven"], "confirm": ["yes"],
        "anything_else": ["no that's all, goodbye"], "other": [CANARIES[10].said, CANARIES[7].said, "<hangup>"],
    },
}  # fmt: skip


async def handled(folder: Path, keys: VaultKeys, clock: VirtualClock, number: int) -> None:
    """A request for the front desk, taken down and confirmed; a drill, whose timeline is sent out."""
    async with clinic(folder, clock, keys=keys, nurses=(AMARA, JONAS), model=TALKATIVE) as house:
        line = ScriptedLine(call_id=f"{number:032x}")
        async with house.call(line, "2026-11-24T10:30:00") as task:
            await scenario._talk(house, line, BOOKING, scenario.Outcome(), task)
            if not line.ended:
                line.hangs_up()


async def escalated(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line, 3)
    await says(line, CHEST)
    handoff_id = (await offered(house, line)).handoff.handoff_id
    await house.desk.claim(handoff_id, AMARA)
    await house.desk.release(handoff_id, AMARA, "busy")
    await house.desk.claim(handoff_id, JONAS)
    await tells_everything(line)
    await asyncio.sleep(20)
    line.hangs_up()
    await asyncio.sleep(2)
    await house.desk.complete(handoff_id, JONAS, "advice_given", True)


async def nobody_comes(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line)
    await says(line, CHEST)
    await line.until_asked(HangUp, timeout_s=WAIT_S_MAX)


async def hangs_up_in_mid_word(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line)
    talking = asyncio.create_task(line.says(spoken(f"{CHEST} and my name is Quillonde Vashtree")))
    await asyncio.sleep(2)
    talking.cancel()
    line.hangs_up()


async def vault_closes(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line, 8)
    await house.house.vault.close()
    await tells_everything(line)
    line.presses("0")
    await asyncio.sleep(30)
    line.hangs_up()


async def keys_unplugged(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line)
    house.house.vault._keys.kek.unplugged = True  # type: ignore[attr-defined]  # the scripted security module
    await says(line, CHEST)
    await asyncio.sleep(30)
    line.hangs_up()
    await asyncio.sleep(5)
    house.house.vault._keys.kek.unplugged = False  # type: ignore[attr-defined]


async def hearing_dies(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line, 9)
    house.ears.kill()
    await tells_everything(line)
    await asyncio.sleep(10)
    line.hangs_up()


async def voice_dies(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line, 5)
    house.voice.kill()
    await tells_everything(line)
    await asyncio.sleep(10)
    line.hangs_up()


async def language_dies(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line, 12)
    house.house.engines.gone("language")
    await tells_everything(line)
    line.hangs_up()


async def gateway_dies(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line)
    line.gateway_dies()


async def goes_on_talking(house: ClinicUnderTest, line: ScriptedLine) -> None:
    await tells_everything(line)
    await says(line, CHEST)
    await asyncio.sleep(20)
    line.hangs_up()


def busy() -> dict[str, NurseRings]:
    return {uri: NurseRings(sip_status=486) for uri in CONTACTS.values()}


async def nurse_is_busy(house: ClinicUnderTest, line: ScriptedLine) -> None:
    line._numbers.update(busy())
    await tells_everything(line)
    await says(line, CHEST)
    await house.desk.claim((await offered(house, line)).handoff.handoff_id, AMARA)
    await asyncio.sleep(40)
    line.hangs_up()


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        escalated, nobody_comes, hangs_up_in_mid_word, vault_closes, keys_unplugged, hearing_dies, voice_dies,
        language_dies, gateway_dies, nurse_is_busy,
    )
}  # fmt: skip
# A part of the house that breaks with the caller's words, while the caller goes on talking.
BROKEN = {
    "classifier": "classify",
    "intents": "classify",
    "redactor": "for_call",
    "model": "generate",
    "phrases": "pcm",
}
TALKATIVE = ScriptedModel(otherwise=Says("Quillonde Vashtree born March 14th 1947 has pain in the chest."))


def changes_for(scene: str, house: Any) -> dict[str, Any]:
    part = scene.removeprefix("broken_")
    return {part: Breaking(getattr(house, part), BROKEN[part])} if part in BROKEN else {"model": TALKATIVE}


async def one_call(folder: Path, keys: VaultKeys, clock: VirtualClock, name: str, number: int) -> None:
    changes: dict[str, Any] = {"model": TALKATIVE}
    if name.startswith("broken_"):
        async with clinic(folder, clock, keys=keys, nurses=()) as sound:
            changes = changes_for(name, sound.house)
    if name == "handled":
        await handled(folder, keys, clock, number)
        return
    scene = SCENES.get(name, goes_on_talking)
    nurses = () if name == "nobody_comes" else (AMARA, JONAS)
    async with clinic(folder, clock, keys=keys, nurses=nurses, **changes) as house:
        line = ScriptedLine(
            caller_number=NUMBER, call_id=f"{number:032x}", numbers={uri: NurseRings() for uri in CONTACTS.values()}
        )
        task = asyncio.create_task(house.door.take(line))
        await asyncio.sleep(12)
        try:
            async with asyncio.timeout(WAIT_S_MAX * 2):
                await scene(house, line)
                await task
        except (TriageError, TimeoutError) as error:
            print(f"{name}: {type(error).__name__}")  # how the scene itself ended; no text
        task.cancel()


@dataclass(frozen=True, slots=True)
class Later:
    """A real clock whose monotonic time goes on where the virtual one ended: the audit log does not forgive one that runs backwards."""

    began: float
    virtual_s: float

    def monotonic(self) -> float:
        return self.virtual_s + time.monotonic() - self.began

    def now(self) -> datetime:
        return SystemClock().now()


async def export(folder: Path, keys: VaultKeys, out: Path, clock: Clock) -> None:
    """What an officer gets over the port: audit bundle and figures. And every table as it is behind the database's encryption."""
    async with appliance(folder, keys=keys, clock=clock) as served:
        async with channel_as(served.settings, "officer", "compliance") as channel:  # type: ignore[arg-type]
            status = await handoffs_pb2_grpc.HandoffsStub(channel).Status(handoffs_pb2.StatusRequest(window_s=86_400))
            (out / "status.txt").write_text(str(status))
            async for part in audit_pb2_grpc.AuditStub(channel).Export(audit_pb2.ExportRequest(reason="leak_test")):
                with (out / part.file).open("ab") as stream:
                    stream.write(part.data)
        vault = served.house.house.vault
        names = await vault.run(lambda tx: tx.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
        with (out / "tables.bin").open("wb") as stream:
            for (name,) in names:
                for row in await vault.run(lambda tx, name=name: tx.execute(f"SELECT * FROM {name}")):  # type: ignore[misc]
                    for cell in row:
                        stream.write(cell if isinstance(cell, bytes) else str(cell).encode())
                        stream.write(b"\n")


async def sealed(folder: Path, keys: VaultKeys, clock: Clock, calls: int) -> dict[str, int]:
    """How many transcripts open, and how many identifiers stand in them: that the calls were what they should be."""
    counts = {"transcripts": 0, "identifiers": 0, "requests": 0}
    async with clinic(folder, clock, keys=keys, nurses=()) as house:
        for number in range(1, calls + 1):
            try:
                rows = await house.house.vault.run(
                    lambda tx, n=number: tx.unseal(f"{n:032x}", records.TRANSCRIPT, who="test", why="operations")  # type: ignore[misc]
                )
            except TriageError:
                continue
            text = b"".join(rows).decode()
            requests = await house.house.vault.run(
                lambda tx, n=number: tx.unseal(f"{n:032x}", records.REQUEST, who="test", why="operations")  # type: ignore[misc]
            )
            counts["requests"] += len(requests)
            counts["transcripts"] += bool(rows)
            counts["identifiers"] += sum(canary.said.lower() in text.lower() for canary in CANARIES)
    return counts


async def leak(folder: Path, keys: VaultKeys, clock: Clock) -> None:
    """One identifier at each place, on purpose."""
    said = CANARIES[2].said
    print(said)
    logging.StreamHandler(sys.stderr).emit(logging.LogRecord("library", 40, "", 0, said, (), None))
    (folder / "cache").write_bytes(CANARIES[6].value.encode("utf-16-le"))
    (folder / CANARIES[7].value).write_bytes(b"")
    async with clinic(folder, clock, keys=keys, nurses=()) as house:
        number = "INSERT INTO seen (call_id, caller, at_ms) VALUES ('x', ?, 0)"
        await house.house.vault.run(lambda tx: tx.execute(number, (NUMBER,)))


def main() -> None:
    folder, leaking = Path(sys.argv[1]), "--leak" in sys.argv
    logs.configure("core", sys.stderr)
    redactor()
    keys = temporary_keys()
    names = ["handled"] if leaking else ["handled", *SCENES, *(f"broken_{part}" for part in BROKEN)]
    state, out = folder / "state", folder / "export"
    for one in (state, out):
        one.mkdir()
    fresh: set[Path] = set()
    virtual_s = 0.0

    async def calls(clock: VirtualClock) -> None:
        nonlocal fresh, virtual_s
        shutil.copytree(recorded().name, state / "phrases")
        rendered = set((state / "phrases").iterdir())
        for number, name in enumerate(names, 1):
            await one_call(state, keys, clock, name, number)
        fresh = set((state / "phrases").iterdir()) - rendered
        virtual_s = clock.monotonic()

    virtual_time.run(calls)
    later = Later(time.monotonic(), virtual_s)
    if leaking:
        asyncio.run(leak(state, keys, later))
    asyncio.run(export(state, keys, out, later))
    counts = asyncio.run(sealed(state, keys, later, len(names)))
    print(
        json.dumps(
            {"calls": len(names), **counts, "sentences_rendered_in_calls": len(fresh), "lost_log_lines": logs.lost()}
        )
    )


if __name__ == "__main__":
    main()
