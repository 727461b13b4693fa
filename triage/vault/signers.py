"""Where a matrix's signatures and its signers' keys lie: public keys in <keys>/signers, signatures in <state>/matrix.sig."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.config import Settings
from triage.errors import UsageError, VaultError
from triage.escalation.signing import Signature, dump, parse
from triage.vault.keys import make_folder, read_secret, write_secret

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Signers:
    folder: Path
    file: Path

    def public_file(self, signer: str) -> Path:
        return self.folder / f"{signer}.pub"

    def trusted(self) -> dict[str, bytes]:
        """Raw public keys by signer ("role.person"). Raises VaultError for a file that is none."""
        out = {}
        for file in sorted(self.folder.glob("*.pub")) if self.folder.is_dir() else []:
            try:
                out[file.stem] = bytes.fromhex(file.read_text(encoding="ascii").strip())
            except (OSError, ValueError):
                raise VaultError("A signer's public key cannot be read.", advice=str(file)) from None
        return out

    def signatures(self) -> tuple[Signature, ...]:
        """Raises UsageError when the file is damaged."""
        try:
            return parse(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError):
            raise UsageError("The file of signatures cannot be read.", advice=str(self.file)) from None

    def add(self, made: Signature) -> None:
        """In place of an older one by the same signer over the same matrix. Raises VaultError when it cannot be written."""
        kept = [one for one in self.signatures() if (one.signer, one.digest) != (made.signer, made.digest)]
        part = self.file.with_suffix(".part")
        try:
            part.write_text(dump([*kept, made]), encoding="utf-8")
            os.replace(part, self.file)
        except OSError as error:
            raise VaultError(
                "The file of signatures cannot be written.", advice=f"{self.file}: {error.strerror}"
            ) from None

    def make(self, signer: str) -> list[Path]:
        """A new key pair for `signer`; what was made. Never overwrites. Raises UsageError for a name that is none."""
        if not _NAME.fullmatch(signer):
            raise UsageError("A signer is ROLE.NAME in small letters.", advice=signer)
        make_folder(self.folder)
        private, public = self.folder / f"{signer}.key", self.public_file(signer)
        if public.exists():
            return []
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(private, pem)
        public.write_text(key.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")
        return [private, public]

    def private(self, role: str, person: str, file: Path | None) -> Ed25519PrivateKey:
        """Raises VaultError when there is no such key."""
        where = file or self.folder / f"{role}.{person}.key"
        try:
            key = serialization.load_pem_private_key(read_secret(where), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise VaultError("The signer's key is damaged.", advice=str(where))
        return key


def place(settings: Settings) -> Signers:
    return Signers(settings.keys_dir / "signers", settings.state_dir / "matrix.sig")
