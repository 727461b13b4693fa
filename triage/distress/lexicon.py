"""Tier 0: cues in lay words, read from files that a nurse can review (`cues/*.toml`). Deterministic, explainable, always up. Pure.

A pattern is a regular expression on lower-case text in which a blank also matches commas and the fillers of speech, so that
"chest, um, pain" is still chest pain. Offsets are those of the text that was given.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from triage.distress.anchors import anchors
from triage.distress.repair import second_reading
from triage.errors import UsageError
from triage.escalation.levels import Level

CUES: Final = ("danger", "crisis", "clinical", "human", "state", "spanish")
WORDS_MAX = 400  # of a text, the newest; an utterance has 5 to 60
CHARACTERS_MAX = 4_000
_PLAIN: Final = str.maketrans("áàâäéèêëíìîïóòôöúùûüñç", "aaaaeeeeiiiioooouuuunc")  # recognisers print accents or not

_MACROS: Final = {
    "{my}": r"(?:my|his|her|their|our|your|the|a|this|that|both|one|mom.s|dad.s|wife.s|husband.s|son.s|daughter.s|mother.s|father.s)",
    "{cant}": r"(?:can.?t|cannot|can not|couldn.?t|could not|cant|canna)",
    "{pain}": r"(?:pains?|painful|hurt\w*|ach(?:e|es|ing|y)|sore|agony|pane|payne)",
    "{body}": (
        r"(?:head|neck|throat|back|spine|shoulders?|arms?|elbows?|wrists?|hands?|fingers?|thumbs?|belly|stomach|tummy|abdomen|gut|sides?|"
        r"ribs?|hips?|groin|legs?|thighs?|knees?|shins?|calf|calves|ankles?|foot|feet|toes?|heels?|eyes?|ears?|nose|mouth|tooth|teeth|"
        r"gums?|tongue|jaw|face|skin|bones?|joints?|muscles?|kidneys?|bladder|breasts?|chest|lungs?|liver|butt|bottom|rectum|vagina|penis|"
        r"down there|privates?|everything|whole body|incision|stitches|wound)"
    ),
}
_GAP: Final = r"[\s,.;:!?…\-]+(?:(?:um+|uh+|er+|erm|like|you know|well|i mean|sort of|kind of)[\s,.;:!?…\-]+)?"
_CLAUSE_ENDS: Final = re.compile(r"[,.;!?]|\b(?:but|and|because|so|although|except|then)\b")


@dataclass(frozen=True, slots=True)
class Hit:
    """`source`: rule id or head name. `start`, `end`: character offsets into the text."""

    source: str
    start: int
    end: int
    level: Level
    category: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern, and the pieces of text one of which every match of it contains."""

    pattern: re.Pattern[str]
    anchors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """`alone`: patterns that count by themselves. `hints`: those that count with the encoder's support, or without an encoder."""

    id: str
    level: Level
    category: str
    reference: str
    alone: tuple[Cue, ...]
    hints: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class RuleHit:
    """`repaired`: it fires only on words put right, not on those that were printed."""

    hit: Hit
    alone: bool
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    rules: tuple[Rule, ...]
    idioms: tuple[Cue, ...]
    anchors: frozenset[str]  # of all rules and idioms
    negations: re.Pattern[str]
    not_negations: re.Pattern[str]
    history: re.Pattern[str]
    hypotheses: re.Pattern[str]
    version: str  # of all its files

    def with_rules(self, rules: tuple[Rule, ...]) -> Lexicon:
        """The same context, other rules: for weighing one."""
        return replace(self, rules=rules, anchors=_anchors(rules, self.idioms))

    def hits(self, text: str) -> tuple[RuleHit, ...]:
        """Every rule that fires, once, in the order of the text. What fires only on the repaired words is a hint."""
        plain = normal(text)
        hits = {one.hit.source: one for one in self._read(plain)}
        if reading := second_reading(plain):
            for one in self._read(reading.text):
                start, end = reading.original(one.hit.start, one.hit.end)
                hits.setdefault(
                    one.hit.source, RuleHit(replace(one.hit, start=start, end=end), alone=False, repaired=True)
                )
        return tuple(sorted(hits.values(), key=lambda one: (one.hit.start, -int(one.hit.level))))

    def _read(self, plain: str) -> list[RuleHit]:
        there = frozenset(piece for piece in self.anchors if piece in plain)
        idioms = [found.span() for idiom in _possible(self.idioms, there) for found in idiom.finditer(plain)]
        hits = []
        for rule in self.rules:
            for alone, cues in ((True, rule.alone), (False, rule.hints)):
                if hit := self._first(rule, _possible(cues, there), plain, idioms):
                    hits.append(RuleHit(hit, alone and not self._supposed(rule.level, plain, hit.end)))
                    break
        return hits

    def _first(
        self, rule: Rule, patterns: list[re.Pattern[str]], plain: str, idioms: list[tuple[int, int]]
    ) -> Hit | None:
        for pattern in patterns:
            for found in pattern.finditer(plain):
                start, end = found.span()
                if any(a <= start and end <= b for a, b in idioms) and rule.level is not Level.CRISIS:
                    continue
                if self._taken_back(rule.level, plain, start):
                    continue
                return Hit(rule.id, start, end, rule.level, rule.category)
        return None

    def _supposed(self, level: Level, plain: str, start: int) -> bool:
        """ "What should I do if she has a seizure": a hint, unless it is about crisis, a person or the caller's state."""
        return level in (Level.DANGER, Level.CLINICAL) and bool(self.hypotheses.search(_sentence(plain, start)))

    def _taken_back(self, level: Level, plain: str, start: int) -> bool:
        """Negation and history in the same clause; never for crisis, a person, or a caller's state."""
        if level not in (Level.DANGER, Level.CLINICAL):
            return False
        clause = _CLAUSE_ENDS.split(plain[:start])[-1]
        if self.not_negations.search(clause):
            return False
        if self.negations.search(clause.rstrip()):
            return True
        ends = _CLAUSE_ENDS.search(plain, start)
        whole = clause + plain[start : ends.start() if ends else len(plain)]
        return level is Level.CLINICAL and bool(self.history.search(whole))


def _possible(cues: tuple[Cue, ...], there: frozenset[str]) -> list[re.Pattern[str]]:
    """The patterns that may match a text in which these anchors stand."""
    return [cue.pattern for cue in cues if not cue.anchors or not cue.anchors.isdisjoint(there)]


def _anchors(rules: Iterable[Rule], idioms: Iterable[Cue]) -> frozenset[str]:
    cues = [*idioms, *(cue for rule in rules for cue in (*rule.alone, *rule.hints))]
    return frozenset().union(*(cue.anchors for cue in cues))


def _sentence(plain: str, end: int) -> str:
    """The sentence up to `end`."""
    return re.split(r"[.!?]", plain[:end])[-1]


def normal(text: str) -> str:
    """Lower-case, straight apostrophes, no accents, no control characters; each character stays where it was."""
    out = []
    for character in text[:CHARACTERS_MAX]:
        lower = character.lower()
        if len(lower) != 1 or not character.isprintable():
            lower = " "
        out.append("'" if lower in "’‘`´" else lower)
    return "".join(out).translate(_PLAIN)


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """The product's own cues. Raises UsageError for a file that is not one."""
    folder = Path(__file__).parent / "cues"
    rules: list[Rule] = []
    for name in CUES:
        raw = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        for rule in raw["rule"]:
            level = Level.parse(rule.get("level", raw["level"]))
            alone, hints = (tuple(cue(one) for one in rule.get(kind, ())) for kind in ("any", "hint"))
            rules.append(Rule(rule["id"], level, rule["category"], rule["reference"], alone, hints))
    if len({rule.id for rule in rules}) != len(rules):
        raise UsageError("Two cues have the same id.")
    raw = tomllib.loads((folder / "context.toml").read_text(encoding="utf-8"))
    idioms = tuple(cue(one) for one in raw["idioms"])
    return Lexicon(
        tuple(rules),
        idioms,
        _anchors(rules, idioms),
        re.compile(r"(?:^|\b)(?:" + "|".join(raw["negations"]) + r")(?:\s+(?:\w+\s+){0,2}\w*)?$"),
        re.compile("|".join(raw["not_negations"])),
        re.compile("|".join(raw["history"])),
        re.compile("|".join(raw["hypotheses"])),
        version(folder),
    )


def version(folder: Path) -> str:
    """Names exactly these cues: the first twelve hex digits of the SHA-256 of all files."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.toml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def cue(pattern: str) -> Cue:
    made = compiled(pattern)
    return Cue(made, anchors(made))


def compiled(pattern: str) -> re.Pattern[str]:
    for macro, meaning in _MACROS.items():
        pattern = pattern.replace(macro, meaning)
    pattern = pattern.replace(r"(?: \w+)", r"(?: [\w']+)").replace(r"(?:\w+ )", r"(?:[\w']+ )")  # "he's" is one word
    # A blank outside a character class: any gap of speech. (None of the cues has a blank inside one.)
    body = pattern.replace(" ", _GAP)
    starts = "" if pattern.startswith("\\b") else r"(?<!\w)"
    return re.compile(starts + "(?:" + body + r")(?!\w)")
