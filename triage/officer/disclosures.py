"""The accounting of disclosures (45 CFR 164.528; 42 CFR 2.25 for substance use disorder records).

The appliance itself makes no disclosure that must be accounted for: what it posts goes to the clinic's own records, for treatment
(compliance/decisions/0021). People do, and write it down here: date, recipient and address, description, purpose, sealed under a key
of its own, so that shredding the call does not take six years of accounting with it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, Text

from triage.audit.entry import Entry
from triage.errors import UsageError
from triage.ids import new_hex
from triage.vault.vault import Transaction

SCHEMA = MetaData()  # as triage/vault/migrations makes it
Table("disclosure", SCHEMA, Column("disclosure_id", Text, primary_key=True), Column("caller", Text), Column("call_id", Text),
      CheckConstraint("(caller IS NULL) <> (call_id IS NULL)"), Index("disclosure_caller", "caller"), Index("disclosure_call", "call_id"),
      sqlite_strict=True)  # fmt: skip

KIND = "disclosure"
YEARS, PART2_YEARS = 6, 3  # before the date of the request: 164.528(a)(1), 2.25(a)
TEXT_MAX = 500  # characters of one field


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`on`, `suspended_until`: ISO dates. Everything but `part2` may be PHI."""

    recipient: str
    address: str
    description: str
    purpose: str
    on: str
    part2: bool = False
    suspended_until: str = ""
    disclosure_id: str = ""
    recorded_by: str = ""

    def check(self, today: date) -> None:
        """Raises UsageError unless it says what 164.528(b)(2) asks for. The address may be unknown."""
        for name in ("recipient", "description", "purpose"):
            if not getattr(self, name).strip():
                raise UsageError("The accounting needs this.", advice=f"{name}: 45 CFR 164.528(b)(2)")
        if any(len(text) > TEXT_MAX for text in (self.recipient, self.address, self.description, self.purpose)):
            raise UsageError("A field of the disclosure is too long.", advice=f"At most {TEXT_MAX} characters.")
        if day(self.on, "on") > today:
            raise UsageError("A disclosure cannot be in the future.")
        if self.suspended_until:
            day(self.suspended_until, "suspended-until")


@dataclass(frozen=True, slots=True)
class Accounting:
    """What the individual is told, oldest first, and how many are suspended and left out."""

    disclosures: tuple[Disclosure, ...]
    suspended: int
    since: date
    part2_since: date


def day(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("This is not a date.", advice=f"{what}: like 2026-11-27") from None


def record(tx: Transaction, disclosure: Disclosure, *, number: str, call_id: str, who: str) -> str:
    """Seals it, with its entry; the id. Exactly one of `number` and `call_id` says whose it is."""
    if bool(number) == bool(call_id):
        raise UsageError("Say whose information it was.", advice="Either the patient's number or a call.")
    disclosure_id = f"disclosure-{new_hex()}"
    body = asdict(replace(disclosure, disclosure_id=disclosure_id, recorded_by=who))
    tx.execute(
        "INSERT INTO disclosure (disclosure_id, caller, call_id) VALUES (?, ?, ?)",
        (disclosure_id, tx.pseudonym(number) if number else None, call_id or None),
    )
    tx.seal(disclosure_id, KIND, json.dumps(body).encode())
    details = (("part2", disclosure.part2),)
    tx.append(Entry("disclosure.recorded", who, call_id=disclosure_id, subject=disclosure_id, details=details))
    return disclosure_id


def account(tx: Transaction, *, number: str, calls: Sequence[str], as_of: date, who: str) -> Accounting:
    """The accounting as of a request on this day. `calls`: those of the patient. Reading is logged, once for each disclosure."""
    since, part2_since = _before(as_of, YEARS), _before(as_of, PART2_YEARS)
    rows = (
        tx.execute("SELECT disclosure_id, call_id FROM disclosure WHERE caller = ?", (tx.pseudonym(number),))
        if number
        else []
    )
    for call_id in calls:
        rows += tx.execute("SELECT disclosure_id, call_id FROM disclosure WHERE call_id = ?", (call_id,))
    found = []
    for disclosure_id in sorted({row[0] for row in rows}):
        for payload in tx.unseal(disclosure_id, KIND, who=who, why="accounting"):
            found.append(Disclosure(**json.loads(payload)))
    due = [one for one in found if _in_period(one, since, part2_since, as_of)]
    told = [one for one in due if not one.suspended_until or day(one.suspended_until, "") <= as_of]
    details = (("count", len(told)),)
    tx.append(Entry("disclosures.read", who, details=details))
    told.sort(key=lambda one: one.on)
    return Accounting(tuple(told), len(due) - len(told), since, part2_since)


def _in_period(one: Disclosure, since: date, part2_since: date, as_of: date) -> bool:
    return (part2_since if one.part2 else since) <= day(one.on, "") <= as_of


def _before(as_of: date, years: int) -> date:
    try:
        return as_of.replace(year=as_of.year - years)
    except ValueError:  # 29 February
        return as_of.replace(year=as_of.year - years, day=28)
