"""Signed statements of how large the log is and what its root is.

Formats: C2SP signed-note (text, blank line, "\u2014 name base64(key hash || signature)") and C2SP tlog-checkpoint (origin,
size in decimal, root in base64, a line each). Ed25519 (signature type 0x01): the key hash is the first four bytes of
SHA-256(name || "\\n" || 0x01 || public key).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from triage.audit.merkle import HASH_BYTES
from triage.errors import AuditError

NOTE_BYTES_MAX = 16_384  # a checkpoint with tens of cosignatures; ours has some 200 bytes
ED25519 = 0x01
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class CheckpointInvalid(AuditError):
    """A checkpoint is malformed, or no known key has signed it. `origin` is what it calls itself, when that is legible."""

    def __init__(self, message: str, *, origin: str = "", advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.origin = origin


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`root` is 32 bytes; `note` is the whole signed text; `signature` is the 64 bytes of the log's own key."""

    origin: str
    size: int
    root: bytes
    note: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """A log's name and its Ed25519 public key, written as a C2SP verifier key: name+hash+base64(0x01 || key)."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:4]

    def text(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(bytes([ED25519]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises AuditError unless `text` is a well-formed Ed25519 verifier key whose hash fits."""
        parts = text.strip().split("+", 2)
        try:
            key = unbase64(parts[2]) if len(parts) == 3 else b""
        except ValueError:
            key = b""
        if len(key) != 33 or key[0] != ED25519 or not _NAME.fullmatch(parts[0]):
            raise AuditError("The public key is not a C2SP verifier key.", advice="Expected name+hash+base64, Ed25519.")
        verifier = cls(parts[0], key[1:])
        if verifier.key_hash.hex() != parts[1]:
            raise AuditError("The public key's hash does not fit it.", advice="The key file was altered or cut off.")
        return verifier

    def open(self, note: str) -> Checkpoint:
        """The checkpoint inside a signed note. Raises CheckpointInvalid unless this key has signed exactly this text."""
        try:
            size = len(note.encode())
        except UnicodeEncodeError:  # a lone surrogate: no UTF-8 text
            size = NOTE_BYTES_MAX + 1
        if size > NOTE_BYTES_MAX or "\n\n" not in note or not note.endswith("\n"):
            raise CheckpointInvalid("The checkpoint is not a signed note.")
        cut = note.rindex("\n\n") + 1
        text, lines = note[:cut], note[cut + 1 :].splitlines()
        origin = text.split("\n", 1)[0]
        signature = self._own_signature(lines, origin)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            raise CheckpointInvalid("The checkpoint's signature is wrong.", origin=origin) from None
        return self._parse(text, note, signature)

    def _own_signature(self, lines: list[str], origin: str) -> bytes:
        for line in lines:
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014":
                raise CheckpointInvalid("The checkpoint has a malformed signature line.", origin=origin)
            try:
                blob = unbase64(parts[2])
            except ValueError:
                raise CheckpointInvalid("The checkpoint has a malformed signature line.", origin=origin) from None
            if parts[1] == self.name and blob[:4] == self.key_hash:
                return blob[4:]
        raise CheckpointInvalid("The checkpoint is signed by another key.", origin=origin)

    def _parse(self, text: str, note: str, signature: bytes) -> Checkpoint:
        lines = text.split("\n")
        try:
            root = unbase64(lines[2]) if len(lines) >= 4 else b""
        except ValueError:
            root = b""
        if len(root) != HASH_BYTES or not _SIZE.fullmatch(lines[1]):
            raise CheckpointInvalid("The signed note is not a checkpoint.", origin=lines[0])
        if lines[0] != self.name:
            raise CheckpointInvalid("The checkpoint belongs to another log.", origin=lines[0])
        return Checkpoint(lines[0], int(lines[1]), root, note, signature)

    def assemble(self, size: int, root: bytes, signature: bytes) -> str:
        """The note that a size, root and signature make."""
        line = base64.b64encode(self.key_hash + signature).decode()
        return f"{body(self.name, size, root)}\n\u2014 {self.name} {line}\n"


def unbase64(text: str) -> bytes:
    """Raises ValueError unless `text` is base64 in its one canonical form: no note may have two spellings."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("not canonical")
    return data


def body(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


class Signer:
    """The log's own key. Its name holds part of the key's digest, so that no two appliances share one."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        public = key.public_key().public_bytes_raw()
        self._key = key
        self.verifier = Verifier(f"triage.local/audit/{hashlib.sha256(public).hexdigest()[:16]}", public)

    def sign(self, size: int, root: bytes) -> Checkpoint:
        signature = self._key.sign(body(self.verifier.name, size, root).encode())
        return Checkpoint(self.verifier.name, size, root, self.verifier.assemble(size, root, signature), signature)
