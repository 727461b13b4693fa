"""What may stand in a log line or a metric: each key and the closed set, pattern or range that its values must come from.

A value is admitted because of where it comes from (an enumeration of the program, an exception class that exists, an id
that we drew), never because it looks harmless: "Rosa" looks like a code.
"""

from __future__ import annotations

import logging
import math
import re
import sys
from collections.abc import Callable, Mapping
from typing import Final

import grpc

from triage.call.events import EndReason
from triage.escalation.levels import Level
from triage.privacy.phi import Phi

Value = str | int | float | bool
Shape = Callable[[object], bool]

DAY_MS: Final = 86_400_000
_ID: Final = re.compile(r"[0-9a-f]{32}")
_WHERE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,40}:\d{1,6}:[A-Za-z0-9_.\-]{1,40}")
_METHOD: Final = re.compile(r"(?:triage\.v1|grpc\.health\.v1)\.[A-Z][A-Za-z]{1,30}/[A-Z][A-Za-z]{1,30}")
_faults: set[str] = set()  # names of exception classes, as far as seen


def _number(least: float, most: float) -> Shape:
    def fits(value: object) -> bool:
        return isinstance(value, bool | int | float) and math.isfinite(value) and least <= value <= most

    return fits


def _pattern(pattern: re.Pattern[str]) -> Shape:
    return lambda value: _plain(value) and bool(pattern.fullmatch(str(value)))


def _one_of(words: frozenset[str]) -> Shape:
    return lambda value: _plain(value) and value in words


def _plain(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Phi)


def _fault(value: object) -> bool:
    """The name of an exception class that this process knows."""
    if not _plain(value):
        return False
    if value not in _faults:
        waiting: list[type] = [BaseException]
        while waiting:
            kind = waiting.pop()
            if kind.__name__ not in _faults or kind is BaseException:
                _faults.add(kind.__name__)
            waiting += type.__subclasses__(kind)
    return value in _faults


def _logger(value: object) -> bool:
    """The name of a module that is loaded, or of the package at its front."""
    return _plain(value) and (value == "root" or value in sys.modules)


def module_of(logger: str) -> str:
    """The longest front part of a logger's name that is a loaded module ("presidio-analyzer": "presidio_analyzer"), else "other"."""
    parts = logger.replace("-", "_").split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in sys.modules:
            return name
    return "root" if logger == "root" else "other"


LEVELS: Final = frozenset(level.word for level in Level)
WORKERS: Final = frozenset({"speech", "language", "gateway", "core", "console"})
ROLES: Final = frozenset({"server", "gateway", "nurse", "officer", "drill"})
STATES: Final = frozenset(
    """pending answered connected disconnected offered claimed accepted released expired completed callback
    starting ready stopping stopped down""".split()
)
# Whole phrases of the program: why a call ended, was refused, or went another way.
REASONS: Final = (
    frozenset(reason.name for reason in EndReason)
    | frozenset(code.name for code in grpc.StatusCode)
    | frozenset({"core_lost", "overflow", "starting", "draining", "full", "late", "dead", "no_model", "warming_up"})
)
SEVERITIES: Final = frozenset(logging.getLevelNamesMapping())

_COUNT: Final = _number(0, 10_000_000)
_MS: Final = _number(0, 7 * DAY_MS)

KEYS: Final[Mapping[str, Shape]] = {
    "call_id": _pattern(_ID), "handoff_id": _pattern(_ID), "drill_id": _pattern(_ID),
    "level": _one_of(LEVELS), "state": _one_of(STATES), "reason": _one_of(REASONS), "worker": _one_of(WORKERS),
    "engine": _one_of(frozenset({"whisper", "silero", "piper", "vllm", "minilm", "presidio", "baresip"})),
    "role": _one_of(ROLES), "method": _pattern(_METHOD), "fault": _fault, "logger": lambda v: v == "other" or _logger(v),
    "library_severity": _one_of(SEVERITIES), "where": _pattern(_WHERE),
    "calls": _COUNT, "count": _COUNT, "attempt": _COUNT, "tokens": _COUNT, "samples": _number(0, 10**9), "size": _number(0, 10**15),
    "port": _number(0, 65_535), "pid": _number(0, 4_194_304), "sip_status": _number(100, 699), "signal": _number(0, 64),
    "exit_code": _number(-64, 255), "decode_ms": _MS, "elapsed_ms": _MS, "wait_ms": _MS, "final": _number(0, 1), "drill": _number(0, 1),
}  # fmt: skip


def fits(key: str, value: object) -> bool:
    shape = KEYS.get(key)
    return shape is not None and shape(value)
