from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from triage.errors import NotAllowed
from triage.rpc.identity import Identity, identify

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class At:
    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def certificate(*uris: str, common_name: str = "officer compliance") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(hours=1))
        .not_valid_after(NOW + timedelta(hours=1))
    )
    if uris:
        names = [x509.UniformResourceIdentifier(uri) for uri in uris]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_role_and_person_come_from_the_uri() -> None:
    pem = certificate("spiffe://triage.local/nurse/amara.okafor")
    identity = identify(pem, At(NOW))
    assert identity == Identity("nurse", "amara.okafor")
    assert identity.who == "nurse:amara.okafor"


@pytest.mark.parametrize(
    "uris",
    [
        (),
        ("spiffe://triage.local/admin/amara",),
        ("spiffe://triage.local/server/core",),
        ("spiffe://elsewhere/nurse/amara",),
        ("spiffe://triage.local/nurse/amara/../officer",),
        ("spiffe://triage.local/nurse/",),
        ("spiffe://triage.local/nurse/Amara",),
        ("https://triage.local/nurse/amara",),
        ("spiffe://triage.local/nurse/amara", "spiffe://triage.local/officer/amara"),
        ("spiffe://triageXlocal/nurse/amara",),
        ("spiffe://triage.local/nurse/amara\n",),
    ],
)
def test_anything_else_names_nobody(uris: tuple[str, ...]) -> None:
    with pytest.raises(NotAllowed, match="names nobody"):
        identify(certificate(*uris), At(NOW))


@pytest.mark.parametrize("hours", [-2, 1, 2])
def test_out_of_its_time(hours: int) -> None:
    with pytest.raises(NotAllowed, match="not valid now"):
        identify(certificate("spiffe://triage.local/nurse/amara"), At(NOW + timedelta(hours=hours)))


def test_no_certificate_at_all() -> None:
    with pytest.raises(NotAllowed):
        identify(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", At(NOW))
