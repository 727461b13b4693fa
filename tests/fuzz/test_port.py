"""Any bytes to any method of the real port, as the role that may call it: a status with one of our static sentences, never the server's
own failure, and a port that serves afterwards. And no word of what was sent in any of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.fuzz.mutation import mutate
from tests.rpc.appliance import Appliance, appliance
from tests.rpc.test_authorization import MAY
from tests.rpc.test_every_method import FILES, METHODS
from triage.v1 import audit_pb2, audit_pb2_grpc

INPUTS = 12  # a method
ROLES = ("gateway", "nurse", "officer", "drill")
SECRET = b"QuillondeVashtree5550167"
ALLOWED = {
    grpc.StatusCode.OK, grpc.StatusCode.ABORTED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED, grpc.StatusCode.RESOURCE_EXHAUSTED,
}  # fmt: skip
OF_GRPC = (
    "Internal error from Core",
)  # its own words, at the client, for a stream that ends while it is being written


def inputs(method: str, count: int, random: Random) -> list[bytes]:
    """Messages of the method's own type, filled and mutated; and nonsense."""
    service, name = method[1:].split("/")
    kind = next(
        file.services_by_name[service.rsplit(".", 1)[1]].methods_by_name[name].input_type
        for file in FILES
        if service.rsplit(".", 1)[1] in file.services_by_name
    )
    full = filled(GetMessageClass(kind), random).SerializeToString()
    made = [b"", SECRET, full, filled(GetMessageClass(kind), random).SerializeToString()]
    return made + [mutate(random.choice((full, SECRET)), random) for _ in range(count - len(made))]


def filled(kind: type[Message], random: Random, depth: int = 0) -> Message:
    """Every field that can be, with values at the edges."""
    message = kind()
    for field in message.DESCRIPTOR.fields:
        if random.random() < 0.2 or field.is_repeated or depth > 3:
            continue
        if field.message_type is not None:
            getattr(message, field.name).CopyFrom(filled(GetMessageClass(field.message_type), random, depth + 1))
        elif field.cpp_type == field.CPPTYPE_STRING:
            text = random.choice((SECRET.decode(), "", "x" * 5_000, "\0", "sip:a@b", "\u202e ½", "2026-11-24T10:30:00"))
            setattr(message, field.name, text.encode() if field.type == field.TYPE_BYTES else text)
        elif field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            setattr(message, field.name, random.choice((float("nan"), float("inf"), -1.0, 0.5)))
        elif field.cpp_type == field.CPPTYPE_BOOL:
            setattr(message, field.name, random.random() < 0.5)
        elif field.cpp_type == field.CPPTYPE_ENUM:
            setattr(message, field.name, random.choice((0, 1, 99)))
        else:
            edges = (
                (0, 1, 2**31 - 1)
                if field.cpp_type in (field.CPPTYPE_UINT32, field.CPPTYPE_UINT64)
                else (-1, 0, 2**31 - 1)
            )
            setattr(message, field.name, random.choice(edges))
    return message


async def send(channel: grpc.aio.Channel, method: str, parts: list[bytes]) -> tuple[grpc.StatusCode, str]:
    asking, answering = METHODS[method]

    async def requests():
        for part in parts:
            yield part

    kinds = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, True): channel.stream_stream,
    }
    call = kinds[asking, answering](method)(requests() if asking else parts[0], timeout=0.5 if answering else 10)
    try:
        if answering:
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details() or ""
    return grpc.StatusCode.OK, ""


async def attack(served: Appliance, channel: grpc.aio.Channel, method: str, inputs_: list[bytes]) -> None:
    alone = [[data] for data in inputs_] if not METHODS[method][0] else [[data] for data in inputs_[:4]] + [inputs_]
    for (code, details), parts in zip(
        await asyncio.gather(*(send(channel, method, parts) for parts in alone)), alone, strict=True
    ):
        assert code in ALLOWED or details in OF_GRPC, (method, code, details, parts)
        assert SECRET.decode() not in details


async def test_any_bytes_to_any_method(tmp_path: Path) -> None:
    random = Random(1)
    async with appliance(tmp_path) as served:
        for role in ROLES:
            async with served.as_role(role) as channel:
                for method, roles in MAY.items():
                    if role in roles and not method.startswith("/grpc."):
                        await attack(served, channel, method, inputs(method, INPUTS, random))
        assert served.failed == []
        async with served.as_role("officer") as channel:
            answer = await audit_pb2_grpc.AuditStub(channel).Verify(audit_pb2.VerifyRequest())
            assert list(answer.faults) == []
        assert SECRET.decode() not in await served.house.audit_text()
