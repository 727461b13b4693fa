#!/usr/bin/env python3
"""Verifies an exported audit log: the second opinion.

Written apart from triage/audit and sharing no code with it, with Python's standard library only, so that an auditor can read
all of it in one sitting and run it on any machine with Python 3.11, without network:

    python verify_audit.py DIR [--public-key FILE] [--after FILE] [--witness FILE]

DIR is what `triage audit export` wrote. FILE of --public-key: the log's key that you got another way (without it, the one in
DIR is used, which rules out damage but not a forged log). FILE of --after: a checkpoint that you kept; DIR must continue it.
FILE of --witness: the key of a witness that must have cosigned (without it, the witnesses that DIR names are believed).
Exit code 0: whole. 1: faults, one line each. 2: wrong use, or DIR is no exported log.

Sources: RFC 6962 section 2 (Merkle tree), RFC 8032 section 5.1 (Ed25519), C2SP signed-note, tlog-checkpoint,
tlog-cosignature and tlog-proof. One file, so that it can be carried anywhere.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

LINE_BYTES_MAX = 8_192  # the longest entry that the appliance writes
SMALL_BYTES_MAX = 65_536  # any other file
FAULTS_MAX = 50  # printed
REMEMBERED_MAX = 4_096  # entries looked back at, to tell a repeated one from an inserted one

NAMES = (
    "entries.ndjson", "history.txt", "checkpoint.txt", "proofs.json", "export.tlog-proof", "cosigned.txt", "witnesses.txt",
    "public-key.txt", "README.txt",
)  # fmt: skip


class Unusable(Exception):
    """Wrong use: exit code 2."""


class Faulty(Exception):
    """One fault, as the line that is printed."""


# Ed25519, RFC 8032, 5.1
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended homogeneous coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    k, m = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = m - k, z - t, z + t, m + k
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: Point) -> Point:
    result = NEUTRAL
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def decode_point(data: bytes) -> Point | None:
    """None when the 32 bytes are no point in canonical form."""
    sign, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def ed25519_valid(public: bytes, message: bytes, signature: bytes) -> bool:
    a, r = decode_point(public), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    base = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    if a is None or r is None or base is None or s >= ORDER or len(public) != 32 or len(signature) != 64:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, base), add(r, times(challenge, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962, 2.1. One hash for each height at which a perfect subtree stands ready, as the bits of a counter."""

    def __init__(self) -> None:
        self.size = 0
        self.by_height: dict[int, bytes] = {}

    def add(self, line: bytes) -> None:
        node, height = sha(b"\x00" + line), 0
        while height in self.by_height:
            node, height = sha(b"\x01" + self.by_height.pop(height) + node), height + 1
        self.by_height[height] = node
        self.size += 1

    def root(self) -> bytes:
        node: bytes | None = None
        for height in sorted(self.by_height):
            node = self.by_height[height] if node is None else sha(b"\x01" + self.by_height[height] + node)
        return sha(b"") if node is None else node


def from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a leaf's hash and its audit path lead to (the recursion of section 2.1.1); None when the length is
    wrong."""
    if size == 1:
        return None if path else leaf
    if not path:
        return None
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        below = from_path(leaf, index, half, path[:-1])
        return None if below is None else sha(b"\x01" + below + path[-1])
    below = from_path(leaf, index - half, size - half, path[:-1])
    return None if below is None else sha(b"\x01" + path[-1] + below)


def from_consistency(
    old: int, new: int, proof: list[bytes], old_root: bytes, whole: bool
) -> tuple[bytes, bytes] | None:
    """The two roots (old, new) that a consistency proof leads to (the recursion of section 2.1.2)."""
    if old == new:
        if whole:
            return None if proof else (old_root, old_root)
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    half = 1 << (new - 1).bit_length() - 1
    if old <= half:
        below = from_consistency(old, half, proof[:-1], old_root, whole)
        return None if below is None else (below[0], sha(b"\x01" + below[1] + proof[-1]))
    below = from_consistency(old - half, new - half, proof[:-1], old_root, False)
    if below is None:
        return None
    return sha(b"\x01" + proof[-1] + below[0]), sha(b"\x01" + proof[-1] + below[1])


def unbase64(text: str) -> bytes:
    """Raises ValueError unless `text` is base64 in its one canonical form."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError
    return data


def read_key(text: str, kind: int = 1) -> tuple[str, bytes]:
    """Name and public key out of name+hash+base64(kind || key). `kind`: 1 is a log's, 4 a witness's."""
    try:
        name, hashed, encoded = text.strip().split("+", 2)
        key = unbase64(encoded)
    except ValueError:
        raise Faulty("file changed: the public key is not a verifier key") from None
    if len(key) != 33 or key[0] != kind or sha(name.encode() + b"\n" + key)[:4].hex() != hashed:
        raise Faulty("file changed: the public key is not a verifier key")
    return name, key[1:]


def read_checkpoint(note: str, name: str, key: bytes) -> tuple[int, bytes]:
    """Size and root, if `key` has signed them under `name`."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise Faulty("checkpoint: the checkpoint is no signed note")
    text += "\n"
    marker = sha(name.encode() + b"\n\x01" + key)[:4]
    own = b""
    try:
        for line in signatures.splitlines():
            dash, signer, encoded = line.split(" ")
            blob = unbase64(encoded)
            if dash != "\u2014":
                raise ValueError
            if signer == name and blob[:4] == marker:
                own = own or blob[4:]
    except ValueError:
        raise Faulty("checkpoint: a signature line of the checkpoint is malformed") from None
    if not own:
        raise Faulty("wrong key: the checkpoint is signed by another key than the one expected")
    if not ed25519_valid(key, text.encode(), own):
        raise Faulty("checkpoint: the checkpoint's signature is wrong")
    lines = text.split("\n")
    try:
        if lines[0] != name or len(lines) < 4 or str(int(lines[1])) != lines[1]:
            raise ValueError
        root = unbase64(lines[2])
    except ValueError:
        raise Faulty("checkpoint: the checkpoint is of another log, or malformed") from None
    return int(lines[1]), root


def read_cosignatures(
    note: str, size: int, root: bytes, name: str, witnesses: list[tuple[str, bytes]]
) -> Iterator[tuple[str, int, int]]:
    """(witness, size, POSIX time) for each of the note's lines that a known witness wrote. Raises Faulty when one is wrong."""
    told = f"{name}\n{size}\n{base64.b64encode(root).decode()}\n"
    for line in note.rpartition("\n\n")[2].splitlines():
        _dash, signer, encoded = line.split(" ")  # read_checkpoint has looked at their form
        blob = unbase64(encoded)
        for witness, key in witnesses:
            if (signer, blob[:4]) == (witness, sha(witness.encode() + b"\n\x04" + key)[:4]):
                at = int.from_bytes(blob[4:12], "big")
                message = f"cosignature/v1\ntime {at}\n{told}".encode()
                if len(blob) != 76 or not ed25519_valid(key, message, blob[12:]):
                    raise Faulty("cosignature: a witness's cosignature is wrong")
                yield witness, size, at


def cosigned_of(
    folder: Path, name: str, key: bytes, wanted: list[tuple[str, bytes]]
) -> tuple[list[tuple[int, bytes]], list[tuple[str, int, int]]]:
    """The checkpoints in cosigned.txt, and who has cosigned which. Raises Faulty."""
    kept, by = [], []
    try:
        witnesses = wanted or [read_key(line, 4) for line in small(folder, "witnesses.txt").splitlines()]
        text = small(folder, "cosigned.txt")
        starts = [0, *(found.end() for found in re.finditer(r"\n— [^\n]*\n(?!— )", text))]
        for note in (text[a:b] for a, b in itertools.pairwise(starts)):
            size, root = read_checkpoint(note, name, key)
            found = list(read_cosignatures(note, size, root, name, witnesses))
            if not found and not wanted:
                raise Faulty("cosignature: no known witness has cosigned a checkpoint in cosigned.txt")
            kept.append((size, root))
            by += found
        if starts[-1] != len(text):
            raise ValueError
    except (Faulty, ValueError) as fault:
        said = str(fault)
        raise Faulty(said if said.startswith("cosignature") else "cosignature: cosigned.txt is malformed") from None
    for witness, _key in wanted:
        if witness not in {one[0] for one in by}:
            raise Faulty("cosignature: the witness whose key was given has cosigned nothing here")
    return kept, by


def small(folder: Path, name: str) -> str:
    with (folder / name).open("rb") as stream:
        return stream.read(SMALL_BYTES_MAX).decode("utf-8", "replace")


def lines_of(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from iter(lambda: stream.readline(LINE_BYTES_MAX + 1), b"")


def manifest_faults(folder: Path) -> Iterator[str]:
    try:
        listed = {name: str(json.loads(small(folder, "manifest.json"))["files"][name]["sha256"]) for name in NAMES}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        yield "file changed: manifest.json is missing or no manifest"
        return
    for name in NAMES:
        if not (folder / name).is_file():
            yield f"file missing: {name}"
            continue
        with (folder / name).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != listed[name]:
                yield f"file changed: {name} is not what the manifest says"


class Numbers:
    """Follows the entries' own numbers and says what they betray."""

    def __init__(self) -> None:
        self.expected = 0
        self.skipped: set[int] = set()
        self.recent: dict[int, bytes] = {}

    def follow(self, number: int, line: bytes) -> str | None:
        fault = None
        if number > self.expected:
            self.skipped.update(range(self.expected, min(number, self.expected + REMEMBERED_MAX)))
        elif number < self.expected:
            if number in self.skipped:
                self.skipped.remove(number)
                fault = f"reordered: entry {number} is out of order"
            elif self.recent.get(number, line) == line:
                fault = f"replayed: entry {number} stands there twice"
            else:
                fault = f"inserted: there is a second entry {number}"
        self.expected = max(self.expected, number + 1)
        self.recent[number] = line
        if len(self.recent) > REMEMBERED_MAX:
            del self.recent[next(iter(self.recent))]
        return fault


def number_of(line: bytes) -> int | None:
    """The entry's number; None when the line is no entry in canonical form (sorted keys, no spaces, ASCII)."""
    if not line.endswith(b"\n"):
        return None
    try:
        entry = json.loads(line)
        again = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        number = entry["seq"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return number if again == line and type(number) is int and number >= 0 else None


def history_of(folder: Path) -> Iterator[tuple[int, bytes]]:
    before = 0
    for line in lines_of(folder / "history.txt"):
        try:
            size, root, _signature = line.decode("ascii").split()
            this = int(size), unbase64(root)
        except ValueError:
            raise Faulty("checkpoint: history.txt is malformed") from None
        if this[0] <= before:
            raise Faulty("checkpoint: history.txt is not in order")
        before = this[0]
        yield this


def entry_faults(folder: Path, size: int, root: bytes, kept: list[tuple[int, bytes]]) -> Iterator[str]:
    """Reads every entry once. Roots of history.txt only tell where a change is; what proves is the checkpoint's."""
    tree, numbers, faulty, good, last = Tree(), Numbers(), False, 0, b""
    wanted: dict[int, set[bytes]] = {}
    for kept_size, kept_root in kept:
        wanted.setdefault(kept_size, set()).add(kept_root)
    history = history_of(folder)
    mark = next(history, None)
    if wanted.get(0, {sha(b"")}) != {sha(b"")}:
        yield "rolled back: the log differs from a checkpoint that was kept"
    for line in lines_of(folder / "entries.ndjson"):
        number = number_of(line)
        fault = f"malformed: line {tree.size} is no entry" if number is None else numbers.follow(number, line)
        numbers.expected += number is None
        if fault:
            faulty = True
            yield fault
        last = line.removesuffix(b"\n")
        tree.add(last)
        while mark and mark[0] <= tree.size:
            if not (faulty or numbers.skipped) and (mark[0] < tree.size or mark[1] != tree.root()):
                faulty = True
                yield f"altered: entry {good} to {tree.size - 1}: one of them was changed"
            good, mark = mark[0], next(history, None)
        if tree.size in wanted and wanted[tree.size] != {tree.root()}:
            faulty = True
            yield "rolled back: the log differs from a checkpoint that was kept"
    for number in sorted(numbers.skipped):
        yield f"deleted: entry {number} is missing"
    faulty = faulty or bool(numbers.skipped)
    if numbers.expected < size:
        yield f"truncated: entry {numbers.expected} to {size - 1} are missing at the end"
    elif not faulty and tree.size > size:
        yield f"inserted: {tree.size - size} entries more than the checkpoint counts"
    elif not faulty and tree.root() != root:
        yield f"altered: entry {good} to {tree.size - 1}: one of them was changed"
    elif not faulty:
        yield from proof_faults(folder, last, size, root)
    if mark:
        yield "checkpoint: history.txt goes beyond the checkpoint"
    if any(kept_size > tree.size for kept_size in wanted):
        yield "rolled back: the log is shorter than a checkpoint that was kept"


def proof_faults(folder: Path, last: bytes, size: int, root: bytes) -> Iterator[str]:
    """proofs.json, and the certificate, whose form leaves no freedom: path and checkpoint as they are."""
    try:
        note = small(folder, "checkpoint.txt")
        proofs = json.loads(small(folder, "proofs.json"))
        path = [unbase64(node) for node in proofs["inclusion"]["path"]]
        right = proofs["inclusion"]["entry"] == size - 1 and proofs["inclusion"]["size"] == size
        right = right and from_path(sha(b"\x00" + last), size - 1, size, path) == root
        certificate = ["c2sp.org/tlog-proof@v1", f"index {size - 1}", *proofs["inclusion"]["path"], "", note]
        right = right and small(folder, "export.tlog-proof") == "\n".join(certificate)
        if (second := proofs["consistency"]) is not None:
            proof = [unbase64(node) for node in second["proof"]]
            old, old_root = second["from"], unbase64(second["from_root"])
            right = right and type(old) is int and 0 < old <= size
            right = right and from_consistency(old, size, proof, old_root, True) == (old_root, root)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        right = False
    if not right:
        yield "proof: proofs.json holds a proof that does not lead to the signed root"


def verify(
    folder: Path,
    public_key: Path | None,
    after: Iterable[Path],
    witnesses: Iterable[Path] = (),
    tell: Callable[[str], None] = print,
) -> Iterator[str]:
    """One line for each fault; `tell` hears of each cosignature. Raises Unusable."""
    if not (folder / "entries.ndjson").is_file() and not (folder / "manifest.json").is_file():
        raise Unusable(f"{folder} holds no exported audit log")
    yield from manifest_faults(folder)
    try:
        own = read_key(small(folder, "public-key.txt"))
        name, key = own if public_key is None else outside(public_key, read_key)
        if (name, key) != own:
            yield "wrong key: public-key.txt is another key than the one expected"
        size, root = read_checkpoint(small(folder, "checkpoint.txt"), name, key)
        kept = [outside(file, lambda note: read_checkpoint(note, name, key)) for file in after]
        wanted = [outside(file, lambda text: read_key(text, 4)) for file in witnesses]
        try:
            cosigned, by = cosigned_of(folder, name, key, wanted)
        except Faulty as fault:
            cosigned, by = [], []
            yield str(fault)
        yield from entry_faults(folder, size, root, [*kept, *cosigned])
        for witness, cosigned_size, at in by:
            moment = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))
            tell(f"cosigned: {witness} had seen the first {cosigned_size} entries on {moment}")
    except Faulty as fault:
        yield str(fault)
    except FileNotFoundError:
        return  # manifest_faults has named it


def outside(file: Path, read: Callable[[str], tuple[Any, bytes]]) -> tuple[Any, bytes]:
    try:
        return read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Faulty):
        raise Unusable(f"{file} holds no public key of this kind, or no checkpoint of this log") from None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="the log's key, got another way")
    parser.add_argument("--after", type=Path, action="append", default=[], metavar="FILE", help="a checkpoint you kept")
    parser.add_argument("--witness", type=Path, action="append", default=[], metavar="FILE", help="a witness's key")
    chosen = parser.parse_args(arguments)
    found, told = 0, list[str]()
    try:
        for line in verify(chosen.folder, chosen.public_key, chosen.after, chosen.witness, told.append):
            found += 1
            if found <= FAULTS_MAX:
                print(line)
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 2
    if found:
        return 1
    print("whole: every entry leads to the signed root")
    for line in told:
        print(line)
    if chosen.public_key is None:
        print("The key came with the bundle: compare public-key.txt with one that you got another way.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
