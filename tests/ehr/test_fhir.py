"""Handoffs as FHIR R4: valid by an independent library, whole, and posted until they arrive, to a real HTTP server."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from tests.desk.conftest import AMARA, MATRIX, QUOTE, SettableClock, decision, packet
from tests.ports import free_port
from triage import config
from triage.call.events import Incoming
from triage.cli.keys import group as keys_group
from triage.clock import SystemClock
from triage.config import Ehr
from triage.conversation.records import CallRecords
from triage.desk import desk as desks
from triage.ehr.post import Poster
from triage.escalation.levels import Level
from triage.handoff.callback import Callback
from triage.handoff.fhir import bundle
from triage.handoff.handoff import Handoff
from triage.handoff.packet import Entity
from triage.handoff.state import HandoffState
from triage.ids import CallId, HandoffId
from triage.privacy.phi import Phi
from triage.testing.vault_keys import temporary_keys
from triage.vault.providers import choice
from triage.vault.vault import Vault

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
HEX = "0123456789abcdef0123456789abcdef"
LEVELS = [level for level in Level if level is not Level.NONE]


@settings_of(deadline=None)  # the first examples import
@given(
    st.sampled_from(list(HandoffState)), st.sampled_from(LEVELS), st.text(max_size=200), st.booleans(), st.booleans(), st.booleans()
)  # fmt: skip
def test_every_state_and_level_is_valid_fhir(
    state: HandoffState, level: Level, said: str, with_packet: bool, promised: bool, held: bool
) -> None:
    handoff = Handoff(
        HandoffId(HEX), CallId("call-1"), state, level, 1_764_000_000_000, claimed_by=AMARA if held else None,
        callback=Callback(NOW + timedelta(hours=1), "11 AM today") if promised else None,
    )  # fmt: skip
    sent = replace(packet(level=level), entities=(Entity("complaint", Phi(said), 1, 0.5),)) if with_packet else None
    made = bundle(handoff, sent, now=NOW, disposition="Advice given")
    Bundle.model_validate(json.loads(json.dumps(made)))
    kinds = [entry["resource"]["resourceType"] for entry in made["entry"]]
    assert kinds == ["Task", "Communication", *(["Flag"] if level >= Level.CRISIS else [])]
    assert len({entry["resource"]["id"] for entry in made["entry"]}) == len(kinds)


def test_it_carries_what_a_nurse_needs_and_no_assessment() -> None:
    handoff = Handoff(HandoffId(HEX), CallId("call-1"), HandoffState.OFFERED, Level.DANGER, 1_764_000_000_000)
    made = bundle(handoff, packet(), now=NOW)
    task, communication, flag = (entry["resource"] for entry in made["entry"])
    assert (task["priority"], task["status"], flag["status"]) == ("stat", "requested", "active")
    assert QUOTE in communication["payload"][0]["contentString"]
    assert "No assessment by the line." in communication["payload"][0]["contentString"]
    assert "not assessed" in flag["code"]["text"]


@dataclass
class Records:
    """A records system on loopback: answers `status`, keeps what it was sent."""

    status: int = 200
    bodies: list[dict] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def records() -> Iterator[Records]:
    kept = Records()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if kept.status < 300:
                kept.bodies.append(body)
                kept.tokens.append(self.headers.get("Authorization", ""))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept.url = f"http://127.0.0.1:{server.server_port}/fhir"
        yield kept
        server.shutdown()


async def _opened(vault: Vault, clock: SettableClock, **changes: object) -> tuple[desks.Desk, Handoff]:
    desk = desks.Desk(vault, MATRIX, clock, posts=True)
    await desk.sign_in(AMARA)
    return desk, await desk.open(decision(), packet(), idempotency_key="call-1", **changes)  # type: ignore[arg-type]


async def test_it_is_posted_until_it_arrives_and_again_when_it_changes(tmp_path: Path, records: Records) -> None:
    clock = SettableClock()
    (tmp_path / "token").write_text("s3cret\n")
    vault = Vault.open(tmp_path / "vault.db", temporary_keys(), clock=clock, schemas=(desks.SCHEMA,))
    try:
        desk, handoff = await _opened(vault, clock)
        poster = Poster(Ehr(url=records.url, token_file=Path("token")), vault, clock, desk.dispositions, tmp_path)
        async with httpx.AsyncClient(trust_env=False) as client:
            records.status = 503
            for _ in range(6):
                assert await poster.look(client) == 0
                clock.forward(400)
            rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry"))
            assert sum(b"ehr_unreachable" in row[0] for row in rows) == 1
            records.status = 201
            assert await poster.look(client) == 1
            rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry"))
            assert sum(b"record.posted" in row[0] for row in rows) == 1  # with its arrival, not before
            assert await poster.look(client) == 0
            await desk.claim(handoff.handoff_id, AMARA)
            assert await poster.look(client) == 1
        first, second = (body["entry"][0]["resource"] for body in records.bodies)
        assert (first["status"], second["status"], second["owner"]["display"]) == ("requested", "accepted", AMARA)
        assert first["id"] == second["id"]
        assert set(records.tokens) == {"Bearer s3cret"}
    finally:
        await vault.close()


async def test_a_rehearsal_is_not_posted_and_nothing_leaves_the_network(tmp_path: Path, records: Records) -> None:
    clock = SettableClock()
    vault = Vault.open(tmp_path / "vault.db", temporary_keys(), clock=clock, schemas=(desks.SCHEMA,))
    try:
        desk, _ = await _opened(vault, clock, drill=True)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert await Poster(Ehr(url=records.url), vault, clock, desk.dispositions, tmp_path).look(client) == 0
            assert records.bodies == []
            await vault.run(lambda tx: desks.store.outbox(tx, desk.worklist()[0].handoff))
            outside = Poster(Ehr(url="http://8.8.8.8/fhir"), vault, clock, desk.dispositions, tmp_path)
            assert await outside.look(client) == 0
    finally:
        await vault.close()


async def test_what_can_never_be_posted_leaves_the_outbox_with_an_alarm(tmp_path: Path, records: Records) -> None:
    """A call shredded while the records system was away, and one that makes no valid bundle; the next one is posted all the same."""
    clock = SettableClock()
    vault = Vault.open(tmp_path / "vault.db", temporary_keys(), clock=clock, schemas=(desks.SCHEMA,))
    try:
        desk, handoff = await _opened(vault, clock)
        poster = Poster(Ehr(url=records.url), vault, clock, desk.dispositions, tmp_path)
        async with httpx.AsyncClient(trust_env=False) as client:
            records.status = 503
            assert await poster.look(client) == 0
            await vault.run(lambda tx: tx.shred(handoff.call_id, who="officer:o", why="patient_request"))
            records.status = 201
            clock.forward(400)
            assert await poster.look(client) == 0
            assert await _outbox(vault) == 0
            assert (await _alarms(vault))[-1] == (handoff.handoff_id, "ehr_record_gone")
            odd = (await desk.open(decision(), packet("call-2"), idempotency_key="call-2")).handoff_id
            for statement in (
                "UPDATE handoff SET handoff_id = ?, body = replace(body, ?, ?) WHERE handoff_id = ?",
                "UPDATE outbox SET handoff_id = ? WHERE ? <> ? AND handoff_id = ?",
            ):
                values = ("no_id_in_fhir", odd, "no_id_in_fhir", odd)
                await vault.run(lambda tx, one=statement, v=values: tx.execute(one, v))
            await desk.open(decision(), packet("call-3"), idempotency_key="call-3")
            assert await poster.look(client) == 1
            assert (await _alarms(vault))[-1][1] == "ehr_unpostable"
            assert await _outbox(vault) == 0
        assert len(records.bodies) == 1
    finally:
        await vault.close()


async def _outbox(vault: Vault) -> int:
    return len(await vault.run(lambda tx: tx.execute("SELECT 1 FROM outbox")))


async def _alarms(vault: Vault) -> list[tuple[str, str]]:
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    entries = [json.loads(row[0]) for row in rows]
    return [(one.get("subject", ""), one["details"]["cause"]) for one in entries if one["act"] == "alarm.raised"]


async def test_a_missing_certificate_authority_is_an_alarm_and_not_the_end_of_the_line(tmp_path: Path) -> None:
    clock = SettableClock()
    vault = Vault.open(tmp_path / "vault.db", temporary_keys(), clock=clock, schemas=(desks.SCHEMA,))
    poster = Poster(Ehr(url="https://127.0.0.1:1/fhir", ca_file=Path("none.crt")), vault, clock, {}, tmp_path)
    running = asyncio.create_task(poster.run())
    try:
        async with asyncio.timeout(20):
            while not await _alarms(vault):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert await _alarms(vault) == [("", "ehr_settings_unusable")]
        assert not running.done()
    finally:
        running.cancel()
        await vault.close()


async def test_a_core_with_records_to_post_to_posts(tmp_path: Path, records: Records) -> None:
    """The core as app.py puts it together, in a process of its own: calls that were on the line when it died become callbacks, and the
    callbacks arrive in the clinic's records. No engine is there, so the core is never ready, and posts all the same. Of two calls, because
    the second is posted only when the first is noted as posted: then the core may end."""
    file = tmp_path / "triage.toml"
    deploy = Path(__file__).resolve().parents[2] / "deploy"
    file.write_text(
        f'[storage]\nstate_dir = "s"\nmatrix = "{deploy}/matrix.toml"\nclinic = "{deploy}/clinic.toml"\n[ehr]\nurl = "{records.url}"\n'
        f'[core]\nlisten = "127.0.0.1:{free_port()}"\n'
    )
    assert CliRunner().invoke(keys_group, ["init", "--config", str(file)]).exit_code == 0
    settings = config.load(file)
    vault = choice.open_vault(settings, clock=SystemClock())
    unused: Any = None  # only a call that ends is redacted
    for call_id in (CallId("ab" * 16), CallId("cd" * 16)):
        await CallRecords(vault, unused, SystemClock(), call_id).begin(
            Incoming(call_id, Phi("5550143"), "5550100", "sip-1"), drill=False
        )
    await vault.close()
    core = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "triage.app", "--config", str(file), cwd=deploy.parent,
        env={k: v for k, v in os.environ.items() if k != "TRIAGE_STATE_DIR"}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(90):
            while len(records.bodies) < 2 and core.returncode is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert core.returncode is None
        task = records.bodies[0]["entry"][0]["resource"]
        assert task["resourceType"] == "Task"
        core.terminate()
    finally:
        with suppress(ProcessLookupError):
            core.kill()
        await core.wait()
    vault = choice.open_vault(settings, clock=SystemClock())
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq"))
    acts = [json.loads(row[0])["act"] for row in rows]
    await vault.close()
    assert acts.index("call.lost") < acts.index("handoff.callback") < acts.index("record.posted")
