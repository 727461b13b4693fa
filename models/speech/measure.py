"""Measures the speech engines as the worker uses them; the figures in models/cards come from here.

    python models/speech/measure.py MODELS_DIR

Callers are synthetic: hibari-tts, which the line itself does not speak with, brought down to 8 kHz and through mu-law. Real
callers are harder. One CPU thread an engine. The sentences were written for this file; nobody said them.
"""

from __future__ import annotations

import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
import soxr
from hibari import SAMPLE_RATE, Hibari

from triage.audio import endpointing as ep
from triage.audio import g711
from triage.audio.pcm import RATE_HZ, Samples, to_pcm, to_samples
from triage.audio.resampling import double
from triage.speech.piper import Piper
from triage.speech.silero import SileroVad
from triage.speech.whisper import Whisper

SENTENCES = (
    "Hi, I need to reschedule my appointment for next Tuesday.",
    "My chest has been feeling tight since this morning.",
    "Yes.",
    "No, thank you, that was everything.",
    "I would like to talk to a real person please.",
    "What time do you open on Saturday?",
    "My phone number is five five five, two three one nine.",
    "My date of birth is the fourth of March, nineteen seventy two.",
    "I have had a fever and a cough for three days now.",
    "I need a refill of my blood pressure medicine.",
    "My left arm is numb and I cannot lift it.",
    "Can I bring my daughter to the same appointment?",
    "I fell down the stairs and my ankle is swollen.",
    "It hurts when I breathe in.",
    "Do I need to fast before the blood test?",
    "I do not want to be here any more, everything is too much.",
    "The baby has not been drinking since last night.",
    "I took two of the pills instead of one, is that dangerous?",
    "Could you tell me where the clinic is and where to park?",
    "I am calling about the results of my test from last week.",
)
DRUGS = ("lisinopril", "warfarin", "metformin", "levothyroxine", "amlodipine", "albuterol", "gabapentin", "omeprazole")
NUMBERS = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789", strict=True))


def caller(voice: Hibari, text: str, *, pitch: float = 1.0) -> Samples:
    """`pitch`: 0.85 is a deeper, 1.15 a higher speaker with a shorter vocal tract, at the same pace."""
    spoken = np.asarray(voice(text, seed=0, speed=0.95 / pitch), np.float32)
    audio = soxr.resample(spoken, SAMPLE_RATE * pitch, RATE_HZ)
    return telephone(audio / np.abs(audio).max() * 0.5)


def telephone(audio: Samples) -> Samples:
    return to_samples(g711.mu_law_decode(g711.mu_law_encode(to_pcm(audio.astype(np.float32)))))


def noisy(audio: Samples, noise: Samples, snr_db: float) -> Samples:
    noise = np.resize(noise, len(audio))
    gain = np.sqrt(np.mean(audio**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return telephone(audio + noise * gain)


def words_of(text: str) -> list[str]:
    """Case, punctuation and the way in which numbers are written do not count as errors."""
    text = re.sub(r"(?<=\d)[-,. ](?=\d)", "", text.lower().replace("any more", "anymore"))
    text = re.sub(r"(\d+)(?:st|nd|rd|th)\b", r"\1", text)
    words: list[str] = []
    for word in re.findall(r"[a-z']+|\d", text):
        words.append(NUMBERS.get(word, word))
    return words


def errors(wanted: list[str], got: list[str]) -> int:
    row = list(range(len(got) + 1))
    for i, want in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, have in enumerate(got, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (want != have))
    return row[-1]


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def recognition(whisper: Whisper, name: str, callers: list[Samples]) -> None:
    began, wrong, total = cpu_s(), 0, 0
    for text, audio in zip(SENTENCES, callers, strict=True):
        padded = np.pad(audio, 1600).astype(np.float32)
        got = whisper.decode(padded, language="en", hotwords="", thorough=True)
        wanted = words_of(text)
        found = errors(wanted, words_of(got.text.reveal()))
        wrong, total = wrong + found, total + len(wanted)
        if found and "-v" in sys.argv:
            print(f"    {found} of {len(wanted)}: {got.text.reveal()}  [{got.confidence:.2f}]")
    print(f"{name}: WER {100 * wrong / total:.1f} %, {(cpu_s() - began) / len(callers):.3f} CPU-s an utterance")


def stock(whisper: Whisper, callers: list[Samples]) -> None:
    began, wrong, total = cpu_s(), 0, 0
    for text, audio in zip(SENTENCES, callers, strict=True):
        segments, _ = whisper._model.transcribe(double(np.pad(audio, 1600)), language="en", without_timestamps=True)
        wanted = words_of(text)
        wrong += errors(wanted, words_of(" ".join(segment.text for segment in segments)))
        total += len(wanted)
    print(
        f"stock transcribe(), 30 s: WER {100 * wrong / total:.1f} %, {(cpu_s() - began) / len(callers):.3f} CPU-s an utterance"
    )


def hotwords(whisper: Whisper, voice: Hibari) -> None:
    for prompt in ("", ", ".join(DRUGS)):
        right = 0
        for drug in DRUGS:
            audio = np.pad(caller(voice, f"I need a refill of {drug}, please."), 1600)
            got = whisper.decode(audio, language="en", hotwords=prompt, thorough=True)
            right += drug in got.text.reveal().lower()
        print(f"drug names {'with' if prompt else 'without'} hotwords: {right} of {len(DRUGS)}")
    inserted = 0
    for text in SENTENCES:
        got = whisper.decode(np.pad(caller(voice, text), 1600), language="en", hotwords=", ".join(DRUGS), thorough=True)
        inserted += any(drug in got.text.reveal().lower() for drug in DRUGS)
    print(f"hotwords heard where none was said: {inserted} of {len(SENTENCES)} sentences")


def endpoints(vad: SileroVad, name: str, callers: list[Samples], background: Samples) -> None:
    delays, begins, split, missed, windows = [], [], 0, 0, 0
    began = cpu_s()
    for audio in callers:
        line = np.resize(background, len(audio) + 4 * RATE_HZ).copy()
        line[RATE_HZ : RATE_HZ + len(audio)] += audio
        loud = np.flatnonzero(np.abs(audio) > 0.01) + RATE_HZ
        stream, endpointer, events = vad.stream(), ep.Endpointer(), []
        for number, speech in enumerate(stream.push(line.astype(np.float32)), 1):
            events += endpointer.window(speech, number * ep.WINDOW_SAMPLES)
            windows += 1
        ends = [e for e in events if isinstance(e, ep.Ended)]
        missed, split = missed + (not ends), split + (len(ends) > 1)
        if ends:
            delays.append((ends[-1].decided_at_sample - loud[-1]) / RATE_HZ)
            begins.append((next(e for e in events if isinstance(e, ep.Began)).at_sample - loud[0]) / RATE_HZ)
    print(
        f"endpoint, {name}: p50 {np.median(delays):.2f} s, p95 {np.quantile(delays, 0.95):.2f} s after the last sound; "
        f"onset off by p50 {np.median(begins):+.2f} s; missed {missed}, split {split} of {len(callers)}; "
        f"{(cpu_s() - began) / windows * 1000:.2f} CPU-ms a window of 32 ms"
    )


def false_alarms(vad: SileroVad, name: str, noise: Samples) -> None:
    endpointer = ep.Endpointer()
    begun = sum(
        isinstance(event, ep.Began)
        for number, speech in enumerate(vad.stream().push(noise), 1)
        for event in endpointer.window(speech, number * ep.WINDOW_SAMPLES)
    )
    print(f"speech found in {len(noise) / RATE_HZ:.0f} s of {name}: {begun}")


def speaking(piper: Piper) -> None:
    texts = [
        *SENTENCES[:12],
        "Please tell me your full name, your date of birth, and the number that we can reach you at.",
    ]
    firsts, cpu, seconds = [], cpu_s(), 0.0
    for text in texts:
        began = time.perf_counter()
        for number, piece in enumerate(piper.speak(text)):
            if not number:
                firsts.append(time.perf_counter() - began)
            seconds += len(piece) / 2 / RATE_HZ
    print(
        f"first audio p50 {np.median(firsts):.2f} s, max {max(firsts):.2f} s; "
        f"CPU real-time factor {(cpu_s() - cpu) / seconds:.2f}"
    )


def main() -> None:
    models, rng = Path(sys.argv[1]), np.random.default_rng(7)
    began = time.perf_counter()
    whisper = Whisper(models / "stt", threads=1, workers=1)
    whisper.warm_up()
    print(f"Whisper ready after {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    piper = Piper(models / "tts", threads=1)
    piper.warm_up()
    print(f"Piper ready after {time.perf_counter() - began:.1f} s")
    print(f"peak memory with both: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    voice, vad = Hibari(), SileroVad()
    clean = [caller(voice, text) for text in SENTENCES]
    babble = telephone(sum(np.resize(np.roll(np.concatenate(clean), k * 9973), 60 * RATE_HZ) for k in range(6)) / 6)
    hum = telephone((0.05 * np.sin(2 * np.pi * 50 * np.arange(60 * RATE_HZ) / RATE_HZ)).astype(np.float32))
    white = rng.standard_normal(60 * RATE_HZ).astype(np.float32) * np.float32(0.03)
    recognition(whisper, "mu-law", clean)
    stock(whisper, clean)
    recognition(whisper, "mu-law, deeper speaker", [caller(voice, text, pitch=0.85) for text in SENTENCES])
    recognition(whisper, "mu-law, higher speaker", [caller(voice, text, pitch=1.15) for text in SENTENCES])
    recognition(whisper, "mu-law, white noise 0 dB", [noisy(a, white, 0) for a in clean])
    recognition(whisper, "mu-law, white noise 10 dB", [noisy(a, white, 10) for a in clean])
    recognition(whisper, "mu-law, six voices behind, 10 dB", [noisy(a, babble, 10) for a in clean])
    hotwords(whisper, voice)
    silence = np.zeros(RATE_HZ, np.float32)
    endpoints(vad, "quiet line", clean, silence)
    endpoints(vad, "white noise 10 dB", clean, white * np.float32(np.std(clean[0]) * 10**-0.5 / 0.03))
    for name, noise in (
        ("digital silence", np.zeros(60 * RATE_HZ, np.float32)),
        ("white noise", white),
        ("mains hum", hum),
    ):
        false_alarms(vad, name, telephone(noise))
    speaking(piper)


if __name__ == "__main__":
    main()
