"""Whether a run of entries is whole: told leaf by leaf, it finds what was flipped, deleted, inserted, reordered, replayed or
cut off, and where. Used on the vault's own rows at every start and on an exported bundle. No input or output here.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from triage.audit.checkpoint import Checkpoint, Verifier, body
from triage.audit.entry import LEAF_BYTES_MAX, canonical
from triage.audit.merkle import Frontier, leaf_hash
from triage.errors import AuditError

FAULTS_MAX = 100  # after so many the rest says nothing new
RECENT_MAX = 4_096  # leaf hashes kept to tell a replayed entry from an inserted one


class FaultKind(StrEnum):
    ALTERED = "altered"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REPLAYED = "replayed"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    CLOCK = "clock"
    WRONG_KEY = "wrong key"
    CHECKPOINT = "checkpoint"
    PROOF = "proof"
    ROLLED_BACK = "rolled back"
    COSIGNATURE = "cosignature"
    RECORD = "record"
    FILE_MISSING = "file missing"
    FILE_CHANGED = "file changed"


SENTENCES = {
    FaultKind.ALTERED: "changed; the tree no longer leads to the signed root",
    FaultKind.DELETED: "missing",
    FaultKind.INSERTED: "not part of the signed log",
    FaultKind.REORDERED: "out of order",
    FaultKind.REPLAYED: "there twice",
    FaultKind.TRUNCATED: "cut off; the checkpoint counts more entries",
    FaultKind.MALFORMED: "no canonical entry",
    FaultKind.CLOCK: "its clock goes back within one boot",
    FaultKind.WRONG_KEY: "of another key than the one expected",
    FaultKind.CHECKPOINT: "no valid checkpoint",
    FaultKind.PROOF: "a proof in it does not lead to the signed root",
    FaultKind.ROLLED_BACK: "older than, or different from, a checkpoint that was kept outside",
    FaultKind.COSIGNATURE: "a witness's cosignature is missing, or not of this log",
    FaultKind.RECORD: "a sealed record that it names is missing or was changed",
    FaultKind.FILE_MISSING: "missing",
    FaultKind.FILE_CHANGED: "not what the manifest says, or malformed",
}


_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Fault:
    """`first` and `last` are entry numbers (inclusive); `file` is a bundle's file where the fault is not about an entry."""

    kind: FaultKind
    first: int | None = None
    last: int | None = None
    file: str = ""

    def sentence(self) -> str:
        if self.first is None:
            what = self.file or "the log"
        elif self.last is None or self.last == self.first:
            what = f"entry {self.first}"
        else:
            what = f"entries {self.first} to {self.last}"
        return f"{self.kind.value}: {what}: {SENTENCES[self.kind]}"


class LogNotWhole(AuditError):
    """What was verified is not what was signed. `faults` is never empty."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(
            "The audit log is not whole.",
            advice="; ".join(fault.sentence() for fault in faults[:5])
            + ". Keep every file as it is, and compare with checkpoints that were kept elsewhere.",
        )
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Signed:
    """One earlier checkpoint of the log, as its history keeps it."""

    size: int
    root: bytes
    signature: bytes


@dataclass(slots=True)
class Checker:
    """Feed `leaf` with every line in order; then `finish` with the checkpoint. `expect` takes earlier checkpoints by
    rising size, each before the leaf that reaches its size: they tell where a change is."""

    verifier: Verifier
    kept: tuple[Checkpoint, ...] = ()  # checkpoints from outside, by rising size, already opened
    faults: list[Fault] = field(default_factory=list)
    _tree: Frontier = field(default_factory=Frontier)
    _expected: int = 0
    _good: int = 0  # up to this size a signed root has confirmed the entries
    _missing: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _recent: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _clock: tuple[str, int] = ("", 0)
    _signed: deque[Signed] = field(default_factory=deque)
    _key: Ed25519PublicKey | None = None  # read once, not for each of a million signatures

    @property
    def size(self) -> int:
        return self._tree.size

    @property
    def tree(self) -> Frontier:
        return self._tree

    def expect(self, signed: Iterable[Signed]) -> None:
        self._signed.extend(signed)

    def leaf(self, line: bytes) -> dict[str, object] | None:
        """The entry's fields, or None when it is malformed."""
        if self._tree.size == 0:
            self._confirm()
        hashed = leaf_hash(line)
        fields = _parse(line)
        if fields is None:
            self._fault(Fault(FaultKind.MALFORMED, self._expected))
            self._expected += 1
        else:
            self._place(cast(int, fields["seq"]), hashed)
            self._tick(fields)
        self._tree.add(hashed)
        self._confirm()
        return fields

    def _place(self, sequence: int, hashed: bytes) -> None:
        if sequence == self._expected:  # nearly always
            self._expected += 1
        elif sequence > self._expected:
            gap = range(self._expected, min(sequence, self._expected + RECENT_MAX))
            self._missing.update((number, None) for number in gap)
            self._expected = sequence + 1
        elif sequence in self._missing:
            del self._missing[sequence]
            self._fault(Fault(FaultKind.REORDERED, sequence))
        elif self._recent.get(sequence, hashed) == hashed:
            self._fault(Fault(FaultKind.REPLAYED, sequence))
        else:
            self._fault(Fault(FaultKind.INSERTED, sequence))
        self._recent[sequence] = hashed
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)

    def _tick(self, fields: dict[str, object]) -> None:
        boot, now = str(fields.get("boot", "")), fields.get("mono_ms")
        if not isinstance(now, int):
            self._fault(Fault(FaultKind.MALFORMED, self._expected - 1))
            return
        if boot == self._clock[0] and now < self._clock[1] and not self.faults and not self._missing:
            self._fault(Fault(FaultKind.CLOCK, self._expected - 1))
        self._clock = (boot, now)

    def _confirm(self) -> None:
        """Compares with every signed root of the present size. Once a fault is placed, later roots say nothing new."""
        while self._signed and self._signed[0].size <= self._tree.size:
            signed = self._signed.popleft()
            if self.faults or self._missing:
                continue
            if signed.size < self._tree.size or signed.root != self._tree.root():
                self._fault(Fault(FaultKind.ALTERED, self._good, max(self._good, self._tree.size - 1)))
            else:
                self._check_signature(signed)
                self._good = signed.size
        while self.kept and self.kept[0].size <= self._tree.size:
            checkpoint, self.kept = self.kept[0], self.kept[1:]
            if checkpoint.size == self._tree.size and checkpoint.root != self._tree.root():
                self._fault(Fault(FaultKind.ROLLED_BACK))

    def _check_signature(self, signed: Signed) -> None:
        text = body(self.verifier.name, signed.size, signed.root)
        try:
            self._key = self._key or Ed25519PublicKey.from_public_bytes(self.verifier.public)
            self._key.verify(signed.signature, text.encode())
        except InvalidSignature:
            self._fault(Fault(FaultKind.CHECKPOINT, file="history.txt"))

    def _fault(self, fault: Fault) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)

    def finish(self, checkpoint: Checkpoint | None) -> tuple[Fault, ...]:
        """Every fault found. `checkpoint`: the newest signed statement, already opened; None if there is none."""
        self._confirm()
        for first, last in _runs(list(self._missing)):
            self._fault(Fault(FaultKind.DELETED, first, last))
        if checkpoint is not None:
            if self._expected < checkpoint.size:
                self._fault(Fault(FaultKind.TRUNCATED, self._expected, checkpoint.size - 1))
            elif not self.faults and self._tree.size > checkpoint.size:
                self._fault(Fault(FaultKind.INSERTED, checkpoint.size, self._tree.size - 1))
            elif not self.faults and self._tree.root() != checkpoint.root:
                self._fault(Fault(FaultKind.ALTERED, self._good, max(self._good, self._tree.size - 1)))
        if self.kept:  # larger than everything here
            self._fault(Fault(FaultKind.ROLLED_BACK))
        return tuple(self.faults)


def _parse(line: bytes) -> dict[str, object] | None:
    if len(line) > LEAF_BYTES_MAX:
        return None
    try:
        fields, _ = _DECODER.raw_decode(line.decode("ascii"))  # what follows is found by the comparison
        whole = type(fields) is dict and canonical(fields) == line
    except (ValueError, RecursionError):
        return None
    if not whole or type(fields.get("seq")) is not int or fields["seq"] < 0:
        return None
    found: dict[str, object] = fields
    return found


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = None
    for number in sorted(numbers):
        if start is None or previous is None:
            start = previous = number
        elif number == previous + 1:
            previous = number
        else:
            yield start, previous
            start = previous = number
    if start is not None and previous is not None:
        yield start, previous
