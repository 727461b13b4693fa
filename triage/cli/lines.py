"""Lines of JSON on standard input."""

from __future__ import annotations

import json
from typing import Any

from triage.errors import UsageError

FORM = '{"id": …, "text": …}'


def utterance(line: str, number: int) -> tuple[Any, str]:
    """id and text of one line. Raises UsageError, which names the line by its number and never by its words."""
    try:
        request = json.loads(line)
        text, id_ = request["text"], request["id"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"A line is not of the form {FORM}.", advice=f"line {number}") from None
    return id_, text
