"""triage.v1.LanguageModel over an engine: limits, streaming, cancellation. Knows no vLLM.

No text of a request or an answer leaves this module except to the engine and to the client: not into logs, not into error
details.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import grpc
from google.protobuf.message import Message

from triage.errors import EngineFailed, UsageError
from triage.language.ports import ChatMessage, Choices, Constraint, Delta, JsonSchema, Regex
from triage.privacy.phi import Phi
from triage.v1 import language_pb2 as pb
from triage.v1 import language_pb2_grpc as pb_grpc

# Limits of one request, and why.
TOKENS_MAX = 512  # tokens to generate: eight seconds on the smallest machine, far longer than a spoken turn
MESSAGES_MAX = 32  # messages: a prompt's instruction, examples and a few turns
MESSAGE_CHARACTERS_MAX = 16_384  # characters: about the whole context
SCHEMA_CHARACTERS_MAX = 8_192  # characters of a JSON schema: compiling a grammar costs seconds
REGEX_CHARACTERS_MAX = 512  # characters of a regular expression, likewise
CHOICES_MAX = 64  # choices, likewise
CHOICE_CHARACTERS_MAX = 200  # characters of a choice
TEMPERATURE_MAX = 2.0  # above it there is noise only
REQUESTS_AT_ONCE_MAX = 16  # requests: two for each of the eight calls that the core takes at once by default
MESSAGE_BYTES_MAX = 1 << 20  # bytes of a gRPC message


class Engine(Protocol):
    def tokens(self, messages: Sequence[ChatMessage], max_tokens: int) -> list[int]: ...

    def generate(
        self, tokens: list[int], *, max_tokens: int, temperature: float, constraint: Constraint | None, seed: int | None
    ) -> AsyncIterator[Delta]: ...


class LanguageModelService(pb_grpc.LanguageModelServicer):
    def __init__(self, engine: Engine, *, model: str, engine_name: str) -> None:
        """`model` is what Describe answers: manifest role and digest, never a path."""
        self._engine = engine
        self._description = pb.DescribeResponse(model=model, engine=engine_name, decides=False)
        self._running = 0

    async def Describe(self, request: pb.DescribeRequest, context: Any) -> pb.DescribeResponse:
        return self._description

    async def Generate(self, request: pb.GenerateRequest, context: Any) -> AsyncIterator[Message]:
        """Streams deltas. Cancelling the RPC, or its deadline, cancels the generation in the engine.

        INVALID_ARGUMENT: beyond a limit, or a constraint that cannot be followed. RESOURCE_EXHAUSTED: too many at once.
        UNAVAILABLE: the engine is dead."""
        if self._running >= REQUESTS_AT_ONCE_MAX:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many requests at once")
        self._running += 1
        try:
            async with aclosing(self._generate(request)) as deltas:  # type: ignore[type-var]
                async for delta in deltas:
                    yield _response(delta)
        except UsageError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.message)
        except EngineFailed as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, error.message)
        except grpc.aio.AbortError:
            raise
        except Exception:
            # The border of an RPC. The details could hold the prompt; the client falls back to the approved wording.
            await context.abort(grpc.StatusCode.INTERNAL, "the engine failed on this request")
        finally:
            self._running -= 1

    def _generate(self, request: pb.GenerateRequest) -> AsyncIterator[Delta]:
        messages = _messages(request)
        constraint = _constraint(request)
        if not 0 < request.max_tokens <= TOKENS_MAX:
            raise UsageError("max_tokens is out of range.")
        if not 0 <= request.temperature <= TEMPERATURE_MAX:
            raise UsageError("temperature is out of range.")
        return self._engine.generate(
            self._engine.tokens(messages, request.max_tokens),
            max_tokens=request.max_tokens,
            temperature=request.temperature,
            constraint=constraint,
            seed=request.seed % 2**63 if request.seed else None,
        )


def _messages(request: pb.GenerateRequest) -> list[ChatMessage]:
    if not 0 < len(request.messages) <= MESSAGES_MAX:
        raise UsageError("The number of messages is out of range.")
    messages = []
    for message in request.messages:
        if len(message.content) > MESSAGE_CHARACTERS_MAX:
            raise UsageError("A message is too long.")
        match message.role:
            case "system" | "user" | "assistant" as role:
                messages.append(ChatMessage(role, Phi(message.content)))
            case _:
                raise UsageError("A message has an unknown role.")
    return messages


def _constraint(request: pb.GenerateRequest) -> Constraint | None:
    match request.WhichOneof("constraint"):
        case "json_schema":
            if not 0 < len(request.json_schema) <= SCHEMA_CHARACTERS_MAX:
                raise UsageError("The JSON schema is too long or empty.")
            return JsonSchema(request.json_schema)
        case "regex":
            if not 0 < len(request.regex) <= REGEX_CHARACTERS_MAX:
                raise UsageError("The regular expression is too long or empty.")
            return Regex(request.regex)
        case "choices":
            choices = tuple(request.choices.choice)
            if not 0 < len(choices) <= CHOICES_MAX or not all(0 < len(c) <= CHOICE_CHARACTERS_MAX for c in choices):
                raise UsageError("The choices are too many, too long or empty.")
            return Choices(choices)
        case _:
            return None


def _response(delta: Delta) -> pb.GenerateResponse:
    return pb.GenerateResponse(
        text=delta.text.reveal(),
        finished=delta.finished,
        finish_reason=delta.finish_reason,
        mean_logprob=delta.mean_logprob,
        tokens=delta.tokens,
    )
