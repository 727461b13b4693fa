"""Nothing that a caller says can get into a log."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from triage.privacy.phi import Phi
from triage.telemetry import logs

CANARY = "Rosa Klein 555-0192"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    out = io.StringIO()
    before = logs._sink.stream
    logs._sink.stream = out
    monkeypatch.setenv("UNUSED", "1")
    yield out  # type: ignore[misc]
    logs._sink.stream = before


def test_codes_ids_and_numbers_pass(stream: io.StringIO) -> None:
    logs.get("call").info("call_answered", call_id="0" * 32, level="danger", count=3)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["count"]) == ("call_answered", "danger", 3)


@pytest.mark.parametrize("value", [CANARY, Phi("Rosa"), "my chest hurts", "5550192", "rosa@example.org", None, ["x"]])
def test_everything_else_is_refused_and_counted(stream: io.StringIO, value: object) -> None:
    before = logs.refused()
    logs.get("call").info("x_event", call_id=value, level=value)  # type: ignore[arg-type]
    assert "Rosa" not in stream.getvalue()
    assert "0192" not in stream.getvalue()
    assert "chest" not in stream.getvalue()
    assert logs.refused() == before + 2


def test_unknown_keys_and_sentences_as_events(stream: io.StringIO) -> None:
    logs.get("call").info(CANARY, name=CANARY)
    assert "Rosa" not in stream.getvalue()


def test_library_logs_warnings_and_unhandled_errors_hold_no_values() -> None:
    script = f"""
import logging, threading, warnings
from triage.telemetry import logs
logs.configure("test")
logging.getLogger("baresip").error("INVITE from %s", {CANARY!r})
warnings.warn({CANARY!r})
t = threading.Thread(target=lambda: int({CANARY!r})); t.start(); t.join()
raise ValueError({CANARY!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 1
    assert "Rosa" not in done.stderr + done.stdout
    assert "0192" not in done.stderr + done.stdout
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events.count("unhandled_error") == 2
    assert "library_log" in events


def test_alone_nothing_else_reaches_standard_error() -> None:
    """Native code, a child's own traceback and a library with a handler of its own; the log's lines arrive all the same."""
    program = f"""
import logging, multiprocessing, os, sys, warnings
from triage.telemetry import logs
stream = logs.configure_alone("language")
canary = {CANARY!r}
own = logging.getLogger("vllm")
own.addHandler(logging.StreamHandler())  # put up later
own.error("the prompt was %s", canary)
print(canary); print(canary, file=sys.stderr)
os.write(1, canary.encode()); os.write(2, canary.encode()); os.system(f"echo '{{canary}}' >&2")
warnings.warn(canary)
def fail():
    logging.getLogger("json.decoder").critical(canary, exc_info=(ValueError, ValueError(canary), None))
    raise ValueError(canary)
child = multiprocessing.get_context("fork").Process(target=fail)
child.start(); child.join()
logs.get("language").info("worker_ready")
print("the last sentence", file=stream, flush=True)
raise ValueError(canary)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert run.stdout == ""
    assert not any(word in run.stderr for word in (*CANARY.split(), "echo"))
    assert "the last sentence" in run.stderr.splitlines()
    lines = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    assert len(lines) == len(run.stderr.splitlines()) - 1
    found = [(line["event"], line.get("fault")) for line in lines]
    assert ("library_log", "ValueError") in found  # the child's
    assert ("worker_ready", None) in found
    assert ("unhandled_error", "ValueError") in found
    assert run.returncode == 1
