"""Both verifiers on good bundles and on one mutant for each way in which a log can be tampered with. The adversary of these
tests mends the manifest after each change."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.audit import merkle
from triage.audit.check import FaultKind, LogNotWhole
from triage.audit.checkpoint import Signer, Verifier
from triage.audit.verify import verify_bundle
from triage.errors import UsageError

SECOND = Path(__file__).parents[2] / "compliance" / "verify" / "verify_audit.py"


def second(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code and lines of the second verifier, in its own process, without this package on its path."""
    ran = subprocess.run(
        [sys.executable, "-I", str(SECOND), str(folder), *arguments], capture_output=True, text=True, timeout=60
    )
    assert not ran.stderr or ran.returncode == 2, ran.stderr
    return ran.returncode, (ran.stdout + ran.stderr).splitlines()


def mend_manifest(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        entry["sha256"], entry["bytes"] = hashlib.sha256(content).hexdigest(), len(content)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def lines(folder: Path) -> list[bytes]:
    return (folder / "entries.ndjson").read_bytes().splitlines(keepends=True)


def write(folder: Path, changed: list[bytes]) -> None:
    (folder / "entries.ndjson").write_bytes(b"".join(changed))


def renumbered(line: bytes, number: int) -> bytes:
    entry = json.loads(line) | {"seq": number}
    return json.dumps(entry, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def flip(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines[10] = all_lines[10].replace(b'"danger"', b'"state"')
    write(folder, all_lines)


def delete(folder: Path) -> None:
    all_lines = lines(folder)
    del all_lines[10]
    write(folder, all_lines)


def delete_and_renumber(folder: Path) -> None:
    all_lines = lines(folder)
    del all_lines[10]
    write(folder, [renumbered(line, number) for number, line in enumerate(all_lines)])


def insert(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines.insert(11, all_lines[10].replace(b'"danger"', b'"state"'))
    write(folder, all_lines)


def insert_and_renumber(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines.insert(10, all_lines[10])
    write(folder, [renumbered(line, number) for number, line in enumerate(all_lines)])


def add_at_the_end(folder: Path) -> None:
    all_lines = lines(folder)
    write(folder, [*all_lines, renumbered(all_lines[-1], len(all_lines))])


def reorder(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines[10], all_lines[11] = all_lines[11], all_lines[10]
    write(folder, all_lines)


def replay(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines.insert(20, all_lines[10])
    write(folder, all_lines)


def truncate(folder: Path) -> None:
    write(folder, lines(folder)[:-5])


def cut_the_last_newline(folder: Path) -> None:
    file = folder / "entries.ndjson"
    file.write_bytes(file.read_bytes()[:-1])


def spell_differently(folder: Path) -> None:
    all_lines = lines(folder)
    all_lines[10] = all_lines[10].replace(b'":', b'": ', 1)
    write(folder, all_lines)


def edit_checkpoint(folder: Path) -> None:
    file = folder / "checkpoint.txt"
    file.write_text(file.read_text().replace("\n42\n", "\n41\n"))


def replay_checkpoint(folder: Path) -> None:
    shutil.copy(folder.parent / "older" / "checkpoint.txt", folder / "checkpoint.txt")


def edit_history(folder: Path) -> None:
    file = folder / "history.txt"
    rows = file.read_text().splitlines()
    size, _root, signature = rows[10].split()
    rows[10] = f"{size} {base64.b64encode(bytes(32)).decode()} {signature}"
    file.write_text("\n".join(rows) + "\n")


def flip_without_history(folder: Path) -> None:
    flip(folder)
    (folder / "history.txt").write_text("")


def reorder_history(folder: Path) -> None:
    file = folder / "history.txt"
    rows = file.read_text().splitlines()
    rows[10], rows[11] = rows[11], rows[10]
    file.write_text("\n".join(rows) + "\n")


def keep_the_newer_history(folder: Path) -> None:
    """An older log in place of the newer one, but for the history."""
    for name in ("entries.ndjson", "checkpoint.txt", "proofs.json", "export.tlog-proof"):
        shutil.copy(folder.parent / "older" / name, folder / name)


def edit_inclusion(folder: Path) -> None:
    proofs = json.loads((folder / "proofs.json").read_text())
    proofs["inclusion"]["path"][0] = base64.b64encode(bytes(32)).decode()
    (folder / "proofs.json").write_text(json.dumps(proofs))


def edit_consistency(folder: Path) -> None:
    proofs = json.loads((folder / "proofs.json").read_text())
    proofs["consistency"]["from_root"] = base64.b64encode(bytes(32)).decode()
    (folder / "proofs.json").write_text(json.dumps(proofs))


def sign_anew(folder: Path) -> None:
    """Changes an entry and signs the new tree with a key of the adversary's own, under the log's name."""
    flip(folder)
    name = Verifier.parse((folder / "public-key.txt").read_text()).name
    signer = Signer(Ed25519PrivateKey.generate())
    signer.verifier = Verifier(name, signer.verifier.public)
    hashes = [merkle.leaf_hash(line[:-1]) for line in lines(folder)]
    checkpoint = signer.sign(len(hashes), merkle.root(hashes))
    (folder / "checkpoint.txt").write_text(checkpoint.note)
    (folder / "public-key.txt").write_text(signer.verifier.text() + "\n")
    (folder / "history.txt").write_text("")


MUTANTS: list[tuple[Callable[[Path], None], FaultKind]] = [
    (flip, FaultKind.ALTERED),
    (delete, FaultKind.DELETED),
    (delete_and_renumber, FaultKind.ALTERED),
    (insert, FaultKind.INSERTED),
    (insert_and_renumber, FaultKind.ALTERED),
    (add_at_the_end, FaultKind.INSERTED),
    (reorder, FaultKind.REORDERED),
    (replay, FaultKind.REPLAYED),
    (truncate, FaultKind.TRUNCATED),
    (cut_the_last_newline, FaultKind.MALFORMED),
    (spell_differently, FaultKind.MALFORMED),
    (edit_checkpoint, FaultKind.CHECKPOINT),
    (replay_checkpoint, FaultKind.INSERTED),
    (edit_history, FaultKind.ALTERED),
    (flip_without_history, FaultKind.ALTERED),
    (reorder_history, FaultKind.CHECKPOINT),
    (keep_the_newer_history, FaultKind.CHECKPOINT),
    (edit_inclusion, FaultKind.PROOF),
    (edit_consistency, FaultKind.PROOF),
    (sign_anew, FaultKind.WRONG_KEY),
]


@pytest.fixture
def copy(exports, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(exports.newer, folder)
    shutil.copytree(exports.older, tmp_path / "older")
    return folder


def test_both_agree_on_good_bundles(exports) -> None:
    for folder, size in ((exports.older, 21), (exports.newer, 42)):
        whole = verify_bundle(folder, exports.verifier)
        assert whole.checkpoint.size == size
        assert not whole.key_from_bundle
        assert second(folder, "--public-key", str(exports.key)) == (0, ["whole: every entry leads to the signed root"])
    assert verify_bundle(exports.newer).key_from_bundle
    assert second(exports.newer)[0] == 0


@pytest.mark.parametrize(("mutate", "kind"), MUTANTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_both_find_every_mutant_and_name_it_alike(
    exports, copy: Path, mutate: Callable[[Path], None], kind: FaultKind
) -> None:
    mutate(copy)
    mend_manifest(copy)
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, exports.verifier)
    assert found.value.faults[0].kind is kind
    code, said = second(copy, "--public-key", str(exports.key))
    assert code == 1
    assert said[0].startswith(f"{kind}: ")


@pytest.mark.parametrize(("mutate", "first", "last"), [(flip, 10, 10), (delete, 10, 10), (truncate, 37, 41)])
def test_the_fault_says_where(exports, copy: Path, mutate: Callable[[Path], None], first: int, last: int) -> None:
    mutate(copy)
    mend_manifest(copy)
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, exports.verifier)
    assert [(fault.first, fault.last) for fault in found.value.faults] == [(first, last)]


def test_without_mending_the_manifest_the_file_is_named_too(exports, copy: Path) -> None:
    flip(copy)
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, exports.verifier)
    assert next((fault.kind, fault.file) for fault in found.value.faults) == (FaultKind.FILE_CHANGED, "entries.ndjson")
    assert second(copy)[1][0].startswith("file changed: entries.ndjson")


def test_an_older_bundle_is_found_by_a_kept_checkpoint(exports) -> None:
    kept = exports.newer / "checkpoint.txt"
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(exports.older, exports.verifier, (kept.read_text(),))
    assert found.value.faults[0].kind is FaultKind.ROLLED_BACK
    code, said = second(exports.older, "--after", str(kept))
    assert (code, said[0].split(":")[0]) == (1, "rolled back")


def test_a_continued_log_fits_a_kept_checkpoint(exports) -> None:
    kept = exports.older / "checkpoint.txt"
    verify_bundle(exports.newer, exports.verifier, (kept.read_text(),))
    assert second(exports.newer, "--after", str(kept))[0] == 0


@pytest.mark.parametrize("field", ["origin", "size", "root"])
def test_a_manifest_that_says_something_else(exports, copy: Path, field: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest[field] = "another"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(LogNotWhole) as found:
        verify_bundle(copy, exports.verifier)
    assert [(fault.kind, fault.file) for fault in found.value.faults] == [(FaultKind.FILE_CHANGED, "manifest.json")]


@pytest.mark.parametrize("name", ["history.txt", "checkpoint.txt", "proofs.json", "public-key.txt", "manifest.json"])
def test_a_missing_file_is_a_fault(exports, copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(LogNotWhole):
        verify_bundle(copy, exports.verifier)
    assert second(copy)[0] == 1


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        verify_bundle(tmp_path)
    assert second(tmp_path)[0] == 2
    assert second(tmp_path / "absent")[0] == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_found_by_both(
    exports, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("changed") / "copy"
    shutil.copytree(exports.newer, folder)
    name = data.draw(st.sampled_from(["entries.ndjson", "checkpoint.txt", "history.txt", "public-key.txt"]))
    content = bytearray((folder / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    (folder / name).write_bytes(content)
    for mended in (False, True):
        if mended and name != "history.txt":
            mend_manifest(folder)
        with pytest.raises(LogNotWhole):
            verify_bundle(folder, exports.verifier)
        assert second(folder, "--public-key", str(exports.key))[0] == 1
