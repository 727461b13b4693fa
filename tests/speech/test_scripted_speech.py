"""The stand-ins behave as the worker does, as far as a conversation can tell."""

from __future__ import annotations

import pytest

from triage.audio.pcm import RATE_HZ
from triage.errors import EngineFailed
from triage.ids import CallId
from triage.speech.ports import Expectation, HeardEvent, Hearing, SpeechEnded, SpeechStarted, Transcription
from triage.testing.scripted_speech import ScriptedRecognizer, ScriptedSynthesizer, spoken

CALL = CallId("c1")


async def feed(hearing: Hearing, pcm: bytes, *, piece: int = 640, at: int = 0) -> int:
    for start in range(0, len(pcm), piece):
        await hearing.feed(at + start // 2, pcm[start : start + piece])
    return at + len(pcm) // 2


async def collect(hearing: Hearing) -> list[HeardEvent]:
    await hearing.finish()
    return [event async for event in hearing.events()]


@pytest.mark.parametrize("piece", [640, 320, 9999 * 2, 2])
async def test_words_in_audio_are_heard_where_they_are(piece: int) -> None:
    async with ScriptedRecognizer().hear(CALL, language="en", hotwords=["warfarin"]) as hearing:
        await feed(hearing, bytes(RATE_HZ) + spoken("my chest hurts, señor") + bytes(2 * RATE_HZ), piece=piece)
        started, *partials, ended, final = await collect(hearing)
    assert started == SpeechStarted(4000)
    assert [p.text.reveal() for p in partials if isinstance(p, Transcription)][:2] == ["my", "my chest"]
    assert isinstance(ended, SpeechEnded)
    assert isinstance(final, Transcription)
    assert (final.text.reveal(), final.final, final.end_sample) == ("my chest hurts, señor", True, 4000 + 4 * 2560)
    assert ended.decided_at_sample - ended.at_sample >= 0.6 * RATE_HZ
    assert final.confidence == pytest.approx(0.95)


async def test_a_pause_while_a_number_is_expected_is_no_end() -> None:
    async with ScriptedRecognizer().hear(CALL, language="en", hotwords=[]) as hearing:
        await hearing.hint(Expectation.SPELLING)
        await feed(hearing, spoken("o k") + bytes(14_000) + spoken("a") + bytes(2 * RATE_HZ))
        events = await collect(hearing)
    assert [e.text.reveal() for e in events if isinstance(e, Transcription) and e.final] == ["o k a"]


async def test_a_poor_line_is_poorly_understood() -> None:
    async with ScriptedRecognizer().hear(CALL, language="en", hotwords=[]) as hearing:
        await feed(hearing, spoken("mumble", confidence=0.3) + bytes(3 * RATE_HZ))
        events = await collect(hearing)
    assert events[-1].confidence == pytest.approx(0.3)  # type: ignore[union-attr]


async def test_a_test_can_say_what_was_heard() -> None:
    ears = ScriptedRecognizer()
    async with ears.hear(CALL, language="en", hotwords=[]):
        said = await ears.of(CALL)
        await said.hears("my chest", final=False)
        await said.hears("my chest hurts")
        await said.finish()
        events = [event async for event in said.events()]
    assert [type(e) for e in events] == [SpeechStarted, Transcription, SpeechEnded, Transcription]


async def test_a_killed_recogniser_fails_streams_and_later_use_until_revived() -> None:
    ears = ScriptedRecognizer()
    async with ears.hear(CALL, language="en", hotwords=[]) as hearing:
        ears.kill()
        with pytest.raises(EngineFailed):
            await hearing.feed(0, bytes(640))
        with pytest.raises(EngineFailed):
            await anext(hearing.events())
    with pytest.raises(EngineFailed):
        async with ears.hear(CALL, language="en", hotwords=[]):
            pass
    ears.revive()
    async with ears.hear(CALL, language="en", hotwords=[]) as hearing:
        await hearing.feed(0, bytes(640))


async def test_the_voice_speaks_as_long_as_the_text_is_and_can_die() -> None:
    voice = ScriptedSynthesizer()
    short = b"".join([p async for p in voice.speak("One.", language="en")])
    long = b"".join([p async for p in voice.speak("One. " * 10, language="en")])
    assert len(long) > 8 * len(short) > 0
    dying = ScriptedSynthesizer(dies_after=2)
    pieces = dying.speak("A longer sentence than two pieces.", language="en")
    assert [len(await anext(pieces)), len(await anext(pieces))] == [3200, 3200]
    with pytest.raises(EngineFailed):
        await anext(pieces)
