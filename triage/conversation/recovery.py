"""After the core died: nobody who was on the line is forgotten.

The gateway has taken such callers to a human by itself. What was waiting at the desk becomes a callback (the desk's own
recovery); a call that had not been escalated gets a ticket too, since nobody knows how it ended.
"""

from __future__ import annotations

import json
from functools import partial

from triage.audit.entry import Entry
from triage.call.rules import Rules
from triage.clock import Clock
from triage.conversation import records
from triage.desk.desk import Desk
from triage.escalation.levels import Level
from triage.handoff.packet import HandoffPacket
from triage.ids import CallId, HandoffId
from triage.privacy.phi import Phi
from triage.vault.vault import Transaction, Vault


async def recover(vault: Vault, desk: Desk, rules: Rules, clock: Clock) -> int:
    """Before the first call is taken. Returns how many callbacks were made. Raises VaultError."""
    stranded = len(await desk.recover())
    for call_id, drill in await records.unfinished(vault):
        await vault.run(partial(_lost, call_id=call_id, clock=clock))
        if desk.has_call(call_id):
            continue
        number = await vault.run(partial(_number, call_id=call_id))
        hit = rules.hit("machine_failure", reason="core_restarted")
        decision = rules.decide([hit], Level.NONE)
        assert decision is not None
        packet = HandoffPacket(
            HandoffId(""), call_id, clock.now(), drill, decision.level, decision.hits, number, callback_number=number,
            route="A person: the line failed in the middle of this call. What was said is not known.",
        )  # fmt: skip
        await desk.open(decision, packet, idempotency_key=call_id, drill=drill, caller_on_line=False)
        stranded += 1
    return stranded


def _lost(tx: Transaction, call_id: CallId, clock: Clock) -> None:
    tx.execute("UPDATE call SET ended_ms = ? WHERE call_id = ?", (int(clock.now().timestamp() * 1000), call_id))
    tx.append(Entry("call.lost", records.WHO, call_id=call_id, reason="core_restarted"))


def _number(tx: Transaction, call_id: CallId) -> Phi:
    callers = tx.unseal(call_id, records.CALLER, who=records.WHO, why="recovery")
    return Phi(json.loads(callers[-1])["number"]) if callers else Phi("")
