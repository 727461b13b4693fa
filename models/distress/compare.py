"""The one table: lexicon alone, TF-IDF, frozen sentence embeddings, the fine-tuned encoder, and the union that is deployed.

    .venv/bin/python models/distress/compare.py --encoder var/models/embedding --data ../shared/data --out var/distress/figures.json

All learn from the same training authors and the same routine of others; all get their threshold on the same tuning lines at the same
budgets as the deployed one; all are measured on the test authors, whose lines nothing was fitted to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from export import lowest
from labels import Line, lines, sha256
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from third_party import parts

from triage.distress.classifier import Classifier
from triage.distress.evaluation import share
from triage.figures import Share
from triage.scope.embedding import Encoder

HERE = Path(__file__).parent
ACT_ROUTINE, ACT_HARD = 0.01, 0.05  # of false alarms: the same budget for all
TIER1 = HERE.parents[1] / "triage" / "distress" / "tier1"
LEVELS = ("danger", "crisis", "clinical", "human", "state")
SEED = 20261124

Vectors = Any
Acts = Callable[[Sequence[str]], np.ndarray[Any, Any]]


def linear(vectors: Callable[[Sequence[str]], Vectors], train: list[Line], tune: list[Line]) -> Acts:
    """One logistic regression a level on `vectors`; acts where any level is above the common threshold."""
    x = vectors([row.text for row in train])
    models = []
    for level in LEVELS:
        wanted = np.array([row.level == level for row in train])
        models.append(
            LogisticRegression(C=8.0, class_weight="balanced", max_iter=2000, random_state=SEED).fit(x, wanted)
        )

    def score(texts: Sequence[str]) -> np.ndarray[Any, Any]:
        seen = vectors(texts)
        return np.max([model.predict_proba(seen)[:, 1] for model in models], axis=0)

    routine = np.array([row.category == "routine" for row in tune])
    hard = np.array([row.category.startswith("hard") for row in tune])
    threshold = lowest(score([row.text for row in tune]), routine, hard, ACT_ROUTINE, ACT_HARD)
    return lambda texts: score(texts) >= threshold


def deployed(classifier: Classifier) -> Acts:
    return lambda texts: np.array([classifier.classify(text).act for text in texts])


@click.command()
@click.option("--encoder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(encoder: Path, data: Path, out: Path) -> None:
    corpus = HERE / "corpus"
    third = parts(data)
    train = list(lines(corpus / "train")) + foreign(third["train"])
    tune = list(lines(corpus / "tune")) + foreign(third["tune"])
    test = list(lines(corpus / "test")) + foreign(third["test"])
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit([row.text for row in train])
    frozen = Encoder(encoder)
    union, lexicon = Classifier.load(TIER1), Classifier(None)
    tier1 = union._tier1
    if tier1 is None:
        raise click.ClickException("The trained model is not there: run export.py first.")
    systems: dict[str, Acts] = {
        "lexicon alone, hints and all": deployed(lexicon),
        "TF-IDF + logistic regression": linear(tfidf.transform, train, tune),
        "frozen MiniLM + logistic regression": linear(frozen.encode, train, tune),
        "fine-tuned MiniLM alone": lambda texts: np.array([bool(tier1.look(text).hits) for text in texts]),
        "union, as deployed": deployed(union),
    }
    groups: dict[str, Callable[[Line], bool]] = {
        "danger+crisis": lambda row: row.level in ("danger", "crisis"),
        **{level: (lambda row, level=level: row.level == level) for level in LEVELS},  # type: ignore[misc]
        "routine": lambda row: row.level == "none" and row.category == "routine" and row.author not in third["test"],
        "hard": lambda row: row.category.startswith("hard"),
        "routine of others": lambda row: row.author in third["test"],
    }
    figures: dict[str, Any] = {
        "version": union.version,
        "test_sha256": sha256(corpus / "test"),
        "systems": {},
        "by_author": {},
    }
    table = Table("system", *groups)
    for name, acts in systems.items():
        acted = acts([row.text for row in test])
        shares = {group: share(acted[i] for i, row in enumerate(test) if fits(row)) for group, fits in groups.items()}
        figures["systems"][name] = {group: _json(one) for group, one in shares.items()}
        table.add_row(name, *(f"{one.value:.3f}" if one.total else "" for one in shares.values()))
        if name.startswith("union"):
            for author in sorted({row.author for row in test}):
                figures["by_author"][author] = {
                    group: _json(share(acted[i] for i, row in enumerate(test) if fits(row) and row.author == author))
                    for group, fits in groups.items()
                }
    Console(width=150).print(table)
    for group, value in figures["systems"]["union, as deployed"].items():
        print(f"{group:18} {value['text']}")
    for author, some in figures["by_author"].items():
        print(author, {group: value["text"] for group, value in some.items() if value["total"]})
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1, default=int) + "\n", encoding="utf-8")


def foreign(some: dict[str, list[str]]) -> list[Line]:
    return [Line(source, "none", "routine", text) for source, texts in some.items() for text in texts]


def _json(one: Share) -> dict[str, Any]:
    low, high = one.interval
    return {"hits": one.hits, "total": one.total, "low": round(low, 4), "high": round(high, 4), "text": str(one)}


if __name__ == "__main__":
    main()
