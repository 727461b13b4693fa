"""A recording in a file, whole: decoded, cut where nobody speaks, and transcribed as a call's finals are.

Any container and rate that FFmpeg's libraries read. What is 8 kHz stays telephone audio; anything wider is heard at 16 kHz.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper.audio import decode_audio
from faster_whisper.vad import VadOptions, get_speech_timestamps

from triage.errors import UsageError
from triage.speech.whisper import RATE_HZ, SpokenWord, Whisper

PIECE_S_MAX = 26.0  # of what is decoded at once
PACKED_GAP_S = 1.5  # a shorter pause stays inside a piece: the words around it help each other
PAD_S = 0.25
SECONDS_MAX = 4 * 3600


@dataclass(frozen=True, slots=True)
class FileTranscript:
    """`cpu_s`: processor time of all threads of this process, decoding the file included."""

    text: str
    words: tuple[SpokenWord, ...]
    language: str
    cpu_s: float


def transcribe(file: Path, whisper: Whisper, *, language: str, hotwords: str = "") -> FileTranscript:
    """Raises UsageError for what is no readable recording."""
    began = time.process_time()
    try:
        audio = np.asarray(decode_audio(str(file), sampling_rate=RATE_HZ), np.float32)
    except Exception as error:  # FFmpeg's errors are of many kinds
        raise UsageError(
            "This file holds no audio that can be read.", advice=f"{file}: {type(error).__name__}"
        ) from None
    if len(audio) > SECONDS_MAX * RATE_HZ:
        raise UsageError("This recording is too long.", advice=f"{file}: at most {SECONDS_MAX // 3600} hours.")
    texts: list[str] = []
    words: list[SpokenWord] = []
    languages: list[str] = []
    for first, end in _pieces(audio):
        said = whisper.decode(audio[first:end], rate_hz=RATE_HZ, language=language, hotwords=hotwords, thorough=True)
        at_s = first / RATE_HZ
        words += [SpokenWord(w.text, at_s + w.start_s, at_s + w.end_s, w.probability) for w in said.words]
        if said.text.strip():
            texts.append(said.text.strip())
            languages.append(said.language)
    main = max(languages, key=languages.count) if languages else language
    return FileTranscript(" ".join(texts), tuple(words), main, time.process_time() - began)


def _pieces(audio: Any) -> list[tuple[int, int]]:
    """(first, end) samples of speech, each at most PIECE_S_MAX long."""
    options = VadOptions(threshold=0.4, min_silence_duration_ms=300, speech_pad_ms=0, max_speech_duration_s=PIECE_S_MAX)
    pieces: list[tuple[int, int]] = []
    pad = int(PAD_S * RATE_HZ)
    for stretch in get_speech_timestamps(audio, options):
        first, end = max(0, stretch["start"] - pad), min(len(audio), stretch["end"] + pad)
        if pieces and first - pieces[-1][1] <= PACKED_GAP_S * RATE_HZ and end - pieces[-1][0] <= PIECE_S_MAX * RATE_HZ:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((max(first, pieces[-1][1] if pieces else 0), end))
    return pieces
