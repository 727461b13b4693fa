"""The training authors' lines as the appliance's own recogniser hears them on a bad line: text for training, made by machine.

    .venv/bin/python models/distress/hear_corpus.py --models var/models [--part train] [--each 350]

Spoken by the drills' voice (hibari) at three pitches, through one of phone_line's conditions, decoded by the deployed Whisper. What
came out differently is kept beside its author's file, as corpus/PART/heard/AUTHOR.txt in the same form, with the line it came from
following from level and order. Only utterances that still share half of their words with what was said are kept: a line of which
nothing was heard teaches nothing.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import click
import numpy as np
import soxr
from hibari import SAMPLE_RATE, Hibari
from labels import Line, lines
from phone_line import CONDITIONS, babble_of, on_the_line

from triage.audio.pcm import RATE_HZ, Samples
from triage.speech.whisper import Whisper

HERE = Path(__file__).parent
SEED = 20261124
PITCHES = (0.85, 1.0, 1.15)
SECONDS_MAX = 24
SHARED_MIN = 0.5


def said(voice: Hibari, text: str, pitch: float) -> Samples:
    spoken = np.asarray(voice(text, seed=0, speed=0.95 / pitch), np.float32)
    audio = soxr.resample(spoken, SAMPLE_RATE * pitch, RATE_HZ)
    return (audio / (np.abs(audio).max() or 1.0) * 0.5).astype(np.float32)[: SECONDS_MAX * RATE_HZ]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|\d+", text.lower())


@click.command()
@click.option("--models", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--part", default="train", show_default=True)
@click.option("--each", default=350, show_default=True, help="Lines of each author.")
@click.option("--threads", default=1, show_default=True)
def main(models: Path, part: str, each: int, threads: int) -> None:
    whisper, voice = Whisper(models / "stt", threads=threads, workers=1), Hibari()
    by_author: dict[str, list[Line]] = {}
    for row in lines(HERE / "corpus" / part):
        by_author.setdefault(row.author, []).append(row)
    out = HERE / "corpus" / part / "heard"
    out.mkdir(exist_ok=True)
    babble = babble_of([said(voice, row.text, 1.0) for row in next(iter(by_author.values()))[:30]])
    for author, rows in by_author.items():
        file = out / f"{author}.txt"
        if file.exists():
            continue
        draw = random.Random(f"{SEED} {author}")
        chosen = draw.sample(rows, min(each, len(rows)))
        chance = np.random.default_rng(draw.randrange(2**32))
        kept, started = [], time.monotonic()
        for row in chosen:
            line = on_the_line(said(voice, row.text, draw.choice(PITCHES)), draw.choice(CONDITIONS), babble, chance)
            heard = (
                whisper.decode(line, language="en", hotwords="", thorough=False).text.reveal().strip().replace("|", " ")
            )
            wanted = words(row.text)
            shared = len(set(wanted) & set(words(heard))) / max(1, len(set(wanted)))
            if shared >= SHARED_MIN and words(heard) != wanted:
                kept.append(f"{row.level}|{row.category}|{heard}")
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")
        click.echo(f"{author}: {len(kept)} of {len(chosen)} heard differently, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
