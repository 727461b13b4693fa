"""Makes the recordings of the demo's callers: 8 kHz G.711 mu-law WAV files, a few tens of kilobytes each.

    .venv/bin/python deploy/drills/make_audio.py

The voice is hibari-tts 0.2.1 "heart" (Apache-2.0), which the appliance never speaks with (it speaks with Piper's "joe"). The
text of each recording is below; the same text gives the same file. A little noise is added, since a telephone is never quiet.
"""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from triage.drill import voice

NOISE_RMS = 25  # of s16 samples, about -62 dBFS
SEED = 20261124

RECORDINGS = {
    "hours": "Hello. Could you tell me until what time you are open on Friday?",
    "no_thanks": "No, that's all. Thank you, goodbye.",
    "reschedule_chest_pain": (
        "Hi, I have an appointment on Thursday and I would like to move it to next week, because, well, I have had this "
        "pressure in my chest since this morning and it goes down my left arm, so I don't really want to drive."
    ),
    "person": "I want to talk to a person, please.",
    "after_hours": "Good evening. My knee has been hurting badly since the operation last week, and I don't know what to do.",
    "after_hours_answer": "Okay. Thank you.",
}


def main() -> None:
    folder = Path(__file__).parent / "audio"
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(SEED)
    for name, text in RECORDINGS.items():
        pcm = np.frombuffer(voice.say(text), "<i2").astype(np.float64)
        noisy = np.clip(pcm + noise.normal(0, NOISE_RMS, pcm.size), -32768, 32767).astype(np.int16)
        write(folder / f"{name}.wav", noisy)
        print(f"{name}: {pcm.size / 8000:.1f} s")


def write(file: Path, samples: np.ndarray) -> None:
    with av.open(str(file), "w", format="wav") as container:
        stream = container.add_stream("pcm_mulaw", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = 8000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


if __name__ == "__main__":
    main()
