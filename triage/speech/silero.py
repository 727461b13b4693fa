"""Silero VAD v6 (MIT), the ONNX file inside faster-whisper's wheel: how likely each 32 ms of a call hold speech.

It wants 16 kHz, windows of 512 samples with the 64 before them, and its own state carried on from window to window. It also wants a
room: after seconds of digital silence, as a telephone network sends, it takes speech without anything above 4 kHz for half of
speech, and finds its beginning a quarter to two thirds of a second late. A noise that nobody would hear, over the whole band, cures
that (models/cards/silero-vad.md). Only the detector hears it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

from triage.audio.pcm import Framer, Samples
from triage.audio.resampling import Doubler
from triage.errors import EngineFailed

WINDOW_SAMPLES = 512  # at 16 kHz: 32 ms
CONTEXT_SAMPLES = 64
STATE_SHAPE = (1, 1, 128)
ROOM = 0.003  # of full scale, r.m.s.: -50 dB


def bundled() -> Path:
    """The detector's file as installed."""
    from faster_whisper.utils import get_assets_path

    return Path(get_assets_path()) / "silero_vad_v6.onnx"  # type: ignore[no-untyped-call]


class SileroVad:
    """Shared by all calls; each call has its own `stream`. Raises EngineFailed when the file is missing or no such model."""

    def __init__(self, file: Path | None = None) -> None:
        options = SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1  # a window takes a fraction of a millisecond
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        try:
            self._session = InferenceSession(
                str(file or bundled()), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EngineFailed("The voice detector cannot be loaded.", advice=type(error).__name__) from None

    def stream(self) -> VadStream:
        return VadStream(self._session)


class VadStream:
    """One call's detector. Not for two threads at once."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._double = Doubler()
        self._frames = Framer(WINDOW_SAMPLES)
        self._room = np.random.default_rng(0)  # the same for every call: what was heard can be heard again
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._h: Any = np.zeros(STATE_SHAPE, np.float32)
        self._c: Any = np.zeros(STATE_SHAPE, np.float32)

    def push(self, samples: Samples) -> list[float]:
        """8 kHz in; one probability for each further 256 samples of the stream, in order."""
        found: list[float] = []
        for frame in self._frames.push(self._double.push(samples)):
            found.append(self._window(frame))
        return found

    def _window(self, frame: NDArray[np.float32]) -> float:
        frame = frame + ROOM * self._room.standard_normal(len(frame), np.float32)
        window = np.concatenate((self._context, frame))[np.newaxis]
        speech: Any
        speech, self._h, self._c = self._session.run(None, {"input": window, "h": self._h, "c": self._c})
        self._context = frame[-CONTEXT_SAMPLES:]
        return float(speech[0])
