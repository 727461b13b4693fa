from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.audit import merkle

TREES = st.lists(st.binary(max_size=8), min_size=1, max_size=80).map(lambda lines: [merkle.leaf_hash(x) for x in lines])


@given(hashes=TREES, data=st.data())
def test_every_leaf_has_a_proof_and_no_other_place(hashes: list[bytes], data: st.DataObject) -> None:
    size = len(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.prove(merkle.inclusion_ranges(index, size), hashes)
    root = merkle.root(hashes)
    merkle.check_inclusion(hashes[index], index, size, proof, root)
    elsewhere = data.draw(st.integers(0, size - 1))
    if hashes[elsewhere] != hashes[index]:
        with pytest.raises(merkle.ProofInvalid):
            merkle.check_inclusion(hashes[index], elsewhere, size, proof, root)


@given(hashes=TREES, data=st.data())
def test_a_rewritten_past_has_no_consistency_proof(hashes: list[bytes], data: st.DataObject) -> None:
    size = len(hashes)
    old = data.draw(st.integers(1, size))
    proof = merkle.prove(merkle.consistency_ranges(old, size), hashes)
    old_root, new_root = merkle.root(hashes[:old]), merkle.root(hashes)
    merkle.check_consistency(old, size, old_root, new_root, proof)
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*hashes[:changed], merkle.leaf_hash(b"rewritten past"), *hashes[changed + 1 :]]
    forged = merkle.prove(merkle.consistency_ranges(old, size), rewritten)
    with pytest.raises(merkle.ProofInvalid):
        merkle.check_consistency(old, size, old_root, merkle.root(rewritten), forged)


@given(hashes=TREES)
def test_growing_leaf_by_leaf_gives_the_same_tree(hashes: list[bytes]) -> None:
    frontier = merkle.Frontier()
    for size, one in enumerate(hashes, 1):
        frontier.add(one)
        copy = frontier.copy()
        copy.add(one)  # a copy does not touch its origin
        assert frontier.root() == merkle.root(hashes[:size])
        assert frontier.size == size
