"""Where keys come from: a port for the key that wraps every other key, and the file provider.

    key-encryption key (provider) --AES-KW--> database key, and one data key a call
    audit signing key (Ed25519)

A key-encryption key is named "provider-number". `database.key` names the one that is in force; others may live beside it
while a rotation is under way (lifetime/rotation.py), and `VaultKeys.under` finds each by its name.

The file provider is for development and for sites without a TPM or a security module: whoever can read its folder can read
the vault. HHS guidance wants decryption tools apart from the data (74 FR 19009); providers/ holds the others.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

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
NEXT_DATABASE_FILE = "database.next"  # there only while the database is being rekeyed (lifetime/rekey.py)
SIGNING_FILE = "audit-signing.key"
PUBLIC_FILE = "audit-signing.pub"
FILE: Final = "file"  # first part of the names of keys in files


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


class Provider(Protocol):
    """Where key-encryption keys lie. Every method raises VaultError when that place does not answer."""

    def has(self, key_id: str) -> bool: ...

    def find(self, key_id: str) -> KeyEncryption:
        """Raises VaultError when the key is not there."""
        ...

    def make(self, key_id: str) -> KeyEncryption:
        """A new key, durable when this returns."""
        ...

    def destroy(self, key_id: str) -> None:
        """For good; nothing when it is gone already."""
        ...


class Files:
    """Key-encryption keys in one file of the keys folder, a line each: name and 64 hexadecimal digits."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / KEK_FILE

    def has(self, key_id: str) -> bool:
        return self._file.exists() and key_id in self._keys()

    def first(self) -> str:
        """The name of the oldest."""
        return next(iter(self._keys()))

    def find(self, key_id: str) -> AesKeyWrap:
        try:
            return AesKeyWrap(self._keys()[key_id], key_id)
        except KeyError:
            raise VaultError(
                "A key-encryption key is missing.", advice=f"Restore {key_id} in {self._file} from its backup."
            ) from None

    def make(self, key_id: str) -> AesKeyWrap:
        self._write({**(self._keys() if self._file.exists() else {}), key_id: secrets.token_bytes(KEY_BYTES)})
        return self.find(key_id)

    def destroy(self, key_id: str) -> None:
        """The old file is overwritten before it is let go; a flash disk may keep a copy of it all the same."""
        if not self.has(key_id):
            return
        left = {name: key for name, key in self._keys().items() if name != key_id}
        try:
            with self._file.open("r+b") as old:
                if left:
                    self._write(left)
                else:
                    self._file.unlink()
                old.write(bytes(os.fstat(old.fileno()).st_size))
                old.flush()
                os.fsync(old.fileno())
        except OSError as error:
            raise VaultError("A key cannot be destroyed.", advice=f"{self._file}: {error.strerror}") from None

    def _keys(self) -> dict[str, bytes]:
        lines = [line.split() for line in read_secret(self._file).decode("ascii", "replace").splitlines()]
        try:
            keys = {name: bytes.fromhex(digits) for name, digits in lines}
        except ValueError:
            keys = {}
        if not keys:
            raise VaultError("The key-encryption key's file is damaged.", advice=str(self._file))
        return keys

    def _write(self, keys: Mapping[str, bytes]) -> None:
        replace_secret(self._file, "".join(f"{name} {key.hex()}\n" for name, key in keys.items()).encode())


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every provider that the configuration names, by the first part of its keys' names, and the one that makes new keys."""

    providers: Mapping[str, Provider]
    chosen: str

    @classmethod
    def of_files(cls, folder: Path) -> Keyring:
        return cls({FILE: Files(folder)}, FILE)

    def provider(self, key_id: str) -> Provider:
        """Raises VaultError when this key's provider is not configured."""
        name = key_id.split("-", 1)[0]
        if name not in self.providers:
            raise VaultError(
                "A key-encryption key's provider is not configured.",
                advice=f"Bring back the key {key_id}: [vault.{name}]",
            )
        return self.providers[name]

    def find(self, key_id: str) -> KeyEncryption:
        return self.provider(key_id).find(key_id)

    def new_name(self) -> str:
        return f"{self.chosen}-{secrets.token_hex(4)}"


def _unknown(key_id: str) -> KeyEncryption:
    raise VaultError("A record was sealed under another key-encryption key.", advice=f"Bring back the key {key_id}.")


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """Everything that opening a vault needs. `database` has 32 bytes; `kek` wraps, `find` knows those from before."""

    kek: KeyEncryption
    database: bytes
    signer: Signer
    find: Callable[[str], KeyEncryption] = _unknown

    def under(self, key_id: str) -> KeyEncryption:
        """The key-encryption key of this name. Raises VaultError when it is not there."""
        return self.kek if key_id == self.kek.key_id else self.find(key_id)

    def __repr__(self) -> str:
        return "VaultKeys(...)"


def load(folder: Path, ring: Keyring | None = None) -> VaultKeys:
    """The keys in `folder`, as `triage keys init` made them; without `ring` they are files. Raises VaultError or
    IntegrityError."""
    ring = ring or Keyring.of_files(folder)
    found: dict[str, KeyEncryption] = {}

    def find(key_id: str) -> KeyEncryption:
        return found.get(key_id) or found.setdefault(key_id, ring.find(key_id))

    key_id, wrapped = read_database_key(folder)
    kek = find(key_id)
    return VaultKeys(kek, kek.unwrap(wrapped), Signer(_signing_key(folder)), find)


def read_database_key(folder: Path, name: str = DATABASE_FILE) -> tuple[str, bytes]:
    """The name of the key-encryption key, and the database key that it wraps. Raises VaultError."""
    words = read_secret(folder / name).decode("ascii", "replace").split()
    # Before there was a rotation there was one key-encryption key, and it was not named here.
    key_id = words[0] if len(words) == 2 else Files(folder).first()
    try:
        return key_id, bytes.fromhex(words[-1])
    except (ValueError, IndexError):
        raise VaultError("A key file is damaged.", advice=str(folder / name)) from None


def write_database_key(folder: Path, kek: KeyEncryption, key: bytes, name: str = DATABASE_FILE) -> None:
    """In one step: whoever reads the file finds the old content or the new. Raises VaultError."""
    replace_secret(folder / name, f"{kek.key_id} {kek.wrap(key).hex()}\n".encode())


def pseudonym(key: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of `text` under `key`, which `pseudonym_key` made. Hex."""
    mac = HMAC(key, hashes.SHA256())
    mac.update(text.encode())
    return mac.finalize().hex()


def pseudonym_key(database: bytes) -> bytes:
    """A key of its own, derived from the database key (HKDF, RFC 5869)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"triage pseudonym v1").derive(database)


def load_verifier(file: Path) -> Verifier:
    """The log's public key; this file is no secret."""
    try:
        return Verifier.parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise VaultError("The audit log's public key cannot be read.", advice=str(file)) from None


def create(folder: Path, ring: Keyring | None = None) -> list[Path]:
    """Makes what is missing and returns that; never overwrites. Raises VaultError when half of a set is lost."""
    make_folder(folder)
    ring = ring or Keyring.of_files(folder)
    made: list[Path] = []
    if (folder / DATABASE_FILE).exists():
        _look_for(ring, folder)
    else:
        if ring.chosen == FILE and not (folder / KEK_FILE).exists():
            ring.providers[FILE].make(ring.new_name())
            made.append(folder / KEK_FILE)
        kek = Files(folder).find(Files(folder).first()) if ring.chosen == FILE else _make(ring)
        write_database_key(folder, kek, secrets.token_bytes(KEY_BYTES))
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


def _make(ring: Keyring) -> KeyEncryption:
    key_id = ring.new_name()
    return ring.provider(key_id).make(key_id)


def _look_for(ring: Keyring, folder: Path) -> None:
    try:
        key_id, _ = read_database_key(folder)
        there = ring.provider(key_id).has(key_id)
    except VaultError:
        if (folder / KEK_FILE).exists():
            raise
        key_id, there = KEK_FILE, False
    if not there:
        raise VaultError(
            "The key-encryption key is gone, but a key that it wrapped is there.",
            advice=f"Restore {key_id} from its backup; a new one could not open the vault.",
        )


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


def replace_secret(file: Path, content: bytes) -> None:
    """`file` (mode 0600) holds all of its old content or all of the new, whenever the power goes. Raises VaultError."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    write_secret(part, content)
    try:
        part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise VaultError("A key file cannot be written.", advice=f"{file}: {error.strerror}") from None


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


def _signing_key(folder: Path) -> Ed25519PrivateKey:
    file = folder / SIGNING_FILE
    try:
        key = serialization.load_pem_private_key(read_secret(file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise VaultError("The audit log's signing key is damaged.", advice=str(file))
    return key
