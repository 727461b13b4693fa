"""What a turn asks for, and what of the answer is it. Pure but for the lists of lexicon.py.

A bare answer says nothing by itself: "blue heron 22" is an e-mail address only after the question. What was asked for stays expected until
something else is asked; the one who answers may also name it himself ("my member number is, hang on") and tell it a turn later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from triage.privacy import lexicon, said
from triage.privacy.quantities import asks_value, quantity
from triage.privacy.spoken import ABBREVIATIONS, Run, runs

# Kinds and the words that name them, in questions and in "my … is".
_NAMED: Final = (
    ("DATE", r"date of birth|birth ?da(?:y|te)|\bborn\b|\bd ?o ?b\b|dates? of service|which dates?|what (?:day|date)"),
    ("EMAIL", r"e-?mail|user ?name|log ?in|sign(?:ing)? in|at sign"),
    ("SSN", r"social|\bssn\b|last four|last 4"),
    ("MRN", r"(?:record|chart|patient|medical|hospital) (?:number|id|no\b)|\bchart\b|\bm ?r ?n\b|bracelet|wristband|\bpt id\b|\bmr ?#"),
    ("PLAN", r"insurance|insured|(?<!crew )(?<!family )(?<!staff )(?<!team )\bmember\b|\bpolicy\b|subscriber|\bgroup\b|medicaid|medicare|medi-?cal|health plan|plan (?:number|id)|\bcard\b|\bi ?d\b|claim|authori[sz]ation|beneficiary|dependent|suffix|prefix|coverage"),
    ("ACCOUNT", r"account|invoice|statement|\bbill\b|reference|confirmation|\border\b|\bcase\b|ticket|\bcode\b|receipt|\bpin\b|\bletters?\b|guarantor|payment|page"),
    ("LICENCE", r"licen[sc]e|passport|certificate|\bdea\b|\bnpi\b"), ("VEHICLE", r"\bplates?\b|\bvin\b|license tag|(?:what|which|the|your|kind of|color|make) (?:car|vehicle|truck|van)\b|\bparking\b"),
    ("DEVICE", r"serial|\bmodel\b|\bdevice\b|implant|\bpump\b|pacemaker|sticker|\blabel\b|meter"),
    ("PHONE", r"phone|\bnumbers?\b|\bdigits?\b|call (?:you|him|her|them) back|reach you|\bcell\b|\bfax\b|text you|extension"),
)  # fmt: skip
_KINDS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _NAMED)
_NAME: Final = re.compile(
    r"\bnames?\b|spell|\bwhom? (?:am i|are we) (?:speaking|talking|chatting)|\bwho (?:is|'s) (?:calling|this|on the (?:line|phone))|\bwho's (?:calling|this|on the (?:line|phone))|\bwho (?:do|did) (?:i|we) have\b|"
    r"\bwho are you\b(?! (?:seeing|trying|calling|looking|here|with))|\band you are\W*$|what (?:do|should|can|shall|may) (?:i|we|they|people) call you|what do you go by|who carries",
    re.IGNORECASE,
)
_WHO: Final = re.compile(
    r"\bby whom\b|\bwho(?:'s| is| was| did| took| saw| gave| told| said| rang| called| put| signed| ordered| prescribed| drew| shall| should| for| with)\b|\bwhose\b|\bwhich (?:nurse|doctor|lady|one of|provider)\b|\bwith whom\b",
    re.IGNORECASE,
)
_WHERE: Final = re.compile(
    r"\b(?:mailing|street|home|shipping|billing|household|your|new|current|old|which|what|the|an?|that) address\b|(?:^|[.?!,] )(?:and |so |then )?(?:the )?address\b|where (?:do|does|did|are|is|should|can|shall|will|would|were|was) "
    r"(?:you|we|he|she|they|i|it|the (?:nurse|driver|ambulance|pickup))|where (?:should|can|shall|will) the \w+|where'?s\b|where to|\blocation\b|\bzip\b|where you are|what street|\bstreet\b|house number|post ?code|cross street|pick ?up|drop ?off|intersection",
    re.IGNORECASE,
)
_PAIN: Final = re.compile(r"hurt|pain|feel|ache|sore|swollen|rash|bleed", re.IGNORECASE)
_OWN: Final = re.compile(r"\b(?:my|his|her|our|the|that|this|your|it'?s an?|new|old|is an?)\s", re.IGNORECASE)
# A nod, and nothing else: whoever is telling goes on.
_NODS: Final = frozenset(
    "mm mm-hm mhm mmhm mm-hmm hm hmm uh-huh uh huh um oh ah okay ok okey yes yeah yep yup sure right alright all go on ahead good great perfect fine and then i'm i am ready listening here with you "
    "got it that so far take your time no rush hurry problem worries please thanks thank whenever you're are still there hello ma'am maam sir when next copy keep going continue know i'll i will wait a the let me "
    "minute second moment one sec hold pen writing typing down".split()
)
# About the telling itself: more of it, slower, again, which letter.
_TELLING: Final = re.compile(
    r"\b(?:the rest|and the others?|say (?:it|that|them)|more time|again|repeat|read (?:it|that|them|me)|read(?:ing)? back|slow(?:ly|er)?|digits?|letters?|is that (?:all|it|right|correct|everything|the whole)|that all|all of it|the whole (?:thing|number)|"
    r"correct|(?:first|last|next|other) (?:two|three|four|five|six|half|part|bit|group|set|few|\d)\b|(?:end|start|begin)s? (?:in|with)|dash(?:es)?|hyphen|spaces?\b|dot|underscore|spell(?:ed|ing|s)?|so far|what comes|comes? (?:after|next)|(?:after|before) (?:the|that)|missing|too (?:short|long)|"
    r"(?:one|some|two) (?:short|more)|caught|missed (?:that|the|a)|broke up|cut (?:out|off)|hear (?:that|you|the)|didn'?t (?:get|catch|hear)|go (?:on|ahead)|as in|like in|with an? [a-z]\b|capital|lower ?case|numbers?|did you say|you said|was that|sorry|pardon|come again|(?:new|old|other|which|that) one|"
    r"(?:have|got|show|see|read) (?:it|that|you|him|her) (?:as|at|down)|(?:the )?(?:box|zip|unit|apartment) too)\b|\bright\W*$",
    re.IGNORECASE,
)
_WAITS: Final = re.compile(
    r"\b(?:hold on|hang on|hold up|wait|one (?:sec|second|moment|minute)|a (?:sec|second|moment|minute)|let me (?:see|look|find|get|check|grab|ask|think)|bear with|looking for|(?:get|find|need) my|glasses|wallet|purse)\b",
    re.IGNORECASE,
)
# The beginning of a question about something else.
_TOPIC: Final = re.compile(
    r"\b(?:what|what's|whats|which|how|how's|hows|when|where|who|why|any|are you|is (?:he|she|there|the|your|it)|do(?:es)? (?:you|he|she|it|they|the)|did (?:you|he|she|it|they|the)|have you|has (?:he|she|it)|are (?:there|they)|"
    r"can (?:you|he|she) (?!spell|say|repeat|read)|tell me|your)\b",
    re.IGNORECASE,
)
_CONFIRMS: Final = re.compile(
    r"\b(?:right|correct|still|same|current)\b[^.!]*(?:\?|$)|\bis that\b|\bare you\b|\bconfirm|\bverify", re.IGNORECASE
)
_HOW_MANY: Final = re.compile(
    r"\bhow (?:many|much|often|long|high|low|bad|old|far|tall|heavy)\b(?! (?:digits|letters|numbers))[^.?!,]*",
    re.IGNORECASE,
)
TOLD_WITHIN_CHARACTERS = 30  # of the value, the word that says what it is
NOD_WORDS_MAX = 8
TELLING_WORDS_MAX = 15
READ_BACK_WORDS_MAX = 20
READ_BACK_FIGURES_MIN = 3
OWN_WORDS_MAX = 15  # of a caller's turn in which any word for a number counts as an announcement
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
_WRITING: Final = re.compile(
    r"\b(?:dot|underscore|dash|hyphen|spell(?:ed)?|letters?|one word|lower ?case|capital|at (?:g ?mail|yahoo|hotmail|outlook|icloud|aol))\b|@|^so\b",
    re.IGNORECASE,
)
BETWEEN: Final = rf"\W+(?:(?:{'|'.join(sorted(_BETWEEN))})\W+){{0,2}}"  # two words of an address
_CODES: Final = frozenset(("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE", "PHONE", "DATE", "EMAIL"))


def kinds(text: str, said_here: Sequence[tuple[int, int]] = ()) -> tuple[str, ...]:
    """What a question of the line's or a nurse's asks for, the likeliest first. `said_here`: where identifiers stand in it; what is told with its
    value ("your chart is 4471") is not asked for, unless it is to be confirmed."""
    if said_here and not _CONFIRMS.search(text):
        text = _without_told(text, said_here)
    value, text = asks_value(text), _HOW_MANY.sub("", text)
    found = [kind for kind, words in _KINDS if words.search(text)]
    if _NAME.search(text):
        found.insert(0, "NAME")
    elif _WHO.search(text):
        found.insert(0, "WHO")
    if _WHERE.search(text) and not _PAIN.search(text) and not ("EMAIL" in found and "where" not in text.lower()):
        found.append("ADDRESS")
    if value and not any(kind in _CODES for kind in found):
        found.append("VALUE")
    return tuple(found)


def _without_told(text: str, told: Sequence[tuple[int, int]]) -> str:
    """Without each identifier and the words of its clause that come before it."""
    out = text
    for start, end in sorted(told, reverse=True):
        clause = max(out.rfind(mark, 0, start) for mark in ".?!,;")
        out = out[: max(clause + 1, start - TOLD_WITHIN_CHARACTERS)] + out[end:]
    return out


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
        if _OWN.search(text) or len(text.split()) <= OWN_WORDS_MAX
        else ()
    )


def nod(text: str) -> bool:
    """Whether a turn says no more than "go on", or "okay y"."""
    words = [lexicon.plain(word) for word in re.findall(r"[\w'’-]+", text)]
    return len(words) <= NOD_WORDS_MAX and all(word in _NODS or len(word) == 1 for word in words)


def waits(text: str) -> bool:
    """Whether a caller asks for time before the answer: "hang on, it's in my purse"."""
    return bool(_WAITS.search(text))


def of_the_telling(text: str, expected: tuple[str, ...]) -> bool:
    """Whether a turn of the line's is, in some part, still about what was asked for: it may say some of it."""
    return nod(text) or _last_of_it(text) > 0 or any(kind in expected for kind in kinds(text))


def goes_on(text: str) -> bool:
    """Whether a turn of the line's leaves the question open: a nod, what is about the telling, what it reads back; unless it comes to something else."""
    end = _last_of_it(text)
    return nod(text) or (end > 0 and not _TOPIC.search(text[end:]))


def _last_of_it(text: str) -> int:
    """Where the last of what is about the telling ends, or 0."""
    words = len(text.split())
    about = [match.end() for match in _TELLING.finditer(text)] if words <= TELLING_WORDS_MAX else []
    if words <= READ_BACK_WORDS_MAX:
        about += [run.end for run in runs(text) if _read_back(text, run)]
    return max(about, default=0)


def _read_back(text: str, run: Run) -> bool:
    return (
        len(run.value) >= READ_BACK_FIGURES_MIN
        and run.value not in ABBREVIATIONS
        and not quantity(text, run, told=False)
    )


def reads_address(text: str) -> bool:
    """Whether a turn of the line's may hold part of an e-mail address that was told."""
    return bool(_WRITING.search(text)) or any(_read_back(text, run) for run in runs(text))


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
    codes = [
        run
        for run in spelt
        if (len(run.value) > 1 or run.value.isdigit())
        and text[run.start : run.end].lower() != "one"
        and not quantity(text, run, told=True)
    ]
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


def pairs(address: str) -> list[tuple[str, str]]:
    """Neighbours among the words of an address's local part, lower case, without the words about the writing."""
    local = re.split(r"\sat\s|@", address.lower())[0]
    words = [word for word in re.findall(r"[\w'’+-]+", local) if word not in _BETWEEN]
    return [
        (a, b) for a, b in pairwise(words) if not (a in lexicon.GRAMMAR and b in lexicon.GRAMMAR) and len(a + b) > 3
    ]


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
