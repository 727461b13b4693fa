"""What a drill prints: JSON, one object a line, or the same as a timeline that a person reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from triage.escalation.levels import Level
from triage.v1.drills_pb2 import TimelineEvent

Show = Callable[[Mapping[str, Any]], None]

# Which fields each event has; everything else of the message stays behind.
FIELDS: dict[str, tuple[str, ...]] = {
    "heard": ("text", "final"),
    "said": ("text", "fixed"),
    "level": ("level", "trigger", "quote"),
    "decided": ("level",),
    "claimed": ("person",),
    "ticket": ("callback_by",),
}
STYLES = {
    "heard": "bold", "said": "cyan", "level": "bold yellow", "decided": "bold yellow", "stored": "green", "offered": "green",
    "claimed": "bold green", "connected": "bold green", "closed": "green", "ticket": "bold magenta", "released": "magenta",
    "result": "bold",
}  # fmt: skip


def event_of(message: TimelineEvent) -> dict[str, Any]:
    fields: dict[str, Any] = {"t": round(message.t, 3), "event": message.event}
    for name in FIELDS.get(message.event, ()):
        value = getattr(message, name)
        fields[name] = Level(value or Level.NONE).word if name == "level" else value
    if message.timings_ms:
        fields["timings_ms"] = {key: round(value, 1) for key, value in sorted(message.timings_ms.items())}
    return fields


def as_json(echo: Callable[[str], None]) -> Show:
    return lambda event: echo(json.dumps(event, ensure_ascii=False))


def as_text(console: Console) -> Show:
    def show(event: Mapping[str, Any]) -> None:
        kind = str(event["event"])
        if kind == "heard" and not event.get("final"):
            return
        line = Text(f"{float(event['t']):7.2f} s  ")
        line.append(f"{kind:<13}", style=STYLES.get(kind, ""))
        line.append(_detail(kind, event), style=STYLES.get(kind, "") if kind in ("heard", "said", "level") else "")
        console.print(line, soft_wrap=True)

    return show


def _detail(kind: str, event: Mapping[str, Any]) -> str:
    match kind:
        case "heard":
            return f"“{event['text']}”"
        case "said":
            return f"“{event['text']}”" + ("  [fixed sentence]" if event.get("fixed") else "")
        case "level":
            quote = f"  “{event['quote']}”" if event.get("quote") else ""
            return f"{event['level']} by {event['trigger']}{quote}"
        case "decided":
            return str(event.get("level", ""))
        case "claimed":
            return str(event.get("person", ""))
        case "ticket":
            return f"callback by {event['callback_by']}"
        case "result":
            failures = event.get("failures") or []
            return "passed" if event["passed"] else "FAILED: " + "; ".join(str(f) for f in failures)
        case _:
            return ""
