"""What a recogniser on a telephone line makes of words that matter, put right: a second reading beside the first. Pure but for its data.

"sue a side", "see sure", "chess pain": up to three printed words that sound like a key word are read as that word (Metaphone, Philips
1990), and known confusions are taken from a list (`cues/heard.toml`). A second reading only ever adds findings, and what it adds
counts with the encoder's support; it takes nothing away.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import jellyfish

WORDS_JOINED_MAX: Final = 3
CODE_MIN: Final = 3  # sounds; shorter codes are shared by too many words
FIRST_WORD_MIN: Final = 3  # letters, of several words read as one: "be late" is not "bleed"
_WORD: Final = re.compile(r"[a-z']+")


@dataclass(frozen=True, slots=True)
class Reading:
    """`starts`, `ends`: for each character of `text` the span in the original that it stands for."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True, slots=True)
class _Ear:
    sounds: dict[str, str]
    words: frozenset[str]
    meant_itself: frozenset[str]
    confusions: dict[str, str]
    confused: frozenset[str]  # the first words of `confusions`
    longest: int


def second_reading(plain: str) -> Reading | None:
    """`plain`: lower case, as lexicon.normal gives it. None when there is nothing to put right."""
    ear = _ear()
    words = [(found.start(), found.end(), found.group()) for found in _WORD.finditer(plain)]
    meanings: list[tuple[int, int, str]] = []
    number = 0
    while number < len(words):
        count, meant = _meant([word for _, _, word in words[number : number + ear.longest]], ear)
        if meant:
            meanings.append((words[number][0], words[number + count - 1][1], meant))
        number += count
    return _read_as(plain, meanings) if meanings else None


def _read_as(plain: str, meanings: list[tuple[int, int, str]]) -> Reading:
    """`meanings`: (start, end, what stands there instead), in the order of the text."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, meant in [*meanings, (len(plain), len(plain), "")]:
        text += plain[at:start] + meant
        starts += [*range(at, start), *[start] * len(meant)]
        ends += [*range(at + 1, start + 1), *[end] * len(meant)]
        at = end
    return Reading("".join(text), tuple(starts), tuple(ends))


def _meant(words: list[str], ear: _Ear) -> tuple[int, str]:
    """How many of the words are one that was meant, and which; (1, "") when they are what they are."""
    for count in range(len(words) if words[0] in ear.confused else 0, 0, -1):
        if meant := ear.confusions.get(" ".join(words[:count])):
            return count, meant
    for count in range(min(WORDS_JOINED_MAX, len(words)), 0, -1):
        itself = any(word in ear.words or word in ear.meant_itself for word in words[:count])
        if itself or (count > 1 and len(words[0]) < FIRST_WORD_MIN):
            continue
        joined = "".join(words[:count])
        if meant := ear.sounds.get(_sound(joined)):
            return count, meant
    return 1, ""


@lru_cache(maxsize=4096)
def _sound(joined: str) -> str:
    return str(jellyfish.metaphone(joined))


@lru_cache(maxsize=1)
def _ear() -> _Ear:
    raw = tomllib.loads((Path(__file__).parent / "cues" / "heard.toml").read_text(encoding="utf-8"))
    words = raw["key_words"].split()
    sounds = {_sound(word): word for word in words if len(_sound(word)) >= CODE_MIN}
    confusions = {heard: meant for meant, many in raw["confusions"].items() for heard in many}
    longest = max(WORDS_JOINED_MAX, *(len(heard.split()) for heard in confusions))
    confused = frozenset(heard.split()[0] for heard in confusions)
    return _Ear(sounds, frozenset(words), frozenset(raw["meant_itself"].split()), confusions, confused, longest)
