"""What can take a caller to a human: a closed set. Each is found outside the language model; none can be argued away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from triage.escalation.levels import Level
from triage.privacy.phi import NOTHING, Phi

TRIGGERS: Final = (
    "distress",  # the classifier, on partials and finals; its own level
    "explicit_request",
    "dtmf_zero",
    "low_confidence",
    "out_of_scope",
    "no_progress",
    "silence",
    "hang_up",
    "machine_failure",
    "forbidden_sentence",
    "other_language",
    "third_party",  # calls for somebody else
    "minor",  # a child, alone at the telephone
    "relay_call",  # through a relay service or text telephone: no barge-in, no silence timers
    "repeated_caller",  # has called within two days, and it was serious
    "open_line",  # silence after an earlier call in danger or crisis
)


@dataclass(frozen=True, slots=True)
class TriggerHit:
    """One trigger that fired. `at_s`: seconds since answer; `confidence`: 0..1; `reason`: rule ids and codes, no speech."""

    trigger: str
    level: Level
    quote: Phi = NOTHING  # the caller's own words
    at_s: float = 0.0
    confidence: float = 1.0
    reason: str = ""
