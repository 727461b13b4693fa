"""The intents on a part of the wishes' corpus: recall by wish with intervals, what was taken wrongly, and how far the confidence can be trusted.

.venv/bin/python models/scope/evaluate.py test [--plot models/cards/scope-reliability.png]
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from triage.figures import Share
from triage.scope import clinic as clinics
from triage.scope import wishes
from triage.scope.beyond import SURE_BOUNDARY
from triage.scope.dialogue import CONFIDENT
from triage.scope.embedding import Encoder
from triage.scope.intents import NO_WISH, Intents

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus" / "test"
BINS = 10


@click.command()
@click.option("--plot", type=click.Path(path_type=Path))
@click.option("--base", type=click.Path(path_type=Path, exists=True), default=ROOT / "var" / "models" / "embedding")
def main(plot: Path | None, base: Path) -> None:
    clinic = clinics.load(ROOT / "deploy" / "clinic.toml")
    found = Intents.shipped(clinic, Encoder(base).encode)
    rows = wishes.load(CORPUS)
    counts: dict[str, list[int]] = defaultdict(
        lambda: [0] * 5
    )  # lines, taken rightly, wrongly, handed over, asked again
    surenesses, rights = [], []
    for wish in rows:
        best, intent = found.best(wish.text), found.classify(wish.text)
        right = best.family in wish.families
        surenesses.append(intent.confidence)
        rights.append(right)
        handed = not intent.in_scope and intent.confidence >= SURE_BOUNDARY
        taken = intent.in_scope and intent.confidence >= CONFIDENT and best.family != NO_WISH
        line = counts[wish.families[0]]
        for at, yes in enumerate((True, taken and right, taken and not right, handed, not taken and not handed)):
            line[at] += yes
    table = Table("wish", "lines", "taken rightly", "95 %", "wrongly", "handed over", "asked again / no wish")
    inside = [
        name for name in counts if name not in ("medical_advice", "office_matter", "elsewhere", "person", NO_WISH)
    ]
    for name in [*sorted(inside), "all within", *sorted(set(counts) - set(inside)), "all beyond"]:
        some = {"all within": inside, "all beyond": [n for n in counts if n not in inside and n != NO_WISH]}.get(
            name, [name]
        )
        n, right, wrong, handed, asked = (sum(counts[one][at] for one in some) for at in range(5))
        beyond = some[0] not in inside
        share = Share(handed if beyond else right, n)
        low, high = share.interval
        table.add_row(
            name,
            str(n),
            "" if beyond else f"{share.value:.3f}",
            f"{low:.3f}-{high:.3f}",
            str(wrong),
            str(handed),
            str(asked),
        )
    Console(width=120).print(table)
    sure, right = np.array(surenesses), np.array(rights)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    points = [
        (float(sure[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
        for b in range(BINS)
        if (bins == b).any()
    ]
    error = sum(n * abs(said - was) for said, was, n in points) / len(rows)
    click.echo(
        json.dumps(
            {
                "lines": len(rows),
                "right": round(float(right.mean()), 3),
                "calibration_error": round(error, 3),
            }
        )
    )
    if plot:
        draw(points, plot, f"{len(rows)} lines of other authors, expected calibration error {error:.3f}")


def draw(points: list[tuple[float, float, int]], file: Path, title: str) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 5), dpi=120)
    axes.plot([0, 1], [0, 1], linestyle="--", color="grey")
    axes.plot([said for said, _, _ in points], [was for _, was, _ in points], marker="o")
    for said, was, n in points:
        axes.annotate(str(n), (said, was), textcoords="offset points", xytext=(6, -10), fontsize=8)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that was right")
    axes.set_title(title, fontsize=9)
    figure.savefig(file, bbox_inches="tight")
    pyplot.close(figure)


if __name__ == "__main__":
    main()
