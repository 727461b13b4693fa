"""Nothing that identifies a caller stands anywhere outside the sealed columns: not on disk, in logs, figures, output or exports, after
whole calls that were handled, escalated, or failed at some step. And no process of the appliance leaves its memory behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.privacy.canaries import CANARIES, found_in, needles
from triage.telemetry.memory import core_limit

ROOT = Path(__file__).resolve().parents[2]
CALLS_S_MAX = 270  # 6 s of work; the machine may be very busy


@dataclass(frozen=True, slots=True)
class Run:
    """`places`: everything that came out, by where it stood."""

    places: dict[str, bytes]
    counts: dict[str, int]
    code: int

    def leaks(self) -> dict[str, set[str]]:
        among = needles()
        return {place: kinds for place, data in self.places.items() if (kinds := found_in(data, among))}


def run(folder: Path, *more: str) -> Run:
    """A process whose home, working and temporary folder are `folder`: what it writes where is found there."""
    places = {name: folder / name for name in ("home", "work", "tmp", "calls")}
    for place in places.values():
        place.mkdir()
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(places["home"]), "TMPDIR": str(places["tmp"]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.privacy.leaking_calls", str(places["calls"]), *more],
        cwd=places["work"], env=environment, capture_output=True, check=False, timeout=CALLS_S_MAX,
    )  # fmt: skip
    found = {"stdout": done.stdout, "stderr": done.stderr}
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        found[name] = name.encode() + b"\0" + (file.read_bytes() if file.is_file() and not file.is_symlink() else b"")
    lines = done.stdout.decode().strip().splitlines()
    return Run(found, json.loads(lines[-1]) if lines and done.returncode == 0 else {}, done.returncode)


def test_whole_calls_leave_no_identifier_outside_the_sealed_columns(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.code == 0, done.places["stderr"][-2000:]
    assert done.leaks() == {}
    assert [
        place for place in done.places if place.startswith(("home/", "work/", "tmp/"))
    ] == []  # nothing written elsewhere
    # The calls were what they should be, or nothing could have leaked:
    assert done.counts["calls"] == 16
    assert done.counts["transcripts"] >= 8
    assert done.counts["identifiers"] >= 5 * len(CANARIES)
    assert done.counts["requests"] == 1
    # and the places were written to.
    assert done.counts["sentences_rendered_in_calls"] == 0  # a rendered sentence is a file of sound
    assert done.counts["lost_log_lines"] == 0
    for place in ("calls/state/vault.db", "calls/export/entries.ndjson", "calls/export/tables.bin"):
        assert len(done.places[place]) > 50_000
    assert len(done.places["calls/export/status.txt"]) > 50
    assert done.places["stderr"].count(b'"event"') > 100


def test_the_search_finds_what_leaks_on_purpose(tmp_path: Path) -> None:
    """One identifier let out at each place: the test above can fail."""
    done = run(tmp_path, "--leak")
    assert done.code == 0, done.places["stderr"][-2000:]
    leaks = done.leaks()
    assert set(leaks) == {
        "stdout", "stderr", "calls/state/cache", f"calls/state/{CANARIES[7].value}", "calls/export/tables.bin",
    }  # fmt: skip
    assert leaks["calls/state/cache"] == {"ssn"}
    assert "phone" in leaks["calls/export/tables.bin"] & leaks["stderr"] & leaks["stdout"]


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.kind)
def test_every_form_of_every_class_is_found(canary) -> None:
    among = needles()
    for form in canary.forms():
        for data in (form.upper(), f"x{form}y", form.encode("utf-16-le"), form.encode().hex()):
            raw = data if isinstance(data, bytes) else data.encode()
            assert canary.kind in found_in(b"\0\1" + raw + b"\xff", among)
    assert found_in(b"My name is on the list, call 911, date 2026-11-24", among) == set()


# A process's memory holds what was said: it must not be written out when the process dies.

SECRET = "the caller said: my chest hurts"
DYING = (
    "import os, sys; secret = sys.argv[1] * 1000; sys.stdout.write('ready\\n'); sys.stdout.flush(); {seal}; os.abort()"
)


@contextmanager
def cores_allowed() -> Iterator[None]:
    """What is started within may leave core dumps. Set here and not between fork and exec: there gRPC's own threads, of other tests in this
    process, wake up and can end the child before it has begun."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def dies(folder: Path, seal: str) -> bool:
    """Whether the kernel wrote a core when the process aborted with core dumps allowed."""
    program = DYING.format(seal=seal)
    with cores_allowed():
        process = subprocess.Popen(
            [sys.executable, "-c", program, SECRET], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -1
    assert os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_a_sealed_process_leaves_no_core_where_another_does(tmp_path: Path) -> None:
    if not dies(tmp_path, "pass"):
        pytest.skip(reason="this machine allows no core dumps at all")
    for file in tmp_path.iterdir():
        file.unlink()
    assert not dies(tmp_path, "from triage.telemetry.memory import never_dump; never_dump()")
    assert list(tmp_path.iterdir()) == []


PROCESSES = ("triage.app", "triage.telephony.gateway", "triage.speech.worker")


def test_every_process_of_the_appliance_is_sealed_before_it_reads_anything(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The configuration is a pipe that nobody writes to: each process waits there, and by then its memory is sealed."""
    pipe, said = tmp_path / "triage.toml", tmp_path_factory.mktemp("said")
    os.mkfifo(pipe)
    errors = {module: (said / module).open("wb") for module in PROCESSES}
    with cores_allowed():
        running = {
            module: subprocess.Popen(
                [sys.executable, "-X", "faulthandler", "-m", module, "--config", str(pipe)], cwd=tmp_path, stdout=subprocess.DEVNULL,
                stderr=errors[module], env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            for module in PROCESSES
        }  # fmt: skip
    try:
        limits = {}
        end = time.monotonic() + 60
        while time.monotonic() < end and set(limits.values()) != {"0"}:
            limits = {module: core_limit(process.pid) for module, process in running.items()}
            time.sleep(0.1)
        late = [module for module in PROCESSES if limits[module] != "0"]
        for module in late:
            running[module].send_signal(signal.SIGABRT)  # where it stands, into its standard error
            running[module].wait(10)
        assert late == [], [(said / module).read_text(errors="replace")[-3000:] for module in late]
        time.sleep(0.2)
        for process in running.values():
            process.send_signal(signal.SIGABRT)
            _, status = os.waitpid(process.pid, 0)
            process.returncode = -1
            assert not os.WCOREDUMP(status)
    finally:
        for process in running.values():
            if process.returncode is None:
                process.kill()
                process.wait()
        for file in errors.values():
            file.close()
    assert [file.name for file in tmp_path.iterdir()] == [pipe.name]


def test_the_language_worker_and_the_nurse_s_terminal_seal_themselves_too() -> None:
    """The one needs an environment of its own, the other a terminal: the call stands in their sources, before all else."""
    for module, before in (("language/worker.py", "load(config)"), ("cli/watch.py", "config.load(file)")):
        text = (ROOT / "triage" / module).read_text(encoding="utf-8")
        assert 0 < text.index("memory.never_dump()") < text.index(before)
