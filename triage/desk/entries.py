"""What the audit log says about a handoff: ids and codes, never speech."""

from __future__ import annotations

from triage.audit.entry import Detail, Entry
from triage.escalation.decision import Decision
from triage.handoff.handoff import Handoff
from triage.ids import Person

CORE = "core"
TRIGGERS_NAMED_MAX = 8

Details = tuple[tuple[str, Detail], ...]

_ACTS = {
    "joined": "handoff.connected",
    "overdue": "callback.missed",
    "raised": "call.level_raised",
}


def nurse(person: Person) -> str:
    return f"nurse:{person}"


def decided(handoff: Handoff, decision: Decision) -> Entry:
    details: Details = (
        ("level", decision.level.word),
        ("triggers", "+".join(decision.triggers[:TRIGGERS_NAMED_MAX])),
        ("matrix", decision.matrix),
    )
    return Entry("escalation.decided", CORE, call_id=handoff.call_id, subject=handoff.handoff_id, details=details)


def nobody_signed_in(handoff: Handoff) -> Entry:
    details: Details = (("cause", "no_nurse_signed_in"), ("level", handoff.level.word))
    return Entry("alarm.raised", CORE, call_id=handoff.call_id, subject=handoff.handoff_id, details=details)


def alarmed(handoff: Handoff, cause: str, number: int) -> Entry:
    details: Details = (("cause", cause), ("level", handoff.level.word), ("count", number), ("drill", handoff.drill))
    return Entry("alarm.raised", CORE, call_id=handoff.call_id, subject=handoff.handoff_id, details=details)


def unreadable(handoff: Handoff, fault: str) -> Entry:
    return Entry(
        "handoff.recovered", CORE, call_id=handoff.call_id, subject=handoff.handoff_id, outcome="failure",
        details=(("fault", fault),),
    )  # fmt: skip


def happened(handoff: Handoff, verb: str, *, who: str = CORE, cause: str = "", details: Details = ()) -> Entry:
    """`verb` as in Change; `cause`: a code that says why, where the verb does not."""
    facts: Details = (
        ("level", handoff.level.word),
        ("state", handoff.state.name.lower()),
        ("drill", handoff.drill),
        *((("cause", cause),) if cause else ()),
        *((("callback_by", handoff.callback.by.isoformat()),) if handoff.callback and verb == "callback" else ()),
        *details,
    )
    act = _ACTS.get(verb, f"handoff.{verb}")
    return Entry(act, who, call_id=handoff.call_id, subject=handoff.handoff_id, details=facts)
