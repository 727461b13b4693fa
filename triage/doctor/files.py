"""What can be seen in the files, whether the appliance runs or not. Nothing here changes anything, and nothing reads what callers said."""

from __future__ import annotations

import ipaddress
import shutil
import stat
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from triage import weights
from triage.config import Settings
from triage.doctor.finding import Check, Finding, attention, failed, ok
from triage.escalation import matrix as matrices
from triage.escalation import signing
from triage.rpc.certificates import CertificateFiles
from triage.scope import clinic as clinics
from triage.vault import authority, keys, signers

FREE_BYTES_LOW = 2 << 30  # some weeks of calls
FREE_BYTES_MIN = 200 << 20
RENEW_WITHIN = timedelta(days=30)
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SWAPS = Path("/proc/swaps")


def state_folder(settings: Settings, now: datetime) -> Finding:
    folder = settings.state_dir
    if not folder.is_dir():
        return failed("state_folder", "There is no state folder.", f"{folder}: run `triage keys init`.")
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_MIN:
        return failed("state_folder", "The disk is all but full.", f"{folder}: {free >> 20} MiB free; calls need room.")
    if free < FREE_BYTES_LOW:
        return attention("state_folder", "The disk fills up.", f"{folder}: {free >> 20} MiB free.")
    open_files = [file.name for file in folder.glob("*.db*") if file.stat().st_mode & OTHERS]
    if open_files:
        return failed(
            "state_folder", "The vault's files are open to other users.", f"chmod 600 {folder}/{open_files[0]}"
        )
    return ok("state_folder", f"{free >> 30} GiB free; the vault's files are this user's alone")


def vault_encrypted(settings: Settings, now: datetime) -> Finding:
    file = settings.state_dir / "vault.db"
    if not file.exists():
        return attention("vault_encrypted", "There is no vault yet.", "The first start makes it: `triage serve`.")
    with file.open("rb") as stream:
        header = stream.read(16)
    if header == b"SQLite format 3\x00":
        return failed("vault_encrypted", "The vault is a plain database.", "Stop at once: calls would lie in the open.")
    return ok("vault_encrypted", "the database is not readable without its key (SQLCipher, AES-256)")


def key_files(settings: Settings, now: datetime) -> Finding:
    keys.load(settings.keys_dir)
    for file in settings.keys_dir.rglob("*.key"):
        if file.stat().st_mode & OTHERS:
            return failed("key_files", "A key file is open to others than its owner.", f"chmod 600 {file}")
    return ok("key_files", "every key is there and its owner's alone")


def keys_apart(settings: Settings, now: datetime) -> Finding:
    """HHS wants decryption tools on another device or at another place than the data (74 FR 19009)."""
    if (settings.keys_dir / keys.KEK_FILE).exists():
        return attention(
            "keys_apart",
            "The key to everything lies as a file beside the data.",
            "Use a TPM or a security module, or an encrypted disk whose key is elsewhere.",
        )
    return ok("keys_apart", "the key-encryption key is no file beside the data")


def certificates(settings: Settings, now: datetime) -> Finding:
    expiry = authority.expiry(settings.keys_dir)
    if not expiry:
        return failed("certificates", "There are no certificates.", "Run `triage keys init`.")
    for name, _ in expiry:
        if name != "ca.crt":
            CertificateFiles(settings.keys_dir, name.removesuffix(".crt")).read()
    first, until = expiry[0]
    if until <= now:
        return failed("certificates", "A certificate has expired.", f"{first}: run `triage keys renew`.")
    if until - now <= RENEW_WITHIN:
        return attention(
            "certificates", "A certificate ends soon.", f"{first}: {until:%Y-%m-%d}; run `triage keys renew`."
        )
    return ok("certificates", f"{len(expiry)} certificates fit their keys; the first ends {until:%Y-%m-%d}")


def authority_apart(settings: Settings, now: datetime) -> Finding:
    if (settings.keys_dir / "ca.key").exists():
        return attention(
            "authority_apart",
            "The authority's key lies on this machine: whoever takes it can make himself a nurse.",
            "Use the clinic's own authority, or move ca.key to a medium in a safe.",
        )
    return ok("authority_apart", "the authority's key is not on this machine")


def matrix(settings: Settings, now: datetime) -> Finding:
    found = matrices.load(settings.path(settings.storage.matrix), now=now)
    where = signers.place(settings)
    standing = signing.standing(found, where.signatures(), where.trusted())
    if not standing.in_force:
        return failed(
            "matrix",
            "The escalation matrix is not in force: every call goes to a human.",
            f"Missing: {'; '.join(standing.missing)}. Run `triage matrix sign`.",
        )
    if standing.by_development:
        return attention(
            "matrix", "The escalation matrix is signed by a development key only.", "A clinician must sign it."
        )
    return ok("matrix", f"{found.name}, signed by {', '.join(one.signer for one in standing.by)}")


def clinic(settings: Settings, now: datetime) -> Finding:
    found = clinics.load(settings.path(settings.storage.clinic))
    return ok("clinic", f"{len(found.answer)} answers, {len(found.task)} tasks")


def models(settings: Settings, now: datetime) -> Finding:
    roles = (
        settings.speech.recognizer, settings.speech.voice, settings.language.model, settings.distress.model,
        settings.distress.embedding, settings.privacy.model,
    )  # fmt: skip
    for role in roles:
        weights.find(settings.path(settings.storage.models_manifest), settings.models_dir, role)
    return ok("models", f"{len(roles)} models are those of the manifest, by hash")


def exposure(settings: Settings, now: datetime) -> Finding:
    """Where it listens. A name that is no address is the operator's own network."""
    for name, address in (
        ("[core] listen", settings.core.listen),
        ("[gateway] sip_listen", settings.gateway.sip_listen),
    ):
        host = address.rsplit(":", 1)[0]
        if host == "0.0.0.0":  # noqa: S104 - compared, not bound
            return attention("exposure", f"{name} takes connections on every network.", "Name the address of one.")
        try:
            public = ipaddress.ip_address(host).is_global
        except ValueError:
            continue
        if public:
            return failed("exposure", f"{name} is a public address.", "Listen inside the clinic's network only.")
    return ok("exposure", "listens inside the clinic's network only")


def plain_transport(settings: Settings, now: datetime) -> Finding:
    """What leaves the process unencrypted, by configuration."""
    plain = []
    if not settings.gateway.sip_listen.startswith("127."):
        plain.append("SIP and RTP between the PBX and the gateway")
    if settings.ehr.url.startswith("http://"):
        plain.append("the posts to the clinic's records ([ehr] url)")
    if plain:
        return attention(
            "plain_transport", f"Unencrypted: {'; '.join(plain)}.", "Keep that path on a network of its own."
        )
    return ok("plain_transport", "nothing with patients' data leaves this machine unencrypted")


def nurses(settings: Settings, now: datetime) -> Finding:
    contacts = settings.triage_line.contacts
    if not contacts:
        return failed("nurses", "No nurse has a telephone.", "Name them under [triage_line.contacts].")
    without = [name for name in sorted(contacts) if not (settings.keys_dir / f"nurse-{name}.crt").exists()]
    if without:
        return attention(
            "nurses",
            f"{len(without)} of {len(contacts)} nurses have no certificate on this machine.",
            f"triage keys init --person nurse:{without[0]}",
        )
    return ok("nurses", f"{len(contacts)} nurses have a telephone and a certificate")


def paging(settings: Settings, now: datetime) -> Finding:
    if not settings.paging.on_call and not settings.paging.smtp:
        return attention("paging", "A nurse who is at no console cannot be reached.", "Set [paging] on_call or smtp.")
    return ok("paging", "nurses are reached away from their consoles")


def rehearsals(settings: Settings, now: datetime) -> Finding:
    if settings.drill.enabled:
        return attention("rehearsals", "Drills are allowed.", "Set [drill] enabled = false when patients call.")
    return ok("rehearsals", "no drills")


def swap(settings: Settings, now: datetime) -> Finding:
    """What is said stays in memory; a swap area would put it on a disk."""
    areas = SWAPS.read_text(encoding="ascii").splitlines()[1:] if SWAPS.exists() else []
    if areas:
        return attention("swap", "Memory can be written to a swap area.", "swapoff -a, or an encrypted swap area.")
    return ok("swap", "memory is never written to a disk")


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        look.__name__: look
        for look in (
            state_folder, vault_encrypted, key_files, keys_apart, certificates, authority_apart, matrix, clinic, models,
            exposure, plain_transport, nurses, paging, rehearsals, swap,
        )
    }
)  # fmt: skip
