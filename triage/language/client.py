"""The language worker, seen from the core: triage.language.ports.Model over its Unix socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from triage.errors import EngineFailed
from triage.language.ports import ChatMessage, Choices, Constraint, Delta, JsonSchema, Regex
from triage.privacy.phi import Phi
from triage.v1 import language_pb2 as pb
from triage.v1 import language_pb2_grpc as pb_grpc

MESSAGE_BYTES_MAX = 1 << 20  # bytes of a gRPC message, as in the worker
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    # A worker that was restarted must be found again within a turn of the conversation.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


@dataclass(frozen=True, slots=True)
class Description:
    model: str
    engine: str
    decides: bool


class LanguageClient:
    """Use from one event loop; `address` as in Settings.socket("language"). Close it, or leave its context."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
        self._stub: Any = pb_grpc.LanguageModelStub(self._channel)

    async def __aenter__(self) -> LanguageClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._channel.close()

    async def describe(self, *, deadline_s: float) -> Description:
        """Raises EngineFailed."""
        try:
            answer = await self._stub.Describe(pb.DescribeRequest(), timeout=deadline_s)
        except grpc.aio.AioRpcError as error:
            raise _failure(error) from None
        return Description(answer.model, answer.engine, answer.decides)

    async def generate(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        constraint: Constraint | None = None,
        deadline_s: float,
    ) -> AsyncIterator[Delta]:
        """As triage.language.ports.Model.generate."""
        call = self._stub.Generate(_request(messages, max_tokens, temperature, constraint), timeout=deadline_s)
        finished = False
        try:
            async for response in call:
                finished = response.finished
                yield Delta(
                    Phi(response.text),
                    finished=response.finished,
                    finish_reason=response.finish_reason,
                    mean_logprob=response.mean_logprob,
                    tokens=response.tokens,
                )
        except grpc.aio.AioRpcError as error:
            raise _failure(error) from None
        finally:
            call.cancel()  # nothing, where it has ended
        if not finished:
            raise EngineFailed("The language worker stopped in the middle of an answer.")


def _request(
    messages: Sequence[ChatMessage], max_tokens: int, temperature: float, constraint: Constraint | None
) -> pb.GenerateRequest:
    request = pb.GenerateRequest(
        messages=[pb.ChatMessage(role=message.role, content=message.content.reveal()) for message in messages],
        max_tokens=max_tokens,
        temperature=temperature,
    )
    match constraint:
        case JsonSchema(schema):
            request.json_schema = schema
        case Regex(pattern):
            request.regex = pattern
        case Choices(choices):
            request.choices.choice.extend(choices)
        case None:
            pass
    return request


def _failure(error: grpc.aio.AioRpcError) -> EngineFailed:
    """gRPC's own text stays behind: it is not ours and could hold anything."""
    match error.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return EngineFailed("The language worker is late.")
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return EngineFailed("The language worker is busy.")
        case grpc.StatusCode.INVALID_ARGUMENT:
            return EngineFailed("The language worker refused the request.")
        case _:
            return EngineFailed("The language worker is gone.")
