"""RFC 6962 section 2 against the reference leaves and roots of the certificate-transparency project, and against the RFC's
own recursive definitions for every small tree."""

from __future__ import annotations

import hashlib

import pytest

from triage.audit import merkle

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
SIZE_MAX = 33


def mth(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) as section 2.1 writes it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b), section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


MANY = [bytes([n]) * (n % 5) for n in range(SIZE_MAX)]
MANY_HASHES = [merkle.leaf_hash(leaf) for leaf in MANY]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_of_the_reference_leaves(size: int) -> None:
    assert merkle.root(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "expected"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_inclusion_proofs_of_the_reference_tree(index: int, size: int, expected: list[str]) -> None:
    proof = merkle.prove(merkle.inclusion_ranges(index, size), HASHES)
    assert [node.hex() for node in proof] == expected
    merkle.check_inclusion(HASHES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1, []),
        (
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_consistency_proofs_of_the_reference_tree(old: int, new: int, expected: list[str]) -> None:
    proof = merkle.prove(merkle.consistency_ranges(old, new), HASHES)
    assert [node.hex() for node in proof] == expected
    merkle.check_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), proof)


@pytest.mark.parametrize("size", range(1, SIZE_MAX + 1))
def test_every_proof_is_the_one_that_the_rfc_defines(size: int) -> None:
    leaves, hashes = MANY[:size], MANY_HASHES[:size]
    whole = mth(leaves)
    assert merkle.root(hashes) == whole
    for index in range(size):
        proof = merkle.prove(merkle.inclusion_ranges(index, size), hashes)
        assert proof == path(index, leaves)
        merkle.check_inclusion(hashes[index], index, size, proof, whole)
    for old in range(1, size + 1):
        proof = merkle.prove(merkle.consistency_ranges(old, size), hashes)
        assert proof == subproof(old, leaves, True)
        merkle.check_consistency(old, size, mth(leaves[:old]), whole, proof)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_an_altered_proof_is_refused(size: int) -> None:
    hashes, whole = MANY_HASHES[:size], merkle.root(MANY_HASHES[:size])
    for index in range(size):
        proof = merkle.prove(merkle.inclusion_ranges(index, size), hashes)
        for wrong in altered(proof):
            with pytest.raises(merkle.ProofInvalid):
                merkle.check_inclusion(hashes[index], index, size, wrong, whole)
        with pytest.raises(merkle.ProofInvalid):
            merkle.check_inclusion(merkle.leaf_hash(b"another"), index, size, proof, whole)
    for old in range(1, size):
        old_root = merkle.root(hashes[:old])
        proof = merkle.prove(merkle.consistency_ranges(old, size), hashes)
        for wrong in altered(proof):
            with pytest.raises(merkle.ProofInvalid):
                merkle.check_consistency(old, size, old_root, whole, wrong)
        with pytest.raises(merkle.ProofInvalid):
            merkle.check_consistency(old, size, merkle.leaf_hash(b"another"), whole, proof)


def altered(proof: list[bytes]) -> list[list[bytes]]:
    """Each node flipped in one bit, the last left out, one too many."""
    flipped = [[*proof[:n], bytes([node[0] ^ 1]) + node[1:], *proof[n + 1 :]] for n, node in enumerate(proof)]
    shorter = [proof[:-1]] if proof else []
    return [*flipped, *shorter, [*proof, merkle.EMPTY_ROOT]]


def test_a_leaf_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="outside"):
        merkle.inclusion_ranges(3, 3)
    with pytest.raises(merkle.ProofInvalid):
        merkle.check_inclusion(HASHES[0], 3, 3, [], merkle.EMPTY_ROOT)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="part of"):
            merkle.consistency_ranges(old, new)


def test_proofs_in_one_pass_need_every_leaf() -> None:
    hasher = merkle.RangeHasher(merkle.inclusion_ranges(1, 5))
    for one in HASHES[:4]:
        hasher.feed(one)
    with pytest.raises(ValueError, match="missing"):
        hasher.proof()
    hasher.feed(HASHES[4])
    merkle.check_inclusion(HASHES[1], 1, 5, hasher.proof(), bytes.fromhex(ROOTS[5]))


def test_ranges_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        merkle.RangeHasher([(0, 4), (2, 6)])
