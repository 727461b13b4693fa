"""Logs without PHI, by construction: literal event names, allow-listed keys, values of a closed shape.

There is no way to log a sentence. A value that does not have the shape of its key is replaced by "<refused>" and counted. What
other libraries log is reduced to who, how urgent and what type of error, since their messages quote addresses and words.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

from triage.privacy.phi import Phi

REFUSED: Final = "<refused>"
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]{1,48}")
_ID: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:\-]{0,63}")

Value = str | int | float | bool

# Each key and what its value must look like: id (32 hexadecimal digits), code (one word of the program's own), number.
KEYS: Final[Mapping[str, str]] = {
    "call_id": "id", "handoff_id": "id", "drill_id": "id",
    "level": "code", "state": "code", "fault": "code", "engine": "code", "worker": "code", "reason": "code", "role": "code",
    "method": "code", "verb": "code", "trigger": "code", "matrix": "code", "logger": "code", "library_severity": "code", "where": "code",
    "calls": "number", "count": "number", "port": "number", "pid": "number", "attempt": "number", "sip_status": "number",
    "decode_ms": "number", "elapsed_ms": "number", "wait_ms": "number", "samples": "number", "tokens": "number", "size": "number",
    "final": "number", "drill": "number",
}  # fmt: skip


class _Sink:
    """Where this process's log lines go. One a process, set by `configure`."""

    def __init__(self) -> None:
        self.component = "unconfigured"
        self.stream: TextIO = sys.stderr
        self.refused = 0
        self._lock = threading.Lock()

    def write(self, level: str, component: str, event: str, facts: Mapping[str, Value]) -> None:
        line: dict[str, Value] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "mono": round(time.monotonic(), 3),
            "process": self.component,
            "component": component,
            "severity": level,
            "event": event if _EVENT.fullmatch(event) else REFUSED,
        }
        for key, value in facts.items():
            fits = _fits(KEYS.get(key, ""), value)
            if not fits:
                self.refused += 1
            line[key if key in KEYS else "unknown_key"] = value if fits else REFUSED
        with self._lock:
            self.stream.write(json.dumps(line) + "\n")
            self.stream.flush()


_sink = _Sink()


def _fits(shape: str, value: object) -> bool:
    match shape:
        case "number":
            return isinstance(value, bool | int | float)
        case "id":
            return isinstance(value, str) and not isinstance(value, Phi) and bool(_ID.fullmatch(value))
        case "code":
            return isinstance(value, str) and not isinstance(value, Phi) and bool(_CODE.fullmatch(value))
        case _:
            return False


class Log:
    """One component's voice."""

    def __init__(self, component: str) -> None:
        self._component = component

    def info(self, event: str, **facts: Value) -> None:
        _sink.write("info", self._component, event, facts)

    def warning(self, event: str, **facts: Value) -> None:
        _sink.write("warning", self._component, event, facts)

    def error(self, event: str, **facts: Value) -> None:
        _sink.write("error", self._component, event, facts)


def get(component: str) -> Log:
    return Log(component)


def refused() -> int:
    """How many values were replaced since start."""
    return _sink.refused


def configure(component: str, stream: TextIO | None = None) -> None:
    """Once a process: names it, and takes over every other way to print: library logs, warnings, unhandled errors."""
    _sink.component = component
    _sink.stream = stream or sys.stderr
    seal_foreign()


def seal_foreign() -> None:
    """Library logs at warning and above keep logger, severity and the type of error; unhandled errors keep type and places in
    code, without source lines and without values."""
    root = logging.getLogger()
    root.handlers = [_Sealed(logging.WARNING)]
    root.setLevel(logging.WARNING)
    sys.excepthook = lambda kind, error, trace: _unhandled(kind, trace)
    threading.excepthook = lambda args: _unhandled(args.exc_type, args.exc_traceback)
    warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: _sink.write(
        "warning", "python", "warning", {"fault": category.__name__}
    )


class _Sealed(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Value] = {"logger": record.name[:60] or "root", "library_severity": record.levelname}
        if record.exc_info and record.exc_info[0]:
            facts["fault"] = record.exc_info[0].__name__
        _sink.write("warning", "library", "library_log", facts)


def _unhandled(kind: type[BaseException], trace: TracebackType | None) -> None:
    _sink.write("error", "python", "unhandled_error", {"fault": kind.__name__})
    for frame in traceback.extract_tb(trace)[-12:]:
        name = re.sub(r"[^A-Za-z0-9_.:\-]", "_", f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}:{frame.name}")
        _sink.write("error", "python", "traceback", {"where": name[:64]})
