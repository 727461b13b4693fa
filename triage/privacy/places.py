"""Towns and counties in one utterance, with or without capitals. Pure but for its lists; streets and house numbers: streets.py."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from triage.privacy.lexicon import Word, adjoining, capitals, english, plain, verb, words_in, words_of

PLACE_WORDS_MAX = 4


@cache
def _first_words() -> frozenset[str]:
    return frozenset(name.split()[0] for name in words_of("places") | words_of("places_doubtful"))


_TOWARDS: Final = re.compile(r"\b(?:in|to|from|near|at|of|live|lives|town|city)\s+$", re.IGNORECASE)


def _placed(text: str, word: Word) -> bool:
    """Whether a word that a town bears too stands where a town would: after "in", at a clause's beginning, before a comma and the state."""
    before = text[: word.start].rstrip()
    return not before or before[-1] in ",." or bool(_TOWARDS.search(text[: word.start]))


def places(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    """Towns and counties; states and countries stay, the law lets them."""
    words = words_in(text)
    cased = capitals(words)
    sure, doubtful, states = words_of("places"), words_of("places_doubtful"), words_of("states")
    plains = [plain(word.text) for word in words]
    out, at = [], 0
    while at < len(words):
        if plains[at] not in _first_words():
            at += 1
            continue
        for end in range(min(len(words), at + PLACE_WORDS_MAX), at, -1):
            if any(not adjoining(text, words, n) for n in range(at + 1, end)):
                continue
            name = " ".join(plains[at:end])
            alone = end == at + 1
            known = name in sure and not (alone and cased and not words[at].capital)
            known |= (
                name in doubtful and bool(_TOWARDS.search(text[: words[at].start])) and (not cased or words[at].capital)
            )
            # "cut off" is a town in Louisiana; of everyday words one must be led to it
            if known and not alone and not cased and all(one in words_of("everyday") for one in plains[at:end]):
                known = bool(_TOWARDS.search(text[: words[at].start]))
            # "half a mango": a town in Florida
            if known and alone and not cased and english(name) and name not in words_of("names"):
                known = _placed(text, words[at])
            known = known and not (alone and verb(text, words[at]))
            if known and name not in states and not (alone and (name in keep or len(name) < 4)):
                out.append((words[at].start, words[end - 1].end))
                at = end - 1
                break
        at += 1
    return out
