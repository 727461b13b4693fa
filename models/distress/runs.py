"""What a training left: weights and how they were made, in one .npz. Shared by training and export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def averaged(
    files: tuple[Path, ...], shares: tuple[float, ...] = ()
) -> tuple[dict[str, np.ndarray[Any, Any]], list[dict[str, Any]]]:
    """Runs from the same beginning, as one model (Wortsman et al. 2022, "Model soups"): better than each, at no cost. `shares`: of each
    run, one each; equal without them. Raises ValueError when there are not as many as runs."""
    shares = shares or (1.0,) * len(files)
    runs, made = [], []
    for file in files:
        with np.load(file) as stored:
            runs.append({name: stored[name] for name in stored.files if name != "made"})
            made.append(json.loads(str(stored["made"])))
    whole = sum(share for share, _ in zip(shares, files, strict=True))
    mean = {
        name: sum(share / whole * run[name] for share, run in zip(shares, runs, strict=True)).astype(np.float32)
        for name in runs[0]
    }
    return mean, [one | {"share": share / whole} for one, share in zip(made, shares, strict=True)]
