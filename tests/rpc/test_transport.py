"""The port's transport: TLS 1.3 and nothing older, certificates that change under a running server, limits."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509

from tests.rpc.appliance import Appliance, appliance, settings_in
from triage.clock import SystemClock
from triage.rpc import channel as channels
from triage.rpc import server as servers
from triage.rpc.authorization import Authorization
from triage.rpc.channel import Deadline, channel_as
from triage.rpc.server import public_server
from triage.telephony.core_link import Channels
from triage.v1 import audit_pb2, audit_pb2_grpc, handoffs_pb2, handoffs_pb2_grpc
from triage.vault.authority import GATEWAY, Authority, Holder

CHECKPOINT = "/triage.v1.Audit/Checkpoint"


@pytest.fixture
async def served(tmp_path: Path):
    async with appliance(tmp_path) as made:
        yield made


def shake(
    served: Appliance, version: ssl.TLSVersion, *, certificate: bool = True
) -> tuple[str | None, x509.Certificate]:
    """One real handshake by Python's ssl (OpenSSL) with exactly this version. Raises ssl.SSLError or OSError."""
    keys = served.settings.keys_dir
    context = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    context.set_alpn_protocols(["h2"])
    if certificate:
        context.load_cert_chain(keys / "officer-compliance.crt", keys / "officer-compliance.key")
    context.minimum_version = context.maximum_version = version
    host, port = served.settings.core.listen.split(":")
    with (
        socket.create_connection((host, int(port)), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")  # RFC 9113: preface and empty SETTINGS
        answer = secure.recv(9)  # in TLS 1.3 a refused client certificate shows here
        if not answer:
            raise ssl.SSLError("closed")
        return secure.version(), x509.load_der_x509_certificate(secure.getpeercert(True) or b"")


async def test_only_tls_1_3_is_spoken(served: Appliance) -> None:
    version, _ = await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_3)
    assert version == "TLSv1.3"
    with pytest.raises((ssl.SSLError, OSError)):
        await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_2)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
async def test_openssl_s_own_client_is_refused_with_tls_1_2(served: Appliance) -> None:
    keys = served.settings.keys_dir

    def client(flag: str) -> str:
        command = ["openssl", "s_client", "-connect", served.settings.core.listen, flag, "-alpn", "h2", "-CAfile",
                   str(keys / "ca.crt"), "-cert", str(keys / "officer-compliance.crt"), "-key",
                   str(keys / "officer-compliance.key")]  # fmt: skip
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
        return done.stdout.decode("utf-8", "replace")

    assert "Cipher is TLS_" in await asyncio.to_thread(client, "-tls1_3")
    assert "Cipher is (NONE)" in await asyncio.to_thread(client, "-tls1_2")


async def test_without_a_certificate_there_is_no_connection(served: Appliance) -> None:
    with pytest.raises((ssl.SSLError, OSError)):
        await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_3, certificate=False)


async def test_the_server_takes_up_a_new_certificate_without_a_restart(served: Appliance) -> None:
    """The old connection lives on, the next one sees the new certificate; a half-replaced pair is not taken up."""
    keys = served.settings.keys_dir
    _, before = await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_3)
    async with served.as_role("officer") as old:
        stub = audit_pb2_grpc.AuditStub(old)
        await stub.Checkpoint(audit_pb2.CheckpointRequest())
        authority, _ = Authority.load_or_make(keys, SystemClock().now())
        half = (keys / "server.key").read_bytes()
        assert {file.name for file in authority.renew(SystemClock().now(), timedelta(days=400))} >= {"server.crt"}
        whole = (keys / "server.key").read_bytes()
        (keys / "server.key").write_bytes(half)  # as if the second file were not there yet
        _, same = await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_3)
        assert same == before
        (keys / "server.key").write_bytes(whole)
        _, after = await asyncio.to_thread(shake, served, ssl.TLSVersion.TLSv1_3)
        assert after != before
        assert after.not_valid_before_utc >= before.not_valid_before_utc
        await stub.Checkpoint(audit_pb2.CheckpointRequest())
    async with served.as_role("officer") as new:
        await audit_pb2_grpc.AuditStub(new).Checkpoint(audit_pb2.CheckpointRequest())


def expiring(served: Appliance, holder: Holder, seconds: float) -> None:
    """Replaces the holder's certificate by one that ends soon."""
    now = SystemClock().now()
    for suffix in ("crt", "key"):
        (served.settings.keys_dir / f"{holder.stem}.{suffix}").unlink()
    Authority.load_or_make(served.settings.keys_dir, now)[0].issue(holder, now, lifetime=timedelta(seconds=seconds))


AMARA = Holder("nurse", "amara.okafor")


async def test_a_console_s_stream_ends_with_its_certificate_and_comes_back_with_the_renewed_one(
    served: Appliance,
) -> None:
    expiring(served, AMARA, 1.5)
    async with served.as_role("nurse") as channel:
        watch = handoffs_pb2_grpc.HandoffsStub(channel).Watch(handoffs_pb2.WatchRequest())
        started = time.monotonic()
        events = [event.WhichOneof("event") async for event in watch]
        assert events[0] == "welcome"
        assert time.monotonic() - started < 10
        with pytest.raises(grpc.aio.AioRpcError) as refused:  # the connection lives, the certificate does not
            await handoffs_pb2_grpc.HandoffsStub(channel).Beat(handoffs_pb2.BeatRequest())
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    now = SystemClock().now()
    Authority.load_or_make(served.settings.keys_dir, now)[0].renew(now, timedelta(days=1))
    async with served.as_role("nurse") as channel:
        await handoffs_pb2_grpc.HandoffsStub(channel).Beat(handoffs_pb2.BeatRequest())


async def test_the_gateway_takes_up_a_new_certificate_for_its_next_call(served: Appliance) -> None:
    channels_ = Channels(served.settings.core.listen, served.settings.keys_dir)
    first = channels_.current()
    assert channels_.current() is first
    now = SystemClock().now()
    Authority.load_or_make(served.settings.keys_dir, now)[0].renew(now, timedelta(days=400))
    second = channels_.current()
    assert second is not first
    await channels_.close()


@pytest.mark.parametrize("stem", ["server", GATEWAY.stem])
def test_renewal_mends_what_broke_off_half_way(tmp_path: Path, stem: str) -> None:
    settings = settings_in(tmp_path)
    now = SystemClock().now()
    authority, _ = Authority.load_or_make(settings.keys_dir, now)
    assert authority.renew(now, timedelta(days=1)) == []
    (settings.keys_dir / f"{stem}.key.new").write_text("")
    assert [file.stem for file in authority.renew(now, timedelta(days=1))] == [stem]
    assert list(settings.keys_dir.glob("*.new")) == []


async def slow(request, context) -> bytes:
    await asyncio.sleep(30)
    return b""


class Slow(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(slow)


async def test_no_answer_takes_longer_than_the_server_allows(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    authorization = Authorization(SystemClock(), unary_s=0.2)
    server = public_server(settings, [lambda one: one.add_generic_rpc_handlers((Slow(),))], authorization)
    await server.start()
    try:
        async with channel_as(settings, "officer", "compliance") as channel:  # type: ignore[arg-type]
            with pytest.raises(grpc.aio.AioRpcError) as late:
                await channel.unary_unary(CHECKPOINT)(b"", timeout=10)
            assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert late.value.details() == "The appliance took too long."
    finally:
        await server.stop(None)


async def test_a_client_that_names_no_deadline_has_one() -> None:
    seen = []

    async def continuation(details, request):
        seen.append(details.timeout)

    for timeout in (None, 3.0):
        details = grpc.aio.ClientCallDetails(CHECKPOINT, timeout, None, None, None)
        await Deadline().intercept_unary_unary(continuation, details, b"")
    assert seen == [channels.UNARY_S_MAX, 3.0]


async def test_a_message_beyond_the_limit_is_refused(served: Appliance) -> None:
    async with served.as_role("officer") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await (
                audit_pb2_grpc.AuditStub(channel)
                .Export(audit_pb2.ExportRequest(reason="x" * (servers.MESSAGE_BYTES_MAX + 1)))
                .read()
            )
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_connection_that_is_too_old_is_closed_and_its_call_goes_on(tmp_path: Path) -> None:
    """The option that public_server sets, with a shorter time: a client must show its certificate again."""
    assert dict(servers.OPTIONS)["grpc.max_connection_age_ms"] == servers.CONNECTION_AGE_MS_MAX == 3_600_000
    settings = settings_in(tmp_path)
    older = [option for option in servers.OPTIONS if option[0] != "grpc.max_connection_age_ms"]
    server = public_server(
        settings, [lambda one: one.add_generic_rpc_handlers((Quick(),))], Authorization(SystemClock()),
        options=(*older, ("grpc.max_connection_age_ms", 300)),
    )  # fmt: skip
    await server.start()
    try:
        async with channel_as(settings, "officer", "compliance") as channel:  # type: ignore[arg-type]
            peers = {(await channel.unary_unary(CHECKPOINT)(b"", timeout=20)).decode()}
            await asyncio.sleep(0.8)
            peers.add((await channel.unary_unary(CHECKPOINT)(b"", timeout=5, wait_for_ready=True)).decode())
        assert len(peers) == 2  # another connection, though the client did nothing
    finally:
        await server.stop(None)


async def peer(request, context) -> bytes:
    return context.peer().encode()


class Quick(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(peer)
