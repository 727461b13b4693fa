"""A new key-encryption key: every data key and the database key wrapped anew, then the old one destroyed.

Theory: at every moment each wrapped key stands beside the name of the key that wraps it, and every key so named is there. So a
kill at any point leaves a vault that opens and reads; run again, the rotation goes on where it stopped. The order:

    the new key's name is written down, and who wanted it (keys.rotation_begun)
    the provider makes it
    data keys are wrapped anew, a page a transaction (keys.rewrapped)
    database.key is replaced in one step: from here the new key is in force
    the old keys are destroyed (keys.destroyed)
    the rotation is over (keys.rotated)

The appliance is stopped meanwhile: the vault has one process. NIST SP 800-57 part 1, 5.3.5 and 8.3.4 (cryptoperiods, destruction).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from triage.audit.entry import Entry
from triage.clock import Clock
from triage.errors import IntegrityError
from triage.vault.keys import KeyEncryption, Keyring, VaultKeys, load, write_database_key
from triage.vault.lifetime import tables
from triage.vault.lifetime.tables import Rotation
from triage.vault.vault import Transaction, Vault

PAGE_KEYS: Final = 200  # data keys wrapped anew in one transaction


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that is in force now, how many data keys this run wrapped anew, and which old keys are gone."""

    key_id: str
    rewrapped: int
    destroyed: tuple[str, ...]


async def rotate(
    path: Path, folder: Path, ring: Keyring, clock: Clock, *, who: str, why: str, progress: Callable[[int], None]
) -> Rotated:
    """Rotates, or finishes a rotation that was begun. `path`: the vault; `folder`: the keys'; `progress` is told how many data
    keys have been done. Raises VaultError (also while the appliance runs), IntegrityError, LogNotWhole."""
    keys = load(folder, ring)
    vault = Vault.open(path, keys, clock=clock, schemas=())
    try:
        begun = await vault.run(partial(_begin, keys=keys, name=ring.new_name(), who=who, why=why))
        provider = ring.provider(begun.key_id)
        new = provider.find(begun.key_id) if provider.has(begun.key_id) else provider.make(begun.key_id)
        count = 0
        while done := await vault.run(partial(_page, keys=keys, new=new, who=begun.who)):
            count += done
            progress(count)
        write_database_key(folder, new, keys.database)
        gone = [key_id for key_id in await vault.run(lambda tx: tables.retired(tx.execute)) if key_id != new.key_id]
        for key_id in gone:
            ring.provider(key_id).destroy(key_id)
            await vault.run(partial(_destroyed, key_id=key_id, who=begun.who))
        await vault.run(partial(_end, begun=begun))
        return Rotated(new.key_id, count, tuple(gone))
    finally:
        await vault.close()  # it wraps with the old key still


def _begin(tx: Transaction, keys: VaultKeys, name: str, who: str, why: str) -> Rotation:
    begun = tables.rotation(tx.execute)
    if begun is None:
        begun = Rotation(name, who, why)
        tables.begin_rotation(tx.execute, begun)
        tables.retire(tx.execute, keys.kek.key_id)
        details = (("key_id", name), ("key_before", keys.kek.key_id))
        tx.append(Entry("keys.rotation_begun", who, reason=why, details=details))
    return begun


def _page(tx: Transaction, keys: VaultKeys, new: KeyEncryption, who: str) -> int:
    page = tables.not_wrapped_by(tx.execute, new.key_id, PAGE_KEYS)
    for call_id, before, wrapped in page:
        key = keys.under(before).unwrap(wrapped)
        again = new.wrap(key)
        if new.unwrap(again) != key:  # a module that answers nonsense must not cost a record
            raise IntegrityError("The new key-encryption key does not give back what it wrapped.")
        tables.rewrap(tx.execute, call_id, new.key_id, again)
        tables.retire(tx.execute, before)
    if page:
        tx.append(Entry("keys.rewrapped", who, details=(("key_id", new.key_id), ("count", len(page)))))
    return len(page)


def _destroyed(tx: Transaction, key_id: str, who: str) -> None:
    tables.forget_retired(tx.execute, key_id)
    tx.append(Entry("keys.destroyed", who, details=(("key_id", key_id),)))


def _end(tx: Transaction, begun: Rotation) -> None:
    tables.end_rotation(tx.execute, begun.key_id)
    tx.append(Entry("keys.rotated", begun.who, reason=begun.reason, details=(("key_id", begun.key_id),)))
