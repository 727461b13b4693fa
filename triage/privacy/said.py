"""Identifiers in the forms in which they are said: e-mail and web addresses, codes of letters and figures, days, great ages. Pure.

Rules on text as it stands, written or spoken, with offsets into it. They overlap with the other layers on purpose: what any of them finds goes.
"""

from __future__ import annotations

import re
from typing import Final

from triage.privacy.lexicon import GRAMMAR, english, kept, words_of
from triage.privacy.spoken import ABBREVIATIONS

Span = tuple[int, int, str]

_TLD: Final = "com|org|net|edu|gov|mil|io|co|us|info|health|example|biz|me|tv"
_JOIN: Final = frozenset("dot underscore dash hyphen period plus point slash".split())
_LITTLE: Final = frozenset(
    "is it's its it email e-mail mail address the my to at back case so or and like name own that's thats um uh yeah yes no okay ok well please send "
    "write me you can use try i'm i a an your his her their says said spelled reach on in for of one this that would be should now also".split()
)
_FIGURES: Final = frozenset(
    "oh zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
    "thirty forty fifty sixty seventy eighty ninety hundred".split()
)
_UNDERSCORED: Final = re.compile(
    r"\b(?:[b-hj-z] )*[\w-]+(?: (?:dot|dash) [\w-]+)*(?: underscore [\w-]+(?: (?:dot|dash) [\w-]+)*)+|\b[b-hj-z] underscore\b",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\S+")
_PROVIDERS: Final = (
    "gmail|g mail|yahoo|ymail|hotmail|outlook|icloud|i cloud|aol|a o l|msn|comcast|xfinity|verizon|earthlink|earth link|proton ?mail|proton|sbc ?global|att|a t and t|bellsouth|cox|charter|"
    "spectrum|juno|gmx|zoho|fastmail|mail|live|mac|roadrunner|optonline|centurylink|frontier|windstream|netzero"
)
_AT_DOMAIN: Final = re.compile(
    rf"(?:[\s,](?:at|@)\s|@|^at\s)(?:[\w-]+(?:[ .][\w-]+){{0,5}}?(?: ?dot |\.)(?:{_TLD}|c o m|e d u|o r g|n e t|g o v)\b|(?:{_PROVIDERS})\b(?:(?: dot |\.| )(?:{_TLD})\b)?)",
    re.IGNORECASE,
)
# What is said about the writing between the parts of an address.
_BETWEEN: Final = re.compile(
    r"\b(?:the (?:letters?|numbers?|year|word|figures?|digits?|initials?)|then|my (?:last|first|middle|maiden) name|(?:last|first) name|and then|and|capital|lower ?case|all (?:one word|lower ?case|together)|one word|"
    r"no (?:dots?|spaces?|space)|with (?:an?|the) (?:hyphen|dash|dot|underscore)|(?:as in|like) [A-Za-z]+|spelled|uh|um)\b",
    re.IGNORECASE,
)
# A separator is never taken for a word between two: one reading only, or a caller who says "dot one dot one …" costs seconds.
_WEB: Final = re.compile(
    rf"(?:\bh t t p s?\b|\bhttps?\b)?(?:\s?colon)?(?:\sslash slash)?\s?(?:\bwww\b[ .]?)?(?:dot )?\b(?:my )?[\w-]+(?:(?: dash | hyphen | dot |\.)[\w-]+(?: (?!(?:dash|hyphen|dot)\b)[\w-]+){{0,2}}?){{0,8}}?"
    rf"(?: dot |\.)(?:{_TLD})\b(?:(?: (?:forward |back ?)?slash |/)[\w-]+(?:[.?=&%~][\w-]+| (?:dash|hyphen|underscore|dot|period) [\w-]+)*(?:(?: [\w-]+){{1,3}}?(?= slash )|(?: \w\b| (?:{'|'.join(sorted(_FIGURES))})\b)*))*",
    re.IGNORECASE,
)
MONTH: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may(?! (?:i|we|you|she|he)\b)|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_ORDINAL: Final = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|"
    r"seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_UNIT: Final = "one|two|three|four|five|six|seven|eight|nine"
_YEAR: Final = (
    rf"(?:\d{{4}}|'\d\d|nineteen (?:oh |hundred (?:and )?)?(?:(?:{_TENS})(?:[ -](?:{_UNIT}))?|\w+teen|ten|eleven|twelve|{_UNIT})|(?:twenty|two thousand)(?: and)?"
    rf"(?: (?:oh )?(?:(?:{_TENS})(?:[ -](?:{_UNIT}))?|\w+teen|ten|eleven|twelve|{_UNIT}))?|(?:{_TENS})(?:[ -](?:{_UNIT}))?)"
)
_CARDINAL: Final = rf"(?:\d{{1,2}}|(?:{_TENS})(?:[ -](?:{_UNIT}))?|\w+teen|{_UNIT}|ten|eleven|twelve)\b"
_THEN: Final = r",?(?: (?:uh|um|er|hm),?)? (?:(?:of|in|de|del) )?"  # "september, uh, twenty twenty one"
_DAYS: Final = (
    re.compile(
        rf"\b(?:the )?{_ORDINAL} (?:day )?(?:of )?(?:(?:this|last|next|that) )?(?:{MONTH})\b\.?(?:{_THEN}{_YEAR}\b)?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_CARDINAL} (?:(?:of|de) )?(?:{MONTH})\b{_THEN}{_YEAR}(?!\w)", re.IGNORECASE),
    re.compile(rf"\b{_CARDINAL} (?:of|de) (?:{MONTH})\b", re.IGNORECASE),
    re.compile(
        rf"\b(?:the )?(?:(?:very )?(?:first|last) day|eve|ides|middle|end|beginning|start) of (?:{MONTH})\b(?:{_THEN}{_YEAR}(?!\w))?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:{MONTH})\b[.,]?,? (?:the )?(?:{_ORDINAL}|{_CARDINAL})(?:{_THEN}{_YEAR}(?!\w))?", re.IGNORECASE),
    re.compile(
        r"\b(?:on|since|from|until|till|through|by|dated?|due|scan|visit|seen|born|was|and)\s(\d{1,2}/\d{1,2})(?![/\d])(?! (?:pain|scale|out of))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:on|in on|since|from|until|till|dated?|was|seen|discharged|admitted|readmitted|released|e ?r|hospital|clinic|office|surgery|delivered|born|back in|expires?|expired|then|visit|of service(?: is| was)?)\s"
        r"((?:1[0-2]|[1-9]) (?:3[01]|[12]\d|[1-9]))(?= (?:and|if|but|at|to|for|i|he|she|it|they|we|you|when|because|my|the|by|then|with|same|where|that)\b|\W*$)(?! (?:and a half|to \d|at \d+ (?:mg|milli)))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:\d{{1,2}}|{_UNIT}|ten|eleven|twelve)(?: (?:slash|dash) )(?:\w+(?: \w+)?)(?: (?:slash|dash) )(?:\w+(?: {_UNIT})?)\b",
        re.IGNORECASE,
    ),
    # "the ninth of the eleventh sixty four", "oh five twenty two two thousand and one"
    re.compile(rf"\b(?:the )?{_ORDINAL} of the {_ORDINAL},? (?:of )?{_YEAR}(?!\w)", re.IGNORECASE),
    re.compile(
        rf"\b(?:(?:oh|zero) (?:{_UNIT})|{_UNIT}|ten|eleven|twelve) (?:(?:{_TENS})(?:[ -](?:{_UNIT}))?|\w+teen|(?:oh )?(?:{_UNIT})|ten|eleven|twelve) two thousand(?: and)?(?: (?:\w+teen|(?:{_TENS})(?:[ -](?:{_UNIT}))?|{_UNIT}|ten|eleven|twelve))?\b",
        re.IGNORECASE,
    ),
)
# "october the ninth, no, the report says tenth"
_INSTEAD: Final = re.compile(
    rf"\b(?:no|not|sorry|says?|said|mean|rather|actually|make (?:it|that))[ ,]+(?:the )?({_ORDINAL})(?=[.,?!]|$| (?:of|not|instead)\b)",
    re.IGNORECASE,
)
# Days by their names, which tell a birthday ("halloween baby") and are nobody's elsewhere.
FEAST: Final = re.compile(
    r"\b(?:(?:on|the) )?(?:new year'?s(?: (?:day|eve))?|christmas(?: (?:day|eve))?|boxing day|hallowe'?en|valentine'?s(?: day)?|(?:the )?(?:fourth|4th) of july|independence day|canada day|thanksgiving(?: day)?|"
    r"easter(?: (?:sunday|monday))?|good friday|leap (?:day|year)|mother'?s day|father'?s day|veterans'? day|memorial day|labor day|groundhog day|flag day|april fool'?s'?(?: day)?|(?:st\.?|saint) patrick'?s(?: day)?|"
    r"cinco de mayo|juneteenth|mardi gras|day of the dead|d[ií]a de los muertos|all saints'?(?: day)?|three kings'? day|pi day|earth day|may day|diwali|nowruz|eid|hanukkah|passover|ramadan|lunar new year|chinese new year|tet|"
    r"(?:the )?(?:summer|winter) solstice|(?:the )?(?:spring|fall|autumn) equinox|(?:the )?(?:very )?(?:first|last) day of (?:spring|summer|fall|autumn|winter|the year))(?![\w'])"
    rf"(?:{_THEN}{_YEAR}(?!\w))?",
    re.IGNORECASE,
)
# "the third": a day unless what follows is counted by it ("the third toe").
_THE_NTH: Final = re.compile(
    rf"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?the {_ORDINAL}\b(?! (?:\d+|two|three|four|five|six|[a-z] [a-z]\b|time|one|visit|call|is|was|line|number|mmr|metacarpal|metatarsal|x-?ray|name|of (?:all|the|my|it|every|three|two|four))\b)(?: (?P<next>[a-z]+))?",
    re.IGNORECASE,
)
# "the twenty first call me": so high nothing else is counted.
_THE_TWENTIETH: Final = re.compile(
    r"\bthe (?:(?:twenty|thirty)[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|(?:thir|four|fif|six|seven|eigh|nine)teenth|thirtieth|twentieth)\b"
    r"(?! (?:century|birthday|week|amendment|st|street|ave|avenue|floor|anniversary|time|dose|percentile|year|mile|person|caller|day|page|line|visit|one)\b)",
    re.IGNORECASE,
)
_AFTER_DAY: Final = frozenset(
    "works please maybe probably around between through if when where since until till during unless because though without within against before toward towards onto into past near inside outside despite except versus".split()
)
# Told as the day itself: "Christmas Eve, about suppertime".
FEAST_ANSWER: Final = re.compile(
    rf"^(?:(?:uh|um|on|it was|last|yes|just|the (?:day|night|morning|week) (?:before|after))[ ,]+)*{FEAST.pattern}",
    re.IGNORECASE,
)
# Values that are said with their point left out: "the tsh was 7 2".
_VALUE: Final = re.compile(
    r"\b(?:inr|tsh|a1c|a 1 c|potassium|sodium|creatinine|hemoglobin|haemoglobin|sugars?|glucose|level|levels|count|temp|temperature|fever|score|ph|psa|ldl|t3|t4|calcium|magnesium|ferritin|albumin|lactate|weight|size|it)(?: \w+){0,2} $",
    re.IGNORECASE,
)
_KIN: Final = (
    "mother|mom|mum|mama|father|dad|papa|wife|husband|son|daughter|sister|brother|grandmother|grandma|grandfather|grandpa|nana|aunt|uncle|neighbor|"
    "friend|patient|he|she"
)
_GREAT_AGE: Final = re.compile(
    rf"(?:\bi'?m|\bi am|\bi(?:'?ll| will) be|\b(?:{_KIN})(?:'ll| will) be|\b(?:{_KIN})(?:,? [\w'-]+,?)?(?:'?s| is| was| turns| turned)|\b(?:aged?|turning|turned|turns)(?: of| is)?)(?: (?:about|almost|nearly|now|only|just|going on))*\s"
    rf"((?:ninety(?:[ -](?:{_UNIT}))?|9\d|1[01]\d|(?:a|one) hundred(?: and)?(?: (?:{_UNIT}))?)\b(?: years? old)?)"
    r"(?! (?:percent|minutes|over|degrees|milligrams|mg|pounds|miles|days|hours|weeks|months|times|out of|sure))",
    re.IGNORECASE,
)
# "ninety one and still driving", "my father, ninety two,"
_AGE_ALONE: Final = re.compile(
    rf"(?:^(?:(?:uh|um|oh|well|yes|just|about|i'm)[ ,]+)*((?:ninety(?:[ -](?:{_UNIT}))?|9\d|1[01]\d))(?=,? (?:and (?:still|counting|going)|years young|i'?ll be|next birthday|on my next|in (?:{MONTH})))"
    rf"|\b(?:my|his|her|our) (?:{_KIN}), ((?:ninety(?:[ -](?:{_UNIT}))?|9\d|1[01]\d))(?=[,.?!]|$| (?:years|and|now|this|next|on)\b))",
    re.IGNORECASE,
)
_AGE: Final = re.compile(rf"\b((?:ninety(?:[ -](?:{_UNIT}))?|9\d|1[01]\d) ?-?years? ?-?old)\b", re.IGNORECASE)
_MIXED: Final = re.compile(
    r"(?<![\w./-])(?=[A-Za-z0-9/-]*[A-Za-z])(?=[A-Za-z0-9/-]*\d)[A-Za-z0-9]+(?:[-/][A-Za-z0-9]+)*(?![\w])"
)
# A plate and the like: capitals and figures with a space between.
_LETTERED: Final = re.compile(r"(?<![\w-])(?P<letters>[A-Z]{2,4})[ -]\d{3,4}(?![\w/.%-]|,\d)")
# "my plate is dce 90w"
_PLATE: Final = re.compile(
    r"\b(?:plates?|tag)(?: number| reads| says)?(?: is|'s|:|,)? (?:it's )?(?=[\w -]{0,9}\d)((?!(?:is|it|on|in|for|the|my|a)\b)[a-z0-9]{1,4}(?:[ -][a-z]?\d[a-z0-9]{0,4}){1,2})\b(?! (?:minutes|hours|days|of|spot|space))",
    re.IGNORECASE,
)
_ADDRESS_PART: Final = rf"(?:(?:{'|'.join(sorted(_FIGURES))}|and|\d{{1,3}})[ -]?){{1,4}}"
_IP: Final = re.compile(
    rf"\b{_ADDRESS_PART}(?:[\s,.]*\b(?:dot|point|period)\b[\s,.]*{_ADDRESS_PART}){{3}}", re.IGNORECASE
)
_MASKED: Final = re.compile(r"\b(?=[\dx* -]*(?:xx|\*\*))[\dx*]{2,6}(?:[ -][\dx*]{2,6})+(?!\w)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"\b(?:the|and|then|suffix|ending|is) (-\d{1,4}[A-Za-z]?)\b(?!\.\d)")
_NO_CODE: Final = re.compile(
    r"(?:\d+(?:st|nd|rd|th|s|am|pm|mg|mcg|ml|cc|kg|lbs?|oz|cm|mm|in|ft|hr|hrs|h|x|k|f|c|u|units?|days?|weeks?|yrs?|yo|minutes?|pills?|tablets?|percent)|[abcdt]\d{1,2}|cd4|a1c|"
    r"[cltS]\d(?:-[cltS]?\d)?|covid-?19|h\d?n\d|\d+-(?:day|week|month|year|hour|minute|milligram|mile|step)\w*|(?:mid|late|early)-?\d+s?|p[h]?\d|omega-?3|\d+(?:-[a-z]{3,})+|\d+x/\w+|brca-?[12]|hba1c|ca-?125|fev1|[clts]\d{1,2}(?:[-/][clts]?\d{1,2})?|q\d+h?|\d+/\d+[a-z]*|24/7)",
    re.IGNORECASE,
)
# "email it to gospel singer double two": what stands between such words and the domain is the address, everyday words or not.
_FRAMED: Final = re.compile(
    r"\b(?:to|is|it's|its|not|that's|address|email|e-mail|e mail|mail|at|use|try|has|says|was)(?: (?:it's|it|is|to|my))?(?: [\w'-]+){1,5}$",
    re.IGNORECASE,
)
LETTERED_MIN = 5
_UNITS_SHORT: Final = frozenset("mg ml cc cm mm kg lb hr pm st nd rd th ft tv dr mr mrs ct mri".split())
CODE_CHARACTERS_MIN = 5
_THAT_ONE: Final = re.compile(
    r"\b(?:the|this|that|which|new|old|right|wrong|other|first|second|work|home) $", re.IGNORECASE
)
TOKENS_MAX = 24  # left of a domain
WORDS_MAX = 3  # of them no everyday words, and by nothing joined
_FRAME: Final = frozenset("is it's its it that's email e-mail mail address so okay ok yes".split())
_SHORT_WORDS: Final = frozenset(
    "is it my the and its on at no to of for in was so a i or be me he she we us am pm mg if by as an do go oh ok up um uh er but not are you has had her his our "
    "one two six ten all any can did get got him how may new now off old out own see the too use was way who why yes yet let say per age bin box zip apt ext "
    "dob card code that this from with says have then back plus like just here year mine ends last four five nine".split()
)


def spans(text: str) -> list[Span]:
    out: list[Span] = [*_emails(text), *_webs(text)]
    out += [(*match.span(), "EMAIL") for match in _UNDERSCORED.finditer(text)]
    for pattern in _DAYS:
        out += [
            (*(match.span(1) if match.re.groups and match[1] else match.span()), "DATE")
            for match in pattern.finditer(text)
            if not (match.re.groups and _VALUE.search(text[: match.start(1)]))
        ]
    out += [
        (match.start(), match.start("next") - 1 if match["next"] else match.end(), "DATE")
        for match in _THE_NTH.finditer(text)
        if not match["next"] or _no_noun(match["next"].lower())
    ]
    out += [(*match.span(), "DATE") for match in _THE_TWENTIETH.finditer(text)]
    out += [(*match.span(1), "VEHICLE") for match in _PLATE.finditer(text)]
    out += [(*match.span(1), "AGE") for pattern in (_GREAT_AGE, _AGE) for match in pattern.finditer(text)]
    out += [(*match.span(match.lastindex or 0), "AGE") for match in _AGE_ALONE.finditer(text)]
    if any(kind == "DATE" for _, _, kind in out):
        out += [(*match.span(1), "DATE") for match in _INSTEAD.finditer(text)]
    out += [(match.start(), match.start() + len(match.group(0).rstrip(" -")), "IP") for match in _IP.finditer(text)]
    return out + _codes(text)


def _no_noun(word: str) -> bool:
    return word in GRAMMAR or word in _AFTER_DAY or word.endswith("ed") or not english(word)


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A number with the letters that belong to it: "KDH-220…", "SCF 4418", "… 604418 S", "90822 a"."""
    before = re.search(
        r"(?:(?<=\s)|^)((?:(?:[A-Z]{1,5}-)*\d{0,2}[A-Z]{1,5}|(?:[a-z]{1,4}-)*(?:\d{1,2})?[a-z]{1,5})(?:\d+[A-Za-z]*)?(?:[- ]{1,2}|(?<=[A-Z]), ))$",
        text[:start],
    )
    if before and (_code(before[1].strip(" -,"), text[start:end]) or _lettered(text, before.start(1), start, end)):
        start = before.start(1)
    glued = re.search(r"[A-Za-z0-9-]+$", text[:start])
    if glued and text[start - 1 : start] not in ("", " "):
        start = glued.start()
    after = re.match(
        r"[A-Za-z0-9-]*[A-Za-z0-9](?![\w'])|(?: [A-Z](?![\w']))|(?: (?!i\b)[a-z](?=\W|$)(?!'))|(?: (?!AM|PM|MG|ML|IV|MD|ER|ID|OR|IN|OK|US)[A-Z]{2}(?![\w']))|(?: [a-z]{2}(?![\w'])(?! \d))",
        text[end:],
    )
    if after and not _behind(after.group(0), text[start:end]):
        after = None
    return start, end + (after.end() if after else 0)


def _code(letters: str, number: str) -> bool:
    """Whether what stands before a number belongs to it: "bcs 7741", not "run 60"."""
    word = letters.lower()
    if word in _SHORT_WORDS or _NO_CODE.fullmatch(word):
        return False
    if word.isalpha() and len(re.findall(r"\d", number)) <= 2 and word in words_of("everyday"):
        return False
    if letters.isupper() or len(word) <= 3 or word == "auth":
        return True
    return not (english(word) or any(word in kept(name) for name in ("desk", "short", "medicines", "clinical")))


def _behind(letters: str, number: str) -> bool:
    """Whether what stands behind a number belongs to it: "604418 S", "77 ab", of a long one also "90822 a"."""
    word = letters.strip().lower()
    if word == "a":
        return len(re.findall(r"\d", number)) >= LETTERED_MIN
    if word in _UNITS_SHORT:
        return False
    grammar = english(word) or word in GRAMMAR or word in _SHORT_WORDS
    return (
        len(word) != 2 or letters.strip().isupper() or bool(re.fullmatch(r"[b-df-hj-np-tv-z]{2}", word)) or not grammar
    )


def _lettered(text: str, at: int, start: int, end: int) -> bool:
    """ "it's a 6 6 0 1 7 7", "the pump is pm 7 7 10 44": a letter or two of a long number that are words elsewhere."""
    figures = len(re.findall(r"\d", text[start:end]))
    return (
        figures >= LETTERED_MIN
        and text[at:start].strip() in ("a", "pm", "am")
        and not re.search(r"[\d:]\s?$", text[:at])
    )


def _starts_name(text: str) -> bool:
    """Whether the next word is none of everyday: "a okonjo at …"."""
    word = re.match(r"[A-Za-z]+", text)
    return bool(word) and word.group(0).lower() not in words_of("everyday")  # type: ignore[union-attr]


def _emails(text: str) -> list[Span]:
    """From the domain leftwards as far as a name goes on: joined parts, spelled ones, and the words right before "at"."""
    out = []
    between = [match.span() for match in _BETWEEN.finditer(text)]
    for domain in _AT_DOMAIN.finditer(text):
        framed = bool(_FRAMED.search(text[: domain.start()]))
        start, joined, words = domain.start(), True, 0  # joined: the token right of it asks for one more
        for token in reversed(list(_TOKEN.finditer(text[: domain.start()]))[-TOKENS_MAX:]):
            word = token.group(0).lower().strip(",.;:")
            if word == "one" and _THAT_ONE.search(text[: token.start()]):
                break
            single = len(word) == 1 or word in _FIGURES or word.isdigit()
            if any(a <= token.start() and token.end() <= b + 1 for a, b in between) and not single:
                if token.end() + 1 >= start and re.match(
                    r"(?:the )?(?:letter|number)", text[token.start() :], re.IGNORECASE
                ):
                    start = token.start()
                continue  # the others count only if something of the address stands left of them
            if token.group(0)[-1] in ".?!" and len(word) > 1:
                break
            if not (joined or word in _JOIN or (single and word not in ("a", "i"))):
                if word == "the" and start != domain.start() and not joined:
                    start = token.start()
                    break
                if word in ("a", "i") and _starts_name(text[start:]):
                    start = token.start()
                    break
                if word in _LITTLE or word in GRAMMAR or words >= WORDS_MAX:
                    break
                if word in words_of("everyday") and not (start == domain.start() or framed):
                    break
                words += 1
            if (
                word in _LITTLE
                and not (single and (len(word) == 1 or word == "one"))
                and not (joined and start != domain.start())
            ):
                break
            if joined and start != domain.start() and word in _FRAME:
                break
            start = token.start()
            joined = word in _JOIN or single
        out.append((start, domain.end(), "EMAIL"))
    return out


def _webs(text: str) -> list[Span]:
    out = []
    for match in _WEB.finditer(text):
        start = match.start() + len(match.group(0)) - len(match.group(0).lstrip())
        out.append((start, match.end(), "URL"))
    return out


def _codes(text: str) -> list[Span]:
    """Words of letters and figures that no quantity explains, masked numbers, "the -7"."""
    found = [
        match.span()
        for match in _MIXED.finditer(text)
        if len(match.group(0)) >= CODE_CHARACTERS_MIN and not _NO_CODE.fullmatch(match.group(0))
    ]
    found += [
        match.span()
        for match in _LETTERED.finditer(text)
        if match["letters"] not in ABBREVIATIONS and match["letters"].lower() not in kept("short", "times")
    ]
    found += [match.span() for match in _MASKED.finditer(text)] + [match.span(1) for match in _SUFFIX.finditer(text)]
    return [(*span, "NUMBER") for span in found]
