"""Personal names in one utterance, with or without capitals. Pure but for its lists (triage/privacy/gazetteer).

A recogniser often prints no capitals, and a statistical name finder without capitals finds little. Here each word gets a strength: 2 when it is a
name and no everyday word, 1 when it may be one, 0 otherwise; a name is a run of them with at least one sure word, or with a title or "my name is"
before it. The lists and their licences: models/privacy/build_gazetteers.py, models/cards/names.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage.privacy.lexicon import (
    GRAMMAR,
    MODAL,
    SURNAMES,
    TOKEN,
    Word,
    adjoining,
    auxiliary,
    capitals,
    english,
    given,
    plain,
    strange,
    thing_or_month,
    unknown,
    verb,
    words_in,
    words_of,
)

NAME_WORDS_MAX = 4
_LEAD: Final = re.compile(
    r"\b(?:name(?:'s| is| was)?|named|called|mr|mrs|ms|miss|mister|missus|doctor|dr|nurse|professor|this is|i am|i'm|it's|speaking to|speaking with|with|for|by|from|ask for|signed|dear|"
    r"husband|wife|son|daughter|mother|father|mom|dad|brother|sister|friend|neighbor|patient|contact)[\s,.:]*$",
    re.IGNORECASE,
)
_STRONG_LEAD: Final = re.compile(
    r"\b(?:name(?:'s| is| was)|first name|last name|maiden name|surname|mr|mrs|ms|miss|mister|missus|doctor|dr|named)[\s,.:]*(?:is|was)?[\s,.:]*$",
    re.IGNORECASE,
)
_PARTICLE: Final = frozenset("viuda vda y van von der de la del da dos di el al bin ibn st mac mc o".split())


def personal(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    """Character spans of personal names. `keep`: words that are none, whatever the lists say."""
    words = words_in(text)
    cased = capitals(words)
    strengths = [_strength(word, cased, keep) for word in words]
    out: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        if not strengths[at]:
            at += 1
            continue
        end = at
        while (
            end < len(words)
            and (strengths[end] or _joins(words, strengths, end))
            and (end == at or adjoining(text, words, end))
        ):
            end += 1
        run = range(at, min(end, at + NAME_WORDS_MAX))
        if verb(text, words[at]):
            at += 1
            continue
        led = bool(_STRONG_LEAD.search(text[: words[at].start])) or (
            cased and bool(_LEAD.search(text[: words[at].start]))
        )
        if led:
            chosen = list(run)
        else:
            # Without capitals a merely possible name belongs only to the right of a sure one: "will rosa young" is two words.
            sure = [n for n in run if strengths[n] == 2]
            if cased and len(run) > 1 and not sure and any(unknown(plain(words[n].text), keep) for n in run):
                sure = list(run)  # two capitals side by side, one of them of no word
            chosen = [n for n in run if sure and (cased or n >= sure[0])]
        if chosen:
            out.append((words[chosen[0]].start, words[chosen[-1]].end))
        at = end
    return out


_KIN: Final = (
    "grandson|granddaughter|grandchild|stepson|stepdaughter|daughter|son|wife|husband|partner|mother|mom|mama|father|dad|papa|sister|brother|grandmother|"
    "grandma|grandfather|grandpa|nana|aunt|uncle|cousin|neighbor|niece|nephew|caregiver|roommate|fianc[eé]e?|boyfriend|girlfriend"
)
_INTRODUCES: Final = re.compile(
    rf"\b(?:(?P<title>dr|doctor|mr|mrs|ms|miss|mister|missus|nurse|professor|father|sister)\b\.?|(?:first |last |full |middle |maiden |real |given )?name(?:'s| is| was)|named|"
    rf"(?:my|his|her|their|our|the) (?:{_KIN})(?:'s|s)?(?: name)?(?:'s| is)?,?|thank you|thanks|is this(?: for)?|calling (?:for|about)|(?:note|message|voicemail|letter|copy|package) (?:for|to)|care of|attention|attn\.?:?|addressed to|made out to|ask for|tell|on behalf of|speaking with|speaking to|am i speaking with)\s+",
    re.IGNORECASE,
)
_FILLERS: Final = frozenset("uh um er erm hm ah oh".split())
_BETWEEN_NAMES: Final = re.compile(r"[ .,'-]{1,3}|[ ,.]*\b(?:uh|um|er|erm|hm|ah|oh)\b[ ,.]*", re.IGNORECASE)
ANSWER_WORDS_MAX = 4  # of a name that was asked for


_STRICT_LEADS: Final = re.compile(r"care of|addressed to|made out to|attention|attn", re.IGNORECASE)
_BY_ITSELF: Final = re.compile(
    rf"(?:^|[.?!] )(?:(?:hi|hello|hey|yes|yeah|okay|ok|um|uh|so|well|good morning),? )*(?:it's|its|it is|this is|i'm|im|i am) (?P<name>{TOKEN.pattern})(?=(?: {TOKEN.pattern})?(?:,|\.|$| (?:over (?:in|at|on|here)|here|calling|again|from|i'm|i am|his|her|and i|i need|i'd)\b))"
    rf"|(?:^|[.?!] )(?:(?:hi|hello|hey|yes|okay|um|uh),? )*(?P<here>{TOKEN.pattern}(?: {TOKEN.pattern})?) here(?=[.,]|$| (?:and|i|again|calling|my)\b)",
    re.IGNORECASE,
)


def by_itself(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    """ "it's imogen i'm …", "Ottoline Graves here.": who says so at the beginning gives a name, though no list has it."""
    out = []
    for match in _BY_ITSELF.finditer(text):
        group = "name" if match["name"] else "here"
        parts = [plain(part).removesuffix("'s") for part in match[group].split()]
        everyday = [
            part in GRAMMAR or part in keep or (part in words_of("everyday") and part not in words_of("names_doubtful"))
            for part in parts
        ]
        if not any(everyday) and any(len(part) >= 3 and part not in words_of("everyday") for part in parts):
            out.append(match.span(group))
    desk = _AT_THE_DESK.match(text)  # who takes the call: "billing this is will what's the invoice"
    if desk and _borne(plain(desk["name"])) and plain(desk["name"]) not in GRAMMAR and plain(desk["name"]) not in keep:
        out.append(desk.span("name"))
    return out


_AT_THE_DESK: Final = re.compile(
    rf"^(?:[\w',]+ ){{0,4}}this is (?P<name>{TOKEN.pattern})(?=[,.]|$| (?:what|how|who|can|may|speaking|in|with|from|at)\b)",
    re.IGNORECASE,
)
_PAIRED: Final = frozenset("gehrig gehrigs barre danlos barr hicks".split())  # second halves of a disease's name
_ILLNESS: Final = re.compile(
    r"(?:['’]s?)?[ -](?:disease|syndrome|palsy|test|sign|cyst|catheter|maneuver|manoeuvre|smear|tear|contractions?|thyroiditis|lymphoma|sarcoma|phenomenon|esophagus|neuroma|tumou?r|lower back|exercises?|tendon)\b|['’]s?(?!\w)",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|mister|missus|doctor|dr|nurse|professor|name(?:'s| is)|last name|surname)[\s,.:]*$",
    re.IGNORECASE,
)


def surnames(text: str, eponyms: frozenset[str]) -> frozenset[str]:
    """Which of the illnesses' namesakes are people here: after a title or a first name and before no illness ("Dr. Baker", "Ottoline Graves")."""
    words, out = words_in(text), set()
    for at, word in enumerate(words):
        name = plain(word.text).removesuffix("'s")
        if name not in eponyms or name in _PAIRED or _ILLNESS.match(text[word.start + len(name) :]):
            continue
        before = words[at - 1] if at and adjoining(text, words, at) else None
        first = plain(before.text) if before else ""
        known = bool(before) and (
            first in words_of("names")
            or (
                len(first) >= 4
                and first not in words_of("everyday")
                and before is not None
                and before.capital == word.capital
            )
        )
        if _TITLED.search(text[: word.start]) or (known and first not in eponyms and first not in GRAMMAR):
            out.add(name)
    return frozenset(out)


def introduced(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    """After a title, "the name is", a relative, "thank you": one word at least, though it be an everyday one ("doctor Park", "my grandson Drew")."""
    out = []
    words = words_in(text)
    cased = capitals(words)
    for lead in _INTRODUCES.finditer(text):
        after = [word for word in words if word.start >= lead.end()][:ANSWER_WORDS_MAX]
        if not after or after[0].start != lead.end():
            continue
        sure = bool(lead["title"] or _STRICT_LEADS.match(lead.group(0))) or "name" in lead.group(0).lower()
        first = plain(after[0].text).removesuffix("'s")
        if _named_anything(lead, after[0], first, cased, text[after[0].end :]):
            out.append((after[0].start, after[0].end))
            continue
        capital = cased and after[0].capital and not after[0].first
        known = (
            capital
            or first in words_of("names")
            or first in words_of("names_doubtful")
            or first not in words_of("everyday")
        )
        if first in GRAMMAR or first in keep or (cased and not after[0].capital) or not (known or sure):
            continue
        if auxiliary(text, after[0]) or verb(text, after[0]) or (not cased and english(first) and not _borne(first)):
            continue
        out.append((after[0].start, after[0].end))
    return out


_DOCTORS_OWN: Final = frozenset(
    "visit visits note notes order orders bill bills appt offices help advice work shopping".split()
)
_PRONOUN_SURNAMES: Final = frozenset("her so an do you he".split())  # Hmong and Chinese ones


def _named_anything(lead: re.Match[str], word: Word, name: str, cased: bool, after: str) -> bool:
    """ "Dr. Pain", "dr pain's office": whatever word it is, after a title with a capital or as an owner."""
    title = (lead["title"] or "").lower()
    if title in ("mr", "mrs", "ms", "mister", "missus"):
        return name not in GRAMMAR or name in _PRONOUN_SURNAMES
    if title not in ("dr", "doctor", "miss", "professor") or name in GRAMMAR:
        return False
    owner = plain(word.text).endswith("'s")
    return (
        (cased and word.capital and len(name) > 1)
        or owner
        or (title == "dr" and not cased and name not in _DOCTORS_OWN and bool(_CLOSES.match(after)))
    )


def _borne(name: str) -> bool:
    """Whether anybody may bear it: it has a list of names, or none at all."""
    return not english(name) or given(name) or name in words_of("names") or name in words_of("names_doubtful")


def answered(text: str) -> list[tuple[int, int]]:
    """The beginning of an answer to "your name?", everyday words or not: "Forest Wainwright, he's at the clinic"."""
    words = [word for word in words_in(text) if plain(word.text) not in _FILLERS]
    cased, somebody = capitals(words), False
    while words and plain(words[0].text).removesuffix("'s") in GRAMMAR:
        somebody |= plain(words.pop(0).text) in _SUBJECTS
    chosen: list[Word] = []
    for word in words[: ANSWER_WORDS_MAX + 1]:
        name = plain(word.text)
        grammar = name in GRAMMAR and not (cased and word.capital and not word.first)  # "Youa Her"
        if chosen and (
            grammar or _DAY.match(text[word.start :]) or not _BETWEEN_NAMES.fullmatch(text[chosen[-1].end : word.start])
        ):
            break
        chosen.append(word)
    if not chosen or len(chosen) > ANSWER_WORDS_MAX:
        return []
    # "well that explains why", "i don't know": a sentence, and none of its words is borne by anybody
    nobody = not any(_borne(plain(word.text)) or plain(word.text) in SURNAMES for word in chosen)
    if nobody and (somebody or not _CLOSES.match(text[chosen[-1].end :])):
        return []
    return [(chosen[0].start, chosen[-1].end)]


_SUBJECTS: Final = frozenset("i we you he she they".split())
_DAY: Final = re.compile(  # a birthday follows the name
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\b.{1,3}(?:\d|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twent|thirt)"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|oh|zero)\b",
    re.IGNORECASE,
)
_WORD_BEFORE: Final = re.compile(
    r"\b(?:i|he|she|they|we|you|it|a|an|the|one|to|at|by|is|was|this|that|doctor|dr)(?: \w+)? $", re.IGNORECASE
)
_WORD_AFTER: Final = re.compile(r" (?:it|me|them|him|her|the|my|your|his|blood|up|down|out|from|of)\b", re.IGNORECASE)
_DESCRIBED: Final = re.compile(  # "it was young when this started"
    r"\b(?:is|was|are|were|be|been|not|too|so|very|how|really|pretty|feel|felt|feels|looks?|that|this|as|[a-z]+['’](?:s|m|re))(?: a| the)? $",
    re.IGNORECASE,
)
_DIRECTLY: Final = re.compile(r"\b(?:i|he|she|they|we|you|it|a|an|the) $", re.IGNORECASE)
_BILLED: Final = re.compile(r"\b(?:the|a|my|his|her|your|our|this|that|i|you|we|they) $", re.IGNORECASE)
_FINITE: Final = re.compile(
    r"(?:'s)? (?:is|was|has|had|said|says|told|didn't|rang|called|took|sent|gave|who|will)\b", re.IGNORECASE
)


_ASKS: Final = re.compile(r" (?:i|you|he|she|we|they|it|that|this|the|there|your|my)\b", re.IGNORECASE)
_MODAL: Final = frozenset("will may can mark bill see".split())


def as_a_word(text: str, start: int, end: int) -> bool:
    """Whether what is somebody's name in this call stands here as the everyday word that it is too: "i drew", "the bill", "Mark it urgent"."""
    if any(word.start == start and thing_or_month(text, word) for word in words_in(text)):
        return True
    if text[start:end].lower() not in words_of("everyday"):
        return False
    before, after = text[:start], text[end:]
    if text[start].islower() and (
        capitals(words_in(text)) or (text[start:end].lower() in SURNAMES and _DESCRIBED.search(before))
    ):
        return True
    if text[start:end].lower() in MODAL and _ASKS.match(after) and text[start - 2 : start - 1] in ("", ".", "?", "!"):
        return True  # "may i put you on hold"
    if text[start:end].lower() in _MODAL and not text[start].isupper():
        if _FINITE.match(after) and not _BILLED.search(before):
            return False
        return not re.search(
            r"(?:^|\b(?:hi|hello|hey|thanks|thank you|okay|ok|yes|this is|mister|doctor|it's)[, ]+)$",
            before,
            re.IGNORECASE,
        )
    if text[start].isupper():
        return bool(re.search(r"(?:^|[.?!] )$", before)) and bool(_WORD_AFTER.match(after))
    return bool(_DIRECTLY.search(before)) or bool(_WORD_BEFORE.search(before) and _WORD_AFTER.match(after))


# "desmond young he's sixty": what follows a surname and no adjective.
_CLOSES: Final = re.compile(
    r"\s*(?:[.,?!]|$)|\s(?:and|he|she|he's|she's|i'm|i|date|born|is|was|from|his|her|my|with|who|i|i'm|the|on|at|for|to|in|'s|chart|dob|record|number|age|aged|calling|again|about|\d)",
    re.IGNORECASE,
)


_ON_DAY: Final = re.compile(r"\b(?:on|last|next|this|every|by|until|till|since|from|to|for|of) $", re.IGNORECASE)


def extended(text: str, start: int, end: int, keep: frozenset[str]) -> tuple[int, int]:
    """A name with the words beside it that may belong to it: "rose may [tillery]", "Cliff [Yazzie]", "ray dela [cruz]"."""
    words = words_in(text)
    cased = capitals(words)

    def led(word: Word) -> bool:
        """ "delphine strong wolf": a surname's first half."""
        after = next((one for one in words if one.start == word.end + 1), None)
        return after is not None and (plain(after.text) in words_of("names") or unknown(plain(after.text), keep))

    def belongs(word: Word) -> bool:
        name = plain(word.text).removesuffix("'s")
        if name in keep and given(name) and word.end < start and not _ON_DAY.search(text[: word.start]):
            return True  # "sunday okoro"
        if name in GRAMMAR or name in keep:
            return False
        if name in _PARTICLE or (
            name in SURNAMES
            and word.start >= end
            and (_CLOSES.match(text[word.end :]) or led(word) or word.text.endswith("'s"))
        ):
            return True
        return (
            word.capital
            if cased
            else name in words_of("names") or name in words_of("names_doubtful") or not english(name)
        )

    left = [word for word in words if word.end <= start]
    while left and belongs(left[-1]) and re.fullmatch(r"[ '.-]{1,2}", text[left[-1].end : start]):
        start = left.pop().start
    right = [word for word in words if word.start >= end]
    while right and belongs(right[0]) and re.fullmatch(r"[ '.-]{1,2}", text[end : right[0].start]):
        end = right.pop(0).end
    return start, end


def trimmed(text: str, start: int, end: int, keep: frozenset[str]) -> tuple[int, int]:
    """Somebody else's finding without the everyday words at its ends; empty when nothing else is in it."""
    words = [word for word in words_in(text) if word.start >= start and word.end <= end]
    cased = capitals(words_in(text))

    def idle(word: Word) -> bool:
        name = plain(word.text).removesuffix("'s")
        if cased:
            return not word.capital or name in keep
        return name in keep or name in GRAMMAR or (english(name) and name not in words_of("names"))

    while words and idle(words[0]):
        words.pop(0)
    while words and idle(words[-1]):
        words.pop()
    return (words[0].start, words[-1].end) if words else (start, start)


def _strength(word: Word, cased: bool, keep: frozenset[str]) -> int:
    name = plain(word.text).removesuffix("'s")
    if name in keep or name in GRAMMAR or len(name) < 2:
        return 0
    if cased and not word.capital:
        return 0
    parts = [part for part in re.split(r"['.-]", name) if part]
    if name in words_of("names") or (
        len(parts) > 1
        and max(map(len, parts)) > 1
        and all(part in words_of("names") or len(part) == 1 for part in parts)
    ):
        return 2
    if name in words_of("names_doubtful"):
        return _doubtful(word, name, cased, keep)
    if cased:
        return 1 if strange(name, keep) or (not word.first and name not in words_of("everyday")) else 0
    return 2 if unknown(name, keep) else 0


def _doubtful(word: Word, name: str, cased: bool, keep: frozenset[str]) -> int:
    """A rare surname is sure where no word is like it: in lower case, or where a capital cannot come from the sentence's beginning."""
    if cased and (word.first or name in words_of("everyday")):
        return 0 if word.first and name in words_of("everyday") else 1
    return 2 if cased or strange(name, keep) else 1


def _joins(words: Sequence[Word], strengths: list[int], at: int) -> bool:
    """ "van der" between two parts of a name, an initial."""
    if plain(words[at].text) not in _PARTICLE and len(words[at].text) > 1:
        return False
    at += 1
    while at < len(words) and plain(words[at].text) in _PARTICLE:  # "viuda de"
        at += 1
    return at < len(words) and strengths[at] > 0
