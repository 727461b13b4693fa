"""Every role against every method, through a real server with mutual TLS."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from triage.rpc.authorization import ALLOWED
from triage.v1 import (
    audit_pb2,
    calls_pb2,
    distress_pb2,
    drills_pb2,
    handoffs_pb2,
    handoffs_pb2_grpc,
    language_pb2,
    officer_pb2,
    speech_pb2,
)

PORT_FILES: tuple[FileDescriptor, ...] = tuple(
    module.DESCRIPTOR
    for module in (audit_pb2, calls_pb2, distress_pb2, drills_pb2, handoffs_pb2, officer_pb2, health_pb2)
)
WORKER_FILES: tuple[FileDescriptor, ...] = (language_pb2.DESCRIPTOR, speech_pb2.DESCRIPTOR)

# Written out again on purpose: the table and this list must be changed together.
MAY = {
    "/triage.v1.CallMedia/Carry": {"gateway"},
    "/triage.v1.Paging/Work": {"gateway"},
    "/triage.v1.Handoffs/Watch": {"nurse"},
    "/triage.v1.Handoffs/Beat": {"nurse"},
    "/triage.v1.Handoffs/TakeOver": {"nurse"},
    "/triage.v1.Handoffs/Claim": {"nurse"},
    "/triage.v1.Handoffs/Decline": {"nurse"},
    "/triage.v1.Handoffs/Accept": {"nurse"},
    "/triage.v1.Handoffs/Release": {"nurse"},
    "/triage.v1.Handoffs/Complete": {"nurse"},
    "/triage.v1.Handoffs/Get": {"nurse"},
    "/triage.v1.Handoffs/Status": {"nurse", "officer"},
    "/triage.v1.Audit/Export": {"officer"},
    "/triage.v1.Audit/Verify": {"officer"},
    "/triage.v1.Audit/Checkpoint": {"officer"},
    "/triage.v1.Officer/Select": {"officer"},
    "/triage.v1.Officer/RecordDisclosure": {"officer"},
    "/triage.v1.Officer/Disclosures": {"officer"},
    "/triage.v1.Officer/SignReview": {"officer"},
    "/triage.v1.Officer/Reviews": {"officer"},
    "/triage.v1.Officer/AskBreakGlass": {"officer"},
    "/triage.v1.Officer/DecideBreakGlass": {"officer"},
    "/triage.v1.Officer/ReadBreakGlass": {"officer"},
    "/triage.v1.Officer/ListBreakGlass": {"officer"},
    "/triage.v1.Officer/RecordCopy": {"officer"},
    "/triage.v1.Witness/Consistency": {"witness", "officer"},
    "/triage.v1.Witness/Cosign": {"witness", "officer"},
    "/triage.v1.Drills/Begin": {"drill"},
    "/triage.v1.Drills/Watch": {"drill"},
    "/triage.v1.DistressClassifier/Classify": {"nurse", "officer"},
    "/triage.v1.DistressClassifier/ClassifyStream": {"nurse", "officer"},
    "/grpc.health.v1.Health/Check": {"gateway", "nurse", "officer", "witness", "drill", "health"},
    "/grpc.health.v1.Health/Watch": {"gateway", "nurse", "officer", "witness", "drill", "health"},
}
SERVING = health_pb2.HealthCheckResponse.SERVING
ROLES = ("gateway", "nurse", "officer", "witness", "drill", "health")


def methods_of(files: tuple[FileDescriptor, ...]) -> dict[str, tuple[bool, bool]]:
    """Full name, and whether request and response are streams."""
    return {
        f"/{service.full_name}/{method.name}": (method.client_streaming, method.server_streaming)
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }


METHODS = methods_of(PORT_FILES)
UNLISTED = {  # must be denied to everybody, though a handler is there
    **methods_of(WORKER_FILES),
    "/triage.v1.Audit/Delete": (False, False),
    "/triage.v1.Audit/export": (False, False),
    "/triage.v1.Audit/Export/": (False, False),
    "//triage.v1.Audit/Export": (False, False),
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": (True, True),
}


class Everything(grpc.GenericRpcHandler):
    """Answers whatever method it is asked for, so that only the authorization can refuse."""

    def service(self, details):
        streams = {**METHODS, **UNLISTED}[details.method]
        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[streams]
        return make(many if streams[1] else one)


async def one(request, context) -> bytes:
    return b"served"


async def many(request, context):
    yield b"served"


async def call(channel: grpc.aio.Channel, method: str, streams: tuple[bool, bool]) -> bytes:
    async def requests():
        yield b""

    match streams:
        case (False, False):
            return await channel.unary_unary(method)(b"", timeout=20)
        case (False, True):
            return b"".join([part async for part in channel.unary_stream(method)(b"", timeout=20)])
        case (True, False):
            return await channel.stream_unary(method)(requests(), timeout=20)
        case _:
            return b"".join([part async for part in channel.stream_stream(method)(requests(), timeout=20)])


def test_the_table_names_every_method_of_the_port_and_no_other() -> None:
    assert set(METHODS) - {"/grpc.health.v1.Health/List"} == set(MAY)
    assert frozenset().union(*ALLOWED.values()) == set(MAY)
    assert set(ALLOWED) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_reaches_its_own_methods_and_nothing_else(port, role: str) -> None:
    async with (
        port.serving(lambda server: server.add_generic_rpc_handlers((Everything(),))),
        port.as_role(role) as channel,
    ):
        for method, streams in {**METHODS, **UNLISTED}.items():
            if role in MAY.get(method, ()):
                assert await call(channel, method, streams) == b"served"
                continue
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await call(channel, method, streams)
            assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED, method
            assert refusal.value.details() == "This role may not call this method."
    assert len(port.denied) == sum(role not in MAY.get(method, ()) for method in {**METHODS, **UNLISTED})
    assert {method for _, method in port.denied} <= {"unknown", *MAY}


async def test_a_method_without_a_handler_is_denied_too(port) -> None:
    async with port.serving(lambda server: None), port.as_role("nurse") as channel:
        for method, code in (
            ("/triage.v1.Nowhere/Nothing", grpc.StatusCode.PERMISSION_DENIED),
            ("/triage.v1.Handoffs/Get", grpc.StatusCode.UNIMPLEMENTED),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await call(channel, method, (False, False))
            assert refusal.value.code() is code


async def test_a_certificate_that_expires_on_a_live_connection_is_refused(port) -> None:
    method = "/triage.v1.Audit/Checkpoint"
    async with (
        port.serving(lambda server: server.add_generic_rpc_handlers((Everything(),))),
        port.channel("officer-expiring") as channel,
    ):
        assert await call(channel, method, (False, False)) == b"served"
        await asyncio.sleep(2.1)
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call(channel, method, (False, False))
        assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert channel.get_state() is grpc.ChannelConnectivity.READY  # the connection itself lived on
    assert port.denied == [("", method)]


async def test_a_certificate_that_names_a_server_is_nobody_here(port) -> None:
    async with (
        port.serving(lambda server: server.add_generic_rpc_handlers((Everything(),))),
        port.channel("server") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call(channel, "/grpc.health.v1.Health/Check", (False, False))
        assert refusal.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE)


def register_health(server: grpc.aio.Server) -> None:
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)


async def test_the_health_service_answers_and_streams_to_any_role(port) -> None:
    """Its Watch writes to the context instead of yielding."""
    async with port.serving(register_health), port.as_role("health") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert (await stub.Check(health_pb2.HealthCheckRequest(), timeout=20)).status == SERVING
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=20)
        assert (await watch.read()).status == SERVING
        watch.cancel()


class Broken(grpc.GenericRpcHandler):
    def service(self, details):
        streams = METHODS[details.method][1]
        return (grpc.unary_stream_rpc_method_handler if streams else grpc.unary_unary_rpc_method_handler)(
            break_late if streams else break_down
        )


async def break_down(request, context) -> bytes:
    raise ValueError("my chest hurts")


async def break_late(request, context):
    yield b"first"
    raise ValueError("my chest hurts")


async def test_an_exception_leaves_no_text(port) -> None:
    async with (
        port.serving(lambda server: server.add_generic_rpc_handlers((Broken(),))),
        port.as_role("officer") as channel,
    ):
        for method in ("/triage.v1.Audit/Verify", "/triage.v1.Audit/Export"):
            with pytest.raises(grpc.aio.AioRpcError) as failure:
                await call(channel, method, METHODS[method])
            assert failure.value.code() is grpc.StatusCode.INTERNAL
            assert "chest" not in str(failure.value)
    assert port.failed == [("/triage.v1.Audit/Verify", "ValueError"), ("/triage.v1.Audit/Export", "ValueError")]


async def test_bytes_that_are_no_message_are_read_behind_the_authorization(port) -> None:
    """gRPC reads requests before any interceptor's check, and sends the text of what goes wrong: here neither."""

    def register(server: grpc.aio.Server) -> None:
        handoffs_pb2_grpc.add_HandoffsServicer_to_server(handoffs_pb2_grpc.HandoffsServicer(), server)

    for role, code, details in (
        ("nurse", grpc.StatusCode.INVALID_ARGUMENT, "The request is no message of this method."),
        ("officer", grpc.StatusCode.PERMISSION_DENIED, "This role may not call this method."),
    ):
        async with port.serving(register), port.as_role(role) as channel:
            for method in ("/triage.v1.Handoffs/Claim", "/triage.v1.Handoffs/Watch"):
                call = channel.unary_stream if method.endswith("Watch") else channel.unary_unary
                answer = call(method)(b"\xff\xff\xff my chest hurts", timeout=20)
                with pytest.raises(grpc.aio.AioRpcError) as refusal:
                    await (answer.read() if method.endswith("Watch") else answer)
                assert (refusal.value.code(), refusal.value.details()) == (code, details)
    assert port.denied == [("officer:compliance", f"/triage.v1.Handoffs/{verb}") for verb in ("Claim", "Watch")]
