"""What the vault's lifetime costs: rotation by provider, rekey, retention, a certificate out of a long log. JSON lines.

python -m tests.bench.lifetime CALLS [PKCS11_MODULE TOKEN PIN_FILE]
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from triage.audit.entry import Entry
from triage.clock import SystemClock
from triage.config import Retention
from triage.vault import keys as vault_keys
from triage.vault.keys import Files, Keyring, Provider
from triage.vault.lifetime import certificate, rekey, retention, rotation
from triage.vault.lifetime.certificate import StoredEntries
from triage.vault.providers.pkcs11 import Pkcs11
from triage.vault.vault import Transaction, Vault

PAYLOAD_BYTES = 2_000
PAGE = 500
WHO = {"who": "officer:bench", "why": "planned"}
POLICY = Retention(years={"packet": 6})


@contextmanager
def timed(measure: str, **facts: object) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(json.dumps({"measure": measure, "seconds": round(time.monotonic() - began, 2), **facts}), flush=True)


async def measure(folder: Path, calls: int, module: Pkcs11 | None) -> None:
    path, keys, clock = folder / "vault.db", folder / "keys", SystemClock()
    vault_keys.create(keys)

    def open_vault() -> Vault:
        return Vault.open(path, vault_keys.load(keys, ring), clock=clock, schemas=())

    providers: dict[str, Provider] = {"file": Files(keys), **({"pkcs11": module} if module else {})}
    ring = Keyring(providers, "file")
    vault = open_vault()
    for first in range(0, calls, PAGE):
        await vault.run(lambda tx, first=first: _fill(tx, range(first, min(first + PAGE, calls))))
    await vault.close()
    for chosen in ("file", *(["pkcs11"] if module else []), "file"):
        ring = Keyring(providers, chosen)
        with timed("rotation", to=chosen, data_keys=calls):
            await rotation.rotate(path, keys, ring, clock, **WHO, progress=lambda _: None)
    with timed("rekey", vault_bytes=path.stat().st_size):
        await rekey.rekey(path, keys, ring, clock, **WHO)
    vault = open_vault()
    later = clock.now() + timedelta(days=7 * 366)
    with timed("retention: what is due", calls=calls):
        found = await retention.due(vault, POLICY, later)
    with timed("retention: shredded", calls=len(found)):
        await retention.apply(vault, clock, found, who="core")
    size = vault.checkpoint.size
    with timed("certificate of deletion", entries=size):
        await certificate.make(StoredEntries(vault), vault.checkpoint, vault.verifier, "call-0")
    await vault.close()


def _fill(tx: Transaction, numbers: range) -> None:
    for number in numbers:
        tx.seal(f"call-{number}", "packet", secrets.token_bytes(PAYLOAD_BYTES))
        tx.append(Entry("escalation.recorded", "core", call_id=f"call-{number}"))


def main() -> None:
    module = Pkcs11(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), "bench") if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(prefix="lifetime-") as folder:
        asyncio.run(measure(Path(folder), int(sys.argv[1]), module))


if __name__ == "__main__":
    main()
