"""The worker's ears with a scripted detector (loud is speech) and a scripted engine (says how much it was given)."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.audio.pcm import RATE_HZ, Framer, Samples, to_pcm
from triage.errors import EngineFailed
from triage.privacy.phi import Phi
from triage.speech.hearing import PAD_SAMPLES, Agreement, CallHearing, Decoders
from triage.speech.ports import Expectation, HeardEvent, SpeechEnded, SpeechStarted, Transcription
from triage.speech.whisper import Decoded, SpokenWord

PIECE = 320


class LoudIsSpeech:
    def __init__(self) -> None:
        self._frames = Framer(256)

    def push(self, samples: Samples) -> list[float]:
        return [1.0 if np.abs(frame).max() > 0.05 else 0.0 for frame in self._frames.push(samples)]


def said(number: int) -> str:
    return "w" + chr(ord("a") + number % 26)  # no digit: it would be waited on


class Engine:
    """Gives one word for each 0.2 s of loud audio; `hold` stops it until released."""

    def __init__(self) -> None:
        self.decodes: list[tuple[float, bool]] = []  # loud seconds, thorough
        self.free = threading.Event()
        self.free.set()

    def decode(self, samples: Samples, *, language: str, hotwords: str, thorough: bool) -> Decoded:
        loud_s = float(np.count_nonzero(np.abs(samples) > 0.05)) / RATE_HZ
        self.decodes.append((round(loud_s, 2), thorough))
        self.free.wait(5)
        words = tuple(SpokenWord(Phi(said(n)), n * 0.2, n * 0.2 + 0.2, 0.9) for n in range(round(loud_s / 0.2)))
        return Decoded(Phi(" ".join(w.text.reveal() for w in words)), words, 0.9, 0.01, language, 0.01)


def loud(seconds: float) -> Samples:
    return np.full(round(seconds * RATE_HZ), 0.3, np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


class Call:
    def __init__(self, engine: Engine, *, workers: int = 2, final_s_max: float = 5.0) -> None:
        self.engine = engine
        self.events: list[HeardEvent] = []
        self.decoders = Decoders(engine, workers, final_s_max=final_s_max)
        self.thread = ThreadPoolExecutor(1)
        self.position = 0

    async def run(self, *parts: Samples | int | Expectation, settle_s: float = 0.0) -> list[HeardEvent]:
        """Feeds the parts (an int: so many samples are lost), then finishes."""
        async with asyncio.TaskGroup() as group:
            hearing = CallHearing(
                LoudIsSpeech, self.thread, self.decoders, self.events.append, group,
                language="en", hotwords="", partial_every_s=0.6,
            )  # fmt: skip
            finals = group.create_task(hearing.finals())
            for part in parts:
                if isinstance(part, int):
                    self.position += part
                elif isinstance(part, Expectation):
                    hearing.hint(part)
                else:
                    for start in range(0, len(part), PIECE):
                        piece = part[start : start + PIECE]
                        await hearing.feed(self.position, to_pcm(piece))
                        self.position += len(piece)
                        await asyncio.sleep(settle_s)
            await hearing.finish()
            await finals
        self.decoders.close()
        self.thread.shutdown()
        return self.events


def finals(events: list[HeardEvent]) -> list[Transcription]:
    return [e for e in events if isinstance(e, Transcription) and e.final]


def partials(events: list[HeardEvent]) -> list[Transcription]:
    return [e for e in events if isinstance(e, Transcription) and not e.final]


async def test_an_utterance_starts_is_understood_in_parts_ends_and_has_one_final() -> None:
    engine = Engine()
    events = await Call(engine).run(quiet(0.5), loud(3), quiet(1), settle_s=0.002)
    kinds = [type(e).__name__ for e in events]
    assert kinds[0] == "SpeechStarted"
    assert kinds[-2:] == ["SpeechEnded", "Transcription"]
    assert kinds.count("SpeechStarted") == kinds.count("SpeechEnded") == 1
    (final,) = finals(events)
    assert final.text.reveal().split() == [said(n) for n in range(15)]
    lengths = [len(p.text.reveal().split()) for p in partials(events)]
    assert lengths == sorted(lengths)
    assert len(lengths) >= 3
    assert len({e.utterance_id for e in events if isinstance(e, Transcription)}) == 1
    assert final.start_sample <= 4000 <= final.start_sample + PAD_SAMPLES + 256  # padded, to a window
    assert [w.start_sample for w in final.words] == [final.start_sample + round(n * 0.2 * RATE_HZ) for n in range(15)]


async def test_the_final_is_decoded_once_in_the_pause_before_the_endpoint() -> None:
    engine = Engine()
    await Call(engine).run(loud(1), quiet(0.5), quiet(0.5), settle_s=0.002)
    assert [thorough for _, thorough in engine.decodes].count(True) == 1


async def test_a_caller_who_goes_on_after_a_breath_is_heard_whole() -> None:
    engine = Engine()
    events = await Call(engine).run(loud(1), quiet(0.4), loud(1), quiet(1), settle_s=0.002)
    (final,) = finals(events)
    assert len(final.text.reveal().split()) == 10
    assert sum(isinstance(e, SpeechEnded) for e in events) == 1


async def test_silence_is_never_decoded() -> None:
    engine = Engine()
    assert await Call(engine).run(quiet(20)) == []
    assert engine.decodes == []


async def test_what_was_being_said_at_the_end_is_transcribed() -> None:
    (final,) = finals(await Call(Engine()).run(loud(1)))
    assert len(final.text.reveal().split()) == 5


async def test_a_hint_changes_the_pause() -> None:
    number = await Call(Engine()).run(Expectation.NUMBER, loud(1), quiet(0.9), loud(1), quiet(2))
    assert len(finals(number)) == 1
    free = await Call(Engine()).run(Expectation.FREE, loud(1), quiet(0.9), loud(1), quiet(2))
    assert len(finals(free)) == 2


async def test_a_short_loss_is_silence_and_a_long_one_an_end() -> None:
    events = await Call(Engine()).run(loud(1), 800, loud(1), quiet(1))
    (final,) = finals(events)
    assert final.end_sample == pytest.approx(2.1 * RATE_HZ, abs=300)
    events = await Call(Engine()).run(loud(1), 80_000, quiet(0.5), loud(1), quiet(1))
    first, second = finals(events)
    assert first.end_sample <= RATE_HZ
    assert second.start_sample >= 88_000


async def test_audio_that_comes_twice_counts_once() -> None:
    call = Call(Engine())
    events = await call.run(loud(1), -4000, loud(0.5), quiet(1))
    assert len(finals(events)[0].text.reveal().split()) == 5


async def test_partials_give_way_and_finals_do_not() -> None:
    """With the engine held, one partial may wait in it; each utterance still gets its final, in order."""
    engine = Engine()
    engine.free.clear()
    asyncio.get_running_loop().call_later(0.3, engine.free.set)
    events = await Call(engine).run(loud(2), quiet(1), loud(3), quiet(1))
    assert [len(f.text.reveal().split()) for f in finals(events)] == [10, 15]
    assert sum(not thorough for _, thorough in engine.decodes) <= 2


async def test_a_late_engine_fails_the_call() -> None:
    engine = Engine()
    engine.free.clear()
    asyncio.get_running_loop().call_later(1.0, engine.free.set)
    with pytest.RaisesGroup(EngineFailed):
        await Call(engine, final_s_max=0.1).run(loud(1), quiet(1))


async def test_too_many_finals_fail_the_call() -> None:
    engine = Engine()
    engine.free.clear()
    asyncio.get_running_loop().call_later(1.0, engine.free.set)
    with pytest.RaisesGroup(EngineFailed):
        await Call(engine).run(*[loud(0.3), quiet(0.7)] * 12)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(0.03, 1.5).map(loud),
            st.floats(0.03, 1.5).map(quiet),
            st.sampled_from([100, 9000, -200, *Expectation]),
        ),
        max_size=8,
    )
)
def test_every_start_has_its_end_and_its_final(parts: list[Samples | int | Expectation]) -> None:
    if sum(p for p in parts if isinstance(p, int)) < 0:
        parts = [1000, *parts]
    events = asyncio.run(Call(Engine()).run(*parts))
    borders = [e for e in events if isinstance(e, SpeechStarted | SpeechEnded)]
    assert [type(e) for e in borders] == [SpeechStarted, SpeechEnded] * (len(borders) // 2)
    ended = [e.at_sample for e in borders if isinstance(e, SpeechEnded)]
    assert [f.end_sample for f in finals(events)] == ended
    for partial in partials(events):
        later = [f.utterance_id for f in finals(events[events.index(partial) :])]
        assert partial.utterance_id in later


WORDS = st.lists(st.sampled_from("my chest hurts a lot".split()), max_size=6).map(" ".join)


@given(st.lists(WORDS, max_size=10))
def test_agreement_only_grows_and_is_what_two_in_turn_began_with(hypotheses: list[str]) -> None:
    agreement, last = Agreement(), ""
    for text in hypotheses:
        before = agreement.agreed
        grew = agreement.push(text)
        assert len(agreement.agreed) >= len(before)
        if grew:
            count = len(agreement.agreed)
            assert list(agreement.agreed) == text.split()[:count] == last.split()[:count]
        else:
            assert agreement.agreed == before
        last = text


def test_agreement_does_not_mind_case_and_punctuation() -> None:
    agreement = Agreement()
    agreement.push("My chest.")
    assert agreement.push("my chest, it hurts")
    assert agreement.agreed == ("my", "chest,")
