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
_SPANISH: Final = frozenset(
    "el la los las un una que de del y en por para con se mi mis su sus le lo muy más pero porque como cuando está estoy tengo tiene "
    "quiero necesito puedo puede hola buenos buenas días tardes gracias favor señora señor hijo hija esposo esposa mamá papá doctor dolor "
    "hablar hablo español cita ayuda ayúdeme siento duele hace desde hoy ayer".split()
)
_IN_NAMES: Final = frozenset("el la los las de del y doctor".split())  # "Doctor De La Cruz" is no Spanish
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


def language(text: str) -> str:
    """The caller's language (ISO 639-1) as far as it matters for whom to ask: "es" for Spanish; "" for English and for doubt."""
    words = [word.lower() for word in _WORD.findall(text)]
    spanish = sum(word in _SPANISH for word in words)
    named = sum(word in _IN_NAMES for word in words)
    return "es" if len(words) >= WORDS_MIN and spanish > named and spanish / len(words) >= OTHER_SHARE else ""


@lru_cache(maxsize=1)
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    raw = tomllib.loads((Path(__file__).parent / "cues" / "languages.toml").read_text(encoding="utf-8"))
    understood = frozenset(raw["understood"].split())
    return understood, frozenset(raw["other"].split()) - understood
