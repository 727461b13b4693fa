"""The development certificate authority: who is who on the core's port.

ECDSA P-256; role and person stand in one URI SAN, spiffe://triage.local/<role>/<person>. Made for development, tests and a
first installation: its own key lies in the same folder. A clinic's own authority can issue the same certificates.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from triage.errors import UsageError, VaultError
from triage.vault.keys import make_folder, read_secret, write_secret

TRUST_DOMAIN: Final = "triage.local"
CLIENT_ROLES: Final = ("gateway", "nurse", "officer", "witness", "drill", "health")
ROLES: Final = ("server", *CLIENT_ROLES)
AUTHORITY_LIFETIME: Final = timedelta(days=3650)
CERTIFICATE_LIFETIME: Final = timedelta(days=365)
BACKDATED: Final = timedelta(minutes=5)  # clocks in one clinic differ

_PERSON: Final = re.compile(r"[a-z][a-z0-9.\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names: a role, and a person or device."""

    role: str
    person: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise UsageError("There is no such role.", advice=f"One of: {', '.join(ROLES)}.")
        if not _PERSON.fullmatch(self.person):
            raise UsageError("A person's name cannot be used.", advice="Like amara.okafor: lower case, digits, . and -")

    @property
    def uri(self) -> str:
        return f"spiffe://{TRUST_DOMAIN}/{self.role}/{self.person}"

    @property
    def stem(self) -> str:
        """The files' name without suffix; the server and the gateway are one each."""
        return self.role if self.role in ("server", "gateway") else f"{self.role}-{self.person}"

    @classmethod
    def parse(cls, text: str) -> Holder:
        """From "nurse:amara.okafor". Raises UsageError."""
        role, colon, person = text.partition(":")
        if not colon:
            raise UsageError("A person is written as role:name.", advice="For example nurse:amara.okafor")
        return cls(role, person)


SERVER: Final = Holder("server", "core")
GATEWAY: Final = Holder("gateway", "gateway")
MONITOR: Final = Holder("health", "monitor")


class Authority:
    """A certificate authority whose certificate and key lie in `folder` as ca.crt and ca.key."""

    def __init__(self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._folder, self._certificate, self._key = folder, certificate, key

    @classmethod
    def load_or_make(cls, folder: Path, now: datetime) -> tuple[Authority, list[Path]]:
        """The authority in `folder`, and the files that had to be made. Raises VaultError."""
        make_folder(folder)
        certificate_file, key_file = folder / "ca.crt", folder / "ca.key"
        if certificate_file.exists() != key_file.exists():
            raise VaultError("Half of the certificate authority is missing.", advice="Restore ca.crt and ca.key.")
        made: list[Path] = []
        if not key_file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            write_secret(key_file, _pem(key))
            certificate_file.write_bytes(_own_certificate(key, now).public_bytes(serialization.Encoding.PEM))
            made = [certificate_file, key_file]
        try:
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
            loaded = serialization.load_pem_private_key(read_secret(key_file), password=None)
        except (OSError, ValueError, TypeError):
            raise VaultError("The certificate authority is damaged.", advice="Restore ca.crt and ca.key.") from None
        if not isinstance(loaded, ec.EllipticCurvePrivateKey) or loaded.public_key() != certificate.public_key():
            raise VaultError("The certificate authority's key and certificate do not fit.", advice="Restore both.")
        return cls(folder, certificate, loaded), made

    def issue(self, holder: Holder, now: datetime, lifetime: timedelta = CERTIFICATE_LIFETIME) -> list[Path]:
        """Writes the holder's certificate and key; nothing, when there is a key already. Raises VaultError."""
        certificate_file, key_file = self._folder / f"{holder.stem}.crt", self._folder / f"{holder.stem}.key"
        if certificate_file.exists() and key_file.exists():
            return []
        if certificate_file.exists() != key_file.exists():
            raise VaultError("A certificate or its key is missing.", advice=f"Remove what is left of {holder.stem}.")
        return self._write(holder, now, lifetime)

    def renew(self, now: datetime, within: timedelta) -> list[Path]:
        """New key and certificate for every holder in the folder whose certificate ends within this time, or whose renewal broke off
        half-way; the certificates. Running processes take them up by themselves. The authority's own is left alone.

        Raises VaultError."""
        made = []
        for name, until in expiry(self._folder):
            file = self._folder / name
            if name != "ca.crt" and (until - now <= within or file.with_name(f"{file.stem}.key.new").exists()):
                made.append(self._write(_holder(file), now, CERTIFICATE_LIFETIME)[0])
        return made

    def _write(self, holder: Holder, now: datetime, lifetime: timedelta) -> list[Path]:
        """Each file is replaced whole; between the two they do not fit, which readers notice (rpc/certificates.py)."""
        files = [self._folder / f"{holder.stem}.{suffix}" for suffix in ("crt", "key")]
        parts = [file.with_name(f"{file.name}.new") for file in files]
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certify(holder, key.public_key(), now, lifetime)
        for part in parts:
            part.unlink(missing_ok=True)
        parts[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        write_secret(parts[1], _pem(key))
        for part, file in zip(parts, files, strict=True):
            part.replace(file)
        return files

    def _certify(
        self, holder: Holder, public: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
    ) -> x509.Certificate:
        server = holder.role == "server"
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(holder.uri)]
        if server:
            names += [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = (
            _builder(f"{holder.role} {holder.person}", self._certificate.subject, public, now, lifetime)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(_usage(sign=True, certify=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256())


def expiry(folder: Path) -> list[tuple[str, datetime]]:
    """Each certificate in `folder` and until when it is valid, the first to expire first. Raises VaultError."""
    try:
        found = [
            (file.name, x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc)
            for file in folder.glob("*.crt")
        ]
    except (OSError, ValueError):
        raise VaultError("A certificate is damaged.", advice=f"Look through {folder}.") from None
    return sorted(found, key=lambda pair: pair[1])


def _holder(file: Path) -> Holder:
    """Whom a certificate of this authority names. Raises VaultError."""
    try:
        names = x509.load_pem_x509_certificate(file.read_bytes()).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        (uri,) = names.value.get_values_for_type(x509.UniformResourceIdentifier)
        role, person = uri.removeprefix(f"spiffe://{TRUST_DOMAIN}/").split("/")
        return Holder(role, person)
    except (OSError, ValueError, x509.ExtensionNotFound, UsageError):
        raise VaultError("A certificate names nobody.", advice=f"Look at {file}.") from None


def _own_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "triage development authority")])
    builder = (
        _builder("triage development authority", name, key.public_key(), now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=False, certify=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def _builder(
    common_name: str, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        key_cert_sign=certify,
        crl_sign=certify,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
