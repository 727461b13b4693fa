"""`triage distress`: the classifier on lines of text, and its measured quality on a labelled file."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from triage import config, weights
from triage.cli import lines
from triage.distress import evaluation
from triage.distress.classifier import Classification, Classifier
from triage.distress.evaluation import POSITIVE, UTTERANCES_PER_CALL, Report, Row
from triage.errors import TriageError, UsageError
from triage.escalation.levels import Level
from triage.figures import Share

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
LINES_SHOWN = 60  # of misses and of alarms, unless --all
FALSE_ALARMS_DRAWN = 0.25  # the curve's right edge


@click.group()
def distress() -> None:
    """The clinical distress classifier. Not signed off by a clinician."""


@distress.command()
@CONFIG
def classify(file: Path) -> None:
    """JSON lines {"id","text"} on standard input; one classification a line. Each utterance without context."""
    classifier = _classifier(file)
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        id_, text = lines.utterance(line, number)
        # Escaped where not ASCII: a lone surrogate in a caller's text must not break the line that reports it.
        click.echo(json.dumps(_as_json(id_, classifier.classify(text))))


@distress.command()
@CONFIG
@click.option("--plot", type=click.Path(path_type=Path), help="Also draw the curve into this PNG file.")
@click.option("--all", "everything", is_flag=True, help="List every miss and every alarm.")
@click.argument("labelled", type=click.Path(path_type=Path))
def evaluate(file: Path, labelled: Path, plot: Path | None, everything: bool) -> None:
    """Recall by level and false alarms on LABELLED (CSV: id,text,level[,category]), with Wilson 95 % intervals."""
    rows = _rows(labelled)
    report = evaluation.measure(rows, _classifier(file).classify)
    console = Console(highlight=False)
    _recall(console, report)
    _alarms(console, report)
    _categories(console, report)
    _confusion(console, report)
    _draw_in_terminal(report)
    if plot:
        _draw(report, plot, labelled.stem)
        console.print(f"The curve is drawn in {plot}.")
    _list(console, "missed", [(row, c, row.level.word) for row, c in report.missed], everything)
    _list(console, "alarm", [(row, c, c.level.word) for row, c in report.cried], everything)


def _recall(console: Console, report: Report) -> None:
    table = Table("level", "n", "found as this or higher", "95 %", "escalated at all", "95 %", "acted or looked")
    for name in ("danger+crisis", *(level.word for level in POSITIVE), "scope"):
        if (acted := report.acted[name]).total:
            found = report.found[name]
            table.add_row(
                name, str(acted.total), f"{found.value:.3f}", _interval(found), f"{acted.value:.3f}", _interval(acted),
                f"{report.looked[name].value:.3f}",
            )  # fmt: skip
    if table.row_count:
        console.print(table)


def _alarms(console: Console, report: Report) -> None:
    table = Table("quiet utterances", "n", "false alarms (act)", "95 %", "looks")
    for name in ("routine", "hard", "all"):
        if (alarms := report.alarms[name]).total:
            table.add_row(
                name, str(alarms.total), f"{alarms.value:.2%}", _interval(alarms), f"{report.looks[name].value:.2%}"
            )
    if table.row_count:
        console.print(table)
        console.print(
            f"Projected: {report.alarmed_calls:.1%} of calls of {UTTERANCES_PER_CALL} routine utterances would alarm."
        )


def _categories(console: Console, report: Report) -> None:
    if not report.by_category:
        return
    table = Table("level", "category", "n", "acted", "95 %")
    for (level, category), share in report.by_category.items():
        table.add_row(level, category, str(share.total), f"{share.value:.3f}", _interval(share))
    console.print(table)


def _confusion(console: Console, report: Report) -> None:
    words = [level.word for level in reversed(Level)]
    table = Table("label \\ found", *words)
    for label in words:
        if any(report.confusion[label, word] for word in words):
            table.add_row(label, *(str(report.confusion[label, word] or "") for word in words))
    console.print(table)


def _draw_in_terminal(report: Report) -> None:
    points = [point for point in report.curve if point[0] <= FALSE_ALARMS_DRAWN]
    if not points:
        return
    import plotext

    plotext.clear_figure()
    plotext.plot_size(72, 18)
    plotext.theme("clear")
    plotext.plot([x * 100 for x, _ in points], [y for _, y in points])
    plotext.title("recall of all positives against false alarms (% of quiet utterances)")
    plotext.show()


def _draw(report: Report, file: Path, name: str) -> None:
    """Raises UsageError when the file cannot be written."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), dpi=130)
    axes.plot([x for x, _ in report.curve], [y for _, y in report.curve], lw=1.6)
    if report.alarms["all"].total and report.curve:
        acted = sum(report.acted[level.word].hits for level in POSITIVE)
        positives = sum(report.acted[level.word].total for level in POSITIVE)
        axes.plot(report.alarms["all"].value, acted / positives, "o", label="ACT, as deployed")
        axes.legend(loc="lower right")
    axes.set(
        xlabel="false alarms (share of quiet utterances)", ylabel="recall (all positive levels)", title=name,
        xlim=(-0.005, FALSE_ALARMS_DRAWN), ylim=(0, 1.01),
    )  # fmt: skip
    axes.grid(alpha=0.3)
    figure.tight_layout()
    try:
        figure.savefig(file, format="png")
    except OSError as error:
        raise UsageError("The plot cannot be written.", advice=f"{file}: {type(error).__name__}") from None
    finally:
        pyplot.close(figure)


def _list(console: Console, what: str, lines: list[tuple[Row, Classification, str]], everything: bool) -> None:
    shown = lines if everything else lines[:LINES_SHOWN]
    for row, c, level in shown:
        why = f"  [{', '.join(hit.source for hit in c.hits)}]" if c.hits else ""
        console.print(f"{what:<7}{level:<9} {row.text}{why}", soft_wrap=True, markup=False)
    if len(shown) < len(lines):
        console.print(f"… and {len(lines) - len(shown)} more: --all lists them.")


def _rows(labelled: Path) -> list[Row]:
    try:
        with labelled.open(encoding="utf-8-sig", newline="") as stream:
            raw = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError("The labelled file cannot be read.", advice=f"{labelled}: {type(error).__name__}") from None
    known = {level.word for level in Level}
    for number, row in enumerate(raw, 2):
        if row.get("text") is None or row.get("level") not in known:
            raise UsageError("A row needs a text and a known level.", advice=f"{labelled}: line {number}")
    if not raw:
        raise UsageError("The labelled file has no rows.", advice=str(labelled))
    return [
        Row(str(row.get("id", "")), row["text"], Level.parse(row["level"]), row.get("category") or "") for row in raw
    ]


def _classifier(file: Path) -> Classifier:
    settings = config.load(file)
    try:
        folder = weights.find(
            settings.path(settings.storage.models_manifest), settings.models_dir, settings.distress.model
        )
    except TriageError as error:
        click.echo(f"Lexicon alone: {error.message} {error.advice}", err=True)
        return Classifier(None)
    return Classifier.load(folder)


def _as_json(id_: Any, found: Classification) -> dict[str, Any]:
    return {
        "id": id_, "level": found.level.word, "category": found.category, "score": round(found.score, 4),
        "act": found.act, "look": found.look,
        "hits": [
            {("head" if hit.source.startswith("head-") else "rule"): hit.source, "start": hit.start, "end": hit.end, "level": hit.level.word}
            for hit in found.hits
        ],
    }  # fmt: skip


def _interval(share: Share) -> str:
    return "{:.3f}-{:.3f}".format(*share.interval)
