"""Numbers and letters as they are said, found where they stand in the text. Pure.

"five five five oh one nine two", "double four", "nineteen fifty-one", "m as in mary", "d like dog", "four four hang on seven". A recogniser
writes letters as words that sound alike ("are 4 4 2 you 9"); such words count only between letters and figures, or in the answer to a question
for a number. Each finding keeps the character offsets of the text it was made on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

_DIGITS: Final = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "nought": "0", "naught": "0", "niner": "9",
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
    "dash hyphen minus point dot space uh um er hm no wait and then like area code sorry slash star pound capital again period hash".split()
)
# Words that stand for letters: NATO's, and the police's.
ALPHABET: Final = frozenset(
    "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec romeo sierra tango uniform victor "
    "whiskey xray yankee zulu adam boy charles david edward frank george henry ida john king lincoln mary nora ocean paul queen robert sam tom union william "
    "young zebra".split()
)
# A letter's or figure's name as a recogniser may write it. The first are hardly words, the second are everyday ones.
_NAMED: Final = {
    "eff": "F", "ess": "S", "zee": "Z", "zed": "Z", "vee": "V", "aitch": "H", "dee": "D", "tee": "T", "jay": "J", "kay": "K", "gee": "G", "pee": "P",
    "cee": "C", "ar": "R", "el": "L", "em": "M", "en": "N", "ex": "X", "cue": "Q", "dubya": "W", "wye": "Y",
    "tree": "3", "fife": "5", "fower": "4", "ait": "8",
}  # fmt: skip
_ALIKE: Final = {
    "for": "4", "fore": "4", "to": "2", "too": "2", "ate": "8", "won": "1", "are": "R", "you": "U", "why": "Y", "tea": "T", "be": "B", "bee": "B", "see": "C",
    "sea": "C", "queue": "Q", "pea": "P", "eye": "I", "a": "A", "i": "I", "owe": "0",
}  # fmt: skip
_JOINING: Final = frozenset("for to too".split())  # sentences are full of them
_ANNOUNCING: Final = frozenset("is it's its that's number yes okay ok id with letter letters figure digits".split())
_PAUSE: Final = (
    "hang on|hold on|(?:just )?(?:a|one) (?:second|sec|minute|moment)|let me (?:see|look|check)|i mean|i think|(?:scratch|strike) that|excuse me|are you ready|"
    "(?:with )?(?<!\\s[A-Za-z]\\s)(?:a|an|the) (?:dash|space|hyphen|slash|star|dot|period)|and then(?: (?:a|there'?s))?|then (?:a|there'?s)|followed by(?: an?)?|the (?:number|figure|digit)|"
    "and there'?s(?: an?)?|no wait|make that"
)
_TOKEN: Final = re.compile(
    rf"(?<![\w'’])(?P<spelled>(?P<letter>[A-Za-z])[,.]?\s(?:as in|like in|is for|like|for)\s(?:an?\s|the\s)?(?P<word>[A-Za-z]+))(?![\w'’])"
    rf"|(?<![\w'’])(?:[A-Za-z]{{1,5}}[,.]?\sas in\s(?:an?\s|the\s)?(?P<stands>[A-Za-z]+))"
    rf"|(?<![\w'’])(?:(?:the )?letter\s(?P<named>[A-Za-z]))(?![\w'’])|(?<![\w'’])(?P<double_u>double (?:you|u))(?![\w'’])"
    rf"|(?<![\w'’])(?P<pause>{_PAUSE})(?![\w'’])|(?P<plain>[A-Za-z]+(?:['’][a-z]+)?|\d+)",
    re.IGNORECASE,
)
# After "a for", "i like": a sentence goes on.
_NO_STAND: Final = frozenset(
    "a an i it if in is instance all any another about ages almost awhile at and attention ever its ice".split()
)
# Of these words those that are people, months and drinks often begin a sentence about such.
PEOPLE: Final = frozenset(
    "adam charles david edward frank george henry ida john king mary paul queen robert sam tom victor william young ocean union boy whiskey".split()
)
# Said letter by letter, and nobody's name.
ABBREVIATIONS: Final = frozenset(
    "MRI CT EKG ECG HIV STD STI UTI COPD C0PD ADHD ADD PTSD IUD ER ICU TSH INR PSA BMI CPAP DOT D0T PCP DNA PCR TB RSV MRSA GERD IBS OCD 0CD LDL HDL ENT 0TC FMLA PTO HMO HM0 PPO PP0 CBC BRCA DVT TIA CHF "
    "EMT EMS ID DOB D0B SSN MRN VIN PIN DMV VA USA ASAP PDF AOL IV EEG EMG GI GP RN NP PA MD DO TV AM PM OB 0B OBGYN PTSD ALS MS A1C HPV HCG IVF ACL MCL CEO AHI NPI DEA MMR EOB FSA HSA CNA LPN ICU NICU CDL PSA CRP BNP EPO TENS".split()
)
LEADING = 4  # words of the alphabet and figures in a row that begin a number
HUNDRED_AFTER = (
    5  # figures that must stand before a "hundred" that is two noughts: "sinemet twenty five one hundred" is a dose
)
ONE_TURN = 8  # texts whose runs are kept: several rules ask for those of the turn in hand
GLUE_MAX = 3  # words and pauses between two figures of one number
ALIKE_AFTER = 3  # figures and letters that must stand before, where nothing was asked for


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of digits and letters said one after the other. `value`: what they spell."""

    start: int
    end: int
    value: str

    @property
    def digits(self) -> int:
        return sum(c.isdigit() for c in self.value)


@dataclass(slots=True)
class _Token:
    start: int
    end: int
    word: str  # lower case
    piece: str = ""  # what it spells, if it surely spells
    alike: str = ""  # what it may spell
    glue: bool = False


def runs(text: str, *, asked: bool = False) -> list[Run]:
    """Every run of at least two spoken or written figures or spelled letters, in order. `asked`: a number was asked for, or is
    being told; then one of them is enough, and words that sound like letters are taken for them."""
    return list(_runs(text, asked))


@lru_cache(maxsize=ONE_TURN)
def _runs(text: str, asked: bool) -> tuple[Run, ...]:
    tokens = _tokens(text)
    for at in range(len(tokens)):
        if tokens[at].alike and not tokens[at].piece and _sounds(tokens, at, asked):
            tokens[at].piece = tokens[at].alike
    found: list[Run] = []
    start = end = -1
    value, pieces, repeat, glued = "", 0, 1, 0
    for at, token in enumerate([*tokens, None]):
        piece = token.piece if token else ""
        if token and not piece and start < 0 and _leads(tokens, at):
            piece = token.word[0].upper()
        if (
            token
            and token.word == "hundred"
            and (len(value) >= HUNDRED_AFTER or (asked and value.isdigit()))
            and _told(tokens, at + 1)
        ):
            piece = "00"  # "oh seven seven double oh nine hundred two one four"
        if token and start >= 0 and not piece and not glued and token.word in ALPHABET:
            piece = token.word[0].upper()
        if token and token.word == "ray" and value.endswith("X") and end == token.start - 1:
            end = token.end  # "x ray"
            continue
        if token and piece and not (start >= 0 and "$" in text[end : token.start]):
            if start < 0:
                start = token.start
            if len(piece) == 1 and _follows_tens(tokens, at) and repeat == 1 and value.endswith("0"):
                value = value[:-1]  # "forty six" is two figures
            value += piece * (repeat if len(piece) == 1 else 1)
            end = token.end
            pieces, repeat, glued = pieces + 1, 1, 0
            continue
        if token and start >= 0 and (token.glue or token.word in _REPEAT) and glued < GLUE_MAX:
            repeat = _REPEAT.get(token.word, repeat)
            glued += 1
            continue
        if pieces >= (1 if asked else 2) or sum(c.isdigit() for c in value) >= 2:
            found.append(Run(start, end, value))
        start = end = -1
        value, pieces, glued = "", 0, 0
        repeat = _REPEAT.get(token.word, 1) if token else 1
        if token and piece:  # money ended the run before it
            start, end, value, pieces = token.start, token.end, piece, 1
        elif token and token.word in _REPEAT:
            start = end = token.start
    return tuple(found)


def _tokens(text: str) -> list[_Token]:
    out = []
    for match in _TOKEN.finditer(text):
        word = match.group(0).lower()
        token = _Token(*match.span(), word, glue=bool(match["pause"]) or word in _GLUE)
        if match["spelled"]:
            letter, stands = match["letter"].upper(), match["word"][0].upper()
            if (
                " as in " in word
                or " like in " in word
                or (letter == stands and not (letter in "AI" and match["word"].lower() in _NO_STAND))
            ):
                token.piece = letter
            else:  # "b for me" is no spelling: only its letter counts
                token.end = token.start + 1
                token.word = word[0]
                token.piece = _piece(match["letter"])
                out += [token, *_again(text, match)]
                continue
        elif match["stands"]:
            token.piece = match["stands"][0].upper()
        elif match["named"]:
            token.piece = match["named"].upper()
        elif match["double_u"]:
            token.piece = "W"
        elif match["plain"]:
            token.piece = _piece(match["plain"])
            token.alike = _NAMED.get(word) or _ALIKE.get(word, "")
        out.append(token)
    return out


def _again(text: str, match: re.Match[str]) -> list[_Token]:
    rest = text[match.start() + 1 : match.end()]
    out = []
    for token in _tokens(rest):
        token.start += match.start() + 1
        token.end += match.start() + 1
        out.append(token)
    return out


def _sounds(tokens: list[_Token], at: int, asked: bool) -> bool:
    """Whether a word that sounds like a letter or figure is one here."""
    token = tokens[at]
    before = tokens[at - 1].piece if at and token.start - tokens[at - 1].end <= 2 else ""
    after = tokens[at + 1] if at + 1 < len(tokens) and tokens[at + 1].start - token.end <= 2 else None
    follows = bool(after and after.piece)
    if token.word in ("a", "i"):
        letters = (before and before.isalpha()) or (
            after is not None and after.piece.isalpha() and len(after.word) == 1
        )
        return bool(letters) or (asked and bool(before or _glued_before(tokens, at)) and (after is None or follows))
    if token.word in _NAMED:
        return bool(before) or follows or (asked and (after is None or bool(after.alike)))
    place, chain = at + 1, after
    while chain and not chain.piece and chain.alike and place + 1 < len(tokens):
        place += 1
        chain = tokens[place]
    leads = bool(chain and chain.piece) and (bool(before) or _begins(tokens, at))
    if not asked:
        told = 0
        for one in reversed(tokens[:at]):
            if not one.piece:
                break
            told += len(one.piece)
        return leads and told >= ALIKE_AFTER
    ends = chain is None or chain.glue or (not chain.piece and bool(chain.alike) and place + 1 >= len(tokens))
    joined = bool(before) or (_glued_before(tokens, at) and at > 1 and bool(tokens[at - 2].piece))
    return leads or (joined and ends)


def _begins(tokens: list[_Token], at: int) -> bool:
    """Whether a number may begin with "for" or "to" here: not within a sentence ("up to eighty eight")."""
    return tokens[at].word not in _JOINING or not at or tokens[at - 1].glue or tokens[at - 1].word in _ANNOUNCING


def _leads(tokens: list[_Token], at: int) -> bool:
    """Whether a number begins here with words of the alphabet: "kilo tango eight four one one"."""
    rest = tokens[at : at + LEADING]
    if len(rest) < LEADING or rest[0].word not in ALPHABET - PEOPLE:
        return False
    codes = [token.word in ALPHABET or token.word in _REPEAT or bool(token.piece) for token in rest]
    near = all(b.start - a.end <= 2 for a, b in pairwise(rest))
    return near and all(codes) and _told(tokens, at + LEADING - 1)


def _told(tokens: list[_Token], at: int) -> bool:
    return at < len(tokens) and bool(tokens[at].piece)


def _follows_tens(tokens: list[_Token], at: int) -> bool:
    return (
        at > 0
        and tokens[at - 1].word in _TENS
        and "1" <= tokens[at].piece <= "9"
        and tokens[at].start - tokens[at - 1].end <= 1
    )


def _glued_before(tokens: list[_Token], at: int) -> bool:
    return at > 0 and tokens[at - 1].glue and tokens[at - 1].word not in ("and", "then", "like", "wait", "no")


def _piece(word: str) -> str:
    lower = word.lower()
    if word.isdigit():
        return word
    if len(word) == 1 and word.isalpha() and word not in ("a", "i", "I"):
        return _DIGITS.get(lower, word.upper())
    if lower in _TENS:
        return _TENS[lower] + "0"
    return _DIGITS.get(lower) or _TEENS.get(lower, "")
