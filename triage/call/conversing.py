"""The ordinary conversation of a call: an answer in two breaths, the soft question, and what the dialogue wants said or written. Part of
the session (triage/call/session.py), without I/O like all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from triage.call.breath import Breath, joined, understood
from triage.call.escalating import Escalating
from triage.call.happenings import (
    AskExtract,
    AskJudge,
    AskPhrase,
    AskUnderstand,
    Expect,
    HeardFinal,
    Judged,
    Understood,
    WriteRequest,
)
from triage.call.memory import UNINTELLIGIBLE, UNINTELLIGIBLE_MAX, Phase
from triage.distress.classifier import Classification
from triage.escalation.levels import Level
from triage.escalation.triggers import TriggerHit
from triage.privacy.phi import Phi
from triage.scope.answers import agrees, asks_again, untroubled
from triage.scope.dialogue import SURE_OTHER
from triage.scope.intents import ELSEWHERE, FAREWELL, GREETING, NO_TASK, NOTHING_MORE
from triage.scope.moves import Clarify, Expects, Farewell, Hand, Intent, Reply, Request


class Conversing(Escalating):
    def _expect(self, expects: Expects) -> None:
        self._asks.append(Expect(expects, tuple(Phi(word) for word in self.dialogue.likely_words)))

    def _continue(self, before: Breath, heard: HeardFinal) -> None:
        """The caller had not finished: as if nothing had been answered."""
        self.dialogue, self._soft_question = before.dialogue, before.soft_question
        self._unintelligible = before.unintelligible
        del self.asked[before.asked :], self.answered[before.answered :]
        whole = joined(before.heard, heard)
        self._breath = replace(before, heard=whole, dialogue=before.dialogue.copy())
        self._reply += 1
        self._asks.append(AskUnderstand(self._reply, whole))

    def _on_understood(self, whole: Understood, now: float) -> None:
        """What shows only in the whole counts like any other finding; what one half showed is not taken back."""
        heard = whole.heard
        if found := self.watch.final(heard.classification, heard.text, at_s=heard.end_s):
            self._escalate_found(found, now)
        elif whole.reply == self._reply and self.phase is Phase.TALKING:
            self._let_go()
            self._answer(understood(self._breath.heard, heard) if self._breath else heard, now)

    def _answer(self, heard: HeardFinal, now: float) -> None:
        self._breath = Breath(
            heard, self.dialogue.copy(), self._soft_question, self._unintelligible, len(self.asked), len(self.answered)
        )
        self._converse(heard, now)

    def _converse(self, heard: HeardFinal, now: float) -> None:
        self._reply += 1
        if (before := self._soft_question) is not None:
            if hit := self._soft_answer(before, heard, now):
                if heard.classification.look or agrees(heard.text.reveal()) is True:
                    return self._escalate([hit], now)
                return self._hold(hit, heard.text.reveal(), now)  # "Me?" ... "No, I'm happy as a clam"
            self._soft_question = None
            if heard.intent.task in (GREETING, NOTHING_MORE, FAREWELL, NO_TASK) or heard.intent.confidence < SURE_OTHER:
                return self._move(before.text, before.intent, now)
        if heard.confidence < UNINTELLIGIBLE:
            self._unintelligible += 1
            if self._unintelligible >= UNINTELLIGIBLE_MAX:
                return self._escalate([self._hit("low_confidence", heard.text, now, reason="not_understood")], now)
            return self._fixed("clarify", now)
        looks = heard.classification.look and not heard.classification.act
        if heard.classification.level is Level.STATE and asks_again(heard.text.reveal()):
            looks = False  # whoever did not hear is not confused; the near miss is written down all the same
        if looks and heard.classification.level is not Level.SCOPE:
            # Something is there, but not enough to interrupt: one soft question, and the answer decides towards a human.
            # The judge is asked meanwhile; it can only raise.
            self._soft_question = heard
            self._asks.append(AskJudge(heard.text, heard.classification.level))
            self._expect("yes_no")
            return self._fixed("soft_question", now)
        question = self.dialogue.unanswered(heard.text.reveal(), heard.intent)
        if question and "language" not in self._down:
            self._asks.append(AskExtract(self._reply, question, heard))
            return None
        return self._move(heard.text, heard.intent, now)

    def _note_near_miss(self, seen: Classification) -> None:
        """What stayed under the threshold is written down: thresholds are reviewed on these."""
        if seen.look and not seen.act:
            self._mark(
                "near_threshold", level=seen.level.word, category=seen.category, score=round(seen.score, 3),
                version=seen.version,
            )  # fmt: skip

    def _on_judged(self, judged: Judged, now: float) -> None:
        """The second look: it raises, or changes nothing. Late is as good as in time, as long as the call lasts."""
        level = max(Level.CLINICAL, judged.level)
        if judged.urgent and level > self.level:
            self._escalate([self._hit("distress", judged.text, now, level=level, reason="second_look")], now)

    def _soft_answer(self, before: HeardFinal, heard: HeardFinal, now: float) -> TriggerHit | None:
        if untroubled(heard.text.reveal(), heard.intent.replied.soft) and not heard.classification.look:
            return None
        quote = Phi(f"{before.text.reveal()} / {heard.text.reveal()}")
        level = max(Level.CLINICAL, heard.classification.level)
        return self._hit(
            "distress", quote, now, level=level, confidence=heard.classification.score, reason="soft_question"
        )

    def _move(self, text: Phi, intent: Intent, now: float) -> None:
        move = self.dialogue.hear(text.reveal(), intent)
        match move:
            case Reply(wording, asked, answered, expects, phrase):
                self.asked.extend([asked] if asked else [])
                self.answered.extend([answered] if answered else [])
                self._expect(expects)
                if phrase and "language" not in self._down:
                    self._asks.append(AskPhrase(self._reply, wording, text))
                else:
                    self._say(wording, now)
            case Clarify(wording, expects):
                self._expect(expects)
                self._say(wording, now)
            case Request(answered=answered):
                self._breath = None  # being written down: what comes now is something else
                self.answered.append(answered)
                self._asks.append(WriteRequest(move))
            case Farewell(wording):
                self._leave(wording, now)
            case Hand(trigger, reason):
                hit = self._hit(trigger, text, now, confidence=intent.confidence, reason=reason)
                if trigger == "out_of_scope" and reason not in ELSEWHERE:
                    self._escalate([hit], now)  # whatever is wished next, this was a wish for a human
                else:
                    self._hold(hit, text.reveal(), now)
            case _:
                assert_never(move)
