"""A language model that says what it was told to say: on time, late, never, or what it must not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from triage.errors import EngineFailed
from triage.language.ports import ChatMessage, Choices, Constraint, Delta
from triage.privacy.phi import Phi


@dataclass(frozen=True, slots=True)
class Says:
    text: str
    after_s: float = 0.0  # before the first word
    word_s: float = 0.0  # before each further word
    mean_logprob: float = -0.1
    finish_reason: str = "stop"


@dataclass(frozen=True, slots=True)
class Dies:
    """The worker goes away after so many words."""

    after_words: int = 0
    after_s: float = 0.0


Script = Says | Dies


@dataclass(frozen=True, slots=True)
class Asked:
    messages: tuple[ChatMessage, ...]
    max_tokens: int
    temperature: float
    constraint: Constraint | None
    deadline_s: float


class ScriptedModel:
    """Implements triage.language.ports.Model. Replies come off a queue; when it is empty, `otherwise` is used.

    `asked` holds every request, `cancelled` counts generations that were closed before they ended.
    """

    def __init__(self, *replies: Script | str, otherwise: Script | None = None) -> None:
        self.replies: deque[Script] = deque(Says(r) if isinstance(r, str) else r for r in replies)
        self.otherwise = otherwise if otherwise is not None else Dies()
        self.asked: list[Asked] = []
        self.cancelled = 0

    async def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        constraint: Constraint | None = None,
        deadline_s: float,
    ) -> AsyncIterator[Delta]:
        self.asked.append(Asked(tuple(messages), max_tokens, temperature, constraint, deadline_s))
        reply = self.replies.popleft() if self.replies else self.otherwise
        if isinstance(reply, Says) and isinstance(constraint, Choices) and reply.text not in constraint.choices:
            raise AssertionError("the script answers what the constraint does not allow")
        try:
            async with asyncio.timeout(deadline_s):
                match reply:
                    case Dies(after_words, after_s):
                        await asyncio.sleep(after_s)
                        for _ in range(after_words):
                            yield Delta(Phi("word "))
                        raise EngineFailed("The language worker is gone.")
                    case Says():
                        async for delta in _words(reply):
                            yield delta
        except TimeoutError:
            raise EngineFailed("The language worker is late.") from None
        except GeneratorExit:
            self.cancelled += 1
            raise


async def _words(reply: Says) -> AsyncIterator[Delta]:
    await asyncio.sleep(reply.after_s)
    words = reply.text.split(" ")
    for count, word in enumerate(words, start=1):
        if count > 1:
            await asyncio.sleep(reply.word_s)
        last = count == len(words)
        text = Phi(word if last else word + " ")
        yield Delta(
            text,
            finished=last,
            finish_reason=reply.finish_reason if last else "",
            mean_logprob=reply.mean_logprob if last else 0.0,
            tokens=count,
        )
