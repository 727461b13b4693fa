"""Checks a converted model folder against the logits of the GGUF it was made from, by two independent ways of computing.

Reference: this file's own forward pass, straight from the GGUF's tensors, with ggml's conventions (rotary embedding on
neighbouring pairs, rows of q and k left as ggml stores them). It shares no code with the conversion.
Converted: transformers' LlamaForCausalLM, loaded from the folder as vLLM would load it.

The folder holds bfloat16, the GGUF does not, so the two may differ by that rounding. The rounding is measured, not
guessed: the reference runs a second time with its own weights rounded, and the converted model must agree with that one
to the accuracy of float32 sums. A third time with bfloat16 arithmetic gives the size of what the engine's arithmetic does;
the converted model in bfloat16 may be off by at most twice as much.

Also compared: the token numbers, against the token texts in the GGUF; and a conversion made wrongly on purpose (q and k
not reordered), which must fail, else this check sees nothing.

Command: `python models/language/check_logits.py FILE.gguf FOLDER`. Ends with 1 beyond the tolerances. Needs the language
environment.
"""

from __future__ import annotations

import os

os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"})

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import torch
from gguf import GGUFReader, dequantize
from transformers import AutoTokenizer, LlamaForCausalLM
from transformers.utils import logging as transformers_logging

sys.path.insert(0, str(Path(__file__).parent))
from convert import convert

Weights = Mapping[str, torch.Tensor]
transformers_logging.disable_progress_bar()

PROMPTS = (
    [{"role": "user", "content": "What is the capital of France?"}],
    [{"role": "user", "content": "Can I move my appointment from 14:30 on the 21st to the next day?"}],
    [
        {"role": "system", "content": "You answer a clinic's telephone. Reply with one short sentence."},
        {"role": "user", "content": "I need a repeat of my blood pressure tablets, lisinopril 10 mg, please."},
    ],
    [
        {"role": "system", "content": "Sort the message. Answer yes or no."},
        {"role": "user", "content": "my chest feels tight and it goes down my left arm since 3 this morning"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": "And: I'd like to know when you open on Saturday — «merci», 24€."},
    ],
)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Worst values over all positions of all prompts."""

    logit_diff_max: float
    kl_max: float  # nats, reference against converted
    agreement_min: float  # share of positions with the same best token


# Both sides in float32 with the same rounded weights: only the order of additions differs.
SAME_WEIGHTS = Tolerance(logit_diff_max=0.01, kl_max=1e-5, agreement_min=0.99)
ROUNDING_ROOM = 2.0  # times the measured effect of bfloat16 arithmetic


@dataclass(frozen=True, slots=True)
class Difference:
    logit_diff: float
    kl: float
    agreement: float
    positions: int

    def within(self, tolerance: Tolerance) -> bool:
        return (
            self.logit_diff <= tolerance.logit_diff_max
            and self.kl <= tolerance.kl_max
            and self.agreement >= tolerance.agreement_min
        )

    def with_room(self) -> Tolerance:
        return Tolerance(
            self.logit_diff * ROUNDING_ROOM, self.kl * ROUNDING_ROOM, 1 - (1 - self.agreement) * ROUNDING_ROOM
        )

    def line(self, what: str) -> str:
        return (
            f"{what:44} logits differ by at most {self.logit_diff:9.4f}, KL at most {self.kl:10.6f} nats, "
            f"same best token at {self.agreement:6.1%} of {self.positions} positions"
        )


class Reference:
    """A llama forward pass as ggml orders it, no cache, no batching. `weights` is what each weight is rounded to,
    `arithmetic` what everything but norms and softmax is computed in."""

    def __init__(self, gguf: Path, weights: torch.dtype, arithmetic: torch.dtype) -> None:
        reader = GGUFReader(gguf)
        self.fields: dict[str, Any] = {name: field.contents() for name, field in reader.fields.items()}
        self.weights: Weights = {
            tensor.name: torch.tensor(dequantize(tensor.data, tensor.tensor_type)).float().to(weights).to(arithmetic)
            for tensor in reader.tensors
        }
        self.heads = int(self.fields["llama.attention.head_count"])
        self.heads_kv = int(self.fields["llama.attention.head_count_kv"])
        self.d = int(self.fields["llama.rope.dimension_count"])

    def logits(self, tokens: Sequence[int]) -> torch.Tensor:
        """(positions, vocabulary), float32."""
        x = self.weights["token_embd.weight"][torch.tensor(tokens)]
        for layer in range(int(self.fields["llama.block_count"])):
            x = x + self._attention(layer, self._norm(x, f"blk.{layer}.attn_norm.weight"))
            x = x + self._feed_forward(layer, self._norm(x, f"blk.{layer}.ffn_norm.weight"))
        x = self._norm(x, "output_norm.weight")
        return (x @ self.weights.get("output.weight", self.weights["token_embd.weight"]).T).float()

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        epsilon = self.fields["llama.attention.layer_norm_rms_epsilon"]
        scaled = x.float() / torch.sqrt(x.float().square().mean(dim=-1, keepdim=True) + epsilon)
        return scaled.to(x.dtype) * self.weights[name]

    def _feed_forward(self, layer: int, x: torch.Tensor) -> torch.Tensor:
        gate = x @ self.weights[f"blk.{layer}.ffn_gate.weight"].T
        up = x @ self.weights[f"blk.{layer}.ffn_up.weight"].T
        return (gate * torch.sigmoid(gate) * up) @ self.weights[f"blk.{layer}.ffn_down.weight"].T

    def _attention(self, layer: int, x: torch.Tensor) -> torch.Tensor:
        count = x.shape[0]
        q = self._rotate((x @ self.weights[f"blk.{layer}.attn_q.weight"].T).reshape(count, self.heads, self.d))
        k = self._rotate((x @ self.weights[f"blk.{layer}.attn_k.weight"].T).reshape(count, self.heads_kv, self.d))
        v = (x @ self.weights[f"blk.{layer}.attn_v.weight"].T).reshape(count, self.heads_kv, self.d)
        out = torch.empty(count, self.heads, self.d, dtype=x.dtype)
        future = torch.ones(count, count).triu(1).bool()
        for head in range(self.heads):
            group = head * self.heads_kv // self.heads
            scores = (q[:, head] @ k[:, group].T / self.d**0.5).float().masked_fill(future, -torch.inf)
            out[:, head] = torch.softmax(scores, dim=-1).to(x.dtype) @ v[:, group]
        return out.reshape(count, self.heads * self.d) @ self.weights[f"blk.{layer}.attn_output.weight"].T

    def _rotate(self, x: torch.Tensor) -> torch.Tensor:
        """ggml's GGML_ROPE_TYPE_NORMAL: the pair (2i, 2i+1) turns by position * base^(-2i/d)."""
        base = float(self.fields["llama.rope.freq_base"])
        turn = base ** (-torch.arange(0, self.d, 2, dtype=torch.float64) / self.d)
        angle = torch.outer(torch.arange(x.shape[0], dtype=torch.float64), turn).float()[:, None, :]
        even, odd = x[..., 0::2], x[..., 1::2]
        out = torch.empty_like(x)
        out[..., 0::2] = even * angle.cos() - odd * angle.sin()
        out[..., 1::2] = even * angle.sin() + odd * angle.cos()
        return out


def difference(expected: Sequence[torch.Tensor], got: Sequence[torch.Tensor]) -> Difference:
    logit_diff, kl, same, positions = 0.0, 0.0, 0, 0
    for one, other in zip(expected, got, strict=True):
        logit_diff = max(logit_diff, float((other - one).abs().max()))
        one_log, other_log = one.log_softmax(-1), other.log_softmax(-1)
        kl = max(kl, float((one_log.exp() * (one_log - other_log)).sum(-1).max()))
        same += int((one.argmax(-1) == other.argmax(-1)).sum())
        positions += one.shape[0]
    return Difference(logit_diff, kl, same / positions, positions)


def converted_logits(folder: Path, prompts: Sequence[list[int]], dtype: torch.dtype) -> list[torch.Tensor]:
    model = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True).eval()
    return [model(torch.tensor([tokens])).logits[0].float() for tokens in prompts]


def tokenized(folder: Path, fields: Mapping[str, Any]) -> list[list[int]]:
    """The prompts as token numbers. Raises ClickException when they do not spell the prompt by the GGUF's own tokens."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    texts = [tokenizer.apply_chat_template(list(p), tokenize=False, add_generation_prompt=True) for p in PROMPTS]
    prompts: list[list[int]] = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    byte_of = _byte_of_letter()
    for text, numbers in zip(texts, prompts, strict=True):
        pieces = [fields["tokenizer.ggml.tokens"][number] for number in numbers]
        control = [fields["tokenizer.ggml.token_type"][number] == 3 for number in numbers]
        spelled = b"".join(
            piece.encode() if is_control else bytes(byte_of[letter] for letter in piece)
            for piece, is_control in zip(pieces, control, strict=True)
        )
        if spelled.decode() != text:
            raise click.ClickException("The tokenizer does not spell the prompt.")
        if any(sum(letter.isdigit() for letter in piece) > 1 for piece in pieces):
            raise click.ClickException("The tokenizer does not split digits.")
    return prompts


def _byte_of_letter() -> dict[str, int]:
    """GPT-2's reversible byte alphabet."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(others)}


@click.command()
@click.argument("gguf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(gguf: Path, folder: Path) -> None:
    """Compare the model in FOLDER with GGUF."""
    torch.set_grad_enabled(False)
    failures: list[str] = []
    exact = Reference(gguf, torch.float32, torch.float32)
    prompts = tokenized(folder, exact.fields)
    expected = [exact.logits(tokens) for tokens in prompts]

    rounded_model = Reference(gguf, torch.bfloat16, torch.float32)
    rounded = [rounded_model.logits(tokens) for tokens in prompts]
    click.echo(difference(expected, rounded).line("GGUF, weights rounded to bfloat16"))
    same_weights = difference(rounded, converted_logits(folder, prompts, torch.float32))
    click.echo(same_weights.line("  against the converted model, float32"))
    if not same_weights.within(SAME_WEIGHTS):
        failures.append("The converted weights are not the GGUF's.")

    coarse_model = Reference(gguf, torch.bfloat16, torch.bfloat16)
    arithmetic = difference(expected, [coarse_model.logits(tokens) for tokens in prompts])
    click.echo(arithmetic.line("GGUF, bfloat16 arithmetic"))
    engine = difference(expected, converted_logits(folder, prompts, torch.bfloat16))
    click.echo(engine.line("GGUF against the converted model, bfloat16"))
    if not engine.within(arithmetic.with_room()):
        failures.append("In bfloat16 the converted model is further from the GGUF than its arithmetic explains.")

    with tempfile.TemporaryDirectory() as scratch:
        convert(gguf, Path(scratch) / "wrong", reorder=False)
        wrong_logits = converted_logits(Path(scratch) / "wrong", prompts, torch.float32)
    wrong = difference(expected, wrong_logits)
    click.echo(wrong.line("q and k left as in the GGUF (must fail)"))
    if difference(rounded, wrong_logits).within(SAME_WEIGHTS) or wrong.within(arithmetic.with_room()):
        failures.append("A wrong conversion passed: this check sees nothing.")
    if failures:
        raise click.ClickException(" ".join(failures))
    click.echo("The converted model computes what the GGUF computes.")


if __name__ == "__main__":
    main()
