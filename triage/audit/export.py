"""A bundle: the whole log as plain files that anybody can verify without the appliance and without this program.

Made in one pass over pages, so that memory does not grow with the log: entries, the history of signed checkpoints, proofs,
the newest checkpoint, the public key, how to verify, and a manifest of hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from triage.audit.check import Signed
from triage.audit.checkpoint import Checkpoint, Verifier
from triage.audit.cosignature import WitnessKey
from triage.audit.merkle import RangeHasher, consistency_ranges, inclusion_ranges, leaf_hash
from triage.errors import AuditError

BUNDLE_VERSION: Final = 2  # 2: cosigned.txt, witnesses.txt, export.tlog-proof
ENTRIES, HISTORY, CHECKPOINT, PROOFS = "entries.ndjson", "history.txt", "checkpoint.txt", "proofs.json"
PROOF, COSIGNED, WITNESSES = "export.tlog-proof", "cosigned.txt", "witnesses.txt"
PUBLIC_KEY, README, MANIFEST = "public-key.txt", "README.txt", "manifest.json"
FILES: Final = (ENTRIES, HISTORY, CHECKPOINT, PROOFS, PROOF, COSIGNED, WITNESSES, PUBLIC_KEY, README, MANIFEST)
TLOG_PROOF: Final = "c2sp.org/tlog-proof@v1"

HOW_TO_VERIFY: Final = """\
Audit log of a triage appliance
===============================

entries.ndjson   every entry, one line of JSON each, in order; line n (from 0) is leaf n of a Merkle tree (RFC 6962, section 2)
checkpoint.txt   size and root of that tree, signed by the appliance (C2SP tlog-checkpoint, signed-note; Ed25519)
history.txt      every earlier signed checkpoint: size, root, signature (base64), one a line
proofs.json      that the entry of this export is in the tree, and that the tree of the previous export is its beginning
export.tlog-proof  the same inclusion proof with the checkpoint, as one certificate (C2SP tlog-proof)
cosigned.txt     the newest checkpoint that each witness has cosigned (C2SP tlog-cosignature, Ed25519); empty: no witness yet
witnesses.txt    the witnesses' public keys that the appliance knows, one a line (C2SP verifier keys)
public-key.txt   the appliance's public key (C2SP verifier key). Compare it with one that you got another way.
manifest.json    SHA-256 of each file, to find damage in transport; it proves nothing against intent

To verify, on any machine with Python 3.11, without network:

    python verify_audit.py DIR --public-key FILE       (compliance/verify/verify_audit.py; standard library only)
    triage audit verify DIR --public-key FILE          (the appliance's own program; the two share no code)

With --witness FILE (a witness's key that you got another way) a cosignature by that witness must be there and be right.
Exit code 0: whole. 1: faults, one line each. 2: not a bundle.

What this proves: with a public key and, if possible, an earlier checkpoint that you kept (--after FILE), that no entry was
changed, removed, added, moved or repeated since each checkpoint was signed. What it cannot prove: that the appliance wrote
down everything, or, without an earlier checkpoint from outside, that the holder of its signing key did not write a new log.
Entries hold ids and codes. What was said lies sealed in the vault; "records" commits to its ciphertext (number, kind, SHA-256).
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of one file. `entries_done` of `entries_total` for a progress bar."""

    file: str
    data: bytes
    last_of_file: bool
    entries_done: int
    entries_total: int


class Source(Protocol):
    """The stored log, a page at a time."""

    async def entries(self, after: int, stop: int) -> list[tuple[int, bytes]]:
        """The next rows with after < number < stop; empty at the end."""
        ...

    async def history(self, size: int, entries: int) -> list[Signed]:
        """The checkpoints with size < their size <= size + entries."""
        ...


class Bundle:
    """The export of the log as of `checkpoint`. `previous`: the checkpoint of the export before, if there was one. `cosigned`:
    notes by rising size, none larger than `checkpoint`."""

    def __init__(
        self,
        source: Source,
        checkpoint: Checkpoint,
        verifier: Verifier,
        previous: Checkpoint | None,
        made_at: datetime,
        *,
        cosigned: Sequence[str] = (),
        witnesses: Sequence[WitnessKey] = (),
    ) -> None:
        self._source, self._checkpoint, self._verifier = source, checkpoint, verifier
        self._previous, self._made_at = previous, made_at
        self._cosigned, self._witnesses = "".join(cosigned), "".join(f"{one.text()}\n" for one in witnesses)
        size = checkpoint.size
        self._inclusion = RangeHasher(inclusion_ranges(size - 1, size))
        self._consistency = RangeHasher(consistency_ranges(previous.size, size) if previous else [])
        self._hashes = {file: hashlib.sha256() for file in FILES[:-1]}
        self._sizes = dict.fromkeys(FILES[:-1], 0)
        self._done = 0

    async def parts(self) -> AsyncIterator[Part]:
        """Every file in the order of FILES. Raises AuditError when the stored log is not as long as its checkpoint."""
        async for data in self._entries():
            yield self._part(ENTRIES, data, last=False)
        yield self._part(ENTRIES, b"", last=True)
        async for data in self._history():
            yield self._part(HISTORY, data, last=False)
        yield self._part(HISTORY, b"", last=True)
        yield self._part(CHECKPOINT, self._checkpoint.note.encode())
        path = self._inclusion.proof()
        yield self._part(PROOFS, self._proofs(path))
        yield self._part(PROOF, tlog_proof(self._checkpoint.size - 1, path, self._checkpoint.note).encode())
        yield self._part(COSIGNED, self._cosigned.encode())
        yield self._part(WITNESSES, self._witnesses.encode())
        yield self._part(PUBLIC_KEY, f"{self._verifier.text()}\n".encode())
        yield self._part(README, HOW_TO_VERIFY.encode())
        yield self._part(MANIFEST, self._manifest())

    def _part(self, file: str, data: bytes, *, last: bool = True) -> Part:
        if file in self._hashes:
            self._hashes[file].update(data)
            self._sizes[file] += len(data)
        return Part(file, data, last, self._done, self._checkpoint.size)

    async def _entries(self) -> AsyncIterator[bytes]:
        after, size = -1, self._checkpoint.size
        while page := await self._source.entries(after, size):
            for after, line in page:  # noqa: B007  `after` ends as the page's last number
                hashed = leaf_hash(line)
                self._inclusion.feed(hashed)
                self._consistency.feed(hashed)
            self._done += len(page)
            yield b"".join(line + b"\n" for _, line in page)
        if self._done != size:
            raise AuditError("The stored log is shorter than its checkpoint.", advice="Run the verification.")

    async def _history(self) -> AsyncIterator[bytes]:
        step = 500
        for size in range(0, self._checkpoint.size, step):
            page = await self._source.history(size, min(step, self._checkpoint.size - size))
            if page:
                yield b"".join(f"{one.size} {_b64(one.root)} {_b64(one.signature)}\n".encode() for one in page)

    def _proofs(self, path: list[bytes]) -> bytes:
        size, previous = self._checkpoint.size, self._previous
        consistency = None
        if previous:
            proof = [_b64(node) for node in self._consistency.proof()]
            consistency = {"from": previous.size, "from_root": _b64(previous.root), "to": size, "proof": proof}
        inclusion = {"entry": size - 1, "size": size, "path": [_b64(node) for node in path]}
        return _json({"inclusion": inclusion, "consistency": consistency})

    def _manifest(self) -> bytes:
        files = {f: {"sha256": self._hashes[f].hexdigest(), "bytes": self._sizes[f]} for f in self._hashes}
        return _json(
            {
                "version": BUNDLE_VERSION,
                "made_at": self._made_at.isoformat(timespec="seconds"),
                "origin": self._checkpoint.origin,
                "size": self._checkpoint.size,
                "root": _b64(self._checkpoint.root),
                "files": files,
            }
        )


def tlog_proof(index: int, path: list[bytes], note: str) -> str:
    """C2SP tlog-proof: the entry at `index` is in the tree of the checkpoint `note`."""
    return "\n".join((TLOG_PROOF, f"index {index}", *(_b64(node) for node in path), "", note))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
