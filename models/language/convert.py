"""Turns a llama-architecture GGUF file into the Hugging Face folder that vLLM loads.

Needs only gguf and numpy. The output is the same byte for byte every time, so that its hashes can stand in the manifest:
tensors are written in sorted order by this file's own safetensors writer, JSON with sorted keys, no dates, no versions of
anything installed.

Two traps, both checked by `check_logits.py`:

- llama.cpp's converter reorders the rows of q and k inside each head, because ggml rotates neighbouring pairs (2i, 2i+1)
  where Hugging Face rotates (i, i + d/2). `from_pairs_to_halves` undoes it; k has fewer heads than q (grouped queries).
- transformers' GPT-2 tokenizer class would rebuild the pre-tokenizer without the splitting of digits; so the folder
  names the generic class, which takes tokenizer.json as it is.

Command: `python models/language/convert.py FILE.gguf FOLDER`
"""

from __future__ import annotations

import json
import shutil
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from gguf import GGUFReader, dequantize

Array = npt.NDArray[Any]
Progress = Callable[[int, int], None]

FILES = (
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
)
TOKEN_NORMAL, TOKEN_CONTROL = 1, 3  # ggml's token types
PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class NotConvertible(Exception):
    """The file is not a GGUF that this recipe understands."""


def convert(gguf: Path, out: Path, on_progress: Progress | None = None, *, reorder: bool = True) -> None:
    """Writes FILES into `out`, which is replaced only once everything is written.

    `on_progress(done, total)` counts tensors. `reorder=False` leaves q and k as ggml has them: wrong on purpose, for the
    check that must notice it. Raises NotConvertible, OSError.
    """
    try:
        reader = GGUFReader(gguf)
    except ValueError as error:
        raise NotConvertible("This is not a GGUF file.") from error
    fields = {name: field.contents() for name, field in reader.fields.items()}
    _require_supported(fields)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tensors: dict[str, Array] = {}
    for done, tensor in enumerate(reader.tensors, start=1):
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        name = hugging_face_name(tensor.name)
        if reorder and name.endswith(("q_proj.weight", "k_proj.weight")):
            heads = "head_count" if name.endswith("q_proj.weight") else "head_count_kv"
            values = from_pairs_to_halves(values, fields[f"llama.attention.{heads}"])
        tensors[name] = to_bfloat16(values)
        if on_progress is not None:
            on_progress(done, len(reader.tensors))
    write_safetensors(partial / "model.safetensors", tensors)
    tied = "lm_head.weight" not in tensors
    _write_json(partial / "config.json", model_config(fields, tied=tied))
    _write_json(partial / "generation_config.json", generation_config(fields))
    _write_json(partial / "tokenizer.json", tokenizer(fields))
    _write_json(partial / "tokenizer_config.json", tokenizer_config(fields))
    template = fields["tokenizer.chat_template"]
    (partial / "chat_template.jinja").write_text(template, encoding="utf-8", newline="")
    shutil.rmtree(out, ignore_errors=True)
    partial.rename(out)


def _require_supported(fields: Mapping[str, Any]) -> None:
    if fields.get("general.architecture") != "llama":
        raise NotConvertible("Only GGUF files of the llama architecture are supported.")
    if fields.get("tokenizer.ggml.model") != "gpt2" or fields.get("tokenizer.ggml.pre") != "smollm":
        raise NotConvertible("Only the SmolLM tokenizer is supported.")
    if "tokenizer.chat_template" not in fields:
        raise NotConvertible("The file has no chat template.")
    if any(name.startswith("llama.rope.scaling") for name in fields):
        raise NotConvertible("Scaled rotary positions are not supported.")


def hugging_face_name(name: str) -> str:
    """'blk.3.attn_q.weight' -> 'model.layers.3.self_attn.q_proj.weight'. Raises NotConvertible."""
    match name.split("."):
        case ["token_embd", "weight"]:
            return "model.embed_tokens.weight"
        case ["output_norm", "weight"]:
            return "model.norm.weight"
        case ["output", "weight"]:
            return "lm_head.weight"
        case ["blk", layer, part, "weight"] if part in PARTS:
            return f"model.layers.{layer}.{PARTS[part]}.weight"
        case _:
            raise NotConvertible("The file has a tensor of an unknown name.")


def from_pairs_to_halves(rows: Array, heads: int) -> Array:
    """Undoes llama.cpp's `permute`: (heads * d, columns) with rotary pairs side by side -> pairs d/2 apart."""
    d_half = rows.shape[0] // heads // 2
    return rows.reshape(heads, d_half, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def to_bfloat16(values: Array) -> Array:
    """float32 -> bfloat16 as uint16, rounded to the nearest, ties to even. Finite values only."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_safetensors(file: Path, tensors: Mapping[str, Array]) -> None:
    """bfloat16 tensors (given as uint16) in the safetensors format: u64 header length, JSON header, data."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in sorted(tensors):
        end = offset + tensors[name].nbytes
        header[name] = {"dtype": "BF16", "shape": list(tensors[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with file.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            stream.write(np.ascontiguousarray(tensors[name], dtype="<u2").tobytes())


def model_config(fields: Mapping[str, Any], *, tied: bool) -> dict[str, Any]:
    heads = fields["llama.attention.head_count"]
    # GGUF keeps epsilon as float32; seven digits are all it has.
    epsilon = float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.7g}")
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "dtype": "bfloat16",
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "head_dim": fields["llama.rope.dimension_count"],
        "hidden_act": "silu",
        "hidden_size": fields["llama.embedding_length"],
        "initializer_range": 0.02,
        "intermediate_size": fields["llama.feed_forward_length"],
        "max_position_embeddings": fields["llama.context_length"],
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": heads,
        "num_hidden_layers": fields["llama.block_count"],
        "num_key_value_heads": fields.get("llama.attention.head_count_kv", heads),
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
        "rms_norm_eps": epsilon,
        "rope_parameters": {"rope_theta": fields["llama.rope.freq_base"], "rope_type": "default"},
        "rope_theta": fields["llama.rope.freq_base"],
        "tie_word_embeddings": tied,
        "vocab_size": fields["llama.vocab_size"],
    }


def generation_config(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
    }


def tokenizer(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Byte-level BPE that splits digits one by one, as llama.cpp does for `pre = smollm`."""
    tokens, types = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    if set(types) - {TOKEN_NORMAL, TOKEN_CONTROL}:
        raise NotConvertible("The tokenizer has tokens of an unknown type.")
    control = [(number, token) for number, token in enumerate(tokens) if types[number] == TOKEN_CONTROL]
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": token, **flags} for number, token in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in fields["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(fields: Mapping[str, Any]) -> dict[str, Any]:
    tokens = fields["tokenizer.ggml.tokens"]
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "bos_token": tokens[fields["tokenizer.ggml.bos_token_id"]],
        "clean_up_tokenization_spaces": False,
        "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"]],
        "model_max_length": fields["llama.context_length"],
        "pad_token": tokens[fields["tokenizer.ggml.padding_token_id"]],
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": tokens[fields["tokenizer.ggml.unknown_token_id"]],
    }


def _write_json(file: Path, document: object) -> None:
    file.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


@click.command()
@click.argument("gguf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(gguf: Path, out: Path) -> None:
    """Convert GGUF into the folder OUT."""
    with click.progressbar(length=1, label="Converting", file=sys.stderr, item_show_func=None) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        try:
            convert(gguf, out, show)
        except NotConvertible as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"The folder cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    main()
