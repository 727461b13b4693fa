"""Piper, the line's voice. The only module that imports it: Piper is GPL-3 and stays inside the speech worker's process.

Its phonemes come from the espeak-ng library and data inside its own wheel; no system package is needed.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from onnxruntime import InferenceSession, SessionOptions
from piper import PiperVoice
from piper.config import PiperConfig

from triage.audio.loudness import levelled
from triage.audio.pcm import RATE_HZ, to_pcm
from triage.errors import EngineFailed
from triage.speech.phrases import sentences

logging.getLogger("piper").disabled = True  # at debug level it logs what is said
logging.getLogger("piper.voice").disabled = True

PIECE_BYTES = RATE_HZ * 2 // 5  # 200 ms of PCM
FIRST_CLAUSE_CHARACTERS = 60  # a longer first sentence begins to sound after its first clause
CLAUSE_CHARACTERS_MIN = 12
SENTENCE_GAP_S = 0.15
_CLAUSE = re.compile(r"(?<=[,;:])\s+")
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\[\]]+")  # "[[ ... ]]" would be taken for phonemes

_MONTHS = "January February March April May June July August September October November December".split()
_ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(\d\d)\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)(?!:?\d)(?:\s*([ap])\.?\s?m\b\.?)?", re.IGNORECASE)
_MONEY = re.compile(r"\$(\d+)(?:\.(\d\d))?\b")
_DIGITS_APART = re.compile(r"\b(?:911|988|999|112|211)\b|\+?\(?\d(?:[-(). ]{0,2}\d){6,14}|\b\d{5,}\b")
_YEAR = re.compile(r"\b(in|since|of|born|year|\d,) 19([1-9]\d)\b(?![:\-/.]\d)")
_TITLES = re.compile(r"\bDr\.(?=\s)")


class Piper:
    """One voice. `speak` may run in several threads at once."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        """Raises EngineFailed, whose advice names the folder, when it holds no usable voice."""
        file = _find(folder)
        options = SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4
        try:
            config = PiperConfig.from_dict(json.loads(file.with_name(file.name + ".json").read_bytes()))
            session = InferenceSession(str(file), sess_options=options, providers=["CPUExecutionProvider"])
            self._voice = PiperVoice(session=session, config=config)
        except Exception as error:
            raise EngineFailed(
                "The voice cannot be loaded.",
                advice=f"{file}: {type(error).__name__}; `triage models verify` says what is wrong.",
            ) from None
        self.name = file.stem
        self.language = str(config.espeak_voice).split("-")[0]

    def warm_up(self) -> None:
        """The first sentence is slower than the rest. Raises EngineFailed when no sound comes."""
        if not any(self.speak("One moment, please.")):
            raise EngineFailed("The voice says nothing.", advice=self.name)

    def speak(self, text: str) -> Iterator[bytes]:
        """PCM, s16le, 8 kHz, in pieces of at most PIECE_BYTES, as it is rendered."""
        for part in pieces_of(text):
            samples = self._render(part)
            pcm = to_pcm(samples) + bytes(2 * round(SENTENCE_GAP_S * RATE_HZ)) if len(samples) else b""
            for start in range(0, len(pcm), PIECE_BYTES):
                yield pcm[start : start + PIECE_BYTES]

    def _render(self, text: str) -> Any:
        rate_hz = self._voice.config.sample_rate
        spoken = [chunk.audio_float_array for chunk in self._voice.synthesize(text)]
        if not spoken:
            return np.zeros(0, np.float32)
        return levelled(soxr.resample(np.concatenate(spoken), rate_hz, RATE_HZ).astype(np.float32), RATE_HZ)


def pieces_of(text: str) -> list[str]:
    """Sentences; the first one only up to its first clause if it is long, so that the caller waits less."""
    parts = sentences(_UNSPEAKABLE.sub(" ", as_spoken(text)))
    if not parts or len(parts[0]) <= FIRST_CLAUSE_CHARACTERS:
        return parts
    for cut in _CLAUSE.finditer(parts[0]):
        if cut.start() >= CLAUSE_CHARACTERS_MIN:
            return [parts[0][: cut.start()], parts[0][cut.end() :], *parts[1:]]
    return parts


def as_spoken(text: str) -> str:
    """English text with numbers as a person at a reception desk says them. Without this espeak reads "911" as nine hundred
    eleven, "555-0123" as a subtraction and "17:00" as seventeen zero zero."""
    text = _ISO_DATE.sub(lambda m: f"{_MONTHS[int(m[2]) - 1]} {int(m[3])}, {m[1]}", text)
    text = _YEAR.sub(r"\1 19 \2", text)
    text = _MONEY.sub(lambda m: f"{m[1]} dollars" + (f" and {int(m[2])} cents" if m[2] else ""), text)
    text = _CLOCK.sub(_clock, text)
    return _DIGITS_APART.sub(_digits_apart, _TITLES.sub("Doctor", text))


def _clock(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    half = half or ("p" if hour > 12 else "")
    minutes = "" if minute == 0 else f" oh {minute}" if minute < 10 else f" {minute}"
    said = f"{(hour - 1) % 12 + 1}{minutes}"
    if not half:
        return said if minutes else f"{said} o'clock"
    # A full stop after "p.m." may have been the sentence's own.
    stop = "." if found[0].endswith(".") and found.end() == len(found.string) else ""
    return f"{said} {half.upper()}M{stop}"


def _digits_apart(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    return ", ".join(" ".join(group) for group in groups)


def _find(folder: Path) -> Path:
    files = sorted(folder.glob("*.onnx"))
    if len(files) != 1 or not files[0].with_name(files[0].name + ".json").is_file():
        raise EngineFailed(
            "The voice's folder is not whole.",
            advice=f"{folder} must hold one .onnx file and its .onnx.json; `triage models fetch`.",
        )
    return files[0]
