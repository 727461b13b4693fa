"""People as they come up in a sentence: who is called, asked for, told, whose mother somebody is. Pure but for the lists.

names.py knows a name by the word. Here the words around it tell, so that what is an everyday word too ("hope", "mark", "may") goes where somebody is
named and stays where nobody is. A lead introduces a person; what follows counts if it may be a name at all. Text without capitals needs this most;
with capitals the word must bear one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage.privacy.lexicon import (
    GRAMMAR,
    MODAL,
    SURNAMES,
    Word,
    auxiliary,
    capitals,
    english,
    given,
    plain,
    unknown,
    verb,
    words_in,
    words_of,
)

Span = tuple[int, int]

_KIN: Final = (
    "grandsons?|granddaughters?|grandchild|grandkids?|grandbaby|stepsons?|stepdaughters?|stepmom|stepdad|daughters?|sons?|wife|husband|spouse|partner|mother|mom|mama|mum|mommy|father|dad|daddy|papa|sisters?|"
    "brothers?|grandmother|grandma|grandfather|grandpa|nana|abuela|aunt|auntie|uncle|cousin|niece|nephew|twins?|fianc[eé]e?|boyfriend|girlfriend|ex|in[- ]law|baby|babies|newborn|infant|toddler|"
    "kids?|boys?|girls?|little one|oldest|youngest|eldest|middle one|goddaughter|godson|godmother|foster (?:son|daughter|child)|ward"
)
_ROLE: Final = (
    "nurse|doctor|physician|surgeon|specialist|cardiologist|neurologist|oncologist|dentist|midwife|doula|therapist|counsell?or|psychiatrist|psychologist|pediatrician|radiologist|anesthesiologist|"
    "pharmacist|practitioner|pa|np|aide|caregiver|carer|sitter|babysitter|nanny|driver|paramedic|medic|technician|tech|receptionist|clerk|secretary|scheduler|operator|biller|manager|supervisor|coordinator|"
    "case ?worker|social worker|interpreter|translator|chaplain|pastor|priest|rabbi|imam|teacher|principal|coach|officer|deputy|agent|adjuster|lawyer|attorney|landlord|boss|foreman|neighbou?r|friend|roommate|"
    "co-?worker|patient|lady|gentleman|guy|man|woman|fellow|person|gal|girl|boy|student|resident|intern|attending|volunteer|guardian|sponsor|contact|witness|other one|one who (?:called|came|drew|saw me)"
)
_WHO: Final = rf"(?:{_KIN}|{_ROLE})(?:[- ]in[- ]law)?"
_ADJECTIVE: Final = (
    r"(?:(?:little|older|elder|younger|big|oldest|youngest|eldest|late|new|old|other|twin|foster|step|dear|best|good|home|head|charge|night|day|school|wound|hospice|same|first|second|next[- ]door|"
    r"next|main|primary|emergency|physical|speech|occupational|discharge|triage|front desk|billing|lab|great|visiting|regular|usual|nice|young|middle) )*"
)
_THERE: Final = r"(?: (?:up there|down there|over there|there|here|on (?:the )?\w+(?: floor)?|at (?:the )?\w+(?: \w+)?|in (?:the )?\w+|who \w+(?: \w+){0,3}|that \w+(?: \w+){0,3}|from (?:the )?\w+(?: \w+)?))?"
# After these a likely name is one.
_LEADS: Final = re.compile(
    rf"\b(?:"
    r"(?:called|named)"
    r"|(?:goes?|going|went) by|known as|listed (?:as|under)|filed (?:as|under)|registered (?:as|under)|booked (?:as|under)|put down as|comes? up (?:as|under)|(?:in|under|by) the name(?: of)?|(?:it's|its|is|it is|be|was|look|try|still|also|maybe|probably) under|short for|spelled it"
    r"|names?(?: (?:then|now|before|back then|at birth))?(?:'s| is| was| are)?|(?:first|last|middle|maiden|given|family|second|legal|real|birth|married)(?: name)?(?: is| was|'s)|(?:last|middle|maiden|married|birth|family) name(?: is|'s|,)?|surname(?: is|'s)?|nickname(?: is|'s)?"
    r"|(?:tell|told|remind|appointment (?:is )?with|ask(?:ed|ing)? for)|speak(?:ing)? (?:to|with)|spoke (?:to|with)|talk(?:ed|ing)? (?:to|with)|on (?:the phone|hold|the line) with|(?:calling|phoning|ringing)(?: here)? (?:for|about|on behalf of)|on behalf of|care of|in care of|attention|attn|addressed to|made out to|belongs? to|"
    r"(?:voicemail|message|note|letter|package|results?|specimen|sample|chart|file|prescription|refill|referral|appointment|order|papers?|paperwork|slot|bed|ride|labs?|records?|copy|card|bottle|label|form|bill|script|meds|medicine|visit|seat|room) (?:is |was |are |were |be )?(?:for|to|of|from|with|by|under)"
    r"|(?:it's|its|it is|this is|that's|that is|here) for|(?:meet|met|saw|seen|see) (?:with )?|signed(?: by)?|drawn by|written by|seen by|saw by|sent by|taken by|prescribed by|ordered by|left by|married to|divorced from|guardian (?:of|for)|mother of|father of|parent of|proxy (?:is|for)"
    rf"|(?:my|his|her|our|their|your|the|a|an|another|this|that) {_ADJECTIVE}(?:great-|step-?|half-)?{_WHO}(?:'s)?(?: first| last| full)?(?: names?)?{_THERE}(?:'s| is| are| was| were)?(?: called| named)?,?"
    rf"|(?:nurse|doctor|dr|mister|missus|mr|mrs|ms|miss|sister|brother|father|aunt|auntie|uncle|cousin|grandma|grandpa|nana|coach|pastor|officer|deputy|sergeant|captain|reverend|professor|judge|baby)\.?"
    r"|(?:it has|with|says|reads|got|printed|wrote) (?=[a-z]+(?: [a-z]+)? on (?:it|the (?:label|bottle|card|form|chart|front|wristband|slip|bag|tube|box|sticker|envelope|paper|screen|packet|order|script)))"
    r"|(?:my name's|i go by|call me|they call (?:me|him|her)|we call (?:him|her)|everybody calls (?:me|him|her)|friends call me)"
    r")(?:,|:)? (?=[a-z])",
    re.IGNORECASE,
)
# Who is told, asked, sent: a person if the sentence goes on as with one.
_HANDED: Final = re.compile(
    r"\b(?:have|had|let|tell|told|ask|asked|get|got|remind|page|paged|send|call|called|text|ring|thank|notify|warn|give|gave|bring|need|want|copy|help|take|see|saw|hand|wait for|for|with|that|and|or|but|so|when|if|because|until|once|then|since|"
    r"after|before|while|where|yesterday|today) (?P<name>[a-z][\w'’-]+)(?= (?:to|know|knows|that i|that my|that the|ring|rings|call|calls|called|phone|phones|text|texts|fax|email|reach|look|check|come|say|says|said|told|tell|asked|asks|about it|back|has called|is calling|was calling|was here|"
    r"is here|is there|works|answered|promised|mentioned|wrote|texted|rang|wants|wanted|needs me|knew|thinks|thought|will (?:call|ring|phone|fax|text|see|come|be (?:in|calling|here|there|back))|"
    r"is (?:the one|out|off|in today|back|my|his|her|our|working|waiting|allergic|due|on)|from (?:the )?(?:\w+ )?(?:desk|billing|lab|office|clinic|front|pharmacy|upstairs|scheduling)|drew (?:it|my|his|her|the)|took (?:it|my|his|her|the)|gave (?:it|me|him|her|us)|"
    r"in (?:billing|scheduling|radiology|records|the lab|the pharmacy)|at the (?:desk|front)|lives|and i|i'm)\b)",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"(?:^|[.?!,] )(?:(?:okay|ok|yes|yeah|no|well|so|and|but|hi|hello|um|uh) )*(?P<name>[a-z][\w'’-]+)(?= (?:says?|said|told|rang|asked|called|wrote|promised|mentioned|texted|is calling|is my|was my|will (?:call|ring|phone)|'ll (?:call|ring|phone)|works (?:in|at|for))\b)",
    re.IGNORECASE,
)
_SELF: Final = re.compile(
    r"(?:\b(?:this is|it's|it is|i'm|i am|im|its|that's|it was|is that|is this|speaking is|you've reached|you have reached)|^(?:yes |yeah |yep |uh |um |no )*) (?P<name>[a-z][\w'’-]+)(?P<second> [a-z][\w'’-]+)?(?=[.,]|$| (?:here|calling|speaking|again|from|at the|with|in (?:the|billing|scheduling)|and i|and my|and this|i'm|i am|i need|i'd|i called|i have|his|her|"
    r"about|for my|for the|the (?:nurse|daughter|son|wife|husband|mother|father|aide|one|pharmacist)|who|what|how|like|spelled|not|over at|returning|yes|yeah|do you|did you|is there|are you|may i|can (?:i|you)|on (?:the|behalf))\b)",
    re.IGNORECASE,
)
_VOCATIVE: Final = re.compile(
    r"(?:^|[.?!] |\b(?:okay|ok|so|oh|um|uh|well|alright|all right|thanks|thank you|yes|no|sorry|hi|hello|hey|great|perfect|good|right|sure) )(?:okay|ok|thanks|thank you|thank you so much|thanks so much|hi|hello|hey|hi there|alright|all right|sorry|yes|yeah|no|well|great|perfect|got it|there (?:we|you) (?:go|are)|here (?:we|you) (?:go|are)|found (?:you|it)|all set|you're welcome|no problem|no worries|you bet|take care|understood|i understand|i'm sorry|that's (?:okay|fine|it)|right|bye|goodbye|good morning|morning|good afternoon|good evening|"
    r"sure|of course|welcome|welcome back|appreciate it|oh|listen|dear|now|mhm),? (?P<name>[a-z][\w'’-]+)(?=[.,?!]|$| (?:and (?:what|your|i|the|is|can|how|do|are|which|where|when|who|my|that)|what|what's|whats|who|how|which|where|when|best|your|the|i'm|i am|i'll|i've|i can|i have|i see|i just|i need|let me|let's|is (?:that|this|it|there|your|he|she|the|my)|can (?:you|i)|could|"
    r"do you|did you|are you|are we|have you|thank|thanks|so|it's|that's|this is|you're|you are|go ahead|one (?:moment|second|more)|please|any|for (?:the|your|that)|my|we|don't)\b)",
    re.IGNORECASE,
)
_LAST: Final = re.compile(
    r"\b(?:please|thank you|thanks|then|okay|ok|bye|there|now|you|morning|alright|right),? (?P<name>[a-z][\w'’-]+)[.?!]?$",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    r"\b(?P<name>[a-z][\w'’-]{2,})(?=,? (?:spelled|like the|with (?:an?|two|one) [a-z]\b|[a-z] as in|that's [a-z] [a-z] )\b)",
    re.IGNORECASE,
)
_FULL: Final = re.compile(
    r"\b(?:this is|it's|i'm|i am|name is|name's|names|called|named) (?P<name>(?P<first>[a-z]+) (?P<second>[a-z][\w'’-]+))"
)
_AS_NAME: Final = re.compile(
    r"\b(?:have|had|got|put|see|typed|heard|wrote) ([a-z][\w'’-]+) as (?:your|the|his|her|my|their|a) (?:sur|last |first |middle |family )?name\b",
    re.IGNORECASE,
)
_IS_NAME: Final = re.compile(
    r"\b([a-z][\w'’-]+) is (?:my|his|her|the|our|their) (?:sur|last |first |middle |family |maiden )name\b",
    re.IGNORECASE,
)
_IS_WHICH: Final = re.compile(
    r"\bis ([a-z][\w'’-]+) (?:your|his|her|their|the|a) (?:first|last|middle|family|given)\b(?! (?:visit|time|appointment|one))",
    re.IGNORECASE,
)
# "young, first name dale"
_LAST_FIRST: Final = re.compile(r"^([a-z][\w'’-]+),? first name(?: is|'s)? [a-z]", re.IGNORECASE)
# "i am eun bi park": three words, the first surely and the last perhaps a name.
_THREE: Final = re.compile(
    r"\b(?:this is|i'm|i am|name is|name's) (?P<name>(?P<first>[a-z][\w'’-]+) [a-z][\w'’-]+ (?P<last>[a-z][\w'’-]+))(?=[.,?!]|$| (?:and|calling|from|here)\b)",
    re.IGNORECASE,
)
# "jasper night like nighttime"
_LIKENED: Final = re.compile(
    r"\b(?P<name>(?P<first>[a-z][\w'’-]+) (?P<word>[a-z][\w'’-]+)) (?:like (?:the )?\w+(?=[.,]|$)|as in\b)",
    re.IGNORECASE,
)
_NO_IS_NAME: Final = frozenset("what that this it which here there she he mine yours name who".split())
_PATIENT: Final = re.compile(r"\b(?:pt|patient|patient's|name|name is|re)\s$", re.IGNORECASE)
_MEASURES: Final = re.compile(
    r"\b(?:how|so|too|very|that|this|as|no|not|a|the|was|is|it's|that's|been|for|all)\s$", re.IGNORECASE
)
_AND: Final = re.compile(r",? and (?P<name>[a-z][\w'’-]+)(?=[.,?!]|$| (?:are|were|both|have|had)\b)", re.IGNORECASE)
_NOT: Final = re.compile(r"\b(?P<name>[a-z][\w'’-]{2,}) not (?P<second>[a-z][\w'’-]{2,})(?=[.,]|$)", re.IGNORECASE)
# Verbs and nouns that are first names too: after these words they are verbs and nouns.
_NO_NAME_AFTER: Final = frozenset(
    "i we you they he she it who to the a an this that these those some any no my his her our your their in on at of by with into every each last next first such "
    "more much good bad big new little very so as is was be been being not never don't didn't can't can will would could should must may might i'll we'll you'll please just".split()
)
_NUMBERED: Final = re.compile(
    r"\s(?:\d|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+teenth|twent|thirt|the \w+(?:st|nd|rd|th)\b|of\b)",
    re.IGNORECASE,
)
_DAYS: Final = frozenset("may june april august sunday january march autumn summer spring winter".split())
PAIR_WORDS_MAX = 4


_ENDS: Final = re.compile(r"\s*(?:[.,?!]|$)|\s(?:and|here|from|i'm|calling|speaking)\b", re.IGNORECASE)
# "mercy who took my blood", "what's bill's last name", "faith is on another call": a person by what is said of them.
_SAID_OF: Final = re.compile(
    r"\b(?:it was|that was|was it|is it|is that|was that|is this|it's|there was|either|maybe|about|regarding|concerning|(?:put|transfer|get|pass)(?: \w+){0,3}? (?:to|onto)|through to|check(?:ing)? with|word (?:from|with)|heard from|hear from|waiting (?:on|for)|by|no) "
    r"(?P<name>[a-z][\w'’-]+)(?= (?:who|that (?:called|rang|took|saw|said|told)|from|again|or|i think|i believe|please|in the|at the|on the|he|she|he's|she's|his|her|is|your|not|about|said|says)\b|[.,?!]|$)"
    r"|\b(?P<owner>[a-z][\w-]+)['’]s (?:last|first|full|middle|date|birthday|number|chart|old place|mom|mum|dad|mother|father|wife|husband|son|daughter|phone|cell|address|surname|name|insurance|doctor|appointment|results?|meds|medication|prescription|room|house|place|"
    r"desk|line|voicemail|extension|record|account|visit|labs?|surgery|blood|baby|date of birth|mine)\b"
    r"|(?:^|[.?!] |\b(?:and|then|but|because|that|when|if|says|said|so|okay|ok|yes|no|hi|sorry|monday|tuesday|wednesday|thursday|friday|today) )(?P<subject>[a-z][\w'’-]+)(?= (?:is (?:in(?! the mail)|on (?:lunch|another|the other|leave|call|break|vacation|holiday|maternity|shift|duty|a call)|"
    r"at (?:lunch|the desk)|off|out|back|here|away|busy|with|running|not (?:in|here|available|back)|my|his|her|our|calling)|will be|took|rang|drew|fitted|left (?:me|a|it)|gave|sent (?:me|it|us|the)|put (?:me|it|in)|did (?:it|my|the)|has (?:my|the|called|rung)|had (?:a|the|my|any|called))\b)"
    r"|\b(?:is|did|has|does|was|can|could|would|will|hasn't|didn't) (?P<asked>[a-z][\w'’-]+)(?= (?:in today|in$|there$|around|available|send|call|ring|say|leave|get|have (?:my|it|the)|had any|mention|tell|been|come|coming|working|still|back|on today|sent|called)\b)"
    r"|\b(?P<elder>[a-z][\w'’-]+(?= (?:senior|junior|sr|jr)\b) \w+)"
    r"|\b(?P<first>[a-z][\w'’-]+) or (?P<other>[a-z][\w'’-]+)(?= (?:i think|from|one of)\b|$)",
    re.IGNORECASE,
)


def introduced(text: str, keep: frozenset[str]) -> list[Span]:
    """Names by what stands around them."""
    words = words_in(text)
    starts = {word.start: at for at, word in enumerate(words)}
    cased = capitals(words)
    out: list[Span] = []

    def take(start: int, *, bare: bool) -> None:
        """From the word that begins here, as far as it may be a name. `bare`: whether a word that is a first name too is enough."""
        at = starts.get(start)
        if at is not None and len(words[at].text) == 1 and at + 1 < len(words) and _beside(text, words, at + 1):
            at += 1  # an initial
        if at is None or not _likely(words, at, text, cased, keep, bare=bare):
            return
        end = at + 1
        while (
            end < len(words)
            and end - at < PAIR_WORDS_MAX
            and _beside(text, words, end)
            and _goes_on(words[end], cased, keep)
        ):
            end += 1
        out.append((start, words[end - 1].end))

    for match in _LEADS.finditer(text):
        take(match.end(), bare=True)
        if out and out[-1][0] == match.end() and (other := _AND.match(text, out[-1][1])):  # "my twins, faith and hope"
            take(other.start("name"), bare=True)
    for match in _NOT.finditer(text):  # "lamont not lavonte": one of them at least is no word
        if any(not english(plain(match[group])) for group in ("name", "second")):
            take(match.start("name"), bare=True)
            take(match.start("second"), bare=True)
    out += [match.span(1) for match in _AS_NAME.finditer(text) if plain(match[1]) not in GRAMMAR]
    out += [match.span(1) for match in _IS_NAME.finditer(text) if plain(match[1]) not in _NO_IS_NAME]
    out += [match.span(1) for match in _LAST_FIRST.finditer(text) if plain(match[1]) not in GRAMMAR | keep]
    for pattern in (_THREE, _LIKENED):
        out += [match.span("name") for match in pattern.finditer(text) if _named_so(match, keep)]
    out += [match.span(1) for match in _IS_WHICH.finditer(text) if plain(match[1]) not in GRAMMAR | _NO_IS_NAME]
    out += _surnames_of_words(text, words, cased)
    out += [match.span("name") for match in _FULL.finditer(text) if _full(match, keep)]
    for match in _SAID_OF.finditer(text):
        for group in ("name", "owner", "subject", "asked", "elder", "first", "other"):
            if match[group]:
                take(match.start(group), bare=group != "first")
                if group == "elder" and out and out[-1][0] == match.start(group):
                    out.append(match.span(group))
    for pattern in (_SELF, _VOCATIVE, _HANDED, _SUBJECT, _LAST, _SPELLED):
        for match in pattern.finditer(text):
            take(match.start("name"), bare=True)
            if "second" in pattern.groupindex and match["second"]:
                take(match.end("second") - len(match["second"].lstrip()), bare=True)
    for at in range(0 if cased else len(words) - 1):
        if given(plain(words[at].text)) and _pair(text, words, at, keep):
            out.append((words[at].start, words[at + 1].end))
    return out


def _surnames_of_words(text: str, words: Sequence[Word], cased: bool, *, asked: bool = False) -> list[Span]:
    """ "Young Little", "bill long.", "long, daniel": a surname that is an everyday word, beside a first name or another such."""
    out = []
    for at in range(len(words) - 1):
        one, two = words[at], words[at + 1]
        name, after = plain(one.text), plain(two.text).removesuffix("'s")
        between = text[one.end : two.start]
        if cased and not (one.capital and two.capital and not two.first):
            continue
        if between == " " and after in SURNAMES and (given(name) or (cased and name in SURNAMES)):
            if (
                cased
                or asked
                or (not _MEASURES.search(text[: one.start]) and _ENDS.match(text[two.end :]) and name not in _DAYS)
            ):
                out.append((one.start, two.end))
        elif (between == " " and name in SURNAMES and given(after) and _PATIENT.search(text[: one.start])) or (
            between == ", "
            and (name in SURNAMES or (cased and name in words_of("names_doubtful")))
            and given(after)
            and not english(after)
            and not _MEASURES.search(text[: one.start])
        ):
            out.append((one.start, two.end))
    return out


def answer(text: str, keep: frozenset[str]) -> list[Span]:
    """The first word that may be a name, where the question was who somebody is."""
    words = [word for word in words_in(text) if plain(word.text) not in GRAMMAR][:2]
    titled = [match.span("name") for match in _AFTER_TITLE.finditer(text) if plain(match["name"]) not in GRAMMAR]
    pairs = _surnames_of_words(text, words_in(text), capitals(words_in(text)), asked=True)
    return (
        titled
        + pairs
        + [(word.start, word.end) for word in words[:1] if _possible(word, keep) and not verb(text, word)]
    )


def _full(match: re.Match[str], keep: frozenset[str]) -> bool:
    """Any word and a sure surname after "this is"."""
    first, second = plain(match["first"]), plain(match["second"])
    sure = second in words_of("names") or unknown(second, keep)
    sure |= given(first) and first not in MODAL and (second in words_of("names_doubtful") or given(second))
    return sure and second not in keep and first not in keep and first not in GRAMMAR and len(first) > 2


def _named_so(match: re.Match[str], keep: frozenset[str]) -> bool:
    """Whether the first word is surely a first name and the last no grammar."""
    first = plain(match["first"])
    last = plain(match["last"] if "last" in match.re.groupindex else match["word"])
    sure = (first in words_of("names") or unknown(first, keep)) and not english(first)
    return (
        sure
        and last not in GRAMMAR
        and last not in keep
        and (
            "word" in match.re.groupindex
            or last in SURNAMES
            or last in words_of("names")
            or last in words_of("names_doubtful")
            or unknown(last, keep)
        )
    )


def _possible(word: Word, keep: frozenset[str]) -> bool:
    name = plain(word.text).removesuffix("'s")
    return (
        name not in GRAMMAR
        and name not in keep
        and len(name) > 1
        and (name in words_of("names") or name in words_of("names_doubtful") or given(name) or unknown(name, keep))
    )


# "doctor strange": any word, where the question was who.
_AFTER_TITLE: Final = re.compile(
    r"\b(?:dr|doctor|mr|mister|mrs|ms|miss|nurse)\b\.? (?P<name>[a-z][\w-]+)", re.IGNORECASE
)
_TITLED: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|mister|missus|doctor|dr|(?:last|family|maiden) name(?:'s| is)?|surname(?: is|'s)?|this is|hi|tell|twin|the name)\.?\s$",
    re.IGNORECASE,
)


def _likely(words: Sequence[Word], at: int, text: str, cased: bool, keep: frozenset[str], *, bare: bool) -> bool:
    word = words[at]
    name = plain(word.text).removesuffix("'s")
    if cased and not word.capital:
        return False
    if name in SURNAMES and _TITLED.search(text[: word.start]):
        return True
    if not _possible(word, keep):
        return False
    if verb(text, word):
        return False
    if not english(name) or name in words_of("names"):
        return True
    follows = words[at + 1] if at + 1 < len(words) and _beside(text, words, at + 1) else None
    if follows and _possible(follows, keep) and not english(plain(follows.text)):
        return True
    if not given(name) or not bare:
        return False
    if auxiliary(text, word):
        return False
    return not (name in _DAYS and _NUMBERED.match(text[word.end :]))


def _goes_on(word: Word, cased: bool, keep: frozenset[str]) -> bool:
    name = plain(word.text).removesuffix("'s")
    return _possible(word, keep) and (
        word.capital if cased else name not in MODAL and (not english(name) or name in words_of("names"))
    )


def _pair(text: str, words: Sequence[Word], at: int, keep: frozenset[str]) -> bool:
    """ "may xiong", "hope adeyemi": a first name that is a word, and what is no word."""
    first, second = words[at], words[at + 1]
    name, surname = plain(first.text), plain(second.text).removesuffix("'s")
    if name in GRAMMAR or name in keep or not _beside(text, words, at + 1):
        return False
    if (
        not english(name)
        or english(surname)
        or not _possible(second, keep)
        or (name in MODAL and given(surname) and not _ENDS.match(text[second.end :]))
    ):
        return False
    before = plain(words[at - 1].text) if at and _beside(text, words, at) else ""
    return (
        before == name
        or before not in _NO_NAME_AFTER
        or bool(re.search(r"\b(?:this is|name is|i'm|it's)\s$", text[: first.start], re.IGNORECASE))
    )


def _beside(text: str, words: Sequence[Word], at: int) -> bool:
    return text[words[at - 1].end : words[at].start] == " "
