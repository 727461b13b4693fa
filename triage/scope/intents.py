"""What does the caller want? The clinic's own examples and many ways in which callers put the same, compared as sentences.

Compared as triage/scope/likeness.py says, solved anew at each start: a clinic adds a wish or an answer by writing it down with a few ways of asking, and nothing is trained. Ways of asking for the usual wishes come with the product
(wishes/). The confidence is the share of answers that were right at such a score for authors whose own lines were left out
(models/scope/calibrate.py, models/cards/scope.md).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triage.scope import replies, wishes
from triage.scope.answers import asks
from triage.scope.clinic import ApprovedAnswer, Boundary, Clinic, Task, boundaries
from triage.scope.days.booked_visit import cannot_come, ends_it
from triage.scope.likeness import Encode, Likeness
from triage.scope.moves import Intent, Replied
from triage.scope.news import is_news
from triage.scope.refusals import NO_VISIT
from triage.scope.replies import Replies
from triage.scope.wishes import Wish

LEAN = 0.05  # towards what is beyond the line's tasks: a human too many is cheaper than a wrong answer
ALSO = 0.5  # of a line that honestly means two things, the second
CLAUSE_WORDS_MIN, CLAUSES_MAX = 4, 6
SURE_CLAUSE = 0.45  # score from which a clause counts in place of the whole, if it is surer
CLAUSE_WORDS_OF_A_TURN_MIN = 2  # "cancel it"
SURE_BESIDE = 0.4  # of a request beside what is like a question and is none
SURE_REST = 0.2  # of what is said beside "no appointment"
SURE_TURN = 0.5  # of what was said after a change of mind
_TURN = re.compile(
    r"\b(?:(?:no|nope)(?=[,.;:!]|\s+(?:wait|actually|just|you know)\b)|actually|you know what|tell you what|on second thoughts?|come to think of it|scratch that|better yet|never ?mind|changed my mind|instead|but|wait|oh,? (?:heck|shoot|well|fiddlesticks))\b[\s,.;:-]*(?=\w)",
    re.IGNORECASE,
)
_REFUSES_PERSON = re.compile(
    r"(?:^|(?<=[,.;:!?]))\s*(?:(?:please|no|oh|now|well|hi|hello|hey),?\s+)*(?:you )?(?:don'?t|do not|needn'?t|no need (?:to|for)|there'?s no need (?:to|for)|i (?:don'?t|do not) (?:need|want|wish|care|have)(?: you)?(?: to)?)\s+"
    r"(?:(?:go|be|even|you|to|getting|get|putting|put|transfer\w*|connect\w*|send\w*|hand\w*|pass\w*|bother\w*|disturb\w*|talk\w*|speak\w*|switch\w*|me|us|up|over|on|through|with|the line|bring|fetch|call|a|an|any|another|no|real|live|human)\s+)+"
    r"(?:nobody|anybody|anyone|no one|somebody|someone|person|human(?: being)?|people|operator|receptionist|me|me through|through)(?: (?:right now|now|today|on the (?:line|phone)|for this|about it))?\s*(?:[,.;:!?]|$)\s*",
    re.IGNORECASE,
)
# A visit that there is: "I'm down for a check-up end of June", "I'm supposed to come in Thursday", "my physical's set for May".
_STANDS = re.compile(
    r"\b(?:(?:i'?m|i am|we'?re|he'?s|she'?s|they(?:'ve| have)(?: got)? me|you(?:'ve| have)(?: got)? me) (?:down|booked|scheduled|set|on the books?|in the book|supposed to (?:come|be|see))"
    r"|(?:i|we)(?:'ve| have)? ?(?:got|have|had) (?:an?|my|the|this|one) (?:\w+ )?(?:appointment|visit|check-?up|physical)|my (?:\w+ )?(?:appointment|visit|check-?up|physical)(?:'s| is| was) (?:set|down|on|for|booked|scheduled|coming))\b[^,.;:!?]*?(?=[,.;:!?]|\s(?:and|but|so|because)\s|$)",
    re.IGNORECASE,
)
CONVEYS = re.compile(
    r"\b(?:(?:tell|remind|ask) (?:the |your )?(?:dr\.?|doctor|nurses?|office|front desk|desk|staff|girls|ladies|folks|team|receptionist)\b|let (?!me\b|us\b)(?:\w+['\u2019]?s? ){1,4}know\b)",
    re.IGNORECASE,
)
# A medicine that comes to its end, with nothing said of a refill.
_RUNS_LOW = re.compile(
    r"\bdown to\b[^.;!?]{0,40}\b(?:days?|weeks?|pills?|tablets?|doses?|bottle|few|last)\b[^.;!?]{0,30}\b(?:usual|regular|always|same|pills?|tablets?|med\w*|prescription|bottle)\b"
    r"|\b(?:days?|weeks?|handful|couple|few)(?:['\u2019]?s?['\u2019]? worth)? (?:left )?of (?:my|the) (?:usual|regular|pills?|tablets?|med\w*|prescription)\b",
    re.IGNORECASE,
)
_KIDDING = re.compile(
    r"^.*(?<!not )\b(?:kidding|joking|teasing)\b(?! (?:me|about|aside))[\s,.!;]*(?=\w+\W+\w+)", re.IGNORECASE
)
# Which visit is meant, and nothing of what is to become of it.
_ABOUT_VISIT = re.compile(
    r"\W*(?:(?:hi|hello|hey|yes|good morning|good afternoon|um+|uh+|well|so|i'?m|i am|i was|just)\W+)*(?:calling|phoning|call|ringing)(?: you)?(?: about| regarding| for| with)(?: a question about)? (?:my|the|our|an) (?:\w+ )?(?:appointment|visit|check-?up)\b(?: (?:on|for|next|this|i have) \w+(?: \w+)?)?\W*",
    re.IGNORECASE,
)
_VISIT_VERBS = r"(?:cancel\w*|call(?:ing)? (?:it |that )?off|mov(?:e|ing)|chang(?:e|ing)|re-?schedul\w+|switch(?:ing)?|book(?:ing)?)"
_OF_VISIT = r"(?: (?:it|that|this|them|anything|one|(?:the|my|our|another|a|an|any|that|this|his|her|their)(?: (?!i\b|we\b|you\b|and\b|but\b)\w+)?? (?:appointment|visit|check-?up|physical|one|thing)))?"
# What a caller does not want done: "not cancel it", "instead of moving it", "I don't want to book one". In "why don't you cancel it" it is wanted.
NOT_WISHED = re.compile(
    r"(?:\b(?:but|and|so|please|just|i|we|i'?m|we'?re|i am|there'?s)\s+)*(?<!why )\b(?:don'?t|do not|did ?n'?t|did not|not|never|instead of|rather than|without|no need to|needn'?t|no reason to)"
    r"(?: (?:(?:want|wanna|wish|need|mean|going|trying|looking|like|asking|have|wanting|here|calling)(?: you)? to|wanna|gonna|ever|even|just|actually))*"
    rf" {_VISIT_VERBS}\b{_OF_VISIT}",
    re.IGNORECASE,
)
# What was done: "I had to cancel the last one", "they already moved it".
_DONE_BEFORE = re.compile(
    r"(?:\b(?:but|and|so|because|since)\s+)*\b(?:i|we|you|they|he|she|it|somebody|someone|y'?all)(?:'d|'ve)?(?: (?:had|have|has|was|were|got|just|already|once|did|all|folks|people|guys))*"
    rf" (?:had to {_VISIT_VERBS}|cancel(?:l)?ed|moved|changed|re-?scheduled|switched|booked)\b[^,.;:!?]*?(?=[,.;:!?]|\s(?:and|but|so|because)\s|$)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"\b[A-Z](?:-[A-Z]\b){1,4}(?!-)")  # "D-O-T physical"
_LETTER = re.compile(r"[^\W_]")
_CLAUSE = re.compile(r"[,.;:?!]+\s*|\s+(?:and|because|but|so)\s+", re.IGNORECASE)
WORDS_MAX = 60  # of an utterance, the last ones: what a caller wants comes last

FAREWELL = "farewell"
GREETING = "greeting"
NOTHING_MORE = "nothing_more"
MESSAGE, REFILL = "message", "refill"
PERSON = "person"
OFFICE_MATTER = "office_matter"  # family of what the front desk does and the line does not
CANCEL, MOVE, BOOK = "appointment_cancel", "appointment_move", "appointment_book"
OF_VISITS = (BOOK, MOVE, CANCEL)
# What the front desk does: a message may be about it.
OFFICE = ("results", "billing_dispute", "legal", "other_record", OFFICE_MATTER)
ELSEWHERE = ("elsewhere", "instructions")  # boundaries for which no clinic has an answer, nor a nurse
NO_TASK = "other"  # of an utterance that is none of these and no wish
NO_WISH = "answer"  # family of what wants nothing of the line: greetings, and bare answers to what it asked

# Moves of every telephone conversation, whatever the clinic.
CONVERSATIONAL = {
    FAREWELL: (
        "goodbye", "bye bye", "thank you, bye", "that was all, thank you", "thanks, have a nice day", "okay, thanks, bye",
        "that's all I needed", "that is everything, goodbye",
    ),
    NOTHING_MORE: (
        "no, that's it", "no thank you", "nothing else", "no, that's all", "no I'm good", "nope, I'm fine with that",
    ),
    GREETING: ("hello", "hi there", "good morning", "hello, can you hear me", "yes hello", "hi, is this the clinic"),
}  # fmt: skip
OF_CONVERSATION_FROM = 0.6  # cosine to the nearest example of a conversational move for it to be one


@dataclass(frozen=True, slots=True)
class Best:
    """`family`: the kind that won; `task`: the key within it; `score`: its value and its lead over the next, halved."""

    task: str
    family: str
    score: float
    in_scope: bool


@dataclass(slots=True)
class _Family:
    in_scope: bool
    tasks: list[tuple[str, int, int]] = field(default_factory=list)  # key, first and end of its examples


class Intents:
    """One clinic's. Building it encodes every example once (2 ms each)."""

    def __init__(
        self,
        clinic: Clinic,
        limits: Sequence[Boundary],
        encode: Encode,
        written: Sequence[Wish] = (),
        answering: Replies | None = None,
    ) -> None:
        """`written`: ways of asking that come with the product; `answering`: of answering yes-or-no questions."""
        self._replies = answering
        self._families: dict[str, _Family] = {}
        self._tasks = frozenset(task.id for task in clinic.task)
        texts: list[str] = []
        meant: list[tuple[str, ...]] = []
        own: tuple[ApprovedAnswer | Task, ...] = (*clinic.answer, *clinic.task)
        for one in own:
            self._add(one.id, one.id, True, (one.title, *one.examples), texts, meant)
        for name, examples in CONVERSATIONAL.items():
            self._add(NO_WISH, name, True, examples, texts, meant)
        for limit in limits:
            self._add(limit.family, limit.id, False, limit.examples, texts, meant)
        for wish in written:
            # A wish that callers have and this clinic's line does not know is for a human.
            self._families.setdefault(wish.families[0], _Family(in_scope=False))
            texts.append(wish.text)
            meant.append(wish.families)
        self._names = list(self._families)
        wanted = np.zeros((len(texts), len(self._names)))
        for row, families in enumerate(meant):
            for place, name in enumerate(families[:2]):
                if name in self._families:
                    wanted[row, self._names.index(name)] = ALSO if place else 1.0
        self._lean = np.array([0.0 if self._families[name].in_scope else LEAN for name in self._names])
        self._likeness = Likeness(texts, wanted, encode)

    @classmethod
    def shipped(cls, clinic: Clinic, encode: Encode) -> Intents:
        """With all that comes with the product. `encode`: of the encoder that made its vectors, or thousands of lines are encoded anew."""
        return cls(clinic, boundaries(), encode, wishes.load(), Replies(replies.load(), encode))

    @classmethod
    def none(cls) -> Intents:
        """Without an encoder nothing is understood: every request goes to a human."""
        return cls(Clinic(name="--", spoken_number="---"), (), lambda texts: np.zeros((len(texts), 1), np.float32))

    def _add(
        self,
        family: str,
        task: str,
        in_scope: bool,
        examples: Sequence[str],
        texts: list[str],
        meant: list[tuple[str, ...]],
    ) -> None:
        tasks = self._families.setdefault(family, _Family(in_scope)).tasks
        tasks.append((task, len(texts), len(texts) + len(examples)))
        texts.extend(examples)
        meant.extend([(family,)] * len(examples))

    def classify(self, text: str) -> Intent:
        """An empty text is ("other", 0)."""
        if not text.split():
            return Intent(NO_TASK, 0.0, in_scope=True)
        best = self.best(text)
        replied = self._replies.read(text) if self._replies else Replied()
        return Intent(best.task, confidence(best.score), best.in_scope, replied)

    def best(self, text: str) -> Best:
        """Of the whole utterance; where that says little, of its surest clause: "this is Rosa, born in May, and I'd like an appointment".
        `text`: not empty."""
        whole = _LETTERS.sub(lambda said: said[0].replace("-", ""), " ".join(text.split()[-WORDS_MAX:]))
        whole = _KIDDING.sub("", whole)
        if _ABOUT_VISIT.fullmatch(whole):
            return Best(NO_TASK, NO_WISH, 0.0, in_scope=True)
        wished = _REFUSES_PERSON.sub("", whole)  # "don't put me through to nobody": no person is wished for
        surest = self._surest(wished or whole)
        if not wished:
            return Best(NO_TASK, NO_WISH, 0.0, in_scope=True) if surest.family == PERSON else surest
        if wished != whole and (surest.family == NO_WISH or surest.score < SURE_CLAUSE):
            return self._surest(whole)  # "I don't need a person, I need a nurse": nothing else is wished for
        if surest.task in OF_VISITS:
            wished, surest = self._wished_now(wished, surest)
        if CANCEL in self._tasks and (surest.task == MOVE or surest.family == NO_WISH) and ends_it(wished):
            return Best(CANCEL, CANCEL, max(surest.score, SURE_CLAUSE), in_scope=True)
        if (rest := NO_VISIT.sub(" ", wished)) != wished and len(rest.split()) >= CLAUSE_WORDS_MIN:
            # "I need no appointment, just tell them I have a new card"
            other = self._surest(rest)
            meant = other.family != NO_WISH and other.task not in OF_VISITS and other.score >= SURE_REST
            wished, surest = (rest, other) if meant or is_news(rest) else (wished, surest)
        if (turned := _TURN.split(wished)[-1].strip()) not in ("", wished) and surest.task in self._tasks:
            # "I need to move it, no, you know what, just cancel it": what was wished last.
            later = self._surest(turned, CLAUSE_WORDS_OF_A_TURN_MIN)
            of_visit = {surest.task, later.task} <= set(OF_VISITS)
            surest = later if of_visit and later.score >= SURE_TURN else surest
        if surest.task == BOOK and (stands := _STANDS.search(wished)):
            # Who has a visit books none: what they want with it is said in the rest.
            rest = f"{wished[: stands.start()]} {wished[stands.end() :]}".strip(" ,.;:")
            surest = self._surest(rest) if rest else Best(NO_TASK, NO_WISH, 0.0, in_scope=True)
            if surest.task in (BOOK, NO_TASK) and cannot_come(stands[0]):
                surest = Best(CANCEL, CANCEL, SURE_CLAUSE, in_scope=True)  # or to be moved: that is asked
        if surest.family in (*OF_VISITS, NO_WISH) and REFILL in self._tasks and _RUNS_LOW.search(wished):
            return Best(REFILL, REFILL, max(surest.score, SURE_CLAUSE), in_scope=True)
        if (
            MESSAGE in self._names
            and surest.family in (REFILL, BOOK, OFFICE_MATTER, NO_WISH)
            and is_news(wished, surest.task)
        ):
            return Best(MESSAGE, MESSAGE, max(surest.score, SURE_CLAUSE), in_scope=True)
        if MESSAGE in self._names and surest.in_scope and surest.task not in self._tasks and CONVEYS.search(wished):
            return replace(surest, task=MESSAGE, family=MESSAGE)  # "remind the nurse about a form" asks nothing
        return surest

    def _wished_now(self, said: str, surest: Best) -> tuple[str, Best]:
        """Without what is not wanted done to a visit, or was done before: "move it, but not cancel it"."""
        rest = NOT_WISHED.sub(" ", said)
        if rest != said:
            said = rest
            surest = self._surest(said) if _LETTER.search(said) else Best(NO_TASK, NO_WISH, 0.0, in_scope=True)
        now = _DONE_BEFORE.sub(" ", said)
        if now != said and _LETTER.search(now):
            later = self._surest(now)
            if later.task in OF_VISITS and later.score >= SURE_CLAUSE:
                return now, later
            if (
                surest.task == CANCEL and len(now.split()) >= CLAUSE_WORDS_MIN
            ):  # "I had to cancel mine, I need a new one"
                return now, Best(NO_TASK, NO_WISH, 0.0, in_scope=True)
        return said, surest

    def _surest(self, whole: str, words_min: int = CLAUSE_WORDS_MIN) -> Best:
        clauses = [clause for clause in _CLAUSE.split(whole) if len(clause.split()) >= words_min and clause != whole]
        texts = [whole, *clauses[-CLAUSES_MAX:]]
        found = self._nearest(texts)
        surest = max((one for one in found if one.family != NO_WISH), key=lambda one: one.score, default=found[0])
        if surest.in_scope and surest.task not in self._tasks and not asks(texts[found.index(surest)]):
            # "The cod don't keep office hours. Shift it along for me?" asks for no hours.
            requests = (one for one in found if one.task in self._tasks)
            request = max(requests, key=lambda one: one.score, default=surest)
            surest = request if request.score >= SURE_BESIDE else surest
        if surest.family == OFFICE_MATTER:
            # "A message for Doctor Amari: they never got my referral": what stands in a message the line need not know.
            carried = max((one for one in found if one.task == MESSAGE), key=lambda one: one.score, default=surest)
            surest = carried if carried.score >= SURE_CLAUSE else surest
        return surest if surest.score >= max(found[0].score, SURE_CLAUSE) else found[0]

    def _nearest(self, texts: Sequence[str]) -> list[Best]:
        values, alike = self._likeness.values(texts)
        return [self._best(each, near) for each, near in zip(values + self._lean, alike, strict=True)]

    def _best(self, values: NDArray[np.floating], near: NDArray[np.floating]) -> Best:
        """`values`: (families,); `near`: (examples,) cosines."""
        order = np.argsort(values)
        name = self._names[int(order[-1])]
        family = self._families[name]
        tasks = {key: float(near[first:end].max()) for key, first, end in family.tasks}
        task = max(tasks, key=tasks.__getitem__, default=name)
        if name == NO_WISH and tasks[task] < OF_CONVERSATION_FROM:
            task = NO_TASK
        best = float(values[order[-1]])
        lead = best - float(values[order[-2]]) if len(order) > 1 else 0.0
        return Best(task, name, (best + lead) / 2, family.in_scope)


def confidence(score: float) -> float:
    """0..1: how often an answer with such a score was right."""
    scores, right = _curve()
    return float(np.interp(score, scores, right))


@lru_cache(maxsize=1)
def _curve() -> tuple[tuple[float, ...], tuple[float, ...]]:
    raw = tomllib.loads((Path(__file__).parent / "confidence.toml").read_text(encoding="utf-8"))
    return tuple(point[0] for point in raw["curve"]), tuple(point[1] for point in raw["curve"])
