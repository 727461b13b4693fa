"""Calibrates the intents' confidence: each author's lines are classified with the lines of the others, and isotonic regression (Zadrozny and
Elkan 2002) tells how often an answer with such a score was right. Writes triage/scope/confidence.toml. Test authors are never opened here.

    .venv/bin/python models/scope/calibrate.py [--base var/models/embedding]
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from sklearn.isotonic import IsotonicRegression

from triage.scope import clinic as clinics
from triage.scope import wishes
from triage.scope.embedding import Encoder
from triage.scope.intents import Intents

ROOT = Path(__file__).parents[2]
OUT = ROOT / "triage" / "scope" / "confidence.toml"
POINTS_MAX = 16
SURE_MAX = 0.98  # nothing is certain after some hundred lines


@click.command()
@click.option("--base", type=click.Path(path_type=Path, exists=True), default=ROOT / "var" / "models" / "embedding")
def main(base: Path) -> None:
    encoder, clinic, limits = Encoder(base), clinics.load(ROOT / "deploy" / "clinic.toml"), clinics.boundaries()
    written = wishes.load()
    scores, right = [], []
    for author in sorted({wish.author for wish in written}):
        others = [wish for wish in written if wish.author != author]
        intents = Intents(clinic, limits, encoder.encode, others)
        mine = [wish for wish in written if wish.author == author]
        found = [intents.best(wish.text) for wish in mine]
        scores += [best.score for best in found]
        right += [best.family in wish.families for best, wish in zip(found, mine, strict=True)]
        print(f"author {author}: {len(mine)} lines, {np.mean(right[-len(mine) :]):.3f} right without their own")
    fit = IsotonicRegression(y_min=0.0, y_max=SURE_MAX, out_of_bounds="clip").fit(scores, right)
    grid = sorted({round(float(score), 3) for score in np.quantile(scores, np.linspace(0.01, 0.99, POINTS_MAX))})
    curve = [[0.0, 0.0], *([score, round(float(fit.predict([score])[0]), 3)] for score in grid)]
    text = "# Made by models/scope/calibrate.py: score, and the share of answers that were right at it.\ncurve = [\n"
    OUT.write_text(text + "".join(f"  {point},\n" for point in curve) + "]\n", encoding="utf-8")
    print(f"written {OUT.relative_to(ROOT)} from {len(scores)} lines")


if __name__ == "__main__":
    main()
