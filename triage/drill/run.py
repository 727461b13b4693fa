"""Runs one drill: a real call against a running appliance, and the check of what really happened.

What the appliance says of itself (its timeline) is never believed alone: that the call was answered, that audio flowed, that
the nurse's telephone rang and that the call ended is seen on the wire by the drill's own telephones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import grpc

from triage.config import Settings
from triage.drill.nurse import Nurse
from triage.drill.patient import Patient
from triage.drill.script import Script
from triage.drill.timeline import Show, event_of
from triage.errors import EngineFailed, UsageError
from triage.rpc.channel import channel_as, people
from triage.telephony.softphone_client import Softphone
from triage.v1 import drills_pb2, drills_pb2_grpc

ANSWER_S_MAX = 10.0
AFTER_LAST_TURN_S_MAX = 150.0  # the longest ladder, until a ticket is opened
QUIET_END_S = 12.0  # a call in which nothing more happens for so long is ended by the patient
OFFER_S_MAX = 20.0


@dataclass(slots=True)
class Outcome:
    """What was seen. Times are this machine's monotonic clock."""

    events: list[dict[str, Any]] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)  # first arrival of each kind of event
    answered_at: float = 0.0
    first_sounds_s: list[float] = field(default_factory=list)  # after the end of each of the caller's turns
    nurse_heard_caller: bool = False
    caller_heard_nurse: bool = False
    ended_by_line: bool = False
    ended: bool = False
    offer_after_s: float | None = None
    sentence_after_s: float | None = (
        None  # from the decision, as the timeline told it, to the line's first sound after it
    )
    greeting_after_s: float | None = None  # from the answer to the line's first sound
    packet_bytes: int = 0
    call_id: str = ""
    handoff_id: str = ""

    def has(self, kind: str) -> bool:
        return kind in self.seen_at

    @property
    def level(self) -> str:
        levels = [e["level"] for e in self.events if e["event"] == "decided"]
        return str(levels[-1]) if levels else "none"


class Drill:
    """`listen`: host:port of the patient's telephone, when it is not the configured one (several drills at once)."""

    def __init__(self, settings: Settings, script: Script, show: Show, *, listen: str | None = None) -> None:
        self._settings = settings
        self._listen = listen or settings.drill.patient_listen
        self._script = script
        self._show = show
        self.outcome = Outcome()
        self._news = asyncio.Event()

    async def run(self) -> list[str]:
        """Places the call. Returns what failed, in words; empty when the drill passed.

        Raises UsageError when there is no appliance to drill or drills are off, EngineFailed when a telephone dies."""
        async with AsyncExitStack() as stack:
            channel = await stack.enter_async_context(
                channel_as(self._settings, "drill", people(self._settings, "drill")[0])
            )
            drills = drills_pb2_grpc.DrillsStub(channel)
            try:
                begun = await drills.Begin(
                    drills_pb2.BeginDrillRequest(
                        caller_number=self._script.caller.number,
                        clinic_now=self._script.clinic.now if self._script.clinic else "",
                    ),
                    timeout=5,
                )
            except grpc.aio.AioRpcError as error:
                raise UsageError(
                    "The appliance refused the drill, or none is running.",
                    advice=f"{self._settings.core.listen}: {error.code().name.lower()}: {error.details()}",
                ) from None
            phone = await stack.enter_async_context(Softphone(self._listen, user=self._script.caller.number))
            patient = Patient(phone)
            nurse = await self._nurse(stack)
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch(drills, begun.drill_id))
                working = group.create_task(nurse.work()) if nurse else None
                try:
                    if nurse:
                        await asyncio.wait_for(nurse.signed_in.wait(), 10)
                    await self._call(patient, nurse)
                    await self._after(watching)
                finally:
                    watching.cancel()
                    if working:
                        working.cancel()
            self._measure(patient, nurse)
        return self._failures(nurse)

    async def _nurse(self, stack: AsyncExitStack) -> Nurse | None:
        if self._script.nurse is None:
            return None
        contacts = self._settings.triage_line.contacts
        person = next((one for one in people(self._settings, "nurse") if one in contacts), None)
        if person is None:
            raise UsageError("No nurse has both a certificate and a contact.", advice="See [triage_line.contacts].")
        user, listen = contacts[person].removeprefix("sip:").split("@", 1)
        channel = await stack.enter_async_context(channel_as(self._settings, "nurse", person))
        phone = await stack.enter_async_context(Softphone(listen.split(";")[0], user=user))
        await phone.answer_mode("auto", after_s=0.5)
        return Nurse(channel, phone, lambda: self.outcome.call_id, self._script.nurse.claim_after_s)

    async def _watch(self, drills: drills_pb2_grpc.DrillsStub, drill_id: str) -> None:
        async for message in drills.Watch(drills_pb2.WatchDrillRequest(drill_id=drill_id)):
            self.outcome.call_id = message.call_id
            self.outcome.handoff_id = message.handoff_id or self.outcome.handoff_id
            event = event_of(message)
            self.outcome.events.append(event)
            self.outcome.seen_at.setdefault(message.event, time.monotonic())
            self._show(event)
            self._news.set()

    async def _call(self, patient: Patient, nurse: Nurse | None) -> None:
        await patient.phone.dial(f"sip:clinic@{self._settings.gateway.sip_listen}")
        try:
            answered = await patient.phone.wait_for("established", timeout_s=ANSWER_S_MAX)
        except EngineFailed:
            return
        self.outcome.answered_at = float(answered["t"])
        for turn in self._script.turn:
            if patient.gone or self.outcome.has("connected"):
                break
            await patient.take(turn)
        await self._to_the_end(patient, nurse)

    async def _to_the_end(self, patient: Patient, nurse: Nurse | None) -> None:
        until = time.monotonic() + AFTER_LAST_TURN_S_MAX
        quiet_since = time.monotonic()
        while not patient.gone and time.monotonic() < until:
            self._news.clear()
            if nurse and nurse.joined.is_set() and self.outcome.has("connected"):
                await self._talk(patient, nurse)
                return
            if self.outcome.has("ticket"):
                await patient.line_stopped()
                await patient.line_stopped(begins_s_max=3.0)
                break
            if self._nothing_to_wait_for() and time.monotonic() - quiet_since > QUIET_END_S:
                break
            try:
                await asyncio.wait_for(self._news.wait(), 0.5)
                quiet_since = time.monotonic()
            except TimeoutError:
                pass
        self.outcome.ended_by_line = patient.gone
        await patient.hang_up()

    def _nothing_to_wait_for(self) -> bool:
        return not self.outcome.has("decided") and not self._script.expect.ticket and not self._script.expect.connected

    async def _talk(self, patient: Patient, nurse: Nurse) -> None:
        """The two of them alone: each must hear the other. Then the nurse completes, and the line ends the call."""
        await nurse.greet()
        self.outcome.caller_heard_nurse = await patient.heard_sound(within_s=8.0)
        talking = asyncio.ensure_future(patient.phone.start_playing(await asyncio.to_thread(_thanks)))
        self.outcome.nurse_heard_caller = await nurse.hears_caller()
        await talking
        await asyncio.sleep(1.0)
        await nurse.complete("advice_given")
        try:
            await patient.phone.wait_for("ended", timeout_s=15)
            self.outcome.ended_by_line = True
        except EngineFailed:
            await patient.hang_up()

    async def _after(self, watching: asyncio.Task[None]) -> None:
        """The appliance ends the timeline once everything about the call is on disk."""
        await asyncio.wait({watching}, timeout=15)

    def _measure(self, patient: Patient, nurse: Nurse | None) -> None:
        outcome = self.outcome
        outcome.ended = patient.gone
        outcome.greeting_after_s = patient.first_sound_after(outcome.answered_at)
        ends = patient.spoken.words_end_at
        outcome.first_sounds_s = [s for end in ends if (s := patient.first_sound_after(end)) is not None]
        offered = nurse.seen.offered_at if nurse and nurse.seen.offered_at else outcome.seen_at.get("offered")
        if offered is not None:
            before = [end for end in ends if end <= offered]
            outcome.offer_after_s = offered - before[-1] if before else 0.0
        if (decided := outcome.seen_at.get("decided")) is not None:
            outcome.sentence_after_s = patient.first_sound_after(decided)
        if nurse:
            outcome.packet_bytes = nurse.seen.packet_bytes

    def _failures(self, nurse: Nurse | None) -> list[str]:
        outcome, expect = self.outcome, self._script.expect
        if not outcome.answered_at:
            return ["the call was not answered"]
        failures = [] if outcome.ended else ["the call did not end"]
        failures += _compare("level", expect.level, outcome.level)
        failures += _compare("escalated", expect.escalated, outcome.has("stored"))
        failures += _compare("connected", expect.connected, outcome.has("connected"))
        failures += _compare("ticket", expect.ticket, outcome.has("ticket"))
        if outcome.has("connected") and nurse:
            failures += [] if nurse.seen.rang_at else ["the nurse's telephone was never answered on the wire"]
            failures += [] if outcome.nurse_heard_caller else ["the nurse did not hear the caller"]
            failures += [] if outcome.caller_heard_nurse else ["the caller did not hear the nurse"]
        if expect.within_s is not None:
            after = outcome.offer_after_s
            if after is None:
                failures.append("nothing was offered")
            elif after > expect.within_s:
                failures.append(f"offered after {after:.2f} s, expected within {expect.within_s:g} s")
        return failures + _out_of_order(outcome.events)

    def result(self, failures: Sequence[str]) -> dict[str, Any]:
        t = round(time.monotonic() - self.outcome.answered_at, 3) if self.outcome.answered_at else 0.0
        return {"t": t, "event": "result", "passed": not failures, "failures": list(failures)}


def _compare(what: str, expected: object, got: object) -> list[str]:
    return [] if expected is None or expected == got else [f"{what}: expected {_word(expected)}, got {_word(got)}"]


def _word(value: object) -> str:
    return str(value).lower()


def _out_of_order(events: Sequence[dict[str, Any]]) -> list[str]:
    """Durable before spoken: nothing fixed may be said between a decision and its storing."""
    kinds = [e["event"] for e in events]
    order = ["decided", "stored", "offered"]
    firsts = [kinds.index(kind) for kind in order if kind in kinds]
    return [] if firsts == sorted(firsts) else ["decided, stored and offered came out of order"]


def _thanks() -> bytes:
    from triage.drill import voice

    return voice.say("Yes, thank you. I can hear you.")
