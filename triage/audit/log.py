"""The log inside the vault's database: entry, leaf and signed checkpoint in the caller's own transaction.

The log never opens a transaction. It is handed `execute` by the vault, and told afterwards whether it was committed; until
then the grown tree is only pending. So an act and its entry are one transaction: no entry, no act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

from triage.audit.check import FAULTS_MAX, Checker, Fault, FaultKind, LogNotWhole, Signed
from triage.audit.checkpoint import Checkpoint, Signer, Verifier
from triage.audit.entry import Entry, SealedRecord, Stamp, leaf
from triage.audit.merkle import Frontier, leaf_hash
from triage.errors import AuditError

WHOLE = BigInteger().with_variant(Integer(), "sqlite")  # 64 bits in both engines

SCHEMA = MetaData()  # as triage/vault/migrations makes it; entries are never changed or removed: triggers there refuse
Table("audit_entry", SCHEMA, Column("seq", WHOLE, primary_key=True, autoincrement=False),
      Column("leaf", LargeBinary, nullable=False), sqlite_strict=True)  # fmt: skip
Table("audit_checkpoint", SCHEMA, Column("size", WHOLE, primary_key=True, autoincrement=False),
      Column("root", LargeBinary, nullable=False), Column("signature", LargeBinary, nullable=False),
      sqlite_strict=True)  # fmt: skip
Table("audit_export", SCHEMA, Column("size", WHOLE, primary_key=True, autoincrement=False), sqlite_strict=True)
Table("audit_cosignature", SCHEMA, Column("witness", Text, primary_key=True), Column("size", WHOLE, nullable=False),
      Column("line", Text, nullable=False), sqlite_strict=True)  # fmt: skip

PAGE_ENTRIES = 500  # read at once; some 200 KB
NO_END = 1 << 62

Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
Look = Callable[[Execute, dict[str, object]], bool]  # whether what an entry says of sealed records is so


def boot_id() -> str:
    """The kernel's id of this boot, which the monotonic seconds count from."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"


def stored_checkpoint(execute: Execute, verifier: Verifier, size: int) -> Checkpoint:
    """The checkpoint of exactly this size. Raises AuditError when none was signed, CheckpointInvalid when it was altered."""
    rows = execute("SELECT size, root, signature FROM audit_checkpoint WHERE size = ?", (size,))
    if not rows:
        raise AuditError("The log has no checkpoint of this size.")
    return verifier.open(verifier.assemble(*rows[0]))


class Replay:
    """Verifies the stored log page by page, so that its owner may let other work in between."""

    def __init__(
        self,
        verifier: Verifier,
        look: Look,
        *,
        kept: tuple[Checkpoint, ...] = (),
        stop: int = NO_END,
    ) -> None:
        self.checker = Checker(verifier, kept=kept)
        self._look, self._stop, self._after = look, stop, -1
        self._faults: list[Fault] = []

    def page(self, execute: Execute) -> bool:
        """Verifies the next page; False when there is none."""
        rows = leaf_page(execute, self._after, self._stop)
        self.checker.expect(history_page(execute, self.checker.size, len(rows)))
        for seq, line in rows:
            fields = self.checker.leaf(line)
            if fields is not None and not self._look(execute, fields):
                self._faults.append(Fault(FaultKind.RECORD, seq))
            self._after = seq
        return bool(rows)

    def finish(self, checkpoint: Checkpoint) -> tuple[Fault, ...]:
        return (*self.checker.finish(checkpoint), *self._faults[:FAULTS_MAX])


class Log:
    """The tree in memory (a few hashes) over the rows in the database."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._tree = Frontier()
        self._pending: Frontier | None = None
        self.checkpoint = signer.sign(0, self._tree.root())  # the newest committed one

    @property
    def size(self) -> int:
        return self._tree.size

    def load(self, execute: Execute, kept: tuple[Checkpoint, ...], look: Look) -> None:
        """Reads and verifies every entry, every checkpoint and, through `look`, what each entry says of sealed records.

        `kept`: checkpoints from outside the database. Raises LogNotWhole."""
        replay = Replay(self._signer.verifier, look, kept=kept)
        while replay.page(execute):
            pass
        newest = self._newest(execute)
        if faults := replay.finish(newest):
            raise LogNotWhole(faults)
        self._tree, self.checkpoint = replay.checker.tree, newest

    def _newest(self, execute: Execute) -> Checkpoint:
        # No checkpoint at all: an empty log, or one whose checkpoints were removed; both must have no entries.
        return newest(execute, self._signer.verifier) or self._signer.sign(0, Frontier().root())

    def append(self, execute: Execute, entry: Entry, stamp: Stamp, records: Sequence[SealedRecord] = ()) -> int:
        """Adds the entry to the open transaction and gives its number. `sign` must follow before the commit."""
        tree = self._pending or self._tree.copy()
        if self._pending is None and stored_size(execute) != tree.size:
            raise AuditError("The audit log in the store is not the one in memory.", advice="Restart the appliance.")
        line = leaf(entry, tree.size, stamp, records)
        execute("INSERT INTO audit_entry (seq, leaf) VALUES (?, ?)", (tree.size, line))
        tree.add(leaf_hash(line))
        self._pending = tree
        return tree.size - 1

    def sign(self, execute: Execute) -> Checkpoint | None:
        """Writes the checkpoint over everything appended in this transaction; None when nothing was."""
        if self._pending is None:
            return None
        checkpoint = self._signer.sign(self._pending.size, self._pending.root())
        execute(
            "INSERT INTO audit_checkpoint (size, root, signature) VALUES (?, ?, ?)",
            (checkpoint.size, checkpoint.root, checkpoint.signature),
        )
        return checkpoint

    def committed(self, checkpoint: Checkpoint) -> None:
        if self._pending is not None:
            self._tree, self._pending, self.checkpoint = self._pending, None, checkpoint

    def rolled_back(self) -> None:
        self._pending = None


def newest(execute: Execute, verifier: Verifier) -> Checkpoint | None:
    """The stored checkpoint with the most entries. Raises CheckpointInvalid when it was altered."""
    rows = execute("SELECT size, root, signature FROM audit_checkpoint ORDER BY size DESC LIMIT 1", ())
    return verifier.open(verifier.assemble(*rows[0])) if rows else None


def stored_size(execute: Execute) -> int:
    ((size,),) = execute("SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_entry", ())
    return int(size)


def leaf_page(execute: Execute, after: int, stop: int = NO_END) -> list[tuple[int, bytes]]:
    """The next rows with after < seq < stop, at most PAGE_ENTRIES, by seq: their numbers and lines."""
    rows = execute(
        "SELECT seq, leaf FROM audit_entry WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?", (after, stop, PAGE_ENTRIES)
    )
    return [(seq, bytes(line)) for seq, line in rows]


def history_page(execute: Execute, size: int, entries: int) -> list[Signed]:
    """The signed checkpoints that fall into the `entries` entries that follow the first `size`."""
    rows = execute(
        "SELECT size, root, signature FROM audit_checkpoint WHERE size > ? AND size <= ? ORDER BY size",
        (size, size + entries),
    )
    return [Signed(size, bytes(root), bytes(signature)) for size, root, signature in rows]
