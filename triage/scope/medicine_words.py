"""The medicines that are named in what was said, which of them are wanted, and which are one wish. Pure but for the lists of medicines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from triage.privacy import lexicon
from triage.scope.days.dates import CORRECTION
from triage.scope.names.words import KIN
from triage.scope.sayings import COMMON_WORDS

STRENGTH: Final = r"(?:\d+(?:\.\d+)?|(?:(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|twenty[ -]five|thirty|forty|fifty|sixty|seventy[ -]five|eighty|hundred|thousand|point|and|half)\s*){1,5})"
UNIT: Final = r"(?:milligrams?|mg|micrograms?|mcg|units?)"
LISTED_LETTERS_MIN: Final = 5  # shorter ones of the long list are abbreviations
BEFORE: Final = 60  # letters before a medicine that say whether it is wanted
_FIGURE: Final = r"(?:\d{1,4}(?:\.\d+)?|(?:one |two |five )?hundred(?: and)?(?: twenty| fifty)?(?: five)?|ten|fifteen|twelve(?: point five)?|twenty(?:[ -]five)?|thirty|forty|fifty|sixty|seventy[ -]five|eighty)"
_DOSE: Final = re.compile(
    rf"(?P<pause>[,.!]?[\s,.]{{1,4}})(?:{STRENGTH}\s*{UNIT}\b|{_FIGURE}(?=\s*(?:[.,;!?](?!\d)|$)|\s+(?:please|once|twice|every|a day)\b))",
    re.IGNORECASE,
)  # "ten milligrams"; without its unit only where nothing goes on: "gabapentin 300"
_FORM: Final = re.compile(
    r",?\s+(?:inhalers?|(?:eye ?|ear ?)?drops|patch(?:es)?|cream|ointment|gel|spray|pens?|lotion|syrup)\b",
    re.IGNORECASE,
)
_KIND: Final = re.compile(r"\b(?:baby|low[ -]dose|children'?s|extra strength) $", re.IGNORECASE)
_FOR: Final = re.compile(rf",? for (?:([A-Z][a-z]+)|(?i:my (?:{KIN})))\b(?!'s)")
_WORD: Final = re.compile(r"[A-Za-z][\w-]*")
_ENDS: Final = re.compile(
    r"\w{3,}(?:statin|sartan|pril|olol|dipine|azepam|azolam|zodone|oxetine|triptyline|triptan|tidine|prazole|conazole|cillin|cycline|mycin|floxacin|ciclovir|gliptin|gliflozin|glutide|zumab|"
    r"terol|asone|onide|olone|lukast|thiazide|semide|xaban|grel|fibrate|profen|oxicam|coxib|codone|zosin|steride|afil|parin|formin|gabalin|pentin|thyroxine)"
)
_VAGUE: Final = frozenset("birth control depo ensure latex iron armour steroid inhaler antibiotic vaccine".split())
# Of two words that are one medicine: what the first may be, or the second.
_BASES: Final = frozenset(
    "insulin potassium sodium calcium magnesium vitamin folic ferrous zinc lithium valproic".split()
)
_SALTS: Final = frozenset(
    "acid chloride citrate sulfate gluconate carbonate oxide sodium potassium succinate tartrate besylate hydrochloride hcl glargine lispro aspart detemir degludec er xr xl sr dr cr "
    "b12 b6 d d3 k c".split()
)
_NOT_THIS: Final = re.compile(
    r"\b(?:not(?! any\b)|(?<!have )(?<!got )(?<!has )(?<!'s )(?<!there is )no(?: more| longer)?|never|isn'?t|wasn'?t|instead of|rather than|allergic to|except|besides|stopped(?: taking)?|(?:took|taken|switched|take|got|get) (?:me|him|her) (?:off|from)|quit|off|still (?:have|has|got|full of)|"
    r"plenty of|(?:full )?(?:box|drawer|lots|bottle|supply) of|switch me to|picked up|swears by|(?:used to|formerly)(?: \w+)?(?: on)?|was on)"
    r"(?: of)?(?: the| my| any| that)?(?: other| old| same)?[\s,]*$",
    re.IGNORECASE,
)
_SOMEBODYS: Final = re.compile(
    r"\b(?:wife|husband|sister|brother|mother|father|mom|dad|son|daughter|friend|she|he)(?:'s)?(?: is| takes)?(?: \w+)?(?: on)?(?: the| my)?[\s,]*$",
    re.IGNORECASE,
)
_TAKES: Final = re.compile(r"\b(?:takes|is on|gets|has)(?: the| her| his)?\s*$", re.IGNORECASE)
_NEEDED: Final = re.compile(r"[^.?!]{0,30}\b(?:needs|refill|ran out|is out|(?:is )?low)\b", re.IGNORECASE)
_LEFT: Final = re.compile(r"\s+left\b", re.IGNORECASE)
_OWN: Final = re.compile(
    r"\b(?:my|his|her|for|of|the) (?:\w+'s|son|daughter|wife|husband|mother|father|mom|dad)(?: \w+)?[\s,]*$",
    re.IGNORECASE,
)
_BEEN: Final = re.compile(r"\b(?:been (?:taking|on)|was taking|took|had)(?: the| my)? $", re.IGNORECASE)
_WRONG: Final = re.compile(r"^,?\s+(?:(?:is|was) (?:wrong|not)|already)\b", re.IGNORECASE)
_JOINING: Final = frozenset(
    "and also plus then with it the my both a of for refill need i i'm i've am almost out low on some too as well take so is 's another one more ran once twice day daily night please "
    "about nearly down to last week other".split()
)
_PARTED: Final = re.compile(r"[.?!]\s|\b(?:because|but|says?|said|since|if|when|why)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Medicine:
    """One that is named; `told`: with its strength and whom it is for, as it was said."""

    start: int
    end: int
    told: str


def wanted(text: str, listed: Sequence[str], *, all_lists: bool) -> tuple[list[str], bool]:
    """The medicines that are wanted, as they were said, and whether any was named at all. `listed`: those that the clinic prescribes most;
    `all_lists`: every other one counts as well."""
    found = _named(text, listed)
    if not all_lists and not any(_is_listed(one.told, listed) for one in found):
        return [], False
    kept = [one for one in found if _is_wanted(one, text)]
    kept = [one for one in kept if not _is_somebodys(one, text)] or kept
    chosen: list[Medicine] = kept[:1]
    for one in kept[1:]:
        between = text[chosen[-1].end : one.start]
        if any(other.told.lower() == one.told.lower() for other in chosen):
            continue
        been = _BEEN.search(text[max(0, chosen[-1].start - BEFORE) : chosen[-1].start]) and " but " in between
        if CORRECTION.search(between) or been or "generic" in between.lower():
            chosen = [one]  # "losartan, no, excuse me, it's the metoprolol"
        elif _is_joined(between):
            chosen.append(one)
        else:
            break  # told of, but not in one breath: "metformin, because lisinopril ..."
    return [one.told for one in chosen], bool(found)


def _named(text: str, listed: Sequence[str]) -> list[Medicine]:
    out: list[Medicine] = []
    words = list(_WORD.finditer(text))
    names = {name.lower() for name in listed}
    at = 0
    while at < len(words):
        word, start = words[at][0].lower(), words[at].start()
        two = (
            words[at + 1][0].lower()
            if at + 1 < len(words) and not text[words[at].end() : words[at + 1].start()].strip()
            else ""
        )
        alone = word in names or is_medicine(word)
        if not alone and not (word in _BASES and two in _SALTS):
            at += 1
            continue
        at += 2 if two in _SALTS and two != word and (word in _BASES or len(two) > 1) else 1
        end = words[at - 1].end()
        if kind := _KIND.search(text[max(0, start - BEFORE) : start]):
            start -= len(kind[0])
        end = form.end() if (form := _FORM.match(text, end)) else end
        dose = _DOSE.match(text, end)
        told = text[start:end]
        if dose:
            told += (" " if dose["pause"].isspace() else ", ") + dose[0][len(dose["pause"]) :]
            end = dose.end()
        if (whose := _FOR.match(text, end)) and (whose[1] or "").lower() not in COMMON_WORDS:
            told, end = told + whose[0], whose.end()
        out.append(Medicine(start, end, told))
    return out


def is_medicine(word: str) -> bool:
    """Whether a list has it, or it sounds like one."""
    if word in _VAGUE:
        return False
    long = word in lexicon.words_of("medicines") and len(word) >= LISTED_LETTERS_MIN
    return long or word in lexicon.kept("medicines", "more_medicines") or _ENDS.fullmatch(word) is not None


def _is_listed(told: str, listed: Sequence[str]) -> bool:
    return any(told.lower().startswith(name.lower()) for name in listed)


def _is_wanted(one: Medicine, text: str) -> bool:
    before = text[max(0, one.start - BEFORE) : one.start]
    refused = _NOT_THIS.search(before) and not _OWN.search(before) and not _LEFT.match(text[one.end :])
    return not refused and not _WRONG.search(text[one.end : one.end + BEFORE])


def _is_somebodys(one: Medicine, text: str) -> bool:
    """ "My husband takes metformin", of one who wants losartan; not "my wife is on metformin and needs a refill"."""
    before = text[max(0, one.start - BEFORE) : one.start]
    theirs = _SOMEBODYS.search(before)
    own = _OWN.search(before) and not _TAKES.search(before)
    return bool(theirs) and not own and not _NEEDED.match(text[one.end :])


def _is_joined(between: str) -> bool:
    """Whether two medicines are one wish: nothing but "and", "my", "almost out of" is between them."""
    if _PARTED.search(between):
        return False
    words = re.findall(r"[a-z']+", re.sub(rf"\b{STRENGTH}\b(?:\s*{UNIT}\b)?", " ", between.lower()))
    return all(word in _JOINING for word in words)
