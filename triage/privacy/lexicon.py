"""Words: the lists of names, places and English, and what kind of word one is without its capital. Pure but for the lists.

Lists and licences: models/privacy/build_gazetteers.py, models/cards/names.md.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "gazetteer"
TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
UNKNOWN_LETTERS_MIN = 4
ABBREVIATION_MAX = 4  # letters
# Never a name, whatever stands before: grammar, courtesies, and what follows "my mother" or "doctor" in a sentence.
GRAMMAR: Final = frozenset(
    "a an the and or but so if then that this these those is are was were be been am do does did have has had can could would should might must not no yes "
    "i you he she it we they me him her us them my your his its our their who what when where why how which on in at to of for from by with about as just "
    "very really also too only still again here there now already said says told thinks wants wanted needs need asked called calling calls came comes went goes "
    "got gets took takes fell lives likes gave gives made makes saw sees put puts wrote left sent got's out up down off over please right okay ok well um uh yeah "
    "for's appointment office number phone email address date birth line day time visit insurance plan card record records medicine doctor nurse clinic anything "
    "something everything nothing one two all both much very first last next same other another any some more most because since while after before until "
    "spelled spelling correct wrong fine good great sure sorry hard easy ready available having being doing going trying looking taking getting in-law "
    "recommended prescribed ordered referred uhm mhm hmm mm im ive whats thats dont childs wifes upstairs downstairs thank thanks gets goes takes lets reach reached driver childs reason receipt i'm i've i'd i'll it's that's he's she's they're they've we're we've you're you've don't can't didn't wandered today tomorrow yesterday tonight passed died dying sick old new".split()
)
# Ends of medicines' and diseases' names that no list of ours can hold all of.
_MEDICAL: Final = re.compile(
    r".*(?:gliflozin|gliptin|glutide|statin|sartan|pril|olol|dipine|azepam|azolam|zodone|oxetine|pramine|triptyline|azine|triptan|tidine|prazole|nazole|conazole|cillin|cycline|"
    r"mycin|micin|floxacin|ciclovir|clovir|tegravir|navir|buvir|mivir|mab|tinib|limus|platin|rubicin|taxel|setron|terol|asone|onide|olone|phylline|lukast|thiazide|semide|actone|"
    r"parin|rudin|xaban|gatran|grel|dronate|fibrate|profen|fenac|oxicam|coxib|codone|morphone|orphan|caine|barbital|racetam|giline|apine|idone|peridol|zosin|steride|afil|prost|"
    r"trel|gestrel|estradiol|parib|ciclib|zumab|ximab|itis|osis|emia|aemia|ectomy|otomy|ostomy|plasty|scopy|scopic|graphy|pathy|algia|uria|penia|plegia|sclerosis|ologist|ology|"
    r"ologic|therapy|trophy|genic|megaly|rrhea|rrhagia|rrhoea|oplasia|phasia|phagia|pnea|pnoea|cardia|uresis|centesis|desis|malacia|oedema|edema|virus|bacter|coccus|cytes?|oma|omas|"
    r"metry|lysis|iatric|iatrist|iatrics|form|idine|arthro\w+|derma)"
)
# Written without its apostrophe, or in the plural: "whos", "theyve", "mondays".
_ENDINGS: Final = (
    "s",
    "es",
    "ve",
    "ll",
    "nt",
    "d",
    "re",
    "m",
    "ish",
    "y",
    "like",
    "in",
    "ing",
    "er",
    "est",
    "ly",
    "less",
    "able",
)
_BEGINNING: Final = re.compile(
    r"^(?:non|pre|post|anti|re|un|self|sub|inter|micro|mini|multi|over|under|auto|neuro|cardio|gastro|hypo|hyper|ultra)"
)
_SOUND: Final = re.compile(r"(?:u*[hm]+|[hmu]+|[ho]+|a+h*|e+h*|m+h+m+|ok+a*y*|ye+a+h*|no+|uh\w+)")


@dataclass(frozen=True, slots=True)
class Word:
    start: int
    end: int
    text: str
    capital: bool
    first: bool  # of a sentence


_TITLE: Final = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|Mt|Jr|Sr|Rev)\.$")  # no sentence ends with it
_SELF: Final = frozenset(("I", "I'm", "I've", "I'd", "I'll"))


@cache
def words_of(name: str) -> frozenset[str]:
    return frozenset((FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n")) - {""}


@cache
def kept(*lists: str) -> frozenset[str]:
    """Words of keep.toml that stay in a redacted text: of these lists, or of all."""
    raw = tomllib.loads((Path(__file__).parent / "keep.toml").read_text(encoding="utf-8"))
    return frozenset(word for name in lists or raw for word in raw[name].split())


def plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c)).replace(
        "’", "'"
    )


def likely(word: str) -> bool:
    """Whether a word of a statistical finding may be a name: a list has it, or it is long enough and no abbreviation."""
    name = plain(word)
    listed = any(name in words_of(one) for one in ("names", "names_doubtful", "given", "places"))
    return listed or (len(name) >= ABBREVIATION_MAX and not (word.isupper() and len(name) <= ABBREVIATION_MAX))


def english(name: str) -> bool:
    """Whether it is a word, whatever else it may be."""
    return name in words_of("everyday") or name in words_of("english")


def unknown(name: str, keep: frozenset[str], *, least: int = UNKNOWN_LETTERS_MIN) -> bool:
    """Whether no list has it and nothing explains it. `name`: as plain() makes it. `least`: letters that it must have."""
    return strange(name, keep, least=least) and name not in words_of("places") and name not in words_of("states")


# "may is in", "will said": what follows an auxiliary nowhere.
MODAL: Final = frozenset("may will can".split())
_MODAL_ENDS: Final = re.compile(
    r"\s*(?:[.,?!]|$)|\s(?:and|or|here|calling|speaking|again|from|who|what|when|where|which|how|his|her|my|with|like|spelled|i'm|i am|is|was|has|had|said|says|told|didn't|did|rang|called|took|"
    r"sent|gave|left|came|works|will|in (?:the lab|billing|physio|radiology|records|scheduling|the pharmacy|today))\b",
    re.IGNORECASE,
)
_HANDED_TO: Final = re.compile(
    r"\b(?:tell|told|ask|asked|ask for|asking for|let|page|with|it was|that was|(?:first|last|middle|given|my|her|his|the)? ?name(?:'s| is| was|,)?|named|called|write|spelled)\s$",
    re.IGNORECASE,
)
# Surnames that are such common words that they count only after a title or "last name", or behind a sure first name.
SURNAMES: Final = frozenset(
    "long young rich major price day white black brown green gray grey small little short strong best good sharp wise noble early love bright field church king bell hill".split()
)
# First names that are verbs, and what such a verb takes: "the doctor drew blood", "will call".
_VERBS: Final = frozenset(
    "drew mark grant chase bill will may can hope rob sue pat skip chuck carry marry pierce wade ward rush trace love dot don art gene".split()
)
_THINGS: Final = frozenset(
    "dawn iris penny chance faith grace joy page kit rose lily violet daisy hope summer patience gift glory junior grant bill mark ward".split()
)
_MONTHS: Final = frozenset("january march april may june july august".split())
_IN_MONTH: Final = re.compile(
    r"\b(?:in|since|until|till|last|next|this|early|late|mid|every|(?:january|february|march|april|may|june|july|august|september|october|november) (?:or|and))\s$",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"\b(?:the|an?|any|no|some|at|have|had)\s$", re.IGNORECASE)
_SOME: Final = re.compile(r"\b(?:one|every|each|all|since|before|until|till|of)\s$", re.IGNORECASE)
_OBJECT: Final = re.compile(
    r"\s(?:an?|the|my|his|her|your|their|our|it|some|blood|labs?|up|out|off|on|me|him|them|us|not|be|have|you|this|these)\b",
    re.IGNORECASE,
)


def auxiliary(text: str, word: Word) -> bool:
    """Whether "will", "may" or "can" is not somebody's name here."""
    if plain(word.text) not in MODAL or _HANDED_TO.search(text[: word.start]):
        return False
    if _OF_ONE.search(text[: word.start]) and re.match(r" (?:she|he)\b", text[word.end :], re.IGNORECASE):
        return False  # "my cousin may she …"
    return not _MODAL_ENDS.match(text[word.end :])


# "his brother mark": after one person's name for kin no such verb follows.
_OF_ONE: Final = re.compile(
    r"\b(?:my|his|her|our|their) (?:brother|sister|son|daughter|husband|wife|mother|father|mom|dad|aunt|uncle|cousin|grandson|granddaughter|nephew|niece|friend|neighbor)\s$",
    re.IGNORECASE,
)


_PRONOUN: Final = re.compile(r"\b(?:it|he|she|that|who|which|everything) $", re.IGNORECASE)


def verb(text: str, word: Word) -> bool:
    """Whether a first name stands here as the verb or the thing that it is too: "the doctor drew blood", "at dawn"."""
    name = plain(word.text)
    if word.capital:
        return False
    before = text[: word.start]
    if name.endswith("s") and name[:-1] in words_of("everyday") and _PRONOUN.search(before):
        return True  # "it waters"
    if name not in _VERBS | _THINGS | _MONTHS:
        return False
    if _HANDED_TO.search(before) or (name not in MODAL and name != "drew" and _OF_ONE.search(before)):
        return False
    thing = thing_or_month(text, word) or (name in _THINGS and _SOME.search(text[: word.start]))
    return bool(thing or (name in _VERBS and _OBJECT.match(text[word.end :])))


def thing_or_month(text: str, word: Word) -> bool:
    """Whether a name stands here surely as the thing or the month that it is too: "at dawn", "in june"."""
    name = plain(word.text)
    if word.capital:
        return False
    before = text[: word.start]
    return bool((name in _MONTHS and _IN_MONTH.search(before)) or (name in _THINGS and _ARTICLE.search(before)))


def given(name: str) -> bool:
    return name in words_of("given")


def strange(name: str, keep: frozenset[str], *, least: int = UNKNOWN_LETTERS_MIN) -> bool:
    """Whether it is no word, neither as it stands nor without its ending, and sounds of no medicine or disease."""
    parts = re.split(r"[-'.]", name)
    if len(parts) > 1:  # "joon-ho"
        return any(strange(part, keep, least=least) for part in parts) and name not in keep
    if len(name) < least or not name.isalpha() or _is_word(name, keep):
        return False
    if _MEDICAL.fullmatch(name) or _SOUND.fullmatch(name):
        return False
    stems = [name[: -len(end)] for end in _ENDINGS if name.endswith(end)] + [_BEGINNING.sub("", name)]
    stems += [name[:-3] + "y"] if name.endswith("ies") else []
    return not any(stem != name and len(stem) >= 2 and _is_word(stem, keep) for stem in stems)


def _is_word(name: str, keep: frozenset[str]) -> bool:
    return english(name) or name in keep or name in GRAMMAR or name in words_of("medicines")


def capitals(words: Sequence[Word]) -> bool:
    """Whether a text is written with capitals: one stands inside a sentence."""
    return any(word.capital and not word.first for word in words)


@lru_cache(maxsize=2)  # one utterance is looked at by several rules in a row
def words_in(text: str) -> tuple[Word, ...]:
    out = []
    for match in TOKEN.finditer(text):
        word, before = match.group(0), match.start() - 1
        if word in _SELF:
            continue
        while before >= 0 and text[before].isspace():
            before -= 1
        out.append(
            Word(
                *match.span(),
                word,
                word[0].isupper(),
                before < 0 or (text[before] in '.?!:\n"' and not _TITLE.search(text[: before + 1])),
            )
        )
    return tuple(out)


def adjoining(text: str, words: Sequence[Word], at: int) -> bool:
    """Whether a word and the one before it stand side by side."""
    return (
        re.fullmatch(r"[ ,.'-]{1,3}", text[words[at - 1].end : words[at].start]) is not None
        and "," not in text[words[at - 1].end : words[at].start]
    )
