"""What another matrix would change, in the words of those who sign it: what would be heard, who would be called. Pure.

`lowers` marks a change by which a caller would be taken less seriously, asked later or promised later: such a change needs two
signatures (signing.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage.escalation.levels import Level
from triage.escalation.matrix import Act, Matrix, Route, Rung, Timers

WHEN: Final = {
    "explicit_request": "asks for a person",
    "dtmf_zero": "presses zero",
    "low_confidence": "cannot be understood",
    "out_of_scope": "wants what the line may not do",
    "no_progress": "gets no further with the line",
    "silence": "says nothing",
    "hang_up": "hangs up in distress",
    "machine_failure": "meets a technical fault",
    "forbidden_sentence": "was about to hear a forbidden sentence",
    "other_language": "speaks a language that the line does not",
    "third_party": "calls for somebody else",
    "minor": "is a child, alone at the telephone",
    "relay_call": "calls through a relay service",
    "repeated_caller": "calls again within two days of a serious call",
    "open_line": "says nothing, after a call in danger or crisis",
}
_TIMERS: Final = {
    "silence_s": "the line asks after silence of", "silences_max": "silences until a person is called", "check_back_s": "a waiting caller hears from the line every",
    "lease_s": "a nurse who claimed has, until she and the caller hear each other,", "callback_lease_s": "a claimed callback is offered again after",
    "confirm_s": "a nurse who picked up must press a key within",
}  # fmt: skip


_LEVELS: Final = tuple(level for level in sorted(Level, reverse=True) if level is not Level.NONE)


@dataclass(frozen=True, slots=True)
class Change:
    """`part`: trigger, route, timer, sentence, hours, other."""

    part: str
    words: str
    lowers: bool = False


def changes(before: Matrix, after: Matrix) -> tuple[Change, ...]:
    """Everything that a caller or a nurse would notice, in the order of the file."""
    return (
        *_timers(before.timers, after.timers), *_hours(before, after), *_triggers(before, after), *_routes(before, after),
        *_sentences(before, after), *_others(before, after),
    )  # fmt: skip


def _timers(before: Timers, after: Timers) -> Iterator[Change]:
    for name, words in _TIMERS.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            unit = "" if name == "silences_max" else " s"
            yield Change("timer", f"{words} {now:g}{unit} (was {was:g}{unit})", lowers=now > was)
    if before.alarm_after_s != after.alarm_after_s:
        said = [", ".join(f"{s:g}" for s in one.alarm_after_s) for one in (before, after)]
        later = after.alarm_after_s[0] > before.alarm_after_s[0] or after.alarm_after_s[-1] > before.alarm_after_s[-1]
        yield Change("timer", f"unclaimed, the alarm comes after {said[1]} s (was {said[0]} s)", lowers=later)


def _hours(before: Matrix, after: Matrix) -> Iterator[Change]:
    if before.hours.time_zone != after.hours.time_zone:
        yield Change("hours", f"the clinic's clock is {after.hours.time_zone} (was {before.hours.time_zone})")
    for day in sorted(set(before.hours.days) | set(after.hours.days)):
        was, now = before.hours.days.get(day), after.hours.days.get(day)
        if was != now:
            yield Change("hours", f"{day}: {_span(now)} (was {_span(was)})")
    for day_off in sorted(set(after.hours.holidays) - set(before.hours.holidays)):
        yield Change("hours", f"closed on {day_off.isoformat()}")
    for day_on in sorted(set(before.hours.holidays) - set(after.hours.holidays)):
        yield Change("hours", f"no longer closed on {day_on.isoformat()}")


def _triggers(before: Matrix, after: Matrix) -> Iterator[Change]:
    for name, words in WHEN.items():
        was, now = before.level_of(name), after.level_of(name)
        if was is not now:
            yield Change("trigger", f"a caller who {words}: {now.word} (was {was.word})", lowers=now < was)
    for level in _LEVELS:
        was_act, now_act = before.act_on(level), after.act_on(level)
        if was_act != now_act:
            later = (
                (now_act.on, now_act.confirm_s) > (was_act.on, was_act.confirm_s)
                if now_act.on == was_act.on
                else now_act.on == "final"
            )
            yield Change(
                "trigger", f"words of {level.word} count {_when(now_act)} (was {_when(was_act)})", lowers=later
            )


def _routes(before: Matrix, after: Matrix) -> Iterator[Change]:
    for level in _LEVELS:
        was, now = before.route_of(level), after.route_of(level)
        if was.rungs != now.rungs:
            # Who is asked fewer times, or asked for the first time after longer, is served less.
            fewer = len(now.rungs) < len(was.rungs) or now.rungs[0].claim_within_s > was.rungs[0].claim_within_s
            fewer |= any(rung.who == "on_call" for rung in was.rungs) > any(rung.who == "on_call" for rung in now.rungs)
            yield Change("route", f"{level.word}: {_ladder(now)} (was {_ladder(was)})", lowers=fewer)
        if was.callback_within_min != now.callback_within_min:
            yield Change(
                "route", f"{level.word}: called back within {now.callback_within_min} minutes (was {was.callback_within_min})",
                lowers=now.callback_within_min > was.callback_within_min,
            )  # fmt: skip
        if was.needs != now.needs:
            words = ", ".join(need.replace("_", " ") for need in now.needs)
            yield Change(
                "route", f"{level.word}: the nurse must know {words}", lowers=bool(set(was.needs) - set(now.needs))
            )
        if was.callback_any_hour != now.callback_any_hour:
            words = "at any hour" if now.callback_any_hour else "in opening hours only"
            yield Change("route", f"{level.word}: called back {words}", lowers=was.callback_any_hour)


def _sentences(before: Matrix, after: Matrix) -> Iterator[Change]:
    for key in dict.fromkeys((*before.sentence, *after.sentence)):
        was, now = before.sentence.get(key), after.sentence.get(key)
        for language in ("en", "es"):
            old, new = (getattr(one, language) if one else "" for one in (was, now))
            if old != new:
                yield Change("sentence", f"{key} ({language}): would be heard: “{new}” (was “{old}”)")
        if was and now and was.safety != now.safety:
            yield Change(
                "sentence",
                f"{key}: {'always' if now.safety else 'no longer always'} said to its end",
                lowers=was.safety,
            )


def _others(before: Matrix, after: Matrix) -> Iterator[Change]:
    if before.dispositions != after.dispositions:
        yield Change("other", f"how a handoff can end: {', '.join(sorted(after.dispositions))}")
    if before.expires != after.expires:
        yield Change("other", f"expires {after.expires.isoformat()} (was {before.expires.isoformat()})")


def _ladder(route: Route) -> str:
    return "asked for " + ", then ".join(rung_words(rung) for rung in route.rungs)


def rung_words(rung: Rung) -> str:
    """As it is shown to whoever signs: "20 s", "20 s (maternal)", "20 s with the on-call telephones"."""
    skill = f" ({rung.skill.replace('_', ' ')})" if rung.skill else ""
    return f"{rung.claim_within_s:g} s{skill}{' with the on-call telephones' if rung.who == 'on_call' else ''}"


def _when(act: Act) -> str:
    return "after the whole utterance" if act.on == "final" else f"within {act.confirm_s:g} s of being heard"


def _span(hours: object) -> str:
    if not isinstance(hours, tuple):
        return "closed"
    return f"{hours[0]:%H:%M} to {hours[1]:%H:%M}"
