"""The voice as a witness: what was heard in it may make a finding look, or a look act as `state`. Never lowers, never vetoes. Pure."""

from __future__ import annotations

from dataclasses import replace

from triage.distress.classifier import Classification
from triage.escalation.levels import Level


def with_voice(found: Classification, cause: str) -> Classification:
    """`cause`: from triage.audio.prosody.strain, "" for nothing. A strained voice alone looks; with words that look, it acts."""
    if not cause or found.act:
        return found
    if found.look:
        return replace(found, act=True, level=max(found.level, Level.STATE))
    return replace(found, look=True, level=max(found.level, Level.STATE), category=cause)
