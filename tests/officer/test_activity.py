"""The activity review's rules, each on a log that has just the one thing, and none on an ordinary day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triage.officer.activity import FINDINGS_MAX, MANY_READS, RULES, Review

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)  # in New York


def entry(act: str, who: str = "core", at: datetime = NOON, **more: Any) -> dict[str, Any]:
    return {"seq": 1, "act": act, "who": who, "at": at.isoformat().replace("+00:00", "Z"), "outcome": "success", **more}


def rules(*entries: dict[str, Any]) -> list[str]:
    review = Review(ZONE)
    for one in entries:
        review.add(one)
    return [found.rule for found in review.finish().findings]


CLAIM = entry("handoff.claimed", "nurse:amara.okafor", call="c1")
READ = entry("record.read", "nurse:amara.okafor", call="c1", reason="treatment")


def test_an_ordinary_day_has_none() -> None:
    assert (
        rules(CLAIM, READ, entry("call.ringing", call="c1"), entry("record.read", "core", call="c2", reason="ehr"))
        == []
    )
    assert rules(READ, CLAIM) == []  # claimed after reading the offer's packet


def test_a_read_without_the_handoff() -> None:
    assert rules(READ) == ["read_without_handoff"]
    assert rules(CLAIM, {**READ, "call": "c2"}) == ["read_without_handoff"]
    assert rules(CLAIM, {**READ, "who": "nurse:jonas.weber"}) == ["read_without_handoff"]


@pytest.mark.parametrize(("hour_utc", "night"), [(2, False), (3, True), (10, True), (11, False)])
def test_a_read_at_night_by_the_clinic_s_clock(hour_utc: int, night: bool) -> None:
    at = datetime(2026, 11, 24, hour_utc, 30, tzinfo=UTC)  # 21:30, 22:30, 05:30, 06:30 in New York
    assert rules(CLAIM, {**READ, "at": at.isoformat()}) == (["read_at_night"] if night else [])


def test_far_more_reads_than_usual() -> None:
    usual = [{**READ, "at": (NOON + timedelta(days=day)).isoformat()} for day in range(5) for _ in range(7)]
    busy = [{**READ, "at": (NOON + timedelta(days=9)).isoformat()}] * (MANY_READS + 5)
    assert rules(CLAIM, *usual, *busy) == ["many_reads"]
    assert rules(CLAIM, *usual, *busy[: MANY_READS - 1]) == []
    steady = [{**READ, "at": (NOON + timedelta(days=day)).isoformat()} for day in range(5) for _ in range(40)]
    assert rules(CLAIM, *steady) == []  # much, but usual


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (entry("breakglass.asked", "officer:a"), "break_glass"),
        (entry("breakglass.refused", "officer:a", outcome="refused"), "break_glass"),
        (entry("access.denied", "unknown", outcome="refused"), "access_denied"),
        (entry("export.made", "officer:a"), "exported"),
        (entry("disclosure.recorded", "officer:a"), "disclosed"),
        (entry("record.shredded", "officer:a", call="c1"), "shredded"),
        (entry("audit.verified", "officer:a", outcome="failure"), "log_fault"),
        (entry("alarm.raised", details={"cause": "log_rolled_back"}), "log_fault"),
        (entry("matrix.refused", outcome="failure"), "matrix_refused"),
        (entry("vault.copied", "officer:a"), "copied"),
        (entry("vault.drilled", "officer:a", outcome="failure"), "copied"),
        (entry("vault.restored", "operator"), "copied"),
    ],
)
def test_each_act_that_is_always_shown(one: dict[str, Any], rule: str) -> None:
    assert rules(one) == [rule]


def test_every_rule_is_tried_here_and_what_is_none() -> None:
    assert (
        rules(
            entry("audit.verified", "officer:a"),
            entry("alarm.raised", details={"cause": "unclaimed"}),
            entry("breakglass.listed", "officer:a"),
        )
        == []
    )
    tried = {"read_without_handoff", "read_at_night", "many_reads"} | {
        "break_glass",
        "access_denied",
        "exported",
        "disclosed",
        "copied",
        "shredded",
        "log_fault",
        "matrix_refused",
    }
    assert set(RULES) == tried


def test_findings_have_a_limit_and_the_last_signature_is_told() -> None:
    review = Review(ZONE)
    for _ in range(FINDINGS_MAX + 3):
        review.add(entry("export.made", "officer:a"))
    review.add(entry("review.signed", "officer:a", at=NOON + timedelta(hours=1)))
    review.finish()
    assert (len(review.findings), review.more, review.counts["exported"]) == (FINDINGS_MAX, 3, FINDINGS_MAX + 3)
    assert review.last_signed == "2026-11-24T18:00:00Z"
