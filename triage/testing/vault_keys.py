"""Keys for a vault that lasts as long as a test: in memory, new each time."""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.audit.checkpoint import Signer
from triage.errors import IntegrityError
from triage.vault.keys import KEY_BYTES, AesKeyWrap, VaultKeys


class ScriptedKeyEncryption:
    """A provider that can be told to fail, as a security module that was unplugged does."""

    def __init__(self) -> None:
        self._kek = AesKeyWrap(secrets.token_bytes(KEY_BYTES), "scripted")
        self.unplugged = False

    @property
    def key_id(self) -> str:
        return self._kek.key_id

    def wrap(self, key: bytes) -> bytes:
        self._look()
        return self._kek.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        self._look()
        return self._kek.unwrap(wrapped)

    def _look(self) -> None:
        if self.unplugged:
            raise IntegrityError("The security module does not answer.")


def temporary_keys() -> VaultKeys:
    return VaultKeys(ScriptedKeyEncryption(), secrets.token_bytes(KEY_BYTES), Signer(Ed25519PrivateKey.generate()))
