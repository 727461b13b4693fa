"""Every role against every method of the real appliance: the services as app.py registers them, one connection a role, and the
methods from the descriptors of every generated module, so that a new one cannot be forgotten."""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2

import triage.v1
from tests.rpc.appliance import Appliance, appliance
from tests.rpc.test_authorization import MAY, ROLES, WORKER_FILES, methods_of

MODULES = [name for _, name, _ in pkgutil.iter_modules(triage.v1.__path__) if name.endswith("_pb2")]
FILES: tuple[FileDescriptor, ...] = tuple(importlib.import_module(f"triage.v1.{name}").DESCRIPTOR for name in MODULES)
WORKERS = methods_of(WORKER_FILES)
METHODS = {**methods_of(FILES), **methods_of((health_pb2.DESCRIPTOR,))}
REFUSED = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)


async def code_of(channel: grpc.aio.Channel, method: str, *, mine: bool) -> grpc.StatusCode:
    """How the method answers an empty request; a stream that begins is let go after a second."""
    asking, answering = METHODS[method]

    async def requests():
        yield b""
        await asyncio.sleep(0.3)

    request = requests() if asking else b""
    kinds = {
        (False, False): channel.unary_unary, (False, True): channel.unary_stream,
        (True, False): channel.stream_unary, (True, True): channel.stream_stream,
    }  # fmt: skip
    call = kinds[asking, answering](method)(request, timeout=1 if answering and mine else 30)
    try:
        if answering:
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_every_method_of_every_service_is_in_the_written_table() -> None:
    of_the_port = set(METHODS) - set(WORKERS) - {"/grpc.health.v1.Health/List"}
    assert of_the_port == set(MAY)
    assert len(METHODS) > 25


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reaches_what_the_table_gives_it(tmp_path: Path, role: str) -> None:
    """What it may call is answered by a servicer; whatever else exists is denied, and the denial is in the audit log."""
    async with appliance(tmp_path) as served, served.as_role(role) as channel:
        mine = {method for method, roles in MAY.items() if role in roles}
        asked = (code_of(channel, method, mine=method in mine) for method in METHODS)
        codes = dict(zip(METHODS, await asyncio.gather(*asked), strict=True))
        for method, code in codes.items():
            if method in mine and not method.startswith("/grpc.health"):  # served on the health socket only
                assert code not in (*REFUSED, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INTERNAL), (method, code)
            elif method not in mine:
                assert code is grpc.StatusCode.PERMISSION_DENIED, method
        assert served.failed == []
        denied = await denials(served)
        assert len(denied) == len(METHODS) - len(mine)
        assert {who for who, _ in denied} <= {
            f"{role}:{name}" for name in ("gateway", "amara.okafor", "compliance", "usb-1", "rehearsal", "monitor")
        }
        assert {method for _, method in denied} >= {method.lstrip("/") for method in MAY if method not in mine}


async def denials(served: Appliance) -> list[tuple[str, str]]:
    entries = [json.loads(line) for line in (await served.house.audit_text()).splitlines()]
    return [(one["who"], one["details"]["method"]) for one in entries if one["act"] == "access.denied"]
