"""At which number the caller is called back: read out, confirmed, or asked for. A ticket without a number helps nobody."""

from __future__ import annotations

from dataclasses import dataclass

from triage.privacy.phi import NOTHING, Phi
from triage.scope.answers import agrees
from triage.scope.entities import digits

NUMBER_DIGITS_MIN = 7
NUMBER_DIGITS_MAX = 15
ASKS_MAX = 2  # of the number; then the nurse has what there is


@dataclass(slots=True)
class NumberCheck:
    """`number`: the best that is known, at first the caller's own; `confirmed`: the caller said that it is right."""

    number: Phi = NOTHING
    confirmed: bool = False
    over: bool = False
    asked: bool = False  # the caller has heard the question: what was said before it is no answer
    _asks: int = 0

    def begin(self) -> str:
        """The first sentence's key."""
        return "callback_check" if len(digits(self.number.reveal())) >= NUMBER_DIGITS_MIN else self._ask()

    def hear(self, text: str) -> str:
        """The next sentence's key; "" when there is nothing more to say."""
        if self.over or not self.asked:
            return ""
        said = digits(text)
        if NUMBER_DIGITS_MIN <= len(said) <= NUMBER_DIGITS_MAX and said != digits(self.number.reveal()):
            self.number = Phi(said)
            return "callback_check"
        if agrees(text) is True or (said and said == digits(self.number.reveal())):
            self.confirmed = self.over = True
            return "callback_noted"
        # Neither yes nor no to a number that is there: it stands, unconfirmed.
        return self._ask() if agrees(text) is False or not self.number else ""

    def _ask(self) -> str:
        self._asks += 1
        self.over = self._asks > ASKS_MAX
        return "" if self.over else "callback_number"


def spoken(number: Phi) -> str:
    """Digit by digit, in groups that can be followed: "5 5 5, 0 1 2 3"."""
    said = digits(number.reveal())
    groups = [said[: len(said) - 4][n : n + 3] for n in range(0, max(0, len(said) - 4), 3)] + [said[-4:]]
    return ", ".join(" ".join(group) for group in groups if group)
