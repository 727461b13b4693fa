from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.audit.checkpoint import CheckpointInvalid, Signer, Verifier
from triage.errors import AuditError

# The example of the C2SP signed-note specification.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_specification_s_example_key_and_signature() -> None:
    verifier = Verifier.parse(EXAMPLE_KEY)
    assert verifier.key_hash.hex() == "530d903a"
    assert verifier.text() == EXAMPLE_KEY
    with pytest.raises(CheckpointInvalid, match="not a checkpoint"):  # signed rightly, but no checkpoint
        verifier.open(EXAMPLE_NOTE)
    with pytest.raises(CheckpointInvalid, match="signature is wrong"):
        verifier.open(EXAMPLE_NOTE.replace("example message", "altered message"))


def test_what_is_signed_opens() -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    checkpoint = signer.sign(7, bytes(range(32)))
    assert checkpoint.note.splitlines()[:4] == [
        signer.verifier.name,
        "7",
        base64.b64encode(bytes(range(32))).decode(),
        "",
    ]
    assert signer.verifier.open(checkpoint.note) == checkpoint


def test_a_cosignature_of_an_unknown_witness_is_ignored() -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    note = signer.sign(7, bytes(32)).note
    witnessed = note + f"\u2014 witness.example {base64.b64encode(bytes(76)).decode()}\n"
    assert signer.verifier.open(witnessed).size == 7


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\u2014", "-"),
        lambda note: note[:-1],
        lambda note: note + "x",
        lambda note: note + "\n",
        lambda note: "",
        lambda note: note * 200,
    ],
)
def test_a_spoiled_note(spoil) -> None:
    signer = Signer(Ed25519PrivateKey.generate())
    with pytest.raises(CheckpointInvalid):
        signer.verifier.open(spoil(signer.sign(7, bytes(32)).note))


def test_another_key_or_another_log() -> None:
    one, two = Signer(Ed25519PrivateKey.generate()), Signer(Ed25519PrivateKey.generate())
    with pytest.raises(CheckpointInvalid, match="another key") as refusal:
        two.verifier.open(one.sign(1, bytes(32)).note)
    assert refusal.value.origin == one.verifier.name
    assert one.verifier.name != two.verifier.name


@pytest.mark.parametrize(
    "text", ["", "a+b", EXAMPLE_KEY.replace("530d", "530e"), EXAMPLE_KEY[:-4], EXAMPLE_KEY + "AAAA"]
)
def test_a_key_that_is_none(text: str) -> None:
    with pytest.raises(AuditError):
        Verifier.parse(text)


def test_a_note_of_this_key_about_another_log() -> None:
    key = Ed25519PrivateKey.generate()
    verifier = Signer(key).verifier
    text = f"elsewhere.example/log\n7\n{base64.b64encode(bytes(32)).decode()}\n"
    signature = base64.b64encode(verifier.key_hash + key.sign(text.encode())).decode()
    with pytest.raises(CheckpointInvalid, match="another log"):
        verifier.open(f"{text}\n\u2014 {verifier.name} {signature}\n")
