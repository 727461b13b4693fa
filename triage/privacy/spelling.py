"""Names that are spelled where they are told: "i'm kester k e s t e r", "o apostrophe d e a", "aguon, alpha golf uniform oscar november". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from triage.privacy.lexicon import GRAMMAR, plain, words_in
from triage.privacy.spoken import ABBREVIATIONS, ALPHABET, PEOPLE, runs

Span = tuple[int, int]

_LETTERS: Final = re.compile(r"\b[a-z][ ,-]{1,2}[a-z]\b", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[?!]")
# Said between two letters of one name.
_BETWEEN: Final = frozenset("apostrophe hyphen dash capital space and then uh um er big small".split())
_STANDS: Final = re.compile(r"[,.]? (?:as in|like in|like|for|is for)(?: an?| the)? (?P<word>[^\W\d_]+)", re.IGNORECASE)
LONG_LETTERS_MIN = 4  # of a name that is spelled in parts
RADIO_WORDS_MIN = 3  # of the alphabet in a row, where nobody asked for a spelling
RADIO_WORDS_ASKED_MIN = 2


@dataclass(frozen=True, slots=True)
class _Letter:
    start: int
    end: int
    letter: str  # lower case
    word: str  # as it was said, lower case


def spelled(text: str, keep: frozenset[str], *, asked: bool) -> list[Span]:
    """Words and their spelling in the same turn. `asked`: a name was asked for; then two letters or words of the alphabet are one by themselves."""
    chains = _chains(text)
    out = [span for chain in chains for span in _named(text, chain, keep)]
    for chain in chains:
        radio = [one for one in chain if one.word in ALPHABET]
        least = RADIO_WORDS_ASKED_MIN if asked else RADIO_WORDS_MIN
        # "charlie and mike" are two people
        if len(radio) >= least and sum(one.word not in PEOPLE for one in radio) >= RADIO_WORDS_ASKED_MIN:
            out.append((radio[0].start, radio[-1].end))
        if asked and len(chain) > 1 and all(len(one.word) == 1 for one in chain):
            value = "".join(one.letter for one in chain).upper()
            out += [(chain[0].start, chain[-1].end)] if value not in ABBREVIATIONS else []
    return out + (_in_parts(text) if _LETTERS.search(text) else [])


def _chains(text: str) -> list[list[_Letter]]:
    """Letters and words of the alphabet said one after the other."""
    chains: list[list[_Letter]] = [[]]
    until, double = 0, False
    for match in _TOKEN.finditer(text):
        word = match.group(0).lower()
        if match.start() < until or word in _BETWEEN:
            continue
        if word == "double":
            double = True
            continue
        if not (len(word) == 1 or word in ALPHABET) or not word[0].isalpha():
            chains.append([])
            double = False
            continue
        one = _Letter(*match.span(), word[0], word)
        stands = _STANDS.match(text, match.end()) if len(word) == 1 else None
        if stands and plain(stands["word"]).startswith(word):
            until = stands.end()
            one = _Letter(match.start(), until, word[0], word)
        chains[-1] += [one, one] if double else [one]
        double = False
    return [chain for chain in chains if len(chain) > 1]


def _named(text: str, chain: list[_Letter], keep: frozenset[str]) -> list[Span]:
    """The words of the turn that a chain spells, and where it does."""
    letters, out = "".join(one.letter for one in chain), list[Span]()
    for word in words_in(text):
        name = re.sub(r"[^a-z]", "", plain(word.text))
        at = letters.find(name) if len(name) > 1 else -1
        within = chain[0].start <= word.start < chain[-1].end
        if at < 0 or within or plain(word.text) in GRAMMAR or name in keep or name.upper() in ABBREVIATIONS:
            continue
        if len(name) == len(letters) or len(name) >= LONG_LETTERS_MIN:
            out += [(word.start, word.end), (chain[at].start, chain[at + len(name) - 1].end)]
    return out


def _in_parts(text: str) -> list[Span]:
    """A word that is spelled as a number is read, with letters that sound alike, or in its first half only."""
    told = [(run, run.value.lower().replace("0", "o")) for run in runs(text, asked=True)]  # an "o" is heard as a nought
    letters = {value: (run.start, run.end) for run, value in told if value.isalpha() and len(value) > 1}
    if not letters:
        return []
    found = [word for word in words_in(text) if plain(word.text) in letters and plain(word.text) not in GRAMMAR]
    out = [(word.start, word.end) for word in found] + [letters[plain(word.text)] for word in found]
    return out + [span for word in words_in(text) for value, span in _begun(text, plain(word.text), letters)]


def _begun(text: str, name: str, letters: dict[str, Span]) -> list[tuple[str, Span]]:
    """Letters that a name in the turn begins with, and the rest of it where that is a word: "thistlewood t h i s t l e, wood"."""
    out = []
    for value, (start, end) in letters.items():
        if not name.startswith(value) or name == value or len(name) < LONG_LETTERS_MIN:
            continue
        rest = re.match(rf"[ ,]+{re.escape(name[len(value) :])}\b", text[end:], re.IGNORECASE)
        if rest or name in letters:  # spelled in full, too
            out.append((value, (start, end + rest.end() if rest else end)))
    return out
