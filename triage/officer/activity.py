"""The review of records of activity (45 CFR 164.308(a)(1)(ii)(D)): what of a period deserves a person's eye. Pure.

Rules, each a plain sentence in RULES, none of them a judgement: a nurse may have good reason for all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

NIGHT: Final = (time(22), time(6))  # by the clinic's clock
MANY_READS: Final = 20  # by one person on one day; and more than three times what is usual for that person
MANY_TIMES: Final = 3
FINDINGS_MAX = 5_000  # kept; more are counted

RULES: Final = {
    "read_without_handoff": "A nurse read a call's packet without ever having had its handoff.",
    "read_at_night": "A person read a record between ten in the evening and six in the morning.",
    "many_reads": "A person read far more records on one day than usual.",
    "break_glass": "The glass was broken, asked for, or refused.",
    "access_denied": "Somebody called what their role may not, or without a valid certificate.",
    "exported": "The log, or a part of it, was exported or searched.",
    "copied": "A copy of the vault was made, tried, or put in its place.",
    "disclosed": "A disclosure to somebody outside was recorded.",
    "shredded": "A call's records were made unreadable for good.",
    "log_fault": "A verification found faults, or a witness saw another log.",
    "matrix_refused": "The escalation matrix was refused.",
}
_HAD: Final = ("handoff.claimed", "handoff.taken_over", "handoff.accepted")
_BY_ACT: Final = {
    "access.denied": "access_denied", "export.made": "exported", "disclosure.recorded": "disclosed",
    "vault.copied": "copied", "vault.drilled": "copied", "vault.restored": "copied",
    "record.shredded": "shredded", "matrix.refused": "matrix_refused",
}  # fmt: skip
_KEPT: Final = ("seq", "at", "who", "act", "outcome", "call", "subject", "reason")


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    entry: dict[str, Any]  # seq, at, who, act, outcome, call, subject, reason: what the log has of these


@dataclass(slots=True)
class Review:
    """Feed every entry of the period to `add`, in order; then `finish`. `zone`: the clinic's."""

    zone: ZoneInfo
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0  # beyond FINDINGS_MAX
    counts: Counter[str] = field(default_factory=Counter)
    last_signed: str = ""  # when the newest review in the period was signed
    _had: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _reads: list[dict[str, Any]] = field(default_factory=list)
    _per_day: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, entry: dict[str, Any]) -> None:
        self.entries += 1
        act, who = entry["act"], entry["who"]
        if act in _HAD:
            self._had[entry.get("call", "")].add(who)
        elif act == "record.read" and ":" in who:
            self._read(entry)
        elif act == "review.signed":
            self.last_signed = entry["at"]
        elif act.startswith("breakglass.") and act != "breakglass.listed":
            self._find("break_glass", entry)
        elif act in _BY_ACT:
            self._find(_BY_ACT[act], entry)
        elif _is_log_fault(entry):
            self._find("log_fault", entry)

    def _read(self, entry: dict[str, Any]) -> None:
        at = datetime.fromisoformat(entry["at"]).astimezone(self.zone)
        self._per_day[entry["who"], at.date().isoformat()] += 1
        if at.time() >= NIGHT[0] or at.time() < NIGHT[1]:
            self._find("read_at_night", entry)
        if entry["who"].startswith("nurse:") and len(self._reads) < FINDINGS_MAX * 10:
            self._reads.append({key: entry[key] for key in _KEPT if key in entry})

    def finish(self) -> Review:
        """Adds what only the whole period can tell: a handoff may be claimed after its packet was read."""
        for entry in self._reads:
            if entry["who"] not in self._had.get(entry.get("call", ""), ()):
                self._find("read_without_handoff", entry)
        usual = defaultdict(list)
        for (who, _), count in self._per_day.items():
            usual[who].append(count)
        for (who, day), count in sorted(self._per_day.items()):
            if count > MANY_READS and count > MANY_TIMES * median(usual[who]):
                self._find("many_reads", {"at": day, "who": who, "act": "record.read", "reason": f"{count} reads"})
        self.findings.sort(key=lambda one: (list(RULES).index(one.rule), one.entry["at"]))
        return self

    def _find(self, rule: str, entry: dict[str, Any]) -> None:
        self.counts[rule] += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(rule, {key: entry[key] for key in _KEPT if key in entry}))
        else:
            self.more += 1


def _is_log_fault(entry: dict[str, Any]) -> bool:
    if entry["act"] == "audit.verified":
        return bool(entry["outcome"] != "success")
    cause = entry.get("details", {}).get("cause", "")
    return entry["act"] == "alarm.raised" and cause in ("log_rolled_back", "kept_checkpoint_missing")
