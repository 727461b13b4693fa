"""MiniLM (sentence-transformers/all-MiniLM-L6-v2) from its safetensors to an int8 ONNX sentence encoder; the same bytes each time.

    python models/distress/build_encoder.py FOLDER_WITH_SAFETENSORS OUT

The graph is written out by hand from the BERT paper's layers (6 of them, 384 wide, 12 heads, erf GELU) with mean pooling over the
mask and L2 normalisation inside, so that the run time needs onnxruntime and tokenizers and nothing else; torch is not needed to
build it either. Weights of the matrix products (per channel) and the word embeddings are quantised to int8, dynamically.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, WIDTH, HEADS = 6, 384, 12
EPSILON = 1e-12
OPSET = 17

Array = NDArray[np.float32]


def tensors(file: Path) -> dict[str, Array]:
    """All fp32 tensors of a safetensors file."""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    out = {}
    for name, info in header.items():
        if name != "__metadata__" and info["dtype"] == "F32":
            start, end = info["data_offsets"]
            out[name] = np.frombuffer(data[8 + length + start : 8 + length + end], np.float32).reshape(info["shape"])
    return out


class Graph:
    """Collects nodes and constants; every method returns the name of its output."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = {name.removeprefix("bert."): value for name, value in weights.items()}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._count = 0

    def constant(self, value: NDArray[np.generic], name: str = "") -> str:
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, *inputs: str, **attributes: object) -> str:
        self._count += 1
        out = f"t{self._count}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], **attributes))
        return out

    def linear(self, x: str, *names: str) -> str:
        """x W + b; of several side by side, so that x is quantised once for all."""
        weight = np.concatenate([self.weights[f"{name}.weight"] for name in names]).T
        bias = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        return self.node(
            "Add", self.node("MatMul", x, self.constant(weight, f"{names[0]}.weight")), self.constant(bias)
        )

    def normed(self, x: str, name: str) -> str:
        scale, bias = (self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def gelu(self, x: str) -> str:
        """In the form that onnxruntime knows and makes one operation of."""
        half, root, one = (self.constant(np.float32(v)) for v in (0.5, np.sqrt(2.0), 1.0))
        erf = self.node("Erf", self.node("Div", x, root))
        return self.node("Mul", self.node("Mul", x, self.node("Add", erf, one)), half)

    def split(self, x: str, parts: int) -> list[str]:
        """Equal parts of the last dimension."""
        outs = [f"{x}_{part}" for part in range(parts)]
        self.nodes.append(
            helper.make_node("Split", [x, self.constant(np.array([WIDTH] * parts, np.int64))], outs, axis=-1)
        )
        return outs

    def split_heads(self, x: str, permutation: list[int]) -> str:
        shape = self.constant(np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
        return self.node("Transpose", self.node("Reshape", x, shape), perm=permutation)

    def layer(self, x: str, bias: str, number: int) -> str:
        name = f"encoder.layer.{number}"
        joined = self.linear(x, *(f"{name}.attention.self.{part}" for part in ("query", "key", "value")))
        q, k, v = self.split(joined, 3)
        scores = self.node("MatMul", self.split_heads(q, [0, 2, 1, 3]), self.split_heads(k, [0, 2, 3, 1]))
        scaled = self.node("Mul", scores, self.constant(np.float32(1 / np.sqrt(WIDTH // HEADS))))
        attention = self.node("Softmax", self.node("Add", scaled, bias), axis=-1)
        mixed = self.node(
            "Transpose", self.node("MatMul", attention, self.split_heads(v, [0, 2, 1, 3])), perm=[0, 2, 1, 3]
        )
        joined = self.node("Reshape", mixed, self.constant(np.array([0, 0, WIDTH], np.int64)))
        attended = self.node("Add", self.linear(joined, f"{name}.attention.output.dense"), x)
        x = self.normed(attended, f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.linear(x, f"{name}.intermediate.dense"))
        return self.normed(self.node("Add", self.linear(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm")


def encoded(g: Graph) -> tuple[str, str]:
    """Names of (n, t, 384) contextual token vectors and of the (n, t) mask as float."""
    words = g.node("Gather", g.constant(g.weights["embeddings.word_embeddings.weight"], "words"), "input_ids")
    length = g.node("Shape", "input_ids", start=1, end=2)
    zero = g.constant(np.array([0], np.int64))
    places = g.node(
        "Slice", g.constant(g.weights["embeddings.position_embeddings.weight"], "places"), zero, length, zero
    )
    kind = g.constant(g.weights["embeddings.token_type_embeddings.weight"][0])
    x = g.normed(g.node("Add", g.node("Add", words, places), kind), "embeddings.LayerNorm")
    mask = g.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    wide = g.node("Unsqueeze", mask, g.constant(np.array([1, 2], np.int64)))
    bias = g.node("Mul", g.node("Sub", g.constant(np.float32(1)), wide), g.constant(np.float32(-10000)))
    for number in range(LAYERS):
        x = g.layer(x, bias, number)
    return x, mask


def graph(weights: dict[str, Array]) -> onnx.ModelProto:
    g = Graph(weights)
    x, mask = encoded(g)
    column = g.node("Unsqueeze", mask, g.constant(np.array([2], np.int64)))
    one = g.constant(np.array([1], np.int64))
    summed = g.node("ReduceSum", g.node("Mul", x, column), one, keepdims=0)
    mean = g.node("Div", summed, g.node("ReduceSum", column, one, keepdims=0))
    norm = g.node("ReduceL2", mean, axes=[1], keepdims=1)
    g.nodes.append(helper.make_node("Div", [mean, norm], ["embedding"]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in ("input_ids", "attention_mask")
    ]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", WIDTH])]
    made = helper.make_graph(g.nodes, "minilm", inputs, outputs, g.constants)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9, producer_name="triage"
    )
    onnx.checker.check_model(model)
    return model


def quantised(model: onnx.ModelProto, tokenizer: Path, out: Path) -> None:
    """Writes `model` as int8 model.onnx, and tokenizer.json beside it."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        onnx.save(model, str(whole))
        quantize_dynamic(
            whole, small, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather"]
        )
        shutil.copyfile(small, out / "model.onnx")
    shutil.copyfile(tokenizer, out / "tokenizer.json")


def build(source: Path, out: Path) -> None:
    """The untrained encoder. Raises OSError, KeyError for a source that is not MiniLM's."""
    quantised(graph(tensors(source / "model.safetensors")), source / "tokenizer.json", out)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
