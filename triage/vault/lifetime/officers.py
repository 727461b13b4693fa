"""Who stands at the appliance's own console: a command that runs while the appliance is stopped asks no server."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from triage.errors import NotAllowed, VaultError
from triage.vault.authority import Holder
from triage.vault.keys import read_secret

ROLE = "officer"


def prove(folder: Path, person: str, now: datetime) -> str:
    """The officer as the audit log writes them, "officer:NAME". Raises NotAllowed unless `folder` holds a certificate of this
    officer, issued by the authority there and valid now, with its private key; VaultError when that cannot be read."""
    holder = Holder(ROLE, person)
    try:
        authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
        certificate = x509.load_pem_x509_certificate((folder / f"{holder.stem}.crt").read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        certificate.verify_directly_issued_by(authority)
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise NotAllowed(
            "There is no valid certificate of this officer.", advice=f"{folder}: {holder.stem}.crt"
        ) from None
    try:
        key = serialization.load_pem_private_key(read_secret(folder / f"{holder.stem}.key"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise VaultError("The officer's key is damaged.", advice=f"{folder}: {holder.stem}.key") from None
    if key.public_key() != certificate.public_key() or names.get_values_for_type(x509.UniformResourceIdentifier) != [
        holder.uri
    ]:
        raise NotAllowed("The certificate is another person's.", advice=f"{folder}: {holder.stem}.crt and .key")
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise NotAllowed("The officer's certificate is not valid now.", advice="Renew it: `triage keys init`.")
    return f"{ROLE}:{person}"
