"""Who has signed a matrix. The clinical lead's signature cannot be waived; what lowers a safety threshold needs a second person.

A signature is Ed25519 (RFC 8032) over the matrix's digest, the signer's role and name, and the time. Signers' public keys lie
in the keys folder; a signature by a key that is not there counts for nothing. Pure: files are read and written by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from triage.errors import UsageError
from triage.escalation.changes import Change, changes
from triage.escalation.matrix import Matrix, reference

ROLES: Final = ("clinical_lead", "compliance_officer", "operations_lead")
CLINICAL: Final = "clinical_lead"
SIGNATURES_MAX: Final = 50
DEVELOPMENT: Final = "development"  # the signer that `triage keys init` makes: no clinician


@dataclass(frozen=True, slots=True)
class Signature:
    """`at`: RFC 3339. `signature`: hex."""

    role: str
    person: str
    at: str
    digest: str
    signature: str

    @property
    def signer(self) -> str:
        return f"{self.role}.{self.person}"


@dataclass(frozen=True, slots=True)
class Standing:
    """`by`: valid signatures. `missing`: what is still needed, in words; empty when the matrix is in force. `weaker`: what lowers a
    safety threshold against the reference that comes with the appliance."""

    by: tuple[Signature, ...]
    missing: tuple[str, ...]
    weaker: tuple[Change, ...]

    @property
    def in_force(self) -> bool:
        return not self.missing

    @property
    def by_development(self) -> bool:
        """No clinician among them."""
        return all(one.person == DEVELOPMENT for one in self.by if one.role == CLINICAL)


def sign(matrix: Matrix, key: Ed25519PrivateKey, role: str, person: str, at: datetime) -> Signature:
    when = at.isoformat(timespec="seconds")
    return Signature(role, person, when, matrix.digest, key.sign(_statement(matrix.digest, role, person, when)).hex())


def standing(matrix: Matrix, signatures: Sequence[Signature], trusted: Mapping[str, bytes]) -> Standing:
    """`trusted`: raw public keys by signer ("role.person")."""
    good = tuple(one for one in signatures if one.digest == matrix.digest and _is_good(one, trusted))
    weaker = tuple(change for change in changes(reference(), matrix) if change.lowers)
    missing = []
    if not any(one.role == CLINICAL for one in good):
        missing.append("the clinical lead's signature")
    if weaker and len({one.person for one in good}) < 2:
        missing.append("a second person's signature, because it lowers a safety threshold")
    return Standing(good, tuple(missing), weaker)


def dump(signatures: Sequence[Signature]) -> str:
    return json.dumps({"signatures": [asdict(one) for one in signatures]}, indent=1) + "\n"


def parse(text: str) -> tuple[Signature, ...]:
    """Raises UsageError for anything else than a file of signatures."""
    try:
        found = tuple(Signature(**one) for one in json.loads(text)["signatures"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError("The file of signatures is damaged.", advice="Sign the matrix again.") from None
    if len(found) > SIGNATURES_MAX or not all(isinstance(v, str) for one in found for v in asdict(one).values()):
        raise UsageError("The file of signatures is damaged.", advice="Sign the matrix again.")
    return found


def _is_good(one: Signature, trusted: Mapping[str, bytes]) -> bool:
    public = trusted.get(one.signer)
    if public is None or one.role not in ROLES:
        return False
    try:
        statement = _statement(one.digest, one.role, one.person, one.at)
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(one.signature), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(digest: str, role: str, person: str, at: str) -> bytes:
    return "\n".join(("triage-matrix/v1", digest, role, person, at, "")).encode()
