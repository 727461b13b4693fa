"""Legal holds, retention, and the certificate of deletion, which a stranger verifies twice."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.config import Retention
from triage.errors import AuditError, IntegrityError, NotAllowed, NotFound, UsageError, VaultError
from triage.testing.vault_keys import temporary_keys
from triage.vault.keys import VaultKeys
from triage.vault.lifetime import certificate, holds, retention, tables
from triage.vault.lifetime.certificate import StoredEntries
from triage.vault.vault import Transaction, Vault

VERIFIER = Path(__file__).parents[2] / "compliance" / "verify" / "verify_deletion.py"
BEGAN = datetime(2026, 11, 27, 12, tzinfo=UTC)
YEAR = timedelta(days=366)
OFFICER = "officer:mira.roth"
POLICY = Retention(years={"packet": 6, "transcript": 2})


class SettableClock(SystemClock):
    def __init__(self) -> None:
        self.wall = BEGAN

    def now(self) -> datetime:
        return self.wall


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def vault(file: Path, keys: VaultKeys, clock: SettableClock):
    opened = Vault.open(file, keys, clock=clock, schemas=())
    yield opened
    await opened.close()


def fill(*call_ids: str, kinds: tuple[str, ...] = ("packet", "transcript")) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        for call_id in call_ids:
            for kind in kinds:
                tx.seal(call_id, kind, f"{kind} of {call_id}".encode())

    return work


async def read(vault: Vault, call_id: str, kind: str) -> list[bytes]:
    return await vault.run(lambda tx: tx.unseal(call_id, kind, who="nurse:n", why="treatment"))


async def entries(vault: Vault, act: str) -> list[dict[str, Any]]:
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    return [entry for row in rows if (entry := json.loads(row[0]))["act"] == act]


async def said(vault: Vault, act: str) -> None:
    """Waits for the entry; the vault's queue is in order, so each look lets the other task go on."""
    async with asyncio.timeout(30):
        while not await entries(vault, act):
            pass


# --- legal holds ------------------------------------------------------------------------------------------------------------


async def test_under_a_hold_nothing_goes_until_the_last_is_released(vault: Vault) -> None:
    await vault.run(fill("call-1", "call-2"))

    def place(why: str) -> Callable[[Transaction], tables.Hold]:
        return lambda tx: holds.place(tx, "call-1", who=OFFICER, why=why, now=BEGAN)

    first, second = await vault.run(place("litigation")), await vault.run(place("subpoena:2026-17"))
    assert [hold.hold_id for hold in await vault.run(lambda tx: tables.holds(tx.execute))] == sorted(
        [first.hold_id, second.hold_id]
    )
    for hold in (first, second):
        with pytest.raises(NotAllowed, match="legal hold") as refusal:
            await vault.run(lambda tx: tx.shred("call-1", who=OFFICER, why="patient_request"))
        assert hold.hold_id in refusal.value.advice
        with pytest.raises(NotAllowed):
            await vault.run(lambda tx: tx.erase("call-1", "packet", who=OFFICER, why="patient_request"))
        assert await read(vault, "call-1", "packet") == [b"packet of call-1"]
        released = await vault.run(
            lambda tx, one=hold.hold_id: holds.release(tx, one, who=OFFICER, why="settled", now=BEGAN)
        )
        assert released == "call-1"
    await vault.run(lambda tx: tx.shred("call-2", who=OFFICER, why="patient_request"))  # another call never was held
    await vault.run(lambda tx: tx.shred("call-1", who=OFFICER, why="patient_request"))
    placed = await entries(vault, "hold.placed")
    assert [(one["call"], one["who"], one["reason"], one["subject"]) for one in placed] == [
        ("call-1", OFFICER, "litigation", first.hold_id),
        ("call-1", OFFICER, "subpoena:2026-17", second.hold_id),
    ]
    assert [one["subject"] for one in await entries(vault, "hold.released")] == [first.hold_id, second.hold_id]


async def test_a_hold_needs_a_call_and_a_reason_of_one_word(vault: Vault) -> None:
    await vault.run(fill("call-1"))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: holds.place(tx, "call-9", who=OFFICER, why="litigation", now=BEGAN))
    for why in ("Mrs Miller sues", "", "x"):
        with pytest.raises(UsageError, match="one word"):
            await vault.run(lambda tx, w=why: holds.place(tx, "call-1", who=OFFICER, why=w, now=BEGAN))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: holds.release(tx, "hold-0", who=OFFICER, why="settled", now=BEGAN))
    hold = await vault.run(lambda tx: holds.place(tx, "call-1", who=OFFICER, why="litigation", now=BEGAN))
    with pytest.raises(UsageError):  # and the hold stands, since nothing is done without its entry
        await vault.run(lambda tx: holds.release(tx, hold.hold_id, who=OFFICER, why="it is over", now=BEGAN))
    assert len(await vault.run(lambda tx: tables.holds(tx.execute))) == 1
    await vault.run(lambda tx: holds.release(tx, hold.hold_id, who=OFFICER, why="settled", now=BEGAN))
    with pytest.raises(NotFound):
        await vault.run(lambda tx: holds.release(tx, hold.hold_id, who=OFFICER, why="settled", now=BEGAN))


# --- retention --------------------------------------------------------------------------------------------------------------


async def test_each_kind_goes_when_its_years_are_over_and_then_the_call(vault: Vault, clock: SettableClock) -> None:
    await vault.run(fill("call-1"))
    await vault.run(lambda tx: holds.place(tx, "call-1", who=OFFICER, why="litigation", now=BEGAN))
    await vault.run(fill("call-2"))
    await vault.run(fill("call-3", kinds=("packet", "odd")))  # the policy does not name this kind: kept for good
    await retention.once(vault, clock, POLICY)
    assert await retention.due(vault, POLICY, BEGAN + 2 * YEAR - timedelta(seconds=1)) == []

    clock.wall = BEGAN + 2 * YEAR
    found = await retention.due(vault, POLICY, clock.now())
    assert [(one.call_id, one.kinds, one.whole, one.held) for one in found] == [
        ("call-1", ("transcript",), False, True),
        ("call-2", ("transcript",), False, False),
    ]
    await retention.apply(vault, clock, found, who=OFFICER)
    assert await read(vault, "call-1", "transcript") == [b"transcript of call-1"]
    with pytest.raises(NotFound, match="retention has ended"):
        await read(vault, "call-2", "transcript")
    assert await read(vault, "call-2", "packet") == [b"packet of call-2"]
    assert (await vault.faults())[1] == ()  # the erased record's hash is still there

    clock.wall = BEGAN + 6 * YEAR
    await retention.apply(vault, clock, await retention.due(vault, POLICY, clock.now()), who=OFFICER)
    with pytest.raises(NotFound):
        await read(vault, "call-2", "packet")
    assert await read(vault, "call-1", "packet") == [b"packet of call-1"]
    with pytest.raises(NotFound):
        await read(vault, "call-3", "packet")
    assert await read(vault, "call-3", "odd") == [b"odd of call-3"]
    assert (await vault.faults())[1] == ()
    (erased, other) = await entries(vault, "record.erased")
    assert (erased["call"], erased["who"], erased["details"]) == (
        "call-2",
        OFFICER,
        {"kind": "transcript", "count": 1},
    )
    assert other["call"] == "call-3"
    assert [one["call"] for one in await entries(vault, "record.shredded")] == ["call-2"]
    assert [one["details"] for one in await entries(vault, "retention.applied")] == [
        {"count": 0, "erased": 0, "held": 0},
        {"count": 0, "erased": 1, "held": 1},
        {"count": 1, "erased": 1, "held": 1},
    ]


async def test_erased_ciphertext_leaves_the_file(vault: Vault, file: Path, clock: SettableClock) -> None:
    await vault.run(fill("call-1"))
    await vault.run(lambda tx: tx.erase("call-1", "transcript", who=OFFICER, why="retention"))
    rows = await vault.run(lambda tx: tx.execute("SELECT kind, length(sealed) FROM vault_record ORDER BY number"))
    assert rows[1] == ("transcript", 0)
    assert rows[0][1] > 0
    assert file.with_name("vault.db-wal").stat().st_size == 0  # nor does the write-ahead log keep the page from before


async def test_the_core_applies_it_daily_but_no_clock_that_jumped_does(vault: Vault, clock: SettableClock) -> None:
    await vault.run(fill("call-1"))
    clock.wall = BEGAN + timedelta(days=30)
    await retention.once(vault, clock, POLICY)  # nothing was due: from now on it is applied daily
    clock.wall = BEGAN + 20 * YEAR  # a dead battery, a wrong time server
    with pytest.raises(NotAllowed, match="officer looks first"):
        await retention.once(vault, clock, POLICY)
    assert await read(vault, "call-1", "packet") == [b"packet of call-1"]
    (alarm,) = await entries(vault, "alarm.raised")
    assert alarm["details"] == {"cause": "retention_paused", "count": 1}
    await retention.apply(vault, clock, await retention.due(vault, POLICY, clock.now()), who=OFFICER)
    with pytest.raises(NotFound):
        await read(vault, "call-1", "packet")
    clock.wall += timedelta(days=1)
    await retention.once(vault, clock, POLICY)


async def test_the_core_s_task_applies_it_at_its_start_and_survives_a_failure(
    vault: Vault, clock: SettableClock
) -> None:
    task = asyncio.create_task(retention.daily(vault, clock, POLICY))
    await said(vault, "retention.applied")
    task.cancel()
    await vault.run(fill("call-1"))
    clock.wall = BEGAN + 20 * YEAR  # refused, as above: an error that must not end the core
    task = asyncio.create_task(retention.daily(vault, clock, POLICY))
    await said(vault, "alarm.raised")
    assert not task.done()
    task.cancel()


async def test_without_a_policy_nothing_goes(vault: Vault, clock: SettableClock) -> None:
    await vault.run(fill("call-1"))
    clock.wall = BEGAN + 100 * YEAR
    assert await retention.due(vault, Retention(), clock.now()) == []
    await retention.daily(vault, clock, Retention())
    assert await entries(vault, "retention.applied") == []


async def test_a_hold_placed_after_the_list_was_made_still_holds(vault: Vault, clock: SettableClock) -> None:
    await vault.run(fill("call-1"))
    found = await retention.due(vault, POLICY, BEGAN + 6 * YEAR)
    await vault.run(lambda tx: holds.place(tx, "call-1", who=OFFICER, why="litigation", now=BEGAN))
    await retention.apply(vault, clock, found, who=OFFICER)
    assert await read(vault, "call-1", "packet") == [b"packet of call-1"]


async def test_many_calls_are_gone_in_pages(vault: Vault, clock: SettableClock) -> None:
    calls = [f"call-{number:03}" for number in range(retention.PAGE_CALLS * 2 + 3)]
    await vault.run(fill(*calls))
    found = await retention.due(vault, POLICY, BEGAN + 6 * YEAR)
    assert [one.call_id for one in found] == calls
    await retention.apply(vault, clock, found, who=OFFICER)
    assert len(await entries(vault, "record.shredded")) == len(calls)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit_entry WHERE seq = 0",
        "UPDATE audit_entry SET leaf = x'00' WHERE seq = 0",
        "INSERT OR REPLACE INTO audit_entry (seq, leaf) VALUES (0, x'00')",
        "REPLACE INTO audit_entry (seq, leaf) VALUES (0, x'00')",
        "INSERT INTO audit_entry (seq, leaf) VALUES (0, x'00') ON CONFLICT (seq) DO UPDATE SET leaf = excluded.leaf",
    ],
)
async def test_no_audit_entry_goes_by_any_way(vault: Vault, clock: SettableClock, sql: str) -> None:
    """45 CFR 164.316(b)(2)(i): six years. Ours stay for good: not by a statement, a shredding, a policy, or after 100 years."""
    await vault.run(fill("call-1"))
    before = await vault.run(lambda tx: tx.execute("SELECT seq, leaf FROM audit_entry ORDER BY seq"))
    with pytest.raises(VaultError):
        await vault.run(lambda tx: tx.execute(sql))
    clock.wall = BEGAN + 100 * YEAR
    policy = Retention(years=dict.fromkeys(("packet", "transcript", "audit_entry", "record.sealed"), 0.1))
    await retention.apply(vault, clock, await retention.due(vault, policy, clock.now()), who=OFFICER)
    after = await vault.run(lambda tx: tx.execute("SELECT seq, leaf FROM audit_entry ORDER BY seq"))
    assert after[: len(before)] == before
    assert (await vault.faults())[1] == ()


# --- the certificate of deletion --------------------------------------------------------------------------------------------


async def shredded(vault: Vault, entries_after: int = 3) -> certificate.Certificate:
    await vault.run(fill("call-1", "call-2"))
    await vault.run(fill("call-1", kinds=("context",)))
    await vault.run(lambda tx: tx.shred("call-1", who=OFFICER, why="patient_request"))
    for _ in range(entries_after):
        await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
    return await certificate.make(StoredEntries(vault), vault.checkpoint, vault.verifier, "call-1")


def second_opinion(folder: Path, text: str, key: str | None = None) -> tuple[int, str]:
    (folder / "certificate.json").write_text(text)
    option = []
    if key is not None:
        (folder / "log.pub").write_text(key + "\n")
        option = ["--public-key", str(folder / "log.pub")]
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-S", str(VERIFIER), str(folder / "certificate.json"), *option], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


async def test_an_outsider_verifies_it_with_the_public_key(vault: Vault, tmp_path: Path) -> None:
    made = await shredded(vault)
    text, key = made.json(), vault.verifier
    assert certificate.parse(text, key) == made
    assert [(one.number, one.kind) for one in made.sealed] == [(1, "packet"), (2, "transcript"), (5, "context")]
    rows = await vault.run(
        lambda tx: tx.execute("SELECT sha256 FROM vault_record WHERE call_id = 'call-1' ORDER BY number")
    )
    assert [one.sha256 for one in made.sealed] == [bytes(row[0]).hex() for row in rows]
    code, said = second_opinion(tmp_path, text, key.text())
    assert (code, said) == (
        0,
        "true: 3 records of call-1, 2026-11-27T12:00:00.000000Z, officer:mira.roth, patient_request\n",
    )
    printed = made.text()
    for word in ("call-1", OFFICER, "patient_request", "2026-11-27", made.sealed[0].sha256, key.name):
        assert word in printed


async def test_it_can_be_made_again_and_after_a_restart(file: Path, keys: VaultKeys, clock: SettableClock) -> None:
    vault = Vault.open(file, keys, clock=clock, schemas=())
    first = await shredded(vault)
    await vault.close()
    vault = Vault.open(file, keys, clock=clock, schemas=())
    await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
    again = await certificate.make(StoredEntries(vault), vault.checkpoint, vault.verifier, "call-1")
    assert (again.number, again.line, again.sealed) == (first.number, first.line, first.sealed)
    assert again.checkpoint.size == first.checkpoint.size + 1
    with pytest.raises(NotFound, match="not shredded"):
        await certificate.make(StoredEntries(vault), vault.checkpoint, vault.verifier, "call-2")
    await vault.close()


def _drop_record(raw: dict[str, Any]) -> None:
    raw["records"].pop()


def _other_hash(raw: dict[str, Any]) -> None:
    raw["records"][0][2] = "00" * 32


def _other_call(raw: dict[str, Any]) -> None:
    raw["call"] = "call-2"


def _other_person(raw: dict[str, Any]) -> None:
    raw["entry"]["line"] = raw["entry"]["line"].replace("mira.roth", "jane.doe")


def _other_place(raw: dict[str, Any]) -> None:
    raw["entry"]["number"] -= 1


def _shorter_path(raw: dict[str, Any]) -> None:
    raw["path"].pop()


def _larger_log(raw: dict[str, Any]) -> None:
    lines = raw["checkpoint"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    raw["checkpoint"] = "\n".join(lines)


@pytest.mark.parametrize(
    "forge", [_drop_record, _other_hash, _other_call, _other_person, _other_place, _shorter_path, _larger_log]
)
async def test_a_forged_one_is_found_by_both(
    vault: Vault, tmp_path: Path, forge: Callable[[dict[str, Any]], None]
) -> None:
    raw = json.loads((await shredded(vault)).json())
    forge(raw)
    with pytest.raises((IntegrityError, AuditError)):
        certificate.parse(json.dumps(raw), vault.verifier)
    assert second_opinion(tmp_path, json.dumps(raw), vault.verifier.text())[0] == 1


async def test_one_of_another_entry_is_found_by_both(vault: Vault, tmp_path: Path) -> None:
    """An entry that is really in the log, and shreds nothing."""
    made = await shredded(vault)
    line = (await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry WHERE seq = 0")))[0][0]
    forged = certificate.Certificate("call-1", 0, bytes(line), made.sealed, (), made.checkpoint, made.public_key)
    raw = json.loads(forged.json())
    raw["entry"]["line"] = made.line.decode()
    for text in (forged.json(), json.dumps(raw)):
        with pytest.raises((IntegrityError, UsageError)):
            certificate.parse(text, vault.verifier)
        assert second_opinion(tmp_path, text, vault.verifier.text())[0] in (1, 2)


async def test_another_key_is_found_by_both(vault: Vault, tmp_path: Path) -> None:
    text, other = (await shredded(vault)).json(), temporary_keys().signer.verifier
    with pytest.raises(IntegrityError, match="another appliance"):
        certificate.parse(text, other)
    code, said = second_opinion(tmp_path, text, other.text())
    assert code == 1
    assert "wrong key" in said
    code, said = second_opinion(tmp_path, text)  # without a key from elsewhere it says so
    assert code == 0
    assert "got another way" in said


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"certificate": 1}', "[" * 100_000])
def test_what_is_none_is_refused_by_both(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="no certificate"):
        certificate.parse(text)
    assert second_opinion(tmp_path, text)[0] == 2
