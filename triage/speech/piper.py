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
from onnxruntime import InferenceSession, SessionOptions  # type: ignore[attr-defined]
from piper import PiperVoice
from piper.config import PiperConfig

from triage.audio.loudness import levelled
from triage.audio.pcm import RATE_HZ, to_pcm
from triage.errors import EngineFailed

logging.getLogger("piper").disabled = True  # at debug level it logs what is said
logging.getLogger("piper.voice").disabled = True

PIECE_BYTES = RATE_HZ * 2 // 5  # 200 ms of PCM
FIRST_CLAUSE_CHARACTERS = 60  # a longer first sentence begins to sound after its first clause
CLAUSE_CHARACTERS_MIN = 12
SENTENCE_GAP_S = 0.15
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CLAUSE = re.compile(r"(?<=[,;:])\s+")
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\[\]]+")  # "[[ ... ]]" would be taken for phonemes


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
    sentences = [each for each in _SENTENCE.split(_UNSPEAKABLE.sub(" ", text).strip()) if each]
    if not sentences or len(sentences[0]) <= FIRST_CLAUSE_CHARACTERS:
        return sentences
    for cut in _CLAUSE.finditer(sentences[0]):
        if cut.start() >= CLAUSE_CHARACTERS_MIN:
            return [sentences[0][: cut.start()], sentences[0][cut.end() :], *sentences[1:]]
    return sentences


def _find(folder: Path) -> Path:
    files = sorted(folder.glob("*.onnx"))
    if len(files) != 1 or not files[0].with_name(files[0].name + ".json").is_file():
        raise EngineFailed(
            "The voice's folder is not whole.",
            advice=f"{folder} must hold one .onnx file and its .onnx.json; `triage models fetch`.",
        )
    return files[0]
