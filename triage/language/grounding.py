"""Which numbers, days and names a sentence holds, and whether another text holds them too. Pure.

Digits and number words are equated by what is read aloud: "nine thirty", "9:30" and "9.30 a.m." meet, as do "twenty-first"
and "21st", or "five five five, zero one hundred" and "555-0100".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TEN_ORDINALS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth".split()
_SMALL = {word: n for n, word in enumerate(_ONES)} | {word: n for n, word in enumerate(_ORDINALS)}
_TEN = {w: n * 10 for n, w in enumerate(_TENS, 2)} | {w: n * 10 for n, w in enumerate(_TEN_ORDINALS, 2)}
_SCALE = {"hundred": 100, "hundredth": 100, "thousand": 1000, "thousandth": 1000, "million": 1_000_000}

# Words that say a quantity or a time without being a number: they must be in the grounds as they are.
QUANTITIES = frozenset(
    "half quarter noon midday midnight dozen couple pair once twice double triple several hourly daily weekly monthly"
    " yearly percent hour hours minute minutes day days week weeks month months year years".split()
)
DATES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays"
    " sundays weekday weekdays weekend weekends january february march april june july august september october november"
    " december today tomorrow tonight yesterday morning mornings afternoon afternoons evening evenings night nights"
    " easter christmas holiday holidays spring summer autumn winter".split()
)
# "May" is a month only with a capital or beside a number; as a verb it is everywhere.

# Words that may open a sentence without being somebody's name.
_OPENERS = frozenset(
    "a about all also an and any are as at before but can certainly could did do does excuse for from good great has have"
    " he hello her here hi his how i i'd i'll i'm i've if in is it it's its just kindly let let's may might my no not now of"
    " off ok okay on one or our perfect please right she so sorry sure tell thank thanks that that's the their then there"
    " they this to under understood was we we're were what what's when where which who whose why will with would yes you"
    " you're your absolutely alright got is's give given once after until could've shall should".split()
)
_SELF = frozenset("i i'd i'll i'm i've ok".split())
_WORD = re.compile(
    r"[0-9]+(?:st|nd|rd|th)?(?![a-z])|[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+|[.,:;!?/()\-+%$€£#]", re.IGNORECASE
)
_ONE_KIND = str.maketrans("’‘“”–—…\n\u00a0\u202f", "''\"\"--.   ")
_PLAIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ0-9 .,:;!?'()/\-+%$€£#\"]*")


class NotPlain(ValueError):
    """The text has characters that a spoken English sentence does not need."""


def plain(text: str) -> str:
    """`text` with one kind of quotes, dashes and blanks. Raises NotPlain for control characters, markup, other scripts
    and invisible letters: what cannot be read aloud cannot be checked."""
    text = unicodedata.normalize("NFC", text)
    text = text.translate(_ONE_KIND)
    if not _PLAIN.fullmatch(text):
        raise NotPlain("not plain text")
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """Lower-case words and numbers of a plain text, hyphens split, without punctuation."""
    return [token for token in _tokens(text) if token[0].isalnum()]


def _tokens(text: str) -> list[str]:
    spoken = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text.lower())
    spoken = re.sub(r"\b([ap]) m\b", r"\1m", spoken)
    spoken = re.sub(
        r"\b([0-9]{1,2})\.([0-5][0-9]) ?(?=[ap]m\b)", r"\1:\2 ", spoken
    )  # 9.30 a.m. is a time, not a decimal
    return _WORD.findall(re.sub(r"(?<=\d)(?=(?:am|pm|mg|ml|kg|mcg)\b)", " ", spoken))


def numbers(text: str) -> frozenset[str]:
    """Every number of a plain text in one canonical form: the digits as read aloud, with "a" or "p" for a.m. and p.m.

    Numbers that stand side by side, or are joined by a comma, are given both joined and one by one.
    """
    found: set[str] = set()
    for parts, half_day in _runs(text):
        found.update(part + half_day if half_day and part is parts[-1] else part for part in parts)
        found.add("".join(parts) + half_day)
    return frozenset(found)


def dates(text: str) -> frozenset[str]:
    """Days, months, times of day and words of quantity in a plain text, singular; "may" only where it is a month."""
    found = {_singular(word) for word in words(text) if word in DATES or word in QUANTITIES}
    tokens = _tokens(text)
    if any("may" in pair and any(_is_number(other) for other in pair) for pair in pairwise(tokens)):
        found.add("may")
    if re.search(r"(?<=[a-z,] )May\b|\b(in|of|until|since|by) may\b", text):
        found.add("may")
    return frozenset(found)


def names(text: str) -> frozenset[str]:
    """Lower-cased words of a plain text that look like names: capitals inside a sentence, or an unusual opening word."""
    found = set()
    for sentence in re.split(r"(?<=[.!?:])\s+", text):
        for place, word in enumerate(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", sentence)):
            bare = word.lower().removesuffix("'s")
            ordinary = word.lower() in _SELF or (place == 0 and word.lower() in _OPENERS)
            if (
                word != word.lower()
                and not ordinary
                and not _is_number(bare)
                and bare not in ("a", "p", "m", "am", "pm")
            ):
                found.add(bare)
    return frozenset(found)


def ungrounded_numbers(sentence: str, grounds: Sequence[str]) -> bool:
    """Whether `sentence` says a number, time or date that no text of `grounds` says. All plain."""
    known = set(numbers_of(grounds))
    bare = {number.rstrip("ap") for number in known}
    for parts, half_day in _runs(sentence):
        joined = "".join(parts)
        whole = joined + half_day in known if half_day else joined in bare
        one_by_one = not half_day and all(part in bare for part in parts)
        if not whole and not one_by_one:
            return True
    return not dates(sentence) <= frozenset().union(*(dates(ground) for ground in grounds))


def ungrounded_names(sentence: str, grounds: Sequence[str]) -> bool:
    known = {word.removesuffix("'s") for ground in grounds for word in words(ground)}
    return not names(sentence) <= known


def numbers_of(texts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(numbers(text) for text in texts))


def _singular(word: str) -> str:
    return word.removesuffix("s") if word in DATES or word in QUANTITIES else word


def _is_number(token: str) -> bool:
    return token[0].isdigit() or token in _SMALL or token in _TEN or token in _SCALE


def _runs(text: str) -> list[tuple[list[str], str]]:
    """Stretches of number tokens: their values as digit strings, and "a", "p" or "" for the half of the day."""
    runs: list[tuple[list[str], str]] = []
    tokens = _tokens(text)
    place = 0
    while place < len(tokens):
        if not _is_number(tokens[place]):
            place += 1
            continue
        run: list[str] = []
        while place < len(tokens) and (_is_number(tokens[place]) or _joins(tokens, place, run)):
            run.append(tokens[place])
            place += 1
        after = tokens[place] if place < len(tokens) else ""
        half_day = after[0] if after in ("am", "pm") else ""
        runs.append((_values(run), half_day))
    return runs


def _joins(tokens: list[str], place: int, run: list[str]) -> bool:
    """Whether what stands here holds two numbers together: "9:30", "555-0100", "one hundred and two", "nine oh five"."""
    if place + 1 >= len(tokens):
        return False
    word, after = tokens[place], tokens[place + 1]
    if not run or not _is_number(after):
        return False
    return word in (".", ",", ":", "-", "(", ")", "/", "point", "oh", "o") or (word == "and" and run[-1] in _SCALE)


def _values(run: list[str]) -> list[str]:
    """One digit string for each stretch between commas: ["twenty", "four"] -> ["24"]; ["nine", "thirty"] -> ["930"];
    ["two", "hundred", "and", "five", ",", "7"] -> ["205", "7"]; ["9", ":", "00"] -> ["9"]; ["2", "point", "5"] -> ["2.5"].

    The point stays: 2.5 is not 25."""
    values = [""]
    current: int | None = None  # a number that further words may still add to
    last = ""
    for place, word in enumerate(run):
        value = _SMALL.get(word, 0 if word in ("oh", "o") else None)
        adds = current is not None and last in (*_SCALE, "and")
        if word in _SCALE:
            current = (1 if current is None else current) * _SCALE[word]
        elif word in _TEN and adds and current is not None:
            current += _TEN[word]
        elif value and current is not None and (adds or (last in _TEN and value < 10)):
            current += value
        elif word not in ("-", "and"):
            values[-1] += "" if current is None else str(current)
            current = value if value is not None else _TEN.get(word)
            if word == ",":
                values.append("")
            elif word in (".", "point"):
                values[-1] += "."
            elif word[0].isdigit():
                values[-1] += _digits(run, place)
        last = word if word != "-" else last
    values[-1] += "" if current is None else str(current)
    return [value for value in values if value]


def _digits(run: list[str], place: int) -> str:
    digits = re.sub(r"[^0-9]", "", run[place])
    if digits == "00" and place and run[place - 1] == ":":
        return ""  # a full hour is read without its minutes
    if place + 1 < len(run) and run[place + 1] == ":":
        return digits.lstrip("0") or "0"
    return digits
