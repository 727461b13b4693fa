"""Records the Spanish sentences of the matrix, and the pieces of numbers and times: triage/speech/recorded/es.json and es.ulaw.

    PYTHONPATH=. KOKORO/bin/python models/speech/record_spanish.py --kokoro DIR [--matrix deploy/matrix.toml]

Voice: Kokoro-82M v1.0, ef_dora (Apache-2.0), Latin American Spanish phonemes of espeak-ng. DIR holds kokoro.onnx and voices.npz. A clinic that
changes a Spanish sentence records again, or has the sentence read by a person; without its recording the line speaks English.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import click
import numpy as np
import soxr
from kokoro_onnx import Kokoro

from triage.audio.g711 import mu_law_encode
from triage.audio.loudness import levelled
from triage.audio.pcm import RATE_HZ
from triage.handoff.spanish import PARTS_OF_DAY, TODAY, TOMORROW, days, digits, hours, minutes, months, numbers

HERE = Path(__file__).parents[2]
OUT = HERE / "triage" / "speech" / "recorded"
QUIET, KEPT_S = 0.008, 0.04  # what is quieter than this is cut off at both ends, but for a moment


def texts(matrix: Path) -> list[str]:
    out: list[str] = []
    for file in (HERE / "triage" / "escalation" / "fail_safe.toml", matrix):
        for sentence in tomllib.loads(file.read_text(encoding="utf-8"))["sentence"].values():
            # Sentence by sentence: so a clinic's change costs only what it changed, and a placeholder splits its own.
            for part in re.split(r"(?<=[.?!])\s+|\{\w+\}", sentence.get("es", "")):
                if re.search(r"\w", part):
                    out.append(part.strip(" ."))
    return list(dict.fromkeys([*out, *hours(), *minutes(), *PARTS_OF_DAY, TODAY, TOMORROW, *days(), *numbers(), *months(), *digits()]))  # fmt: skip


@click.command()
@click.option("--kokoro", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--matrix", type=click.Path(path_type=Path, exists=True), default=HERE / "deploy" / "matrix.toml")
def main(kokoro: Path, matrix: Path) -> None:
    voice = Kokoro(str(kokoro / "kokoro.onnx"), str(kokoro / "voices.npz"))
    index, sound = [], bytearray()
    every = texts(matrix)
    for number, text in enumerate(every, 1):
        audio, rate_hz = voice.create(text, voice="ef_dora", lang="es-419", speed=0.95)
        at_8k = soxr.resample(np.asarray(audio, np.float32), rate_hz, RATE_HZ)
        loud = np.flatnonzero(np.abs(at_8k) > QUIET)
        at_8k = at_8k[max(0, loud[0] - int(KEPT_S * RATE_HZ)) : loud[-1] + int(KEPT_S * RATE_HZ)]
        pcm = (np.clip(levelled(at_8k.astype(np.float32), RATE_HZ), -1, 1) * 32767).astype(np.int16)
        coded = mu_law_encode(pcm.tobytes())
        index.append([text, len(sound), len(coded)])
        sound += coded
        click.echo(f"{number}/{len(every)} {len(coded) / RATE_HZ:.1f} s {text}")
    OUT.mkdir(exist_ok=True)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in index)
    (OUT / "es.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8")
    (OUT / "es.ulaw").write_bytes(sound)


if __name__ == "__main__":
    main()
