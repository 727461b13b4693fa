from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.audit.check import Checker, Fault, FaultKind, Signed
from triage.audit.checkpoint import Checkpoint, Signer
from triage.audit.entry import Entry, Stamp, leaf
from triage.audit.merkle import leaf_hash, root

SIGNER = Signer(Ed25519PrivateKey.generate())
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def run(lines: list[bytes], checkpoint: Checkpoint, *, kept: tuple[Checkpoint, ...] = ()) -> list[Fault]:
    checker = Checker(SIGNER.verifier, kept=kept)
    for line in lines:
        checker.leaf(line)
    return list(checker.finish(checkpoint))


def log(stamps: list[tuple[float, str]]) -> tuple[list[bytes], Checkpoint]:
    lines = [leaf(Entry("call.answered", "core"), n, Stamp(NOON, at, boot)) for n, (at, boot) in enumerate(stamps)]
    return lines, SIGNER.sign(len(lines), root(map(leaf_hash, lines)))


def test_a_clock_that_starts_again_after_a_boot_is_no_fault() -> None:
    assert run(*log([(100, "a"), (101, "a"), (3, "b"), (3, "b")])) == []


def test_a_clock_that_goes_back_within_a_boot_is_one() -> None:
    assert run(*log([(100, "a"), (99, "a"), (100, "a")])) == [Fault(FaultKind.CLOCK, 1)]


def test_an_empty_log() -> None:
    assert run(*log([])) == []


def test_a_kept_checkpoint_is_met_at_its_size() -> None:
    lines, checkpoint = log([(n, "a") for n in range(6)])
    early = SIGNER.sign(2, root(map(leaf_hash, lines[:2])))
    assert run(lines, checkpoint, kept=(early,)) == []
    assert run(lines, checkpoint, kept=(replace(early, root=bytes(32)),)) == [Fault(FaultKind.ROLLED_BACK)]
    assert run(lines, checkpoint, kept=(replace(early, size=7),)) == [Fault(FaultKind.ROLLED_BACK)]


def test_an_earlier_checkpoint_bounds_where_a_change_is() -> None:
    lines, checkpoint = log([(n, "a") for n in range(6)])
    checker = Checker(SIGNER.verifier)
    for size in (2, 4):
        signed = SIGNER.sign(size, root(map(leaf_hash, lines[:size])))
        checker.expect([Signed(size, signed.root, signed.signature)])
    for number, line in enumerate(lines):
        checker.leaf(line.replace(b"core", b"nurse") if number == 3 else line)
    assert list(checker.finish(checkpoint)) == [Fault(FaultKind.ALTERED, 2, 3)]


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b'{"seq":"0"}', b'{"seq":-1}', b'{"seq":true}', b"\xff", b"[" * 9000]
)
def test_what_is_no_entry(line: bytes) -> None:
    _, checkpoint = log([])
    assert run([line], checkpoint)[0] == Fault(FaultKind.MALFORMED, 0)


def test_faults_speak_plainly() -> None:
    assert Fault(FaultKind.DELETED, 3, 3).sentence() == "deleted: entry 3: missing"
    assert Fault(FaultKind.DELETED, 3, 5).sentence() == "deleted: entries 3 to 5: missing"
    assert all(Fault(kind, 1).sentence().startswith(f"{kind}: entry 1: ") for kind in FaultKind)
