"""How a refusal leaves an RPC: a status code and a static sentence; never data, never a traceback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from triage.errors import (
    Conflict,
    EngineFailed,
    IllegalTransition,
    NotAllowed,
    NotFound,
    TriageError,
    UsageError,
)

CODES: tuple[tuple[type[TriageError], grpc.StatusCode], ...] = (
    (Conflict, grpc.StatusCode.ABORTED),
    (NotAllowed, grpc.StatusCode.PERMISSION_DENIED),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (UsageError, grpc.StatusCode.INVALID_ARGUMENT),
    (IllegalTransition, grpc.StatusCode.FAILED_PRECONDITION),
    (EngineFailed, grpc.StatusCode.UNAVAILABLE),
)


@asynccontextmanager
async def refusing(context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[None]:
    """Turns this package's errors into gRPC statuses. Any other error is the server's own UNKNOWN, without details."""
    try:
        yield
    except TriageError as error:
        code = next((code for kind, code in CODES if isinstance(error, kind)), grpc.StatusCode.INTERNAL)
        await context.abort(code, error.message)
