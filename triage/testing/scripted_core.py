"""A core for gateway tests: a real gRPC server with mutual TLS whose calls the test drives by hand."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from triage.call.events import CallerAudio, Incoming, LineEvent, LineRequest
from triage.errors import EngineFailed
from triage.paging.telephone import Switchboard
from triage.rpc.calls_service import from_gateway, to_gateway
from triage.rpc.paging_service import PagingService
from triage.v1 import calls_pb2 as pb
from triage.v1.calls_pb2_grpc import CallMediaServicer, add_CallMediaServicer_to_server, add_PagingServicer_to_server

E = TypeVar("E", bound=LineEvent)
WAITING_MAX = 1000  # requests not yet taken by the gateway


class CarriedByTest:
    """One call as the core sees it."""

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.events: list[LineEvent] = []  # without audio
        self.heard = bytearray()
        self.heard_from: int | None = None  # first sample's number
        self.over = asyncio.Event()  # the gateway's side of the stream has ended
        self._news = asyncio.Condition()
        self._requests: asyncio.Queue[LineRequest | None] = asyncio.Queue(WAITING_MAX)

    def ask(self, *requests: LineRequest) -> None:
        for request in requests:
            self._requests.put_nowait(request)

    def end_stream(self) -> None:
        self._requests.put_nowait(None)

    async def wait_for(self, kind: type[E], *, timeout_s: float = 5.0, **details: Any) -> E:
        """The first event of `kind` with these details. Raises EngineFailed when none comes in time."""

        def found() -> E | None:
            return next(
                (e for e in self.events if isinstance(e, kind) and all(getattr(e, k) == v for k, v in details.items())),
                None,
            )

        try:
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise EngineFailed("The gateway did not report it.", advice=f"{kind.__name__} {details}") from None
        result = found()
        assert result is not None
        return result

    async def take(self, event: LineEvent) -> None:
        async with self._news:
            if isinstance(event, CallerAudio):
                self.heard_from = event.first_sample if self.heard_from is None else self.heard_from
                self.heard += event.pcm
            else:
                self.events.append(event)
            self._news.notify_all()

    async def requests(self) -> AsyncIterator[LineRequest]:
        while (request := await self._requests.get()) is not None:
            yield request


class ScriptedCore(CallMediaServicer):
    """`async with ScriptedCore(address, keys_dir) as core: call = await core.next_call()`."""

    def __init__(self, address: str, keys_dir: Path) -> None:
        self._address = address
        self._keys = keys_dir
        self._calls: asyncio.Queue[CarriedByTest] = asyncio.Queue()
        self._server: grpc.aio.Server | None = None
        self.hearing = asyncio.Event()  # cleared: a hung core, whose sockets are open and which reads nothing
        self.hearing.set()
        self.switchboard = Switchboard()

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        add_CallMediaServicer_to_server(self, self._server)
        add_PagingServicer_to_server(PagingService(self.switchboard), self._server)
        ca, certificate, key = [(self._keys / name).read_bytes() for name in ("ca.crt", "server.crt", "server.key")]
        credentials = grpc.ssl_server_credentials([(key, certificate)], ca, require_client_auth=True)
        if not self._server.add_secure_port(self._address, credentials):
            raise EngineFailed("The scripted core's port is taken.")
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def kill(self) -> None:
        """Breaks every stream at once, as a dying process does."""
        assert self._server
        await self._server.stop(None)

    async def next_call(self, *, timeout_s: float = 5.0) -> CarriedByTest:
        async with asyncio.timeout(timeout_s):
            return await self._calls.get()

    async def Carry(
        self,
        request_iterator: AsyncIterator[pb.FromGateway],
        context: grpc.aio.ServicerContext[pb.FromGateway, pb.ToGateway],
    ) -> AsyncIterator[pb.ToGateway]:
        incoming = from_gateway(await anext(request_iterator))
        if not isinstance(incoming, Incoming):
            raise EngineFailed("A stream must begin with Incoming.")
        call = CarriedByTest(incoming)
        self._calls.put_nowait(call)
        reading = asyncio.create_task(self._read(call, request_iterator))
        try:
            async for request in call.requests():
                yield to_gateway(request)
        finally:
            reading.cancel()

    async def _read(self, call: CarriedByTest, messages: AsyncIterator[pb.FromGateway]) -> None:
        try:
            async for message in messages:
                await self.hearing.wait()
                await call.take(from_gateway(message))
        finally:
            call.over.set()
            call.end_stream()


def make_keys(directory: Path) -> None:
    """A throw-away CA with a server's and a gateway's certificate, named as `triage keys init` names them."""
    directory.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("triage test CA", ca_key, None, ca_key, [])
    _write(directory / "ca.crt", ca.public_bytes(serialization.Encoding.PEM))
    local = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    for role, names in (("server", local), ("gateway", [])):
        key = ec.generate_private_key(ec.SECP256R1())
        uri = x509.UniformResourceIdentifier(f"spiffe://triage.local/{role}/{role}")
        certificate = _certificate(role, key, ca, ca_key, [uri, *names])
        _write(directory / f"{role}.crt", certificate.public_bytes(serialization.Encoding.PEM))
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write(directory / f"{role}.key", pem)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    names: list[x509.GeneralName],
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)
