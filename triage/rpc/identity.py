"""Who is calling: role and person from the client certificate's URI SAN.

gRPC has checked the chain during the handshake, once. An expired certificate was seen to be accepted on a connection that
was still alive, so `not_after` is looked at on every call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import grpc
from cryptography import x509

from triage.clock import Clock, SystemClock
from triage.errors import NotAllowed
from triage.vault.authority import CLIENT_ROLES, TRUST_DOMAIN

_URI: Final = re.compile(rf"spiffe://{re.escape(TRUST_DOMAIN)}/({'|'.join(CLIENT_ROLES)})/([a-z][a-z0-9.\-]{{0,63}})")


@dataclass(frozen=True, slots=True)
class Identity:
    role: str
    person: str
    until: datetime = field(default=datetime.max.replace(tzinfo=UTC), compare=False)  # the certificate's not_after

    @property
    def who(self) -> str:
        """As the audit log writes it, "nurse:amara.okafor"."""
        return f"{self.role}:{self.person}"


def caller(context: grpc.aio.ServicerContext[Any, Any], clock: Clock | None = None) -> Identity:
    """The holder of the connection's client certificate.

    Raises NotAllowed without one, when it names no single role and person, or when it is not valid at this moment."""
    certificates = list(context.auth_context().get("x509_pem_cert", ()))
    if len(certificates) != 1:
        raise NotAllowed("There is no client certificate.")
    return identify(certificates[0], clock or SystemClock())


def identify(pem: bytes, clock: Clock) -> Identity:
    """The identity in a certificate (PEM). Raises NotAllowed."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise NotAllowed("The client certificate names nobody.") from None
    named = _URI.fullmatch(uris[0]) if len(uris) == 1 else None
    if named is None:
        raise NotAllowed("The client certificate names nobody.")
    if not certificate.not_valid_before_utc <= clock.now() < certificate.not_valid_after_utc:
        raise NotAllowed("The client certificate is not valid now.", advice="Renew it: `triage keys init`.")
    return Identity(named[1], named[2], certificate.not_valid_after_utc)
