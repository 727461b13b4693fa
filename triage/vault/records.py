"""Sealed records: what a call leaves behind, encrypted under that call's own data key.

AES-256-GCM with the call id, schema version, key id, record number and kind as associated data; the data key wrapped by the
key-encryption key. Shredding the data key makes every record of the call unreadable for good, while the audit log, which
commits to the ciphertext's hash only, stays whole.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from triage.audit.entry import SealedRecord, canonical
from triage.audit.log import WHOLE
from triage.errors import IntegrityError, NotFound, VaultError
from triage.vault.keys import KEY_BYTES, KeyEncryption, VaultKeys
from triage.vault.lifetime import tables

SCHEMA_VERSION = 1
PAYLOAD_BYTES_MAX = 4 * 1024 * 1024  # one record; a handoff packet has at most 64 KiB
RECORDS_PER_CALL_MAX = 10_000  # under one data key; far below where random 96-bit nonces meet (NIST SP 800-38D, 8.3)
NONCE_BYTES = 12

SCHEMA = tables.SCHEMA  # as triage/vault/migrations makes it; one for both, since keys point from one to the other
Table("vault_data_key", SCHEMA, Column("call_id", Text, primary_key=True), Column("key_id", Text, nullable=False),
      Column("wrapped", LargeBinary), Column("made_at", Text, nullable=False), Column("shredded_at", Text),
      CheckConstraint("(wrapped IS NULL) = (shredded_at IS NOT NULL)"), sqlite_strict=True)  # fmt: skip
Table("vault_record", SCHEMA, Column("number", WHOLE, primary_key=True, autoincrement=False),
      Column("call_id", Text, ForeignKey("vault_data_key.call_id"), nullable=False), Column("kind", Text, nullable=False),
      Column("sealed", LargeBinary, nullable=False), Column("sha256", LargeBinary, nullable=False),
      Column("made_at", Text, nullable=False), Index("vault_record_by_call", "call_id", "kind", "number"),
      sqlite_strict=True)  # fmt: skip
Table("vault_counter", SCHEMA, Column("name", Text, primary_key=True), Column("value", WHOLE, nullable=False),
      sqlite_strict=True)  # fmt: skip

Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


def seal(execute: Execute, keys: VaultKeys, call_id: str, kind: str, payload: bytes, now: datetime) -> SealedRecord:
    """Stores `payload` and says what the audit entry must commit to. Raises VaultError."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise VaultError("A record is too large.", advice=f"At most {PAYLOAD_BYTES_MAX} bytes.")
    key_id, key = _data_key(execute, keys, call_id) or _new_data_key(execute, keys.kek, call_id, now)
    ((number,),) = execute("UPDATE vault_counter SET value = value + 1 WHERE name = 'record' RETURNING value", ())
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, payload, _associated(call_id, key_id, number, kind))
    digest = hashlib.sha256(sealed).digest()
    execute(
        "INSERT INTO vault_record (number, call_id, kind, sealed, sha256, made_at) VALUES (?, ?, ?, ?, ?, ?)",
        (number, call_id, kind, sealed, digest, now.isoformat()),
    )
    return SealedRecord(number, kind, digest.hex())


def unseal(execute: Execute, keys: VaultKeys, call_id: str, kind: str) -> list[bytes]:
    """The call's records of this kind in the order of sealing. Raises NotFound after a shred or when their retention has ended,
    IntegrityError when a record was altered or belongs elsewhere."""
    rows = execute(
        "SELECT number, sealed, sha256 FROM vault_record WHERE call_id = ? AND kind = ? ORDER BY number LIMIT ?",
        (call_id, kind, RECORDS_PER_CALL_MAX),
    )
    if not rows:
        return []
    found = _data_key(execute, keys, call_id)
    if found is None:
        raise NotFound("This call has no data key.")
    key_id, key = found
    cipher = AESGCM(key)
    payloads = []
    for number, sealed, digest in rows:
        if not sealed:
            raise NotFound("This record was erased: its retention has ended.")
        if hashlib.sha256(sealed).digest() != digest:
            raise IntegrityError("A sealed record was altered.")
        try:
            associated = _associated(call_id, key_id, number, kind)
            payloads.append(cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated))
        except InvalidTag:
            raise IntegrityError("A sealed record was altered, or belongs to another call.") from None
    return payloads


def shred(execute: Execute, call_id: str, now: datetime) -> list[SealedRecord]:
    """Destroys the call's data key; which records became unreadable. Raises NotFound when there is no key left, NotAllowed
    under a legal hold."""
    tables.refuse_if_held(execute, call_id)
    gone = execute(
        "UPDATE vault_data_key SET wrapped = NULL, shredded_at = ? WHERE call_id = ? AND wrapped IS NOT NULL RETURNING 1",
        (now.isoformat(), call_id),
    )
    if not gone:
        raise NotFound("This call has no data key.")
    return of_call(execute, call_id)


def erase(execute: Execute, call_id: str, kind: str) -> int:
    """Overwrites the ciphertext of the call's records of this kind; how many there were. Their hashes stay, so that the log
    stays whole. Raises NotAllowed under a legal hold."""
    tables.refuse_if_held(execute, call_id)
    return len(
        execute(
            "UPDATE vault_record SET sealed = ? WHERE call_id = ? AND kind = ? AND length(sealed) > 0 RETURNING 1",
            (b"", call_id, kind),
        )
    )


def of_call(execute: Execute, call_id: str) -> list[SealedRecord]:
    """What the log commits to of the call's records, in the order of sealing."""
    rows = execute("SELECT number, kind, sha256 FROM vault_record WHERE call_id = ? ORDER BY number", (call_id,))
    return [SealedRecord(number, kind, bytes(digest).hex()) for number, kind, digest in rows]


def digest(records: Sequence[SealedRecord]) -> str:
    """SHA-256 over the canonical JSON list of [number, kind, SHA-256 of the ciphertext]. Hex."""
    return hashlib.sha256(canonical([[one.number, one.kind, one.sha256] for one in records])).hexdigest()


def matches(execute: Execute, fields: dict[str, object]) -> bool:
    """Whether every sealed record that an audit entry names is there with the hash that the entry commits to."""
    named = fields.get("records", [])
    if not isinstance(named, list):
        return False
    for record in named:
        if not (isinstance(record, list) and len(record) == 3 and isinstance(record[0], int)):
            return False
        rows = execute("SELECT kind, sha256, call_id FROM vault_record WHERE number = ?", (record[0],))
        if (
            not rows
            or rows[0][0] != record[1]
            or bytes(rows[0][1]).hex() != record[2]
            or rows[0][2] != fields.get("call")
        ):
            return False
    return True


def _data_key(execute: Execute, keys: VaultKeys, call_id: str) -> tuple[str, bytes] | None:
    """The name that the records' associated data holds, and the key."""
    rows = execute("SELECT key_id, wrapped FROM vault_data_key WHERE call_id = ?", (call_id,))
    if not rows:
        return None
    key_id, wrapped = rows[0]
    if wrapped is None:
        raise NotFound("This call's data key was shredded.")
    return key_id, keys.under(tables.wrapped_by(execute, call_id) or key_id).unwrap(bytes(wrapped))


def _new_data_key(execute: Execute, kek: KeyEncryption, call_id: str, now: datetime) -> tuple[str, bytes]:
    key = secrets.token_bytes(KEY_BYTES)
    execute(
        "INSERT INTO vault_data_key (call_id, key_id, wrapped, made_at) VALUES (?, ?, ?, ?)",
        (call_id, kek.key_id, kek.wrap(key), now.isoformat()),
    )
    return kek.key_id, key


def _associated(call_id: str, key_id: str, number: int, kind: str) -> bytes:
    return "\x00".join(("triage-record", str(SCHEMA_VERSION), call_id, key_id, str(number), kind)).encode()
