"""Whisper through faster-whisper's CTranslate2 model: one utterance in, its text out.

Whisper was made for 30 s and stock code always pads to that. Here the window is as long as the utterance, 7.5 s at least
(below that its quality falls): the same words for a quarter of the work. With that, what stock code does around the model is
done here as well: temperature fallback, repetition and no-speech guards (Radford et al. 2022, section 4.5). Never call this on
audio in which the voice detector found no speech: Whisper speaks in silence.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import _LANGUAGE_CODES, Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from triage.audio.pcm import Samples
from triage.audio.resampling import double
from triage.errors import EngineFailed
from triage.privacy.phi import NOTHING, Phi

RATE_HZ = 16_000
HOP_SAMPLES = 160  # 10 ms: one column of the spectrogram
WINDOW_S_MIN = 7.5
WINDOW_S_MAX = 30.0
TAIL_S = 0.5  # of silence behind the audio: where a word is cut off at the very end, Whisper loops
BEAMS = 5  # of a final; a partial is greedy
TEMPERATURES = (0.0, 0.4, 0.8)  # of a final; at most three decodes
LOGPROB_MIN = -1.0  # mean a token: below, try again
COMPRESSION_MAX = 2.4  # above, it repeats itself
NO_SPEECH_MAX = 0.6  # with a poor logprob too: nothing was said
LIKELY, SURE = (
    0.3,
    0.8,
)  # that it is another language: of all, and beside the expected one; a mumbled word looks like many
WORDS_A_SECOND_MAX = 8.0  # faster than anybody speaks
TOKENS_A_SECOND_MAX = 12
TOKENS_MIN = 24
TOKENS_MAX = 220  # Whisper has room for 448 with the prompt
HOTWORD_TOKENS_MAX = 120
LOOPED_CONFIDENCE_MAX = 0.3  # a transcription that had to be cut out of a loop counts as not understood
LOOP = re.compile(r"(\b.{2,60}?)(?:[\s,.]+\1){4,}", re.IGNORECASE)  # the same words five times or more
TWICE_WORDS_MIN = 4  # fewer are said again in earnest: "help me, help me"
_LETTERS = re.compile(r"[^\w]")
FILES = ("config.json", "model.bin", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    text: Phi
    start_s: float  # from the beginning of the audio
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Decoded:
    text: Phi
    words: tuple[SpokenWord, ...]
    confidence: float  # mean word probability, 0..1
    no_speech: float
    language: str
    decode_s: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    tokens: list[int]
    text: str
    logprob: float  # mean a token
    no_speech: float
    poor: bool


class Whisper:
    """Safe for several threads at once: CTranslate2 queues what goes beyond its workers."""

    def __init__(
        self, folder: Path, *, threads: int, workers: int, device: str = "cpu", others: Collection[str] = ()
    ) -> None:
        """`others`: languages that a final may turn out to be in. Raises EngineFailed, whose advice names the folder, when it holds
        no usable model."""
        _check(folder)
        self._others = frozenset(others)
        try:
            self._model = WhisperModel(
                str(folder),
                device=device,
                compute_type="int8" if device == "cpu" else "int8_float16",
                cpu_threads=threads,
                num_workers=workers,
                local_files_only=True,
            )
        except Exception as error:
            raise _unusable(folder, type(error).__name__) from None
        self._folder = folder
        self._suppressed = list(get_suppressed_tokens(self._tokenizer("en"), [-1]) or ())  # type: ignore[arg-type]

    def speaks(self, language: str) -> bool:
        """Is `language` ("en", "es", or "" for whatever it is) one that this model knows?"""
        return language in ("", "en") or (self._model.model.is_multilingual and language in _LANGUAGE_CODES)

    def warm_up(self) -> None:
        """The first decode is slower than the rest. Raises EngineFailed for a model that loads but cannot be run, such as one
        whose spectrogram differs from what its preprocessor_config.json (or none) says."""
        try:
            self.decode(np.zeros(8000, np.float32), language="en", hotwords="", thorough=True)
        except (RuntimeError, ValueError, IndexError) as error:
            raise _unusable(self._folder, type(error).__name__) from None

    def decode(
        self, samples: Samples, *, language: str, hotwords: str, thorough: bool, rate_hz: int = RATE_HZ // 2
    ) -> Decoded:
        """`samples` at 8 or 16 kHz, at most WINDOW_S_MAX. `thorough`: beams, fallback and word times, for finals."""
        began = time.perf_counter()
        audio = samples[: int(WINDOW_S_MAX * rate_hz)]
        audio = audio if rate_hz == RATE_HZ else double(audio)
        duration_s = len(audio) / RATE_HZ
        encoded = self._model.encode(self._features(audio))
        language = self._heard_in(encoded, language, thorough)
        tokenizer = self._tokenizer(language)
        best = self._best(encoded, tokenizer, hotwords, duration_s, thorough)
        if best.no_speech > NO_SPEECH_MAX and best.logprob < LOGPROB_MIN:
            return Decoded(NOTHING, (), 0.0, best.no_speech, language, time.perf_counter() - began)
        words = self._words(encoded, tokenizer, best, duration_s) if thorough else _spread(best, duration_s)
        text, looped = _unlooped(best.text)
        if not looped and (count := _said_twice(text)):
            text, words = " ".join(text.split()[:count]), words[:count]
        confidence = float(np.mean([word.probability for word in words])) if words else 0.0
        if looped:
            words, confidence = (), min(confidence, LOOPED_CONFIDENCE_MAX)
        return Decoded(Phi(text), words, confidence, best.no_speech, language, time.perf_counter() - began)

    def _tokenizer(self, language: str) -> Any:
        model = self._model
        return Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language)

    def _features(self, audio: Samples) -> Any:
        window_s = min(max(WINDOW_S_MIN, len(audio) / RATE_HZ + TAIL_S), WINDOW_S_MAX)
        columns = int(np.ceil(window_s * RATE_HZ / HOP_SAMPLES / 2)) * 2  # the encoder halves them
        padded = np.pad(audio, (0, max(0, columns * HOP_SAMPLES - len(audio))))
        return self._model.feature_extractor(padded)[:, :columns]

    def _heard_in(self, encoded: Any, expected: str, thorough: bool) -> str:
        """Told one language, Whisper writes a sentence in another down half translated. A final is therefore looked at once more."""
        if not self._model.model.is_multilingual:
            return "en"
        if expected and not (thorough and self._others):
            return expected
        ranked: dict[str, float] = {token[2:-2]: float(p) for token, p in self._model.model.detect_language(encoded)[0]}
        if not expected:
            return max(ranked, key=ranked.__getitem__)
        other = max(self._others, key=lambda language: ranked.get(language, 0.0))
        likely = ranked.get(other, 0.0)
        return other if likely >= LIKELY and likely >= SURE * (likely + ranked.get(expected, 0.0)) else expected

    def _best(self, encoded: Any, tokenizer: Any, hotwords: str, duration_s: float, thorough: bool) -> _Attempt:
        """The first good attempt, or else the likeliest one that does not repeat itself."""
        attempts: list[_Attempt] = []
        for temperature in TEMPERATURES if thorough else TEMPERATURES[:1]:
            attempt = self._attempt(encoded, tokenizer, hotwords, duration_s, temperature, thorough)
            attempts.append(attempt)
            silent = attempt.no_speech > NO_SPEECH_MAX and attempt.logprob < LOGPROB_MIN
            if silent or not (attempt.poor or attempt.logprob < LOGPROB_MIN):
                return attempt
        return max(attempts, key=lambda attempt: (not attempt.poor, attempt.logprob))

    def _attempt(
        self, encoded: Any, tokenizer: Any, hotwords: str, duration_s: float, temperature: float, thorough: bool
    ) -> _Attempt:
        prompt: list[int] = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if hotwords:
            prompt = [int(tokenizer.sot_prev), *tokenizer.encode(" " + hotwords)[:HOTWORD_TOKENS_MAX], *prompt]
        room = min(TOKENS_MAX, TOKENS_MIN + int(TOKENS_A_SECOND_MAX * duration_s))
        sampling = (
            {"beam_size": 1, "num_hypotheses": 1, "sampling_topk": 0, "sampling_temperature": temperature}
            if temperature
            else {"beam_size": BEAMS if thorough else 1}
        )
        result = self._model.model.generate(
            encoded,
            [prompt],
            max_length=len(prompt) + room,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=self._suppressed,
            **sampling,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        text = tokenizer.decode(tokens).strip()
        logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return _Attempt(tokens, text, logprob, result.no_speech_prob, _is_poor(text, duration_s))

    def _words(self, encoded: Any, tokenizer: Any, best: _Attempt, duration_s: float) -> tuple[SpokenWord, ...]:
        if not best.tokens:
            return ()
        columns = int(duration_s * RATE_HZ / HOP_SAMPLES)
        texts: Any = [best.tokens]  # the library takes one list for each text, whatever its annotation says
        found: Any = self._model.find_alignment(tokenizer, texts, encoded, max(2, columns))[0]
        words: list[SpokenWord] = []
        for piece in found:
            text, probability = piece["word"], float(piece["probability"])
            if words and not any(letter.isalnum() for letter in text):
                words[-1] = _with_mark(words[-1], text)
            elif words and not text.startswith(" "):  # "555" and "-0123"
                last = words[-1]
                joined = Phi(last.text.reveal() + text.strip())
                words[-1] = SpokenWord(joined, last.start_s, float(piece["end"]), min(last.probability, probability))
            elif text.strip():
                words.append(SpokenWord(Phi(text.strip()), float(piece["start"]), float(piece["end"]), probability))
        return tuple(words)


def _check(folder: Path) -> None:
    """Before the library, which would look for a missing tokenizer on the network."""
    for name in FILES:
        if not (folder / name).is_file():
            raise EngineFailed(
                "The recogniser's model folder is not whole.",
                advice=f"{folder / name} is missing; `triage models fetch`.",
            )
    for name in ("config.json", "tokenizer.json"):
        try:
            json.loads((folder / name).read_bytes())
        except ValueError:
            raise _unusable(folder / name, "not JSON") from None


def _unusable(path: Path, fault: str) -> EngineFailed:
    return EngineFailed(
        "The recogniser's model cannot be loaded.",
        advice=f"{path}: {fault}; `triage models verify` says what is wrong.",
    )


def _is_poor(text: str, duration_s: float) -> bool:
    packed = text.encode()
    repeats = len(packed) > 0 and len(packed) / len(zlib.compress(packed)) > COMPRESSION_MAX
    return repeats or len(text.split()) > max(3.0, WORDS_A_SECOND_MAX * duration_s) or LOOP.search(text) is not None


def _unlooped(text: str) -> tuple[str, bool]:
    """A loop is cut down to two rounds of it; anything a caller really says five times over is said well enough by two."""
    cut = LOOP.sub(r"\1 \1", text)
    return cut, cut != text


def _said_twice(text: str) -> int:
    """How many words stand before the text begins anew; 0: it does not. In a window longer than the utterance Whisper now and then
    writes it down a second time. A caller who does say a sentence twice over loses nothing by being written down once."""
    said = [_LETTERS.sub("", word).lower() for word in text.split()]
    for period in range(TWICE_WORDS_MIN, len(said) - TWICE_WORDS_MIN + 1):
        if said[period:] == said[: len(said) - period]:
            return period
    return 0


def _with_mark(word: SpokenWord, mark: str) -> SpokenWord:
    return SpokenWord(Phi(word.text.reveal() + mark.strip()), word.start_s, word.end_s, word.probability)


def _spread(best: _Attempt, duration_s: float) -> tuple[SpokenWord, ...]:
    """Words of a partial, evenly over the audio, each as likely as the mean token."""
    texts: Sequence[str] = best.text.split()
    step, probability = duration_s / max(1, len(texts)), float(np.exp(best.logprob))
    return tuple(SpokenWord(Phi(t), n * step, (n + 1) * step, probability) for n, t in enumerate(texts))
