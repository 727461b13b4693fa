"""The witness's side: a folder on a second machine or a removable medium, which remembers the newest checkpoint that it has cosigned
and cosigns only what continues it (C2SP tlog-witness, without its HTTP).

    witness.key      its Ed25519 key            log.pub       the one log that it watches, pinned at its first run
    witness.pub      what others must know      cosigned.txt  the newest checkpoint with its cosignature: its memory
    refused-*.txt    what did not continue it: the evidence

The appliance's own disk is not believed: whoever puts back its database and the witness file beside it is found here.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.checkpoint import NOTE_BYTES_MAX, Checkpoint, Verifier
from triage.audit.cosignature import Cosigner, cosigned
from triage.audit.export import CHECKPOINT
from triage.audit.merkle import ProofInvalid, check_consistency
from triage.audit.verify import verify_bundle
from triage.errors import AuditError, TriageError, UsageError
from triage.vault.keys import load_verifier, make_folder, read_secret, write_secret

KEY, PUBLIC, LOG, COSIGNED = "witness.key", "witness.pub", "log.pub", "cosigned.txt"


class Inconsistent(AuditError):
    """The log does not continue what this witness has cosigned. Nothing was signed; the evidence is in `file`."""

    def __init__(self, seen: int, shown: int, file: Path) -> None:
        super().__init__(
            "The log does not continue what this witness has seen: it was rolled back, or rewritten.",
            advice=f"Seen: {seen} entries, shown: {shown}. Keep {file.name} and every file of the appliance as they are.",
        )
        self.seen, self.shown, self.file = seen, shown, file


class WitnessFolder:
    """One witness of one log."""

    def __init__(self, folder: Path, cosigner: Cosigner, log: Verifier) -> None:
        self._folder, self._cosigner, self.log = folder, cosigner, log
        self.key = cosigner.key

    @classmethod
    def open(cls, folder: Path) -> WitnessFolder:
        """Raises UsageError when there is no witness in `folder`, VaultError when its files are damaged."""
        if not (folder / KEY).is_file():
            raise UsageError("There is no witness in this folder.", advice="Make one: give --name and the log's key.")
        try:
            words = read_secret(folder / KEY).decode("ascii").split("\n", 1)
            key = serialization.load_pem_private_key(words[1].encode(), password=None)
        except (ValueError, TypeError, IndexError):
            raise UsageError("The witness's key file is damaged.", advice=str(folder / KEY)) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UsageError("The witness's key file is damaged.", advice=str(folder / KEY))
        return cls(folder, Cosigner(words[0], key), load_verifier(folder / LOG))

    @classmethod
    def make(cls, folder: Path, name: str, log: Verifier) -> WitnessFolder:
        """A new witness in an empty folder. Raises UsageError, VaultError."""
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError("A new witness needs an empty folder.", advice=str(folder))
        key = Ed25519PrivateKey.generate()
        cosigner = Cosigner(name, key)
        make_folder(folder)
        (folder / LOG).write_text(f"{log.text()}\n", encoding="utf-8")
        (folder / PUBLIC).write_text(f"{cosigner.key.text()}\n", encoding="utf-8")
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(folder / KEY, f"{name}\n".encode() + pem)
        return cls(folder, cosigner, log)

    @property
    def seen(self) -> Checkpoint | None:
        """The newest checkpoint that it has cosigned. Raises UsageError when its memory is damaged."""
        try:
            with (self._folder / COSIGNED).open("rb") as stream:
                return self.log.open(stream.read(NOTE_BYTES_MAX + 1).decode())
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, TriageError):
            raise UsageError(
                "What this witness has seen cannot be read.",
                advice=f"{COSIGNED} is damaged. A new witness in another folder is better than one without a memory.",
            ) from None

    def see(self, note: str, proof: Sequence[bytes], at: int) -> str:
        """The checkpoint with this witness's cosignature, once it is remembered on the disk. `proof`: that it continues `seen`.
        `at`: POSIX seconds. Raises Inconsistent, CheckpointInvalid (of another log or key)."""
        with self._alone():
            checkpoint, seen = self.log.open(note), self.seen
            if seen is not None and not _continues(seen, checkpoint, proof):
                raise Inconsistent(seen.size, checkpoint.size, self._evidence(seen, checkpoint))
            return self._sign(checkpoint, at)

    def see_bundle(self, folder: Path, at: int) -> str:
        """The same from an exported log, without the appliance: every entry is read, and must lead to what was seen.

        Raises Inconsistent, LogNotWhole (the export is damaged by itself), UsageError."""
        with self._alone():
            seen = self.seen
            try:
                whole = verify_bundle(folder, self.log, (seen.note,) if seen else ())
            except LogNotWhole as found:
                if seen is None or all(fault.kind is not FaultKind.ROLLED_BACK for fault in found.faults):
                    raise
                shown = self.log.open((folder / CHECKPOINT).read_text(encoding="utf-8"))
                raise Inconsistent(seen.size, shown.size, self._evidence(seen, shown)) from None
            return self._sign(whole.checkpoint, at)

    def _sign(self, checkpoint: Checkpoint, at: int) -> str:
        signed = cosigned(checkpoint, [self._cosigner.cosign(checkpoint, at)])
        self._remember(signed)
        return signed

    def _evidence(self, seen: Checkpoint, shown: Checkpoint) -> Path:
        """Two checkpoints that cannot both be of one log, each signed by it."""
        file = self._folder / f"refused-{shown.size}-{shown.root.hex()[:8]}.txt"
        file.write_text(seen.note + shown.note, encoding="utf-8")
        return file

    def _remember(self, note: str) -> None:
        new = self._folder / f"{COSIGNED}.new"
        try:
            with new.open("wb") as stream:
                stream.write(note.encode())
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self._folder / COSIGNED)
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise AuditError("The witness cannot remember this.", advice=f"{self._folder}: {error.strerror}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Looking and remembering are one step: of two runs at once, the later must see what the earlier remembered."""
        with (self._folder / "witness.lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError("Another run uses this witness.", advice=str(self._folder)) from None
            yield


def _continues(seen: Checkpoint, shown: Checkpoint, proof: Sequence[bytes]) -> bool:
    try:
        check_consistency(seen.size, shown.size, seen.root, shown.root, proof)
    except ProofInvalid:
        return False
    return True
