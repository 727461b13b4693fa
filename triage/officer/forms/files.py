"""New files that only their owner can read: what is exported may hold protected health information."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def create(file: Path) -> IO[str]:
    """For text; newlines as they are written. Raises OSError, also when the file is there already."""
    return open(file, "x", encoding="utf-8", newline="", opener=_private)


def write(file: Path, content: bytes) -> None:
    """Raises OSError, also when the file is there already."""
    with open(file, "xb", opener=_private) as stream:
        stream.write(content)
