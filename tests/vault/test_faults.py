"""A part of each campaign (campaign.py): the disk fails, the power fails, the process is killed; nothing acknowledged is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vault import campaign
from tests.vault.cluster import ENGINES, cluster


def test_power_losses(tmp_path: Path) -> None:
    found = campaign.power(tmp_path, 40, escalations=170, seed=7)
    assert found["images"] == 40
    assert found["entries_checked"] > 1_000
    assert found["images_with_an_unacknowledged_one"] > 0  # the images do reach between a write and its acknowledgement


def test_a_disk_that_fails_at_each_write_of_an_escalation(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in campaign.disk(tmp_path, stride=9)]
    assert {(line["fault"], line["how"]) for line in lines} == {
        (fault, how) for fault in ("ENOSPC", "EIO") for how in ("once", "from_now_on")
    }
    assert all(line["writes"] > 10 and line["refused"] > 0 for line in lines)


def test_a_migration_killed_at_each_write(tmp_path: Path) -> None:
    (line,) = map(json.loads, campaign.migration(tmp_path, stride=7))
    assert line["old"] > 0
    assert line["new"] > 0


@pytest.mark.parametrize("engine", ENGINES)
async def test_kill_9(engine: str, tmp_path: Path) -> None:
    server = cluster().new() if engine == "postgresql" else ""
    found = await campaign.kill(tmp_path, 12, server=server)
    assert found["acknowledged"] > 8
