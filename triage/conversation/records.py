"""What a call leaves in the vault: who called, what was said, what was asked for; each sealed, each with its audit entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table, Text

from triage.audit.entry import Detail, Entry
from triage.audit.log import WHOLE
from triage.call.events import Incoming
from triage.call.happenings import Returning
from triage.call.transcript import Turn
from triage.clock import Clock
from triage.escalation.levels import Level
from triage.handoff.state import HandoffState
from triage.ids import CallId
from triage.officer import selection
from triage.privacy.phi import Phi
from triage.privacy.redaction import Redactor
from triage.scope.moves import Request
from triage.vault.vault import Transaction, Vault

WHO = "core"

SCHEMA = MetaData()  # as triage/vault/migrations makes it
Table("call", SCHEMA, Column("call_id", Text, primary_key=True), Column("began_ms", WHOLE, nullable=False),
      Column("ended_ms", WHOLE), Column("drill", WHOLE, nullable=False),
      Column("level", WHOLE, nullable=False, server_default="1"), sqlite_strict=True)  # fmt: skip
Table("seen", SCHEMA, Column("call_id", Text, primary_key=True), Column("caller", Text, nullable=False),
      Column("at_ms", WHOLE, nullable=False), Index("seen_caller", "caller"), sqlite_strict=True)  # fmt: skip

RETURNS_H = 48  # a second call about the same thing within two days is more serious (distress.md); later the number is forgotten

# Kinds of sealed records.
CALLER = "caller"
TRANSCRIPT = "transcript"
CONTEXT = "context"
REQUEST = "request"


@dataclass(frozen=True, slots=True)
class CallRecords:
    """One call's writing desk. Every method is one transaction and returns once it is on the disk. Raises VaultError."""

    vault: Vault
    redactor: Redactor
    clock: Clock
    call_id: CallId

    async def begin(self, incoming: Incoming, *, drill: bool) -> Returning | None:
        """Returns what is known of an earlier call from this number. A rehearsal neither remembers nor is remembered."""
        caller = {
            "number": incoming.caller_number.reveal(),
            "dialed": incoming.dialed_number,
            "sip_call_id": incoming.sip_call_id,
        }

        def work(tx: Transaction) -> Returning | None:
            tx.execute(
                "INSERT INTO call (call_id, began_ms, drill) VALUES (?, ?, ?)",
                (self.call_id, _ms(self.clock), int(drill)),
            )
            tx.seal(self.call_id, CALLER, _json(caller))
            tx.append(Entry("call.ringing", WHO, call_id=self.call_id, details=(("drill", drill),)))
            if drill or not incoming.caller_number:
                return None
            selection.remember(tx, self.call_id, incoming.caller_number.reveal())
            return _seen_before(tx, self.call_id, incoming.caller_number, _ms(self.clock))

        return await self.vault.run(work)

    async def note(self, act: str, *, reason: str = "", details: tuple[tuple[str, Detail], ...] = ()) -> None:
        """An audit entry without a record."""
        entry = Entry(act, WHO, call_id=self.call_id, reason=reason, details=details)
        await self.vault.run(lambda tx: tx.append(entry))

    async def near_threshold(self, facts: Mapping[str, str | float | bool]) -> None:
        """What the classifier looked at and did not act on; the words themselves are in the sealed conversation."""
        details: tuple[tuple[str, Detail], ...] = (
            ("level", str(facts["level"])), ("category", str(facts["category"])), ("score", float(facts["score"])),
            ("model_version", str(facts["version"])),
        )  # fmt: skip
        await self.note("escalation.near_threshold", details=details)

    async def request(self, request: Request) -> None:
        """A structured request for the front desk."""
        facts = [
            {"kind": f.kind, "value": f.value.reveal(), "confidence": f.confidence, "confirmed": f.confirmed}
            for f in request.facts
        ]

        def work(tx: Transaction) -> None:
            tx.seal(self.call_id, REQUEST, _json({"task": request.task, "facts": facts}))
            tx.append(Entry("call.completed", WHO, call_id=self.call_id, details=(("task", request.task),)))

        await self.vault.run(work)

    async def end(self, turns: Sequence[Turn], *, level: Level, reason: str) -> None:
        """The whole conversation, sealed, and beside it the redacted context log; then the call's last entry."""
        whole = [_turn(turn, turn.text.reveal()) for turn in turns]
        call = self.redactor.for_call()
        redacted = [_turn(turn, call.redact(turn.text.reveal(), turn.who.value).text) for turn in turns]

        def work(tx: Transaction) -> None:
            tx.execute(
                "UPDATE call SET ended_ms = ?, level = ? WHERE call_id = ?", (_ms(self.clock), int(level), self.call_id)
            )
            tx.seal(self.call_id, TRANSCRIPT, _json(whole))
            tx.append(
                Entry("call.disconnected", WHO, call_id=self.call_id, reason=reason, details=(("level", level.word),))
            )
            tx.seal(self.call_id, CONTEXT, _json({"level": level.word, "end_reason": reason, "turns": redacted}))
            tx.append(Entry("context.kept", WHO, call_id=self.call_id, details=(("turns", len(turns)),)))

        await self.vault.run(work)


def _seen_before(tx: Transaction, call_id: CallId, number: Phi, now_ms: int) -> Returning | None:
    caller = tx.pseudonym(number.reveal())
    tx.execute("DELETE FROM seen WHERE at_ms < ?", (now_ms - RETURNS_H * 3_600_000,))
    rows = tx.execute(
        "SELECT handoff.level, seen.at_ms, handoff.state FROM seen JOIN handoff ON handoff.call_id = seen.call_id"
        " WHERE seen.caller = ? ORDER BY seen.at_ms",
        (caller,),
    )
    tx.execute("INSERT INTO seen (call_id, caller, at_ms) VALUES (?, ?, ?)", (call_id, caller, now_ms))
    serious = [(Level(level), at_ms, state) for level, at_ms, state in rows if level >= Level.CLINICAL]
    if not serious:
        return None
    level, at_ms, _ = max(serious)
    closed = all(state == HandoffState.COMPLETED.value for *_, state in serious)
    return Returning(level, (now_ms - at_ms) / 3_600_000, closed)


async def unfinished(vault: Vault) -> list[tuple[CallId, bool]]:
    """Calls that were up when the core last died, and whether each was a drill."""
    rows = await vault.run(lambda tx: tx.execute("SELECT call_id, drill FROM call WHERE ended_ms IS NULL"))
    return [(CallId(row[0]), bool(row[1])) for row in rows]


def _turn(turn: Turn, text: str) -> dict[str, Any]:
    return {
        "n": turn.number, "who": turn.who.value, "text": text, "start_s": round(turn.start_s, 2), "end_s": round(turn.end_s, 2),
        "confidence": round(turn.confidence, 3), "fixed": turn.fixed, "cut_off": turn.cut_off,
    }  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _ms(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)
