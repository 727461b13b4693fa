"""Hearing: short-window decoding beside stock faster-whisper and a plain loop, on the same real speech through mu-law, in one run.

    python -m tests.bench.hearing --data ../shared/data [--each 40]

Real speech: strings of spoken digits (fsdd, 8 kHz; word error rate) and spoken orders (picovoice, 16 kHz brought down to 8; share of the
labelled slot values that are in the text). Neither is a patient. The data is not in the repository."""

from __future__ import annotations

import json
import random
import re
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
import soxr
from faster_whisper import WhisperModel
from rich.console import Console

from tests.bench.report import report
from triage import config, weights
from triage.audio import g711
from triage.audio.pcm import RATE_HZ, Samples, to_pcm, to_samples
from triage.audio.resampling import double
from triage.figures import Share
from triage.speech.whisper import Whisper

SEED = 20261126
DIGITS = "zero one two three four five six seven eight nine".split()
STEP_S = 0.6  # of a loop over what was said so far
Decode = Callable[[Samples], str]


def telephone(audio: Any, rate_hz: int) -> Samples:
    at_8k = soxr.resample(audio, rate_hz, RATE_HZ).astype(np.float32)
    return to_samples(g711.mu_law_decode(g711.mu_law_encode(to_pcm(at_8k / max(1e-6, np.abs(at_8k).max()) * 0.5))))


def read(file: Path) -> tuple[Any, int]:
    with wave.open(str(file), "rb") as wav:
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float32) / 32768, wav.getframerate()


def digit_strings(folder: Path, count: int, draw: random.Random) -> list[tuple[str, Samples]]:
    """Telephone numbers of one speaker, with a breath between three and four."""
    by_speaker: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.wav")):
        by_speaker.setdefault(file.stem.split("_")[1], []).append(file)
    out = []
    for _ in range(count):
        files = [draw.choice(by_speaker[draw.choice(sorted(by_speaker))])]
        speaker = files[0].stem.split("_")[1]
        files += [draw.choice(by_speaker[speaker]) for _ in range(6)]
        parts: list[Any] = []
        for place, file in enumerate(files):
            audio, rate_hz = read(file)
            gap = 0.35 if place == 2 else 0.12
            parts += [telephone(audio, rate_hz), np.zeros(int(gap * RATE_HZ), np.float32)]
        out.append(("".join(file.stem[0] for file in files), np.concatenate(parts)))
    return out


def digits_of(text: str) -> str:
    found = []
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        found.append(
            word if word.isdigit() else str(DIGITS.index(word)) if word in DIGITS else "0" if word == "oh" else "x"
        )
    return "".join(found)


def errors(wanted: str, heard: str) -> int:
    row = list(range(len(heard) + 1))
    for i, a in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def same(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--config", "file", type=click.Path(path_type=Path), default=Path("deploy/triage.toml"))
@click.option("--each", default=40, show_default=True, help="Recordings of each kind.")
def main(data: Path, file: Path, each: int) -> None:
    settings = config.load(file)
    folder = weights.find(settings.path(settings.storage.models_manifest), settings.models_dir, "stt")
    ours = Whisper(folder, threads=1, workers=1, others=settings.speech.others)
    stock = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)

    def by_stock(audio: Samples) -> str:
        return "".join(part.text for part in stock.transcribe(double(audio), language="en", beam_size=5)[0])

    def looped(step: Decode) -> Decode:
        def loop(audio: Samples) -> str:
            text = ""
            for end in range(int(STEP_S * RATE_HZ), len(audio) + int(STEP_S * RATE_HZ), int(STEP_S * RATE_HZ)):
                text = step(audio[:end])
            return text

        return loop

    def by_us(audio: Samples, *, thorough: bool = True) -> str:
        return ours.decode(audio, language="en", hotwords="", thorough=thorough).text.reveal()

    draw = random.Random(SEED)
    numbers = digit_strings(data / "fsdd", each, draw)
    labels = json.loads(next((data / "picovoice").glob("*.json")).read_text(encoding="utf-8"))
    orders = draw.sample(sorted(labels), min(each, len(labels)))
    spoken = [(labels[name]["slots"], telephone(*read(data / "picovoice" / name))) for name in orders]
    ways: dict[str, Decode] = {
        "short window, as finals are decoded": by_us,
        "stock transcribe(), 30 s window": by_stock,
        f"stock transcribe() every {STEP_S} s, a plain loop": looped(by_stock),
        f"short window every {STEP_S} s, as partials are": looped(lambda audio: by_us(audio, thorough=False)),
    }
    rows: list[dict[str, Any]] = []
    cost: dict[str, float] = {}
    for name, decode in ways.items():
        decode(numbers[0][1])
        began, wrong, figures, hits, slots = time.process_time(), 0, 0, 0, 0
        for wanted, audio in numbers:
            wrong += errors(wanted, digits_of(decode(audio)))
            figures += len(wanted)
        for wanted_slots, audio in spoken:
            text = f" {same(decode(audio))} "
            hits += sum(f" {same(value)} " in text for value in wanted_slots.values())
            slots += len(wanted_slots)
        cost[name] = (time.process_time() - began) / (len(numbers) + len(spoken))
        share = Share(hits, slots)
        rows.append({
            "measure": name, "n": len(numbers) + len(spoken), "cpu_s_each": round(cost[name], 3),
            "digit_error_rate": round(wrong / figures, 3), "digits": figures, "slots_heard": f"{share.hits}/{share.total}",
        })  # fmt: skip
    first, plain, loop, partial = cost.values()
    rows.append({"measure": "stock / short window, CPU", "ratio": round(plain / first, 2)})
    rows.append(
        {"measure": "plain loop / short partials and one final, CPU", "ratio": round(loop / (partial + first), 2)}
    )
    report(Console(), "hearing", rows)


if __name__ == "__main__":
    main()
