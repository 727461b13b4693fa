"""Numbers and letters as they are said, found where they stand in the text. Pure.

"five five five oh one nine two", "double four", "nineteen fifty-one", "march third", "m as in mary", "rosa at gmail dot com".
Each finding keeps the character offsets of the text it was made on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DIGITS: Final = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS: Final = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_REPEAT: Final = {"double": 2, "triple": 3}
_GLUE: Final = frozenset(
    {
        "dash",
        "hyphen",
        "minus",
        "point",
        "dot",
        "space",
        "uh",
        "um",
        "no",
        "wait",
        "and",
        "then",
        "like",
        "area",
        "code",
    }
)
# Words that stand for letters: NATO's, and the police's.
_ALPHABET: Final = frozenset(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform victor "
    "whiskey xray yankee zulu adam boy charles david edward frank george henry ida john king lincoln mary nora ocean paul queen robert sam tom union william "
    "young zebra".split()
)
_WORD: Final = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of digits and letters said one after the other. `value`: what they spell."""

    start: int
    end: int
    value: str

    @property
    def digits(self) -> int:
        return sum(c.isdigit() for c in self.value)


def runs(text: str) -> list[Run]:
    """Every run of at least two spoken or written figures or spelled letters, in order."""
    found: list[Run] = []
    start = end = -1
    value, pieces, repeat, glued = "", 0, 1, 0
    for match in [*_WORD.finditer(text), None]:
        piece = _piece(match.group(0)) if match else ""
        word = match.group(0).lower() if match else ""
        if (
            match
            and start >= 0
            and not piece
            and not glued
            and (word in _ALPHABET or (word in ("a", "i") and _amid(text, match)))
        ):
            piece = word[0].upper()
        if match and word == "ray" and value.endswith("X") and end == match.start() - 1:
            end = match.end()  # "x ray"
            continue
        if piece:
            if start < 0 and match:
                start = match.start()
            value += piece * (repeat if len(piece) == 1 else 1)
            end = match.end() if match else end
            pieces, repeat, glued = pieces + 1, 1, 0
            continue
        if match and start >= 0 and (word in _GLUE or word in _REPEAT or _spelling(text, match)) and glued < 3:
            repeat = _REPEAT.get(word, repeat)
            glued += 1
            continue
        if pieces >= 2 or sum(c.isdigit() for c in value) >= 2:
            found.append(Run(start, end, value))
        start = end = -1
        value, pieces, glued = "", 0, 0
        repeat = _REPEAT.get(word, 1)
        if word in _REPEAT and match:
            start = end = match.start()
    return found


def _piece(word: str) -> str:
    lower = word.lower()
    if word.isdigit():
        return word
    if len(word) == 1 and word.isalpha() and word not in ("a", "I"):
        return _DIGITS.get(lower, word.upper())
    if lower in _TENS:
        return _TENS[lower] + "0"
    return _DIGITS.get(lower) or _TEENS.get(lower, "")


def _amid(text: str, match: re.Match[str]) -> bool:
    """A lone "a" or "i" between single letters."""
    return bool(
        re.search(r"\b[A-Za-z]\W{1,2}$", text[: match.start()])
        or re.match(r"\W{1,2}[A-Za-z]\b(?!')", text[match.end() :])
    )


def _spelling(text: str, match: re.Match[str]) -> bool:
    """ "as in mary" and "for mary" between spelled letters."""
    before = text[max(0, match.start() - 8) : match.start()].lower()
    return match.group(0).lower() in ("as", "in", "like", "for") or before.endswith(("as in ", " for ", "like "))
