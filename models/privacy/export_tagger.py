"""The trained weights (.npz) to triage/privacy/tagger: int8 ONNX, tokenizer and thresholds. The same bytes each time.

.venv/bin/python models/privacy/export_tagger.py var/privacy/tagger.npz --base var/models/embedding-source
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "distress"))  # the encoder's graph is written there once
from build_encoder import OPSET, Graph, encoded, quantised  # noqa: E402

OUT = HERE.parents[1] / "triage" / "privacy" / "tagger"
# A stretch of tokens that are each an identifier with EDGE at least is one when its surest is with FROM at least. Chosen on authors
# that were fresh then (ae, af): between .2 and .9 hardly anything changes (compliance/decisions/0029).
FROM, EDGE = 0.4, 0.05


def graph(weights: dict[str, np.ndarray[Any, Any]], kinds: int) -> onnx.ModelProto:
    """Inputs (n, t) ids and mask; output `kinds` (n, t, kinds) logits."""
    g = Graph({name: value for name, value in weights.items() if name.startswith("bert.")})
    x, _ = encoded(g)
    logits = g.node("MatMul", x, g.constant(weights["kind.weight"].T.copy(), "kind.weight"))
    g.nodes.append(helper.make_node("Add", [logits, g.constant(weights["kind.bias"])], ["kinds"]))
    ins = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")
    ]
    outs = [helper.make_tensor_value_info("kinds", TensorProto.FLOAT, ["n", "t", kinds])]
    made = helper.make_graph(g.nodes, "tagger", ins, outs, g.constants)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9, producer_name="triage"
    )
    onnx.checker.check_model(model)
    return model


@click.command()
@click.argument("trained", type=click.Path(path_type=Path, exists=True))
@click.option("--base", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=OUT, show_default=True)
def main(trained: Path, base: Path, out: Path) -> None:
    with np.load(trained) as stored:
        weights = {name: stored[name] for name in stored.files if name != "made"}
        made = json.loads(str(stored["made"]))
    quantised(graph(weights, len(made["kinds"])), base / "tokenizer.json", out)
    digest = hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()
    card = {
        "kinds": made["kinds"],
        "from": FROM,
        "edge": EDGE,
        "model_sha256": digest,
        "trained": made,
        "version": f"tagger-{digest[:12]}",
    }
    (out / "tagger.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"written {out}: {(out / 'model.onnx').stat().st_size / 1e6:.1f} MB, {card['version']}")


if __name__ == "__main__":
    main()
