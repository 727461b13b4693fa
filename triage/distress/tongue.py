"""Whether a text is in a language that nobody here understands. Rough on purpose: function words and scripts. Pure but for its data."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

WORDS_MIN: Final = 3
OTHER_SHARE: Final = 0.34  # of the words are another language's
UNDERSTOOD_SHARE: Final = 0.25  # fewer than this are English or Spanish
LETTERS_MIN: Final = 2
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def is_other(text: str) -> bool:
    """True for another script, or for words that are mostly another language's small words."""
    letters = [character for character in text if character.isalpha()]
    strange = sum(ord(character) > 0x24F and not 0x1E00 <= ord(character) <= 0x1EFF for character in letters)
    if len(letters) >= LETTERS_MIN and strange > len(letters) / 2:
        return True
    understood, other = _small_words()
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < WORDS_MIN:
        return False
    known = sum(word in understood for word in words) / len(words)
    return known < UNDERSTOOD_SHARE and sum(word in other for word in words) / len(words) >= OTHER_SHARE


@lru_cache(maxsize=1)
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    raw = tomllib.loads((Path(__file__).parent / "cues" / "languages.toml").read_text(encoding="utf-8"))
    understood = frozenset(raw["understood"].split())
    return understood, frozenset(raw["other"].split()) - understood
