"""What a pattern cannot match without: a set of pieces of text, one of which must stand in it. Most cues are ruled out by a look
for their pieces, which is far quicker than trying the pattern at every letter (the prefilter of RE2's FilteredRE2). Pure.
"""

from __future__ import annotations

import re

# The tree that `re` itself matches by: public as `sre_parse` until Python 3.11, which only warns of its new name.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_PIECES_MAX = 64  # of one pattern's alternatives; more are not worth multiplying out
_CHOICES_MAX = 6  # of one character class
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_ZERO_WIDTH = (sre.AT, sre.ASSERT, sre.ASSERT_NOT)

Pieces = frozenset[str]


def anchors(pattern: re.Pattern[str]) -> Pieces:
    """Every match of `pattern` contains one of these. Empty: nothing can be said, the pattern has to be tried."""
    exact, needed = _sequence(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    return _best([exact, needed])


def _sequence(items: Any) -> tuple[Pieces | None, Pieces | None]:
    """`exact`: all that the items can match, where that is a short list. `needed`: pieces, one of which is in every match."""
    found: list[Pieces] = []
    run: Pieces = frozenset({""})
    broken = False
    for operation, value in items:
        if operation in _ZERO_WIDTH:
            continue
        exact, needed = _item(operation, value)
        if needed:
            found.append(needed)
        if exact is not None and len(run) * len(exact) <= _PIECES_MAX:
            run = frozenset(a + b for a in run for b in exact)
            continue
        broken = True
        found.append(run)
        run = exact if exact is not None else frozenset({""})
    return (None if broken else run), _best([*found, run])


def _item(operation: Any, value: Any) -> tuple[Pieces | None, Pieces | None]:
    if operation is sre.LITERAL:
        return frozenset({chr(value)}), None
    if operation is sre.IN and len(value) <= _CHOICES_MAX and all(kind is sre.LITERAL for kind, _ in value):
        return frozenset(chr(one) for _, one in value), None
    if operation is sre.SUBPATTERN:
        return _sequence(value[-1])
    if operation is sre.ATOMIC_GROUP:
        return _sequence(value)
    if operation is sre.BRANCH:
        return _either([_sequence(one) for one in value[1]])
    if operation in _REPEATS:
        least, most, inner = value
        exact, needed = _sequence(inner)
        if exact is not None and most == 1:
            return (exact | {""} if least == 0 else exact), None
        return None, (_best([exact, needed]) if least else None)
    return None, None


def _either(ways: list[tuple[Pieces | None, Pieces | None]]) -> tuple[Pieces | None, Pieces | None]:
    wholes = [whole for whole, _ in ways if whole is not None]
    needed = [_best([*way]) for way in ways]
    return _all(wholes) if len(wholes) == len(ways) else None, _all(needed) if all(needed) else None


def _all(sets: list[Pieces]) -> Pieces:
    return frozenset().union(*sets)


def _best(choices: list[Pieces | None]) -> Pieces:
    """The choice that tells most: long pieces, then few. A piece that holds another of its set says nothing more."""
    told = [one for one in choices if one and "" not in one]
    if not told:
        return frozenset()
    best = max(told, key=lambda one: (min(min(map(len, one)), 5), -len(one)))
    return frozenset(one for one in best if not any(other != one and other in one for other in best))
