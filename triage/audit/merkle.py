"""The Merkle tree of RFC 6962, section 2: hashes, roots, inclusion and consistency proofs. Pure.

Theory: a tree over n leaves is described by the subtrees whose roots a proof needs. `inclusion_ranges` and
`consistency_ranges` name these as half-open leaf ranges, in the order of the RFC's PATH and PROOF. Whoever holds the
leaves hashes each range (RangeHasher does all of them in one pass with O(log n) memory), and that list is the proof. So a
proof over a million entries never needs them in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]  # leaves [start, stop)


class ProofInvalid(Exception):
    """A proof does not lead to the root that it claims. The audit package turns this into a fault with attributes."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of the complete subtrees from left to right, at most one of a height.

    Holds 32 bytes for each bit of `size`; `add` costs one hash on average, `root` at most log2(size).
    """

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hash_of_leaf: bytes) -> None:
        carried, size = hash_of_leaf, self.size
        while size & 1:
            carried = node_hash(self._peaks.pop(), carried)
            size >>= 1
        self._peaks.append(carried)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        twin = Frontier()
        twin.size, twin._peaks = self.size, list(self._peaks)
        return twin


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """MTH of the leaves whose hashes these are."""
    frontier = Frontier()
    for one in leaf_hashes:
        frontier.add(one)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The subtrees of PATH(index, D[size]), RFC 6962 section 2.1.1, deepest first. Raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError("the leaf is outside the tree")
    ranges: list[Range] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    ranges.reverse()
    return ranges


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The subtrees of PROOF(old, D[new]), section 2.1.2. Raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError("the old tree must be a non-empty part of the new one")
    ranges: list[Range] = []
    start, stop, whole = 0, new, True  # `whole`: the subtree of interest began as the complete old tree
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, stop))
    ranges.reverse()
    return ranges


class RangeHasher:
    """Hashes the given leaf ranges, which must not overlap, while the leaf hashes of the tree pass by once, in order."""

    __slots__ = ("_at", "_hashers", "_next", "_waiting")

    def __init__(self, ranges: Sequence[Range]) -> None:
        self._hashers = [(start, stop, Frontier()) for start, stop in ranges]
        self._waiting = sorted(self._hashers, key=lambda one: one[0], reverse=True)  # the next one last
        if any(later[0] < earlier[1] for later, earlier in pairwise(self._waiting)):
            raise ValueError("the ranges overlap")
        self._next = self._waiting.pop() if self._waiting else None
        self._at = 0

    def feed(self, hash_of_leaf: bytes) -> None:
        at = self._at
        self._at = at + 1
        while self._next is not None:
            start, stop, frontier = self._next
            if at < stop:
                if at >= start:
                    frontier.add(hash_of_leaf)
                return
            self._next = self._waiting.pop() if self._waiting else None

    def proof(self) -> list[bytes]:
        """The ranges' roots, in the ranges' order. Raises ValueError when not every leaf of them has passed."""
        if any(frontier.size != stop - start for start, stop, frontier in self._hashers):
            raise ValueError("some leaves are missing")
        return [frontier.root() for _, _, frontier in self._hashers]


def prove(ranges: Sequence[Range], leaf_hashes: Sequence[bytes]) -> list[bytes]:
    """The proof for `ranges` out of leaf hashes that are all in memory."""
    return [root(leaf_hashes[start:stop]) for start, stop in ranges]


def check_inclusion(hash_of_leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> None:
    """RFC 9162 section 2.1.3.2. Raises ProofInvalid unless the leaf is at `index` of the tree with that root."""
    if not 0 <= index < size:
        raise ProofInvalid("the leaf is outside the tree")
    position, last, seen = index, size - 1, hash_of_leaf
    for sibling in path:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if position & 1 or position == last:
            seen = node_hash(sibling, seen)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            seen = node_hash(seen, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or seen != expected_root:
        raise ProofInvalid("the proof does not lead to the root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162 section 2.1.4.2. Raises ProofInvalid unless the old tree is the beginning of the new one."""
    if not 0 <= old <= new:
        raise ProofInvalid("the old tree is larger than the new one")
    if old in (0, new):
        if proof or (old == 0 and old_root != EMPTY_ROOT) or (old == new and old_root != new_root):
            raise ProofInvalid("the proof does not lead to the roots")
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a power of two: its root is itself the first node
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("the proof is too short")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    seen_old = seen_new = path[0]
    for node in path[1:]:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if position & 1 or position == last:
            seen_old, seen_new = node_hash(node, seen_old), node_hash(node, seen_new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, node)
        position, last = position >> 1, last >> 1
    if last != 0 or seen_old != old_root or seen_new != new_root:
        raise ProofInvalid("the proof does not lead to the roots")
