"""Lines that nobody would write, through a whole command: understood, or one sentence and 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from tests.fuzz.targets import ROOT, nasty
from triage.cli.privacy import redact
from triage.errors import UsageError

GOOD = '{"id": 1, "call": "c", "turn": 1, "who": "caller", "text": "%s"}'
STRANGE = (r"\ud800", r"\u0000", r"I am \ud83d\ude00 Rosa", r"\u202e\u2028", "x" * 20_000, "")


def test_any_line_to_redact() -> None:
    done = CliRunner().invoke(redact, input="\n".join(GOOD % text for text in STRANGE))
    assert done.exit_code == 0, done.exception
    assert [json.loads(line)["id"] for line in done.output.splitlines()] == [1] * len(STRANGE)
    for line in nasty():
        text = line[:2_000].decode("utf-8", "replace")
        done = CliRunner().invoke(redact, input=text + "\n", standalone_mode=False)
        assert done.exception is None or isinstance(done.exception, UsageError), line[:40]


def test_bytes_that_are_no_text_are_a_bad_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triage.cli.main", "privacy", "redact"], input=b"\xff\xfe\xd8\n", capture_output=True,
        check=False, timeout=120, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().startswith("A line is not of the form")
