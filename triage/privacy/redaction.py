"""Redaction of one call, turn by turn: identifiers become pseudonyms that say what they were and stay the same for the call.

Pseudonyms are numbered in the order of appearance and derived from nothing, so they lead nowhere. What fails, fails closed: an
utterance that cannot be looked at is removed whole.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Final

from triage.privacy import asked
from triage.privacy.detection import Detector, Found
from triage.privacy.lexicon import GRAMMAR, kept
from triage.privacy.names import as_a_word
from triage.privacy.spoken import runs

REMOVED: Final = "[REDACTED]"
MAIL_PAIRS_MAX = 40  # of e-mail addresses told in one call
NUMBERS_MAX = 60  # told in one call
FIGURES_MIN = 3  # figures and letters of a number that is found again
NAMES_MAX = 40  # of one call, remembered to find them again in part


@dataclass(frozen=True, slots=True)
class Span:
    """`start`, `end`: character offsets into the given text. `kind`: NAME, PHONE, DATE, …"""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    text: str
    spans: tuple[Span, ...]


class Redactor:
    """One a process: it holds the language model. Safe to use from several threads."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._one_at_a_time = threading.Lock()

    @classmethod
    def load(cls) -> Redactor:
        """A few seconds; nothing is fetched."""
        return cls(Detector())

    def for_call(self) -> CallRedaction:
        return CallRedaction(self)

    def find(self, text: str, asked: tuple[str, ...]) -> list[Found]:
        with self._one_at_a_time:
            return self._detector.find(text, asked=asked)


class CallRedaction:
    """The memory of one call's redaction. Turns are given in order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._names: list[str] = []
        self._mails: list[tuple[str, str]] = []
        self._numbers: dict[str, str] = {}  # as they were said, to their kind
        self._asked: tuple[str, ...] = ()
        self._waiting = False  # the caller looks for the answer

    def redact(self, text: str, who: str) -> Redacted:
        """Never raises. `who`: "caller", "line" or "nurse"; a question of the latter two explains the next answer."""
        try:
            found = self._redactor.find(text, self._expected(text, who))
            self._remember(text, found)
            spans = _joined(
                text, _merged([*found, *self._known_names(text), *self._known_mails(text), *self._known_numbers(text)])
            )
            out, at = [], 0
            for span in spans:
                out += [text[at : span.start], self._pseudonym(span.kind, text[span.start : span.end])]
                at = span.end
            result = Redacted("".join([*out, text[at:]]), tuple(spans))
        except Exception:  # fail closed: what cannot be looked at is not shown
            result = Redacted(REMOVED if text else "", (Span(0, len(text), "UNKNOWN"),) if text else ())
        self._expect(text, who, result.spans)
        return result

    def _expected(self, text: str, who: str) -> tuple[str, ...]:
        """A line that reads back says what was asked for, too; a name it says is found by itself."""
        if who == "caller":
            return self._asked
        told = tuple(kind for kind in self._asked if kind not in ("NAME", "WHO", "ADDRESS"))
        if not asked.reads_address(text):
            told = tuple(kind for kind in told if kind != "EMAIL")
        return told if asked.of_the_telling(text, told) else ()

    def _expect(self, text: str, who: str, spans: tuple[Span, ...]) -> None:
        """What the next turn may hold without saying what it is."""
        told = {span.kind for span in spans}
        if who == "caller":
            self._waiting = not told and asked.waits(text)
            kept = tuple(kind for kind in self._asked if self._waiting or kind not in ("NAME", "WHO"))  # given, or not
            self._asked = kept + tuple(kind for kind in asked.announced(text, told) if kind not in kept)
            return
        kinds = asked.kinds(text, [(span.start, span.end) for span in spans])
        if "EMAIL" in told:  # to be confirmed: another one comes with its domain
            kinds = tuple(kind for kind in kinds if kind != "EMAIL")
        goes_on = asked.goes_on(text) or (self._waiting and not kinds)
        self._asked, self._waiting = kinds + (self._asked if goes_on else ()), False

    def _pseudonym(self, kind: str, value: str) -> str:
        key = (kind, re.sub(r"\W+", " ", value).strip().lower())
        if key not in self._pseudonyms:
            number = sum(1 for known, _ in self._pseudonyms if known == kind) + 1
            self._pseudonyms[key] = f"[{kind}-{number}]"
        return self._pseudonyms[key]

    def _remember(self, text: str, found: list[Found]) -> None:
        for one in found:
            if one.kind == "EMAIL" and len(self._mails) < MAIL_PAIRS_MAX:
                self._mails += asked.pairs(text[one.start : one.end])
            if one.kind not in ("NAME", "PLACE", "DATE", "AGE", "EMAIL") and len(self._numbers) < NUMBERS_MAX:
                said = text[one.start : one.end].lower()
                if any(len(run.value) >= FIGURES_MIN for run in runs(said, asked=True)):
                    self._numbers[said] = one.kind
            if one.kind == "NAME" and len(self._names) < NAMES_MAX:
                name = text[one.start : one.end].lower()
                parts = (
                    name.split() + re.sub(r"\W+", " ", name).split()
                    if "-" in name
                    else re.sub(r"\W+", " ", name).split()
                )
                self._names += [
                    part
                    for part in parts
                    if len(part) > 2 and part not in GRAMMAR and part not in self._names and part not in kept("desk")
                ]

    def _known_mails(self, text: str) -> list[Found]:
        """Two words side by side of an e-mail address told before: "crazy cat lady all one word"."""
        lower = text.lower()
        return [
            Found(*match.span(), "EMAIL")
            for first, second in self._mails
            if first in lower and second in lower
            for match in re.finditer(rf"\b{re.escape(first)}{asked.BETWEEN}{re.escape(second)}\b", lower)
        ]

    def _known_numbers(self, text: str) -> list[Found]:
        """A number told before, said again in the same words: "eight twenty two what"."""
        lower = text.lower()
        return [
            Found(*match.span(), kind)
            for said, kind in self._numbers.items()
            if said in lower
            for match in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", lower)
        ]

    def _known_names(self, text: str) -> list[Found]:
        if not self._names:
            return []
        again = re.compile(
            r"\b(?:" + "|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) + r")\b", re.IGNORECASE
        )
        return [Found(*match.span(), "NAME") for match in again.finditer(text) if not as_a_word(text, *match.span())]


# A pause or a small word between two parts of one identifier: "september, uh, twenty twenty one", "west main, in cuero".
_PAUSE: Final = re.compile(
    r"[\s,.;-]*(?:(?:uh|um|er|hm|dash|dot|hyphen|slash|point|suffix|prefix|then|and|ext|extension)[\s,.;-]+){1,2}",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = re.compile(
    r"[\s,.-]*(?:(?:in|a|apt|apartment|unit|number|rural|route|zip|code|near)[\s,.#-]+){1,2}", re.IGNORECASE
)
_PLACES: Final = frozenset(("ADDRESS", "PLACE", "NUMBER"))
_FIGURES: Final = frozenset(
    ("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE", "PHONE", "NUMBER", "DATE", "IP")
)


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Parts of one identifier with what is said between them."""
    out: list[Span] = []
    for span in spans:
        last = out[-1] if out else None
        if last and _of_one(text[last.end : span.start], last.kind, span.kind):
            kind = last.kind if last.kind != "NUMBER" else span.kind
            out[-1] = Span(last.start, span.end, kind)
        else:
            out.append(span)
    return out


def _of_one(between: str, first: str, second: str) -> bool:
    kinds = {first, second}
    if kinds <= _PLACES and "ADDRESS" in kinds and _IN_ADDRESS.fullmatch(between):
        return True
    return (len(kinds) == 1 or kinds <= _FIGURES or kinds <= _PLACES) and bool(_PAUSE.fullmatch(between))


def _merged(found: list[Found]) -> list[Span]:
    """Without overlaps: what touches becomes one, named after its longest part."""
    spans: list[Span] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if one.end <= one.start:
            continue
        if spans and one.start < spans[-1].end:
            last = spans.pop()
            kind = last.kind if last.end - last.start >= one.end - one.start else one.kind
            spans.append(Span(last.start, max(last.end, one.end), kind))
        else:
            spans.append(Span(one.start, one.end, one.kind))
    return spans
