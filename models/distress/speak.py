"""Speaks labelled lines in voices that neither the appliance nor the training uses: the callers of the through-audio evaluation.

    PYTHONPATH=. ENV/bin/python models/distress/speak.py FOLDER_OF_LINES --kokoro FOLDER --out var/distress/spoken.npz [--each 40]
    .venv/bin/python models/distress/speak.py FOLDER_OF_LINES --out var/distress/spoken.npz      in the test caller's one voice

ENV holds kokoro-onnx, soxr and click (evaluation only; none of it ships). FOLDER holds kokoro.onnx and voices.npz (Kokoro-82M, Apache-2.0).
Writes {"level|category|author|text": G.711 mu-law bytes at 8 kHz}. The voice of a line follows from its text.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import soxr
from labels import Line, lines

from triage.audio import g711
from triage.drill import voice as test_caller

RATE_HZ = 8000
PEAK = 0.5
VOICES = (
    "af_bella", "af_nova", "af_sarah", "af_kore", "am_adam", "am_eric", "am_michael", "am_onyx", "bf_emma", "bf_lily", "bm_george",
    "bm_lewis", "ef_dora", "em_alex", "hf_alpha", "hm_omega",
)  # fmt: skip
SPEEDS = (0.85, 1.0, 1.15)
SEED = 20261124


def chosen(rows: list[Line], each: int) -> list[Line]:
    """`each` lines of danger, crisis, clinical, human, and of hard negatives and routine."""
    groups: dict[str, list[Line]] = {}
    for row in rows:
        kind = row.level if row.level != "none" else ("hard" if row.category.startswith("hard") else "routine")
        if kind in ("danger", "crisis", "clinical", "human", "hard", "routine"):
            groups.setdefault(kind, []).append(row)
    out = []
    for kind in sorted(groups):
        random.Random(SEED).shuffle(groups[kind])
        out += groups[kind][:each]
    return out


def many_voices(folder: Path) -> Callable[[str], bytes]:
    """Text to s16le at 8 kHz."""
    from kokoro_onnx import Kokoro

    engine = Kokoro(str(folder / "kokoro.onnx"), str(folder / "voices.npz"))

    def say(text: str) -> bytes:
        at = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        voice, speed = VOICES[at % len(VOICES)], SPEEDS[at // 100 % len(SPEEDS)]
        audio, rate = engine.create(text, voice=voice, speed=speed, lang="en-gb" if voice[0] == "b" else "en-us")
        pcm = soxr.resample(np.asarray(audio, np.float32), rate, RATE_HZ)
        return (pcm / (np.abs(pcm).max() or 1.0) * PEAK * 32767).astype("<i2").tobytes()

    return say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--kokoro", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--each", default=40, show_default=True)
def main(folder: Path, kokoro: Path | None, out: Path, each: int) -> None:
    say = many_voices(kokoro) if kokoro else test_caller.say
    rows = chosen(list(lines(folder)), each)
    spoken = {}
    for number, row in enumerate(rows, 1):
        spoken[f"{row.level}|{row.category}|{row.author}|{row.text}"] = np.frombuffer(
            g711.mu_law_encode(say(row.text)), np.uint8
        )
        if number % 20 == 0 or number == len(rows):
            print(f"spoken {number}/{len(rows)}", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, keys=np.array(list(spoken)), **{f"a{i}": audio for i, audio in enumerate(spoken.values())})


if __name__ == "__main__":
    main()
