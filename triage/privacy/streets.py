"""Where somebody lives or is, as it is said: house and street, corners, roads by number, boxes, town with postal code. Pure but for the lists of lexicon.py.

A street's name may be any word, so it is the words around it that tell: a number before and "road" behind, "the corner of", an ordinal after
"and", a state or a postal code behind. After the question where, a number with a word beside it is enough.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from triage.privacy import lexicon
from triage.privacy.quantities import counted, measured
from triage.privacy.spoken import runs

Span = tuple[int, int, str]

_SPOKEN: Final = (
    "(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|"
    "thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_FIGURE: Final = rf"(?:\d{{1,6}}|{_SPOKEN})\b"
_HOUSE: Final = rf"(?:\d{{1,6}}(?:[a-z]\b|½|\b)(?:[ -]{_FIGURE}){{0,5}}|{_SPOKEN}\b(?:[ -](?:(?<=hundred )and )?{_FIGURE}){{0,7}})(?: ?½| 1/2| and a half)?"
_STREET: Final = (
    "street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|circle|cir|terrace|parkway|pkwy|highway|hwy|square|trail|trl|loop|"
    "crescent|pike|turnpike|row|plaza|alley|ridge|hollow|cove|crossing|heights|hill|grove|path|bend|creek|close|gardens|mews|run|walk|expressway|route|point|view|trace|pass|glen|landing|meadows?|vista|bluff|commons|knoll|villas|estates|harbor|junction|ranch|brow|croft|springs|summit|valley|woods"
)
_SURE_STREET: Final = "street|avenue|road|lane|drive|boulevard|blvd|parkway|terrace|turnpike|court"
_FLAT: Final = "rm|apartment|apt\\.?|unit|suite|ste\\.?|floor|flat|room|lot|trailer|building|studio|space|penthouse|bldg\\.?|slip|cabin|number|#"
_REST: Final = rf"(?:[, ]*\b(?:{_FLAT}|#) ?(?:{_HOUSE}|[a-z]\d{{1,4}}\b|[a-z]\b)(?:[ -]?[a-z]\b)?(?: as in \w+| (?:like|for) \w+)?(?:[ -]{_FIGURE}){{0,3}}|,? (?:upstairs|downstairs|rear|basement|(?:first|second|third|fourth|fifth|top|ground|\d{{1,2}}(?:st|nd|rd|th)) floor|rural route(?: \d{{1,3}}\b)?))*"
_WORD: Final = r"(?:[Ss]t\.|[A-Za-z](?:[\w'’.-]*[\w'’])?)"
_ORDINAL: Final = (
    r"(?:\d{1,3}(?:st|nd|rd|th)|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twentieth|thirtieth|fortieth|fiftieth|sixtieth|seventieth|"
    r"eightieth|ninetieth|hundredth)"
)
_SIDE: Final = "north|south|east|west|northeast|northwest|southeast|southwest|[nsew]\\.?"
_NEVER: Final = (  # between a house's number and the street's word
    "and|i|you|he|she|we|they|it|my|is|was|have|had|has|do|does|that|this|with|for|in|at|to|your|her|his|but|or|so|hundred|thousand|of|minutes?|hours?|days?|weeks?|months?|years?|mg|milligrams?|"
    "pounds?|miles?|percent|times|over|point|units?|pills?|tablets?"
)
_NUMBERED: Final = (
    rf"(?:p\.? ?o\.? box|post office box|box|rural route|r\.? ?r\.?|route|rt\.?|highway|hwy|interstate|county road|county highway|state road|state route|farm road|"
    rf"township road|fire road|exit|mile marker|mile|apartment|apt\.?|unit|suite|ste\.?|lot|trailer|building|studio) (?:number )?(?:{_HOUSE}|[a-z]\b)(?:[ -]?[a-z]\b)?(?: as in \w+)?"
)
_POSTAL: Final = rf"(?:\d(?: ?-?\d){{4}}(?:-\d{{4}})?\b|(?:(?:{_SPOKEN}|\d)[ -]){{4}}(?:{_SPOKEN}|\d)\b|{_SPOKEN}(?:[ -](?:{_SPOKEN}|\d+)){{2,4}})"
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:{_HOUSE})(?: (?:{_SIDE}))?(?: (?!(?:{_NEVER})\b)[\w'’.-]+){{1,3}}? (?:{_STREET})\b\.?(?: (?:{_STREET})\b)?(?: (?:{_SIDE})\b)?{_REST}",
        rf"\b{_NUMBERED}(?: (?:{_SIDE})(?:bound)?\b)?(?: (?:just |right )?(?:before|past|after|near|by|at) (?:the )?{_WORD} (?:exit|overpass|off-?ramp|turnoff)\b)?{_REST}",
        rf"\b{_HOUSE} (?:calle|avenida|camino|via|paseo|rancho|rue|avenue|route|highway|county road|state road|old|north|south|east|west)(?: [\w'’.-]+){{1,3}}{_REST}",
        rf"\b{_HOUSE}(?: [\w'’.-]+){{1,3}} (?:mobile (?:home )?park|estates|village|apartments|manor|towers|court)\b{_REST}",
        rf"\b(?:zip|postal)(?: code)?(?:'s| is|,)? (?:{_POSTAL})",
        r"\bpost ?code (?:is )?[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b",
        r"\b\d{5}(?:-\d{4})?\b(?= *[.?!]?$)",
        rf"\b(?:lives?|living|over|down|out|up) on (?:the )?(?!(?:{_NEVER}|one|a|an)\b)[\w'’.-]+(?: [\w'’.-]+){{0,2}}? (?:{_SURE_STREET})\b",
        r"\b[a-z]{1,2}\d[a-z\d]? \d(?!mg|ml|am|pm|cc|cm|mm|kg|st|nd|rd|th|hr|in|ft|oz|lb)[a-z]{2}\b",
        rf"\b(?:number|at|address is) {_HOUSE},(?: (?!(?:{_NEVER})\b)[\w'’.-]+){{1,3}}? (?:{_SURE_STREET}|close|place|way|circle)\b{_REST}",
        rf"\b\d+ block of (?!(?:{_NEVER}|the)\b){_WORD}(?: (?:{_STREET})\b)?",
        r"\b(?:(?<=right off )|(?<=just off )|(?<=live off )|(?<=lives off ))(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b",
        rf"\b(?:calle|avenida|paseo|camino) (?!(?:{_NEVER}|a|me|the|on|at)\b)[a-z][\w'’-]+",
        r"\b(?:(?<=on )|(?<=off )|(?<=of )|(?<=along )|(?<=take )|(?<=near ))i[ -]\d{1,3}\b",
        rf"\b(?:lives?|living|stay(?:s|ing)?|house|door) (?:at |in |on )?(?:(?:the )?number )?{_HOUSE}{_REST}",
    )
)
# With the words to look at in the groups: a street's name must not be grammar, a clinical word or a figure.
_BY_NAME: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bcorner of (?P<a>{_WORD})(?: {_WORD})? (?:and|&) (?P<b>{_WORD}|{_ORDINAL})(?: (?:{_STREET})\b)?",
        rf"\b(?P<a>{_WORD})(?: (?:{_STREET}))? (?:(?:and|&) (?:the )?|at (?!first|second|third|1st|2nd|3rd)){_ORDINAL}\b(?: (?:{_STREET})\b)?(?! (?:of|time|one|day|week|opinion|dose|shot|visit|finger|toe|rib|metatarsal)\b)",
        rf"\b{_ORDINAL} (?:{_STREET} )?(?:and|&) (?P<a>{_WORD})(?: (?:{_STREET})\b)?",
        rf"\b{_NUMBERED}(?: (?:and|at|&) (?P<a>{_WORD})(?: (?:{_STREET})\b)?)",
        rf"\bcross(?:es)?(?: streets?)?(?: is| of| at| are)? (?P<a>{_WORD})(?: and (?P<b>{_WORD}))?",
        rf"\b(?:before|past|after|near|at|by|to) the (?P<a>{_WORD})(?: {_WORD})? (?:exit|overpass|off-?ramp|interchange|turnoff)\b",
        rf"\b(?P<a>{_WORD}) (?:{_SURE_STREET})\b(?: (?:and|&|at) (?P<b>{_WORD}))?",
    )
)
_SAYS_ADDRESS: Final = re.compile(r"(?<!mail )\baddress\b", re.IGNORECASE)
_SENT: Final = re.compile(
    rf"\b(?:send|sent|mail|mailed|ship|shipped|post|deliver|delivered|bring|come|came|pick(?:ed)? (?:me|him|her|us)? ?up|pick ?up|drop(?:ped)?(?: me)? off|moved?|"
    rf"address|located|lives?|living|stay(?:ing)?|parked|house)\b(?: [\w'’]+){{0,6}}? (?:to|at|is|on|in|from) (?P<rest>{_HOUSE}(?: (?:{_SIDE})\b)? (?P<a>{_WORD}))",
    re.IGNORECASE,
)
_OLD_ONE: Final = re.compile(
    rf"\b(?:old|new|other|previous|former|wrong|right) (?:one|address|place|house)(?: is| was|'s) (?P<rest>{_HOUSE}(?: (?:{_SIDE})\b)? (?P<a>{_WORD}))",
    re.IGNORECASE,
)
_IS_AT: Final = re.compile(
    rf"\b(?:i'?m|we'?re|she'?s|he'?s|they'?re|is|are|was|were|am|now|still|over|lives?) (?:over |up |down |now )?(?:at|on) (?P<rest>{_HOUSE}(?: (?:{_SIDE})\b)? (?P<a>{_WORD})(?: (?:{_STREET})\b)?{_REST})",
    re.IGNORECASE,
)
# "she is in apartment 212, im in 214"
_IN_NUMBER: Final = re.compile(
    r"\b(?:i'?m|we'?re|she'?s|he'?s|they'?re|i am|she is|he is|we are|lives?) in (?P<rest>(?:number |room |bed )?\d{2,4}[a-d]?\b)(?! ?(?:/|[.:]\d))",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(rf"\b{_HOUSE}(?:,? (?:{_SIDE})\b)?(?P<names>(?: {_WORD}){{0,3}}){_REST}", re.IGNORECASE)
_COMMA: Final = re.compile(
    rf"\b{_HOUSE},(?: (?!(?:{_NEVER}|on|the|down|off|across)\b){_WORD}){{1,3}} (?:{_STREET})\b{_REST}", re.IGNORECASE
)
_CORNER: Final = re.compile(rf"\b(?P<a>{_WORD})(?: (?:{_STREET}))? (?:and|&) (?P<b>{_WORD})", re.IGNORECASE)
_CORNER_CASED: Final = re.compile(
    r"\b(?:at|on|near|by|off) (?P<rest>(?P<a>[A-Z][\w'’]+) (?:and|&) (?P<b>[A-Z][\w'’]+|\d{1,3}\b(?! (?:minutes|hours|days|weeks|pills|percent))))"
)
_ABBREVIATED: Final = (
    "a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy]"
)
_UNITS: Final = re.compile(
    r"(?:milligrams?|mg|mcg|micrograms?|units?|pills?|tablets?|capsules?|degrees?|pounds?|kilos?|percent|over|times|hours?|hrs?|days?|weeks?|months?|years?|minutes?|"
    r"seconds?|o'?clock|a\.?m|p\.?m|out|of|point|beats|dollars?|cents|bucks|feet|foot|inch(?:es)?|miles?|liters?|cc|ml|cm|mm|kids?|children|people|refills?|doses?|more|other|"
    r"visits?|ribs?|joules|steps|hundred|thousand|million|or|per|a)\b.*",
    re.IGNORECASE,
)
_FIGURES: Final = re.compile(rf"(?:{_SPOKEN}|\d+)", re.IGNORECASE)
_LEADS: Final = (r"\bcorner", r"\bcross", r"\b(?:before")  # patterns whose first words are no part of the address
_NO_STREET: Final = frozenset(
    "and i you he she we they it my is was have had do does that this with for at to your her his but or so".split()
)
_NUMBER_BEFORE: Final = re.compile(
    r"(?:#|\b(?:number|apartment|apt|unit|room|house|floor|flat|suite|lot|at)\.?) ?$", re.IGNORECASE
)
# Said while the next word is looked for, with its commas.
_HESITATES: Final = re.compile(r",? (?:uh|um|er|erm|hm),?(?= )", re.IGNORECASE)
# A house and a name that ends in no known street word: an address if town, state and code follow.
_HOUSES: Final = re.compile(
    rf"\b{_HOUSE},?(?: (?:{_SIDE}))?(?P<names>(?: (?!(?:{_NEVER})\b){_WORD}){{1,3}})(?:{_REST})(?=,| (?!(?:{_NEVER})\b)[a-z])",
    re.IGNORECASE,
)
_CODED: Final = re.compile(rf"\b(?:\d(?: ?-?\d){{4}}\b|(?:{_SPOKEN}[ -]){{4}}{_SPOKEN}\b)", re.IGNORECASE)
SHORT_WORDS_MAX = 6
_LEADS_IN: Final = re.compile(
    r"(?:(?:it's|it is|in|uh|um|yes|yeah|okay|the|city|town|is)[ ,]+)*", re.IGNORECASE
)  # "it's bellwether falls 54120"
STREET_WORDS_MAX = 3
COUNTED_MAX = 5  # characters of a number that counts something
TOWN_CHARACTERS_MAX = 120  # of town, state and code
CORNER_WITHIN_CHARACTERS = 60  # of the beginning of an answer


def spans(text: str, keep: frozenset[str], *, asked: bool) -> list[Span]:
    """`keep`: words that name no street. `asked`: the other party has just asked where."""
    if not _HESITATES.search(text):
        return _spans(text, keep, asked=asked)
    # "six sixteen, uh, west fort street": looked for without it, told with the offsets of the text as it stands
    gone = {at for match in _HESITATES.finditer(text) for at in range(*match.span())}
    places = [at for at in range(len(text)) if at not in gone]
    smooth = "".join(text[at] for at in places)
    return [(places[start], places[end - 1] + 1, kind) for start, end, kind in _spans(smooth, keep, asked=asked)]


def _spans(text: str, keep: frozenset[str], *, asked: bool) -> list[Span]:
    out = [
        match.span()
        for pattern in _PATTERNS
        for match in pattern.finditer(text)
        if not _measured(match.group(0), text[match.end() :])
    ]
    for pattern in _BY_NAME:
        out += [
            (match.start("a") if pattern.pattern.startswith(_LEADS) else match.start(), match.end())
            for match in pattern.finditer(text)
            if _named(match, keep, text, asked)
        ]
    for pattern in (_SENT, _OLD_ONE):
        out += [match.span("rest") for match in pattern.finditer(text) if _name(match["a"], keep)]
    out += [
        match.span("rest")
        for match in _IN_NUMBER.finditer(text)
        if not measured(text[match.end() :]) and not counted(text[match.end() :])
    ]
    out += [match.span("rest") for match in _IS_AT.finditer(text) if _name(match["a"], keep) and _rare(match["a"])]
    out += [
        match.span("rest")
        for match in _CORNER_CASED.finditer(text)
        if _name(match["a"], keep) and _name(match["b"], keep)
    ]
    out += [match.span() for match in _HOUSES.finditer(text) if _whole(match, text, keep)] if _coded(text) else []
    if asked:
        out += _answer(text, keep)
    return [(*_with_town(text, start, end, keep), "ADDRESS") for start, end in out if end > start]


def _coded(text: str) -> bool:
    """Whether a postal code may stand in a text."""
    return bool(_CODED.search(text))


def _whole(match: re.Match[str], text: str, keep: frozenset[str]) -> bool:
    """ "33 Sawtooth Spur, Ketchum, ID 83340": town or state, and the code."""
    if not all(_name(word, keep) for word in match["names"].split()) or counted(text[match.start("names") :]):
        return False
    rest = _town().match(text[match.end() : match.end() + TOWN_CHARACTERS_MAX])
    return bool(rest and (rest["zip"] or (rest["alone"] and (rest["town"] or " " in match["names"].strip()))))


def _measured(found: str, after: str) -> bool:
    """ "a hundred and one point eight", "two to three way": figures and grammar only before the street's word."""
    words = re.findall(r"[A-Za-z']+", re.sub(r"\bhundred and\b", "hundred", found, flags=re.IGNORECASE))
    if re.search(r"\b(?:the|no|half|long|one|any) way$", found, re.IGNORECASE):
        return True
    if len(words) > 1 and words[-1].lower() == "point" and re.match(rf" {_FIGURE}", after):
        return True
    if any(word.lower() in _NO_STREET for word in words[1:-1] if word.lower() not in ("st",)) and re.match(
        _FIGURES, found
    ):
        return True
    return bool(re.match(r"(?:mile|box|unit|room|exit) (?:a|i|for|or|and)\b", found, re.IGNORECASE))


def _name(word: str | None, keep: frozenset[str]) -> bool:
    if word is None:
        return True
    plain = lexicon.plain(word).strip(".").removesuffix("'s")
    return not (
        plain in lexicon.GRAMMAR
        or plain in keep
        or _FIGURES.fullmatch(plain)
        or _UNITS.fullmatch(plain)
        or len(plain) < 2
    )


def _rare(word: str) -> bool:
    """No everyday word, or written like a name."""
    return word[0].isupper() or lexicon.plain(word) not in lexicon.words_of("everyday")


def _named(match: re.Match[str], keep: frozenset[str], text: str, asked: bool) -> bool:
    groups = match.groupdict()
    if not all(_name(groups.get(name), keep) for name in ("a", "b")):
        return False
    first = groups.get("a") or ""
    if re.fullmatch(rf"{_WORD} (?:{_SURE_STREET})\b.*", match.group(0), re.IGNORECASE):
        # "main road" of an everyday word may be anything; an unknown one is a street's name
        return (
            asked
            or bool(_SAYS_ADDRESS.search(text))
            or lexicon.plain(first) not in lexicon.words_of("everyday")
            or (first[0].isupper() and match.start() > 0 and text[match.start() - 2] not in ".?!")
        )
    return True


def _answer(text: str, keep: frozenset[str]) -> list[tuple[int, int]]:
    out = [_with_town(text, at, at, keep) for at in [_LEADS_IN.match(text).end()]]  # type: ignore[union-attr]
    out += [
        (run.start, run.end)
        for run in runs(text, asked=True)
        if run.digits
        and not _lone(text, run.start, run.end)
        and not counted(text[run.end :])
        and not measured(text[run.end :])
        and not _UNITS.match(text[run.end :].lstrip())
    ]
    for match in _ANSWER.finditer(text):
        if (
            counted(text[match.start("names") :])
            and len(match.group(0)[: match.start("names") - match.start()]) <= COUNTED_MAX
        ):
            continue  # "four pokes, bring a helmet"
        if _UNITS.match(text[match.start("names") :].lstrip()) and not re.match(
            r"(?:of|or|a)\b", text[match.start("names") :].lstrip()
        ):
            continue
        words = list(re.finditer(_WORD, match["names"]))[:STREET_WORDS_MAX]
        end = match.start("names")
        for word in words:
            if not _name(word.group(0), keep):
                break
            end = match.start("names") + word.end()
        if end == match.start("names") and _lone(text, match.start(), end):
            continue
        full = len(words) and end >= match.end("names")
        out.append((match.start(), match.end() if full or not words else end))
    out += [match.span() for match in _COMMA.finditer(text)]
    out += [
        match.span()
        for match in _CORNER.finditer(text[:CORNER_WITHIN_CHARACTERS])
        if _name(match["a"], keep) and _name(match["b"], keep)
    ]
    return out


def _lone(text: str, start: int, end: int) -> bool:
    """A single figure within a sentence, "the pink one for the pressure", unless something says that it is a house or a flat."""
    figure = text[start:end].strip().lower()
    if figure not in (
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
    ) and not re.fullmatch(r"\d", figure):
        return False
    return (figure == "one" or len(text.split()) > SHORT_WORDS_MAX) and not _NUMBER_BEFORE.search(text[:start])


@cache
def _state() -> str:
    return "|".join(map(re.escape, sorted(lexicon.words_of("states"), key=len, reverse=True)))


@cache
def _town() -> re.Pattern[str]:
    """Town, state and postal code; at least one of the latter two."""
    state = rf"\b(?:{_state()})\b|\b(?:{_ABBREVIATED})\b(?=[\s,.]*(?:\d|{_SPOKEN}|$))"
    code = rf"(?:zip(?: code)?(?: is)? )?{_POSTAL}"
    return re.compile(
        rf"^[\s,.]*(?:in )?(?:(?P<town>{_WORD}(?: {_WORD}){{0,2}}?)[\s,.]+)?(?:(?P<state>{state})(?:[\s,.]*(?P<zip>{code}))?|(?P<alone>{code}))",
        re.IGNORECASE,
    )


@lru_cache(maxsize=8)
def _not_towns(keep: frozenset[str]) -> frozenset[str]:
    return keep - lexicon.kept("names_of_peoples")  # "palestine, texas"


def _with_town(text: str, start: int, end: int, keep: frozenset[str]) -> tuple[int, int]:
    """With town, state and postal code behind it; without any of the latter two a town is for the lists to find."""
    rest = _town().match(text[end : end + TOWN_CHARACTERS_MAX])
    if not rest or (rest["town"] and not all(_name(word, _not_towns(keep)) for word in rest["town"].split())):
        return start, end + _bare_town(text[end : end + TOWN_CHARACTERS_MAX], keep) if end > start else end
    if (rest["zip"] or rest["alone"]) and _UNITS.match(text[end + rest.end() :].lstrip()):
        return start, end
    return start, end + len(rest.group(0).rstrip(" ,.\n"))


def _bare_town(after: str, keep: frozenset[str]) -> int:
    """How far a town goes that follows an address behind a comma, with nothing behind it: "box four four one, mountain home"."""
    match = _BARE.match(after)
    words = match["town"].split() if match else []
    for many in range(len(words), 0, -1):
        name = " ".join(map(lexicon.plain, words[:many]))
        listed = name in lexicon.words_of("places") or name in lexicon.words_of("places_doubtful")
        last = many == len(words) and not after[match.end() :].strip(" .?!")  # type: ignore[union-attr]
        strange = many == 1 and last and lexicon.unknown(name, keep)
        if (listed and many > 1) or (_name(words[0], keep) and (listed or strange)):
            return match.start("town") + len(" ".join(words[:many]))  # type: ignore[union-attr]
    return 0


_BARE: Final = re.compile(rf",(?: in)? (?P<town>{_WORD}(?: {_WORD}){{0,2}})", re.IGNORECASE)


def with_state(text: str, start: int, end: int) -> tuple[int, int]:
    """A town with the state and the postal code behind it."""
    return _with_town(text, start, end, lexicon.GRAMMAR)
