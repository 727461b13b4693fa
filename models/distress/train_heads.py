"""Trains the linear heads of tier 1 on frozen MiniLM embeddings; writes triage/distress/heads.npz. Offline, reproducible.

    python models/distress/train_heads.py --encoder var/models/embedding --data ../shared/data

Positives and hard negatives: models/distress/corpus/*.txt (ours). Further negatives, read and never copied: clinc150, banking77
and restaurant8k (routine telephone requests; CC BY). Half of clinc150's validation set and a part of banking77 are kept out of training: on them
ACT is set to at most 0.05 % and LOOK to about 0.5 % of utterances, each head alone.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import click
import numpy as np
from sklearn.linear_model import LogisticRegression

from triage.distress.embedding import Encoder
from triage.distress.heads import LEVELS, windows
from triage.escalation.levels import Level

SEED = 20261124
ACT_FALSE_ALARMS, LOOK_FALSE_ALARMS = 0.0005, 0.005  # each of five heads
ACT_MIN, LOOK_MIN = 0.5, 0.25
ROUTINE_TRAINED = 3000
HERE = Path(__file__).parent


def corpus() -> list[tuple[str, str]]:
    rows = []
    for file in sorted((HERE / "corpus").glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                level, _, text = line.partition("|")
                rows.append((level, text))
    return rows


def routine(data: Path) -> tuple[list[str], list[str]]:
    """(trained on, kept out): routine utterances of other people's callers."""
    raw = json.loads((data / "clinc150" / "train_val.json").read_text(encoding="utf-8"))
    # "talk to a person" is not routine here.
    clinc = {key: [text for text, *_ in raw[key]] for key in ("train", "val")}
    with (data / "banking77" / "train.csv").open(encoding="utf-8") as file:
        bank = [row["text"] for row in csv.DictReader(file)]
    order = np.random.default_rng(SEED).permutation(len(clinc["train"]))
    bank_order = np.random.default_rng(SEED).permutation(len(bank))
    trained = [clinc["train"][i] for i in order[:ROUTINE_TRAINED]] + [
        bank[i] for i in bank_order[: ROUTINE_TRAINED // 3]
    ]
    kept = clinc["val"] + [bank[i] for i in bank_order[-3000:]]
    return trained, kept


@click.command()
@click.option("--encoder", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
def main(encoder: Path, data: Path) -> None:
    encode = Encoder(encoder).encode
    rows = corpus()
    trained, kept = routine(data)
    texts = [text for _, text in rows] + trained
    labels = [level for level, _ in rows] + ["none"] * len(trained)
    vectors = encode(texts)
    weights, bias, act, look = [], [], [], []
    spans = [(number, text[a:b]) for number, text in enumerate(kept) for a, b in windows(text)]
    kept_vectors = encode([text for _, text in spans])
    owners = np.array([number for number, _ in spans])
    for level in LEVELS:
        wanted = np.array([label == level.word for label in labels])
        # A higher level is hardly a negative for a lower one: danger sounds clinical too. The other way round it is one.
        higher = np.array([label != "none" and Level.parse(label) > level for label in labels])
        weight = np.where(higher, 0.1, 1.0)
        head = LogisticRegression(C=8.0, class_weight="balanced", max_iter=2000, random_state=SEED)
        head.fit(vectors, wanted, sample_weight=weight)
        scores = 1 / (1 + np.exp(-(kept_vectors @ head.coef_[0] + head.intercept_[0])))
        worst = np.zeros(len(kept))
        np.maximum.at(worst, owners, scores)
        weights.append(head.coef_[0])
        bias.append(head.intercept_[0])
        act.append(max(ACT_MIN, float(np.quantile(worst, 1 - ACT_FALSE_ALARMS))))
        look.append(max(LOOK_MIN, float(np.quantile(worst, 1 - LOOK_FALSE_ALARMS))))
        print(f"{level.word:9} act {act[-1]:.3f} look {look[-1]:.3f}")
    # The version names everything that a decision depends on: corpus, weights and thresholds.
    learned = np.concatenate([np.ravel(weights), bias, act, look]).astype(np.float32).tobytes()
    digest = hashlib.sha256("\n".join(f"{level}|{text}" for level, text in rows).encode() + learned).hexdigest()
    np.savez(
        HERE.parents[1] / "triage" / "distress" / "heads.npz",
        weights=np.array(weights, np.float32), bias=np.array(bias, np.float32),
        act=np.array(act, np.float32), look=np.array(look, np.float32), version=np.array(f"heads-{digest[:12]}"),
    )  # fmt: skip


if __name__ == "__main__":
    main()
