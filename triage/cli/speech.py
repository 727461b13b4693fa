"""`triage speech`: the line's ears and voice on files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from triage import config, weights
from triage.cli.distress import CONFIG
from triage.errors import EngineFailed, UsageError
from triage.speech import files
from triage.speech.whisper import Whisper
from triage.speech.wire import check_text, hotword_prompt

SAY_S_MAX = 300


@click.group()
def speech() -> None:
    """The line's ears and voice, on files."""


@speech.command()
@CONFIG
@click.option("--language", help='That is expected (ISO 639-1); "" for whatever is spoken. By default the line\'s own.')
@click.option("--hotword", "hotwords", multiple=True, help="A name or medicine that may occur; may be given often.")
@click.argument("recordings", type=click.Path(path_type=Path), nargs=-1, required=True)
def transcribe(file: Path, language: str | None, hotwords: tuple[str, ...], recordings: tuple[Path, ...]) -> None:
    """One JSON line a file: {"file","text","words":[{"w","start","end","p"}],"language","cpu_s"}; times in seconds."""
    settings = config.load(file)
    if missing := [str(one) for one in recordings if not one.is_file()]:
        raise UsageError("There is no such file.", advice=", ".join(missing[:5]))
    folder = weights.find(
        settings.path(settings.storage.models_manifest), settings.models_dir, settings.speech.recognizer
    )
    whisper = Whisper(
        folder, threads=settings.speech.threads, workers=1, device=settings.speech.device, others=settings.speech.others
    )
    wanted = settings.speech.language if language is None else language
    if not whisper.speaks(wanted):
        raise UsageError("The recogniser does not know this language.", advice=wanted)
    prompt = hotword_prompt(hotwords)
    for one in recordings:
        said = files.transcribe(one, whisper, language=wanted, hotwords=prompt)
        words = [
            {"w": w.text.reveal(), "start": round(w.start_s, 3), "end": round(w.end_s, 3), "p": round(w.probability, 4)}
            for w in said.words
        ]
        row = {
            "file": str(one),
            "text": said.text,
            "words": words,
            "language": said.language,
            "cpu_s": round(said.cpu_s, 3),
        }
        click.echo(json.dumps(row, ensure_ascii=False))


@speech.command()
@CONFIG
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="WAV, 8 kHz, 16 bit, mono.")
@click.argument("text")
def say(file: Path, out: Path, text: str) -> None:
    """TEXT in the line's voice, as a caller would hear it; numbers, times and telephone numbers as people say them."""
    settings = config.load(file)
    check_text(text)
    if not out.parent.is_dir():
        raise UsageError("There is no such folder.", advice=str(out.parent))
    folder = weights.find(settings.path(settings.storage.models_manifest), settings.models_dir, settings.speech.voice)
    part = out.with_name(f".{out.name}.part")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "triage.speech.say", str(folder), str(part)],
            input=text, text=True, capture_output=True, timeout=SAY_S_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            raise EngineFailed(
                "The text could not be spoken.",
                advice=done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "",
            )
        part.replace(out)
    except subprocess.TimeoutExpired:
        raise EngineFailed("The text could not be spoken in time.", advice="Shorten it.") from None
    finally:
        part.unlink(missing_ok=True)
