"""What an answer comes to, if it answers one of the line's own yes-or-no questions: examples by authors who never saw the program, one file
an author, compared as sentences.

Lines `question|label|text`: a question of QUESTIONS and one of its labels. Rules (triage/scope/answers.py) know the plain ways of saying yes and no;
"couldn't have put it better", "the defense rests" and "no complaints here" are as many as there are callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from triage.scope.likeness import Encode, Likeness
from triage.scope.moves import Replied

QUESTIONS: Final = {
    "confirm": ("yes", "no", "change", "other"),  # "Is that right?"
    "more": ("yes", "no", "wish", "other"),  # "Is there anything else?"
    "soft": ("no", "something", "other"),  # "Is anything troubling you?"
}
# How far an answer must have a meaning, and lead the next one, for it to be taken (models/scope/weigh_replies.py).
SURE, LEAD = 0.5, 0.2
# The soft question: "no" only where it is hardly anything else, "surely no" where it is nothing else; what may be something is something.
SURE_UNTROUBLED, LEAD_UNTROUBLED = 0.6, 0.4
SURELY_UNTROUBLED, FAR_AHEAD = 0.7, 0.45
SOMETHING_FROM = 0.4


@dataclass(frozen=True, slots=True)
class Example:
    author: str
    question: str
    label: str
    text: str


def load(folder: Path = Path(__file__).parent) -> tuple[Example, ...]:
    """Of all authors in `folder`. Raises ValueError for a line that is not of the form, with its place."""
    out = []
    for file in sorted(folder.glob("*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            question, label, text = ([part.strip() for part in line.split("|")] + ["", "", ""])[:3]
            if label not in QUESTIONS.get(question, ()) or not text:
                raise ValueError(f"{file.name}, line {number} is not of the form")
            out.append(Example(file.stem, question, label, text))
    return tuple(out)


class Replies:
    def __init__(self, written: Sequence[Example], encode: Encode) -> None:
        self._read: dict[str, Likeness] = {}
        for question, labels in QUESTIONS.items():
            some = [one for one in written if one.question == question]
            wanted = np.array([[float(one.label == label) for label in labels] for one in some])
            self._read[question] = Likeness([one.text for one in some], wanted, encode)

    def read(self, text: str) -> Replied:
        confirm, more, soft = (self.values(question, text) for question in QUESTIONS)
        return Replied(_first(confirm, SURE, LEAD), _first(more, SURE, LEAD), _troubled(soft))

    def values(self, question: str, text: str) -> dict[str, float]:
        """About 0..1: how far `text`, as an answer to `question`, has each of its meanings."""
        (row,), _ = self._read[question].values([text])
        return {label: float(value) for label, value in zip(QUESTIONS[question], row, strict=True)}


def _troubled(values: dict[str, float]) -> str:
    """ "surely no", "no", "something", "other", or "" where it is not surely a no."""
    if values["something"] >= SOMETHING_FROM:
        return "something"
    if (first := _first(values, 0.0, 0.0)) != "no":
        return first
    if _first(values, SURELY_UNTROUBLED, FAR_AHEAD):
        return "surely no"
    return _first(values, SURE_UNTROUBLED, LEAD_UNTROUBLED)


def _first(values: dict[str, float], sure: float, lead: float) -> str:
    """The likeliest label; "" when it is not so sure."""
    (label, best), (_, second) = sorted(values.items(), key=lambda one: -one[1])[:2]
    return label if best >= sure and best - second >= lead else ""
