"""What one caller hears: recordings where there are some, the synthesiser for the rest, in the order of the words."""

from __future__ import annotations

import asyncio
from pathlib import Path

from triage.call.events import LineRequest, Play, Played
from triage.call.happenings import EngineDown, Happening, Say, Spoke
from triage.call.transcript import Transcript
from triage.conversation.speaking import Mouth
from triage.ids import PlaybackId
from triage.privacy.phi import Phi
from triage.speech.phrases import PhraseBook
from triage.testing.scripted_speech import ScriptedSynthesizer

KNOWN = "Is that right?"
ELSE = "Is there anything else?"


async def _spoken(folder: Path, text: str, voice: ScriptedSynthesizer) -> tuple[list[Play], list[Happening]]:
    book = PhraseBook(folder)
    await book.render_missing([("en", KNOWN), ("en", ELSE)], ScriptedSynthesizer())
    sent: list[LineRequest] = []
    told: list[Happening] = []

    async def send(request: LineRequest) -> None:
        sent.append(request)

    async with asyncio.TaskGroup() as group:
        mouth = Mouth(voice, book, send, told.append, group, language="en", recordings={})
        await mouth.say(Say(PlaybackId("p1"), Phi(text)))
    samples = sum(len(one.pcm) for one in sent if isinstance(one, Play)) // 2
    mouth.played(Played(PlaybackId("p1"), samples, finished=True, cut_off=False))
    return [one for one in sent if isinstance(one, Play)], told


async def test_what_is_recorded_needs_no_synthesiser(tmp_path: Path) -> None:
    dead = ScriptedSynthesizer()
    dead.kill()
    played, told = await _spoken(tmp_path, f"{KNOWN} {ELSE}", dead)
    book = PhraseBook(tmp_path)
    assert b"".join(one.pcm for one in played) == book.pcm(KNOWN, "en") + book.pcm(ELSE, "en")
    assert [one.last for one in played] == [False] * (len(played) - 1) + [True]
    assert told == [
        Spoke(PlaybackId("p1"), samples := sum(len(one.pcm) for one in played) // 2, samples, cut_off=False)
    ]


async def test_only_what_is_new_is_synthesised_and_nothing_changes_places(tmp_path: Path) -> None:
    voice = ScriptedSynthesizer()
    played, _ = await _spoken(tmp_path, f"Your name is Rosa. You come on Monday. {KNOWN}", voice)
    assert voice.said == ["Your name is Rosa. You come on Monday."]
    assert b"".join(one.pcm for one in played).endswith(PhraseBook(tmp_path).pcm(KNOWN, "en"))
    assert played[-1].last


async def test_a_caller_s_words_are_never_kept_as_a_recording(tmp_path: Path) -> None:
    await _spoken(tmp_path, f"Your name is Rosa. {KNOWN}", ScriptedSynthesizer())
    assert "Rosa" not in (tmp_path / "index.json").read_text()
    assert len(list(tmp_path.glob("*.pcm"))) == 2


async def test_a_voice_that_dies_in_the_middle_is_told(tmp_path: Path) -> None:
    dead = ScriptedSynthesizer()
    dead.kill()
    played, told = await _spoken(tmp_path, f"{KNOWN} Your name is Rosa.", dead)
    down, spoke = told
    assert down == EngineDown("speech")
    assert played[-1].last  # what was said before is ended, and reported as over
    assert isinstance(spoke, Spoke)
    assert spoke.cut_off  # the transcript must not hold what nobody said
    turn = Transcript().said(
        f"{KNOWN} Your name is Rosa.",
        at_s=9.0,
        samples=spoke.samples,
        samples_total=spoke.samples_total,
        fixed=False,
        cut_off=True,
    )
    assert turn
    assert "Rosa" not in turn.text.reveal()
