"""One text from standard input, spoken by the line's voice into a WAV file (8 kHz, 16 bit, mono). A process of its own, for `triage
speech say`: Piper is GPL-3 and stays out of the commands' process. The text comes by a pipe, for others can read a process's arguments."""

from __future__ import annotations

import sys
import wave
from pathlib import Path

from triage.audio.pcm import RATE_HZ
from triage.errors import EngineFailed
from triage.speech.piper import Piper

if __name__ == "__main__":
    try:
        pcm = b"".join(Piper(Path(sys.argv[1]), threads=1).speak(sys.stdin.read()))
    except EngineFailed as error:
        sys.exit(f"{error.message} {error.advice}")
    with wave.open(sys.argv[2], "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(pcm)
