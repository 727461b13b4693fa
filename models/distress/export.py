"""The trained weights (.npz) to triage/distress/tier1: int8 ONNX, tokenizer, calibration and thresholds. The same bytes each time.

    .venv/bin/python models/distress/export.py var/distress/t12.npz [MORE ...] --base var/models/embedding-source --data ../shared/data

Calibration: Platt's two numbers a head, on the int8 model, on the tuning authors and routine kept out of training. LOOK on the
same: from the lowest chance on at which it stays inside its budget of false alarms. ACT: ACTS_FROM. The test authors are never opened here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnx
from build_encoder import OPSET, Graph, encoded, quantised
from labels import HEADS, lines, sha256, targets
from onnx import TensorProto, helper
from runs import averaged
from sklearn.linear_model import LogisticRegression
from third_party import parts

from triage.distress.heads import FILES, Tier1

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "triage" / "distress" / "tier1"
# Budgets of what is looked at, on what nobody should be asked about: routine of other people, and the hard negatives of the tuning author.
LOOK_ROUTINE, LOOK_HARD = 0.03, 0.14
# Relative to the common threshold: a missed danger is worse than a missed request, and dearer than an interruption.
LEAN = {"danger": 0.7, "crisis": 0.7, "clinical": 1.0, "human": 1.0, "anger": 1.0, "confusion": 1.0, "fear": 1.0}

# From which chance on a head acts: chosen on the totals of many authors (compliance/decisions/0032), for one tuning author's budget
# says little about a line in a thousand. A mood alone interrupts nobody so soon (0028). Below, it is looked at: a soft question.
ACTS_FROM = {"danger": 0.1, "crisis": 0.2, "clinical": 0.15, "human": 0.1, "anger": 0.3, "confusion": 0.5, "fear": 0.3}


def graph(weights: dict[str, np.ndarray[Any, Any]]) -> onnx.ModelProto:
    """Inputs (n, t) ids and mask; outputs `logits` (n, heads) and `where` (n, t, heads): each token's own share."""
    g = Graph({name: value for name, value in weights.items() if name.startswith("bert.")})
    x, mask = encoded(g)
    column = g.node("Unsqueeze", mask, g.constant(np.array([2], np.int64)))
    one = g.constant(np.array([1], np.int64))
    mean = g.node(
        "Div",
        g.node("ReduceSum", g.node("Mul", x, column), one, keepdims=0),
        g.node("ReduceSum", column, one, keepdims=0),
    )
    off = g.node("Mul", g.node("Sub", g.constant(np.float32(1)), column), g.constant(np.float32(-10000)))
    token = g.node("Add", g.node("MatMul", x, g.constant(weights["token.weight"].T.copy(), "heads_token")), off)
    strongest = g.node("ReduceMax", token, axes=[1], keepdims=0)
    from_mean = g.node(
        "Add",
        g.node("MatMul", mean, g.constant(weights["mean.weight"].T.copy(), "heads_mean")),
        g.constant(weights["mean.bias"]),
    )
    g.nodes.append(helper.make_node("Add", [from_mean, strongest], ["logits"]))
    g.nodes.append(helper.make_node("Identity", [token], ["where"]))
    ins = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")
    ]
    outs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(HEADS)]),
        helper.make_tensor_value_info("where", TensorProto.FLOAT, ["n", "t", len(HEADS)]),
    ]
    made = helper.make_graph(g.nodes, "tier1", ins, outs, g.constants)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9, producer_name="triage"
    )
    onnx.checker.check_model(model)
    return model


def platt(logits: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> tuple[list[float], list[float]]:
    """Slope and intercept a head; lines that say nothing to a head are left out."""
    slopes, shifts = [], []
    for head in range(len(HEADS)):
        said = wanted[:, head] >= 0
        if len(set(wanted[said, head])) < 2:
            raise click.ClickException(
                f"The tuning authors have no line that says yes and one that says no to {HEADS[head]}."
            )
        fit = LogisticRegression(C=10.0).fit(logits[said, head : head + 1], wanted[said, head] > 0.5)
        slopes.append(float(fit.coef_[0, 0]))
        shifts.append(float(fit.intercept_[0]))
    return slopes, shifts


def lowest(
    scores: np.ndarray[Any, Any],
    routine: np.ndarray[Any, Any],
    hard: np.ndarray[Any, Any],
    most_routine: float,
    most_hard: float,
) -> float:
    """The lowest common threshold within both budgets. `scores`: (n,), each head's probability divided by its lean, the highest."""
    for threshold in np.arange(0.004, 1.4, 0.002):
        if (scores[routine] >= threshold).mean() <= most_routine and (scores[hard] >= threshold).mean() <= most_hard:
            return float(threshold)
    return 1.0


@click.command()
@click.argument("trained", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--share", type=float, multiple=True, help="Of each run in the mean, in their order; equal without it.")
@click.option("--base", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(trained: tuple[Path, ...], share: tuple[float, ...], base: Path, data: Path, out: Path) -> None:
    weights, made = averaged(trained, share)
    model = graph(weights)
    quantised(model, base / "tokenizer.json", out)
    tune = list(lines(HERE / "corpus" / "tune"))
    foreign = [text for texts in parts(data)["tune"].values() for text in texts]
    raw = Tier1.raw(out)
    logits = np.stack([raw.logits(text).max(axis=0) for text in [*(row.text for row in tune), *foreign]])
    nothing = [-1.0 if head == "scope" else 0.0 for head in HEADS[:-1]] + [1.0]
    wanted = np.array([targets(row.level, row.category) for row in tune] + [nothing] * len(foreign))
    slopes, shifts = platt(logits, wanted)
    chances = 1 / (1 + np.exp(-(logits * slopes + shifts)))
    acting = [HEADS.index(head) for head in LEAN]
    score = (chances[:, acting] / np.array(list(LEAN.values()))).max(axis=1)
    routine = np.array([row.category == "routine" for row in tune] + [True] * len(foreign))
    hard = np.array([row.category.startswith("hard") for row in tune] + [False] * len(foreign))
    look = lowest(score, routine, hard, LOOK_ROUTINE, LOOK_HARD)
    positive = np.array([row.level not in ("none", "scope") for row in tune] + [False] * len(foreign))
    looks = {head: min(round(look * lean, 4), ACTS_FROM[head]) for head, lean in LEAN.items()}
    acts = (chances[:, acting] >= np.array([ACTS_FROM[head] for head in LEAN])).any(axis=1)
    found = f"acts on {acts[positive].mean():.3f}, looks at {(score[positive] >= look).mean():.3f}"
    print(f"tuning author(s): {found} from {look:.3f} on; everyday lines that act {acts[routine].mean():.4f}")
    digest = hashlib.sha256((out / FILES[0]).read_bytes()).hexdigest()
    card = {
        "heads": HEADS, "slope": slopes, "shift": shifts, "act": ACTS_FROM, "look": looks, "model_sha256": digest, "trained": made,
        "tune_sha256": sha256(HERE / "corpus" / "tune"), "version": f"tier1-{digest[:12]}",
    }  # fmt: skip
    (out / FILES[2]).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"written {out}: {(out / FILES[0]).stat().st_size / 1e6:.1f} MB, {card['version']}")


if __name__ == "__main__":
    main()
