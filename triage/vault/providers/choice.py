"""Which providers this configuration names, and the vault opened with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import MetaData

from triage.clock import Clock
from triage.config import Settings
from triage.vault.keys import FILE, Files, Keyring, Provider, load
from triage.vault.lifetime import rekey
from triage.vault.vault import Vault


def ring(settings: Settings) -> Keyring:
    """Files are always looked at too: a vault whose keys were made there can move to another provider (`triage vault
    rotate`)."""
    chosen = settings.vault
    providers: dict[str, Provider] = {FILE: Files(settings.keys_dir)}
    if chosen.pkcs11:
        from triage.vault.providers.pkcs11 import NAME, Pkcs11  # loads a native library

        module = chosen.pkcs11
        providers[NAME] = Pkcs11(
            settings.path(module.module), module.token, settings.path(module.pin_file), module.label
        )
    if chosen.tpm2:
        from triage.vault.providers.tpm2 import NAME as TPM2
        from triage.vault.providers.tpm2 import Tpm2

        providers[TPM2] = Tpm2(settings.keys_dir, chosen.tpm2.tcti, chosen.tpm2.pcrs)
    return Keyring(providers, chosen.keys)


def vault_file(settings: Settings) -> Path:
    return settings.state_dir / "vault.db"


def open_vault(settings: Settings, *, clock: Clock, schemas: Sequence[MetaData] = ()) -> Vault:
    """Raises what `load` and `Vault.open` raise."""
    keys, server = ring(settings), settings.storage.server
    if not server:  # a database key is the file's
        rekey.settle(vault_file(settings), settings.keys_dir, keys)
    loaded = load(settings.keys_dir, keys)
    return Vault.open(vault_file(settings), loaded, clock=clock, schemas=schemas, server=server)
