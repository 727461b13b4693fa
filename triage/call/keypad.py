"""Numbers that are pressed, not said: a date of birth or a telephone number, key by key (RFC 4733 events). Pure.

Zero is the way to a person. While a number is being keyed in it is also a figure, so zeros and nothing else within a moment are
taken for what the greeting promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AFTER_ZERO_S = 1.5  # somebody who wants a person presses zero and waits
AFTER_FIGURE_S = 4.0  # people look their number up between two keys
KEYS_MAX = 15  # figures of the longest telephone number (ITU-T E.164)

Pressed = Literal["nurse", "number", "more", "nothing"]


@dataclass(slots=True)
class Keypad:
    """`deadline`: when `due` has something to say, monotonic seconds."""

    keys: str = ""
    deadline: float | None = None

    def press(self, key: str, now: float, *, number_wanted: bool, figures: int = 0) -> Pressed:
        """`number_wanted`: the line has just asked for figures; `figures`: how many there are, if that is known."""
        if key == "0" and not number_wanted and not self.keys:
            return "nurse"
        if key.isdigit() and (number_wanted or self.keys):
            self.keys = (self.keys + key)[-KEYS_MAX:]
            if len(self.keys) == figures and not self._zeros:
                return "number"
            self.deadline = now + (AFTER_ZERO_S if self._zeros else AFTER_FIGURE_S)
            return "more"
        if key == "#" and self.keys:
            return "nurse" if self._zeros else "number"
        if key == "*":
            self.keys, self.deadline = "", None  # begin anew
        return "nothing"

    def due(self, now: float) -> Pressed:
        if self.deadline is None or now < self.deadline:
            return "nothing"
        return "nurse" if self._zeros else "number"

    def take(self) -> str:
        """What was keyed in, and nothing is left of it."""
        keys, self.keys, self.deadline = self.keys, "", None
        return keys

    @property
    def _zeros(self) -> bool:
        return not self.keys.strip("0")
