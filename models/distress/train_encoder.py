"""Fine-tunes MiniLM end to end for the distress heads; writes the weights as one .npz. Needs torch and transformers (the language
worker's environment); then models/distress/export.py makes the int8 ONNX file and its thresholds.

    .venv-language/bin/python models/distress/train_encoder.py --base var/models/embedding-source --data ../shared/data \\
        --out var/distress/tier1.npz

Reproducible on one machine: seeds are fixed, inputs are hashed into the output. Each head reads the mean of the tokens and the
strongest single token, so that a complaint buried in a long sentence is not averaged away, and so that the head can say where.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from augment import varied
from labels import HEADS, NOTHING, Line, lines, sha256, targets
from runs import averaged
from safetensors.torch import load_file
from third_party import parts
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

SEED = 20261124
EPOCHS, BATCH, TOKENS_MAX = 5, 32, 96
RATE_ENCODER, RATE_HEADS, DECAY, WARM = 6e-5, 1e-3, 0.01, 0.06
JOINED = 0.22  # share of lines that are heard together with another, harmless one: before or after
SMOOTH = 0.02  # of labels: other people's judgement is not certain
HERE = Path(__file__).parent
WEIGHT = {"danger": 1.5, "crisis": 1.5, "routine": 1.5}


class Tier1(torch.nn.Module):
    def __init__(self, base: Path) -> None:
        super().__init__()
        config = BertConfig(
            vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        known = {name.removeprefix("bert."): value for name, value in load_file(base / "model.safetensors").items()}
        missing, _ = self.bert.load_state_dict(known, strict=False)
        if [name for name in missing if "position_ids" not in name]:
            raise SystemExit(f"weights missing: {missing[:3]}")
        self.mean = torch.nn.Linear(384, len(HEADS))
        self.token = torch.nn.Linear(384, len(HEADS), bias=False)
        self.dropout = torch.nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(n, t) token ids -> (n, heads) logits."""
        x = self.dropout(self.bert(input_ids=ids, attention_mask=mask).last_hidden_state)
        wide = mask.unsqueeze(-1).to(x.dtype)
        mean = (x * wide).sum(1) / wide.sum(1)
        strongest = (self.token(x) - 10000 * (1 - wide)).amax(1)
        return self.mean(mean) + strongest


def heard(rows: list[Line], harmless: list[str], chance: random.Random) -> list[tuple[str, list[float]]]:
    """One epoch's hearing of every line, shuffled."""
    out = []
    for row in rows:
        text = varied(row.text, chance)
        if chance.random() < JOINED and len(text.split()) < 40:
            other = varied(chance.choice(harmless), chance)
            text = f"{other} {text}" if chance.random() < 0.5 else f"{text} {other}"
        out.append((text, targets(row.level, row.category)))
    chance.shuffle(out)
    return out


def routine_targets(third_party: bool) -> list[float]:
    out = targets("none", "")
    if third_party:  # a bank's routine is out of a clinic's scope: says nothing to that head
        out[HEADS.index("scope")] = NOTHING
    return out


@click.command()
@click.option("--base", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option(
    "--begin",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Go on from the mean of these runs instead of the base's weights.",
)
@click.option("--epochs", default=EPOCHS, show_default=True)
@click.option("--rate", default=RATE_ENCODER, show_default=True, help="Learning rate of the encoder.")
@click.option(
    "--half", is_flag=True, help="bfloat16 where it is safe: several times as fast on processors that know it."
)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--order", default=0, show_default=True, help="Another order of the same lessons; export.py averages several such."
)
def main(
    base: Path,
    data: Path,
    out: Path,
    begin: tuple[Path, ...],
    epochs: int,
    rate: float,
    half: bool,
    threads: int,
    order: int,
) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(threads)
    chance = random.Random(SEED + order)
    rows = [*lines(HERE / "corpus" / "train"), *lines(HERE / "corpus" / "train" / "heard")]
    foreign = [text for texts in parts(data)["train"].values() for text in texts]
    harmless = [row.text for row in rows if row.level == "none"] + foreign[:1500]
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS_MAX)
    tokenizer.no_padding()
    model = Tier1(base)  # its heads begin alike whatever the order: only so can runs be averaged
    if begin:
        mean, _ = averaged(begin)
        model.load_state_dict({name: torch.from_numpy(value) for name, value in mean.items()}, strict=False)
    torch.manual_seed(SEED + order)
    model.train()
    groups: list[dict[str, Any]] = [
        {"params": list(model.bert.parameters()), "lr": rate},
        {"params": [*model.mean.parameters(), *model.token.parameters()], "lr": RATE_HEADS * rate / RATE_ENCODER},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY, fused=True)
    weights = torch.tensor([WEIGHT.get(head, 1.0) for head in HEADS])
    per_epoch = (len(rows) + len(foreign) // 2 + BATCH - 1) // BATCH
    total, warm = per_epoch * epochs, max(1, int(per_epoch * epochs * WARM))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))
    )
    print(
        f"{len(rows)} lines of {len({row.author for row in rows})} authors, {len(foreign)} routine of others, {total} steps"
    )
    started, step = time.monotonic(), 0
    for epoch in range(epochs):
        chance.shuffle(foreign)
        plain = [(varied(text, chance), routine_targets(True)) for text in foreign[: len(foreign) // 2]]
        batch = heard(rows, harmless, chance) + plain
        chance.shuffle(batch)
        # Neighbours of like length share a batch: half the padding.
        chunks = [
            sorted(batch[at : at + BATCH * 16], key=lambda one: len(one[0])) for at in range(0, len(batch), BATCH * 16)
        ]
        batches = [chunk[at : at + BATCH] for chunk in chunks for at in range(0, len(chunk), BATCH)]
        chance.shuffle(batches)
        losses = []
        for one in batches:
            coded = tokenizer.encode_batch([text for text, _ in one])
            longest = max(len(c.ids) for c in coded)
            ids = torch.tensor([c.ids + [0] * (longest - len(c.ids)) for c in coded])
            mask = torch.tensor([[1] * len(c.ids) + [0] * (longest - len(c.ids)) for c in coded])
            wanted = torch.tensor([target for _, target in one])
            said = (wanted >= 0).float()
            smooth = wanted.clamp(min=0) * (1 - 2 * SMOOTH) + SMOOTH
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
                logits = model(ids, mask)
            loss_each = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), smooth, reduction="none")
            loss = (loss_each * said * weights).sum() / len(one)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            step += 1
            if step % 50 == 0:
                spent = time.monotonic() - started
                print(
                    f"epoch {epoch + 1} step {step}/{total} loss {np.mean(losses[-50:]):.3f} {spent:.0f} s, {spent / step * (total - step):.0f} s to go",
                    flush=True,
                )
    out.parent.mkdir(parents=True, exist_ok=True)
    stored = {
        name: value.detach().numpy().astype(np.float32)
        for name, value in model.state_dict().items()
        if "position_ids" not in name
    }
    made = {
        "seed": SEED, "order": order, "epochs": epochs, "rate": rate, "bfloat16": half, "begun_from": [file.stem for file in begin], "torch": torch.__version__, "heads": HEADS,
        "corpus_sha256": sha256(HERE / "corpus" / "train"), "lines": len(rows), "routine_of_others": len(foreign),
    }  # fmt: skip
    np.savez(out, **stored, made=np.array(json.dumps(made)))
    print(f"written {out}")


if __name__ == "__main__":
    main()
