"""What the rest of the house needs of a language model: text in, text out, under a constraint and a deadline.

The model phrases, extracts and raises. It decides nothing: whoever calls this port must have an answer of their own ready
for when it fails, is late, or says what it must not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from triage.privacy.phi import Phi


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: Phi


@dataclass(frozen=True, slots=True)
class JsonSchema:
    schema: str  # a JSON document


@dataclass(frozen=True, slots=True)
class Regex:
    pattern: str


@dataclass(frozen=True, slots=True)
class Choices:
    choices: tuple[str, ...]


Constraint = JsonSchema | Regex | Choices


@dataclass(frozen=True, slots=True)
class Delta:
    text: Phi
    finished: bool = False
    finish_reason: str = ""
    mean_logprob: float = 0.0
    tokens: int = 0


class Model(Protocol):
    def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        constraint: Constraint | None = None,
        deadline_s: float,
    ) -> AsyncIterator[Delta]:
        """Streams what is generated. Raises EngineFailed when the worker is gone or `deadline_s` (seconds from the call)
        has passed; closing the iterator cancels the generation in the engine."""
        ...
