"""The test caller's voice: hibari's "heart", which the appliance never speaks with; and recordings.

PCM is s16le, mono, 8,000 Hz.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from triage.call.events import SAMPLE_RATE_HZ
from triage.errors import UsageError

PEAK = 0.5  # of full scale: the loudness of an ordinary telephone talker
SOUND = 300  # absolute sample value above which there is sound


@lru_cache(maxsize=1)
def _voice() -> object:
    from hibari import Hibari  # half a second to import; only drills need it

    return Hibari()


def say(text: str, *, speed: float = 0.95) -> bytes:
    """The text, spoken. The same text gives the same audio."""
    from hibari import SAMPLE_RATE

    text = re.sub(r"\b([Nn]o)\.", r"\1!", text)  # the voice would say "number"
    audio = np.asarray(_voice()(text, seed=0, speed=speed), dtype=np.float32)  # type: ignore[operator]
    return _to_pcm(soxr.resample(audio, SAMPLE_RATE, SAMPLE_RATE_HZ))


def recording(file: Path) -> bytes:
    """Any audio file, G.711 too. Raises UsageError when it is none."""
    try:
        with av.open(str(file)) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
            frames = [
                out.to_ndarray().reshape(-1)
                for frame in (*container.decode(audio=0), None)
                for out in resampler.resample(frame)
            ]
    except (av.FFmpegError, IndexError, OSError):
        raise UsageError("The recording cannot be read.", advice=str(file)) from None
    return np.concatenate(frames).astype("<i2").tobytes() if frames else b""


def words_end_s(pcm: bytes) -> float:
    """Seconds from the start to the last sound."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > SOUND)
    return float(loud[-1] + 1) / SAMPLE_RATE_HZ if loud.size else 0.0


def _to_pcm(audio: NDArray[np.float32]) -> bytes:
    peak = float(np.abs(audio).max()) or 1.0
    return (audio / peak * PEAK * 32767).astype("<i2").tobytes()
