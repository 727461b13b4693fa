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
from triage.privacy.lexicon import GRAMMAR
from triage.privacy.names import as_a_word

REMOVED: Final = "[REDACTED]"
MAIL_PAIRS_MAX = 40  # of e-mail addresses told in one call
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
        self._mails: list[str] = []
        self._asked: tuple[str, ...] = ()

    def redact(self, text: str, who: str) -> Redacted:
        """Never raises. `who`: "caller", "line" or "nurse"; a question of the latter two explains the next answer."""
        try:
            found = self._redactor.find(text, self._expected(text, who))
            self._remember(text, found)
            spans = _merged([*found, *self._known_names(text), *self._known_mails(text)])
            out, at = [], 0
            for span in spans:
                out += [text[at : span.start], self._pseudonym(span.kind, text[span.start : span.end])]
                at = span.end
            result = Redacted("".join([*out, text[at:]]), tuple(spans))
        except Exception:  # fail closed: what cannot be looked at is not shown
            result = Redacted(REMOVED if text else "", (Span(0, len(text), "UNKNOWN"),) if text else ())
        self._expect(text, who, {span.kind for span in result.spans})
        return result

    def _expected(self, text: str, who: str) -> tuple[str, ...]:
        """A line that reads back says what was asked for, too; a name it says is found by itself."""
        if who == "caller":
            return self._asked
        return (
            tuple(kind for kind in self._asked if kind not in ("NAME", "WHO", "ADDRESS")) if asked.goes_on(text) else ()
        )

    def _expect(self, text: str, who: str, told: set[str]) -> None:
        """What the next turn may hold without saying what it is."""
        if who == "caller":
            kept = tuple(kind for kind in self._asked if kind not in ("NAME", "WHO"))  # given, or not
            self._asked = kept + tuple(kind for kind in asked.announced(text, told) if kind not in kept)
        elif kinds := asked.kinds(text):
            self._asked = kinds + (self._asked if asked.goes_on(text) else ())
        elif not asked.goes_on(text):
            self._asked = ()

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
            if one.kind == "NAME" and len(self._names) < NAMES_MAX:
                name = text[one.start : one.end].lower()
                parts = (
                    name.split() + re.sub(r"\W+", " ", name).split()
                    if "-" in name
                    else re.sub(r"\W+", " ", name).split()
                )
                self._names += [
                    part for part in parts if len(part) > 2 and part not in GRAMMAR and part not in self._names
                ]

    def _known_mails(self, text: str) -> list[Found]:
        """Two words side by side of an e-mail address told before: "crazy cat lady all one word"."""
        lower = text.lower()
        if not any(pair in lower for pair in self._mails):
            return []
        return [
            Found(*match.span(), "EMAIL")
            for pair in self._mails
            for match in re.finditer(rf"\b{re.escape(pair)}\b", lower)
        ]

    def _known_names(self, text: str) -> list[Found]:
        if not self._names:
            return []
        again = re.compile(
            r"\b(?:" + "|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) + r")\b", re.IGNORECASE
        )
        return [Found(*match.span(), "NAME") for match in again.finditer(text) if not as_a_word(text, *match.span())]


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
