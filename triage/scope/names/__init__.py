"""The caller's name: after what leads to it, spelled, or standing by itself. Rules on recogniser text; pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from triage.privacy import lexicon
from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.moves import Fact
from triage.scope.names.persons import caller_in, is_last_first, joined
from triage.scope.names.spelling import likeness, respelled
from triage.scope.names.words import KIN, NAME_WORDS_MAX, PARTICLES, may_be_borne
from triage.scope.sayings import COMMON_WORDS, EXCLAIMED, SAYING

GRAMMAR_AND_ANSWERS: Final = lexicon.GRAMMAR | frozenset(
    "yes yeah yep no nope what who why how huh sorry pardon okay ok sure hello hi wait here none same well please thanks nurse person operator agent".split()
)
LETTERS_MAX: Final = 1500  # of an answer, about a minute
NAMES_APART: Final = 2  # first and last, each a sentence
BARE_WORDS_MAX: Final = 8  # of a sentence that begins with a name
ALIKE_FROM: Final = 0.65  # a word that was said and its spelling
SAME_INITIAL: Final = 0.2  # added to it where the first letters are the same
SPELLED_MIN: Final = 4  # letters; "A, B, C" is no word
SPELLED_ALONE_MIN: Final = 6  # of a word of which nothing else was said
REMARK_WORDS_MIN: Final = 3  # with so many words behind it, a single word is none
# A name after what leads to it; the words after it say where it ends. After a weak lead ("I'm", "for") only capitals make a name.
_NAME_LEAD: Final = re.compile(
    r"\b(?P<strong>(?P<which>first |given |last |family |sur|full |whole |middle )?name(?:(?: of (?:my|our|the) \w+)?(?:'s| is)|:|,|\.| of)|in the name of|(?P<call>call me))\s+(?=(?P<a>(?:[a-z][\w'\u2019.-]*\s*){1,5}))"
    r"|\b(?:this is|i am|i'm|it'?s|it is|speaking is|under|for|with|here is|called|(?P<bare>first |given |last |family |sur|middle )?name)\s+(?=(?P<b>(?:[a-z][\w'\u2019.-]*\s*){1,5}))"
    r"|(?P<c>(?:[a-z][\w'\u2019.-]+\s+){1,4})(?:is (?:my|the) name\b|is (?:(?:my|the) )?(?P<of>first|given|last|family|sur) ?(?:name\b)?(?=\s*(?:$|[.,;]|and\b))|here\b|speaking\b)",
    re.IGNORECASE,
)
_LEAD_IN: Final = re.compile(
    r"^\W*(?:(?:u[hm]+|m+|h+m+|e+r+m?|a+h+|o+h+|yes|yeah|yep|nah|sure|ok|okay|so|well|hi|hey|hello|sorry|like|and|then|this is|(?:my |the )?(?:full |whole )?name(?:'s| is)|that(?:'?s|'?d be|'?ll be)|of course|it'?s|is|name'?s|first name|last name|surname|mrs|mr|ms|miss)[,.]?\s+)+",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    r"(?<!['\u2019])\b(?:[A-Z]-[A-Z]\b(?![-,\s]+[A-Za-z]\b)|[A-Za-z](?:(?:[-,\s]+[A-Za-z]\b){2,}|(?:\.[-,\s]*[A-Za-z]\b){2,}))"
)
# Between two groups of letters: what is not between the letters of one. "N-A-W P-A-W", "N A W, P A W"; "R, A, I" has none.
_PAUSED: Final = re.compile(r"(?<=-[A-Za-z])[\s.,]+(?=[A-Za-z]-)|(?<=[A-Za-z])[.]?,\s*")
_LETTER: Final = re.compile(r"[A-Za-z]")
_VOWEL: Final = re.compile(r"[aeiouy]")
_BEGINS_WITH_NO: Final = re.compile(r"\W*(?:no|nope|nah|naw|not)\b", re.IGNORECASE)
_INTRODUCES: Final = re.compile(r"\b(?:it'?s|i said|i'?m|name is|name's|this is)\b", re.IGNORECASE)
_QUESTION: Final = re.compile(r"\w+ \w+ \w+\?")
_ASKS_AFTER: Final = re.compile(r"(?:is|are|was|did|does|has) [a-z' ]+$")
_NAW: Final = re.compile(r"^\W*Naw(?: [A-Z][a-z'-]+){2,3}\W*(?:$|[.,;])")  # a Karen name, not a no
_OF_LETTERS: Final = re.compile(
    r"(?<!\b[A-Za-z][-,\s])\b(?:(?:(?:it'?s|that'?s|but|and|or|not|spelled|spelt|starts|starting|begins|beginning|ending) ){0,3}(?:with|without) |(?:and|or|not) )?(?:an?|the|one|two|no|capital) [A-Z]\b(?:['\u2019]?s\b)?"
    r"(?:,? (?:and|or|not|but)(?: with(?:out)?)? (?:an?|the|one|two|no) [A-Z]\b)*"
    r"|\b(?:with|without) [A-HJ-Z]\b(?![-,\s]+[A-Z]\b)"
)  # "with an E"
_UNMEANT: Final = re.compile(
    r"\b(?:not|for|name(?:'s| is)?)\W*$", re.IGNORECASE
)  # before letters that spell no medicine
_TITLE: Final = re.compile(r"(?:mrs|mr|ms|miss)\.?\s+(?=\S)", re.IGNORECASE)
# Second names that are written small behind a first one: "Mary ann Smith".
_SECOND_NAMES: Final = frozenset("ann anne beth ellen jane jean jo kay lee lou lynn lynne mae marie rose sue".split())
_ADDRESSES: Final = frozenset(
    "dear honey hon sir ma'am sugar sweetie baby doctor nurse mom mommy mama mum dad daddy papa grandma grandpa kids".split()
)
# What is said between letters: "Q-U-A, two Ts", "T twice", "capital C", "O, apostrophe, B". "With two Ts" is a remark.
_DOUBLE: Final = re.compile(
    r"(?<!with )\b(?:double|two)[ -]([a-z])(?:['\u2019]?s)?\b|\b([a-z]),? twice\b", re.IGNORECASE
)
_KIND_OF_LETTER: Final = re.compile(
    r"\b(?:little|small|big|capital|(?:lower|upper) ?case) (?=[a-z]\b)|\b(?:apostrophe|hyphen|dash)\b[-,\s]*(?=[a-z]\b)",
    re.IGNORECASE,
)
# After a name that is not the caller's: "kidding", "you'll want mine", "that's my husband's".
_TAKEN_BACK: Final = re.compile(
    r"\b(?:(?:just |only |i'?m |i am )*(?:kidding|joking|teasing|playing with you|pulling your leg)|you(?:'ll|'d)?(?: will| would)? (?:want|need|mean)(?: \w+){0,3} (?:mine|own|my name)"
    r"|that'?s (?:just )?(?:my|the) (?:husband|wife|mother|father|mom|mum|dad|son|daughter|sister|brother|boss|dog|cat)(?:'?s)?(?: name)?|(?:mine|my own(?: name)?)(?:'s| is))\b",
    re.IGNORECASE,
)
# The first name as it is written: "Robert on the paper", "short for Elizabeth".
_PAPER: Final = r"on (?:the|my|your|all my) (?:paper|card|licen[sc]e|insurance|chart|i\.?d|record|file|form|birth certificate|passport|bottle|computer)s?(?: card)?"
_IN_FULL: Final = re.compile(
    rf"\b(?P<before>[A-Z][a-z]+),? (?:{_PAPER}|legally|officially|by law)\b"
    rf"|\b(?:(?i:short for|legally|officially|{_PAPER}),?(?: (?:it'?s|i'?m|it is|i am))?) (?P<behind>[A-Z][a-z]+)\b"
)
_AS_IN: Final = re.compile(r"(?<!['\u2019])\b([a-z]),? (?:as in|like|for) [a-z]+\b", re.IGNORECASE)
_NAME_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'\u2019-]+")
_LAST_NAME_LEAD: Final = re.compile(r"\b(?:last|family|sur) ?name\b", re.IGNORECASE)
_THEIRS: Final = re.compile(
    rf"\b(?:for my|my) (?:\w+ )?(?:{KIN})(?:['\u2019]s name(?: is|['\u2019]s)?|,)\s+(?P<name>[^,.;!?]{{2,60}})",
    re.IGNORECASE,
)  # "it's for my son, Tyler Brooks"
_ONLY_LAST: Final = re.compile(
    r"\W*(?:(?:oh|um+|uh+|sure|yes|yeah|it'?s|it is|that'?s|that is|my last name is|last name(?:'s| is)?)\W+){0,4}(?P<name>[^\W\d_]{2,20}(?:['\u2019-][^\W\d_]+)?)\W*",
    re.IGNORECASE,
)
_TITLES_OF_STAFF: Final = frozenset(("dr", "doctor", "doc", "nurse"))


def name_in(text: str, *, asked: bool) -> Fact | None:
    """The name with its accents, as the recogniser wrote it; it is looked for without them."""
    accented = {_plain(word): word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()}
    fact = _name_in(_plain(text), asked=asked)
    if fact is None and asked and (theirs := _THEIRS.search(text)):
        fact = _name_in(_plain(theirs["name"]), asked=True)  # nobody else is named
    if fact is None or not accented:
        return fact
    words = re.split(r"(\W+)", fact.value.reveal())
    return replace(fact, value=Phi("".join(accented.get(str(word), str(word)) for word in words)))


def last_name_alone(text: str) -> Fact | None:
    """One word, where only the last name was asked for: any word can be one, "Love", "House", "Post"."""
    found = _ONLY_LAST.fullmatch(text)
    if found is None or found["name"].lower() in GRAMMAR_AND_ANSWERS:
        return None
    return Fact("name", Phi(found["name"].title() if found["name"].islower() else found["name"]), 0.5)


def _plain(text: str) -> str:
    """Without accents: "Jos\u00e9" is "Jose"."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _name_in(text: str, *, asked: bool) -> Fact | None:
    text = text.title() if text.isupper() and not _SPELLED.fullmatch(text.strip(" .")) else text
    if asked and (own := _own_name(text)):
        return own
    refuses = agrees(text) is False and not _NAW.match(text)
    if (
        asked
        and len(text) <= LETTERS_MAX
        and not (refuses and _BEGINS_WITH_NO.match(text) and not _INTRODUCES.search(text))
    ):
        if _ASKS_AFTER.match(_uncased(text)) and not _INTRODUCES.search(text):
            return None  # "is susan working today"
        heard = respelled(joined(_uncased(text)))
        calm = EXCLAIMED.sub(" ", text)  # what is called out is said to somebody in the room
        caller = (calm != text and caller_in(respelled(joined(calm)))) or caller_in(heard)
        if caller is not None and not (refuses and len(caller) < NAMES_APART):
            return Fact("name", Phi(" ".join(caller)), 0.8 if heard.sure else 0.6) if caller else None
    text = _uncased(text) if asked and len(text.split()) == NAMES_APART else text
    text = _as_letters(_AS_IN.sub(r"\1", text))
    plain = _SPELLED.sub(" ", text)
    spelled = _spelled(text, plain)
    alone = _name_alone(plain) if asked and (agrees(text) is not False or _NAW.match(text)) else []
    words: list[str] = []
    named: dict[str, list[str]] = {}  # "last name Garza, first name Luz"
    cased = any(letter.isupper() for letter in re.sub(r"\bI\b", "", plain)[1:])
    for lead in _NAME_LEAD.finditer(plain):
        strong = bool(lead["strong"])
        which = (lead["which"] or lead["bare"] or lead["of"] or "").strip().lower()
        if len(alone) > 1 and (lead["call"] or not (strong or which)):
            continue  # "I'm with Harold. Norma Jean Prewitt."
        before = re.split(r"[.,;!?]\s+", lead["c"] or "")[-1]  # "Mai Yang. Yang is last"
        given = _names_in(lead["a"] or lead["b"] or before, cased=cased)
        if given and given[0].lower() in _TITLES_OF_STAFF:
            continue  # "a message for Dr. Patel" is not from her
        if not strong and not (
            all(word[0].isupper() for word in given)
            if cased
            else len(given) >= 2 and plain.lower().startswith(("this is", "hi this is", "hello this is", "it's"))
        ):
            continue
        if given:
            part = {"given": "first", "family": "last", "sur": "last"}.get(which, which)
            named |= {part: given} if part in ("first", "last") else {}
            of_words = part == "last" and given[-1] in words
            words = words if of_words else [*words[:1], *given] if part == "last" else given
            if strong and not which:
                break
    words = alone if not words or (len(alone) > len(words) and words[0] in alone) else words
    words = _in_order(named, alone) or words
    for name in spelled:
        words = _with_spelled(words, name)
    words = _in_full(words, plain) if asked else words
    if not words or (spelled and not asked and len(words) == 1 and not _NAME_LEAD.search(text)):
        return None
    if asked and words and len(words) == 1 and _QUESTION.search(text):
        return None  # "Is Susan working today?"
    if (
        asked
        and not spelled
        and not _LAST_NAME_LEAD.search(text)
        and not may_be_borne(words, cased=not text.islower(), alone=len(text.split()) <= REMARK_WORDS_MIN)
    ):
        return None
    if all(word == word.lower() for word in words):
        words = [word.title() for word in words]
    return Fact("name", Phi(" ".join(words)), 0.8 if spelled else 0.7 if not asked else 0.6)


def _uncased(text: str) -> str:
    """Without the capital and the stop of a sentence in which nothing else has one: "Ed fox."."""
    only = (
        " " in text
        and text[0].isupper()
        and not text.startswith("I")
        and text[1:].replace(" I ", " ") == text[1:].replace(" I ", " ").lower()
    )
    return text[0].lower() + text[1:].rstrip(" .") if only else text


def _own_name(text: str) -> Fact | None:
    """What is said after a name that is not the caller's: "Big Steve. Kidding. Steven Abernathy"."""
    *_, taken_back = [None, *_TAKEN_BACK.finditer(text)]
    own = taken_back and _name_in(text[taken_back.end() :], asked=True)
    if not taken_back or not own or len(own.value.reveal().split()) > 1:
        return own
    other = _name_in(
        _TAKEN_BACK.split(text, maxsplit=1)[0], asked=True
    )  # "Mrs. Harold Hines. You'll want mine. Clara."
    last = other.value.reveal().split()[1:] if other else []
    return replace(own, value=Phi(" ".join([own.value.reveal(), *last])))


def _as_letters(text: str) -> str:
    """With doubled letters in full and without remarks on letters, as what was spelled is more like what was said."""
    remarks = _OF_LETTERS.sub(" ", text)
    letters = _DOUBLE.sub(lambda found: "-".join(2 * (found[1] or found[2])), _KIND_OF_LETTER.sub("", text))
    return max(remarks, _OF_LETTERS.sub(" ", letters), key=_fits)


def _fits(text: str) -> float:
    """0..1: how much the word that was spelled is like one that was said."""
    plain = _SPELLED.sub(" ", text)
    said = re.findall(r"[^\W\d_]+", plain)
    return max((likeness(word, name) for name in _spelled(text, plain) for word in said), default=0.0)


def _in_order(named: dict[str, list[str]], alone: list[str]) -> list[str]:
    """The first name and the last, where both were named so, or one of them and a single word besides; else []."""
    first, last = named.get("first", []), named.get("last", [])
    if bool(first) != bool(last) and len(alone) == 1 and alone[0] not in (*first, *last):
        first, last = first or alone, last or alone
    return [*first, *last] if first and last else []


def _with_spelled(words: list[str], name: str) -> list[str]:
    """With a word as it was spelled in the place of the one that it is like; a piece of one changes nothing."""
    letters = [re.sub(r"[^a-z]", "", word.lower()) for word in words]
    if any(name.lower() in word for word in letters):
        return words  # "Fratangelo. That's F R A T, angelo"
    alike = [likeness(word, name) + SAME_INITIAL * (word[:1] == name[:1].lower()) for word in letters]
    near = max(range(len(words)), key=alike.__getitem__, default=None)
    if near is None or alike[near] < ALIKE_FROM:
        return [*words, name]
    return [*words[:near], name, *words[near + 1 :]]


def _in_full(words: list[str], text: str) -> list[str]:
    """With the first name as it is written on paper."""
    for found in _IN_FULL.finditer(text):
        first = found["before"] or found["behind"]
        if len(words) > 1 and first not in words and lexicon.given(first.lower()):
            return [first, *words[1:]]
    return words


def lacks_first(name: str) -> bool:
    """Whether it is a title and a last name: "Mrs Ashby"."""
    title = _TITLE.match(name)
    return title is not None and len(name[title.end() :].split()) == 1


def with_first(known: str, given: str) -> str:
    """ "Mrs Ashby", asked for the first name: "Delphine", "Delphine Ashby"."""
    last = _TITLE.sub("", known, count=1)
    if given.lower() == last.lower():
        return known  # "Mrs Ashby will do"
    return given if last.lower() in given.lower().split() else f"{given} {last}"


def as_spelled(text: str) -> str:
    """A medicine's name as it was spelled, in the place of the word that was spelled; what else was said stays. The same text where
    nothing was spelled, or where what was spelled is not meant ("not Z-O-C-O-R"); the spelling alone where no word said is like it."""
    for run in _SPELLED.finditer(text):
        rest = text[run.end() :]
        spelled = (
            run[0] if not re.match(r"\s+[a-z]{2}", rest) else re.sub(r"\s+I$", "", run[0])
        )  # "C R E S T O R I take it"
        letters = "".join(_LETTER.findall(spelled)).lower()
        if (
            len(letters) < SPELLED_MIN
            or len(set(letters)) < 2
            or not _VOWEL.search(letters)
            or _UNMEANT.search(text[: run.start()])
        ):
            continue
        plain = f"{text[: run.start()].rstrip(' ,')}{run[0][len(spelled) :]}{rest}".strip(" ,")
        said = _NAME_WORD.findall(plain)
        if any(word.lower().startswith(letters) for word in said):
            return plain  # "F, U, R, O, furosemide"
        near = max(said, key=lambda word: likeness(word.replace("-", ""), letters), default="")
        if likeness(near.replace("-", ""), letters) >= ALIKE_FROM:
            return plain.replace(near, letters.capitalize(), 1)
        return letters.capitalize() if len(letters) >= SPELLED_ALONE_MIN else text
    return text


def _spelled(text: str, plain: str) -> list[str]:
    """The words that were spelled. Groups of letters with a pause between them are words of their own, "M-A-Y, X-I-O-N-G", unless
    together they are a word that was said: "Lindqvist, L-I-N-D, Q-V-I-S-T". `plain`: the text without them."""
    said = [word.strip(".,;:!?'\u2019") for word in plain.split()]
    out: list[str] = []
    for run in _SPELLED.finditer(text):
        groups = [re.sub(r"[^a-z]", "", group.lower()) for group in _PAUSED.split(run[0]) if _LETTER.search(group)]
        out += [group.capitalize() for group in (groups if _are_words(groups, said) else ["".join(groups)])]
    return out


def _are_words(groups: list[str], said: list[str]) -> bool:
    """Whether groups of letters are each a word: of those said, or of a name that was not said otherwise."""
    if not 1 < len(groups) <= NAME_WORDS_MAX or min(map(len, groups)) == 1:
        return False
    left, alike = list(said), 0
    for group in groups:
        best = max(left, key=lambda word: likeness(word, group), default="")
        if likeness(best, group) >= ALIKE_FROM:
            left.remove(best)
            alike += 1
    unsaid = not any(_may_be_name(word) for word in said)
    return alike == len(groups) or (unsaid and all(_VOWEL.search(group) for group in groups))


def _may_be_name(word: str) -> bool:
    return bool(_NAME_WORD.fullmatch(word)) and word[0].isupper() and word.lower() not in COMMON_WORDS


def _name_alone(text: str) -> list[str]:
    """An answer that is a name, and what is said around it: "mm, Cody", "Eunice Applegate, like the gate with apples on it", "Biscuit, down!
    Sorry. Connie Lindqvist". What is nothing but a name is one; two that stand by themselves are the first and the last."""
    calm = EXCLAIMED.sub(" ", text)  # what is called out is said to somebody in the room
    if calm != text and (words := _name_alone(calm)):
        return words
    cased = any(letter.isupper() for letter in re.sub(r"\bI\b", "", text))
    found: list[list[str]] = []  # a sentence: its clauses that are nothing but a name
    partly: list[list[str]] = []
    sayings = [saying for saying in SAYING.split(text) if saying.strip(" .,!?;:-")]
    for saying in sayings:
        clauses = [bare for clause in saying.split(",") if (bare := _LEAD_IN.sub("", clause + " ").strip(" .!?;:-"))]
        clauses = [clause for clause in clauses if clause.lower() not in _ADDRESSES]
        names = [_names_in(clause, cased=cased) for clause in clauses]
        whole = [words for words, clause in zip(names, clauses, strict=True) if _is_whole(words, clause)]
        if len(whole) == len(clauses) == NAMES_APART and _is_in_two(*whole):
            return [*whole[0], *whole[1]]  # "Thompson, Mary Ann"
        if full := next((words for words in whole if len(words) > 1), None):
            return full
        found += [[word for words in whole[:NAMES_APART] for word in words]] if whole else []
        if clauses and not whole and len(saying.split()) <= BARE_WORDS_MAX:
            remark = len(clauses[0].split()) - len(names[0])  # "Lulu get off the table" is nobody's name
            partly += names[:1] if len(names[0]) > 1 or remark < REMARK_WORDS_MIN else []
    if len(found) == len(sayings) == NAMES_APART and all(len(words) == 1 for words in found):
        last, first = found[0][0], found[1][0]
        return [first, last] if is_last_first(last.lower(), first.lower()) else [last, first]  # "Klein. Rosa."
    return max([*partly, *found[:1]], key=len, default=[])


def _is_whole(words: list[str], clause: str) -> bool:
    """Whether a clause is nothing but the name found in it, of nobody who works at the clinic."""
    plain = words and words[0].lower() not in _TITLES_OF_STAFF
    return bool(plain) and len(words) == len(clause.split())


def _is_in_two(one: list[str], other: list[str]) -> bool:
    """Whether two names are parts of one: a single word and what goes with it, none of it said twice."""
    apart = {word.lower() for word in one}.isdisjoint(word.lower() for word in other)
    return apart and min(len(one), len(other)) == 1 and len(one) + len(other) <= NAME_WORDS_MAX


def only_name(text: str) -> str:
    """The name that a text is and nothing besides, or ""."""
    bare = _LEAD_IN.sub("", text + " ").strip(" .,;:-")
    found = name_in(bare, asked=True)
    words = bare.replace(",", " ").split()
    return found.value.reveal() if found and len(found.value.reveal().split()) == len(words) else ""


def _names_in(text: str, *, cased: bool) -> list[str]:
    """The words from the beginning that can be a name: at most four, ending where a common word stands. `cased`: the recogniser wrote
    capitals, so that a name ends where a small letter begins a word."""
    words: list[str] = []
    said = text.replace(",", " ").split()
    for at, word in enumerate(said):
        bare = word.strip(".,;:!?")
        if not _NAME_WORD.fullmatch(bare) or bare.lower() in COMMON_WORDS:
            break
        if words and bare in _SECOND_NAMES and all(after[0].isupper() for after in said[at + 1 : at + 2]):
            bare = bare.title()
        if cased and bare[0].islower() and bare not in PARTICLES:
            break
        if words and bare.lower() == words[0].lower():  # "Walter Simmons Walter Simmons": heard twice
            break
        words.append(bare if cased else bare.title())
        if len(words) == NAME_WORDS_MAX or (word[-1:] in ".;!?" and len(bare) > 3):
            break
    return words
