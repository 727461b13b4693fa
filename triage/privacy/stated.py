"""Names that are ordinary words, where somebody says that they are names: "last name stands alone", "I'm Long, her son-in-law", "this is skip, skip van
der merwe". No list has them; what is said around them must be plain. Pure but for the lists of lexicon.py.
"""

from __future__ import annotations

import re
from typing import Final

from triage.privacy.lexicon import (
    GRAMMAR,
    SURNAMES,
    Word,
    capitals,
    english,
    given,
    kept,
    plain,
    unknown,
    words_in,
    words_of,
)

Span = tuple[int, int]

_WORD: Final = r"[^\W\d_][\w'’-]*"
_KIND: Final = "first|last|middle|maiden|family|given|birth|married|legal|real|second|other|full"
# "last name", with or without "is"; "my name then was".
_NAME_IS: Final = re.compile(
    rf"\b(?:(?P<kind>(?:(?:{_KIND}) name|surname|nickname))(?P<is>,|:|'s| is| was)?"
    r"|\bname(?: (?:then|now|before|back then|at birth|on it))?(?P<was>'s| is| was)|\b(?P<by>(?:goes|go|going|went) by|(?:he|she|i|they)(?:'s| is|'m| am) called|calls? (?:me|him|her)|used to be|short for|changed (?:it )?to)),? ",
    re.IGNORECASE,
)
_CLOSED: Final = re.compile(
    r"[.,;]|$| (?:and|but|spelled|like (?:the )?[a-z]+$|like the|as in|with an?|two words|one word|with two|date of|born|i'm|from|it's|that's|no joke|just like)\b",
    re.IGNORECASE,
)
# Said of a last name, and none: "my last name matches", "last name changed".
_OF_A_NAME: Final = frozenset(
    "matches match starts begins ends sounds looks comes goes rhymes means changed hyphenated either though instead correct initial initials letter letters "
    "never always different unknown blank missing field spelling it's isn't doesn't hasn't won't wasn't alone even mine yours theirs nothing whatever everything".split()
)
_KIN: Final = (
    "mother|mom|mama|mum|father|dad|papa|wife|husband|partner|son|daughter|sister|brother|aunt|uncle|cousin|niece|nephew|grandson|granddaughter|grandmother|grandma|grandfather|grandpa|caregiver|aide|nurse|neighbou?r|"
    "roommate|friend|guardian|social worker|case manager"
)
# Who presents himself: a word right after it that something plain follows.
_PRESENTS: Final = re.compile(
    rf"(?:^|[.?!,] |\b(?:hi|hello|hey|yes|yeah|okay|ok|so|uh|um|and|no|morning|afternoon|evening) )(?P<lead>this is|it's|its|it is|i'm|im|i am) (?P<name>{_WORD})"
    rf"(?:(?P<kin>,? (?:his|her|their) (?:{_KIN})(?:[- ]in[- ]law)?(?=[.,;]|$| (?:and|here|calling|speaking)\b))|(?P<again>, (?P=name)(?= (?P<surname>{_WORD})))"
    r"|(?P<here> (?:here|calling|speaking)\b)|(?P<end>(?=[.,]|$)))",
    re.IGNORECASE,
)
_PARTICLES: Final = frozenset("van von de der del dela di la le el al bin ibn st mac mc o da dos".split())
_COMPARES: Final = frozenset("like as with spelled".split())  # "long like tall"
WORDS_MAX = 4


def spans(text: str, keep: frozenset[str]) -> list[Span]:
    """`keep`: words that are no names, unless they are called so with a capital."""
    words = words_in(text)
    cased = capitals(words)
    starts = {word.start: at for at, word in enumerate(words)}
    out = []
    for match in _NAME_IS.finditer(text):
        at = starts.get(match.end())
        if at is not None and (span := _called(match, text, words[at : at + WORDS_MAX], keep, cased=cased)):
            out.append(span)
    for match in _PRESENTS.finditer(text):
        at = starts.get(match.start("name"))
        if at is not None and _presented(match, words[at], keep, cased=cased):
            out.append(match.span("name"))
            out += [(match.start("again") + 2, match.end("again"))] if match["again"] else []
    return out


def _called(
    match: re.Match[str], text: str, words: tuple[Word, ...], keep: frozenset[str], *, cased: bool
) -> Span | None:
    taken: list[Word] = []
    for word in words:
        name = plain(word.text)
        if taken and text[taken[-1].end : word.start] != " ":
            break
        if (cased and not word.capital) or name in GRAMMAR or (taken and name in _COMPARES):
            break
        if not cased and (name in keep or (not taken and name in _OF_A_NAME)):
            return None
        taken.append(word)
    if not taken:
        return None
    span = taken[0].start, taken[-1].end
    if cased:  # capitals tell: "Baby Girl Sparrow"
        return span if not all(plain(word.text) in keep for word in taken) else None
    # in lower case only what a kind of name is said of, and only up to the end of the clause
    few = len(taken) <= (2 if match["is"] else 1) or (
        len(taken) == 2 and re.match(r",? (?:two|one|both) words?\b", text[span[1] :])
    )
    return span if match["kind"] and few and _CLOSED.match(text[span[1] :]) else None


def _presented(match: re.Match[str], word: Word, keep: frozenset[str], *, cased: bool) -> bool:
    name = plain(word.text)
    if name in GRAMMAR or name in keep or name in kept("names_of_peoples") or name.endswith(("ing", "ed")):
        return False
    if cased:
        plainly = bool(match["kin"] or match["again"] or match["here"])
        borne = name in SURNAMES or not english(name) or given(name) or name in words_of("names_doubtful")
        lead = match["lead"].lower()
        return word.capital and (plainly or lead == "this is" or (borne and lead in ("i'm", "i am")))  # "I'm Deaf."
    if match["again"]:
        surname = plain(match["surname"])
        return surname in _PARTICLES or surname in words_of("names") or unknown(surname, keep)
    return bool(match["kin"]) or (bool(match["here"]) and not english(name))
