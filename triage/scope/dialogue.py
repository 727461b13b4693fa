"""The line's side of a conversation inside its tasks: answers from approved wording, requests filled in step by step.

Told what was heard and what it probably means; returns the one next move. It never answers what is not written down, asks
each thing at most twice, and hands over when it gets nowhere.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from typing import Final

from triage.privacy.phi import NOTHING, Phi
from triage.scope import corrections, wording
from triage.scope.answers import (
    DROP_WORDS_MAX,
    agreed,
    agrees,
    asks,
    asks_again,
    drops,
    ends,
    is_present,
    lets_go_on,
    only_drops,
    relayed,
)
from triage.scope.beyond import Asked, is_only_told, is_remark, sure_from
from triage.scope.clinic import ApprovedAnswer, Clinic, Need, Task
from triage.scope.days.dates import Parts, parts
from triage.scope.entities import find, own_number
from triage.scope.intents import (
    CANCEL,
    ELSEWHERE,
    FAREWELL,
    GREETING,
    MESSAGE,
    MOVE,
    NO_TASK,
    NOTHING_MORE,
    OF_VISITS,
    PERSON,
    REFILL,
)
from triage.scope.moves import Clarify, Expects, Fact, Farewell, Hand, Intent, Move, Reply, Request
from triage.scope.names import lacks_first, last_name_alone, only_name, with_first
from triage.scope.news import is_news
from triage.scope.refusals import refuses
from triage.scope.visits import cancels_all, chosen, gives_up, leaves_open, only_cancels, turned

CONFIDENT = 0.45  # below it the line asks once what was meant, then hands over; calibrated confidence, 0..1
ASKS_MAX = 2  # of the same question
TURNS_WITHOUT_FACT_MAX = 3
SURE_OTHER = 0.8  # of another wish in the middle of a task
CALL_WORDS_MAX = 2  # of what is called out before anything is wished
UNANSWERED_WORDS_MIN = 4  # a shorter answer hides nothing
BIRTHDAY_WORDS_MAX = 8  # of an answer that is a birthday, or part of one
FIGURES_OF_A_BIRTHDAY = 8  # month, day and year, as they are keyed in
REPEATED_WORDS_MIN = 3  # shorter answers are rightly given twice
_PUNCTUATION: Final = str.maketrans("", "", ".,!?;:")
_RUN: Final = re.compile(r"(\W)\1{3,}")  # of one mark over and over


class Dialogue:
    """One caller's conversation. `hear` is called once an utterance, in order."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self.caller_number = NOTHING  # as the telephone says; set when the call comes in
        self._answers = {answer.id: answer for answer in clinic.answer}
        self._tasks = {task.id: task for task in clinic.task}
        self._task: Task | None = None
        self._facts: dict[Need, Fact] = {}
        self._asking: Need | None = None
        self._asked: dict[str, int] = {}
        self._confirming = False
        self._changing = False
        self._finishing = False  # the line has asked whether there is anything else
        self._choosing = ""  # of a caller who only said that they cannot come, what they said
        self._clarified = False
        self._idle_turns = 0
        self._heard: list[frozenset[str]] = []  # what was said so far, as sets of words
        self._begun = ""  # of an answer in two breaths: "May third" … "nineteen fifty-one"

    def copy(self) -> Dialogue:
        """As it stands: to go back to when the caller had not finished."""
        twin = copy(self)
        twin._facts, twin._asked, twin._heard = dict(self._facts), dict(self._asked), list(self._heard)
        return twin

    @property
    def likely_words(self) -> tuple[str, ...]:
        """For the recogniser: names that the answer to what was just asked may hold, only then, because told them always it hears
        the rest worse; and the question, where that was measured to help (models/cards/whisper-base.md)."""
        own = [fact.value.reveal() for fact in self._facts.values() if fact.kind in ("name", "medicine")]
        clinic: dict[Need | None, tuple[str, ...]] = {"medicine": self._clinic.medicines, "message": self._clinic.staff}
        if self._confirming or self._finishing:
            return (*own, wording.IS_THAT_RIGHT) if self._confirming else (wording.WHAT_ELSE,)
        asked = wording.QUESTIONS[self._asking][0:1] if self._asking in ("date", "appointment") else ()
        return (*own, *clinic.get(self._asking, ()), *asked) if self._asking or self._changing else ()

    def unanswered(self, text: str, intent: Intent) -> str:
        """The question that was asked and that no rule finds an answer to in `text`, or ""."""
        need = self._asking
        if (
            need is None
            or need in ("message", "callback_number")
            or self._confirming
            or len(text.split()) < UNANSWERED_WORDS_MIN
        ):
            return ""
        if intent.confidence >= SURE_OTHER or drops(text) or find(need, text, asked=True):
            return ""
        return wording.QUESTIONS[need][0]

    @property
    def awaits(self) -> bool:
        """The line has asked for something in particular."""
        return self._asked_now.anything

    @property
    def _asked_now(self) -> Asked:
        return Asked(self._asking, self._confirming, self._changing, self._finishing, bool(self._choosing))

    def confirms_still(self, text: str, intent: Intent) -> bool:
        """Whether what was said before anybody can have heard that the request is written down belongs to its read-back: another yes, or
        a word to somebody in the room."""
        wishes = intent.confidence >= CONFIDENT and (intent.task in self._tasks or intent.task in self._answers)
        if not self._finishing or wishes or asks(text):
            return False
        return agreed(text, intent.replied.confirm) is True or intent.task in ELSEWHERE

    @property
    def wants_figures(self) -> bool:
        """The last question is one that a telephone's keys can answer."""
        return self._asking in ("date_of_birth", "callback_number") and not self._confirming

    @property
    def figures(self) -> int:
        """How many there are in what was asked for; 0: any number."""
        return FIGURES_OF_A_BIRTHDAY if self._asking == "date_of_birth" else 0

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts.values())

    def hear(self, text: str, intent: Intent) -> Move:
        """`text`: one final utterance, not empty."""
        text = " ".join(_RUN.sub(r"\1\1\1", text).split())
        text = relayed(text) if self._finishing else text
        hears = intent.in_scope or asks_again(text)  # who only did not hear is told once more
        if not hears and intent.confidence >= sure_from(text, intent, self._asked_now):
            remark = is_only_told(text, intent) or (len(text.split()) <= CALL_WORDS_MAX and intent.task != PERSON)
            if remark and not self.awaits and not self._clarified:
                return self._unsure()  # "ahoy there", "I've won a week in Portugal": the wish is still to come
            return Hand("out_of_scope", intent.task)
        if self._repeats(text, intent):
            return Hand("no_progress", "repeats")
        if self._confirming:
            return self._heard_confirmation(text, intent)
        known = len(self._facts)
        if self._task and (self._asking or self._changing):
            move = self._heard_for_task(text, intent, self._task)
        else:
            move = self._heard_freely(text, intent)
        self._idle_turns = 0 if len(self._facts) > known or not isinstance(move, Clarify) else self._idle_turns + 1
        if self._idle_turns >= TURNS_WITHOUT_FACT_MAX:
            return Hand("no_progress", "turns_without_fact")
        return move

    def _repeats(self, text: str, intent: Intent) -> bool:
        """The caller says again what was answered: the answer did not help. A repetition that the line asked for is none."""
        words = frozenset(text.lower().translate(_PUNCTUATION).split())
        again = len(words) >= REPEATED_WORDS_MIN and not self._clarified and words in self._heard
        again = again and not is_present(text)  # the line has asked whether they are there
        again = again and not (
            self._confirming and agreed(text, intent.replied.confirm) is True
        )  # to another read-back
        self._heard.append(words)
        return again

    def _heard_freely(self, text: str, intent: Intent) -> Move:
        if self._choosing and (choice := self._heard_choice(text, intent)):
            return choice
        if asks_again(text) and not self._finishing:
            return self._ask_once("purpose", wording.HOW_HELP, "what the call is about")
        if self._finishing:
            wishes = intent.task in self._tasks and intent.confidence >= CONFIDENT
            parting = intent.task in (FAREWELL, NOTHING_MORE)
            known = intent.in_scope or intent.task in ELSEWHERE or is_remark(text, intent)
            likely = intent.replied.more if known else ""
            if ends(text, wishes=wishes, parts=parting, likely=likely):
                return Farewell(Phi(wording.GOODBYE))
        if intent.confidence < CONFIDENT or intent.task in ELSEWHERE:
            if self._finishing and (agrees(text) is True or intent.replied.more == "yes"):
                self._finishing = False
                return Reply(Phi(wording.HOW_HELP), asked="what the call is about")
            return self._unsure()
        if intent.task == NO_TASK:
            return self._unsure()
        if intent.task in self._tasks and only_drops(text):
            return self._drop()
        if intent.task == FAREWELL:
            return Farewell(Phi(wording.GOODBYE))
        if intent.task in (GREETING, NOTHING_MORE):
            return self._ask_once("purpose", wording.HOW_HELP, "what the call is about")
        self._clarified = False
        if answer := self._answers.get(intent.task):
            return self._give(answer)
        if intent.task in (MOVE, CANCEL) and {MOVE, CANCEL} <= self._tasks.keys() and leaves_open(text):
            self._choosing, self._finishing = text, False
            return self._ask_once("choice", wording.MOVE_OR_CANCEL, "whether to move or to cancel")
        if task := self._tasks.get(intent.task):
            self._task, self._finishing = task, False
            self._collect(text, asked=None)
            return self._next_for_task(task)
        return Hand("out_of_scope", intent.task)

    def _heard_choice(self, text: str, intent: Intent) -> Move | None:
        """Asked whether to move the visit or to cancel it; None when neither is said."""
        told, self._choosing = self._choosing, ""
        if len(text.split()) <= DROP_WORDS_MAX and drops(text):
            return self._drop()
        wish, said, is_day = chosen(text, intent, told, CONFIDENT)
        if (task := self._tasks.get(wish)) is None:
            return None
        self._task = task
        self._collect(told, asked=None)
        self._collect(said, asked="date" if is_day else None)
        return self._next_for_task(task)

    def _give(self, answer: ApprovedAnswer) -> Move:
        self._finishing = True
        return Reply(Phi(f"{answer.wording} {wording.WHAT_ELSE}"), answered=answer.title, expects="yes_no")

    def _unsure(self) -> Move:
        if self._clarified:
            return Hand("low_confidence", "intent")
        self._clarified = True
        return Clarify(Phi(wording.WHAT_MEANT))

    def _collect(self, text: str, *, asked: Need | None, only: Need | None = None) -> None:
        if asked == "message":
            needs: tuple[Need, ...] = ("message",)  # whatever stands in it is part of it
        else:
            needs = self._task.needs if self._task else ()
        if asked == "date_of_birth":  # a birthday is no day that anybody wishes for
            needs = tuple(need for need in needs if need not in ("date", "appointment"))
        for need in needs if only is None else (only,):
            known = self._facts[need].value.reveal() if need in self._facts else ""
            if need == "callback_number" and (
                own := own_number(text, self.caller_number.reveal(), asked=asked == need)
            ):
                self._facts[need] = own
                continue
            amends = bool(known) and self._changing
            if not (need == asked or not known or amends):
                continue
            moving = self._task is not None and self._task.id == MOVE
            fact = find(need, text, asked=need == asked, known=known, listed=self._clinic.medicines, moving=moving)
            if fact and need == "medicine" and amends and self._is_the_name(fact):
                continue  # "it's Moyle, not Doyle"
            if fact is None and need == "name" == asked and len(known.split()) == 1 and not lacks_first(known):
                fact = last_name_alone(text) if wording.LAST_NAME in self._asked else None
            if fact and need == "name" and lacks_first(known) and not amends:
                fact = replace(fact, value=Phi(with_first(known, fact.value.reveal())))
            elif fact and need == "name" and known:
                renamed = corrections.corrected_name if amends else corrections.with_last_name
                fact = renamed(known, fact, text)
            if fact and need == "message" and known:
                fact = corrections.corrected_message(known, fact)
            if fact:
                self._facts[need] = fact
                if amends and need == "date_of_birth":
                    text = corrections.without_dates(text)

    def _is_the_name(self, fact: Fact) -> bool:
        name = self._facts["name"].value.reveal().lower().split() if "name" in self._facts else []
        return set(fact.value.reveal().lower().split()) <= set(name)

    def _heard_for_task(self, text: str, intent: Intent, task: Task) -> Move:
        asking, before = self._asking, dict(self._facts)
        if asks_again(text) or is_present(text) or lets_go_on(text):
            return self._once_more(task)
        if asking != "message" and len(text.split()) <= DROP_WORDS_MAX and drops(text):
            return self._drop()
        if asking != "message" and task.id not in OF_VISITS and cancels_all(text):
            return self._drop()
        if asking == "date" and task.id == MOVE and CANCEL in self._tasks and only_cancels(text):
            return self._turn_to(self._tasks[CANCEL], text)  # "the one on March twenty, please cancel it"
        news = task.id == REFILL and "medicine" not in before and is_news(text, REFILL)
        if asking != "message" and (news or refuses(text, task.id)):
            return self._turn_from(text, intent, task)
        named = asking == "name" and not asks(text)  # "Park. Sung-ho Park" asks nothing
        question = intent.task in self._answers and asking and not find(asking, text, asked=named)
        if question and (asking != "message" or asks(text)) and (other := self._heard_beside(text, intent, task)):
            return other  # "what time do you close today" wishes for no day
        if not (self._changing and self._change_named(text, task)):
            begun = "" if asking != "date_of_birth" or parts(text).whole else self._begun
            self._collect(f"{begun} {text}".strip(), asked=asking)
        if before == self._facts and (other := self._heard_beside(text, intent, task)):
            return other
        if asking == "date_of_birth" and "date_of_birth" not in self._facts and parts(text) != Parts():
            self._begun = text
        self._asking, self._changing = None, False
        return self._next_for_task(task)

    def _once_more(self, task: Task) -> Move:
        """The last question again, also the one for half of a name."""
        known = self._facts["name"].value.reveal() if "name" in self._facts else ""
        half = wording.FIRST_NAME if lacks_first(known) else wording.LAST_NAME if len(known.split()) == 1 else ""
        if self._asking == "name" and half in self._asked:
            return self._ask_once(half, half, "first name" if half == wording.FIRST_NAME else "last name")
        return self._next_for_task(task)

    def _change_named(self, text: str, task: Task) -> bool:
        """Whether the caller has named what is wrong, and what it should be."""
        before = dict(self._facts)
        message = before.get("message") if self._confirming else None
        need, given = corrections.change_named(text, task.needs, message)
        if need and given:
            self._collect(given, asked=need)
        if before == self._facts and not self._confirming:
            self._name_anew(only_name(text), task)
        return before != self._facts

    def _name_anew(self, name: str, task: Task) -> None:
        """Asked what to change: a mere name is the right one. One word does not tell in whose place it stands: the name is asked for."""
        if not name or "name" not in self._facts:
            return
        words = set(name.lower().split())
        known = set(self._facts["name"].value.reveal().lower().split())
        if "medicine" in task.needs and not words & known:
            return  # it may be a medicine's
        if len(words) > 1:
            self._facts["name"] = Fact("name", Phi(name), 0.6)
        elif not words <= known:
            del self._facts["name"]

    def _heard_beside(self, text: str, intent: Intent, task: Task) -> Move | None:
        """No answer to what was asked: a question of the caller's own, or another wish."""
        if intent.confidence < SURE_OTHER or not intent.in_scope:
            return None
        if self._asking == "date_of_birth" and len(text.split()) <= BIRTHDAY_WORDS_MAX and parts(text) != Parts():
            return None  # part of a birthday, however much it is like another wish
        if (answer := self._answers.get(intent.task)) and self._asking:
            question, expects = wording.QUESTIONS[self._asking]
            return Reply(Phi(f"{answer.wording} {question}"), answered=answer.title, expects=expects)
        if (wish := self._tasks.get(intent.task)) and wish.id != task.id:
            return self._turn_to(wish, text)
        return None

    def _drop(self) -> Move:
        self._finish_task()
        return Reply(Phi(f"{wording.DROPPED} {wording.WHAT_ELSE}"), expects="yes_no")

    def _finish_task(self) -> None:
        """What is known of the caller stays known."""
        self._finishing = True
        self._task, self._asking, self._begun = None, None, ""
        self._asked = {
            key: count for key, count in self._asked.items() if key in (wording.LAST_NAME, wording.FIRST_NAME)
        }
        self._confirming = self._changing = False
        self._facts = {
            need: fact for need, fact in self._facts.items() if need in ("name", "date_of_birth", "callback_number")
        }

    def _next_for_task(self, task: Task) -> Move:
        for need in task.needs:
            if need not in self._facts:
                self._asking = need
                question, expects = wording.QUESTIONS[need]
                if need == "callback_number" and self.caller_number and wording.SAME_NUMBER not in self._asked:
                    return self._ask_once(wording.SAME_NUMBER, wording.SAME_NUMBER, "callback number", "yes_no")
                return self._ask_once(need, question, need.replace("_", " "), expects)
            if (
                need == "name"
                and wording.FIRST_NAME not in self._asked
                and lacks_first(self._facts[need].value.reveal())
            ):
                self._asking, self._confirming = need, False
                return self._ask_once(wording.FIRST_NAME, wording.FIRST_NAME, "first name")
            if need == "name" and wording.LAST_NAME not in self._asked and len(self._facts[need].value.split()) == 1:
                self._asking, self._confirming = need, False
                return self._ask_once(wording.LAST_NAME, wording.LAST_NAME, "last name")
        self._confirming = True
        return self._read_back(task)

    def _read_back(self, task: Task) -> Reply:
        return corrections.read_back(task.needs, self._facts, wording.WANTED.get(task.id, ""))

    def _heard_confirmation(self, text: str, intent: Intent) -> Move:
        task = self._task
        if task is None:
            return self._unsure()
        if drops(text):
            return self._drop()
        if is_present(text):  # "yes, I'm still here" is no yes to what was read back
            return self._again("confirm", self._read_back(task))
        answer = agreed(text, intent.replied.confirm)
        other_one = corrections.said_with_yes(text, task.needs, self._facts) if answer is not False else None
        answer = None if other_one else answer
        if answer is None and corrections.restates(text, task.needs, self._facts):
            answer = True
        match turned(task.id, text, answer):
            case "again":
                return self._again("confirm", self._read_back(task))
            case "cancel" if CANCEL in self._tasks:
                return self._turn_to(self._tasks[CANCEL], text)
            case "move" if MOVE in self._tasks:
                return self._turn_to(self._tasks[MOVE], text)
            case "move" | "drop":
                return self._drop()
        before = dict(self._facts)
        if answer is not True or corrections.corrects(text):
            self._changing = True
            for need, given in corrections.several(text, task.needs, self._facts):
                self._collect(given, asked=need, only=need)
            if before == self._facts:
                meant = corrections.refused(text, task.needs, self._facts) or other_one
                self._collect(text, asked=meant or corrections.lone_day(text, task.needs), only=meant)
            if before == self._facts:
                self._change_named(text, task)
            self._changing = False
        if before != self._facts:
            return self._next_for_task(task)
        of_visits = (
            task.id in OF_VISITS and intent.task in OF_VISITS
        )  # how a visit's day is corrected sounds like moving it
        if answer is not True and not of_visits and (other := self._heard_beside(text, intent, task)):
            self._confirming = False
            return other
        wrong = corrections.corrects(text) or corrections.complains(text) or intent.replied.confirm == "change"
        if answer is None and not wrong:
            # Said to the dog, or not heard.
            return self._again("confirm", self._read_back(task))
        self._confirming = False
        # A yes that takes something back, and nobody knows what: asked, unless the whole of it is like a yes.
        if answer is True and (not corrections.limits(text) or intent.replied.confirm == "yes"):
            facts = tuple(replace(self._facts[need], confirmed=True) for need in task.needs)
            self._finish_task()
            return Request(task.id, facts, Phi(f"{task.done} {wording.WHAT_ELSE}"), answered=task.title)
        self._changing = True
        return self._ask_once("change", wording.WHAT_TO_CHANGE, "what to change")

    def _turn_to(self, task: Task, text: str) -> Move:
        """Another wish in place of the one that was begun; who is calling stays known. The day of the visit that was to be moved is asked."""
        self._task, self._asking, self._confirming, self._changing = task, None, False, False
        self._collect(text, asked=None)
        return self._next_for_task(task)

    def _turn_from(self, text: str, intent: Intent, task: Task) -> Move:
        """What was begun is not what the caller wants: "no appointment, just the refill". Which visit to move or cancel it hardly is."""
        wish = self._tasks.get(intent.task if intent.confidence >= CONFIDENT else "")
        if task.id == MOVE and CANCEL in self._tasks and gives_up(text):
            return self._turn_to(self._tasks[CANCEL], text)
        if wish and wish.id != task.id and not {wish.id, task.id} <= set(OF_VISITS):
            return self._turn_to(wish, text)
        if MESSAGE in self._tasks and is_news(text, task.id):
            return self._turn_to(self._tasks[MESSAGE], text)
        self._task, self._asking, self._changing = None, None, False
        return self._unsure()

    def _again(self, key: str, reply: Reply) -> Move:
        self._asked[key] = self._asked.get(key, 0) + 1
        return Hand("no_progress", "same_question") if self._asked[key] > ASKS_MAX else reply

    def _ask_once(self, key: str, question: str, asked: str, expects: Expects = "free") -> Move:
        return self._again(key, Reply(Phi(question), asked=asked, expects=expects))
