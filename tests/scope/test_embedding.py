"""The encoder and the vectors that come with the product."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from triage.scope import replies, wishes
from triage.scope.embedding import SHIPPED, Encoder

ROOT = Path(__file__).parents[2]
MODEL = Path(os.environ.get("TRIAGE_STATE_DIR", ROOT / "var")).resolve() / "models" / "embedding"
pytestmark = pytest.mark.in_process
NOWHERE = Path("/nowhere.npz")


def test_the_shipped_vectors_are_this_encoder_s() -> None:
    """Int8 rounds differently on another processor and beside other lines, so near and not equal."""
    texts = [wish.text for wish in wishes.load()[::100]]
    shipped, anew = Encoder(MODEL).encode(texts), Encoder(MODEL, NOWHERE).encode(texts)
    alike = (shipped * anew).sum(axis=1)
    assert alike.min() > 0.9
    assert alike.mean() > 0.97


def test_every_shipped_line_has_its_vector() -> None:
    with np.load(SHIPPED) as stored:
        assert len(stored["keys"]) == len({line.text for line in (*wishes.load(), *replies.load())})


def test_order_and_length_do_not_matter() -> None:
    encoder = Encoder(MODEL, NOWHERE)
    texts = ["no", "I would like to come in on Thursday if you have anything in the morning", "refill"] * 15
    together = encoder.encode(texts)
    assert np.allclose((together * encoder.encode(texts[::-1])[::-1]).sum(axis=1), 1.0, atol=0.02)
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_damaged_vectors_are_made_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vectors.npz"
    file.write_bytes(content)
    assert np.array_equal(Encoder(MODEL, file).encode(["hello there"]), Encoder(MODEL, NOWHERE).encode(["hello there"]))


def test_another_encoder_s_vectors_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "vectors.npz"
    encoder = Encoder(MODEL, NOWHERE)
    encoder.remember(["hello there"], file)
    with np.load(file) as stored:
        parts = dict(stored)
    parts["vectors"][:] = 1.0
    np.savez(file, **parts)
    assert np.ptp(Encoder(MODEL, file).encode(["hello there"])) == 0  # they are read
    parts["model"] = np.array("another")
    np.savez(file, **parts)
    assert np.array_equal(Encoder(MODEL, file).encode(["hello there"]), encoder.encode(["hello there"]))
