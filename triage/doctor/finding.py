"""What the doctor says about one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.config import Settings
from triage.errors import TriageError


class State(StrEnum):
    OK = "ok"
    ATTENTION = "attention"  # works, and somebody should look at it, or it could not be looked at
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: a code that compliance/controls.toml names. `advice`: what to do; empty when all is well."""

    check: str
    state: State
    what: str
    advice: str = ""


def ok(check: str, what: str) -> Finding:
    return Finding(check, State.OK, what)


def attention(check: str, what: str, advice: str) -> Finding:
    return Finding(check, State.ATTENTION, what, advice)


def failed(check: str, what: str, advice: str) -> Finding:
    return Finding(check, State.FAILED, what, advice)


Check = Callable[[Settings, datetime], Finding]


def guarded(check: str, look: Check, settings: Settings, now: datetime) -> Finding:
    """What the check says; what it raises is a failure with the error's own sentence and advice."""
    try:
        return look(settings, now)
    except TriageError as error:
        return failed(check, error.message, error.advice)
    except OSError as error:
        return failed(check, "It could not be looked at.", f"{error.filename}: {type(error).__name__}")
