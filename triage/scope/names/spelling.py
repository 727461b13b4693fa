"""What is spelled: which letters are one word, and which word that was said they spell. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

import jellyfish

from triage.privacy import lexicon

ALIKE_FROM: Final = 0.65  # a word that was said and its spelling
EXACT: Final = 1.5
SAME_INITIAL: Final = 0.2  # added to it where the first letters are the same
TOGETHER_MAX: Final = 3  # words side by side that are spelled in one breath
PIECE_MIN: Final = 3  # letters of a piece of a word that was said whole
MISHEARD_MIN: Final = 4  # letters of a word that may be a name nobody understood
STRAY_MAX: Final = 3  # letters of a remark that stand before those of a spelling: "with a p h s t e p"
RUN_MAX: Final = 40
SAID_MAX: Final = 60  # words that a spelling is compared with
TOKEN: Final = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,})+|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+|[^\w\s]")
_JOINED: Final = re.compile(
    r"\b([^\W\d_]{2,20}) (?:hyphen|dash) ([^\W\d_]{2,20})\b", re.IGNORECASE
)  # "adams hyphen cole"
# "Halvorsen comma Einar": the last name first.
_COMMA: Final = re.compile(
    r"\b((?:(?:van|von|de|del|della|la|le|der|den|st|mc|mac|al|el)\s+){0,2}[^\W\d_]{2,20}) comma ([^\W\d_]{2,20}(?: [^\W\d_])?)\b",
    re.IGNORECASE,
)
_NTH_LETTER: Final = re.compile(
    r"\b(?:the|an?|that) (?:first|second|third|last|other|extra|final|silent) [a-z](?![\w'\u2019-])", re.IGNORECASE
)
_THRICE: Final = re.compile(r"(.)\1{2,}")
_TWICE: Final = {"double": 2, "two": 2, "triple": 3}
_KIND: Final = frozenset("little small big capital uppercase lowercase".split())
_SIGNS: Final = frozenset("apostrophe hyphen dash space".split())
_STANDS: Final = frozenset("as like for".split())  # "v as in victor", "n like nancy"
_PAUSES: Final = frozenset("and then".split())
_OF_REMARK: Final = frozenset("a an the no one two in of with without kind or not".split())
_LETTER: Final = r"(?:an?|the|one|two|no|capital|double|just) (?:p ?h|c ?k|t ?h|[a-z](?:['\u2019]?s)?)(?![\w'\u2019-])"
_REMARK: Final = re.compile(
    rf",?(?: (?:and|but|it'?s|that'?s|spelled|spelt|starts|starting|begins|ends|ending)){{0,3}} (?:with|without) (?:{_LETTER}|[b-hj-z](?![\w'\u2019-]))"
    rf"(?:,? (?:and|or|not|but) (?:with(?:out)? )?{_LETTER}){{0,3}}|,? not? (?:(?:an?|the) )?[b-hj-z](?![\w'\u2019-])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Run:
    """Letters one after the other; `pauses`: before which of them somebody paused, `first`..`end`: its tokens."""

    first: int
    end: int
    letters: str = ""
    bare: str = ""  # without "two l's"
    dashed: bool = False
    pauses: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class Respelled:
    """A text in which every spelling has become the word that it spells. `sure`: the words that were spelled, lower case."""

    text: str
    sure: frozenset[str]


def likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word.lower(), other.lower()).ratio()


def respelled(text: str) -> Respelled:
    """ "dmitri volkov d m i t r i v o l k o v" is "Dmitri Volkov", "jon without the h j o n" is "Jon", "thuy, p h a m" is "thuy, Pham"."""
    text = _NTH_LETTER.sub(" ", _COMMA.sub(r"\2 \1", text))
    text = _JOINED.sub(r"\1-\2", text.replace(" comma ", ", "))
    tokens = list(TOKEN.finditer(text))
    runs = _runs([token[0] for token in tokens])
    inside = {at for run in runs for at in range(run.first, run.end)}
    said = [at for at, token in enumerate(tokens) if at not in inside and len(token[0]) > 1 and token[0][0].isalpha()]
    words = [tokens[at][0] for at in said][:SAID_MAX]
    changed, put, sure = dict[str, str](), dict[int, str](), set[str]()
    for run in runs:
        before = [tokens[at][0].lower() for at in range(max(0, run.first - 2), run.first)]
        if before and before[-1] == "not" and run.letters[0] != "a":
            continue  # "h a l v o r s e n, not s o n"
        one = _spelt(run, words, remark=_is_of_remark(before))
        if one.new and (misheard := _just_before(run, [token[0] for token in tokens])):
            one = _Spelt({misheard.lower(): one.new[0]}, one.new[1:], one.front, one.end)
        put[run.first] = " ".join((*one.front, *one.new, *one.end))
        changed |= one.of
        sure |= {name.lower() for name in (*one.of.values(), *one.new)}
    out, last = "", 0
    starts = {run.first: run for run in runs}
    at = 0
    while at < len(tokens):
        token = tokens[at]
        out += text[last : token.start()]
        if letters := starts.get(at):
            out, last = out + put.get(at, ""), tokens[letters.end - 1].end()
            at = letters.end
            continue
        out += changed.get(token[0].lower(), token[0])
        last, at = token.end(), at + 1
    whole = re.sub(r"[-\s]*\s[-\s]*", " ", out + text[last:])
    return Respelled(_REMARK.sub(" ", whole), frozenset(sure))


@dataclass(frozen=True, slots=True)
class _Spelt:
    of: dict[str, str]  # a word that was said, and how it is spelled
    new: tuple[str, ...] = ()  # words that were not said
    front: str = ""  # letters before it that are of no spelling
    end: str = ""


def _runs(tokens: Sequence[str]) -> list[_Run]:
    """Runs of at least two letters; "double l" is two, "v as in victor" one, a sign is none."""
    out: list[_Run] = []
    at = 0
    while at < len(tokens):
        run, there = _Run(at, at), at
        while there < len(tokens) and len(run.letters) < RUN_MAX:
            word, after = tokens[there].lower(), [token.lower() for token in tokens[there + 1 : there + 4]]
            dash = word in _TWICE and after[:1] == ["-"]  # "m-u-double-l"
            after = after[dash:]
            if len(word) == 1 and word.isalpha() and word.isascii():
                run.letters, run.bare, there = run.letters + word, run.bare + word, there + 1
                after = after[after[:1] == [","] :]
                if after[:1] and after[0] in _STANDS and len(after) > 1:
                    stands = 2 if after[1] != "in" else 3
                    if len(after) >= stands and after[stands - 1].startswith(word) and len(after[stands - 1]) > 1:
                        there += stands + (tokens[there] == ",")
                run.end = there
            elif word in _TWICE and after[:1] and (run.letters or word == "double") and _is_letter(after[0]):
                run.letters, there = run.letters + _TWICE[word] * after[0][0], there + 2 + dash
                run.bare += "" if word == "two" else _TWICE[word] * after[0][0]
                run.end = there
            elif run.letters and (word in "-.," or word in _PAUSES | _SIGNS | _KIND):
                if (word in "," or word in _PAUSES) and run.pauses[-1:] != [len(run.letters)]:
                    run.pauses.append(len(run.letters))
                there += 1
            elif not run.letters and word in _KIND and after[:1] and _is_letter(after[0]):
                there += 1
            else:
                break
        if len(run.letters) >= PIECE_MIN or (len(run.letters) > 1 and "-" in tokens[run.first : run.end]):
            run.dashed = "-" in tokens[run.first : run.end]
            out.append(run)
            at = run.end
        else:
            at += 1
    return out


def _just_before(run: _Run, tokens: Sequence[str]) -> str:
    """The word right before the letters, where it is none that anybody knows and begins with the same sound: "Cowoxic. K-O-W-A-L"."""
    at = run.first - 1
    while at >= 0 and tokens[at] in "-.,":
        at -= 1
    word = tokens[at].lower() if at >= 0 else ""
    alike = jellyfish.metaphone(word)[:1] == jellyfish.metaphone(run.letters)[:1]
    return tokens[at] if len(word) >= MISHEARD_MIN and word.isalpha() and alike and not _is_known(word) else ""


def _is_known(word: str) -> bool:
    return lexicon.english(word) or any(word in lexicon.words_of(one) for one in ("names", "names_doubtful", "given"))


def _is_of_remark(before: Sequence[str]) -> bool:
    """Whether what stands before letters speaks of some of them: "with a", "ends in", but not "this one"."""
    return (
        before[-1:] != [] and before[-1] in _OF_REMARK and not (before[-1] == "one" and before[0] in ("this", "that"))
    )


def _is_letter(word: str) -> bool:
    return re.fullmatch(r"[a-z](?:['\u2019]?s)?", word) is not None


def _spelt(run: _Run, said: Sequence[str], *, remark: bool) -> _Spelt:
    """The words that a run spells: said ones, or new ones. Letters at its ends may be of no spelling: "with a | y b r y a n", "... t | i"."""
    plain = [re.sub(r"[^a-z]", "", word.lower()) for word in said]
    if run.letters not in plain and any(run.letters in word for word in plain):
        return _Spelt({})  # "Crone. R-O-N-E is the end"
    best, fit = _Spelt({}), 0.0
    likely = 2 if run.letters[0] == "a" else 1  # letters of the remark: "with | a k | k r y s t a l", "the | h | j o n"
    for whole in dict.fromkeys((run.letters, run.bare)):
        for front in range(min(STRAY_MAX, len(whole) - PIECE_MIN) + 1 if remark else 1):
            for end in range(2 if whole[-1:] in ("a", "i") else 1):
                letters = whole[front : len(whole) - end]
                of, how = _of_said(letters, said) if len(letters) > 1 else ({}, 0.0)
                how -= 0.01 * end + (0.15 * abs(front - likely) if remark else 0.0)
                if how > fit:
                    best, fit = _Spelt(of, (), whole[:front], whole[len(whole) - end :]), how
    return best if fit >= ALIKE_FROM else _Spelt({}) if remark else _unsaid(run)


def _of_said(letters: str, said: Sequence[str]) -> tuple[dict[str, str], float]:
    """The word or the words side by side that the letters are most like."""
    best, fit = dict[str, str](), 0.0
    for at in range(len(said)):
        for count in range(1, TOGETHER_MAX + 1):
            words = [re.sub(r"[^a-z]", "", word.lower()) for word in said[at : at + count]]
            whole = "".join(words)
            if len(words) < count or abs(len(whole) - len(letters)) > max(2, len(letters) // 3):
                continue
            how = EXACT if whole == letters else likeness(whole, letters) + SAME_INITIAL * (whole[:1] == letters[0])
            how -= 0.03 * (count - 1)
            if how > fit:
                parts = _parted(letters, words)
                if all(likeness(word, part) >= ALIKE_FROM for word, part in zip(words, parts, strict=True)):
                    best, fit = {w.lower(): _as(w, p) for w, p in zip(said[at : at + count], parts, strict=True)}, how
    return best, fit


def _parted(letters: str, words: Sequence[str]) -> list[str]:
    """The letters of each of several words."""
    if len(words) == 1:
        return [letters]
    ends = range(max(1, len(words[0]) - 2), max(2, min(len(letters), len(words[0]) + 3)))
    first, rest = words[0], "".join(words[1:])
    cut = max(ends, key=lambda end: likeness(letters[:end], first) + likeness(letters[end:], rest), default=0)
    return [letters[:cut], *_parted(letters[cut:], words[1:])]


def _heard_right(letters: str, said: str) -> str:
    """Letters as a recogniser takes them down, put right: one three times over is two, and "double s" may have become "w s"."""
    letters = _THRICE.sub(r"\1\1", letters)
    word = re.sub(r"[^a-z]", "", said.lower())
    doubled = (
        letters[:at] + letters[at + 1] + letters[at + 1 :] for at in range(1, len(letters) - 1) if letters[at] == "w"
    )
    return word if word in doubled else letters


def _as(said: str, letters: str) -> str:
    """As it is spelled; as it was written where that is the same: "O'Brien", "LaFramboise"."""
    letters = _heard_right(letters, said)
    same = re.sub(r"[^a-z]", "", said.lower()) == letters
    return said if same and not said.islower() else said.title() if same else letters.capitalize()


def _unsaid(run: _Run) -> _Spelt:
    """A word that was not said, or several with pauses between them."""
    letters = _heard_right(run.letters, "")
    if len(letters) == PIECE_MIN and not run.dashed and (letters[0] == "a" or letters[-1] == "i"):
        return _Spelt({})  # "you wrote a k i bet"
    cuts = [0, *run.pauses, len(run.letters)]
    groups = [_heard_right(run.letters[one:other], "") for one, other in pairwise(cuts) if other > one]
    apart = len(groups) > 1 and all(len(group) > 1 and re.search(r"[aeiouy]", group) for group in groups)
    words = groups if apart else [letters] if len(letters) >= PIECE_MIN else []
    return _Spelt({}, tuple(word.capitalize() for word in words))
