"""What a turn asks for, and what of the answer is it. Pure but for the lists of lexicon.py.

A bare answer says nothing by itself: "blue heron 22" is an e-mail address only after the question. What was asked for stays expected until
something else is asked; the one who answers may also name it himself ("my member number is, hang on") and tell it a turn later.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from triage.privacy import lexicon, said
from triage.privacy.spoken import runs

# Kinds and the words that name them, in questions and in "my … is".
_NAMED: Final = (
    ("DATE", r"date of birth|birth ?da(?:y|te)|\bborn\b|\bd ?o ?b\b|dates? of service|which dates?|what (?:day|date)"),
    ("EMAIL", r"e-?mail|user ?name|log ?in|sign(?:ing)? in|at sign"),
    ("SSN", r"social|\bssn\b|last four|last 4"),
    ("MRN", r"(?:record|chart|patient|medical|hospital) (?:number|id|no\b)|\bchart\b|\bm ?r ?n\b|bracelet|wristband|\bpt id\b|\bmr ?#"),
    ("PLAN", r"insurance|insured|member|\bpolicy\b|subscriber|\bgroup\b|medicaid|medicare|medi-?cal|health plan|plan (?:number|id)|\bcard\b|\bi ?d\b|claim|authori[sz]ation|beneficiary|dependent|coverage"),
    ("ACCOUNT", r"account|invoice|statement|\bbill\b|reference|confirmation|\border\b|\bcase\b|ticket|\bcode\b|receipt|\bpin\b|\bletters?\b|guarantor|payment|page"),
    ("LICENCE", r"licen[sc]e|passport|certificate|\bdea\b|\bnpi\b"), ("VEHICLE", r"\bplate\b|\bvin\b|license tag"),
    ("DEVICE", r"serial|\bmodel\b|\bdevice\b|implant|\bpump\b|pacemaker|sticker|\blabel\b|meter"),
    ("PHONE", r"phone|\bnumbers?\b|\bdigits?\b|call (?:you|him|her|them) back|reach you|\bcell\b|\bfax\b|text you|extension"),
)  # fmt: skip
_KINDS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _NAMED)
_NAME: Final = re.compile(
    r"\bnames?\b|spell|who am i speaking|who is (?:calling|this)|who's (?:calling|this)|who carries", re.IGNORECASE
)
_WHO: Final = re.compile(
    r"\bby whom\b|\bwho(?:'s| is| was| did| took| saw| gave| told| said| rang| called| put| signed| ordered| prescribed| drew| shall| should| for| with)\b|\bwhose\b|\bwhich (?:nurse|doctor|lady|one of|provider)\b|\bwith whom\b",
    re.IGNORECASE,
)
_WHERE: Final = re.compile(
    r"\b(?:mailing|street|home|shipping|billing|household|your|new|current|old|which|what|the|an?|that) address\b|^(?:and )?(?:the )?address\b|where (?:do|does|did|are|is|should|can|shall|will|would|were|was) "
    r"(?:you|we|he|she|they|i|it|the (?:nurse|driver|ambulance|pickup))|where'?s\b|where to|\blocation\b|\bzip\b|where you are|what street|\bstreet\b|house number|post ?code|cross street|pick ?up|drop ?off|intersection",
    re.IGNORECASE,
)
_PAIN: Final = re.compile(r"hurt|pain|feel|ache|sore|swollen|rash|bleed", re.IGNORECASE)
_OWN: Final = re.compile(r"\b(?:my|his|her|our|the|that|this|your|it'?s an?|new|old|is an?)\s", re.IGNORECASE)
_GOES_ON: Final = re.compile(
    r"\b(?:rest|others?|more|again|go ahead|repeat|read|slow(?:ly|er)?|digits?|letters?|is that|that all|all of it|correct|right|last|first|before|after|dash|part|spell(?:ed|ing)?|got|so far|then|next|"
    r"take your time|mm-?hm+|uh-?huh|okay|ok|yes|sure|sorry|pardon|missing|short|long|numbers?|caught|hear|say|(?:new|old|other|which|that) one)\b",
    re.IGNORECASE,
)
GO_ON_WORDS_MAX = 15
READ_BACK_WORDS_MAX = 20
WHOLE_WORDS_MAX = 8  # of an address's local part
SHORT_WORDS_MAX = 12  # of an answer that is an address and little else
# Words of an answer that are about how something is written, not what.
_ABOUT: Final = frozenset(
    "all one word together lower case lowercase upper uppercase capital capitals no spaces space dots dot with hyphen hyphens underscore the letter letters number numbers "
    "spelled spelling spell same as before yeah yes yep nope right correct sure old work personal best okay ok that it is mine then my first last middle initial at sign "
    "something email e-mail mail address and plus not in like like symbol account usual think guess lemme let see good question wait hang hold".split()
)
_BETWEEN: Final = frozenset(
    "dot underscore dash hyphen period the of number letter then capital as in like plus point".split()
)
_CODES: Final = frozenset(("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE", "PHONE", "DATE", "EMAIL"))


def kinds(text: str) -> tuple[str, ...]:
    """What a question of the line's or a nurse's asks for, the likeliest first."""
    found = [kind for kind, words in _KINDS if words.search(text)]
    if _NAME.search(text):
        found.insert(0, "NAME")
    elif _WHO.search(text):
        found.insert(0, "WHO")
    if _WHERE.search(text) and not _PAIN.search(text) and not ("EMAIL" in found and "where" not in text.lower()):
        found.append("ADDRESS")
    return tuple(found)


def announced(text: str, found: set[str]) -> tuple[str, ...]:
    """What a caller says is coming: the kinds of number that are named in the turn, and those that were told and may be corrected."""
    again = tuple(kind for kind in ("EMAIL", "ADDRESS", *sorted(_CODES - {"EMAIL", "DATE"})) if kind in found)
    if re.search(r"\b(?:my|his|her|our|the|new|old|mailing) address\b", text, re.IGNORECASE) and not re.search(
        r"e-?mail", text, re.IGNORECASE
    ):
        again += ("ADDRESS",)
    return again + _own(text)


def _own(text: str) -> tuple[str, ...]:
    return (
        tuple(kind for kind, words in _KINDS if words.search(text))
        if _OWN.search(text) or len(text.split()) <= GO_ON_WORDS_MAX
        else ()
    )


def goes_on(text: str) -> bool:
    """Whether a turn of the line's leaves the question open: "go on", "is that all of it", what it reads back."""
    return (
        len(text.split()) <= 5
        or (len(text.split()) <= GO_ON_WORDS_MAX and bool(_GOES_ON.search(text)))
        or (len(text.split()) <= READ_BACK_WORDS_MAX and any(len(run.value) >= 3 for run in runs(text)))
    )


def told(expected: tuple[str, ...]) -> bool:
    """Whether figures and letters are expected."""
    return any(kind in _CODES for kind in expected)


def written(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    """The answer to the question for an e-mail address: what is neither grammar nor about the writing goes, unless it is plainly a sentence."""
    words = list(re.finditer(r"[\w'’+-]+(?:\.[\w'’+-]+)*", text))
    everyday = lexicon.words_of("everyday")
    spelt = runs(text, asked=True)
    domain = next((span for span in said.spans(text) if span[2] in ("EMAIL", "URL")), None)
    if domain and domain[2] == "EMAIL" and (whole := _whole(text, domain, words, keep)):
        return [whole]
    codes = [run for run in spelt if len(run.value) > 1 or run.value.isdigit()]
    idle = [
        word
        for word in words
        if lexicon.plain(word.group(0)) in lexicon.GRAMMAR or lexicon.plain(word.group(0)) in everyday
    ]
    if not domain and not codes and len(words) >= 3 and len(idle) == len(words):
        return []
    limit = domain[1] if domain else max((run.end for run in codes), default=0)
    short = len(words) <= SHORT_WORDS_MAX
    out = [(run.start, run.end) for run in codes if short or domain or len(run.value) > 2]
    for word in words:
        plain = lexicon.plain(word.group(0)).strip(".")
        if word.start() >= limit and not (short and not domain):
            break
        if (
            plain in _ABOUT
            or plain in lexicon.GRAMMAR
            or plain in keep
            or (plain in everyday and not (short or domain))
        ):
            continue
        if not plain.isdigit():
            out.append(word.span())
    return _joined(text, sorted(out))


def pairs(address: str) -> list[str]:
    """Neighbours among the words of an address's local part, lower case, without the words about the writing."""
    local = re.split(r"\sat\s|@", address.lower())[0]
    words = [word for word in re.findall(r"[\w'’+-]+", local) if word not in _BETWEEN]
    some = [
        (a, b) for a, b in pairwise(words) if not (a in lexicon.GRAMMAR and b in lexicon.GRAMMAR) and len(a + b) > 3
    ]
    return [f"{a} {b}" for a, b in some]


def _whole(text: str, domain: said.Span, words: list[re.Match[str]], keep: frozenset[str]) -> tuple[int, int] | None:
    """In a short answer all that stands between its first words and the domain: "sunny side up all one word at gmail dot com"."""
    left = [word for word in words if word.start() < domain[1] and word.end() <= _at(text, domain)]
    kept = [n for n, word in enumerate(left) if lexicon.plain(word.group(0)) in keep]
    left = left[kept[-1] + 1 if kept else 0 :]  # "let me read it back rosebud …"
    while left and lexicon.plain(left[0].group(0)) in _ABOUT | lexicon.GRAMMAR:
        left.pop(0)
    return (left[0].start(), domain[1]) if left and len(left) <= WHOLE_WORDS_MAX else None


def _at(text: str, domain: said.Span) -> int:
    """Where the local part ends."""
    mark = list(re.finditer(r"\sat\s|@", text[: domain[1]], re.IGNORECASE))
    return mark[-1].start() if mark else domain[0]


def _joined(text: str, parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Parts of one address with the "dot", "the" or "underscore" between them."""
    out: list[tuple[int, int]] = []
    for start, end in parts:
        between = re.findall(r"\w+", text[out[-1][1] : start].lower()) if out else []
        if out and len(between) <= 2 and all(word in _BETWEEN for word in between):
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
