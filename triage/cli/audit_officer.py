"""`triage audit disclose`, `disclosures`, `review` and `break-glass`: an officer's duties beside the export."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import grpc
from rich.table import Table

from triage import config
from triage.audit.checkpoint import CheckpointInvalid, Verifier
from triage.cli.audit_rpc import CALL_S_MAX, PERSON_OPTION, ask
from triage.cli.audit_select import check_number, stream, wide
from triage.cli.keys import CONFIG_OPTION
from triage.errors import TriageError, UsageError
from triage.escalation import matrix as matrices
from triage.officer.activity import RULES, Finding, Review
from triage.officer.forms import files
from triage.v1 import officer_pb2 as pb
from triage.v1.officer_pb2_grpc import OfficerStub
from triage.vault.keys import PUBLIC_FILE, load_verifier

SHOWN_MAX = 50  # findings of one rule on the screen; --json has all
PERIOD = timedelta(days=30)
COLUMNS = ("on", "recipient", "address", "description", "purpose", "part2", "recorded_by", "disclosure_id")

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")


@click.command("disclose")
@click.option(
    "--patient", default="", metavar="NUMBER", help="Whose information it was: the number that they call from,"
)
@click.option("--call", default="", metavar="ID", help="or one call.")
@click.option("--to", "recipient", required=True, help="Who received it.")
@click.option("--address", default="", help="Their address, if known.")
@click.option("--what", required=True, help="A brief description of what was disclosed.")
@click.option("--purpose", required=True, help="Why, or a reference to the written request.")
@click.option("--on", default="", metavar="DATE", help="When; today by default.")
@click.option("--part2", is_flag=True, help="Substance use disorder records, with consent (42 CFR part 2).")
@click.option(
    "--suspended-until", default="", metavar="DATE", help="An agency has asked not to tell before it, 164.528(a)(2)."
)
@PERSON_OPTION
@CONFIG_OPTION
def disclose(
    patient: str,
    call: str,
    recipient: str,
    address: str,
    what: str,
    purpose: str,
    on: str,
    part2: bool,
    suspended_until: str,
    person: str | None,
    config_file: Path,
) -> None:
    """Record a disclosure that must be accounted for (45 CFR 164.528). Treatment, payment and operations are not recorded here."""
    check_number(patient)
    said = pb.Disclosure(
        patient=patient, call_id=call, recipient=recipient, address=address, description=what, purpose=purpose, on=on,
        part2=part2, suspended_until=suspended_until,
    )  # fmt: skip

    async def work(channel: grpc.aio.Channel) -> str:
        return str((await OfficerStub(channel).RecordDisclosure(said, timeout=CALL_S_MAX)).disclosure_id)

    click.echo(f"recorded: {ask(config_file, person, work)}")


@click.command("disclosures")
@click.option("--patient", default="", metavar="NUMBER", help="Whose accounting: the number that they call from.")
@click.option("--call", "calls", multiple=True, metavar="ID", help="Or calls of theirs.")
@click.option("--as-of", default="", metavar="DATE", help="The date of the request; today by default.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write page, print and rows.",
)
@json_option
@PERSON_OPTION
@CONFIG_OPTION
def disclosures(
    patient: str,
    calls: tuple[str, ...],
    as_of: str,
    folder: Path | None,
    as_json: bool,
    person: str | None,
    config_file: Path,
) -> None:
    """The accounting that an individual may ask for: six years back (42 CFR part 2: three), and what is not in it and why."""
    check_number(patient)
    request = pb.DisclosuresRequest(patient=patient, call_ids=calls, as_of=as_of)
    posted = pb.SelectRequest(
        patient=patient, call_ids=calls, acts=["record.posted"], form="disclosures", reason="accounting"
    )

    async def work(channel: grpc.aio.Channel) -> tuple[pb.DisclosuresResponse, int]:
        answer = await OfficerStub(channel).Disclosures(request, timeout=CALL_S_MAX)
        return answer, (await stream(channel, posted, lambda _: None)).taken

    answer, not_accounted = ask(config_file, person, work)
    rows = [
        [str(getattr(one, name)).replace("False", "no").replace("True", "yes") for name in COLUMNS]
        for one in answer.disclosures
    ]
    if folder is not None:
        _write_accounting(folder, patient or ", ".join(calls), answer, rows, not_accounted)
    if as_json:
        made = {
            "since": answer.since,
            "part2_since": answer.part2_since,
            "suspended": answer.suspended,
            "not_accounted": not_accounted,
        }
        click.echo(json.dumps({**made, "disclosures": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}))
        return
    table = Table(*(name.replace("_", " ") for name in COLUMNS[:-1]))
    for row in rows:
        table.add_row(*row[:-1])
    wide().print(table)
    click.echo(_explained(answer, not_accounted))
    if answer.suspended:  # for the officer's eyes; not in what the individual gets
        click.echo(f"Left out, by an agency's request: {answer.suspended}. Do not tell the individual.")


def _explained(answer: pb.DisclosuresResponse, not_accounted: int) -> str:
    return (
        f"Disclosures from {answer.since} on, of substance use disorder records from {answer.part2_since} on. Not accounted for: use "
        f"within the clinic for treatment, payment and operations, among it {not_accounted} postings to the clinic's own records "
        "(45 CFR 164.528(a)(1)(i))."
    )


def _write_accounting(
    folder: Path, whose: str, answer: pb.DisclosuresResponse, rows: list[list[str]], not_accounted: int
) -> None:
    from triage.officer.forms.document import Document, Section

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with files.create(folder / "accounting.csv") as file:
            csv.writer(file).writerows([COLUMNS, *([_no_formula(cell) for cell in row] for row in rows)])
        text = [] if rows else ["There were none."]
        head = ("date", "recipient", "address", "what was disclosed", "purpose", "part 2")
        listed = Section(
            "Disclosures",
            text,
            head=head if rows else (),
            widths=(12, 22, 24, 32, 24, 8),
            rows=[row[:6] for row in rows],
        )
        lead = [
            f"For the individual known to the line by {whose}. Made {datetime.now(UTC):%Y-%m-%d}.",
            _explained(answer, not_accounted),
        ]
        Document("Accounting of disclosures", lead, [listed]).write(folder, "accounting")
    except OSError as error:
        raise UsageError("The accounting cannot be written.", advice=f"{folder}: {error.strerror}") from None


def _no_formula(cell: str) -> str:
    """A recipient's name is free text: what a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


@click.command("review")
@click.option("--since", default="", metavar="TIME", help="Of the period; 30 days before its end by default.")
@click.option("--until", default="", metavar="TIME", help="Of the period; now by default.")
@click.option(
    "--sign", "note", metavar="NOTE", help="Sign off what was shown, with this note (sealed; the log holds its hash)."
)
@json_option
@PERSON_OPTION
@CONFIG_OPTION
def review(since: str, until: str, note: str | None, as_json: bool, person: str | None, config_file: Path) -> None:
    """What of a period deserves a person's eye (45 CFR 164.308(a)(1)(ii)(D)), and the officer's signature that somebody looked."""
    settings = config.load(config_file)
    end = _moment(until) or datetime.now(UTC)
    begin = _moment(since) or end - PERIOD
    look = Review(_zone(settings))
    request = pb.SelectRequest(since=begin.isoformat(), until=end.isoformat(), form="review", reason="activity_review")
    signed: list[str] = []

    async def work(channel: grpc.aio.Channel) -> None:
        selected = await stream(channel, request, look.add)
        look.finish()
        if note is not None:
            root = _root(settings, selected.note)
            answer = await OfficerStub(channel).SignReview(
                pb.SignReviewRequest(
                    since=begin.isoformat(timespec="seconds"), until=end.isoformat(timespec="seconds"), note=note,
                    entries=look.entries, findings=look.counts.total(), root_hex=root,
                ),
                timeout=CALL_S_MAX,
            )  # fmt: skip
            signed.append(answer.review_id)

    ask(config_file, person, work)
    if as_json:
        found = [{"rule": one.rule, **one.entry} for one in look.findings]
        made = {
            "since": begin.isoformat(),
            "until": end.isoformat(),
            "entries": look.entries,
            "counts": dict(look.counts),
        }
        click.echo(json.dumps({**made, "findings": found, "more": look.more, "signed": signed[0] if signed else None}))
        return
    _show_review(look, begin, end)
    click.echo(
        f"signed: {signed[0]}" if signed else "Not signed. Sign with --sign NOTE, with the same --since and --until."
    )


@click.command("reviews")
@json_option
@PERSON_OPTION
@CONFIG_OPTION
def reviews(as_json: bool, person: str | None, config_file: Path) -> None:
    """The reviews that were signed off, newest first, with their notes."""

    async def work(channel: grpc.aio.Channel) -> pb.ReviewsResponse:
        return await OfficerStub(channel).Reviews(pb.ReviewsRequest(), timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    names = ("signed_at", "signed_by", "since", "until", "entries", "findings", "note", "review_id")
    found = [{name: getattr(one, name) for name in names} for one in ask(config_file, person, work).reviews]
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table(*(name.replace("_", " ") for name in names[:-1]))
    for one in found:
        table.add_row(*(str(one[name]) for name in names[:-1]))
    wide().print(table)


def _show_review(look: Review, begin: datetime, end: datetime) -> None:
    console = wide()
    console.print(f"{look.entries} entries from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC", highlight=False)
    console.print(f"Last signed review in this period: {look.last_signed or 'none'}", highlight=False)
    for rule, sentence in RULES.items():
        console.print(f"\n[bold]{look.counts[rule]}[/bold]  {sentence}", highlight=False)
        rows = [one for one in look.findings if one.rule == rule]
        if rows:
            console.print(_findings(rows[:SHOWN_MAX]))
        if len(rows) > SHOWN_MAX:
            console.print(f"and {len(rows) - SHOWN_MAX} more: --json", highlight=False)


def _findings(rows: list[Finding]) -> Table:
    table = Table("no.", "when (UTC)", "who", "what", "call", "reason")
    for one in rows:
        entry: dict[str, Any] = one.entry
        what = entry["act"] if entry.get("outcome", "success") == "success" else f"{entry['act']} ({entry['outcome']})"
        table.add_row(
            str(entry.get("seq", "")),
            entry["at"][:19],
            entry["who"],
            what,
            entry.get("call", ""),
            entry.get("reason", ""),
        )
    return table


def _root(settings: config.Settings, note: str) -> str:
    """The root of the log that was reviewed: a signature must be bound to what was looked at. Raises UsageError."""
    try:
        verifier: Verifier = load_verifier(settings.keys_dir / PUBLIC_FILE)
        return verifier.open(note).root.hex()
    except CheckpointInvalid as invalid:
        raise UsageError("The appliance showed no checkpoint of its own log.", advice=invalid.message) from None


def _zone(settings: config.Settings) -> ZoneInfo:
    """The clinic's; night is by its clock. Without a matrix that loads, UTC."""
    try:
        return matrices.load(settings.path(settings.storage.matrix), now=datetime.now(UTC)).zone
    except TriageError:
        return ZoneInfo("UTC")


def _moment(text: str) -> datetime | None:
    from triage.officer.selection import moment

    return moment(text, "since, until")


@click.group("break-glass")
def break_glass() -> None:
    """Read one call with two persons: one officer asks, another approves, then the first may read for an hour."""


@break_glass.command("ask")
@click.argument("call", metavar="CALL")
@click.option("--reason", required=True, help="Why: a single word is kept as it is, a sentence sealed.")
@PERSON_OPTION
@CONFIG_OPTION
def ask_(call: str, reason: str, person: str | None, config_file: Path) -> None:
    """Ask to read everything that is kept of CALL."""

    async def work(channel: grpc.aio.Channel) -> pb.BreakGlass:
        request = pb.AskBreakGlassRequest(call_id=call, reason=reason)
        return await OfficerStub(channel).AskBreakGlass(request, timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    one = ask(config_file, person, work)
    click.echo(
        f"asked: {one.ask_id}\nAnother officer approves it: triage audit break-glass approve {one.ask_id} --as PERSON"
    )


def _decide(ask_id: str, person: str | None, config_file: Path, *, approve: bool) -> None:
    async def work(channel: grpc.aio.Channel) -> pb.BreakGlass:
        request = pb.DecideBreakGlassRequest(ask_id=ask_id, approve=approve)
        return await OfficerStub(channel).DecideBreakGlass(request, timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    one = ask(config_file, person, work)
    click.echo(
        f"{one.state}: {one.asked_by} {f'may read {one.call_id} until {one.until}' if approve else 'may not read'}"
    )


@break_glass.command("approve")
@click.argument("ask_id", metavar="ASK")
@PERSON_OPTION
@CONFIG_OPTION
def approve(ask_id: str, person: str | None, config_file: Path) -> None:
    """Let the officer who asked read the call for an hour. Not by that officer."""
    _decide(ask_id, person, config_file, approve=True)


@break_glass.command("refuse")
@click.argument("ask_id", metavar="ASK")
@PERSON_OPTION
@CONFIG_OPTION
def refuse(ask_id: str, person: str | None, config_file: Path) -> None:
    """Say no."""
    _decide(ask_id, person, config_file, approve=False)


@break_glass.command("read")
@click.argument("ask_id", metavar="ASK")
@PERSON_OPTION
@CONFIG_OPTION
def read(ask_id: str, person: str | None, config_file: Path) -> None:
    """Print what is kept of the call, as JSON lines. Each reading is logged."""

    async def work(channel: grpc.aio.Channel) -> pb.BreakGlassRecords:
        request = pb.ReadBreakGlassRequest(ask_id=ask_id)
        return await OfficerStub(channel).ReadBreakGlass(request, timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    answer = ask(config_file, person, work)
    for record in answer.records:
        click.echo(json.dumps({"kind": record.kind, "content": _content(record)}, ensure_ascii=False))
    print(f"Readable until {answer.until}.", file=sys.stderr)


def _content(record: pb.BreakGlassRecord) -> Any:
    if record.kind == "packet":
        from triage.handoff.conversion import packet_from_proto
        from triage.v1 import packet_pb2

        return packet_from_proto(packet_pb2.HandoffPacket.FromString(record.payload)).as_text()
    try:
        return json.loads(record.payload)
    except ValueError:
        return record.payload.decode("utf-8", "replace")


@break_glass.command("list")
@PERSON_OPTION
@CONFIG_OPTION
def list_(person: str | None, config_file: Path) -> None:
    """Who has asked for what, and what came of it."""

    async def work(channel: grpc.aio.Channel) -> pb.BreakGlassList:
        return await OfficerStub(channel).ListBreakGlass(pb.ListBreakGlassRequest(), timeout=CALL_S_MAX)  # type: ignore[no-any-return]

    table = Table("ask", "call", "asked by", "reason", "asked at", "state", "by", "until")
    for one in ask(config_file, person, work).asks:
        table.add_row(
            one.ask_id, one.call_id, one.asked_by, one.reason, one.asked_at, one.state, one.decided_by, one.until
        )
    wide().print(table)
