"""Reading a request back, and what a caller's correction of it is about. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.clinic import Need
from triage.scope.days.dates import BORN, CORRECTION, Parts, parts
from triage.scope.days.wished_day import other_day
from triage.scope.moves import Fact, Reply
from triage.scope.names import only_name
from triage.scope.wording import IS_THAT_RIGHT, LABELS

MESSAGE_WORDS_MIN = 4  # of a message given anew in place of a yes
ALIKE_FROM = 0.65  # two spellings of what may be one name
CONTENT_LETTERS_MIN = 4  # of a word that a message given anew has in common with the old one
_COMPLAINT: Final = re.compile(
    r"\b(?:wrong|right|correct|incorrect|mistake|what i said|misunderst\w+|not it)\b", re.IGNORECASE
)
_YES_FIRST: Final = re.compile(r"^\W*(?:(?:oh|well|yes|yeah|yep|yup|right|correct)\b\W*)+", re.IGNORECASE)
_BUT: Final = re.compile(
    r"\b(?:but|except|apart from|aside from|other than|only that|just that|change|should be|supposed to be)\b",
    re.IGNORECASE,
)
_MEANT: Final[Mapping[str, tuple[Need, ...]]] = MappingProxyType(
    {
        "name": ("name",), "birthday": ("date_of_birth",), "date of birth": ("date_of_birth",), "birth date": ("date_of_birth",),
        "medicine": ("medicine",), "medication": ("medicine",), "prescription": ("medicine",), "pill": ("medicine",),
        "message": ("message",), "number": ("callback_number",), "phone number": ("callback_number",),
        "day": ("date", "appointment"), "date": ("date", "appointment"), "appointment": ("appointment", "date"), "time": ("date",),
    }
)  # fmt: skip
_CHANGE_OF: Final = re.compile(
    r"\b(?:the|my|that) (?P<what>"
    + "|".join(sorted(_MEANT, key=len, reverse=True))
    + r")\b(?:\s+(?:is|should be|was|has to be|needs to be|to))?[\s,.:]*",
    re.IGNORECASE,
)
# What a correction refuses: "June, not July".
_REFUSED: Final = re.compile(
    r"\b(?:not|isn'?t|wasn'?t|instead of|in place of) (?:the |my |in |on )?(?P<what>[\w'-]+(?: [\w'-]+)?)",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"[,.;:?!]+\s*|\s+(?:and|but|so)\s+", re.IGNORECASE)
_AND: Final = re.compile(r"[,;.]*\s+(?:and|also|but)\s+|(?<=\w{3})[.;]\s+", re.IGNORECASE)
_IN_PLACE: Final = re.compile(r"\b(?:instead of|should (?:say|be)|not)\b", re.IGNORECASE)
_NAMED: Final = re.compile(r"\bname\b", re.IGNORECASE)
_LAST_NAMED: Final = re.compile(r"\b(?:last name|surname|family name)\b", re.IGNORECASE)
_FIRST_NAMED: Final = re.compile(r"\bfirst name\b", re.IGNORECASE)
# What goes on behind a yes, and may change what was read back.
_MORE: Final = re.compile(
    r"\b(?:spell\w*|letters?|with (?:an?|one|two|no)|double|but|also|tell|need|want|add|or|if|different|other|another|not|never|\w+n'?t)\b",
    re.IGNORECASE,
)
_SAYS: Final = re.compile(r"\b(?:tell|message|write)\b", re.IGNORECASE)


def read_back(needs: tuple[Need, ...], facts: Mapping[Need, Fact], wanted: str = "") -> Reply:
    """`wanted`: what the request is for, where it can be mistaken."""
    known = (f"{LABELS[need]} {facts[need].value.reveal().strip(' .,;:')}" for need in needs)
    told = ", ".join((wanted, *known) if wanted else known)
    end = "" if told.endswith(("?", "!")) else "."
    return Reply(
        Phi(f"I have understood: {told}{end} {IS_THAT_RIGHT}"), asked="confirmation", expects="yes_no", phrase=False
    )


def corrects(text: str) -> bool:
    """Whether it takes something back: "yes, but make it Friday"."""
    return bool(CORRECTION.search(text) or _BUT.search(text))


def limits(text: str) -> bool:
    """Whether a yes is one but for something: "yes, but it's spelled another way"."""
    return bool(_BUT.search(text))


def complains(text: str) -> bool:
    """Whether it speaks of what was written down: "that's not what I said"."""
    return bool(_COMPLAINT.search(text))


def refused(text: str, needs: tuple[Need, ...], facts: Mapping[Need, Fact]) -> Need | None:
    """What "June, not July" corrects: the one thing written down in which there is a July."""
    for found in _REFUSED.finditer(text):
        words, given = set(found["what"].lower().split()), parts(found["what"])
        holds: list[Need] = []
        for need in (need for need in needs if need in facts and need not in ("message", "medicine")):
            known = facts[need].value.reveal().lower()
            same = [value for value in ("month", "day", "year") if getattr(given, value) is not None]
            alike = same and all(getattr(parts(known), value) == getattr(given, value) for value in same)
            holds += [need] if alike or words & set(known.replace(",", " ").split()) else []
        if len(holds) == 1:
            return holds[0]
    return None


def restates(text: str, needs: tuple[Need, ...], facts: Mapping[Need, Fact]) -> bool:
    """Whether a yes says again a part of what was read back, and nothing that could change it: "yes, Thursday. Ray, Thursday!"."""
    if agrees(text) is not True or corrects(text) or _MORE.search(text) or said_with_yes(text, needs, facts):
        return False
    known = {word for need in needs if need != "message" for word in _words(facts[need].value.reveal())}
    begins = _YES_FIRST.match(text)
    said = [_words(clause) for clause in _CLAUSE.split(text[begins.end() if begins else 0 :])]
    given = parts(text)
    days = [parts(facts[need].value.reveal()) for need in needs if need in ("date", "appointment", "date_of_birth")]
    same = given == Parts() or any(day.then(given) == day for day in days)
    return same and any(words and words <= known for words in said)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower())) - {"the", "on", "it", "s", "is", "for"}


def said_with_yes(text: str, needs: tuple[Need, ...], facts: Mapping[Need, Fact]) -> Need | None:
    """What a yes corrects that names another day, birthday or name than what was read back: "yes. Wednesday", of a Tuesday."""
    birth = facts["date_of_birth"].value.reveal() if "date_of_birth" in facts else ""
    given = parts(text)
    if birth and given.year and parts(birth).then(given) != parts(birth):
        return "date_of_birth"
    days: list[Need] = [need for need in needs if need in ("date", "appointment")]
    begins = _YES_FIRST.match(text)
    if begins and "name" in facts and _is_misheard(only_name(text[begins.end() :]), facts["name"].value.reveal()):
        return "name"
    return next((need for need in days if other_day(text, facts[need].value.reveal(), birth)), None)


def _is_misheard(named: str, known: str) -> bool:
    """Whether a name is another one that sounds like a part of `known`: "Marie", of Maria."""
    words = known.lower().split()
    others = [word for word in named.lower().split() if word not in words]
    return any(SequenceMatcher(None, word, other).ratio() >= ALIKE_FROM for word in words for other in others)


def several(text: str, needs: tuple[Need, ...], facts: Mapping[Need, Fact]) -> list[tuple[Need, str]]:
    """What each part of "not Tuesday, Friday, and my birthday is May third" is about, where it is about more than one thing."""
    out: list[tuple[Need, str]] = []
    begun = ""
    for clause in _AND.split(text):
        named = _CHANGE_OF.search(clause)
        meant = _MEANT[named["what"].lower()] if named else ()
        about = refused(clause, needs, facts) or next((need for need in needs if need in meant), None)
        if about is None and "date_of_birth" in needs and BORN.search(clause):
            about = "date_of_birth"
        if about and about != "message" and (not out or out[-1][0] != about):
            out.append((about, f"{begun} {clause}".strip()))
            begun = ""
        elif out:
            out[-1] = (out[-1][0], f"{out[-1][1]} and {clause}")
        else:
            begun = f"{begun} {clause}".strip()
    return out if len(out) > 1 else []


def lone_day(text: str, needs: tuple[Need, ...]) -> Need | None:
    """A mere day corrects the only one that was read back; beside a birthday, the visit's."""
    days: list[Need] = [need for need in needs if need in ("date", "appointment", "date_of_birth")]
    given = parts(text)
    if given == Parts() or not days:
        return None
    if "appointment" in days and given.year is None and not BORN.search(text):
        return "appointment"
    return "date_of_birth" if days == ["date_of_birth"] else None


def change_named(text: str, needs: tuple[Need, ...], message: Fact | None) -> tuple[Need | None, str]:
    """ "The medicine. It's atorvastatin": what is wrong, and what is said of it. A message is simply given anew. `message`: the one
    that was just read back."""
    named = _CHANGE_OF.search(text)
    meant = _MEANT[named["what"].lower()] if named else ()
    need = next((need for need in needs if need in meant), None)
    rest = text[named.end() :] if named and need else CORRECTION.sub("", text, count=1)
    if need is None and "message" in needs and _is_message_anew(text, rest, message):
        need = "message"
    return need, rest.strip(" ,.")


def with_last_name(known: str, fact: Fact, text: str) -> Fact:
    """ "Earl", asked for more: "Hutchins", "Van Dyke". A whole name, or a correction, takes the place of both."""
    given = fact.value.reveal()
    whole = known.lower() in given.lower().split() or CORRECTION.search(text)
    return fact if whole or len(known.split()) != 1 else Fact(fact.kind, Phi(f"{known} {given}"), fact.confidence)


def corrected_message(known: str, fact: Fact) -> Fact:
    """A short correction stands behind the message, "It ends 0184": what it corrects, whoever reads both will see. A longer one takes its place."""
    given = fact.value.reveal()
    if len(given.split()) * 2 > len(known.split()) and not _IN_PLACE.search(given):
        return fact
    return Fact(fact.kind, Phi(f"{known.rstrip(' .,;')}. Correction: {given}"), fact.confidence)


def corrected_name(known: str, fact: Fact, text: str) -> Fact | None:
    """ "No, it's Karl" takes the place of "Carl"; who is told that "it's Harold, at the door" is not called so."""
    given = fact.value.reveal()
    if len(given.split()) > 1:
        return fact
    words = known.split()
    alike = [SequenceMatcher(None, word.lower(), given.lower()).ratio() for word in words]
    if (
        alike and max(alike) >= ALIKE_FROM
    ):  # one word takes the place of one: of "Carl Carlson" only the first is "Karl"
        words[alike.index(max(alike))] = given
        return Fact(fact.kind, Phi(" ".join(words)), fact.confidence)
    if _LAST_NAMED.search(text):
        return Fact(fact.kind, Phi(" ".join([*(words[:-1] or words), given])), fact.confidence)
    if _FIRST_NAMED.search(text):
        return Fact(fact.kind, Phi(" ".join([given, *words[1:]])), fact.confidence)
    return fact if _NAMED.search(text) else None


def without_dates(text: str) -> str:
    """The clauses that name no month and no year: those have corrected the birthday."""
    return ". ".join(clause for clause in _CLAUSE.split(text) if not (parts(clause).month or parts(clause).year))


def _is_message_anew(text: str, rest: str, message: Fact | None) -> bool:
    """Asked what to change: whatever is no complaint and no "nothing". In place of a yes: what speaks of the same thing."""
    if len(rest.split()) < MESSAGE_WORDS_MIN or complains(rest):
        return False
    if message is None:
        return agrees(text) is not False
    return agrees(text) is not True and bool(_SAYS.search(rest) or _content(message.value.reveal()) & _content(rest))


def _content(text: str) -> set[str]:
    """The beginnings of the longer words."""
    return {
        word[:CONTENT_LETTERS_MIN] for word in re.findall(r"[^\W_]+", text.lower()) if len(word) >= CONTENT_LETTERS_MIN
    }
