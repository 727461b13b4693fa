"""The second verifier's own Ed25519 and Merkle code, against the RFCs' vectors and against independent implementations."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.audit import merkle

FILE = Path(__file__).parents[2] / "compliance" / "verify" / "verify_audit.py"
_spec = importlib.util.spec_from_file_location("verify_audit", FILE)
assert _spec is not None
assert _spec.loader is not None
second = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(second)

RFC8032 = [  # section 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def test_it_imports_the_standard_library_only() -> None:
    imported = set()
    for node in ast.walk(ast.parse(FILE.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
def test_rfc8032_vectors(public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert second.ed25519_valid(key, text, signed)
    assert not second.ed25519_valid(key, text + b"x", signed)
    for at in (0, 31, 32, 63):
        assert not second.ed25519_valid(key, text, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])


def test_a_signature_with_s_beyond_the_order_is_refused() -> None:
    """Section 5.1.7: S must be below L, or a signature would have a second form."""
    key, text, signed = (bytes.fromhex(part) for part in RFC8032[0])
    larger = int.from_bytes(signed[32:], "little") + second.ORDER
    assert not second.ed25519_valid(key, text, signed[:32] + larger.to_bytes(32, "little"))
    assert not second.ed25519_valid(key, text, signed[:-1])
    assert not second.ed25519_valid(key[:-1], text, signed)


@settings(max_examples=20, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_it_accepts_what_openssl_signs(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert second.ed25519_valid(key.public_key().public_bytes_raw(), message, key.sign(message))
    assert not second.ed25519_valid(key.public_key().public_bytes_raw(), message + b"\0", key.sign(message))


def test_its_tree_and_proofs_agree_with_the_package_s() -> None:
    lines = [b"entry %d" % n for n in range(40)]
    hashes = [merkle.leaf_hash(line) for line in lines]
    tree = second.Tree()
    assert tree.root() == hashlib.sha256(b"").digest()
    roots = []
    for size, line in enumerate(lines, 1):
        tree.add(line)
        roots.append(tree.root())
        assert tree.root() == merkle.root(hashes[:size])
        for index in range(size):
            path = merkle.prove(merkle.inclusion_ranges(index, size), hashes)
            assert second.from_path(hashes[index], index, size, path) == tree.root()
            assert second.from_path(hashes[index], index, size, [*path, bytes(32)]) != tree.root()
        for old in range(1, size + 1):
            proof = merkle.prove(merkle.consistency_ranges(old, size), hashes)
            assert second.from_consistency(old, size, proof, roots[old - 1], True) == (roots[old - 1], tree.root())
            assert second.from_consistency(old, size, [*proof, bytes(32)], roots[old - 1], True) != (
                roots[old - 1],
                tree.root(),
            )
