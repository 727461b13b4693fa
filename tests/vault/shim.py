"""The process's own side of faults.c: built here, loaded by LD_PRELOAD into the child, spoken to from inside it."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
REPOSITORY = Path(__file__).parents[2]


class How(IntEnum):
    ONCE = 1
    FROM_NOW_ON = 2
    KILL = 3
    KILL_HALF_WAY = 4


def build(folder: Path) -> Path:
    library = folder / "faults.so"
    command = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library


def start(library: Path, *arguments: str, timeout: float = 600) -> list[str]:
    """Runs `python -m tests.vault.faulty ARGUMENTS` behind the shim; the lines that it printed. Raises AssertionError."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.vault.faulty", *arguments], capture_output=True, text=True, timeout=timeout,
        cwd=REPOSITORY, env={**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


class Shim:
    """Inside the child."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)  # what is loaded already

    def watch(self, folder: Path, journal: int = -1) -> None:
        """`journal`: a descriptor that everything written under `folder` is told to."""
        self._library.fault_watch(str(folder.resolve()).encode(), ctypes.c_int(journal))

    def arm(self, number: int, how: How, error: int = errno.EIO) -> None:
        """The `number`-th write, sync, cut or rename from now on fails."""
        self._library.fault_arm(ctypes.c_long(number), ctypes.c_int(error), ctypes.c_int(how))

    def disarm(self) -> None:
        self._library.fault_arm(ctypes.c_long(0), 0, 0)

    @property
    def count(self) -> int:
        """Since the last arming."""
        counted = self._library.fault_count
        counted.restype = ctypes.c_long
        return int(counted())

    def mark(self, number: int) -> None:
        """Notes in the journal that act `number` was acknowledged."""
        self._library.fault_mark(ctypes.c_int64(number))
