"""Fixed sentences, and everything else that the line says word for word, as ready-made audio: they play with every engine down.

`<sha256(language + "\\n" + text)>.pcm` (s16le, 8 kHz, mono) and `index.json` in one folder. Each file is written whole or not
at all; a sentence is rendered again when the voice has changed. Only approved wordings come here, nothing about a caller.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from triage.errors import EngineFailed, NotFound, UsageError
from triage.speech.ports import Synthesizer

SENTENCE_BYTES_MAX = 60 * 16_000  # one minute
SENTENCE_S_MAX = 30.0  # to render one
SENTENCES_MAX = 500  # five minutes of rendering at a first start
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\b[ap]\.m\.)(?<!\bSt\.)(?<!\bNo\.)(?<!\bDr\.)\s+(?=[^a-z])")


@dataclass(frozen=True, slots=True)
class _Phrase:
    language: str
    text: str
    samples: int
    voice: str


def sentences(text: str) -> list[str]:
    """The sentences of `text`, as they are spoken one by one; none is empty."""
    return [each for each in _SENTENCE.split(text.strip()) if each]


def name_of(text: str, language: str) -> str:
    """The file's name without ending."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()


def voice_id(folder: Path) -> str:
    """What tells one voice from another: a hash over its description files and its weights' size. "" when there is none."""
    digest = hashlib.sha256()
    files = sorted(folder.glob("*.onnx*"))
    for file in files:
        digest.update(f"{file.name} {file.stat().st_size}\n".encode())
        if file.suffix == ".json":
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16] if files else ""


class PhraseBook:
    """Reads what an earlier start has rendered; a damaged index or file counts as not rendered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = _read_index(folder / "index.json")
        self._pcm: dict[str, bytes] = {}

    def pcm(self, text: str, language: str) -> bytes:
        """Raises NotFound when the sentence was never rendered."""
        name = name_of(text, language)
        if name not in self._pcm:
            self._pcm[name] = self._load(name)
        return self._pcm[name]

    def has(self, text: str, language: str) -> bool:
        try:
            return bool(self.pcm(text, language))
        except NotFound:
            return False

    async def render_missing(
        self, sentences: Sequence[tuple[str, str]], synthesizer: Synthesizer, *, voice: str = ""
    ) -> int:
        """Renders each (language, text) that is not there, or was rendered with another voice (`voice_id`; "": any will do).
        Returns how many. Raises EngineFailed, having kept what was rendered before; a sentence that could not be rendered anew
        keeps its old recording."""
        if len(sentences) > SENTENCES_MAX:
            raise UsageError("There are too many fixed sentences.", advice=f"At most {SENTENCES_MAX}.")
        rendered = 0
        for language, text in sentences:
            phrase = self._index.get(name_of(text, language))
            if phrase is not None and voice in ("", phrase.voice) and self.has(text, language):
                continue
            try:
                async with asyncio.timeout(SENTENCE_S_MAX):
                    pcm = b"".join([piece async for piece in synthesizer.speak(text, language=language)])
            except TimeoutError:
                raise EngineFailed("A fixed sentence could not be rendered in time.") from None
            if not 0 < len(pcm) <= SENTENCE_BYTES_MAX or len(pcm) % 2:
                raise EngineFailed("A fixed sentence was rendered to no usable audio.")
            await asyncio.to_thread(self._keep, text, language, voice, pcm)
            rendered += 1
        return rendered

    def _keep(self, text: str, language: str, voice: str, pcm: bytes) -> None:
        name = name_of(text, language)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(self._folder / f"{name}.pcm", pcm)
        self._index[name] = _Phrase(language, text, len(pcm) // 2, voice)
        index = {key: asdict(phrase) for key, phrase in sorted(self._index.items())}
        _write(self._folder / "index.json", json.dumps(index, indent=1, ensure_ascii=False).encode())
        self._pcm[name] = pcm

    def _load(self, name: str) -> bytes:
        phrase = self._index.get(name)
        try:
            pcm = (self._folder / f"{name}.pcm").read_bytes() if phrase else b""
        except OSError:
            pcm = b""
        if phrase is None or not pcm or len(pcm) != 2 * phrase.samples:
            raise NotFound("This sentence has not been rendered.")
        return pcm


def _read_index(file: Path) -> dict[str, _Phrase]:
    try:
        raw = json.loads(file.read_bytes())
        return {str(name): _Phrase(**fields) for name, fields in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, and on the disk when this returns."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    with temporary.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
