"""The forms of an export: rows, FHIR AuditEvents, a report. Each takes one entry at a time, in memory that does not grow."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, Self

from pydantic import ValidationError

from triage.audit.checkpoint import Verifier
from triage.cli.audit_select import Selected
from triage.errors import AuditError
from triage.officer.forms import balp, files
from triage.officer.forms.tally import ROWS_MAX, Tally, details_of

OF_A_SHAPE = 3  # AuditEvents of one shape that are validated: entries of one shape differ in ids and numbers only

if TYPE_CHECKING:
    from triage.officer.forms.document import Section

COLUMNS = ("seq", "at", "who", "act", "outcome", "call", "subject", "reason", "details", "records")


class Form(Protocol):
    """One form of an export, in a `with`. `close` returns a sentence about what was written."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def take(self, entry: dict[str, Any]) -> None: ...

    def close(self, selected: Selected, filters: str) -> str: ...


class _File:
    """A new file, which is removed again when the export breaks off: a part must not look like the whole."""

    def __init__(self, file: Path) -> None:
        self._path, self._file = file, _new(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()
        if raised[0] is not None:
            self._path.unlink(missing_ok=True)


class Csv(_File):
    """One row an entry (RFC 4180). No value can start a formula: the log's vocabulary has none that begins with = + - @."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "entries.csv")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def take(self, entry: dict[str, Any]) -> None:
        details = json.dumps(entry["details"], sort_keys=True) if entry.get("details") else ""
        records = " ".join(f"{number}:{kind}:{digest}" for number, kind, digest in entry.get("records", ()))
        self._writer.writerow([*(entry.get(name, "") for name in COLUMNS[:-2]), details, records])

    def close(self, selected: Selected, filters: str) -> str:
        self._file.close()
        return f"{selected.taken} rows in entries.csv"


class Balp(_File):
    """FHIR R4 AuditEvents, one a line. The first ones of every shape are validated before anything of that shape is written."""

    def __init__(self, folder: Path, origin: str) -> None:
        super().__init__(folder / "audit-events.ndjson")
        self._origin = origin
        self._shapes: dict[tuple[object, ...], int] = {}
        self._profiled = self._validated = 0
        from fhir.resources.R4B.auditevent import AuditEvent  # half a second that other forms need not wait

        self._model = AuditEvent

    def take(self, entry: dict[str, Any]) -> None:
        event = balp.event(entry, self._origin)
        details, role = frozenset(entry.get("details", ())), entry["who"].partition(":")[0]
        shape = (entry["act"], entry["outcome"], role, entry.get("reason"), details, *sorted(entry.keys()))
        seen = self._shapes.get(shape, 0)
        if seen < OF_A_SHAPE:
            self._shapes[shape] = seen + 1
            self._validated += 1
            try:
                self._model.model_validate(event)
            except ValidationError:
                raise AuditError(
                    "An entry does not make a valid AuditEvent.", advice=f"Entry {entry['seq']}."
                ) from None
        self._profiled += "meta" in event
        self._file.write(json.dumps(event, separators=(",", ":")) + "\n")

    def close(self, selected: Selected, filters: str) -> str:
        self._file.close()
        return (
            f"{selected.taken} AuditEvents in audit-events.ndjson, {self._profiled} in a BALP profile; {self._validated} of them, "
            f"{OF_A_SHAPE} at most of each of {len(self._shapes)} shapes, validated as FHIR R4B (fhir.resources)"
        )


class Report:
    """Page and print with charts by act, user and day, and the newest entries."""

    def __init__(self, folder: Path, made_at: datetime | None = None) -> None:
        self._folder, self._tally = folder, Tally()
        self._made_at = made_at or datetime.now(UTC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is written before `close`."""

    def take(self, entry: dict[str, Any]) -> None:
        self._tally.add(entry)

    def close(self, selected: Selected, filters: str) -> str:
        from triage.officer.forms import charts
        from triage.officer.forms.document import Document, Section

        tally = self._tally
        lead = [
            f"{tally.total:,} of {selected.total:,} entries. Selected by: {filters or 'nothing, all entries'}; "
            f"refused or failed: {tally.refused:,}. Made {self._made_at:%Y-%m-%d %H:%M} UTC.",
            "This is a reading aid. What proves that the log is whole is the exported bundle and its verification.",
        ]
        sections = [Section("The signed checkpoint that this was taken from", selected.note.splitlines())]
        if tally.total:
            sections += [
                Section("By act", figures=[charts.bars(tally.acts, "Entries by act")]),
                Section("By user and process", figures=[charts.bars(tally.users, "Entries by who did it")]),
                Section("By day", figures=[charts.by_day(tally.days, "Entries (UTC)")]),
                self._rows(),
            ]
        Document("Audit report of the triage line", lead, sections).write(self._folder, "report")
        return f"{tally.total} entries in report.html and report.pdf"

    def _rows(self) -> Section:
        from triage.officer.forms.document import Section

        tally = self._tally
        shown = len(tally.newest)
        text = (
            []
            if shown == tally.total
            else [f"The newest {ROWS_MAX} of {tally.total:,}; --format csv has all, with whole ids."]
        )
        rows = [
            (str(entry["seq"]), entry["at"][:19].replace("T", " "), entry["who"], entry["act"],
             "" if entry["outcome"] == "success" else entry["outcome"], _short(entry.get("call", "")), details_of(entry))
            for entry in tally.newest
        ]  # fmt: skip
        head = ("no.", "when (UTC)", "who", "what", "result", "call", "reason and details")
        return Section("Entries", text, head=head, widths=(10, 26, 24, 24, 10, 15, 44), rows=rows)


def _short(call_id: str) -> str:
    return call_id if len(call_id) <= 10 else call_id[:8]


def form_of(name: str, folder: Path, verifier: Verifier | None) -> Form:
    match name:
        case "csv":
            return Csv(folder)
        case "balp":
            return Balp(folder, verifier.name if verifier else "triage")
        case _:
            return Report(folder)


def _new(file: Path) -> IO[str]:
    try:
        return files.create(file)
    except OSError as error:
        raise AuditError("The export cannot be written.", advice=f"{file}: {error.strerror}") from None
