"""The certificate of deletion: what of a call is gone, when, by whom, why; which anybody verifies with the log's public key.

It is the entry record.shredded itself, as the log signed it: its line, the path to the root (RFC 6962, 2.1.1) and the checkpoint
(C2SP tlog-checkpoint). The entry commits to the list of the call's records by its digest, and each record to its ciphertext. So it
cannot be written for something that did not happen; and it can be made again at any time, from the vault or from an export.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from triage.audit import export
from triage.audit import log as audit_log
from triage.audit.check import Signed
from triage.audit.checkpoint import Checkpoint, Verifier, unbase64
from triage.audit.entry import SealedRecord
from triage.audit.merkle import ProofInvalid, RangeHasher, check_inclusion, inclusion_ranges, leaf_hash
from triage.errors import AuditError, IntegrityError, NotFound, UsageError
from triage.vault import records
from triage.vault.vault import Vault

KIND: Final = "triage certificate of deletion v1"
BYTES_MAX: Final = 4 * 1024 * 1024  # of one certificate; ten thousand records need a quarter of it
PAGE_ENTRIES: Final = 500

TEXT: Final = """\
CERTIFICATE OF DELETION

call         {call}
records      {count}
deleted at   {at}
by           {who}
reason       {reason}

The call's data key (AES-256) was destroyed. What is left of its records is ciphertext that nothing can open (cryptographic erase,
NIST SP 800-88 Rev. 1, 2.5). A copy of the vault from before, such as a backup, holds the wrapped key until that copy is destroyed
or the key-encryption key it was wrapped with (triage vault rotate).

{records}

entry {number} of the audit log, in a tree of {size} entries with the signed root
{root}
signed by {origin}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`line`: the entry's canonical JSON; `path`: hashes from its leaf to the root of `checkpoint`."""

    call_id: str
    number: int
    line: bytes
    sealed: tuple[SealedRecord, ...]
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    public_key: str

    def json(self) -> str:
        return json.dumps(
            {
                "certificate": KIND,
                "call": self.call_id,
                "records": [[one.number, one.kind, one.sha256] for one in self.sealed],
                "entry": {"number": self.number, "line": self.line.decode("ascii")},
                "path": [base64.b64encode(node).decode() for node in self.path],
                "checkpoint": self.checkpoint.note,
                "public_key": self.public_key,
            },
            indent=1,
        )

    def text(self) -> str:
        """For the printer."""
        said = json.loads(self.line)
        listed = "\n".join(f"{one.number:>8}  {one.kind:<16} {one.sha256}" for one in self.sealed)
        return TEXT.format(
            call=self.call_id, count=len(self.sealed), at=said["at"], who=said["who"], reason=said.get("reason", ""),
            records=f"  number  kind             SHA-256 of the ciphertext\n{listed}", number=self.number,
            size=self.checkpoint.size, root=self.checkpoint.root.hex(), origin=self.checkpoint.origin,
        )  # fmt: skip


class StoredEntries:
    """The open vault's log, a page at a time. A Source, as an export has one."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def entries(self, after: int, stop: int) -> list[tuple[int, bytes]]:
        return await self._vault.run(lambda tx: audit_log.leaf_page(tx.execute, after, stop))

    async def history(self, size: int, entries: int) -> list[Signed]:
        return []


class ExportedEntries:
    """An exported bundle's entries, a page at a time. It was verified before."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / export.ENTRIES
        self._next, self._offset = 0, 0  # the entry that the next page begins with, and where it stands in the file

    async def entries(self, after: int, stop: int) -> list[tuple[int, bytes]]:
        """Only from the beginning, or where the last page ended."""
        if after + 1 != self._next:
            self._next, self._offset = 0, 0
        with self._file.open("rb") as stream:
            stream.seek(self._offset)
            lines = islice(stream, min(PAGE_ENTRIES, stop - self._next))
            page = [(number, line.removesuffix(b"\n")) for number, line in enumerate(lines, start=self._next)]
        self._next += len(page)
        self._offset += sum(len(line) + 1 for _, line in page)
        return page

    async def history(self, size: int, entries: int) -> list[Signed]:
        return []


async def make(source: export.Source, checkpoint: Checkpoint, verifier: Verifier, call_id: str) -> Certificate:
    """Raises NotFound when the call was not shredded up to `checkpoint`, AuditError when the log and the entry disagree."""
    number, line, sealed = await _find(source, checkpoint.size, call_id)
    hasher = RangeHasher(inclusion_ranges(number, checkpoint.size))
    async for _, other in _lines(source, checkpoint.size):
        hasher.feed(leaf_hash(other))
    path = tuple(hasher.proof())
    made = Certificate(call_id, number, line, tuple(sealed), path, checkpoint, verifier.text())
    parse(made.json(), verifier)
    return made


def parse(text: str, expected: Verifier | None = None) -> Certificate:
    """The certificate in `text`, verified. `expected`: the log's key that came another way; without it the certificate's own is
    taken, which rules out damage only. Raises UsageError when it is none, IntegrityError or AuditError when it is not true."""
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw["certificate"] != KIND:
            raise ValueError
        key = Verifier.parse(str(raw["public_key"]))
        line = str(raw["entry"]["line"]).encode("ascii")
        said = json.loads(line)
        number = int(raw["entry"]["number"])
        sealed = tuple(SealedRecord(int(a), str(b), str(c)) for a, b, c in raw["records"])
        path = tuple(unbase64(node) for node in raw["path"])
        facts = dict(said["details"])
    except (ValueError, KeyError, TypeError, RecursionError, AuditError):
        raise UsageError("This is no certificate of deletion.") from None
    if expected is not None and expected != key:
        raise IntegrityError("The certificate is of another appliance's log.", advice="Or the public key is.")
    checkpoint = key.open(str(raw["checkpoint"]))
    try:
        check_inclusion(leaf_hash(line), number, checkpoint.size, path, checkpoint.root)
    except ProofInvalid:
        raise IntegrityError("The certificate's entry is not in the signed log.") from None
    if (said.get("act"), said.get("call"), said.get("seq")) != ("record.shredded", raw["call"], number):
        raise IntegrityError("The certificate's entry is about something else.")
    if (facts.get("sha256"), facts.get("count")) != (records.digest(sealed), len(sealed)):
        raise IntegrityError("The certificate's records are not those that were deleted.")
    return Certificate(str(raw["call"]), number, line, sealed, path, checkpoint, key.text())


async def _find(source: export.Source, size: int, call_id: str) -> tuple[int, bytes, list[SealedRecord]]:
    """The entry of the shredding, and the records that the log names of this call."""
    needle, sealed = json.dumps(call_id).encode(), list[SealedRecord]()
    async for number, line in _lines(source, size):
        if needle in line:
            said = json.loads(line)
            if said.get("call") == call_id:
                sealed += [SealedRecord(*record) for record in said.get("records", [])]
                if said["act"] == "record.shredded":
                    return number, line, sealed
    raise NotFound("This call was not shredded.")


async def _lines(source: export.Source, size: int) -> AsyncIterator[tuple[int, bytes]]:
    after = -1
    while page := await source.entries(after, size):
        for number, line in page:
            yield number, line
        after = page[-1][0]
