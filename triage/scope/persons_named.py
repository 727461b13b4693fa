"""Who is named in an answer, and which of them the caller is: with or without capitals, among asides. Rules on recogniser text; pure.

Each run of words that can be a name gets a part in what is said around it: the caller's, somebody else's, one that is no longer theirs, a first name,
a last one. What stays unsure is no name: it is asked again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from triage.privacy import lexicon
from triage.scope.dates import CORRECTION
from triage.scope.sayings import COMMON_WORDS
from triage.scope.spelling import ALIKE_FROM, TOKEN, Respelled, likeness

NAME_WORDS_MAX: Final = 4
SURE_LETTERS_MIN: Final = 3
AROUND: Final = 70  # letters before and after a name that say whose it is
REMARK_WORDS_MAX: Final = 2  # behind a single word that is a name
PARTICLES: Final = frozenset(
    "de del della la las los le da dos di du van von der den ter el al bin ibn abu st saint mac".split()
)
_SECOND: Final = frozenset("ann anne beth ellen jane jean jo kay lee lou lynn lynne mae marie rose sue ray joe".split())
_BROKEN: Final = frozenset("van von de da di la le el al st".split())  # that begin a last name, and no first one
_ADDRESSES: Final = frozenset(
    "dear honey hon sir ma'am ma sugar sweetie baby babe doctor nurse mom mommy mama mum dad daddy papa grandma grandpa kids love darling sweetheart dude bro "
    "buddy mijo mija cher lord god gosh mister missus mr mrs ms miss".split()
)
_MONTHS: Final = frozenset("april may june august jesus".split())  # first names before a last one
_IN_MONTH: Final = frozenset("in since last next of till until this by from every late early mid".split())
_NONE: Final = frozenset(
    "me who what mine like as just my our yes no oh ok okay hi hey it's its i'm im that's thats name llamo soy bueno gracias por favor pero hola yo es mi nombre "
    "y'all ain't gonna wanna gotta lemme gimme dunno cuz mhm uh um er hmm navy army marine british american english danish finnish spanish german irish french "
    "google siri alexa medicare medicaid walgreens walmart cvs".split()
)
_KIN: Final = (
    r"(?:grand|step|god)?(?:son|daughter|mother|father|mom|mum|dad|child)|mama|daddy|papa|nana|grandma|grandpa|wife|husband|partner|sister|brother|aunt|uncle|cousin|"
    r"neighbor|niece|nephew|friend|boss|dog|cat|baby|kid|boyfriend|girlfriend|fianc[e\u00e9]e?|ex|kids|boy|girl|roommate|caregiver|preacher|pastor"
)
_NOT_HERS: Final = re.compile(
    rf"(?:\b(?:not|never|isn't|wasn't|than|as in|like(?: in| the)?|sounds like|rhymes with|under|ask(?:ed)? for|tell|named (?:after|for)|after|the|an?|some|those|these|both|dear|"
    rf"(?<!name of )(?:my|his|her|our|your|the)(?: \w+)? (?:{_KIN})(?:'s|s)?(?: name)?(?: is|'s)?|(?:dr|doctor|doc|nurse|professor|coach|brother|sister|pastor|for mr|for mrs|with mr|with mrs)\.?|"
    r"(?:i see|see|seeing|with|from|in|at|near|on|by|for|to|live on|thanks|thank you|hush|hey|stop|quiet)(?<!go by)(?<!gone by)(?<!fill in)(?<!starts with)(?<!for)(?<!with)|"
    r"(?:everybody|everyone|people|they|folks|friends?|some|most|nobody|somebody|always|family|she|he|mom|mama|preacher|teacher)(?: \w+)? (?:puts?|writes?|says?|said|hears?|spells?|thinks?|likes?|wants?)(?: it)?))[\s,:]*$",
    re.IGNORECASE,
)
_NICK: Final = re.compile(
    r"\b(?:calls?(?: me)?|called|known as|knows me as|goes? by|went by|says|nickname(?:'s| is)?|friends say|answer to)[\s,:]*$",
    re.IGNORECASE,
)
_FORMER: Final = re.compile(
    r"\b(?:used to be|it was|was|were|formerly|n[e\u00e9]e|maiden name(?:'s| is| was)?|old name(?:'s| is| was)?|born(?: as)?|changed (?:it )?from|married name was|(?:went|used to go) by|had (?:it )?as|still (?:says|has(?: me)?(?: as)?|have me (?:as|under)))[\s,:]*$",
    re.IGNORECASE,
)
_FORMER_AFTER: Final = re.compile(
    rf"[\s,.\u2026]*(?:(?:no|wait|sorry|oh|well|shoot|oops|i mean|actually|scratch that|hold on)[\s,.]*){{0,4}}(?:(?:that'?s|that is|that was|it'?s|it was|is|was|that used to be)(?: just| only)? (?:(?:my|the|her|his) (?:old|maiden|married|former|previous|other|birth|ex)\b|(?:my|our|the) (?:\w+ )?(?:{_KIN})\b(?!'s name,? too)|what (?:they|everyone|everybody|people|my)\b|my nickname)|(?:up )?(?:till|until) (?!we|i'm)|before (?:i|we|the)|when i was\b|but (?:not|that's not)\b)",
    re.IGNORECASE,
)
_LEGAL: Final = re.compile(
    r"\b(?:real (?:name|one|thing)(?:'s| is)?|legal(?:ly| name(?:'s| is)?)|officially|(?:licen[sc]e|card|paper|papers|chart|insurance|certificate|passport|file|record|records|bottle)(?: it)?(?: says| is|'s)?(?: it'?s| i'?m)?|written(?: right)?|full name(?:'s| is)?|proper(?:ly)?|now(?: it'?s| i'?m)?|married name(?:'s| is)?|new name(?:'s| is)?|"
    r"short for|so it'?s|so i'?m|(?:best|just|please|better|can|should) (?:put|write|use)(?: down)?|real one)[\s,:]*$",
    re.IGNORECASE,
)
_LEGAL_AFTER: Final = re.compile(
    r"[\s,]*(?:now\b|on (?:the|my|your|all my) (?:paper|card|licen[sc]e|insurance|chart|file|record|birth|passport|i\.?d)|legally|officially|is (?:the|my) (?:real|legal|full|new)\b|if you want (?:what'?s|the)\b)",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(
    r"\b(?:first|given|christian) name(?:'s|s)?(?: is| was|'s)?[\s,:]*$|\bfirst[\s,:]*$", re.IGNORECASE
)
_LAST: Final = re.compile(
    r"\b(?:(?:last|family|second) name|surname|last)(?:'s|s)?(?: is|'s)?(?: spelled| now)?[\s,:]*$", re.IGNORECASE
)
_IS_FIRST: Final = re.compile(
    r"[\s,]*(?:is|that'?s|that is|is my|as|for)(?: my| the| a)? (?:first|given)\b(?! grade)", re.IGNORECASE
)
_IS_LAST: Final = re.compile(
    r"[\s,]*(?:is|that'?s|that is|as|for)(?: my| the| a)? (?:last|family|sur|second)\b", re.IGNORECASE
)
_LEAD: Final = re.compile(
    r"(?:\b(?:name(?:'s| is|:)|it'?s|it is|i'?m|i am|this is|me llamo|soy|full name|speaking is|that'?s|that would be|that'?d be|just|only|mine is|mine's|say|put|write|so|and then|then|okay|ok|well|sorry)|[.!?])[\s,:]*$|^\W*(?:(?:uh|um|oh|er|yes|yeah|sure|hi|hello|hey|ok|okay|well|so|miss|mrs|mr|ms|ma'am|sir|good morning|good afternoon)\W+){0,4}$",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(
    r"\s*(?:$|[,.;!?\u2026-])|\s(?:and|but|they|it|it's|its|i|i'm|i've|he|she|we|you|like|as|with|here|speaking|calling|again|is|that|that's|the|ma'am|sir|honey|if|who|from|please|thanks|my|spelled|no|in|just|now|then|born|date|birthday|sorry|or|for|there|so|well|because|not|two|one|all|on|oh|okay|only)\b",
    re.IGNORECASE,
)
_STREET: Final = re.compile(
    r"\s(?:road|street|avenue|drive|lane|creek|county|highway|clinic|hospital|pharmacy|school|elementary|church)\b",
    re.IGNORECASE,
)
_TO_ROOM: Final = re.compile(
    r"\W*(?:get|come|stop|sit|quiet|hush|down|put|turn|leave|no|go|off|give|shut|be)\b", re.IGNORECASE
)
_SUFFIX: Final = re.compile(
    r"[,.]?\s+(?:the\s+)?(?P<which>junior|jr|senior|sr|(?:the )(?:second|third|fourth)|iii?|iv)\b(?!'s)\.?(?! grade| floor| time| one)",
    re.IGNORECASE,
)
_SUFFIXES: Final = {
    "junior": "Jr.", "jr": "Jr.", "senior": "Sr.", "sr": "Sr.", "second": "II", "ii": "II", "third": "III", "iii": "III", "fourth": "IV", "iv": "IV",
}  # fmt: skip
_LAST_FIRST: Final = re.compile(
    r"\b(?:last(?: name)?,? (?:goes |comes |is )?first|backwards?|(?:army|navy|military|service|marine) habit|other way (?:a)?round)\b",
    re.IGNORECASE,
)
_HYPHEN: Final = re.compile(
    r"\b(?:with a (?:hyphen|dash)|hyphenated|has a (?:hyphen|dash)|(?:hyphen|dash) between|(?:a )?(?:hyphen|dash) in (?:it|between|the middle))",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Named:
    """A run of words that can be a name. `part`: first, last or "". `worth`: 0 where it is nobody's or somebody else's, 1 a nickname or what is
    no longer so, 2 the caller's, 3 surely."""

    words: list[str]
    start: int
    end: int
    part: str = ""
    worth: int = 2
    sure: bool = False  # spelled, or after what leads to a name


def caller_in(heard: Respelled) -> list[str] | None:
    """The words of the caller's name; [] where names are said and none is surely theirs; None where none is found."""
    text = heard.text
    cased = any(
        letter.isupper() for letter in re.sub(r"\b(?:I|" + "|".join(heard.sure) + r")\b", "", text, flags=re.IGNORECASE)
    )
    found = [_placed(one, text) for one in _runs(text, heard.sure, cased=cased)]
    if not found:
        return None
    for one, other in pairwise(found):  # "bobbie maxwell no wait put the real one roberta maxwell"
        between = text[one.end : other.start]
        if (
            one.worth == 2
            and other.worth > 1
            and len(other.words) > 1
            and len(one.words) <= len(other.words)
            and CORRECTION.search(between)
        ):
            one.worth = 1
    words = _chosen(found, text)
    return words if words is None else _written(words, text)


def _placed(one: Named, text: str) -> Named:
    """With its part and its worth, from what is said before and behind it."""
    before, after = text[max(0, one.start - AROUND) : one.start], text[one.end : one.end + AROUND]
    one.sure |= bool(_LEAD.search(before))
    first, last = _IS_FIRST.match(after), _IS_LAST.match(after)
    if last or (not first and _LAST.search(before)):
        one.part = "last"
    elif first or _FIRST.search(before):
        one.part = "first"
    if one.part:
        one.sure = True
    elif _FORMER.search(before) or _FORMER_AFTER.match(after):
        one.worth = 0 if len(one.words) == 1 else 1
    elif _LEGAL.search(before) or _LEGAL_AFTER.match(after):
        one.worth, one.sure = 3, True
    elif _NICK.search(before):
        one.worth = 1
    elif _NOT_HERS.search(before) or _STREET.match(after) or (len(one.words) == 1 and _TO_ROOM.match(after)):
        one.worth = 0
    return one


def _chosen(found: list[Named], text: str) -> list[str] | None:
    """The words of the caller's name in order."""
    parts = {one.part: one.words for one in found if one.part}
    hers = [one for one in found if one.worth > 1]
    if two := _with_comma(hers, text):
        return two
    full = [one for one in hers if len(one.words) > 1 and not one.part]
    if full:
        best = [one for one in full if one.worth == 3] or full
        real = [
            one.words for one in hers if one.worth == 3 and len(one.words) == 1 and lexicon.given(one.words[0].lower())
        ]
        if real and best[0].worth < 3 and real[-1][0] not in best[0].words:
            return _ordered([*real[-1], *best[0].words[1:]], parts, text)  # "Jim Rudd. James on the card."
        words = best[-1].words if best[-1].worth == 3 else max(best, key=lambda one: one.sure).words
        return _ordered(words, parts, text)
    if "first" in parts and "last" in parts:
        last = [word for word in parts["last"] if word not in parts["first"]] or parts["last"]
        return [*[word for word in parts["first"] if word not in last], *last]
    singles = [one for one in hers if not any(other is not one and _holds(other, one) for other in hers)]
    distinct = list({" ".join(one.words).lower(): one for one in singles}.values())
    if "last" in parts or "first" in parts:
        others = [one for one in distinct if not one.part and one.sure]
        last, first = parts.get("last"), parts.get("first")
        if last and others:
            return [*others[0].words, *last]
        if first and others:
            return [*first, *others[-1].words]
        return last or first
    if len(distinct) == 2 and all(one.sure for one in distinct):
        one, other = distinct[0].words, distinct[1].words
        turned = len(one) == len(other) == 1 and is_last_first(one[0].lower(), other[0].lower())
        return [*other, *one] if turned else [*one, *other]  # "alice, you know, like in wonderland, and then Fenwick"
    former = [one for one in found if one.worth == 1 and len(one.words) > 1]
    if distinct and former and len(distinct) == 1 and distinct[0].sure:
        return None
    if len(distinct) == 1 and distinct[0].sure and _ENDS.match(text[distinct[0].end :]):
        return distinct[0].words
    return [] if not distinct else None


def _with_comma(hers: list[Named], text: str) -> list[str]:
    """ "Stroud, Carl Edwin": as it is said, or the last name behind where that is sure; [] where it is not so."""
    if len(hers) < 2 or text[hers[0].end : hers[1].start].strip() != ",":
        return []
    if len(hers[0].words) > 1 and not (len(hers[1].words) == 1 and hers[0].words[-1].lower() in _SECOND):
        return []  # "Mary Jo, Henderson" is one
    one, other = hers[0].words, hers[1].words
    apart = {word.lower() for word in one}.isdisjoint(word.lower() for word in other)
    if not apart or len(one) + len(other) > NAME_WORDS_MAX or hers[1].worth > 2 or not _ENDS.match(text[hers[1].end :]):
        return []
    first = next((named.words for named in hers if named.part == "first"), [])
    last_first = first == other or _LAST_FIRST.search(text) or is_last_first(one[0].lower(), other[0].lower())
    return [*other, *one] if last_first else [*one, *other]


def is_last_first(one: str, other: str) -> bool:
    """Whether two names stand the other way round: a last name that is no first name, and a first one."""
    return one in lexicon.words_of("names") and not lexicon.given(one) and lexicon.given(other)


def _holds(one: Named, other: Named) -> bool:
    """Whether the other is a piece of it: "delbert" of "delbert twiggs", "Brand" of "Brandvold"."""
    words = {word.lower() for word in one.words}
    return len(one.words) > len(other.words) and all(word.lower() in words for word in other.words)


def _ordered(words: list[str], parts: dict[str, list[str]], text: str) -> list[str]:
    """A full name with its first name in front: "Ostergaard, Harlan ... first name Harlan", "last name first"."""
    if len(words) > 1 and (
        _LAST_FIRST.search(text)
        or parts.get("first") == words[1:]
        or (parts.get("last") == words[:1] and "first" not in parts)
    ):
        return [*words[1:], words[0]]
    last = parts.get("last")
    if (
        last
        and not {word.lower() for word in last} & {word.lower() for word in words}
        and len(words) + len(last) <= NAME_WORDS_MAX
    ):
        if not any(word.lower().startswith(last[0].lower()) for word in words):
            return [*words, *last]
    return words


def _written(words: list[str], text: str) -> list[str]:
    """With the suffix that is said behind it, and its hyphen."""
    whole = (
        re.search(r"\b" + r"\W+".join(re.escape(word) for word in words) + r"\b", text, re.IGNORECASE)
        if words
        else None
    )
    suffix = _SUFFIX.match(text, whole.end()) if whole else None
    if len(words) > 2 and _HYPHEN.search(text) and not any("-" in word for word in words):
        words = [*words[:-2], "-".join(words[-2:])]
    if suffix and len(words) > 1:
        return [*words, _SUFFIXES[suffix["which"].lower().removeprefix("the ")]]
    return words


def _runs(text: str, spelled: frozenset[str], *, cased: bool) -> list[Named]:
    """Words side by side that can be one name."""
    tokens = list(TOKEN.finditer(text))
    out: list[Named] = []
    at = 0
    while at < len(tokens):
        words: list[str] = []
        sure, there, begin, end = False, at, tokens[at].start(), at
        led = bool(re.search(r"\bname(?:'s| is)? $", text[:begin], re.IGNORECASE))
        while there < len(tokens) and len(words) < NAME_WORDS_MAX + 1:
            token = tokens[there][0]
            if words and re.search(r"[^\s'-]", text[tokens[there - 1].end() : tokens[there].start()]):
                break
            kind = _kind(token, spelled, first=not words, cased=cased, led=led)
            if words and (
                token.lower() in _SUFFIXES or (token.lower() in spelled and likeness(words[-1], token) >= ALIKE_FROM)
            ):
                break  # "Pruitt junior"; "august, Augustin"
            if not words and not kind and _is_rare(token, text[:begin], cased=cased):
                kind = "maybe"
            if kind == "maybe" and at and tokens[at - 1][0].lower() in _IN_MONTH:
                break
            if kind == "particle" and there + 1 < len(tokens) and (words or token.lower() not in _BROKEN or cased):
                kind = (
                    "name"
                    if _kind(tokens[there + 1][0], spelled, first=False, cased=cased, led=led) not in ("", "particle")
                    or (tokens[there + 1][0].lower() in PARTICLES and words)
                    else ""
                )
            if kind == "" or (kind == "last" and not _takes_last(words, cased=cased)):
                break
            if (
                kind == "maybe"
                and there + 1 < len(tokens)
                and _kind(tokens[there + 1][0], spelled, first=False, cased=cased, led=led) != "name"
                and not cased
            ):
                break  # "may" of "may i"
            words.append(token)
            sure |= token.lower() in spelled
            there, end = there + 1, there
        words = _once([_as_name(word, spelled, cased=cased) for word in words])
        if words:
            out.append(Named(words[:NAME_WORDS_MAX], begin, tokens[end].end(), sure=sure))
        at = max(there, at + 1)
    return [one for one in out if not all(word.lower() in PARTICLES for word in one.words)]


def _kind(token: str, spelled: frozenset[str], *, first: bool, cased: bool, led: bool) -> str:
    """name, maybe (a first name that is a word, too), last (a word that may be a last name), particle, or "" for none."""
    name = lexicon.plain(token)
    if name in spelled:
        return "name"
    if not name[0].isalpha() or len(name) < 2 or name in _NONE or name in _ADDRESSES:
        return ""
    if name in PARTICLES and (not cased or token[0].islower()):
        return "particle"
    if cased:
        return "name" if token[0].isupper() and name not in COMMON_WORDS else ""
    if name in _MONTHS:
        return "maybe" if first else ""
    if name in COMMON_WORDS or name in lexicon.GRAMMAR:
        return ""
    everyday = name in lexicon.words_of("everyday")
    given = lexicon.given(name)
    if not everyday and (given or name in lexicon.words_of("names") or _unlisted(name)):
        return "name"
    if given:
        return "maybe" if first and not led else "name"
    if name in lexicon.SURNAMES or name in lexicon.words_of("names_doubtful"):
        return "last"
    return "last" if led and not first else ""


def _is_rare(token: str, before: str, *, cased: bool) -> bool:
    """Whether a word that is in no everyday list may be a first name here: "it's hosanna pickett"."""
    name = lexicon.plain(token)
    rare = not cased and name.isalpha() and len(name) > 2 and name in lexicon.words_of("english")
    return (
        rare
        and name not in lexicon.words_of("everyday") | COMMON_WORDS | _NONE | _ADDRESSES
        and bool(_LEAD.search(before))
    )


def _unlisted(name: str) -> bool:
    """Whether no list has it, and no word is behind it."""
    return lexicon.strange(name, frozenset(), least=SURE_LETTERS_MIN) and name not in lexicon.words_of("states")


def _takes_last(words: list[str], *, cased: bool) -> bool:
    """Whether a word that is a last name only now and then may follow: "sandra pike", not "earline pettigrew honey"."""
    return (
        cased
        or bool(words)
        and (lexicon.given(words[-1].lower()) or not lexicon.words_of("names") & {words[-1].lower()})
    )


def _as_name(word: str, spelled: frozenset[str], *, cased: bool) -> str:
    if cased or not word.islower():
        return word
    return word if word in PARTICLES and word not in spelled else word.title()


def _once(words: list[str]) -> list[str]:
    """ "walter walter simmons" and "walter simmons walter simmons" are one, "thigpen jerome thigpen" is jerome."""
    out: list[str] = []
    for word in words:
        if word.lower() not in (one.lower() for one in out):
            out.append(word)
    twice = len(words) > 2 and words[0].lower() == words[-1].lower() and len(out) == len(words) - 1
    if twice and not (lexicon.given(words[0].lower()) and not lexicon.given(words[1].lower())):
        return [*out[1:], out[0]]
    return out
