#!/usr/bin/env python3
"""Verifies a certificate of deletion: the second opinion, like verify_audit.py beside it, whose arithmetic it uses. Python's
standard library only; shares no code with the appliance.

    python verify_deletion.py FILE [--public-key FILE]

FILE is what `triage vault shred --out` wrote. Exit code 0: true. 1: not, with the reason. 2: wrong use, or FILE is none.

What it proves: the holder of the log's key signed a log that has, at its place, the entry by which this person deleted exactly
these records of this call at this time. The records' ciphertext hashes stand in the log too, in entries from when they were made.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from verify_audit import Faulty, Unusable, from_path, outside, read_checkpoint, read_key, sha, unbase64

BYTES_MAX = 4 * 1024 * 1024
KIND = "triage certificate of deletion v1"


def verify(certificate: dict[str, Any], public_key: Path | None) -> dict[str, Any]:
    """The entry. Raises Faulty for what is not true, Unusable for what is no certificate."""
    try:
        line = certificate["entry"]["line"].encode("ascii")
        number = certificate["entry"]["number"]
        entry = json.loads(line)
        listed = [[int(a), str(b), str(c)] for a, b, c in certificate["records"]]
        path = [unbase64(node) for node in certificate["path"]]
        own = read_key(certificate["public_key"])
        note = str(certificate["checkpoint"])
        details = dict(entry["details"])
        if certificate["certificate"] != KIND or type(number) is not int:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, Faulty):
        raise Unusable("this is no certificate of deletion") from None
    name, key = own if public_key is None else outside(public_key, read_key)
    if (name, key) != own:
        raise Faulty("wrong key: the certificate is of another log than the key")
    size, root = read_checkpoint(note, name, key)
    if not 0 <= number < size or from_path(sha(b"\x00" + line), number, size, path) != root:
        raise Faulty("proof: the entry is not in the signed log")
    if (entry.get("act"), entry.get("call"), entry.get("seq")) != ("record.shredded", certificate["call"], number):
        raise Faulty("entry: it is about something else")
    digest = sha(json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()).hex()
    if details.get("sha256") != digest or details.get("count") != len(listed):
        raise Faulty("records: they are not those that were deleted")
    return dict(entry)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify a certificate of deletion.")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="the log's key, got another way")
    chosen = parser.parse_args(arguments)
    try:
        with chosen.file.open("rb") as stream:
            certificate = json.loads(stream.read(BYTES_MAX + 1))
        entry = verify(certificate, chosen.public_key)
    except (OSError, ValueError, RecursionError):
        print(f"{chosen.file} is no certificate of deletion", file=sys.stderr)
        return 2
    except Unusable as problem:
        print(problem, file=sys.stderr)
        return 2
    except Faulty as fault:
        print(fault)
        return 1
    print(
        f"true: {len(certificate['records'])} records of {entry['call']}, {entry['at']}, {entry['who']}, {entry.get('reason', '')}"
    )
    if chosen.public_key is None:
        print("The key came with the certificate: compare it with one that you got another way.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
