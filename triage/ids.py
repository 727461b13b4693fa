"""Identifiers. Random, never derived from what they identify."""

from __future__ import annotations

import uuid
from typing import NewType

CallId = NewType("CallId", str)
HandoffId = NewType("HandoffId", str)
UtteranceId = NewType("UtteranceId", str)
PlaybackId = NewType("PlaybackId", str)
LegId = NewType("LegId", str)
Person = NewType("Person", str)  # from the client certificate's URI SAN, e.g. "amara.okafor"


def new_hex() -> str:
    """32 hexadecimal digits, 122 random bits (UUIDv4, RFC 9562)."""
    return uuid.uuid4().hex
