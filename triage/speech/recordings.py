"""A language that the line has no voice for, spoken from recorded pieces: whole sentences, numbers, times.

`recorded/<language>.json` lists the pieces, [text, first sample, samples] each; `recorded/<language>.ulaw` is their sound, mu-law at
8 kHz (G.711), one after the other. A text is spoken when pieces cover all of its words, the longest piece first, as a railway station
announces its trains; otherwise not at all. Made by models/speech/record_spanish.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from triage.audio.g711 import mu_law_decode
from triage.audio.pcm import RATE_HZ
from triage.errors import EngineFailed, NotFound

FOLDER = Path(__file__).parent / "recorded"
WORDS_MAX = 400
PAUSE_S = {",": 0.12, ".": 0.25, ":": 0.15, "?": 0.25, "!": 0.25}
_TOKEN = re.compile(r"[^\W_]+|[.,:?!]")


class Recordings:
    def __init__(self, language: str, folder: Path = FOLDER) -> None:
        """Raises EngineFailed when they are not whole."""
        self.language = language
        try:
            index = json.loads((folder / f"{language}.json").read_bytes())
            sound = (folder / f"{language}.ulaw").read_bytes()
            self._pieces = {_words(text): mu_law_decode(sound[first : first + count]) for text, first, count in index}
            if sum(count for _, _, count in index) != len(sound):
                raise ValueError(language)
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise EngineFailed("The recorded sentences are not whole.", advice=type(error).__name__) from None
        self._longest = max(map(len, self._pieces))

    def covers(self, text: str) -> bool:
        try:
            return bool(self.pcm(text))
        except NotFound:
            return False

    def pcm(self, text: str) -> bytes:
        """s16le, 8 kHz, mono. Raises NotFound when a word of it was never recorded."""
        tokens, at, out = _TOKEN.findall(text.lower())[:WORDS_MAX], 0, bytearray()
        while at < len(tokens):
            if tokens[at] in PAUSE_S:
                out += bytes(2 * round(PAUSE_S[tokens[at]] * RATE_HZ))
                at += 1
                continue
            for end in range(min(len(tokens), at + 2 * self._longest), at, -1):
                # A mark at its end is the pause after it.
                if tokens[end - 1] not in PAUSE_S and (piece := self._pieces.get(_bare(tokens[at:end]))):
                    out += piece
                    at = end
                    break
            else:
                raise NotFound("This has not been recorded.")
        return bytes(out)


def _words(text: str) -> tuple[str, ...]:
    return _bare(_TOKEN.findall(text.lower()))


def _bare(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(token for token in tokens if token not in PAUSE_S)
