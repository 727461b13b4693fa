"""Medicines as the recogniser misspells them, put right: "serleto" for Xarelto, "spirinal lactone", "lightsinopril". Pure but for its lists.

Nobody's dictionary holds them, so a recogniser writes what it heard. Where the line has asked for a medicine or a refill is wished of, up to three words are
compared by their consonants (Metaphone, Philips 1990, voiced and voiceless taken together) and by their letters with the medicines that
are prescribed most. What is put right is read back before it is written down. Of two medicines that are about as near, neither is taken:
names that sound alike are how medicines are mixed up (ISMP, List of Confused Drug Names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import jellyfish

from triage.privacy import lexicon
from triage.scope.sayings import COMMON_WORDS

WORDS_MAX: Final = 3
LETTERS_MIN: Final = 5  # shorter words are like too many others
ALIKE: Final = 0.78  # 0..1, of one word
SHORT: Final = 2  # letters of a word with which no medicine begins: "a", "of"
JOINED_MIN: Final = 8  # letters of a medicine that several words may be; "repeat the" is no Repatha
ALIKE_JOINED: Final = 0.8  # of several, which are mostly several words
SURELY: Final = 0.86  # where another medicine is named as it is written, and of an English word
CLEARLY: Final = 0.1  # better than the next medicine
CODE_MIN: Final = 3  # consonants; fewer are shared by too many words
SOUNDS_MIN: Final = 0.5  # of the codes: below it the letters cannot make up for it
CODE_APART, LETTERS_APART = 2, 4  # farther apart in length nothing is as near as ALIKE
_CLASSES: Final = str.maketrans("BDGVZ0JX", "PTKFSTSS")
_SPELLED: Final = re.compile(r"(?:[a-z]-)+[a-z]")  # read elsewhere (triage/scope/names/spelling.py)
_WORD: Final = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")


def put_right(text: str, listed: Sequence[str]) -> str:
    """`text` with every medicine that it names by its sound as it is written. `listed`: those that the clinic prescribes most."""
    known = _known(tuple(listed))
    words = list(_WORD.finditer(text))
    named = any(word[0].lower() in known for word in words)
    out, end, number = [], 0, 0
    while number < len(words):
        count, meant = _meant(text, words[number : number + WORDS_MAX], known, SURELY if named else ALIKE)
        if meant:
            out += [text[end : words[number].start()], meant]
            end = words[number + count - 1].end()
        number += count
    return "".join([*out, text[end:]])


def _meant(text: str, words: list[re.Match[str]], known: dict[str, tuple[str, str]], least: float) -> tuple[int, str]:
    """How many of the words are a medicine that was meant, and which; (1, "") when they are what they are."""
    best = (0.0, 1, "")
    for count, said in _windows(text, words):
        if count > 1 and said in lexicon.words_of("medicines") and said not in known:
            return count, said  # "hydro morphone" is no morphine
        if count > 1 and said in known:
            return count, known[said][0]  # "simva statin"
        if len(said) < LETTERS_MIN or all(word[0].lower() in COMMON_WORDS for word in words[:count]):
            continue
        first, second = _nearest(said, known)
        english = SURELY if count == 1 and lexicon.english(said) else ALIKE_JOINED if count > 1 else ALIKE
        long = count == 1 or (len(first[1]) >= JOINED_MIN and len(words[0][0]) > SHORT)
        if long and first[0] >= max(least, english) and first[0] - second >= CLEARLY:
            best = max(best, (first[0], count, first[1]))
    return best[1], best[2]


def _windows(text: str, words: list[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """Neighbours that no comma or full stop parts, as one word; not beyond one that is a medicine already."""
    said = ""
    for count, word in enumerate(words, 1):
        one = word[0].lower()
        apart = count > 1 and text[words[count - 2].end() : word.start()].strip()
        if apart or "'" in one or _SPELLED.fullmatch(one) or _is_right(one):
            return
        said += one.replace("-", "")
        yield count, said


def _is_right(word: str) -> bool:
    return any(
        one in lexicon.words_of("medicines") or one in lexicon.kept("medicines", "more_medicines")
        for one in (word, word.removesuffix("s"))
    )


def _nearest(said: str, known: dict[str, tuple[str, str]]) -> tuple[tuple[float, str], float]:
    """The medicine that is nearest, how near, and how near the next one is."""
    code = _code(said)
    if len(code) < CODE_MIN:
        return (0.0, ""), 0.0
    near = sorted(
        ((_alike(said, name) + sounds) / 2, written)
        for name, (written, other) in known.items()
        if abs(len(other) - len(code)) <= CODE_APART
        and abs(len(name) - len(said)) <= LETTERS_APART
        and (sounds := _alike(code, other)) >= SOUNDS_MIN
    )
    return (near[-1] if near else (0.0, "")), (near[-2][0] if len(near) > 1 else 0.0)


def _alike(one: str, other: str) -> float:
    return 1 - jellyfish.damerau_levenshtein_distance(one, other) / max(len(one), len(other), 1)


def _code(word: str) -> str:
    return jellyfish.metaphone(word).replace(" ", "").translate(_CLASSES)


@lru_cache(maxsize=8)
def _known(listed: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Of every medicine, by its lower case: how it is written, and its code."""
    names = {name.lower(): name for name in (*lexicon.kept("medicines", "more_medicines"), *listed)}
    return {
        name: (written, _code(name)) for name, written in names.items() if len(name) >= LETTERS_MIN and name.isalpha()
    }
