"""Fine-tunes MiniLM to mark identifiers token by token: what the rules of triage/privacy have not thought of. Torch environment.

    .venv-language/bin/python models/privacy/train_tagger.py --base var/models/embedding-source --others var/privacy/others.jsonl \\
        --out var/privacy/tagger.npz

Reads a turn and the one before it, so that a bare answer is understood. Only the develop authors are lessons; the test authors are
never opened. Reproducible on one machine: seeds are fixed, inputs are hashed into the output.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

SEED = 20261130
EPOCHS, BATCH, BEFORE_TOKENS, TOKENS_MAX = 6, 32, 28, 128
RATE_ENCODER, RATE_HEAD, DECAY, WARM = 8e-5, 1e-3, 0.01, 0.06
OTHERS_WEIGHT = 0.5
HERE = Path(__file__).parent
LISTS = HERE.parents[1] / "triage" / "privacy" / "gazetteer"
KINDS = ("none", "name", "place", "date", "code", "net", "other")
KIND_OF = {
    "name": "name", "address": "place", "dob": "date", "date": "date", "email": "net", "url": "net", "ip": "net", "other": "other",
}  # fmt: skip
MASKED = -100
_DIGIT_WORDS = "zero one two three four five six seven eight nine".split()
_MONTHS = "january february march april may june july august september october november december".split()


@dataclass(frozen=True, slots=True)
class Turn:
    """`spans`: (start, end, kind); kind "" says nothing either way. Of `others` all else is no identifier."""

    before: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    others: bool = False


def turns(files: list[Path]) -> Iterator[Turn]:
    for file in files:
        before, call = "", ""
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["call"] != call:
                before, call = "", row["call"]
            spans = tuple((s["start"], s["end"], KIND_OF.get(s["class"], "code")) for s in row["spans"])
            yield Turn(before, row["text"], spans)
            before = row["text"]


def others(file: Path) -> Iterator[Turn]:
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Turn(
            row["before"], row["text"], tuple((s["start"], s["end"], s["kind"]) for s in row["spans"]), others=True
        )


class Variety:
    """Other names, figures, months and towns in the same sentence; other ways of writing it down."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lists = {
            name: (LISTS / f"{name}.txt").read_text(encoding="utf-8").split("\n")
            for name in ("given", "names", "names_doubtful", "everyday", "places")
        }

    def of(self, turn: Turn) -> Turn:
        text, spans = self._replaced(turn) if self._chance.random() < 0.6 else (turn.text, turn.spans)
        before = turn.before if self._chance.random() > 0.12 else ""
        if self._chance.random() < 0.35:  # as a recogniser writes it: same length, so offsets hold
            text, before = (re.sub(r"[,.;:!?](?=\s|$)", " ", part.lower()) for part in (text, before))
        return Turn(before, text, spans, turn.others)

    def _replaced(self, turn: Turn) -> tuple[str, tuple[tuple[int, int, str], ...]]:
        out, spans, at, length = [], [], 0, 0
        for start, end, kind in sorted(turn.spans):
            if start < at:
                continue
            old = turn.text[start:end]
            new = self._other(old, kind)
            out += [turn.text[at:start], new]
            length += start - at
            spans.append((length, length + len(new), kind))
            length += len(new)
            at = end
        return "".join([*out, turn.text[at:]]), tuple(spans)

    def _other(self, old: str, kind: str) -> str:
        if kind == "name":
            return self._name(old)
        if kind == "place":
            old = re.sub(r"[A-Za-z]{4,}", lambda m: self._town(m[0]), old)
        if kind == "date":
            return re.sub(
                r"[A-Za-z]+",
                lambda m: self._like(m[0], self._chance.choice(_MONTHS)) if m[0].lower() in _MONTHS else m[0],
                old,
            )
        if kind in ("code", "place"):
            old = re.sub(r"\d", lambda _: str(self._chance.randrange(10)), old)
            old = re.sub(r"[a-z]+", lambda m: self._chance.choice(_DIGIT_WORDS) if m[0] in _DIGIT_WORDS else m[0], old)
        return old

    def _name(self, old: str) -> str:
        words = old.split(" ")
        if len(words) > 3 or not all(re.fullmatch(r"[A-Za-z'’-]{3,}", word) for word in words):
            return old  # spelled, with a title, or interrupted
        out = []
        for number, word in enumerate(words):
            drawn = self._chance.random()
            many = (
                "given"
                if (number == 0 and len(words) > 1) or drawn < 0.3
                else "names"
                if drawn < 0.8
                else "names_doubtful"
                if drawn < 0.92
                else "everyday"
            )
            out.append(self._like(word, self._chance.choice(self._lists[many]) or word))
        return " ".join(out)

    def _town(self, word: str) -> str:
        if self._chance.random() < 0.5 or word.lower() not in self._lists["places"]:
            return word
        return self._like(word, self._chance.choice(self._lists["places"]))

    @staticmethod
    def _like(old: str, new: str) -> str:
        return new.title() if old[:1].isupper() else new


class Tagger(torch.nn.Module):
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
        self.kind = torch.nn.Linear(384, len(KINDS))
        self.dropout = torch.nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """(n, t) token ids -> (n, t, kinds) logits."""
        return self.kind(self.dropout(self.bert(input_ids=ids, attention_mask=mask).last_hidden_state))


def lesson(tokenizer: Tokenizer, turn: Turn) -> tuple[list[int], list[int]]:
    """Ids of "[CLS] before [SEP] turn [SEP]" and the kind of each, MASKED where nothing is said."""
    before = tokenizer.encode(turn.before, add_special_tokens=False).ids[-BEFORE_TOKENS:]
    coded = tokenizer.encode(turn.text, add_special_tokens=False)
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    head = [cls, *before, sep] if before else [cls]
    kinds = []
    for start, end in coded.offsets:
        kind = next((kind for a, b, kind in turn.spans if start < b and end > a), "none")
        kinds.append(KINDS.index(kind) if kind else MASKED)
    ids = [*[*head, *coded.ids][: TOKENS_MAX - 1], sep]
    labels = [*([MASKED] * len(head) + kinds)[: TOKENS_MAX - 1], MASKED]
    return ids, labels


@click.command()
@click.option("--base", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--others", "others_file", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option(
    "--begin", type=click.Path(path_type=Path, exists=True), help="Go on from this run instead of the base's weights."
)
@click.option("--without", multiple=True, help="Authors left out, to see how strangers fare.")
@click.option("--epochs", default=EPOCHS, show_default=True)
@click.option("--rate", default=RATE_ENCODER, show_default=True, help="Learning rate of the encoder.")
@click.option("--threads", default=2, show_default=True)
def main(
    base: Path,
    others_file: Path,
    out: Path,
    begin: Path | None,
    without: tuple[str, ...],
    epochs: int,
    rate: float,
    threads: int,
) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(threads)
    chance = random.Random(SEED)
    files = [file for file in sorted((HERE / "corpus" / "develop").glob("*.jsonl")) if file.stem not in without]
    rows, foreign = list(turns(files)), list(others(others_file))
    variety = Variety(chance)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = Tagger(base).train()
    if begin:
        with np.load(begin) as stored:
            known = {name: torch.from_numpy(stored[name]) for name in stored.files if name != "made"}
        model.load_state_dict(known, strict=False)
    groups: list[dict[str, Any]] = [
        {"params": list(model.bert.parameters()), "lr": rate},
        {"params": list(model.kind.parameters()), "lr": RATE_HEAD * rate / RATE_ENCODER},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=DECAY, fused=True)
    per_epoch = (2 * len(rows) + len(foreign) // 2 + BATCH - 1) // BATCH
    total, warm = per_epoch * epochs, max(1, int(per_epoch * epochs * WARM))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))
    )
    print(f"{len(rows)} turns of {len(files)} authors, {len(foreign)} of others, {total} steps", flush=True)
    started, step, losses = time.monotonic(), 0, []
    for epoch in range(epochs):
        batch = [variety.of(turn) for turn in [*rows, *rows, *chance.sample(foreign, len(foreign) // 2)]]
        lessons = [(*lesson(tokenizer, turn), OTHERS_WEIGHT if turn.others else 1.0) for turn in batch]
        chance.shuffle(lessons)
        chunks = [
            sorted(lessons[at : at + BATCH * 16], key=lambda one: len(one[0]))
            for at in range(0, len(lessons), BATCH * 16)
        ]
        batches = [chunk[at : at + BATCH] for chunk in chunks for at in range(0, len(chunk), BATCH)]
        chance.shuffle(batches)
        for one in batches:
            longest = max(len(ids) for ids, _, _ in one)
            ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _, _ in one])
            mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _, _ in one])
            wanted = torch.tensor([labels + [MASKED] * (longest - len(labels)) for _, labels, _ in one])
            weight = torch.tensor([weight for _, _, weight in one]).unsqueeze(1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(ids, mask)
            each = torch.nn.functional.cross_entropy(
                logits.float().transpose(1, 2), wanted, ignore_index=MASKED, reduction="none"
            )
            loss = (each * weight).sum() / (wanted != MASKED).sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            step += 1
            if step % 50 == 0:
                spent = time.monotonic() - started
                left = spent / step * (total - step)
                print(
                    f"epoch {epoch + 1} step {step}/{total} loss {np.mean(losses[-50:]):.4f} {spent:.0f} s, {left:.0f} s to go",
                    flush=True,
                )
    digest = hashlib.sha256()
    for file in [*files, others_file]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    made = {
        "seed": SEED, "epochs": epochs, "rate": rate, "begun_from": begin.stem if begin else "", "torch": torch.__version__, "kinds": KINDS, "authors": [file.stem for file in files],
        "corpus_sha256": digest.hexdigest(), "turns": len(rows), "turns_of_others": len(foreign),
    }  # fmt: skip
    stored = {
        name: value.detach().numpy().astype(np.float32)
        for name, value in model.state_dict().items()
        if "position_ids" not in name
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(out, **stored, made=np.array(json.dumps(made)))
    print(f"written {out}")


if __name__ == "__main__":
    main()
