"""Speaking to one caller: what the line says word for word from its recordings, everything else through the synthesiser, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from triage.call.events import SAMPLE_RATE_HZ, LineRequest, Play, Played, StopPlayback
from triage.call.happenings import EngineDown, Happening, Say, Spoke
from triage.errors import EngineFailed, NotFound
from triage.ids import PlaybackId
from triage.speech.phrases import PhraseBook, sentences
from triage.speech.ports import Synthesizer
from triage.speech.recordings import Recordings

FIRST_AUDIO_S_MAX = 4.0  # a caller must not wait longer in silence: later counts as a dead synthesiser
PIECE_BYTES = SAMPLE_RATE_HZ * 2 // 5  # 200 ms of PCM a message


SAMPLES_A_CHARACTER = 500  # of speech that is not rendered yet: a sixteenth of a second


@dataclass(slots=True)
class _Playback:
    samples: int = 0  # rendered
    missing: int = 0  # about so many are not rendered yet, or never were: they were not said
    named: bool = False  # the gateway knows it, and will report its end
    begun: asyncio.Event = field(default_factory=asyncio.Event, repr=False)  # named, or over: the next may begin
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Mouth:
    def __init__(
        self,
        synthesizer: Synthesizer,
        phrases: PhraseBook,
        send: Callable[[LineRequest], Awaitable[None]],
        tell: Callable[[Happening], None],
        group: asyncio.TaskGroup,
        *,
        language: str,
        recordings: Mapping[str, Recordings],
    ) -> None:
        self._synthesizer = synthesizer
        self._phrases = phrases
        self._send = send
        self._tell = tell
        self._group = group
        self._language = language
        self._recordings = recordings
        self._playbacks: dict[PlaybackId, _Playback] = {}
        self._newest: _Playback | None = None
        self.first_audio_ms = 0.0  # of the newest sentence: from the order to speak to its first audio

    async def say(self, say: Say) -> None:
        """Returns at once; the end is told as Spoke. A fixed sentence needs no engine."""
        playback = self._playbacks[say.playback_id] = _Playback()
        before, self._newest = self._newest, playback
        if before is not None and not before.begun.is_set():
            # The gateway plays in the order of first words: what is still being rendered must not be overtaken.
            playback.task = self._group.create_task(self._after(before, say, playback))
            return
        await self._begin(say, playback)

    async def _after(self, before: _Playback, say: Say, playback: _Playback) -> None:
        await before.begun.wait()
        playback.task = None
        await self._begin(say, playback)

    async def _begin(self, say: Say, playback: _Playback) -> None:
        if pcm := self._recorded(say):
            self.first_audio_ms = 0.0
            playback.samples, playback.named = len(pcm) // 2, True
            await self._play_whole(say.playback_id, pcm)
            playback.begun.set()
            return
        playback.task = self._group.create_task(self._synthesize(say, playback))

    def _recorded(self, say: Say) -> bytes:
        """What needs no engine; b"" for what was never recorded, as on a first start without a voice: it is synthesised now."""
        text = say.text.reveal()
        try:
            if recordings := self._recordings.get(say.language):
                return recordings.pcm(text)
            if say.fixed:
                return self._phrases.pcm(text, self._language)
            return b"".join(self._phrases.pcm(sentence, self._language) for sentence in sentences(text))
        except NotFound:
            return b""

    async def stop(self) -> None:
        """Discards everything unplayed, rendered or not."""
        for playback_id, playback in list(self._playbacks.items()):
            if playback.task is not None:
                playback.task.cancel()
            if not playback.named:
                self._over(playback_id, samples=0, cut_off=True)
        await self._send(StopPlayback())

    def played(self, event: Played) -> None:
        if event.finished:
            self._over(event.playback_id, samples=event.samples, cut_off=event.cut_off)

    async def _play_whole(self, playback_id: PlaybackId, pcm: bytes) -> None:
        for start in range(0, len(pcm), PIECE_BYTES):
            piece = pcm[start : start + PIECE_BYTES]
            await self._send(Play(playback_id, piece, last=start + PIECE_BYTES >= len(pcm)))

    async def _synthesize(self, say: Say, playback: _Playback) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async for pcm in self._rendered(say.text.reveal(), playback):
                if not playback.named:
                    self.first_audio_ms = (loop.time() - started) * 1000
                playback.samples += len(pcm) // 2
                playback.named = True
                await self._send(Play(say.playback_id, pcm))
                playback.begun.set()
        except (EngineFailed, TimeoutError):
            self._tell(EngineDown("speech"))
        if playback.named:
            await self._send(Play(say.playback_id, b"", last=True))
        else:
            self._over(say.playback_id, samples=0, cut_off=True)

    async def _rendered(self, text: str, playback: _Playback) -> AsyncIterator[bytes]:
        """PCM of `text`, what was never recorded fresh from the synthesiser. Raises EngineFailed, TimeoutError."""
        recorded = [(part, self._phrases.has(part, self._language)) for part in sentences(text)]
        playback.missing = SAMPLES_A_CHARACTER * sum(len(part) for part, _ in recorded)
        for known, some in groupby(recorded, key=lambda one: one[1]):
            parts = [part for part, _ in some]
            before, rest = playback.samples, playback.missing - SAMPLES_A_CHARACTER * sum(map(len, parts))
            if known:
                for part in parts:
                    yield self._phrases.pcm(part, self._language)
                playback.missing = rest
                continue
            pieces = self._synthesizer.speak(" ".join(parts), language=self._language)
            while (pcm := await asyncio.wait_for(anext(pieces, None), FIRST_AUDIO_S_MAX)) is not None:
                yield pcm
                said = playback.samples - before
                playback.missing = max(rest, rest + SAMPLES_A_CHARACTER * sum(map(len, parts)) - said)
            playback.missing = rest

    def _over(self, playback_id: PlaybackId, *, samples: int, cut_off: bool) -> None:
        playback = self._playbacks.pop(playback_id, None)
        if playback is not None:
            playback.begun.set()
            total = playback.samples + playback.missing
            self._tell(Spoke(playback_id, samples, total, cut_off or bool(playback.missing)))
