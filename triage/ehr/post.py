"""Handoffs, posted to the clinic's records or helpdesk inside the network (FHIR R4 over HTTPS), beside the call and never before it.

What must be posted lies in the store's outbox, written in the same transaction as the handoff's change; a server that is away is
tried again, less and less often, and the audit log says when it has been away for long. What can never be posted (the call was
shredded meanwhile, or makes no valid bundle) leaves the outbox with an alarm. Rehearsals are not posted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fhir.resources.R4B.bundle import Bundle

from triage.audit.entry import Detail, Entry
from triage.clock import Clock
from triage.config import Ehr
from triage.desk import store
from triage.desk.entries import CORE
from triage.errors import EngineFailed, IntegrityError, NotFound, TriageError
from triage.handoff.conversion import packet_from_proto
from triage.handoff.fhir import bundle
from triage.handoff.handoff import Handoff
from triage.ids import HandoffId
from triage.paging.inside import inside
from triage.telemetry import logs
from triage.v1 import packet_pb2
from triage.vault.vault import Transaction, Vault

LOOK_EVERY_S = 1.0
AT_ONCE = 20  # rows a look
POST_S_MAX = 10.0
BACKOFF_S_MAX = 300.0
ALARM_AFTER = 5  # attempts: about half a minute

log = logs.get("core")


@dataclass(frozen=True, slots=True)
class Due:
    handoff: Handoff
    body: dict[str, Any]


class Poster:
    """`dispositions`: words by key, from the matrix. `folder`: where the files that the settings name are."""

    def __init__(
        self, settings: Ehr, vault: Vault, clock: Clock, dispositions: Mapping[str, str], folder: Path
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._dispositions = dispositions
        self._folder = folder

    async def run(self) -> None:
        """Until cancelled. Whatever is wrong with the records system or its settings, the line stays up."""
        alarmed = False
        while True:
            try:
                async with self._client() as client:
                    await self._keep_looking(client)
            except (OSError, ValueError) as error:  # the authority's certificate
                log.error("ehr_settings_unusable", fault=type(error).__name__)
                if not alarmed:
                    await self._vault.run(lambda tx: tx.append(_alarm("ehr_settings_unusable")))
                    alarmed = True
            await asyncio.sleep(BACKOFF_S_MAX)

    def _client(self) -> httpx.AsyncClient:
        verify = ssl.create_default_context(
            cafile=str(self._folder / self._settings.ca_file) if self._settings.ca_file else None
        )
        return httpx.AsyncClient(verify=verify, timeout=POST_S_MAX, trust_env=False, follow_redirects=False)

    async def _keep_looking(self, client: httpx.AsyncClient) -> None:
        while True:
            try:
                await self.look(client)
            except TriageError as error:
                log.error("ehr_outbox_failed", fault=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, client: httpx.AsyncClient) -> int:
        """Posts what is due; returns how many arrived. Raises VaultError."""
        now_ms = int(self._clock.now().timestamp() * 1000)
        arrived = 0
        for handoff_id, revision, attempts in await self._vault.run(lambda tx: store.outbox_due(tx, now_ms, AT_ONCE)):
            try:
                due = await self._vault.run(partial(self._read, handoff_id=handoff_id))
            except (NotFound, ValueError) as error:
                cause = "ehr_record_gone" if isinstance(error, NotFound) else "ehr_unpostable"
                log.error(cause, handoff_id=handoff_id)
                await self._vault.run(partial(_given_up, handoff_id=handoff_id, revision=revision, cause=cause))
                continue
            try:
                await self._post(client, due.body)
            except (EngineFailed, OSError, ValueError, httpx.InvalidURL) as error:
                await self._failed(handoff_id, attempts + 1, type(error).__name__)
                continue
            await self._vault.run(partial(_arrived, handoff=due.handoff, revision=revision))
            arrived += 1
        return arrived

    def _read(self, tx: Transaction, handoff_id: HandoffId) -> Due:
        """Raises NotFound when the call was shredded or its retention has ended, ValueError when it makes no valid bundle."""
        handoff = store.load(tx, handoff_id)
        packet = None
        try:
            sealed = tx.unseal(handoff.call_id, store.PACKET, who=CORE, why="ehr")
            packet = packet_from_proto(packet_pb2.HandoffPacket.FromString(sealed[-1])) if sealed else None
        except IntegrityError:
            log.error("packet_unreadable", handoff_id=handoff_id)
        words = self._dispositions.get(handoff.disposition, "")
        body = bundle(handoff, packet, now=self._clock.now(), disposition=words)
        Bundle.model_validate(body)  # what is not FHIR is not sent
        return Due(handoff, body)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        url = httpx.URL(self._settings.url)
        await inside(url.host, url.port or (443 if url.scheme == "https" else 80))
        headers = {"Content-Type": "application/fhir+json"}
        if self._settings.token_file:
            token = await asyncio.to_thread((self._folder / self._settings.token_file).read_text, "utf-8")
            headers["Authorization"] = f"Bearer {token.strip()}"
        try:
            answer = await client.post(url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise EngineFailed("The records system did not answer.", advice=type(error).__name__) from None
        if answer.status_code >= 300:
            raise EngineFailed("The records system refused the bundle.", advice=str(answer.status_code))

    async def _failed(self, handoff_id: HandoffId, attempts: int, fault: str) -> None:
        log.warning("ehr_post_failed", handoff_id=handoff_id, fault=fault)
        wait_s = min(BACKOFF_S_MAX, 2.0**attempts)
        next_ms = int((self._clock.now().timestamp() + wait_s) * 1000)

        def work(tx: Transaction) -> None:
            store.outbox_again(tx, handoff_id, attempts, next_ms)
            if attempts == ALARM_AFTER:
                tx.append(_alarm("ehr_unreachable", handoff_id, ("fault", fault), ("attempt", attempts)))

        await self._vault.run(work)


def _alarm(cause: str, handoff_id: HandoffId | None = None, *more: tuple[str, Detail]) -> Entry:
    return Entry("alarm.raised", CORE, subject=handoff_id, outcome="failure", details=(("cause", cause), *more))


def _given_up(tx: Transaction, handoff_id: HandoffId, revision: int, cause: str) -> None:
    """Nothing will make it possible: the clinic's records lack this handoff's last state, and somebody must know."""
    store.outbox_done(tx, handoff_id, revision)
    tx.append(_alarm(cause, handoff_id, ("revision", revision)))


def _arrived(tx: Transaction, handoff: Handoff, revision: int) -> None:
    """To the clinic's own records, for treatment: no disclosure that is accounted for (compliance/decisions/0021)."""
    store.outbox_done(tx, handoff.handoff_id, revision)
    details = (("channel", "ehr"), ("revision", revision))
    tx.append(
        Entry(
            "record.posted",
            CORE,
            call_id=handoff.call_id,
            subject=handoff.handoff_id,
            reason="treatment",
            details=details,
        )
    )
