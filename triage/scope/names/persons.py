"""Who is named in an answer, and which of them the caller is: with or without capitals, among asides. Rules on recogniser text; pure.

Each run of words that can be a name gets a part in what is said around it: the caller's, somebody else's, one that is no longer theirs, a first name,
a last one. What stays unsure is no name: it is asked again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from triage.privacy import lexicon
from triage.scope.days.dates import CORRECTION
from triage.scope.names.spelling import Respelled
from triage.scope.names.words import ENDS, KIN, LEAD, NAME_WORDS_MAX, SUFFIXES, name_words

AROUND: Final = 70  # letters before and after a name that say whose it is
LEGAL: Final = 3  # the worth of a name as it is on paper
_SECOND: Final = frozenset("ann anne beth ellen jane jean jo kay lee lou lynn lynne mae marie rose sue ray joe".split())
_NOT_HERS: Final = re.compile(
    rf"(?:\b(?:not|never|isn't|wasn't|than|as in|like(?: in| the)?|sounds like|rhymes with|(?<!it's )(?<!its )(?<!be )(?<!is )under|ask(?:ed)? for|tell|named (?:after|for)|after|the|an?|some|those|these|both|dear|"
    rf"(?<!name of )(?:my|his|her|our|your|the)(?: \w+)? (?:{KIN})(?:'s|s)?(?: name)?(?: is|'s)?|(?:dr|doctor|doc|nurse|professor|coach|brother|sister|pastor|for mr|for mrs|with mr|with mrs)\.?|"
    r"(?:i see|see|seeing|with|from|in|at|near|on|by|for|to|live on|thanks|thank you)(?<!go by)(?<!gone by)(?<!fill in)(?<!starts with)(?<!for)(?<!with)|"
    r"(?:everybody|everyone|people|they|folks|friends?|some|most|nobody|somebody|always|family|she|he|mom|mama|preacher|teacher)(?: \w+)? (?:puts?|writes?|says?|said|hears?|spells?|thinks?|likes?|wants?)(?: it)?))[\s,:]*$",
    re.IGNORECASE,
)
_NICK: Final = re.compile(
    r"\b(?:calls? me|called|known as|knows me as|goes? by|went by|says|nickname(?:'s| is)?|friends say|answer to)[\s,:]*$",
    re.IGNORECASE,
)
_FORMER: Final = re.compile(
    r"\b(?:used to be|it was|was|were|formerly|n[e\u00e9]e|(?:maiden|old) name(?:'s| is| was)|born(?: as)?|changed (?:it )?from|married name was|(?:went|used to go) by|had (?:it )?as|still (?:says|has(?: me)?(?: as)?|have me (?:as|under)))[\s,:]*$",
    re.IGNORECASE,
)
_FORMER_AFTER: Final = re.compile(
    rf"[\s,.\u2026]*(?:(?:no|wait|sorry|oh|well|shoot|oops|i mean|actually|scratch that|hold on)[\s,.]*){{0,4}}(?:(?:that'?s|that is|that was|it'?s|it was|is|was|that used to be)(?: just| only)? (?:(?:my|the|her|his) (?:old|maiden|married|former|previous|other|birth|ex)\b|(?:my|our|the) (?:\w+ )?(?:{KIN})\b(?!'s name,? too)|what (?:they|everyone|everybody|people|my)\b|my nickname|my (?:\w+ )?name (?:till|until|before|then|when|back))|(?:up )?(?:till|until) (?!we|i'm)|before (?:i|we|the)|when i was\b|but (?:not|that's not)\b)",
    re.IGNORECASE,
)
_LEGAL: Final = re.compile(
    r"\b(?:real (?:name|one|thing)(?:'s| is)?|legal(?:ly| name(?:'s| is)?)|officially|(?:licen[sc]e|card|paper|papers|chart|insurance|certificate|passport|file|record|records|bottle)(?: it)?(?: says| is|'s)?(?: it'?s| i'?m)?|written(?: right)?|full name(?:'s| is)?|proper(?:ly)?|(?:it'?s|i'?m|is) (?:really|actually)|now(?: it'?s| i'?m)?|married name(?:'s| is)?|new name(?:'s| is)?|"
    r"short for|so it'?s|so i'?m|(?:best|just|please|better|can|should) (?:put|write|use)(?: down)?|real one)[\s,:]*$",
    re.IGNORECASE,
)
_LEGAL_AFTER: Final = re.compile(
    r"[\s,]*(?:now\b|on (?:everything|anything|all the)? ?(?:official|legal)|on (?:the|my|your|all my) (?:paper|card|licen[sc]e|insurance|chart|file|record|birth|passport|i\.?d)|legally|officially|is (?:the|my) (?:real|legal|full|new)\b|if you want (?:what'?s|the)\b)",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(
    r"\b(?:first|given|christian) name(?:'s|s)?(?: is| was|'s)?[\s,:]*$|\bfirst(?: is|'s)?[\s,:]*$", re.IGNORECASE
)
_LAST: Final = re.compile(
    r"\b(?:(?:last|family|second) name|surname|last)(?:'s|s)?(?: is|'s)?(?: spelled| now)?[\s,:]*$", re.IGNORECASE
)
_IS_FIRST: Final = re.compile(
    r"[\s,]*(?:is|that'?s|that is|is my|as|for)(?: my| the| a)? (?:first|given)\b(?! grade)", re.IGNORECASE
)
_IS_LAST: Final = re.compile(
    r"[\s,]*(?:is|that'?s|that is|as|for)(?: my| the| a)? (?:last|family|sur|second)\b(?! name first| first)",
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
    r"[,.]?\s+(?:the\s+)?(?P<which>junior|jr|senior|sr|(?:the )(?:second|third|fourth)|iii?|iv)\b(?!'s)\.?(?! grade| floor| time| one| moment| high| cent| citizen| year| class| living)",
    re.IGNORECASE,
)
_IS_HERS: Final = re.compile(
    r"\b([^\W\d_]{2,})['\u2019]s (my|the) (?=first|last|given|family|sur)", re.IGNORECASE
)  # "malone's my last"
_O_HARA: Final = re.compile(r"\b(o|mc|mac) ([a-z]{3,})\b")
_MC: Final = re.compile(r"^Mc([a-z])(?=[a-z]{2})")
_HUSHED: Final = re.compile(r"\b(?:hush|hey|stop|quiet|down)[\s,]*$", re.IGNORECASE)
_FOR_SHORT: Final = re.compile(r"[\s,]*for short\b", re.IGNORECASE)
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
    former: bool = False
    sure: bool = False  # spelled, or after what leads to a name


def caller_in(heard: Respelled) -> list[str] | None:
    """The words of the caller's name; [] where names are said and none is surely theirs; None where none is found."""
    text = _IS_HERS.sub(r"\1 is \2 ", heard.text)
    heard = replace(heard, text=text)
    found = [_placed(Named(one.words, one.start, one.end, sure=one.spelled), text) for one in name_words(heard)]
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
    chosen = _chosen(found, text)
    return None if chosen is None else _written(chosen, text)


def joined(text: str) -> str:
    """ "o hara" as one word where it is a name."""
    return _O_HARA.sub(_joined, text)


def _joined(found: re.Match[str]) -> str:
    names = lexicon.words_of("names")
    whole = found[1].lower() + found[2].lower() in names or (found[2].lower() in names and found[1].lower() == "o")
    return f"{found[1]}'{found[2]}" if whole and found[1] in "oO" else found[1] + found[2] if whole else found[0]


def _placed(one: Named, text: str) -> Named:
    """With its part and its worth, from what is said before and behind it."""
    before, after = text[max(0, one.start - AROUND) : one.start], text[one.end : one.end + AROUND]
    spelled = one.sure
    if _FOR_SHORT.match(after):
        one.words, one.worth = (one.words[:-1], 2) if len(one.words) > 2 else (one.words, 1)
    one.sure |= bool(LEAD.search(before))
    first, last = _IS_FIRST.match(after), _IS_LAST.match(after)
    if last or (not first and _LAST.search(before)):
        one.part = "last"
    elif first or _FIRST.search(before):
        one.part = "first"
    if one.part:
        one.sure = True
    elif _FORMER.search(before) or _FORMER_AFTER.match(after):
        one.worth, one.former = (0 if len(one.words) == 1 else 1), True
    elif _LEGAL.search(before) or _LEGAL_AFTER.match(after):
        one.worth, one.sure = LEGAL, True
    elif _NICK.search(before):
        one.worth = 1
    elif (
        _NOT_HERS.search(before)
        or _STREET.match(after)
        or (len(one.words) == 1 and not spelled and (_TO_ROOM.match(after) or _HUSHED.search(before)))
    ):
        one.worth = 0
    return one


def _chosen(found: list[Named], text: str) -> list[str] | None:
    """The words of the caller's name in order; [] or None as caller_in has it."""
    parts = {one.part: one.words for one in found if one.part}
    hers = [one for one in found if one.worth > 1]
    if two := _with_comma(hers, text):
        return two
    if full := [one for one in hers if len(one.words) > 1 and not one.part]:
        words = _whole(full, hers)
        was = {one.words[0].lower() for one in found if one.former and len(one.words) > 1}
        return [] if words[-1].lower() in was else _ordered(words, parts, text)  # "ames, well, it was ames"
    pieces = [one for one in hers if not any(other is not one and _holds(other, one) for other in hers)]
    single = list({" ".join(one.words).lower(): one for one in pieces}.values())
    if parts:
        return _of_parts(parts, [one.words for one in single if not one.part and one.sure])
    if len(single) == 2 and all(one.sure for one in single):
        one, other = (named.words for named in single)
        turned = len(one) == len(other) == 1 and is_last_first(one[0].lower(), other[0].lower())
        return [*other, *one] if turned else [*one, *other]  # "alice, you know, like in wonderland, and then Fenwick"
    former = any(one.worth == 1 and len(one.words) > 1 for one in found)
    if len(single) == 1 and single[0].sure and not former and ENDS.match(text[single[0].end :]):
        return single[0].words
    return None if single else []


def _whole(full: list[Named], hers: list[Named]) -> list[str]:
    """Of several whole names the one as it is on paper, else the last that is led up to with the same last name, else the first."""
    best = [one for one in full if one.worth == LEGAL] or full
    real = [one.words[0] for one in hers if one.worth == LEGAL and len(one.words) == 1]
    if real and best[0].worth < LEGAL and lexicon.given(real[-1].lower()) and real[-1] not in best[0].words:
        return [real[-1], *best[0].words[1:]]  # "Jim Rudd. James on the card."
    one = best[0]
    if (
        one.worth == LEGAL
        and len(one.words) == len(("first", "last", "legal"))
        and _is_turned(*(word.lower() for word in one.words))
    ):
        return [one.words[2], one.words[1]]  # "larry pitt, lawrence on the card"
    same = best[-1].words[-1].lower() == best[0].words[-1].lower()
    again = same and (best[-1].sure or best[-1].words[0][0] == best[0].words[0][0])
    if again or best[-1].worth == LEGAL:
        return best[-1].words  # "frank delaney, it's francis delaney"
    return max(best, key=lambda one: one.sure).words


def _is_turned(first: str, last: str, legal: str) -> bool:
    return (
        lexicon.given(legal) and not lexicon.given(last) and last in lexicon.words_of("names") and first[0] == legal[0]
    )


def _of_parts(parts: dict[str, list[str]], others: list[list[str]]) -> list[str]:
    """The first name and the last, where one was named so at least; `others`: names beside them."""
    last, first = parts.get("last", []), parts.get("first", [])
    if last and first:
        apart = [word for word in last if word not in first] or last
        return [*[word for word in first if word not in apart], *apart]
    if not others:
        return last or first
    return [*others[0], *last] if last else [*first, *others[-1]]


def _with_comma(hers: list[Named], text: str) -> list[str]:
    """ "Stroud, Carl Edwin": as it is said, or the last name behind where that is sure; [] where it is not so."""
    if len(hers) < 2 or text[hers[0].end : hers[1].start].strip() != ",":
        return []
    if len(hers[0].words) > 1 and not (len(hers[1].words) == 1 and hers[0].words[-1].lower() in _SECOND):
        return []  # "Mary Jo, Henderson" is one
    one, other = hers[0].words, hers[1].words
    apart = {word.lower() for word in one}.isdisjoint(word.lower() for word in other)
    if not apart or len(one) + len(other) > NAME_WORDS_MAX or hers[1].worth > 2 or not ENDS.match(text[hers[1].end :]):
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
        and not any(word.lower().startswith(last[0].lower()) for word in words)
    ):
        return [*words, *last]
    return words


def _written(words: list[str], text: str) -> list[str]:
    """With the suffix that is said behind it, and its hyphen."""
    whole = (
        re.search(r"\b" + r"\W+".join(re.escape(word) for word in words) + r"\b", text, re.IGNORECASE)
        if words
        else None
    )
    words = [_MC.sub(lambda found: f"Mc{found[1].upper()}", word) for word in words]
    words = [*words[:-1], *(word.title() if word.islower() else word for word in words[-1:])]
    suffix = _SUFFIX.match(text, whole.end()) if whole else None
    if len(words) > 2 and _HYPHEN.search(text) and not any("-" in word for word in words):
        words = [*words[:-2], "-".join(words[-2:])]
    if suffix and len(words) > 1:
        return [*words, SUFFIXES[suffix["which"].lower().removeprefix("the ")]]
    return words
