"""Officer: parts of the log, the accounting of disclosures, the signed review, and reading one call with two persons."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import grpc

from triage.audit.entry import Entry, EntryRefused
from triage.clock import Clock
from triage.errors import UsageError
from triage.ids import new_hex
from triage.officer import breakglass, disclosures, reviews
from triage.officer.breakglass import Ask, Outcome
from triage.officer.disclosures import Disclosure
from triage.officer.selection import FORMS, Selection, acts_of, calls_from, moment, select
from triage.rpc.audit_service import PART_BYTES_MAX, REASON_CHARACTERS_MAX, StoredLog, is_code
from triage.rpc.identity import caller
from triage.rpc.refusal import refusing
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import OfficerServicer
from triage.vault.backup import copy_entry
from triage.vault.vault import Transaction, Vault

CALLS_ASKED_MAX = 1_000  # of one request

Context = grpc.aio.ServicerContext[Any, Any]


class OfficerService(OfficerServicer):
    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock

    async def Select(self, request: pb.SelectRequest, context: Context) -> AsyncIterator[pb.Selected]:
        """Logged before the first byte leaves, like an export."""
        async with refusing(context):
            who = caller(context, self._clock).who
            wanted = _wanted(request)
            selection = await self._vault.run(partial(_log_selection, request=request, wanted=wanted, who=who))
            checkpoint = self._vault.checkpoint
            yield pb.Selected(note=checkpoint.note, entries_total=checkpoint.size)
            done = 0
            async for lines, done in select(StoredLog(self._vault), selection, checkpoint.size):
                for data in _pieces(lines):
                    yield pb.Selected(lines=data, entries_done=done, entries_total=checkpoint.size)
            yield pb.Selected(entries_done=done, entries_total=checkpoint.size)

    async def RecordDisclosure(self, request: pb.Disclosure, context: Context) -> pb.RecordedDisclosure:
        async with refusing(context):
            who, today = caller(context, self._clock).who, self._clock.now().date()
            disclosure = Disclosure(
                request.recipient, request.address, request.description, request.purpose,
                request.on or today.isoformat(), request.part2, request.suspended_until,
            )  # fmt: skip
            disclosure.check(today)
            disclosure_id = await self._vault.run(
                lambda tx: disclosures.record(tx, disclosure, number=request.patient, call_id=request.call_id, who=who)
            )
            return pb.RecordedDisclosure(disclosure_id=disclosure_id)
        raise AssertionError("refusing() ends the call")

    async def Disclosures(self, request: pb.DisclosuresRequest, context: Context) -> pb.DisclosuresResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            as_of = disclosures.day(request.as_of, "as-of") if request.as_of else self._clock.now().date()
            if not request.patient and not request.call_ids:
                raise UsageError("Say whose accounting it is.", advice="The patient's number, or calls.")
            _check_calls(request.call_ids)

            def work(tx: Transaction) -> disclosures.Accounting:
                calls = [*request.call_ids, *(calls_from(tx, request.patient) if request.patient else [])]
                return disclosures.account(tx, number=request.patient, calls=calls, as_of=as_of, who=who)

            found = await self._vault.run(work)
            return pb.DisclosuresResponse(
                disclosures=[_disclosure(one) for one in found.disclosures], suspended=found.suspended,
                since=found.since.isoformat(), part2_since=found.part2_since.isoformat(),
            )  # fmt: skip
        raise AssertionError("refusing() ends the call")

    async def SignReview(self, request: pb.SignReviewRequest, context: Context) -> pb.SignReviewResponse:
        """45 CFR 164.308(a)(1)(ii)(D): that somebody looked, at what, and what they found; the note is sealed."""
        async with refusing(context):
            who = caller(context, self._clock).who
            since, until = moment(request.since, "since"), moment(request.until, "until")
            reviews.check(since, until, request.note)
            assert since is not None
            assert until is not None
            begin, end, now = (one.isoformat(timespec="seconds") for one in (since, until, self._clock.now()))
            review = reviews.Signed(
                begin, end, request.note, request.entries, request.findings, request.root_hex, who, now
            )
            return pb.SignReviewResponse(review_id=await self._vault.run(lambda tx: reviews.sign(tx, review)))
        raise AssertionError("refusing() ends the call")

    async def Reviews(self, request: pb.ReviewsRequest, context: Context) -> pb.ReviewsResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            found = await self._vault.run(lambda tx: reviews.listed(tx, who))
            return pb.ReviewsResponse(
                reviews=[
                    pb.SignedReview(
                        review_id=one.review_id, since=one.since, until=one.until, note=one.note, entries=one.entries,
                        findings=one.findings, signed_by=one.signed_by, signed_at=one.signed_at,
                    )
                    for one in found
                ]
            )  # fmt: skip
        raise AssertionError("refusing() ends the call")

    async def AskBreakGlass(self, request: pb.AskBreakGlassRequest, context: Context) -> pb.BreakGlass:
        async with refusing(context):
            who = caller(context, self._clock).who
            if not request.reason.strip() or len(request.reason) > REASON_CHARACTERS_MAX:
                raise UsageError(
                    "Breaking the glass needs a reason.", advice=f"At most {REASON_CHARACTERS_MAX} characters."
                )
            _check_calls([request.call_id])
            code = is_code(request.reason)
            ask = await self._vault.run(
                lambda tx: breakglass.ask(
                    tx, request.call_id, request.reason if code else "sealed", who, self._now_ms(),
                    sealed=b"" if code else request.reason.encode(),
                )
            )  # fmt: skip
            return self._ask(ask)
        raise AssertionError("refusing() ends the call")

    async def DecideBreakGlass(self, request: pb.DecideBreakGlassRequest, context: Context) -> pb.BreakGlass:
        async with refusing(context):
            who = caller(context, self._clock).who
            outcome = await self._committed(
                lambda tx: breakglass.decide(tx, request.ask_id, who, self._now_ms(), approve=request.approve)
            )
            return self._ask(outcome.ask)
        raise AssertionError("refusing() ends the call")

    async def ReadBreakGlass(self, request: pb.ReadBreakGlassRequest, context: Context) -> pb.BreakGlassRecords:
        async with refusing(context):
            who = caller(context, self._clock).who
            outcome = await self._committed(lambda tx: breakglass.read(tx, request.ask_id, who, self._now_ms()))
            return pb.BreakGlassRecords(
                records=[pb.BreakGlassRecord(kind=kind, payload=payload) for kind, payload in outcome.records],
                until=self._ask(outcome.ask).until,
            )
        raise AssertionError("refusing() ends the call")

    async def ListBreakGlass(self, request: pb.ListBreakGlassRequest, context: Context) -> pb.BreakGlassList:
        async with refusing(context):
            who = caller(context, self._clock).who
            found = await self._vault.run(lambda tx: breakglass.listed(tx, who))
            return pb.BreakGlassList(asks=[self._ask(one) for one in found])
        raise AssertionError("refusing() ends the call")

    async def RecordCopy(self, request: pb.RecordCopyRequest, context: Context) -> pb.RecordCopyResponse:
        async with refusing(context):
            who = caller(context, self._clock).who
            copy_id = request.copy_id or f"copy-{new_hex()}"
            try:
                entry = copy_entry(
                    who,
                    copy_id,
                    drill=request.drill,
                    failed=request.failed,
                    entries=request.entries,
                    root_hex=request.root_hex,
                )
            except EntryRefused:
                raise UsageError("A copy is named by its id, its entries and its root.") from None
            await self._vault.run(lambda tx: tx.append(entry))
            return pb.RecordCopyResponse(copy_id=copy_id)
        raise AssertionError("refusing() ends the call")

    async def _committed(self, work: Callable[[Transaction], Outcome]) -> Outcome:
        """The refused attempt is on the disk before it is refused."""
        outcome = await self._vault.run(work)
        if outcome.refusal is not None:
            raise outcome.refusal
        return outcome

    def _ask(self, one: Ask) -> pb.BreakGlass:
        return pb.BreakGlass(
            ask_id=one.ask_id, call_id=one.call_id, asked_by=one.asked_by, reason=one.reason, state=one.at(self._now_ms()),
            asked_at=breakglass.rfc3339(one.asked_ms), decided_by=one.decided_by,
            until=breakglass.rfc3339(one.until_ms) if one.until_ms else "",
        )  # fmt: skip

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _wanted(request: pb.SelectRequest) -> Selection:
    """All but whose calls, which only the store knows. Raises UsageError."""
    _check_calls(request.call_ids)
    if len(request.reason) > REASON_CHARACTERS_MAX:
        raise UsageError("The reason is too long.", advice=f"At most {REASON_CHARACTERS_MAX} characters.")
    if request.form not in FORMS:
        raise UsageError("There is no such form.", advice=f"One of: {', '.join(FORMS)}")
    calls = frozenset(request.call_ids) if request.call_ids else None
    since, until = moment(request.since, "since"), moment(request.until, "until")
    return Selection(calls, request.user, since, until, acts_of(list(request.acts)))


def _log_selection(tx: Transaction, request: pb.SelectRequest, wanted: Selection, who: str) -> Selection:
    """The entry says which filters were used; whose number it was is sealed with it."""
    if request.patient:
        theirs = frozenset(calls_from(tx, request.patient))
        wanted = replace(wanted, calls=theirs if wanted.calls is None else theirs & wanted.calls)
    names = ("patient", "call_ids", "user", "since", "until", "acts")
    used = "+".join(name for name in names if getattr(request, name)) or "none"
    details = (("form", request.form), ("filters", used))
    export_id = f"export-{new_hex()}"
    if not request.patient and (not request.reason or is_code(request.reason)):
        reason = request.reason or "not_stated"
        tx.append(Entry("export.made", who, subject=export_id, reason=reason, details=details))
        return wanted
    if request.patient:
        tx.seal(export_id, "export.patient", request.patient.encode())
    if request.reason:
        tx.seal(export_id, "export.reason", request.reason.encode())
    tx.append(Entry("export.made", who, call_id=export_id, subject=export_id, reason="sealed", details=details))
    return wanted


def _check_calls(call_ids: Sequence[str]) -> None:
    if len(call_ids) > CALLS_ASKED_MAX:
        raise UsageError("Too many calls at once.", advice=f"At most {CALLS_ASKED_MAX}.")
    for call_id in call_ids:
        try:
            Entry("record.read", "core", call_id=call_id)
        except EntryRefused:
            raise UsageError("This is no call's id.", advice="What the audit log would refuse is none.") from None


def _disclosure(one: Disclosure) -> pb.Disclosure:
    return pb.Disclosure(
        recipient=one.recipient, address=one.address, description=one.description, purpose=one.purpose, on=one.on,
        part2=one.part2, suspended_until=one.suspended_until, disclosure_id=one.disclosure_id, recorded_by=one.recorded_by,
    )  # fmt: skip


def _pieces(lines: list[bytes]) -> list[bytes]:
    """Whole lines, in messages below the limit."""
    pieces, current = [], bytearray()
    for line in lines:
        if current and len(current) + len(line) >= PART_BYTES_MAX:
            pieces.append(bytes(current))
            current.clear()
        current += line + b"\n"
    return [*pieces, bytes(current)] if current else pieces
