"""Where keys come from: a port for the key that wraps every other key, and the file provider.

    key-encryption key (provider) --AES-KW--> database key, and one data key a call
    audit signing key (Ed25519)

The file provider is for development and for sites without a TPM or a security module: whoever can read its folder can read
the vault. HHS guidance wants decryption tools apart from the data (74 FR 19009); the port is where another provider goes.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from triage.audit.checkpoint import Signer, Verifier
from triage.errors import IntegrityError, VaultError

KEY_BYTES = 32
KEY_FILE_BYTES_MAX = 16_384

KEK_FILE = "kek.key"
DATABASE_FILE = "database.key"
SIGNING_FILE = "audit-signing.key"
PUBLIC_FILE = "audit-signing.pub"


class KeyEncryption(Protocol):
    """Wraps and unwraps keys (RFC 3394, AES-KW). The key itself never leaves the provider."""

    @property
    def key_id(self) -> str:
        """Which key this is; written beside everything it wraps, and authenticated with it."""
        ...

    def wrap(self, key: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Raises IntegrityError when `wrapped` was altered or wrapped by another key."""
        ...


class AesKeyWrap:
    """A key-encryption key held in this process's memory."""

    def __init__(self, key: bytes, key_id: str) -> None:
        if len(key) != KEY_BYTES:
            raise VaultError("The key-encryption key has the wrong length.", advice=f"It must have {KEY_BYTES} bytes.")
        self._key = key
        self._key_id = key_id

    @property
    def key_id(self) -> str:
        return self._key_id

    def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._key, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key, wrapped)
        except (InvalidUnwrap, ValueError):
            raise IntegrityError("A wrapped key was altered, or wrapped by another key.") from None


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """Everything that opening a vault needs. `database` has 32 bytes."""

    kek: KeyEncryption
    database: bytes
    signer: Signer

    def __repr__(self) -> str:
        return "VaultKeys(...)"


def load(folder: Path) -> VaultKeys:
    """The keys in `folder`, as `triage keys init` made them. Raises VaultError or IntegrityError."""
    kek = _kek(folder)
    return VaultKeys(kek, kek.unwrap(_hexadecimal(folder / DATABASE_FILE)), Signer(_signing_key(folder)))


def pseudonym(key: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of `text` under a key of its own, derived from `key` (HKDF, RFC 5869). Hex."""
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"triage pseudonym v1").derive(key)
    mac = HMAC(derived, hashes.SHA256())
    mac.update(text.encode())
    return mac.finalize().hex()


def load_verifier(file: Path) -> Verifier:
    """The log's public key; this file is no secret."""
    try:
        return Verifier.parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise VaultError("The audit log's public key cannot be read.", advice=str(file)) from None


def create(folder: Path) -> list[Path]:
    """Makes what is missing and returns that; never overwrites. Raises VaultError when half of a set is lost."""
    make_folder(folder)
    made: list[Path] = []
    if not (folder / KEK_FILE).exists():
        if (folder / DATABASE_FILE).exists():
            raise VaultError(
                "The key-encryption key is gone, but a key that it wrapped is there.",
                advice=f"Restore {KEK_FILE} from its backup; a new one could not open the vault.",
            )
        key_id = f"file-{secrets.token_hex(4)}"
        write_secret(folder / KEK_FILE, f"{key_id} {secrets.token_hex(KEY_BYTES)}\n".encode())
        made.append(folder / KEK_FILE)
    if not (folder / DATABASE_FILE).exists():
        wrapped = _kek(folder).wrap(secrets.token_bytes(KEY_BYTES))
        write_secret(folder / DATABASE_FILE, f"{wrapped.hex()}\n".encode())
        made.append(folder / DATABASE_FILE)
    if not (folder / SIGNING_FILE).exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(folder / SIGNING_FILE, pem)
        made.append(folder / SIGNING_FILE)
    if not (folder / PUBLIC_FILE).exists():
        text = Signer(_signing_key(folder)).verifier.text()
        (folder / PUBLIC_FILE).write_text(f"{text}\n", encoding="utf-8")
        made.append(folder / PUBLIC_FILE)
    return made


def make_folder(folder: Path) -> None:
    """`folder`, for the owner only. Raises VaultError when it cannot be made or others may enter it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            folder.chmod(0o700)
        mode = folder.stat().st_mode
    except OSError as error:
        raise VaultError("The keys folder cannot be made.", advice=f"{folder}: {error.strerror}") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise VaultError("The keys folder can be written by others.", advice=f"chmod 700 {folder}")


def write_secret(file: Path, content: bytes) -> None:
    """Makes `file` with mode 0600 from its first moment. Raises VaultError; never overwrites."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise VaultError("A key file cannot be written.", advice=f"{file}: {error.strerror}") from None


def read_secret(file: Path) -> bytes:
    """The content of a key file that only its owner can read. Raises VaultError otherwise."""
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(KEY_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise VaultError("A key file is missing.", advice=f"{file}: `triage keys init` makes the keys.") from None
    except OSError as error:
        raise VaultError("A key file cannot be read.", advice=f"{file}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise VaultError("A key file is open to others than its owner.", advice=f"chmod 600 {file}")
    if len(content) > KEY_FILE_BYTES_MAX:
        raise VaultError("A key file is too long to be one.", advice=str(file))
    return content


def _kek(folder: Path) -> AesKeyWrap:
    file = folder / KEK_FILE
    words = read_secret(file).decode("ascii", "replace").split()
    try:
        return AesKeyWrap(bytes.fromhex(words[1]), words[0])
    except (ValueError, IndexError):
        raise VaultError("The key-encryption key's file is damaged.", advice=str(file)) from None


def _hexadecimal(file: Path) -> bytes:
    try:
        return bytes.fromhex(read_secret(file).decode("ascii", "replace").strip())
    except ValueError:
        raise VaultError("A key file is damaged.", advice=str(file)) from None


def _signing_key(folder: Path) -> Ed25519PrivateKey:
    file = folder / SIGNING_FILE
    try:
        key = serialization.load_pem_private_key(read_secret(file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise VaultError("The audit log's signing key is damaged.", advice=str(file))
    return key
