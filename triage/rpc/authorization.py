"""Which role may call which method: an exact-match table; what is not in it is denied. And the border of every RPC.

Deny rules on paths were bypassed before (CVE-2026-33186), so there are none, and no prefixes either.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import grpc

from triage.clock import Clock
from triage.errors import NotAllowed
from triage.rpc.identity import Identity, caller

_HANDOFFS: Final = frozenset(
    f"/triage.v1.Handoffs/{verb}"
    for verb in ("Watch", "Beat", "Claim", "TakeOver", "Decline", "Accept", "Release", "Complete", "Get")
)
_STATUS: Final = frozenset(("/triage.v1.Handoffs/Status",))
_AUDIT: Final = frozenset(f"/triage.v1.Audit/{verb}" for verb in ("Export", "Verify", "Checkpoint"))
_OFFICER: Final = frozenset(
    f"/triage.v1.Officer/{verb}"
    for verb in (
        "Select", "RecordDisclosure", "Disclosures", "SignReview", "Reviews",
        "AskBreakGlass", "DecideBreakGlass", "ReadBreakGlass", "ListBreakGlass",
        "RecordCopy",
    )
)  # fmt: skip
_WITNESS: Final = frozenset(f"/triage.v1.Witness/{verb}" for verb in ("Consistency", "Cosign"))
_DRILLS: Final = frozenset(f"/triage.v1.Drills/{verb}" for verb in ("Begin", "Watch"))
_CLASSIFIER: Final = frozenset(f"/triage.v1.DistressClassifier/{verb}" for verb in ("Classify", "ClassifyStream"))
_HEALTH: Final = frozenset(f"/grpc.health.v1.Health/{verb}" for verb in ("Check", "Watch"))

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "gateway": _HEALTH | {"/triage.v1.CallMedia/Carry", "/triage.v1.Paging/Work"},
    "nurse": _HEALTH | _HANDOFFS | _STATUS | _CLASSIFIER,
    "officer": _HEALTH | _AUDIT | _OFFICER | _WITNESS | _STATUS | _CLASSIFIER,
    "witness": _HEALTH | _WITNESS,
    "drill": _HEALTH | _DRILLS,
    "health": _HEALTH,
}

UNARY_S_MAX: Final = (
    60.0  # of one answer, whatever deadline the client named; a verification of a million entries takes 15 s
)
STREAM_S_MAX: Final = 86_400.0  # of one stream; a console comes back at once
# A call is never cut because a certificate expires in its midst: it ends by itself.
_TO_THE_END: Final = frozenset(("/triage.v1.CallMedia/Carry",))

Decode = Callable[[Any], Any]
Denied = Callable[[str, str], Awaitable[None]]
Failed = Callable[[str, str], None]


def allow(identity: Identity, method: str) -> None:
    """Raises NotAllowed unless the table names exactly this method for this role."""
    if method not in ALLOWED.get(identity.role, frozenset()):
        raise NotAllowed("This role may not call this method.")


class Authorization(grpc.aio.ServerInterceptor):
    """Checks every RPC before its servicer sees it, and lets no exception out of one: gRPC would send its text.

    `on_denied(who, method)` may write an audit entry; `who` is empty for a caller without a usable certificate, `method` is
    one of the table's, or "unknown". `on_failed(method, fault)` may log; `fault` is the exception's class."""

    def __init__(
        self,
        clock: Clock,
        on_denied: Denied | None = None,
        on_failed: Failed | None = None,
        *,
        unary_s: float = UNARY_S_MAX,
    ) -> None:
        self._clock = clock
        self._unary_s = unary_s
        self._on_denied = on_denied
        self._on_failed = on_failed

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None:  # no such method here: denied like one that is not in the table
            return _MAKE[False, False](self._guarded(_nothing, method, _as_it_is, streams=False))
        streams, decode = bool(handler.response_streaming), _decoder(handler)
        return _rebuilt(handler, lambda behaviour: self._guarded(behaviour, method, decode, streams=streams))

    async def _check(self, method: str, context: grpc.aio.ServicerContext[Any, Any]) -> float | None:
        """How long this RPC may last in seconds; None: without end."""
        who = ""
        try:
            identity = caller(context, self._clock)
            who = identity.who
            allow(identity, method)
        except NotAllowed as refusal:
            if self._on_denied is not None:
                known = any(method in methods for methods in ALLOWED.values())
                await self._on_denied(who, method if known else "unknown")
            code = grpc.StatusCode.PERMISSION_DENIED if who else grpc.StatusCode.UNAUTHENTICATED
            await context.abort(code, refusal.message)
        if method in _TO_THE_END:
            return None
        return min((identity.until - self._clock.now()).total_seconds(), STREAM_S_MAX)

    def _guarded(
        self, behaviour: Callable[..., Any], method: str, decode: Decode, *, streams: bool
    ) -> Callable[..., Any]:
        if inspect.isasyncgenfunction(behaviour):

            async def stream(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
                async with self._border(method, context):
                    limit_s = await self._check(method, context)
                    async with aclosing(_until(behaviour(decode(request), context), limit_s)) as responses:
                        async for response in responses:
                            yield response

            return stream

        async def single(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            async with self._border(method, context):
                limit_s = await self._check(method, context)
                limit = asyncio.timeout(limit_s if streams else self._unary_s)
                try:
                    async with limit:
                        return await behaviour(decode(request), context)
                except TimeoutError:
                    if not limit.expired():
                        raise
                if not streams:
                    await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "The appliance took too long.")
                return None

        return single

    @asynccontextmanager
    async def _border(self, method: str, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[None]:
        try:
            yield
        except grpc.aio.AbortError:
            raise
        except NoMessage as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Exception as error:  # the RPC's border: a static sentence goes out, whatever happened
            if self._on_failed is not None:
                self._on_failed(method, type(error).__name__)
            await context.abort(grpc.StatusCode.INTERNAL, "The appliance failed.")


async def _until(responses: AsyncGenerator[Any, None], limit_s: float | None) -> AsyncGenerator[Any, None]:
    """The responses until the limit; then the stream ends as if it were over, and the client comes back with what it has by then
    for a certificate."""
    loop = asyncio.get_running_loop()
    end = None if limit_s is None else loop.time() + limit_s
    async with aclosing(responses):
        while True:
            limit = asyncio.timeout_at(end)
            try:
                async with limit:
                    response = await anext(responses)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if not limit.expired():
                    raise
                return
            yield response


async def _nothing(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "There is no such method.")


_MAKE: Final[dict[tuple[bool, bool], Callable[..., Any]]] = {  # (request, response) is a stream
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


class NoMessage(grpc.RpcError):
    """What a client sent is no message of the method: for a service that reads a stream, as good as a broken one."""


def _as_it_is(request: Any) -> Any:
    return request


def _decoder(handler: Any) -> Decode:
    """Reads requests behind the authorization: gRPC would read them in front of it, and send its exception's text to the client."""
    read = handler.request_deserializer or _as_it_is

    def one(raw: Any) -> Any:
        try:
            return read(raw)
        except Exception:
            raise NoMessage("The request is no message of this method.") from None

    async def each(raws: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for raw in raws:
            yield one(raw)

    return each if handler.request_streaming else one


def _rebuilt(handler: Any, guard: Callable[[Callable[..., Any]], Any]) -> Any:
    """The same kind of handler around the guarded behaviour, which reads its requests itself."""
    behaviour = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    make = _MAKE[handler.request_streaming, handler.response_streaming]
    return make(guard(behaviour), None, handler.response_serializer)
