"""Hearing one caller: audio to the recogniser, its words to the classifier and the intents, the result to the session.

Distress is judged on every partial and every final, beside the conversation and never behind it. When the recogniser dies the
session is told, and hearing is taken up again as soon as there is a recogniser: a caller who waits for a nurse is listened to.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from typing import assert_never

import numpy as np

from triage.audio.machines import FaxTone, HoldMusic
from triage.audio.prosody import Prosody, prosody, strain
from triage.call.events import SAMPLE_RATE_HZ, CallerAudio
from triage.call.happenings import (
    AskUnderstand,
    EngineDown,
    Happening,
    HeardFinal,
    HeardPartial,
    MachineHeard,
    SpeechBegan,
    Understood,
)
from triage.distress.classifier import Classification, Classifier
from triage.distress.voice import with_voice
from triage.errors import EngineFailed
from triage.ids import CallId
from triage.privacy.phi import Phi
from triage.scope.intents import Intents
from triage.scope.moves import Expects, Intent
from triage.speech.ports import Expectation, Hearing, Recognizer, SpeechEnded, SpeechStarted, Transcription
from triage.telemetry import logs

AUDIO_QUEUED_MAX = 500  # messages of 20 ms: 10 s; a recogniser further behind is no use, and counts as dead
HEAR_AGAIN_S = 1.0  # between attempts to reach a restarted recogniser
KEPT_MESSAGES = 1500  # of 20 ms: 30 s of audio
VOICES_MAX = 12  # utterances that a caller's own way of speaking is known from
log = logs.get("call")

JUDGE_S_MAX = 1.0  # classification takes 10 ms; later than this counts as a positive finding

EXPECTATIONS: dict[Expects, Expectation] = {
    "free": Expectation.FREE,
    "yes_no": Expectation.YES_NO,
    "number": Expectation.NUMBER,
    "spelling": Expectation.SPELLING,
}


class Ears:
    def __init__(
        self,
        recognizer: Recognizer,
        classifier: Classifier,
        intents: Intents,
        judges: Executor,
        tell: Callable[[Happening], None],
        *,
        language: str,
        hotwords: Sequence[str] = (),
    ) -> None:
        self._recognizer = recognizer
        self._classifier = classifier
        self._intents = intents
        self._judges = judges
        self._tell = tell
        self._language = language
        self._hotwords = hotwords
        self._audio: asyncio.Queue[CallerAudio | None] = asyncio.Queue(AUDIO_QUEUED_MAX)
        self._expects: Expects = "free"
        self._own_words: list[str] = []
        self._hearing: Hearing | None = None
        self._fax, self._music = FaxTone(), HoldMusic()
        self._listening = True
        self._kept: deque[CallerAudio] = deque(maxlen=KEPT_MESSAGES)  # for the voice of the newest utterance
        self._voices: list[Prosody] = []  # of this caller's earlier utterances
        self._ended_at: tuple[int, int] | None = None  # samples: end of speech, decision
        self.timings_ms: dict[str, float] = {}  # of the newest final: endpoint, stt, judge

    def feed(self, audio: CallerAudio) -> None:
        if not self._listening:
            return
        if self._audio.full():
            self._audio.get_nowait()  # the newest words matter most
        self._audio.put_nowait(audio)
        self._kept.append(audio)
        samples = np.frombuffer(audio.pcm, np.int16)
        if not self._fax.heard and self._fax.push(samples):
            self._tell(MachineHeard("fax"))
        if not self._music.heard and self._music.push(samples):
            self._tell(MachineHeard("hold_music"))

    def listen(self, on: bool) -> None:
        self._listening = on

    async def expect(self, expects: Expects, words: Sequence[Phi] = ()) -> None:
        self._expects, self._own_words = expects, [word.reveal() for word in words]
        if self._hearing is not None:
            with suppress(EngineFailed):  # run() notices by itself
                await self._hearing.hint(EXPECTATIONS[expects], self._own_words)

    def finish(self) -> None:
        """No more audio: what has been said so far is transcribed to its end, then `run` returns."""
        self._listening = False
        if self._audio.full():
            self._audio.get_nowait()
        self._audio.put_nowait(None)

    async def run(self, call_id: CallId) -> None:
        """Until `finish`. Never raises EngineFailed: a dead recogniser is told to the session."""
        while True:
            try:
                async with self._recognizer.hear(call_id, language=self._language, hotwords=self._hotwords) as hearing:
                    self._hearing = hearing
                    await hearing.hint(EXPECTATIONS[self._expects], self._own_words)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._understand(hearing))
                        group.create_task(self._send(hearing))
                return
            except* EngineFailed:
                self._hearing = None
                self._tell(EngineDown("speech"))
            await asyncio.sleep(HEAR_AGAIN_S)
            if not self._listening:
                return

    async def _send(self, hearing: Hearing) -> None:
        while (audio := await self._audio.get()) is not None:
            await hearing.feed(audio.first_sample, audio.pcm)
        await hearing.finish()

    async def _understand(self, hearing: Hearing) -> None:
        async for event in hearing.events():
            match event:
                case SpeechStarted():
                    self._tell(SpeechBegan())
                case SpeechEnded(at, decided):
                    self._ended_at = (at, decided)
                case Transcription():
                    await self._judge(event)
                case _:
                    assert_never(event)

    async def _judge(self, heard: Transcription) -> None:
        text = heard.text
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            pcm = self._said_in(heard.start_sample, heard.end_sample) if heard.final else b""
            work = loop.run_in_executor(self._judges, self._look_at, text.reveal(), heard.final, pcm)
            classification, intent = await asyncio.wait_for(work, JUDGE_S_MAX)
        except TimeoutError:
            # Late counts as positive for routing: the session hears of a dead classifier and takes the caller to a human.
            self._tell(EngineDown("classifier"))
            return
        end_s = heard.end_sample / SAMPLE_RATE_HZ
        if not heard.final:
            self._tell(HeardPartial(text, classification, end_s))
            return
        self.timings_ms = {
            "endpoint": (self._ended_at[1] - self._ended_at[0]) * 1000 / SAMPLE_RATE_HZ if self._ended_at else 0.0,
            "stt": heard.decode_s * 1000,
            "judge": (loop.time() - started) * 1000,
        }
        start_s = heard.start_sample / SAMPLE_RATE_HZ
        self._tell(
            HeardFinal(
                Phi(text.reveal().strip()), classification, intent, heard.confidence, start_s, end_s, heard.language
            )
        )

    async def understand(self, ask: AskUnderstand) -> Understood | EngineDown:
        """What was said in several breaths, as one."""
        text = ask.heard.text.reveal()
        work = asyncio.get_running_loop().run_in_executor(self._judges, self._look_at, text, True, b"")
        try:
            classification, intent = await asyncio.wait_for(work, JUDGE_S_MAX)
        except TimeoutError:
            return EngineDown("classifier")
        return Understood(ask.reply, replace(ask.heard, classification=classification, intent=intent))

    def _look_at(self, text: str, final: bool, pcm: bytes) -> tuple[Classification, Intent]:
        intent = self._intents.classify(text) if final else Intent("other", 0.0, in_scope=True)
        return with_voice(self._classifier.classify(text), self._strain(pcm) if pcm else ""), intent

    def _strain(self, pcm: bytes) -> str:
        """What the voice of this utterance says against the caller's earlier ones; a fault here costs the hint, never the words."""
        try:
            now = prosody(np.frombuffer(pcm, np.int16), SAMPLE_RATE_HZ)
            cause = strain(now, self._voices)
        except Exception:
            log.error("prosody_failed")
            return ""
        self._voices = [*self._voices, now][-VOICES_MAX:]
        return cause

    def _said_in(self, start: int, end: int) -> bytes:
        """The caller's samples from `start` to `end`, as far as they are still kept."""
        return b"".join(
            one.pcm[2 * max(0, start - one.first_sample) : 2 * max(0, end - one.first_sample)]
            for one in self._kept
            if one.first_sample < end and one.first_sample + len(one.pcm) // 2 > start
        )
