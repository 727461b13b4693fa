"""Calibrates the intents' confidence (Platt 1999) on the shipped lines, each classified without its own fold: how often an answer with such a
score was right. Writes triage/scope/confidence.toml, and the vectors of the shipped lines beside them. Test authors are never opened here.

    .venv/bin/python models/scope/calibrate.py [--base var/models/embedding]
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from sklearn.linear_model import LogisticRegression

from triage.scope import clinic as clinics
from triage.scope import replies, wishes
from triage.scope.embedding import Encoder
from triage.scope.intents import Intents

ROOT = Path(__file__).parents[2]
OUT = ROOT / "triage" / "scope" / "confidence.toml"
POINTS = 21
FOLDS = 10
SURE_MAX = 0.98  # nothing is certain after some hundred lines


@click.command()
@click.option("--base", type=click.Path(path_type=Path, exists=True), default=ROOT / "var" / "models" / "embedding")
def main(base: Path) -> None:
    encoder, clinic, limits = Encoder(base), clinics.load(ROOT / "deploy" / "clinic.toml"), clinics.boundaries()
    written = wishes.load()
    encoder.remember([*(wish.text for wish in written), *(reply.text for reply in replies.load())])
    encoder = Encoder(base)
    scores, right = [], []
    for fold in range(FOLDS):
        others = [wish for number, wish in enumerate(written) if number % FOLDS != fold]
        intents = Intents(clinic, limits, encoder.encode, others)
        for wish in written[fold::FOLDS]:
            best = intents.best(wish.text)
            scores.append(best.score)
            right.append(best.family in wish.families)
    fit = LogisticRegression(C=100.0).fit(np.array(scores)[:, None], right)
    grid = np.linspace(0.0, 1.0, POINTS)
    curve = [[round(float(x), 3), round(min(SURE_MAX, float(fit.predict_proba([[x]])[0, 1])), 3)] for x in grid]
    print(f"{len(scores)} lines, {np.mean(right):.3f} right without themselves")
    text = "# Made by models/scope/calibrate.py: score, and the share of answers that were right at it.\ncurve = [\n"
    OUT.write_text(text + "".join(f"  {point},\n" for point in curve) + "]\n", encoding="utf-8")
    print(f"written {OUT.relative_to(ROOT)} from {len(scores)} lines")


if __name__ == "__main__":
    main()
