"""A clinic's months as audit entries: what tests and the bench of exports run on. The same seed gives the same log."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from triage.audit.entry import Entry

NURSES = [f"nurse:{name}" for name in ("amara.okafor", "jonas.weber", "lin.chen", "maria.lopez")]
LEVELS = ("clinical", "human", "state", "danger", "crisis", "scope")


def acts(seed: int = 1) -> Iterator[tuple[timedelta, Entry]]:
    """(time since the one before, entry), for ever: some 12 entries a call, a few refused ones, some officers' acts."""
    chance = random.Random(seed)
    for number in range(1 << 60):
        call, handoff, nurse = (
            f"{chance.getrandbits(128):032x}",
            f"{chance.getrandbits(128):032x}",
            chance.choice(NURSES),
        )
        level = chance.choice(LEVELS)
        pause = timedelta(seconds=chance.uniform(5, 400))

        def one(
            act: str, who: str = "core", subject: str | None = None, call: str | None = call, **more: object
        ) -> Entry:
            return Entry(act, who, call_id=call, subject=subject, **more)  # type: ignore[arg-type]

        facts = (("level", level), ("drill", False))
        made = [
            one("call.ringing", details=(("drill", False),)), one("call.answered"),
            one("escalation.decided", subject=handoff, details=(("level", level), ("matrix", "riverside"), ("triggers", "distress"))),
            one("handoff.offered", subject=handoff, details=facts), one("handoff.claimed", nurse, handoff, details=facts),
            one("record.read", nurse, reason="treatment", details=(("kind", "packet"), ("count", 1))),
            one("handoff.accepted", nurse, handoff, details=facts), one("handoff.connected", subject=handoff, details=facts),
            one("handoff.completed", nurse, handoff, details=(*facts, ("disposition", "advice"))),
            one("record.posted", subject=handoff, reason="treatment", details=(("channel", "ehr"), ("revision", 7))),
            one("call.disconnected", reason="caller_hung_up", details=(("level", level),)), one("context.kept", details=(("turns", 9),)),
        ]  # fmt: skip
        if number % 50 == 0:
            made.append(one("nurse.signed_in", nurse, call=None))
        if number % 97 == 0:
            made.append(
                one(
                    "access.denied",
                    "nurse:lin.chen",
                    outcome="refused",
                    call=None,
                    details=(("method", "triage.v1.Audit/Export"),),
                )
            )
        if number % 500 == 0:
            made.append(
                one("export.made", "officer:compliance", f"export-{number:032x}", call=None, reason="quarterly_review")
            )
        for at, entry in enumerate(made):
            yield (pause if at == 0 else timedelta(seconds=chance.uniform(0.2, 20))), entry


class Walking:
    """A clock that goes where it is told."""

    def __init__(self, begin: datetime = datetime(2026, 1, 5, 13, tzinfo=UTC)) -> None:
        self._begin, self._now = begin, begin

    def walk(self, time: timedelta) -> None:
        self._now += time

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._begin).total_seconds()
