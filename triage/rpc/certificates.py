"""Certificate and key files of one holder, read again when they change: rotation without a restart, on both sides.

A pair is two files and cannot be replaced in one step, so what does not fit together is not taken: a server keeps what it has,
a client looks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from triage.errors import UsageError

TRIES: Final = 5  # of a client, while a pair is being replaced
TRY_AGAIN_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Material:
    """PEM: the authority's certificate, the holder's certificate and its key."""

    ca: bytes
    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "Material(<secret>)"


class CertificateFiles:
    """`stem`: "server", "gateway" or "<role>-<person>"."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._files = [folder / name for name in ("ca.crt", f"{stem}.crt", f"{stem}.key")]

    def stamp(self) -> tuple[int, ...]:
        """Differs when a file was replaced. Raises OSError."""
        return tuple(number for file in self._files for number in (file.stat().st_mtime_ns, file.stat().st_ino))

    def read(self) -> Material:
        """Raises UsageError when a file is missing, unreadable, or key and certificate do not fit."""
        for attempt in range(TRIES):
            try:
                material = Material(*(file.read_bytes() for file in self._files))
            except OSError as error:
                raise UsageError(
                    "The certificate cannot be read.",
                    advice=f"{error.filename}: {type(error).__name__}; run `triage keys init`.",
                ) from None
            if _fit(material):
                return material
            if attempt + 1 < TRIES:
                time.sleep(TRY_AGAIN_S)
        raise UsageError("The certificate and its key do not fit.", advice=f"{self._files[1]}: put both back.")


def _fit(material: Material) -> bool:
    try:
        x509.load_pem_x509_certificate(material.ca)
        certificate = x509.load_pem_x509_certificate(material.certificate)
        key = load_pem_private_key(material.key, password=None)
    except (ValueError, TypeError):
        return False
    return bool(key.public_key() == certificate.public_key())


def server_credentials(files: CertificateFiles, on_unusable: Callable[[], None]) -> grpc.ServerCredentials:
    """Mutual TLS. gRPC asks before each handshake whether the certificate has changed, so a new one serves from the next
    connection on. `on_unusable` is called, on gRPC's thread, when the new files cannot be used; the old ones serve on.

    Raises UsageError when there is nothing to begin with."""
    first = _configuration(files.read())
    seen: tuple[int, ...] = ()  # looked at once more at the first handshake: they may change between here and there

    def changed() -> Any:
        nonlocal seen
        try:
            stamp = files.stamp()
            if stamp == seen:
                return None
            made = _configuration(files.read())
        except (OSError, UsageError):
            on_unusable()
            return None
        seen = stamp
        return made

    made: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
        first, changed, require_client_authentication=True
    )
    return made


def _configuration(material: Material) -> Any:
    return grpc.ssl_server_certificate_configuration([(material.key, material.certificate)], material.ca)
