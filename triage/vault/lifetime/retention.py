"""What has been kept for as long as the clinic's policy says goes: [retention] in the configuration, years by kind of record.

A kind whose years are over is erased (its ciphertext overwritten); once all kinds of a call are, its data key is shredded, which
reaches every copy of the records. A kind that the policy does not name is kept for good. Nothing under a legal hold goes, and no
audit entry ever does: 45 CFR 164.316(b)(2)(i) wants six years, and the log is only whole with its beginning.

Destroying is not undone, so a clock that jumped may not do it: the core applies the policy by itself only when the last time is
less than PAUSE_MAX ago, or when nothing is due. Otherwise an officer does (`triage vault retention --apply`), who sees the list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from triage.audit.entry import Entry
from triage.clock import Clock
from triage.config import Retention
from triage.errors import NotAllowed, TriageError
from triage.telemetry import logs
from triage.vault.lifetime import tables
from triage.vault.vault import Transaction, Vault

CORE: Final = "core"
WHY: Final = "retention"
YEAR: Final = timedelta(days=366)  # never a day early
PAGE_CALLS: Final = 20  # of one transaction, so that calls go on in between
EVERY_S: Final = 24 * 3600.0
PAUSE_MAX: Final = timedelta(days=31)

log = logs.get("core")


@dataclass(frozen=True, slots=True)
class Due:
    """What the policy says of one call now: `kinds` are to be erased, or with `whole` the call is to be shredded."""

    call_id: str
    kinds: tuple[str, ...]
    whole: bool
    held: bool


async def due(vault: Vault, policy: Retention, now: datetime) -> list[Due]:
    """Everything that is due, by call id."""
    found: list[Due] = []
    if policy.years:
        before, after = now - min(policy.years.values()) * YEAR, ""
        while page := await vault.run(partial(_calls, before=before, after=after)):
            found += await vault.run(partial(_judge, page=page, years=policy.years, now=now))
            after = page[-1]
    return found


async def apply(vault: Vault, clock: Clock, found: Sequence[Due], *, who: str) -> None:
    """Shreds and erases what `due` found, and writes how much into the log. What a hold was placed on meanwhile stays."""
    shredded = erased = 0
    for at in range(0, len(found), PAGE_CALLS):
        done = await vault.run(partial(_go, page=found[at : at + PAGE_CALLS], who=who))
        shredded, erased = shredded + done[0], erased + done[1]
    held = sum(one.held for one in found)
    await vault.run(partial(_applied, who=who, counts=(shredded, erased, held), now=clock.now()))


async def daily(vault: Vault, clock: Clock, policy: Retention) -> None:
    """The core's own: at once, then every day, until cancelled. Nothing without a policy."""
    while policy.years:
        try:
            await once(vault, clock, policy)
        except TriageError as error:
            log.error("retention_failed", fault=type(error).__name__)
        await asyncio.sleep(EVERY_S)


async def once(vault: Vault, clock: Clock, policy: Retention) -> None:
    """Raises NotAllowed, with an alarm in the log, when an officer must look first."""
    now = clock.now()
    found = await due(vault, policy, now)
    last = await vault.run(lambda tx: tables.applied_at(tx.execute))
    paused = last is None or not timedelta(0) <= now - last <= PAUSE_MAX
    if paused and any(not one.held for one in found):
        details = (("cause", "retention_paused"), ("count", len(found)))
        await vault.run(lambda tx: tx.append(Entry("alarm.raised", CORE, outcome="failure", details=details)))
        raise NotAllowed("Retention was not applied for long: an officer looks first.", advice="triage vault retention")
    await apply(vault, clock, found, who=CORE)


def _calls(tx: Transaction, before: datetime, after: str) -> list[str]:
    return tables.calls_from_before(tx.execute, before, after, PAGE_CALLS)


def _judge(tx: Transaction, page: Sequence[str], years: Mapping[str, float], now: datetime) -> list[Due]:
    found = []
    for call_id in page:
        newest = tables.newest_by_kind(tx.execute, call_id)
        over = tuple(
            sorted(kind for kind, made in newest.items() if kind in years and made + years[kind] * YEAR <= now)
        )
        if over:
            whole = len(over) == len(newest)
            found.append(Due(call_id, over, whole, tables.is_held(tx.execute, call_id)))
    return found


def _go(tx: Transaction, page: Sequence[Due], who: str) -> tuple[int, int]:
    shredded = erased = 0
    for one in page:
        if tables.is_held(tx.execute, one.call_id) or not tables.has_data_key(tx.execute, one.call_id):
            continue
        if one.whole:
            tx.shred(one.call_id, who=who, why=WHY)
            shredded += 1
        else:
            erased += sum(tx.erase(one.call_id, kind, who=who, why=WHY) for kind in one.kinds)
    return shredded, erased


def _applied(tx: Transaction, who: str, counts: tuple[int, int, int], now: datetime) -> None:
    tables.set_applied(tx.execute, now)
    details = tuple(zip(("count", "erased", "held"), counts, strict=True))
    tx.append(Entry("retention.applied", who, details=details))
