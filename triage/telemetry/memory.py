"""What a process knows stays in its memory: no core dump, no debugger of another user (45 CFR 164.312(a)(1), (e)(2)(ii))."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path
from typing import Final

from triage.errors import VaultError

_PR_GET_DUMPABLE: Final = 3  # prctl(2)
_PR_SET_DUMPABLE: Final = 4


def never_dump() -> None:
    """For the whole life of this process: first thing in its main. The limit is inherited by what it starts; the other one is not,
    but holds also where dumps go through a pipe, which the limit does not stop (core(5)).

    Raises VaultError when the kernel refuses."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) or libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0):
        raise VaultError("Core dumps cannot be turned off.", advice="The kernel refused prctl(PR_SET_DUMPABLE).")


def core_limit(pid: int) -> str | None:
    """The core file limit of a process as /proc says it, "0" when sealed; None when it is gone."""
    try:
        limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    except OSError:
        return None
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    return line.split()[4]
