"""Words side by side that can be one name: with capitals by them, without by the lists of names and of English. Pure but for the lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from triage.privacy import lexicon
from triage.scope.names.spelling import ALIKE_FROM, TOKEN, Respelled, likeness
from triage.scope.sayings import COMMON_WORDS

NAME_WORDS_MAX: Final = 4
SURE_LETTERS_MIN: Final = 3
SHORT_FROM: Final = 0.6  # "jackie" and "jacqueline"
PARTICLES_MAX: Final = 2
LEAD_LETTERS: Final = 40  # before a word that say whether a name is to come
PARTICLES: Final = frozenset(
    "de del della la las los le da dos di du van von der den ter el al bin ibn abu st saint mac".split()
)
KIN: Final = (
    r"(?:grand|step|god)?(?:son|daughter|mother|father|mom|mum|dad|child)|mama|daddy|papa|nana|grandma|grandpa|wife|husband|partner|sister|brother|aunt|uncle|cousin|"
    r"neighbor|niece|nephew|friend|boss|dog|cat|baby|kid|boyfriend|girlfriend|fianc[e\u00e9]e?|ex|kids|boy|girl|roommate|caregiver|preacher|pastor"
)
LEAD: Final = re.compile(
    r"(?:\b(?:name(?:'s| is|:)|it'?s|it is|i'?m|i am|this is|me llamo|soy|full name|speaking is|that'?s|(?:that|it)(?: would| will|'?d|'?ll) be|i mean|i said|just|only|mine is|mine's|say|put|write|so|and then|then|okay|ok|well|sorry)|[.!?])[\s,:]*$"
    r"|^\W*(?:(?:uh|um|oh|er|yes|yeah|sure|hi|hello|hey|ok|okay|well|so|miss|mrs|mr|ms|ma'am|sir|good morning|good afternoon)\W+){0,4}$",
    re.IGNORECASE,
)
ENDS: Final = re.compile(  # what stands behind a name
    r"\s*(?:$|[,.;!?\u2026-])|\s(?:and|but|they|it|it's|its|i|i'm|i've|he|she|we|you|like|as|with|here|speaking|calling|again|is|that|that's|the|ma'am|sir|honey|if|who|from|please|thanks|my|spelled|no|in|just|now|then|born|date|birthday|sorry|or|for|there|so|well|because|not|after|two|one|all|on|oh|okay|only)\b",
    re.IGNORECASE,
)
_LEADS_TO: Final = re.compile(r"\b(?:it'?s|i'?m|i am|this is|name'?s|name is) $", re.IGNORECASE)
_LAST_ENDS: Final = re.compile(r"\s*$|[,.;]|\s(?:and|but|i|i'm|it's|is|like|as|with|after)\b", re.IGNORECASE)
_LIKENED: Final = re.compile(r",? (?:like (?:the|an?|in)|as in|spelled|with an?|same as)\b", re.IGNORECASE)
_SECOND_HALVES: Final = frozenset("van von de da di la le el al st".split())  # such begin a last name and no first one
_ADDRESSES: Final = frozenset(
    "dear honey hon sir ma'am ma sugar sweetie baby babe doctor nurse mom mommy mama mum dad daddy papa grandma grandpa kids love darling sweetheart dude bro "
    "buddy mijo mija cher lord god gosh mister missus mr mrs ms miss".split()
)
_ALSO: Final = frozenset("april may june august jesus jan jun".split())  # first names before a last one
_IN_MONTH: Final = frozenset("in since last next of till until this by from every late early mid".split())
SUFFIXES: Final = {
    "junior": "Jr.", "jr": "Jr.", "senior": "Sr.", "sr": "Sr.", "second": "II", "ii": "II", "third": "III", "iii": "III", "fourth": "IV", "iv": "IV",
}  # fmt: skip
_NONE: Final = frozenset(
    "me who what mine like as just my our yes no oh ok okay hi hey it's its i'm im that's thats name llamo soy bueno gracias por favor pero hola yo es mi nombre "
    "y'all ain't gonna wanna gotta lemme gimme dunno cuz mhm uh um er hmm navy army marine british american english danish finnish spanish german irish french "
    "nee surname google siri alexa medicare medicaid walgreens walmart cvs son daughter wife husband uncle aunt cousin niece nephew sister brother "
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand third fourth fifth "
    "sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth christmas easter halloween "
    "yessir yessiree yep nope uhuh alright alrighty bye goodbye".split()
)
_CONTRACTED: Final = re.compile(r"['\u2019](?:s|re|ll|ve|d|m|t)$")
_LAST_THOUGH_COMMON: Final = frozenset("day early good friday march may best fine new done young west".split())
Kind = Literal["name", "maybe", "last", "particle", ""]


@dataclass(frozen=True, slots=True)
class NameWords:
    words: list[str]
    start: int
    end: int
    spelled: bool


def name_words(heard: Respelled) -> list[NameWords]:
    """The runs of words that can be a name, in order."""
    reader = _Reader(heard)
    out: list[NameWords] = []
    at = 0
    while at < len(reader.tokens):
        taken = reader.taken(at)
        words = once([reader.written(word) for word in taken])
        if words and not reader.is_nobody(taken, at):
            start, end = reader.tokens[at].start(), reader.tokens[at + len(taken) - 1].end()
            spelled = any(word.lower() in heard.sure for word in taken)
            out.append(NameWords(_at_most(words), start, end, spelled))
        at += max(1, len(taken))
    return out


def once(words: list[str]) -> list[str]:
    """ "walter walter simmons" and "walter simmons walter simmons" are one, "thigpen jerome thigpen" is jerome thigpen, "chris dean christopher dean" christopher;
    without particles at the end."""
    out: list[str] = []
    for word in words:
        if word.lower() not in (one.lower() for one in out):
            out.append(word)
    said = [word.lower() for word in words]
    if len(said) > 2 and said[0] in said[2:]:
        first = said.index(said[0], 2)
        turned = first + 1 == len(said) and not lexicon.given(said[0])
        out = once(words[1:] if turned else words[:first])
    elif len(said) > 2 and said[-1] in said[:-2]:
        after = said.index(said[-1]) + 1
        out = once(words[after:] if after == 1 or lexicon.given(said[after]) else words[:-1])
    if len(out) > 2 and _is_short_for(out[0].lower(), out[1].lower()):
        return out[1:]  # "jackie, jacqueline frost"
    while len(out) > 1 and out[-1].lower() in PARTICLES and out[-1].islower():
        out.pop()
    return out


def _at_most(words: list[str]) -> list[str]:
    """So many words that one name can have, particles not counted."""
    particles = sum(word.lower() in PARTICLES for word in words)
    return words[: NAME_WORDS_MAX + particles]


def may_be_borne(words: list[str], *, cased: bool, alone: bool) -> bool:
    """Whether words can be a name at all: "speak up" is none, nor is "Lord". `alone`: hardly anything else was said."""
    names = [lexicon.plain(word) for word in words]
    if all(name in _ADDRESSES or name in _NONE for name in names):
        return False
    if len(names) == 1:
        return _is_borne(names[0], everyday=alone)
    if cased:
        return alone or any(_is_borne(name, everyday=False) for name in names)
    first = names[0] not in lexicon.words_of("everyday") or _is_borne(names[0], everyday=True)
    return first and not any(name in lexicon.GRAMMAR or name in _NONE for name in names)


def _is_short_for(one: str, other: str) -> bool:
    longer = one[:2] == other[:2] and len(other) > len(one)
    return longer and lexicon.given(other) and likeness(one, other) >= SHORT_FROM


def capitalised(word: str) -> str:
    """ "o'hara" is "O'Hara"; "patrick's" is Patrick."""
    return re.sub(r"(?:^|['\u2019-])[a-z]", lambda found: found[0].upper(), re.sub(r"['\u2019]s$", "", word))


def _is_borne(name: str, *, everyday: bool) -> bool:
    """Whether somebody may have that name. `everyday`: also where it is a common word that is a last name now and then."""
    name = _CONTRACTED.sub("", name)
    if name in lexicon.GRAMMAR or name in _NONE:
        return False
    if name in lexicon.words_of("everyday"):
        return lexicon.given(name) or (
            everyday and (name in lexicon.words_of("names_doubtful") or name in lexicon.SURNAMES)
        )
    return any(name in lexicon.words_of(one) for one in ("given", "names", "names_doubtful")) or _unlisted(name)


class _Reader:
    """The words of what was heard, and what kind each is where it stands."""

    def __init__(self, heard: Respelled) -> None:
        self.text, self._spelled = heard.text, heard.sure
        self.tokens = list(TOKEN.finditer(heard.text))
        self._words = [token[0] for token in self.tokens]
        others = [
            word[not at :]
            for at, word in enumerate(self._words)
            if word not in ("I", "I'm") and word.lower() not in heard.sure
        ]
        whole = len(self._words) == 1  # "Otto"; else the first capital may be the sentence's
        self._cased = any(letter.isupper() for word in (self._words if whole else others) for letter in word)

    def taken(self, at: int) -> list[str]:
        """The words from there on that can be one name."""
        words: list[str] = []
        before = self.text[max(0, self.tokens[at].start() - LEAD_LETTERS) : self.tokens[at].start()]
        led = before.lower().rstrip(" ,:").endswith(("name is", "name's", "name"))
        for there in range(at, min(at + NAME_WORDS_MAX + PARTICLES_MAX, len(self._words))):
            word = self._words[there]
            owner = len(words) > 1 and word.endswith("'s")  # "bill farrow, william's my dad"
            if words and (owner or self._apart(there) or self._begins_anew(words[-1], word)):
                break
            kind = self._kind(there, first=not words, led=led or (words[-1:] != [] and words[-1] in PARTICLES))
            if kind == "" and not words and self._is_rare(word) and LEAD.search(before):
                kind = "maybe"
            if kind == "particle" and not (self._leads_on(there) and (words or word.lower() not in _SECOND_HALVES)):
                kind = ""
            if kind == "maybe" and not self._cased and not self._is_followed(there, before):
                kind = ""
            if kind == "" and len(words) == 1 and self._ends_with(there, words[0], before):
                kind = "last"
            if words and kind and not self._cased and self._goes_on(there):
                kind = ""  # "connie rose early"
            if kind == "last" and not (
                self._cased or self._takes_last(words, there) or (not words and (led or self._is_likened(at)))
            ):
                kind = ""
            if kind == "":
                break
            words.append(word)
        return words

    def written(self, word: str) -> str:
        if self._cased or not word.islower() or (word in PARTICLES and word not in self._spelled):
            return word
        return capitalised(word)

    def is_nobody(self, taken: list[str], at: int) -> bool:
        """Whether words with capitals are none that anybody bears, and nothing leads to a name: "Are you a robot?", "Peachy. Go on", "Blue Cross"."""
        if not self._cased or any(word.lower() in self._spelled for word in taken):
            return False
        start, end = self.tokens[at].start(), self.tokens[at + len(taken) - 1].end()
        ends = re.match(r"\s*(?:$|[,.;!?\u2026-])", self.text[end:][:9])
        words = [lexicon.plain(word) for word in taken]
        if len(words) == 1 and not ends and (words[0] in lexicon.GRAMMAR or not _is_borne(words[0], everyday=False)):
            return True
        led = (
            self.text[max(0, start - LEAD_LETTERS) : start]
            .lower()
            .rstrip(" ,:")
            .endswith(("name", "name is", "it's", "i'm", "i am", "this is"))
        )
        return not led and not any(_is_borne(word, everyday=len(words) == 1) for word in words)

    def _apart(self, there: int) -> bool:
        """Whether more than a space is between a word and the one before it."""
        return self.text[self.tokens[there - 1].end() : self.tokens[there].start()].strip(" '-\n") != ""

    def _begins_anew(self, last: str, word: str) -> bool:
        """ "Pruitt, junior"; "august, Augustin"."""
        return word.lower() in SUFFIXES or (word.lower() in self._spelled and likeness(last, word) >= ALIKE_FROM)

    def _leads_on(self, there: int) -> bool:
        """Whether a name, or one more particle, is behind a particle."""
        return there + 1 < len(self._words) and bool(self._kind(there + 1, first=False, led=True))

    def _is_followed(self, there: int, before: str) -> bool:
        """Whether what may be a first name is one, by what follows: "will turner", not "will you", nor "in june"."""
        if there and self._words[there - 1].lower() in _IN_MONTH:
            return False
        if there + 1 == len(self._words):
            return self._words[there].lower() not in _ALSO
        kind = self._kind(there + 1, first=False, led=False)
        return kind == "name" or (
            kind == "last" and bool(LEAD.search(before) and ENDS.match(self.text, self.tokens[there + 1].end()))
        )

    def _takes_last(self, words: list[str], there: int) -> bool:
        """Whether a word that is a last name only now and then may follow: "sandra pike", not "earline pettigrew honey"."""
        last = words[-1].lower() if words else ""
        ends = len(words) == 2 and _LAST_ENDS.match(self.text, self.tokens[there].end()) is not None
        return bool(last) and (
            ends or last in PARTICLES or lexicon.given(last) or last not in lexicon.words_of("names")
        )

    def _ends_with(self, there: int, first: str, before: str) -> bool:
        """Whether any word may be a last name here: "i'm ira gold", and nothing more."""
        name = lexicon.plain(self._words[there])
        said = name not in COMMON_WORDS and name not in lexicon.GRAMMAR and name not in _NONE and name not in _ADDRESSES
        last = there + 1 == len(self._words) and name.isalpha() and len(name) > SURE_LETTERS_MIN
        return (
            not self._cased and said and last and lexicon.given(first.lower()) and _LEADS_TO.search(before) is not None
        )

    def _goes_on(self, there: int) -> bool:
        """Whether a first name that is a word, too, is one here, as a sentence goes on behind it."""
        name, after = lexicon.plain(self._words[there]), self.tokens[there].end()
        word = lexicon.given(name) and name in lexicon.words_of("everyday") and name not in self._spelled
        return word and not ENDS.match(self.text, after) and not self._kind(there + 1, first=False, led=False)

    def _is_likened(self, at: int) -> bool:
        """ "fox, like the animal"."""
        return at == 0 and _LIKENED.match(self.text, self.tokens[at].end()) is not None

    def _kind(self, there: int, *, first: bool, led: bool) -> Kind:
        """name, maybe (a first name that is a word, too), last (a word that may be a last name), particle, or "" for none."""
        word = self._words[there]
        name = lexicon.plain(word)
        if name in self._spelled:
            return "name"
        if not name[0].isalpha() or len(name) < 2 or name in _NONE or name in _ADDRESSES:
            return ""
        if self._words[there + 1 : there + 2] in (["name"], ["names"], ["Name"]):
            return ""  # "christian name"
        if _is_of_medicine(name):
            return ""
        if name in PARTICLES and (not self._cased or word[0].islower()):
            return "name" if first and led and not self._leads_on(there) else "particle"  # "last name le"
        if self._cased:
            return (
                "name"
                if word[0].isupper() and (led or name not in COMMON_WORDS or self._is_june(there, first=first))
                else ""
            )
        if name in _ALSO:
            return "maybe" if first else ""
        if name in COMMON_WORDS or name in lexicon.GRAMMAR:
            ended = there == len(self._words) - 1 or ENDS.match(self.text, self.tokens[there].end())
            first_name = there > 0 and lexicon.given(lexicon.plain(self._words[there - 1]))
            start = self.tokens[there - 1].start()
            alone = first_name and ended and LEAD.search(self.text[max(0, start - LEAD_LETTERS) : start])
            return "last" if alone and name in _LAST_THOUGH_COMMON else ""
        return _kind_by_lists(name, first=first, led=led)

    def _is_june(self, there: int, *, first: bool) -> bool:
        """Whether a month with a capital is a first name: "June Carter", not "June Friday"."""
        after = self._words[there + 1 : there + 2]
        month = first and self._words[there].lower() in _ALSO and after != [] and not self._apart(there + 1)
        return month and after[0][0].isupper() and after[0].lower() not in COMMON_WORDS

    def _is_rare(self, word: str) -> bool:
        """Whether a word that is in no everyday list may be a first name: "it's hosanna pickett"."""
        name = lexicon.plain(word)
        none = name in lexicon.words_of("everyday") or name in COMMON_WORDS or name in _NONE or name in _ADDRESSES
        return not (self._cased or none) and len(name) > 2 and name in lexicon.words_of("english")


def _kind_by_lists(name: str, *, first: bool, led: bool) -> Kind:
    if "-" in name:
        kinds = [_kind_by_lists(part, first=False, led=led) for part in name.split("-")]
        return "" if "" in kinds else "name" if "name" in kinds else "last"
    everyday, given = name in lexicon.words_of("everyday"), lexicon.given(name)
    if not everyday and (given or name in lexicon.words_of("names") or _unlisted(name)):
        return "name"
    if given:
        return "maybe" if first and not led else "name"
    if name in lexicon.SURNAMES or name in lexicon.words_of("names_doubtful"):
        return "last"
    return "last" if led and not first else ""


def _is_of_medicine(name: str) -> bool:
    medicine = name in lexicon.words_of("medicines") or name in lexicon.kept("medicines", "more_medicines")
    return (
        medicine
        and len(name) > SURE_LETTERS_MIN
        and not lexicon.given(name)
        and name not in lexicon.words_of("names_doubtful")
    )


def _unlisted(name: str) -> bool:
    """Whether no list has it, and no word is behind it."""
    return lexicon.strange(name, frozenset(), least=SURE_LETTERS_MIN) and name not in lexicon.words_of("states")
