"""What every target owes: nothing but a TriageError, in time, with a sentence that is ours alone."""

from __future__ import annotations

import re
import time

from tests.fuzz.targets import FROM_CALLERS, Target
from triage.errors import TriageError

SECONDS_MAX = 5.0  # of processor time for one input
MESSAGES_A_TARGET_MAX = 40  # a target with more different messages puts its input into them


class PropertyBroken(AssertionError):
    pass


_messages: dict[str, set[str]] = {}


def check(name: str, target: Target, data: bytes) -> bool:
    """True when it was understood, False when refused. Raises PropertyBroken."""
    started = time.process_time()
    understood = True
    try:
        target(data)
    except TriageError as error:
        understood = False
        _static(name, error, data)
    except Exception as error:
        raise PropertyBroken(f"{name}: {type(error).__name__} for {data[:200]!r}") from error
    if (took := time.process_time() - started) > SECONDS_MAX:
        raise PropertyBroken(f"{name}: {took:.1f} s of processor time for {len(data)} bytes: {data[:80]!r}")
    return understood


def _static(name: str, error: TriageError, data: bytes) -> None:
    """The message never varies with the input; of a caller's input not even the advice holds a word."""
    known = _messages.setdefault(name, set())
    known.add(error.message)
    if len(known) > MESSAGES_A_TARGET_MAX:
        raise PropertyBroken(f"{name}: the message varies with the input: {error.message[:160]!r}")
    if name in FROM_CALLERS:
        for word in set(re.findall(rb"[A-Za-z0-9]{8,}", data)):
            if word.decode() in error.advice:
                raise PropertyBroken(f"{name}: the advice repeats the input: {error.advice[:160]!r}")
