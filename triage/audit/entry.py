"""One thing that somebody did, as the audit log keeps it: ids and words of a closed vocabulary, never speech.

The vocabulary is data (vocabulary.toml). It cannot prove that a word is no name; what it does is refuse everything with a
space, an at-sign, the look of a telephone number, or the type Phi, and every act, outcome and detail that nobody listed.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Final

from triage.errors import AuditError
from triage.privacy.phi import Phi

LEAF_VERSION = 1
LEAF_BYTES_MAX = 8_192  # one entry; the largest real ones have some 900 bytes
DETAILS_MAX = 24  # of one entry

Detail = str | int | float | bool

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+,;=<>%#-]{0,199}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,127}")
_WHO: Final = re.compile(r"[a-z][a-z0-9_.:/-]{0,99}")
_HASH: Final = re.compile(r"[0-9a-f]{8,128}")
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})")
_TELEPHONE: Final = re.compile(r"[+(]?\d[\d().-]{5,18}\d")  # also catches a date of birth written with dashes

with resources.files("triage.audit").joinpath("vocabulary.toml").open("rb") as _file:
    _DATA = tomllib.load(_file)
ACTS: Final = frozenset[str](_DATA["acts"])
OUTCOMES: Final = frozenset[str](_DATA["outcomes"])
DETAILS: Final[dict[str, str]] = _DATA["details"]


class EntryRefused(AuditError):
    """An entry holds something that the log may not hold. `field` says where; the value itself is never repeated."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__("The audit log refuses this entry.", advice=f"{field}: {rule}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Entry:
    """`act` and the detail keys come from vocabulary.toml; `who` is a person or a process ("nurse:amara.okafor", "core");
    `subject` is the id of what was acted on; `reason` is a code. Raises EntryRefused on anything else."""

    act: str
    who: str
    call_id: str | None = None
    subject: str | None = None
    outcome: str = "success"
    reason: str = ""
    details: tuple[tuple[str, Detail], ...] = ()

    def __post_init__(self) -> None:
        if self.act not in ACTS:
            raise EntryRefused("act", "not in the vocabulary")
        if self.outcome not in OUTCOMES:
            raise EntryRefused("outcome", "not in the vocabulary")
        _text("who", self.who, _WHO)
        for field, value in (("call_id", self.call_id), ("subject", self.subject)):
            if value is not None:
                _text(field, value, _ID)
        if self.reason or isinstance(self.reason, Phi):
            _text("reason", self.reason, _WORD)
        if len(self.details) > DETAILS_MAX or len(dict(self.details)) != len(self.details):
            raise EntryRefused("details", f"at most {DETAILS_MAX}, each key once")
        for key, detail in self.details:
            _detail(key, detail)


def _text(field: str, value: object, pattern: re.Pattern[str]) -> None:
    if isinstance(value, Phi) or not isinstance(value, str) or not pattern.fullmatch(value):
        raise EntryRefused(field, "must be a code or an id without spaces")
    if _TELEPHONE.fullmatch(value):
        raise EntryRefused(field, "looks like a telephone number or a date of birth")


def _detail(key: str, value: object) -> None:
    match DETAILS.get(key):
        case "code" if value != "":
            _text(key, value, _WORD)
        case "id" if value != "":
            _text(key, value, _ID)
        case "version" if (
            isinstance(value, str) and not isinstance(value, Phi) and (value == "" or _ID.fullmatch(value))
        ):
            return
        case "hash" if isinstance(value, str) and _HASH.fullmatch(value):
            return
        case "time" if isinstance(value, str) and (value == "" or _TIME.fullmatch(value)):
            return
        case "flag" if isinstance(value, bool):
            return
        case "number" if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return
        case "code" | "id":
            return
        case None:
            # The key is code, never speech, so it may be named; one that is no identifier may be anything.
            raise EntryRefused(key if isinstance(key, str) and key.isidentifier() else "details", "unknown detail")
        case wanted:
            raise EntryRefused(key, f"must be a {wanted}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When: wall clock (aware), monotonic seconds, and the boot that these seconds count from."""

    at: datetime
    monotonic_s: float
    boot_id: str


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """What an entry commits to of a sealed record: its number, kind and the SHA-256 of nonce and ciphertext."""

    number: int
    kind: str
    sha256: str


def leaf(entry: Entry, sequence: int, stamp: Stamp, records: Sequence[SealedRecord] = ()) -> bytes:
    """The entry as one line of canonical JSON (sorted keys, no spaces, ASCII): these bytes are hashed into the tree."""
    fields: dict[str, object] = {
        "v": LEAF_VERSION,
        "seq": sequence,
        "at": stamp.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "mono_ms": round(stamp.monotonic_s * 1000),
        "boot": stamp.boot_id,
        "act": entry.act,
        "who": entry.who,
        "outcome": entry.outcome,
    }
    optional = {
        "call": entry.call_id,
        "subject": entry.subject,
        "reason": entry.reason,
        "details": dict(entry.details),
        "records": [[record.number, record.kind, record.sha256] for record in records],
    }
    fields |= {key: value for key, value in optional.items() if value}
    line = canonical(fields)
    if len(line) > LEAF_BYTES_MAX:
        raise EntryRefused("entry", f"longer than {LEAF_BYTES_MAX} bytes")
    return line


# One for all: json.dumps makes a new one each time, and verifying a log asks for every entry.
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(value: object) -> bytes:
    return _ENCODER.encode(value).encode("ascii")
