"""Cosignatures: the C2SP format, a witness that refuses, and both verifiers on one mutant for each way to cheat with them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audit.conftest import record, write_bundle
from tests.audit.test_bundle import lines, mend_manifest, second, write
from triage.audit import merkle
from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.checkpoint import Checkpoint, CheckpointInvalid, Signer, body
from triage.audit.cosignature import Cosignature, Cosigner, WitnessKey, cosignatures_of, cosigned, notes_of
from triage.audit.verify import verify_bundle
from triage.clock import SystemClock
from triage.errors import AuditError, Conflict, NotAllowed, UsageError
from triage.officer import cosigning
from triage.officer.witness import Inconsistent, WitnessFolder
from triage.rpc.audit_service import StoredLog
from triage.testing.vault_keys import temporary_keys
from triage.vault.vault import Vault

NAME, OTHER = "riverside.example/usb-1", "riverside.example/second-machine"


def test_the_format_is_the_specification_s() -> None:
    """C2SP tlog-cosignature: the key id, the message, the 72 bytes of a timestamped signature; built here by hand."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes_raw()
    checkpoint = Checkpoint("example.com/behind-the-sofa", 20852163, hashlib.sha256(b"root").digest(), "", b"")
    line = Cosigner("witness.example.com/w1", key).cosign(checkpoint, 1679315147).line()
    dash, name, encoded = line.rstrip("\n").split(" ")
    blob = base64.b64decode(encoded)
    assert (dash, name) == ("\u2014", "witness.example.com/w1")
    assert blob[:4] == hashlib.sha256(b"witness.example.com/w1\n\x04" + public).digest()[:4]
    assert int.from_bytes(blob[4:12], "big") == 1679315147
    root = base64.b64encode(checkpoint.root).decode()
    message = f"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n{root}\n"
    Ed25519PublicKey.from_public_bytes(public).verify(blob[12:], message.encode())
    # The example of the specification parses: a time in March 2023.
    example = "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    assert Cosignature.parse(example).at == 1679315147


@pytest.mark.parametrize(
    "text", ["", "a+b", "name+00000000+BAAA", "na me+00000000+" + base64.b64encode(bytes([4] * 33)).decode()]
)
def test_what_is_no_witness_key(text: str) -> None:
    with pytest.raises(AuditError):
        WitnessKey.parse(text)


def test_a_log_s_key_is_no_witness_s_and_the_other_way_round() -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    with pytest.raises(AuditError):
        WitnessKey.parse(signer.verifier.text())
    key = Cosigner(NAME, Ed25519PrivateKey.generate()).key
    assert WitnessKey.parse(key.text() + "\n") == key


def test_several_notes_in_one_file() -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    witnesses = [Cosigner(name, Ed25519PrivateKey.generate()) for name in (NAME, OTHER)]
    one, two = signer.sign(1, bytes(32)), signer.sign(2, bytes(32))
    text = cosigned(one, [witnesses[0].cosign(one, 1)]) + cosigned(two, [w.cosign(two, 2) for w in witnesses])
    first, last = notes_of(text)
    assert signer.verifier.open(first).size == 1
    assert [found.name for found in cosignatures_of(last, signer.verifier.name)] == [NAME, OTHER]
    with pytest.raises(CheckpointInvalid):
        witnesses[0].key.check(cosignatures_of(first, signer.verifier.name)[0], two)


class Witnessed:
    """A log of 20 acts, exported (`older`) and cosigned by NAME at 21; 20 more, exported (`newer`, 43 entries with the cosigning)."""

    def __init__(self, folder: Path) -> None:
        self.older, self.newer, self.usb = folder / "older", folder / "newer", folder / "usb"
        self.keys = temporary_keys()
        self.verifier = self.keys.signer.verifier
        self.key = folder / "key.pub"
        self.key.write_text(self.verifier.text() + "\n")
        asyncio.run(self._make(folder))

    async def _make(self, folder: Path) -> None:
        vault = Vault.open(folder / "vault.db", self.keys, clock=SystemClock(), schemas=())
        self.witness = WitnessFolder.make(self.usb, NAME, self.verifier)
        for number in range(20):
            await vault.run(lambda tx, n=number: record(tx, n))
        await write_bundle(vault, self.older, (self.witness.key,))
        note = self.witness.see_bundle(self.older, 1_800_000_000)
        await cosigning.accept(vault, note, (self.witness.key,), "witness:usb-1")
        for number in range(20):
            await vault.run(lambda tx, n=number: record(tx, n))
        await write_bundle(vault, self.newer, (self.witness.key,))
        await vault.close()

    @property
    def witness_key(self) -> Path:
        return self.usb / "witness.pub"


@pytest.fixture(scope="session")
def witnessed(tmp_path_factory: pytest.TempPathFactory) -> Witnessed:
    return Witnessed(tmp_path_factory.mktemp("witnessed"))


@pytest.fixture
def copy(witnessed: Witnessed, tmp_path: Path) -> Path:
    shutil.copytree(witnessed.newer, tmp_path / "copy")
    return tmp_path / "copy"


def test_both_verifiers_tell_of_a_cosignature(witnessed: Witnessed) -> None:
    for outside in (False, True):
        keys = (witnessed.witness.key,) if outside else ()
        whole = verify_bundle(witnessed.newer, witnessed.verifier, (), keys)
        assert [(one.witness, one.size, one.at) for one in whole.cosigned] == [(NAME, 21, 1_800_000_000)]
        arguments = ("--witness", str(witnessed.witness_key)) if outside else ()
        assert second(witnessed.newer, "--public-key", str(witnessed.key), *arguments) == (0, [
            "whole: every entry leads to the signed root",
            f"cosigned: {NAME} had seen the first 21 entries on 2027-01-15 08:00:00Z",
        ])  # fmt: skip
    assert verify_bundle(witnessed.older, witnessed.verifier).cosigned == ()


def forge(folder: Path, _: Witnessed) -> None:
    """Another time in the cosignature: the signature no longer fits."""
    text = (folder / "cosigned.txt").read_text()
    one = cosignatures_of(text, text.split("\n")[0])[0]
    forged = Cosignature(one.name, one.key_id, one.at + 86_400, one.signature)
    (folder / "cosigned.txt").write_text(text.replace(one.line(), forged.line()))


def drop(folder: Path, _: Witnessed) -> None:
    (folder / "cosigned.txt").write_text("")


def cosign_anew(folder: Path, _: Witnessed) -> None:
    """By a key of the adversary's own under the witness's name."""
    text = (folder / "cosigned.txt").read_text()
    mine = Cosigner(NAME, Ed25519PrivateKey.generate())
    note = text[: text.rindex("\n\u2014 " + NAME) + 1]
    checkpoint = Checkpoint(text.split("\n")[0], 21, base64.b64decode(text.split("\n")[2]), note, b"")
    (folder / "cosigned.txt").write_text(note + mine.cosign(checkpoint, 1).line())
    (folder / "witnesses.txt").write_text(mine.key.text() + "\n")


def garble(folder: Path, _: Witnessed) -> None:
    file = folder / "cosigned.txt"
    file.write_text(file.read_text()[:-3] + "\n")


def fork(folder: Path, made: Witnessed) -> None:
    """The appliance's key holder writes a new history of the same length and signs it; the witness has seen the other one."""
    changed = [line.replace(b'"danger"', b'"state"') for line in lines(folder)]
    write(folder, changed)
    hashes = [merkle.leaf_hash(line[:-1]) for line in changed]
    (folder / "checkpoint.txt").write_text(made.keys.signer.sign(len(hashes), merkle.root(hashes)).note)
    (folder / "history.txt").write_text("")


def roll_back(folder: Path, made: Witnessed) -> None:
    """A signed export of fewer entries than the witness has seen."""
    fewer = lines(folder)[:15]
    write(folder, fewer)
    hashes = [merkle.leaf_hash(line[:-1]) for line in fewer]
    (folder / "checkpoint.txt").write_text(made.keys.signer.sign(len(hashes), merkle.root(hashes)).note)
    (folder / "history.txt").write_text("")


def change_the_certificate(folder: Path, _: Witnessed) -> None:
    file = folder / "export.tlog-proof"
    file.write_text(file.read_text().replace("index 42", "index 41"))


MUTANTS: list[tuple[Callable[[Path, Witnessed], None], FaultKind]] = [
    (forge, FaultKind.COSIGNATURE),
    (drop, FaultKind.COSIGNATURE),
    (cosign_anew, FaultKind.COSIGNATURE),
    (garble, FaultKind.COSIGNATURE),
    (fork, FaultKind.ROLLED_BACK),
    (roll_back, FaultKind.ROLLED_BACK),
    (change_the_certificate, FaultKind.PROOF),
]


@pytest.mark.parametrize(("mutate", "kind"), MUTANTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_both_find_every_mutant_and_name_it_alike(
    witnessed: Witnessed, copy: Path, mutate: Callable[[Path, Witnessed], None], kind: FaultKind
) -> None:
    mutate(copy, witnessed)
    mend_manifest(copy)
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, witnessed.verifier, (), (witnessed.witness.key,))
    assert kind in {fault.kind for fault in found.value.faults}
    code, said = second(copy, "--public-key", str(witnessed.key), "--witness", str(witnessed.witness_key))
    assert code == 1
    assert kind.value in {line.split(":")[0] for line in said}


def test_a_note_that_nobody_known_has_cosigned_proves_nothing(witnessed: Witnessed, copy: Path) -> None:
    (copy / "witnesses.txt").write_text("")
    mend_manifest(copy)
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, witnessed.verifier)
    assert found.value.faults[0].kind is FaultKind.COSIGNATURE
    assert second(copy)[1][0].startswith("cosignature: ")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_found_by_both(
    witnessed: Witnessed, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("changed") / "copy"
    shutil.copytree(witnessed.newer, folder)
    file = folder / data.draw(st.sampled_from(["cosigned.txt", "export.tlog-proof"]))
    content = bytearray(file.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    mend_manifest(folder)
    with pytest.raises(LogNotWhole):
        verify_bundle(folder, witnessed.verifier, (), (witnessed.witness.key,))
    assert second(folder, "--public-key", str(witnessed.key), "--witness", str(witnessed.witness_key))[0] == 1


@given(text=st.text(max_size=200))
def test_what_is_no_cosignature_is_refused_and_nothing_else(text: str) -> None:
    for read in (Cosignature.parse, WitnessKey.parse, lambda it: [cosignatures_of(f"a\n\n{it}", "a"), notes_of(it)]):
        with suppress(AuditError):
            read(text)


# --- the witness itself ----------------------------------------------------------------------------------------------


async def test_it_cosigns_what_continues_and_refuses_what_does_not(tmp_path: Path) -> None:
    keys = temporary_keys()
    vault = Vault.open(tmp_path / "a" / "vault.db", keys, clock=SystemClock(), schemas=())
    witness = WitnessFolder.make(tmp_path / "usb", NAME, vault.verifier)
    for number in range(7):
        await vault.run(lambda tx, n=number: record(tx, n))
        seen = witness.seen.size if witness.seen else 0
        checkpoint, proof = await cosigning.consistency(vault, StoredLog(vault), seen, "witness:usb-1")
        note = witness.see(checkpoint.note, proof, 1_800_000_000 + number)
        assert [one.at for one in cosignatures_of(note, vault.verifier.name)] == [1_800_000_000 + number]
    await vault.close()
    remembered = (tmp_path / "usb" / "cosigned.txt").read_bytes()
    shorter = keys.signer.sign(3, bytes(32))
    forked = keys.signer.sign(7, bytes(32))
    longer = keys.signer.sign(9, bytes(32))
    for checkpoint, proof in ((shorter, []), (forked, []), (longer, []), (longer, [bytes(32)] * 4)):
        with pytest.raises(Inconsistent) as refusal:
            WitnessFolder.open(tmp_path / "usb").see(checkpoint.note, proof, 1)
        assert refusal.value.file.read_text().count(keys.signer.verifier.name) == 4  # both notes: origin and signature
    with pytest.raises(CheckpointInvalid):
        witness.see(temporary_keys().signer.sign(9, bytes(32)).note, [], 1)
    assert (tmp_path / "usb" / "cosigned.txt").read_bytes() == remembered


async def test_database_and_witness_file_put_back_together(tmp_path: Path) -> None:
    """What the appliance alone cannot find: at the next run of the witness, and at the next start with its medium."""
    keys, home = temporary_keys(), tmp_path / "a"
    vault = Vault.open(home / "vault.db", keys, clock=SystemClock(), schemas=())
    witness = WitnessFolder.make(tmp_path / "usb", NAME, vault.verifier)
    for number in range(5):
        await vault.run(lambda tx, n=number: record(tx, n))
    await vault.close()
    shutil.copytree(home, tmp_path / "older")
    vault = Vault.open(home / "vault.db", keys, clock=SystemClock(), schemas=())
    for number in range(5):
        await vault.run(lambda tx, n=number: record(tx, n))
    assert not await cosigning.confirm_kept(vault, tmp_path / "usb")  # nothing seen yet
    note = witness.see(vault.checkpoint.note, [], 1)
    assert await cosigning.confirm_kept(vault, tmp_path / "usb")
    await vault.close()

    vault = Vault.open(
        tmp_path / "older" / "vault.db", keys, clock=SystemClock(), schemas=()
    )  # starts: nothing to see here
    with pytest.raises(LogNotWhole) as found:
        await cosigning.confirm_kept(vault, tmp_path / "usb")
    assert [fault.kind for fault in found.value.faults] == [FaultKind.ROLLED_BACK]
    with pytest.raises(Conflict):
        await cosigning.consistency(vault, StoredLog(vault), 10, "witness:usb-1")
    with pytest.raises(Inconsistent):
        witness.see(vault.checkpoint.note, [], 2)
    with pytest.raises(AuditError, match="not of this log"):
        await cosigning.accept(vault, note, (witness.key,), "witness:usb-1")
    rows = await vault.run(lambda tx: tx.execute("SELECT leaf FROM audit_entry ORDER BY seq DESC LIMIT 2"))
    assert all(b"log_rolled_back" in bytes(row[0]) for row in rows)
    await vault.close()


async def test_what_the_appliance_does_not_accept(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path / "vault.db", temporary_keys(), clock=SystemClock(), schemas=())
    await vault.run(lambda tx: record(tx, 1))
    known, stranger = (Cosigner(name, Ed25519PrivateKey.generate()) for name in (NAME, OTHER))
    checkpoint = vault.checkpoint
    with pytest.raises(NotAllowed):
        await cosigning.accept(vault, cosigned(checkpoint, [stranger.cosign(checkpoint, 1)]), (known.key,), "w:x")
    wrong = Cosignature(NAME, known.key.key_id, 1, bytes(64))
    for note in (cosigned(checkpoint, [wrong]), "nonsense", body("another", 1, bytes(32))):
        with pytest.raises(UsageError):
            await cosigning.accept(vault, note, (known.key,), "w:x")
    assert await vault.run(lambda tx: tx.execute("SELECT * FROM audit_cosignature")) == []
    assert vault.checkpoint.size == 1
    await vault.close()


def test_a_list_of_witnesses(tmp_path: Path) -> None:
    one, two = (Cosigner(NAME, Ed25519PrivateKey.generate()).key for _ in range(2))
    assert cosigning.trusted(tmp_path) == ()
    assert cosigning.trust(tmp_path, one)
    assert not cosigning.trust(tmp_path, one)
    with pytest.raises(UsageError, match="another key"):
        cosigning.trust(tmp_path, two)
    assert cosigning.trusted(tmp_path) == (one,)
    (tmp_path / cosigning.TRUSTED_FILE).write_text("nonsense\n")
    with pytest.raises(UsageError):
        cosigning.trusted(tmp_path)


def test_a_witness_without_its_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no witness"):
        WitnessFolder.open(tmp_path)
    made = WitnessFolder.make(tmp_path / "w", NAME, temporary_keys().signer.verifier)
    (tmp_path / "w" / "cosigned.txt").write_text("half a no")
    with pytest.raises(UsageError, match="cannot be read"):
        assert made.seen
    with pytest.raises(UsageError, match="empty folder"):
        WitnessFolder.make(tmp_path / "w", NAME, made.log)
