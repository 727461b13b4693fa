"""How urgent: the seven levels, in order. Only a human lowers one.

danger (possible threat to life now) > crisis (suicide, self-harm, violence, abuse) > clinical (any symptom, pain) >
human (asked for a person) > state (anger, confusion, cannot be understood) > scope (outside the line's ability) > none.
Not signed off by a clinician.
"""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """Values equal those of the protobuf enum triage.v1.Level, so that conversion is a cast."""

    NONE = 1
    SCOPE = 2
    STATE = 3
    HUMAN = 4
    CLINICAL = 5
    CRISIS = 6
    DANGER = 7

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Level:
        """The level named `word`. Raises ValueError for any other word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError("not a level") from None


def highest(*levels: Level) -> Level:
    return max(levels, default=Level.NONE)
