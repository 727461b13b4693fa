"""Who is calling, and how, as far as words tell: a child, somebody for somebody else, through a relay. Pure but for its data."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def circumstances(text: str) -> tuple[str, ...]:
    """The triggers that these words fire: relay_call, minor, third_party; in this order."""
    said = " ".join(text.lower().replace("’", "").replace("'", "").split())
    return tuple(trigger for trigger, patterns in _PATTERNS if any(one.search(said) for one in patterns))


def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    raw = tomllib.loads((Path(__file__).parent / "circumstances.toml").read_text(encoding="utf-8"))
    return tuple(
        (trigger, tuple(re.compile(one) for one in raw[trigger])) for trigger in ("relay_call", "minor", "third_party")
    )


_PATTERNS = _patterns()  # at import: a damaged file stops the start, never a call
