"""Cosignatures: a witness's statement that, at a time, this was the newest consistent checkpoint that it knew of the log.

Format: C2SP tlog-cosignature, Ed25519. The signed message is "cosignature/v1", "time <POSIX seconds>" and the checkpoint's body;
the signature line of the note holds key id || timestamp (8 bytes, big-endian) || signature. The key id is the first four bytes of
SHA-256(name || "\\n" || 0x04 || public key), so a witness's key is never taken for a log's.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from triage.audit.checkpoint import Checkpoint, CheckpointInvalid, body, unbase64
from triage.errors import AuditError

COSIGNATURE = 0x04
COSIGNATURE_BYTES = 4 + 8 + 64
WITNESSES_MAX = 20  # of one log; a note with as many cosignatures has some 4 KB
TIME_MAX = (1 << 63) - 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/\-]{0,99}")


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One line of a note: who (by name and key id), when (POSIX seconds), and 64 bytes of Ed25519."""

    name: str
    key_id: bytes
    at: int
    signature: bytes

    def line(self) -> str:
        blob = self.key_id + self.at.to_bytes(8, "big") + self.signature
        return f"\u2014 {self.name} {base64.b64encode(blob).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> Cosignature:
        """Raises CheckpointInvalid unless the line is a timestamped signature."""
        parts = line.removesuffix("\n").split(" ")
        try:
            blob = unbase64(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else b""
        except ValueError:
            blob = b""
        at = int.from_bytes(blob[4:12], "big")
        if len(blob) != COSIGNATURE_BYTES or at > TIME_MAX:
            raise CheckpointInvalid("A cosignature is malformed.")
        return cls(parts[1], blob[:4], at, blob[12:])


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and Ed25519 public key (32 bytes), written as a C2SP verifier key: name+id+base64(0x04 || key)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([COSIGNATURE]) + self.public).digest()[:4]

    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes([COSIGNATURE]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> WitnessKey:
        """Raises AuditError unless `text` is a well-formed witness key whose id fits."""
        parts = text.strip().split("+", 2)
        try:
            key = unbase64(parts[2]) if len(parts) == 3 else b""
        except ValueError:
            key = b""
        if len(key) != 33 or key[0] != COSIGNATURE or not _NAME.fullmatch(parts[0]):
            raise AuditError("This is not a witness's public key.", advice="Expected name+id+base64, cosignature/v1.")
        witness = cls(parts[0], key[1:])
        if witness.key_id.hex() != parts[1]:
            raise AuditError("The witness's key id does not fit it.", advice="The key file was altered or cut off.")
        return witness

    def wrote(self, cosignature: Cosignature) -> bool:
        """Whether the line claims to be this witness's."""
        return (cosignature.name, cosignature.key_id) == (self.name, self.key_id)

    def check(self, cosignature: Cosignature, checkpoint: Checkpoint) -> None:
        """Raises CheckpointInvalid unless this witness has signed this checkpoint at the stated time."""
        try:
            if not self.wrote(cosignature):
                raise InvalidSignature
            Ed25519PublicKey.from_public_bytes(self.public).verify(
                cosignature.signature, message(checkpoint, cosignature.at)
            )
        except InvalidSignature:
            raise CheckpointInvalid("A cosignature is wrong.", origin=checkpoint.origin) from None


def message(checkpoint: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{body(checkpoint.origin, checkpoint.size, checkpoint.root)}".encode()


class Cosigner:
    """A witness's key. It signs what it is given: who calls it has checked consistency (triage/officer/witness.py)."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        if not _NAME.fullmatch(name):
            raise AuditError("A witness's name cannot be used.", advice="Like riverside.example/usb-1, without spaces.")
        self._key = key
        self.key = WitnessKey(name, key.public_key().public_bytes_raw())

    def cosign(self, checkpoint: Checkpoint, at: int) -> Cosignature:
        """`at`: POSIX seconds."""
        return Cosignature(self.key.name, self.key.key_id, at, self._key.sign(message(checkpoint, at)))


def cosigned(checkpoint: Checkpoint, cosignatures: list[Cosignature]) -> str:
    """The checkpoint's note with the log's own signature and these."""
    own = checkpoint.note[: checkpoint.note.rindex("\n\n") + 2]
    signer = next(line for line in signature_lines(checkpoint.note) if line.startswith(f"\u2014 {checkpoint.origin} "))
    return own + signer + "".join(one.line() for one in cosignatures)


def signature_lines(note: str) -> list[str]:
    return note[note.rindex("\n\n") + 2 :].splitlines(keepends=True)


def cosignatures_of(note: str, origin: str) -> list[Cosignature]:
    """Every line but the log's own. Raises CheckpointInvalid when one is malformed."""
    return [Cosignature.parse(line) for line in signature_lines(note) if not line.startswith(f"\u2014 {origin} ")]


def notes_of(text: str) -> list[str]:
    """The notes in a file that holds several, one after the other: a note's signature lines end where a line without the dash
    begins the next."""
    notes: list[str] = []
    signed = True
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith("\u2014 "):
            notes.append("")
            signed = False
        notes[-1] += line
        signed = signed or line.startswith("\u2014 ")
    return notes
