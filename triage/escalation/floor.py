"""What nothing may lower: neither a language model, nor a later finding, nor a clinic's own matrix.

A decision is the highest level of everything that fired; a matrix may raise what is written here, and is refused if it says
less. Not signed off by a clinician.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from triage.escalation.levels import Level

# A caller who asks for a person gets one; a line that is broken or spoke out of turn does not go on by itself.
LOWEST: Final[Mapping[str, Level]] = MappingProxyType(
    {
        "explicit_request": Level.HUMAN,
        "dtmf_zero": Level.HUMAN,
        "hang_up": Level.HUMAN,
        "machine_failure": Level.HUMAN,
        "forbidden_sentence": Level.HUMAN,
        "other_language": Level.HUMAN,
        "third_party": Level.HUMAN,
        "minor": Level.HUMAN,
        "relay_call": Level.HUMAN,
        "repeated_caller": Level.HUMAN,
        "open_line": Level.DANGER,
        "low_confidence": Level.STATE,
        "no_progress": Level.STATE,
        "silence": Level.STATE,
        "out_of_scope": Level.SCOPE,
    }
)

AT_ONCE: Final = ("danger", "crisis", "human")  # these count before the sentence is over

# What a safety sentence must name, spoken as it is said: (sentence, language) -> any of these.
_EMERGENCY = {"en": "nine one one", "es": "nueve uno uno"}
_CRISIS_LINE = {"en": "nine eight eight", "es": "nueve ocho ocho"}
_NAMES: Final = (
    ("greeting", _EMERGENCY),
    ("waiting", _EMERGENCY),
    ("ticket", _EMERGENCY),
    ("gateway_no_one", _EMERGENCY),
    ("transition_danger", _EMERGENCY),
    ("ticket_danger", _EMERGENCY),
    ("ticket_danger", _CRISIS_LINE),
    ("transition_crisis", _CRISIS_LINE),
)
SAID_TO_THE_END: Final = (
    "transition_danger",
    "transition_crisis",
    "ticket",
    "ticket_danger",
    "machine_failure",
    "gateway_no_one",
)

# Before somebody has claimed, nobody is coming.
FALSE_PROMISES: Final = (
    "right with you", "be with you", "shortly", "in a moment", "is on the way", "momentarily", "soon", "any minute",
    "en un momento", "enseguida", "en seguida", "ya viene", "pronto",
)  # fmt: skip
SAID_AFTER_A_CLAIM: Final = ("connecting",)


def lowered(levels: Mapping[str, Level]) -> list[str]:
    """The triggers whose level is below the floor."""
    return sorted(trigger for trigger, least in LOWEST.items() if trigger in levels and levels[trigger] < least)


def unsaid(key: str, language: str, text: str) -> list[str]:
    """What the fixed sentence `key` must say in this language and does not."""
    return [words[language] for name, words in _NAMES if name == key and words[language] not in text.lower()]


def false_promise(key: str, text: str) -> str:
    """The first promise in this sentence that nobody has made; "" when there is none."""
    if key in SAID_AFTER_A_CLAIM:
        return ""
    return next((words for words in FALSE_PROMISES if words in text.lower()), "")
