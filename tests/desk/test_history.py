"""The line's figures as the audit log tells them: answered, hung up, rung back; rehearsals left out."""

from __future__ import annotations

from pathlib import Path

from tests.desk.conftest import AMARA, Triage, triage
from triage.desk import history
from triage.escalation.levels import Level
from triage.testing import virtual_time
from triage.testing.vault_keys import temporary_keys
from triage.testing.virtual_time import VirtualClock


def lived(folder: Path, scene) -> None:
    async def main(clock: VirtualClock) -> None:
        async with triage(folder, clock, temporary_keys(), AMARA) as line:
            await scene(line, clock)

    virtual_time.run(main)


def test_answered_hung_up_and_rung_back(tmp_path: Path) -> None:
    async def scene(line: Triage, clock: VirtualClock) -> None:
        import asyncio

        answered = await line.offered("call-1")
        await asyncio.sleep(10)
        await line.desk.claim(answered.handoff_id, AMARA)
        await line.desk.joined(answered.handoff_id)
        await asyncio.sleep(60)
        await line.desk.caller_left(answered.handoff_id)
        await line.desk.complete(answered.handoff_id, AMARA, "advice_given", True)
        left = await line.offered("call-2", Level.CLINICAL)
        await asyncio.sleep(5)
        await line.desk.caller_left(left.handoff_id)
        await line.desk.claim(left.handoff_id, AMARA)
        rehearsed = await line.offered("call-3", drill=True)
        found = await line.desk.figures(3600)
        assert rehearsed.drill
        assert found.offered == 2
        assert (found.within.hits, found.within.total) == (1, 2)
        assert (found.abandoned.hits, found.abandoned.total) == (1, 2)
        assert found.answer_s is not None
        assert round(found.answer_s) == 10
        assert (found.callbacks_due, found.callbacks_overdue) == (0, 0), "a nurse has it"
        past = await line.vault.run(lambda tx: history.past(tx, since_ms=0))
        assert [one.level for one in past] == [Level.DANGER, Level.CLINICAL]

    lived(tmp_path, scene)
