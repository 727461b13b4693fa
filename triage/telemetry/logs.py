"""Logs without PHI, by construction: literal event names, allow-listed keys, values from closed sets (shapes.py).

There is no way to log a sentence. A value that does not belong to its key is replaced by "<refused>" and counted. What
other libraries log is reduced to who, how urgent and what type of error, since their messages quote addresses and words.
A log never raises: a full disk or a closed pipe loses the line, not the call.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

from triage.telemetry.shapes import KEYS, Value, fits, module_of

REFUSED: Final = "<refused>"
FRAMES_MAX = 12  # of a traceback; the innermost tell enough
CAUSES_MAX = 4  # of a chain of errors
EVENTS_MAX = 500  # different event names of one process; more would mean that something varying is used as a name
_EVENT: Final = re.compile(r"[a-z][a-z_]{1,48}")


class _Sink:
    """Where this process's log lines go. One a process, set by `configure`."""

    def __init__(self) -> None:
        self.component = "unconfigured"
        self.stream: TextIO = sys.stderr
        self.refused = 0
        self.lost = 0
        self._events: set[str] = set()
        self._lock = threading.Lock()

    def write(self, level: str, component: str, event: str, facts: Mapping[str, Value]) -> None:
        line: dict[str, Value] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "mono": round(time.monotonic(), 3),
            "process": self.component,
            "component": component,
            "severity": level,
            "event": event if self._is_name(event) else REFUSED,
        }
        for key, value in facts.items():
            fit = fits(key, value)
            if not fit:
                self.refused += 1
            line[key if key in KEYS else "unknown_key"] = value if fit else REFUSED
        with self._lock:
            try:
                self.stream.write(json.dumps(line) + "\n")
                self.stream.flush()
            except (OSError, ValueError):  # full, gone or closed
                self.lost += 1

    def _is_name(self, event: str) -> bool:
        if event in self._events:
            return True
        if not isinstance(event, str) or not _EVENT.fullmatch(event) or len(self._events) >= EVENTS_MAX:
            self.refused += 1
            return False
        self._events.add(str(event))
        return True


_sink = _Sink()


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
    """`component`: a literal name of a room of the program."""
    return Log(component)


def refused() -> int:
    """How many values and names were replaced since start."""
    return _sink.refused


def lost() -> int:
    """How many lines could not be written since start."""
    return _sink.lost


def configure(component: str, stream: TextIO | None = None) -> None:
    """Once a process: names it, and takes over every other way to print: library logs, warnings, unhandled errors."""
    _sink.component = component
    _sink.stream = stream or sys.stderr
    seal_foreign()


def configure_alone(component: str) -> TextIO:
    """The same for a process whose library writes past `logging` (native code, children that print their own tracebacks): what was
    standard error is the log's alone, and whatever else this process or its children write to the standard streams goes nowhere.
    Returns the log's stream, for a last sentence of our own. Call it before any thread or child exists."""
    sys.stdout.flush()
    sys.stderr.flush()
    stream = os.fdopen(
        os.dup(2), "w", encoding="utf-8", errors="replace"
    )  # not inherited by another program, only by forks
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    configure(component, stream)
    return stream


def seal_foreign() -> None:
    """Library logs at warning and above keep module, severity and the type of error; unhandled errors keep type and places in
    code, without source lines and without values. Handlers that libraries have put up for themselves are taken down; those
    that they put up later get records without a message."""
    logging.raiseExceptions = False  # else logging prints the arguments of a message that does not format
    logging.setLogRecordFactory(_sealed_record)
    root = logging.getLogger()
    for known in list(root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger):
            known.handlers, known.propagate = [], True
    root.handlers = [_Sealed(logging.WARNING)]
    root.setLevel(logging.WARNING)
    sys.excepthook = lambda kind, error, trace: _unhandled(kind, error, trace)
    threading.excepthook = lambda args: _unhandled(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _unhandled(args.exc_type, args.exc_value, args.exc_traceback)
    warnings.showwarning = lambda message, category, filename, lineno, file=None, line=None: _sink.write(
        "warning", "python", "warning", {"fault": category.__name__}
    )


def seal_loop(loop: asyncio.AbstractEventLoop) -> None:
    """The same for errors that reach this event loop's exception handler."""
    loop.set_exception_handler(_loop_error)


def _loop_error(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        _unhandled(type(error), error, error.__traceback__)
    else:
        _sink.write("error", "python", "unhandled_error", {})


def _sealed_record(
    name: str, level: int, path: str, line: int, message: object, args: object, exc_info: Any, *more: Any, **named: Any
) -> logging.LogRecord:
    """A log record whose message, arguments, traceback and stack are gone before any handler sees it."""
    record = logging.LogRecord(name, level, path, line, "library_log", (), None)
    if isinstance(exc_info, tuple) and exc_info and isinstance(exc_info[0], type):
        record.fault = exc_info[0].__name__
    return record


class _Sealed(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Value] = {"logger": module_of(record.name), "library_severity": record.levelname}
        if fault := getattr(record, "fault", ""):
            facts["fault"] = fault
        _sink.write("warning", "library", "library_log", facts)


def _unhandled(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
    _sink.write("error", "python", "unhandled_error", {"fault": (kind or BaseException).__name__})
    for frame, number in list(traceback.walk_tb(trace))[-FRAMES_MAX:]:
        code = frame.f_code
        place = f"{code.co_filename.rsplit('/', 1)[-1][-40:]}:{number}:{code.co_name[-40:]}"
        _sink.write("error", "python", "traceback", {"where": re.sub(r"[^A-Za-z0-9_.:\-]", "_", place)})
    for _ in range(CAUSES_MAX):
        error = (error.__cause__ or error.__context__) if error else None
        if error is None:
            break
        _sink.write("error", "python", "caused_by", {"fault": type(error).__name__})
