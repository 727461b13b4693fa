from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from triage.errors import IntegrityError, UsageError, VaultError
from triage.vault import keys
from triage.vault.authority import GATEWAY, SERVER, Authority, Holder
from triage.vault.keys import AesKeyWrap

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_rfc3394_vector_4_6() -> None:
    """RFC 3394 section 4.6: 256 bits of key data wrapped with a 256-bit key."""
    kek = AesKeyWrap(bytes(range(32)), "vector")
    data = bytes.fromhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    wrapped = bytes.fromhex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
    assert kek.wrap(data) == wrapped
    assert kek.unwrap(wrapped) == data
    with pytest.raises(IntegrityError):
        kek.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]))


def test_made_once_and_never_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = keys.create(folder)
    assert [file.name for file in made] == ["kek.key", "database.key", "audit-signing.key", "audit-signing.pub"]
    before = {file: file.read_bytes() for file in made}
    assert keys.create(folder) == []
    assert {file: file.read_bytes() for file in made} == before
    loaded = keys.load(folder)
    assert len(loaded.database) == 32
    assert loaded.database.hex() not in (folder / "database.key").read_text()
    assert keys.load_verifier(folder / "audit-signing.pub") == loaded.signer.verifier
    assert loaded.database.hex() not in repr(loaded)


@pytest.mark.parametrize("name", ["kek.key", "database.key", "audit-signing.key"])
def test_a_key_open_to_others_is_refused(tmp_path: Path, name: str) -> None:
    keys.create(tmp_path)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    for mode in (0o640, 0o604, 0o660):
        (tmp_path / name).chmod(mode)
        with pytest.raises(VaultError, match="open to others") as refusal:
            keys.load(tmp_path)
        assert refusal.value.advice == f"chmod 600 {tmp_path / name}"


@pytest.mark.parametrize("name", ["kek.key", "database.key", "audit-signing.key"])
def test_a_missing_or_damaged_key_is_named(tmp_path: Path, name: str) -> None:
    keys.create(tmp_path)
    (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises((VaultError, IntegrityError)):
        keys.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(VaultError, match="missing") as missing:
        keys.load(tmp_path)
    assert name in missing.value.advice


def test_a_lost_kek_is_not_replaced(tmp_path: Path) -> None:
    keys.create(tmp_path)
    (tmp_path / "kek.key").unlink()
    with pytest.raises(VaultError, match="is gone"):
        keys.create(tmp_path)
    assert not (tmp_path / "kek.key").exists()


def test_a_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    keys.create(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(VaultError, match="written by others"):
        keys.create(tmp_path)


def test_certificates_name_role_and_person(tmp_path: Path) -> None:
    authority, made = Authority.load_or_make(tmp_path, NOW)
    assert [file.name for file in made] == ["ca.crt", "ca.key"]
    holders = [SERVER, GATEWAY, Holder("nurse", "amara.okafor"), Holder("officer", "compliance")]
    names = ["server", "gateway", "nurse-amara.okafor", "officer-compliance"]
    for holder, name in zip(holders, names, strict=True):
        assert [file.name for file in authority.issue(holder, NOW)] == [f"{name}.crt", f"{name}.key"]
        assert authority.issue(holder, NOW) == []
        certificate = x509.load_pem_x509_certificate((tmp_path / f"{name}.crt").read_bytes())
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert alternatives.get_values_for_type(x509.UniformResourceIdentifier) == [
            f"spiffe://triage.local/{holder.role}/{holder.person}"
        ]
        assert (alternatives.get_values_for_type(x509.DNSName) == ["localhost"]) == (holder is SERVER)
        assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
        assert certificate.not_valid_after_utc - NOW == timedelta(days=365)
        assert stat.S_IMODE((tmp_path / f"{name}.key").stat().st_mode) == 0o600


def test_half_an_authority_or_certificate_is_not_replaced(tmp_path: Path) -> None:
    authority, _ = Authority.load_or_make(tmp_path, NOW)
    authority.issue(SERVER, NOW)
    (tmp_path / "server.key").unlink()
    with pytest.raises(VaultError):
        authority.issue(SERVER, NOW)
    (tmp_path / "ca.key").unlink()
    with pytest.raises(VaultError):
        Authority.load_or_make(tmp_path, NOW)


@pytest.mark.parametrize(
    "text", ["amara", "admin:amara", "nurse:", "nurse:Amara", "nurse:a/b", "nurse:a b", "nurse:../x"]
)
def test_a_person_that_cannot_be(text: str) -> None:
    with pytest.raises(UsageError):
        Holder.parse(text)
