"""Redaction of one call, turn by turn: identifiers become pseudonyms that say what they were and stay the same for the call.

Pseudonyms are numbered in the order of appearance and derived from nothing, so they lead nowhere. What fails, fails closed: an
utterance that cannot be looked at is removed whole.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from triage.errors import EngineFailed
from triage.privacy import asked
from triage.privacy.detection import Detector, Found
from triage.privacy.tagger import FOLDER, Tagger
from triage.privacy.told import Told

REMOVED: Final = "[REDACTED]"


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

    def __init__(self, detector: Detector, *, degraded: bool = False) -> None:
        self._detector = detector
        self.degraded = degraded  # the rules stand alone
        self._one_at_a_time = threading.Lock()

    @classmethod
    def load(cls, tagger: Path | None = FOLDER) -> Redactor:
        """A few seconds; nothing is fetched. `tagger`: the trained model's folder; without it, or broken, the rules stand alone."""
        try:
            model = Tagger(tagger) if tagger else None
        except EngineFailed:
            model = None
        return cls(Detector(model), degraded=model is None)

    def for_call(self) -> CallRedaction:
        return CallRedaction(self)

    def find(self, text: str, asked: tuple[str, ...], before: str) -> list[Found]:
        with self._one_at_a_time:
            return self._detector.find(text, asked=asked, before=before)


class CallRedaction:
    """The memory of one call's redaction. Turns are given in order."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._told = Told()
        self._asked: tuple[str, ...] = ()
        self._waiting = False  # the caller looks for the answer
        self._before = ""  # the turn before
        self._greeted = False

    def redact(self, text: str, who: str) -> Redacted:
        """Never raises. `who`: "caller", "line" or "nurse"; a question of the latter two explains the next answer."""
        try:
            found = self._redactor.find(text, self._expected(text, who), self._before)
            if who == "line" and not self._greeted:  # a nurse may say names there; the line knows none yet
                found = [one for one in found if not _of_the_clinic(text, one)]
            self._told.remember(text, found)
            spans = _joined(text, _merged([*found, *self._told.again(text)]))
            out, at = [], 0
            for span in spans:
                out += [text[at : span.start], self._pseudonym(span.kind, text[span.start : span.end])]
                at = span.end
            result = Redacted("".join([*out, text[at:]]), tuple(spans))
        except Exception:  # fail closed: what cannot be looked at is not shown
            result = Redacted(REMOVED if text else "", (Span(0, len(text), "UNKNOWN"),) if text else ())
        self._before, self._greeted = text, self._greeted or who == "line"
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


# The clinic's own name, with which it answers: "Prairie Street Family Clinic".
_CLINIC: Final = re.compile(
    r"(?:[\w.'’-]+ (?:(?:and|of|the) )?){0,4}(?:family|community|medical|primary|walk-in|internal|women['’]?s|children['’]?s|pediatrics?) "
    r"(?:clinic|practice|health|care|medicine|associates|group|cent(?:er|re))(?: (?:of|at|on|in) (?:the )?[\w'’-]+(?: [\w'’-]+)?)?",
    re.IGNORECASE,
)


def _of_the_clinic(text: str, one: Found) -> bool:
    names = (match.span() for match in _CLINIC.finditer(text))
    return one.kind in ("NAME", "PLACE", "ADDRESS") and any(a <= one.start and one.end <= b for a, b in names)


# A pause or a small word between two parts of one identifier: "september, uh, twenty twenty one", "west main, in cuero".
_PAUSE: Final = re.compile(
    r"[\s,.;-]*(?:(?:uh|um|er|hm|dash|dot|hyphen|slash|point|suffix|prefix|then|and|ext|extension)[\s,.;-]+){1,2}",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = re.compile(
    r"[\s,.-]*(?:(?:in|at|off|a|apt|apartment|unit|number|rural|route|zip|code|near)[\s,.#-]+){1,2}", re.IGNORECASE
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
    if kinds == {"NAME", "ADDRESS"} and re.fullmatch(r",? (?:off|in|on) ", between, re.IGNORECASE):
        return True  # "out by livingston off farm road 1988"
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
