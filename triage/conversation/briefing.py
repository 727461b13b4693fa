"""The handoff packet from what the call knows. It reports; it concludes nothing."""

from __future__ import annotations

import itertools
from datetime import datetime

from triage.call.events import Incoming
from triage.call.session import CallSession
from triage.call.transcript import Who
from triage.escalation.decision import Decision
from triage.handoff.packet import NOT_ASKED_ALWAYS, Entity, HandoffPacket, PacketTurn
from triage.ids import HandoffId
from triage.privacy.phi import NOTHING
from triage.scope.answers import agrees

ROUTES = {
    "danger": "Triage nurse at once: possible threat to life, from the caller's own words.",
    "crisis": "Triage nurse at once: possible suicide, self-harm, violence or abuse, from the caller's own words.",
    "clinical": "Triage nurse: the caller named a symptom.",
    "human": "A person: the caller asked for one, or the line could not go on.",
    "state": "A person: the line could not understand or help the caller.",
    "scope": "A person: the request is outside what this line may do.",
}


def brief(
    session: CallSession,
    decision: Decision,
    incoming: Incoming,
    versions: tuple[tuple[str, str], ...],
    *,
    now: datetime,
    drill: bool,
) -> HandoffPacket:
    facts = session.dialogue.facts
    checked = session.number_check
    callback = next((fact.value for fact in facts if fact.kind == "callback_number"), NOTHING)
    callback = (checked.number if checked else NOTHING) or callback or incoming.caller_number
    known = {fact.kind for fact in facts} | ({"callback_number"} if callback else set())
    if any(hit.trigger == "distress" and hit.quote for hit in decision.hits):
        known.add("complaint")
    needs = session.rules.matrix.route_of(decision.level).needs
    return HandoffPacket(
        handoff_id=HandoffId(""),  # the desk's to give
        call_id=incoming.call_id,
        made_at=now,
        drill=drill,
        level=decision.level,
        triggers=decision.hits,
        caller_number=incoming.caller_number,
        callback_number=callback,
        entities=tuple(Entity(fact.kind, fact.value, 0, fact.confidence) for fact in facts),
        asked=tuple(session.asked),
        answered=(*session.answered, *(("callback number confirmed",) if checked and checked.confirmed else ())),
        denied=_denied(session),
        not_asked=(*(need.replace("_", " ") for need in needs if need not in known), *NOT_ASKED_ALWAYS),
        earlier=_earlier(session),
        narrative=session.narrative,
        route=ROUTES[decision.level.word],
        conversation=tuple(
            PacketTurn(t.number, t.who.value, t.text, t.start_s, t.end_s, t.confidence, t.fixed, t.cut_off)
            for t in session.transcript.turns
        ),
        distress_curve=tuple(session.watch.curve),
        said_and_promised=tuple(t.text.reveal() for t in session.transcript.turns if t.who is Who.LINE and t.fixed),
        versions=(*versions, ("matrix", decision.matrix)),
    )


def _earlier(session: CallSession) -> str:
    before = session.returning
    if before is None:
        return ""
    closed = "a nurse has closed it" if before.closed else "no nurse has closed it yet"
    return f"This number called {before.hours:.0f} hours ago: {before.level.word}; {closed}."


def _denied(session: CallSession) -> tuple[str, ...]:
    """Questions of the line that the caller answered with a plain no; the question stands for what was denied."""
    denied = []
    turns = session.transcript.turns
    for before, turn in itertools.pairwise(turns):
        if before.who is Who.LINE and turn.who is Who.CALLER and agrees(turn.text.reveal()) is False:
            question = before.text.reveal().split(". ")[-1]
            if question.endswith("?"):
                denied.append(question)
    return tuple(denied)
