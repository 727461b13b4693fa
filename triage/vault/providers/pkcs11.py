"""Key-encryption keys in a security module, by PKCS #11 (OASIS, version 2.40): the key never leaves the module.

AES-256, sensitive and not extractable; wraps by CKM_AES_KEY_WRAP (RFC 3394). A data key is put into the module as a session
object for as long as it is wrapped or unwrapped. Tried with SoftHSM 2.6.1; a module must offer that mechanism and let an
unwrapped data key be read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, PKCS11Error

from triage.errors import IntegrityError, VaultError
from triage.vault.keys import KEY_BYTES, KeyEncryption, read_secret

NAME: Final = "pkcs11"  # first part of these keys' names, which are their CKA_ID too
READABLE: Final = {Attribute.TOKEN: False, Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False}
_LOST: Final = (  # the module was unplugged, restarted, or threw the session away: worth one new session
    pkcs11.SessionHandleInvalid, pkcs11.SessionClosed, pkcs11.UserNotLoggedIn, pkcs11.DeviceError, pkcs11.DeviceRemoved,
    pkcs11.TokenNotPresent, pkcs11.ObjectHandleInvalid, pkcs11.KeyHandleInvalid, pkcs11.WrappingKeyHandleInvalid,
    pkcs11.UnwrappingKeyHandleInvalid,
)  # fmt: skip

T = TypeVar("T")


class Pkcs11:
    """`module`: the library of the module's maker; `token`: the token's label; `pin_file`: the user PIN, mode 0600, best on
    another medium than the vault; `label`: of this appliance's keys, where several share a token."""

    def __init__(self, module: Path, token: str, pin_file: Path, label: str) -> None:
        self._module, self._token, self._pin_file, self._label = module, token, pin_file, label
        self._session: Any = None
        self._turn = threading.RLock()  # one session serves one thread at a time

    def has(self, key_id: str) -> bool:
        return bool(self.use(lambda session: self._objects(session, key_id)))

    def find(self, key_id: str) -> KeyEncryption:
        self.use(lambda session: self.object(session, key_id))
        return ModuleKey(self, key_id)

    def make(self, key_id: str) -> KeyEncryption:
        self.use(
            lambda session: session.generate_key(
                KeyType.AES, KEY_BYTES * 8, id=key_id.encode(), label=self._label, store=True,
                capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
        )  # fmt: skip
        return ModuleKey(self, key_id)

    def destroy(self, key_id: str) -> None:
        self.use(lambda session: [found.destroy() for found in self._objects(session, key_id)])

    def object(self, session: Any, key_id: str) -> Any:
        """The key's handle in this session."""
        found = self._objects(session, key_id)
        if len(found) != 1:
            raise VaultError(
                "The security module does not have this key-encryption key, or has it twice.",
                advice=f"Key {key_id}, label {self._label}, token {self._token}.",
            )
        return found[0]

    def use(self, work: Callable[[Any], T]) -> T:
        """Does `work` with a session, with a new one when the old was lost. Raises VaultError when the module refuses."""
        with self._turn:
            try:
                try:
                    return work(self._opened())
                except _LOST:
                    self._session = None
                    return work(self._opened())
            except PKCS11Error as error:
                self._session = None
                raise _refusal(error, self._token) from None

    def _opened(self) -> Any:
        if self._session is None:
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            pin = read_secret(self._pin_file).decode("utf-8", "replace").strip()
            try:
                self._session = token.open(rw=True, user_pin=pin)
            except pkcs11.UserAlreadyLoggedIn:  # by another session of this process
                self._session = token.open(rw=True)
        return self._session

    def _objects(self, session: Any, key_id: str) -> list[Any]:
        wanted = {
            Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: key_id.encode(), Attribute.LABEL: self._label,
            Attribute.TOKEN: True,
        }  # fmt: skip
        return list(session.get_objects(wanted))


class ModuleKey:
    """One key inside the module."""

    def __init__(self, module: Pkcs11, key_id: str) -> None:
        self._module, self._key_id = module, key_id
        self._handle: tuple[Any, Any] = (None, None)  # the session, and the key's handle in it

    @property
    def key_id(self) -> str:
        return self._key_id

    def _kek(self, session: Any) -> Any:
        if self._handle[0] is not session:
            self._handle = session, self._module.object(session, self._key_id)
        return self._handle[1]

    def wrap(self, key: bytes) -> bytes:
        def work(session: Any) -> bytes:
            kek = self._kek(session)
            template = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.VALUE: key}
            inside = session.create_object({**template, **READABLE})
            try:
                return bytes(kek.wrap_key(inside, mechanism=Mechanism.AES_KEY_WRAP))
            finally:
                inside.destroy()

        return self._module.use(work)

    def unwrap(self, wrapped: bytes) -> bytes:
        def work(session: Any) -> bytes:
            kek = self._kek(session)
            inside = kek.unwrap_key(
                ObjectClass.SECRET_KEY,
                KeyType.AES,
                wrapped,
                mechanism=Mechanism.AES_KEY_WRAP,
                store=False,
                template=READABLE,
            )
            try:
                return bytes(inside[Attribute.VALUE])
            finally:
                inside.destroy()

        try:
            return self._module.use(work)
        except VaultError:
            # Modules name an altered key differently (SoftHSM: general error). One that still wraps is well: the key is not.
            self.wrap(bytes(KEY_BYTES))
            raise IntegrityError("A wrapped key was altered, or wrapped by another key.") from None


def _refusal(error: PKCS11Error, token: str) -> VaultError:
    match error:
        case pkcs11.NoSuchToken() | pkcs11.TokenNotPresent() | pkcs11.DeviceRemoved():
            return VaultError("The security module's token is not there.", advice=f"Is it plugged in? Token {token}.")
        case pkcs11.PinIncorrect() | pkcs11.PinInvalid() | pkcs11.PinLenRange():
            return VaultError(
                "The security module refuses the PIN.", advice="Check pin_file; too many wrong ones lock the token."
            )
        case pkcs11.PinLocked() | pkcs11.PinExpired():
            return VaultError("The security module's PIN is locked.", advice="Its security officer can unlock it.")
        case pkcs11.MechanismInvalid() | pkcs11.FunctionNotSupported():
            return VaultError("The security module cannot wrap keys.", advice="It needs CKM_AES_KEY_WRAP.")
        case _:
            return VaultError(
                "The security module does not answer, or refuses.",
                advice=f"Token {token}: {type(error).__name__}. Check `module` in [vault.pkcs11] and the module itself.",
            )
