"""Verifies an exported bundle offline: entries against the tree, the tree against the signature, the signature against a
key that came another way, and the whole against checkpoints that were kept. Reads a line at a time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.audit import export
from triage.audit.check import Checker, Fault, FaultKind, LogNotWhole, Signed
from triage.audit.checkpoint import NOTE_BYTES_MAX, Checkpoint, CheckpointInvalid, Verifier, unbase64
from triage.audit.cosignature import WITNESSES_MAX, WitnessKey, cosignatures_of, notes_of
from triage.audit.entry import LEAF_BYTES_MAX
from triage.audit.merkle import ProofInvalid, check_consistency, check_inclusion, leaf_hash
from triage.errors import AuditError, UsageError

SMALL_FILE_BYTES_MAX = 65_536  # every file but the entries and the history
HISTORY_LINE_BYTES_MAX = 256


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness has stated, at `at` (POSIX seconds), that the first `size` entries were the whole log."""

    witness: str
    size: int
    at: int


@dataclass(frozen=True, slots=True)
class Whole:
    """What was verified. `key_from_bundle`: nobody outside vouched for the key, so only damage was ruled out, not intent."""

    checkpoint: Checkpoint
    key_from_bundle: bool
    cosigned: tuple[Cosigned, ...] = ()


def verify_bundle(
    folder: Path,
    expected: Verifier | None = None,
    kept: tuple[str, ...] = (),
    witnesses: tuple[WitnessKey, ...] = (),
) -> Whole:
    """Raises LogNotWhole with every fault found, UsageError when `folder` is no bundle or a `kept` note none of this log.

    `expected`: the log's key from outside the bundle; `kept`: earlier checkpoint notes from outside; `witnesses`: keys from
    outside, each of which must have cosigned (without them those in the bundle are believed)."""
    if not folder.is_dir() or not any((folder / file).is_file() for file in (export.ENTRIES, export.MANIFEST)):
        raise UsageError("This folder holds no exported audit log.", advice=str(folder))
    return _Verification(folder, expected, witnesses).run(kept)


class _Verification:
    def __init__(self, folder: Path, expected: Verifier | None, witnesses: tuple[WitnessKey, ...]) -> None:
        self._folder, self._expected, self._witnesses = folder, expected, witnesses
        self._faults: list[Fault] = []
        self._cosigned: list[Cosigned] = []

    def run(self, kept: tuple[str, ...]) -> Whole:
        manifest = self._manifest()
        verifier = self._verifier()
        checkpoint = self._checkpoint(verifier) if verifier else None
        if verifier is not None:
            outside = (*_opened(verifier, kept), *self._witnessed(verifier))
            last = self._entries(verifier, checkpoint, tuple(sorted(outside, key=lambda one: one.size)))
            if checkpoint is not None and not self._faults:
                self._proofs(checkpoint, last)
                self._summary(manifest, checkpoint)
        if self._faults or checkpoint is None:
            raise LogNotWhole(tuple(self._faults))
        return Whole(checkpoint, self._expected is None, tuple(self._cosigned))

    def _fault(self, kind: FaultKind, file: str) -> None:
        self._faults.append(Fault(kind, file=file))

    def _small(self, file: str) -> bytes:
        """The file's content; empty, with a fault, when it is missing or too long."""
        try:
            with (self._folder / file).open("rb") as stream:
                content = stream.read(SMALL_FILE_BYTES_MAX + 1)
        except OSError:
            return b""
        if len(content) > SMALL_FILE_BYTES_MAX:
            self._fault(FaultKind.FILE_CHANGED, file)
            return b""
        return content

    def _manifest(self) -> dict[str, Any]:
        missing = [file for file in export.FILES if not (self._folder / file).is_file()]
        for file in missing:
            self._fault(FaultKind.FILE_MISSING, file)
        try:
            manifest = json.loads(self._small(export.MANIFEST))
            listed = {file: manifest["files"][file]["sha256"] for file in export.FILES[:-1]}
        except (ValueError, KeyError, TypeError, RecursionError):
            if export.MANIFEST not in missing:
                self._fault(FaultKind.FILE_CHANGED, export.MANIFEST)
            return {}
        for file, digest in listed.items():
            if file not in missing and _sha256(self._folder / file) != digest:
                self._fault(FaultKind.FILE_CHANGED, file)
        return dict(manifest)

    def _verifier(self) -> Verifier | None:
        text = self._small(export.PUBLIC_KEY).decode("utf-8", "replace")
        try:
            own = Verifier.parse(text)
        except AuditError:
            if text:
                self._fault(FaultKind.FILE_CHANGED, export.PUBLIC_KEY)
            return self._expected
        if self._expected is not None and own != self._expected:
            self._fault(FaultKind.WRONG_KEY, export.PUBLIC_KEY)
        return self._expected or own

    def _checkpoint(self, verifier: Verifier) -> Checkpoint | None:
        note = self._small(export.CHECKPOINT)[: NOTE_BYTES_MAX + 1].decode("utf-8", "replace")
        try:
            return verifier.open(note)
        except CheckpointInvalid as invalid:
            if note:
                other = invalid.origin not in ("", verifier.name)
                self._fault(FaultKind.WRONG_KEY if other else FaultKind.CHECKPOINT, export.CHECKPOINT)
            return None

    def _entries(self, verifier: Verifier, checkpoint: Checkpoint | None, kept: tuple[Checkpoint, ...]) -> bytes | None:
        """Feeds every line; the last one."""
        checker, last = Checker(verifier, kept=kept), None
        history = self._history()
        signed = next(history, None)
        for line in _lines(self._folder / export.ENTRIES, LEAF_BYTES_MAX):
            while signed is not None and signed.size <= checker.size + 1:
                checker.expect([signed])
                signed = next(history, None)
            checker.leaf(line)
            last = line
        self._faults.extend(checker.finish(checkpoint))
        if signed is not None and not self._faults:
            self._fault(FaultKind.CHECKPOINT, export.HISTORY)  # earlier checkpoints that count more than the newest
        return last

    def _history(self) -> Iterator[Signed]:
        before = 0
        for line in _lines(self._folder / export.HISTORY, HISTORY_LINE_BYTES_MAX):
            try:
                size, root, signature = line.decode("ascii").split(" ")
                signed = Signed(int(size), unbase64(root), unbase64(signature))
            except ValueError:
                self._fault(FaultKind.CHECKPOINT, export.HISTORY)
                return
            if signed.size <= before or len(signed.signature) != 64:
                self._fault(FaultKind.CHECKPOINT, export.HISTORY)
                return
            before = signed.size
            yield signed

    def _witnessed(self, verifier: Verifier) -> list[Checkpoint]:
        """The checkpoints that witnesses have cosigned: the entries must lead to each."""
        found: list[Checkpoint] = []
        try:
            keys = self._witnesses or tuple(
                WitnessKey.parse(line) for line in self._small(export.WITNESSES).decode().splitlines()[:WITNESSES_MAX]
            )
            for note in notes_of(self._small(export.COSIGNED).decode()):
                checkpoint = verifier.open(note)
                by = [(key, one) for one in cosignatures_of(note, checkpoint.origin) for key in keys if key.wrote(one)]
                for key, one in by:
                    key.check(one, checkpoint)
                    self._cosigned.append(Cosigned(key.name, checkpoint.size, one.at))
                if not by and not self._witnesses:
                    raise CheckpointInvalid("A note here that no known witness has cosigned proves nothing.")
                found.append(checkpoint)
        except (AuditError, UnicodeDecodeError):
            self._fault(FaultKind.COSIGNATURE, export.COSIGNED)
            return []
        missing = {key.name for key in self._witnesses} - {one.witness for one in self._cosigned}
        if missing:
            self._fault(FaultKind.COSIGNATURE, export.COSIGNED)
        return found

    def _proofs(self, checkpoint: Checkpoint, last: bytes | None) -> None:
        try:
            proofs = json.loads(self._small(export.PROOFS))
            inclusion, consistency = proofs["inclusion"], proofs["consistency"]
            if inclusion["entry"] != checkpoint.size - 1 or inclusion["size"] != checkpoint.size:
                raise ProofInvalid("the proof is about another tree")
            path = [unbase64(node) for node in inclusion["path"]]
            check_inclusion(leaf_hash(last or b""), checkpoint.size - 1, checkpoint.size, path, checkpoint.root)
            certificate = export.tlog_proof(checkpoint.size - 1, path, checkpoint.note)
            if self._small(export.PROOF) != certificate.encode():  # the format leaves no freedom
                raise ProofInvalid("the certificate says something else")
            if consistency is not None:
                proof = [unbase64(node) for node in consistency["proof"]]
                root = unbase64(consistency["from_root"])
                check_consistency(int(consistency["from"]), checkpoint.size, root, checkpoint.root, proof)
        except (ValueError, KeyError, TypeError, RecursionError, ProofInvalid):
            self._fault(FaultKind.PROOF, export.PROOFS)

    def _summary(self, manifest: dict[str, Any], checkpoint: Checkpoint) -> None:
        root = base64.b64encode(checkpoint.root).decode()
        said = (manifest.get("origin"), manifest.get("size"), manifest.get("root"))
        if said != (checkpoint.origin, checkpoint.size, root):
            self._fault(FaultKind.FILE_CHANGED, export.MANIFEST)


def _opened(verifier: Verifier, notes: tuple[str, ...]) -> tuple[Checkpoint, ...]:
    try:
        return tuple(sorted((verifier.open(note) for note in notes), key=lambda checkpoint: checkpoint.size))
    except CheckpointInvalid as invalid:
        raise UsageError("The kept checkpoint is none of this log.", advice=invalid.message) from None


def _lines(file: Path, bytes_max: int) -> Iterator[bytes]:
    """Lines without their newline. One that is too long, or without its newline, comes out as it was read: no such line is
    well-formed. A missing file (found by the manifest's check) has none."""
    try:
        with file.open("rb") as stream:
            while line := stream.readline(bytes_max + 2):
                yield line[:-1] if line.endswith(b"\n") else line + b"\n"
    except OSError:
        return


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
