"""kill -9 at random moments: what the desk acknowledged is there once, every caller has a callback, the log is whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.desk.killing import kill_on

KILLS = int(os.environ.get("TRIAGE_KILLS", "200"))  # more: python -m tests.desk.killing 1000


@pytest.mark.timeout(900)
async def test_kill_9_loses_and_doubles_nothing(tmp_path: Path) -> None:
    survived = await kill_on(tmp_path, KILLS)
    assert sum(one.kills for one in survived) == KILLS
