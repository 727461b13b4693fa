from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from triage.errors import EngineFailed, NotFound, UsageError
from triage.speech.phrases import PhraseBook, name_of, voice_id
from triage.testing.scripted_speech import ScriptedSynthesizer

SENTENCES = [
    ("en", "Please hold, I am getting a nurse."),
    ("en", "You have reached the clinic."),
    ("es", "Un momento."),
]


async def test_sentences_are_rendered_once_and_survive_a_restart(tmp_path: Path) -> None:
    voice = ScriptedSynthesizer()
    assert await PhraseBook(tmp_path / "phrases").render_missing(SENTENCES, voice, voice="joe") == 3
    again = PhraseBook(tmp_path / "phrases")
    assert await again.render_missing(SENTENCES, ScriptedSynthesizer(), voice="joe") == 0
    pcm = again.pcm(SENTENCES[0][1], "en")
    assert pcm
    index = json.loads((tmp_path / "phrases" / "index.json").read_text())
    entry = index[name_of(SENTENCES[0][1], "en")]
    assert entry == {"language": "en", "text": SENTENCES[0][1], "samples": len(pcm) // 2, "voice": "joe"}
    assert (tmp_path / "phrases" / f"{name_of(SENTENCES[0][1], 'en')}.pcm").read_bytes() == pcm


async def test_another_voice_renders_anew_and_a_dead_one_keeps_the_old(tmp_path: Path) -> None:
    await PhraseBook(tmp_path).render_missing(SENTENCES, ScriptedSynthesizer(), voice="joe")
    book, dead = PhraseBook(tmp_path), ScriptedSynthesizer()
    dead.kill()
    with pytest.raises(EngineFailed):
        await book.render_missing(SENTENCES, dead, voice="amy")
    assert PhraseBook(tmp_path).has(SENTENCES[1][1], "en")
    live = ScriptedSynthesizer()
    assert await book.render_missing(SENTENCES, live, voice="amy") == 3
    assert live.said == [text for _, text in SENTENCES]


async def test_the_same_text_in_another_language_is_another_phrase(tmp_path: Path) -> None:
    book = PhraseBook(tmp_path)
    await book.render_missing([("en", "No.")], ScriptedSynthesizer())
    with pytest.raises(NotFound):
        book.pcm("No.", "es")


@pytest.mark.parametrize("damage", ["index gone", "index torn", "index of another kind", "audio gone", "audio torn"])
async def test_what_is_damaged_counts_as_missing_and_is_rendered_again(tmp_path: Path, damage: str) -> None:
    await PhraseBook(tmp_path).render_missing(SENTENCES, ScriptedSynthesizer())
    audio, index = tmp_path / f"{name_of(SENTENCES[0][1], 'en')}.pcm", tmp_path / "index.json"
    match damage:
        case "index gone":
            index.unlink()
        case "index torn":
            index.write_bytes(index.read_bytes()[:40])
        case "index of another kind":
            index.write_text('{"x": {"y": 1}}')
        case "audio gone":
            audio.unlink()
        case "audio torn":
            audio.write_bytes(audio.read_bytes()[:100])
    book = PhraseBook(tmp_path)
    with pytest.raises(NotFound):
        book.pcm(SENTENCES[0][1], "en")
    assert await book.render_missing(SENTENCES, ScriptedSynthesizer()) >= 1
    assert book.pcm(SENTENCES[0][1], "en")


async def test_a_voice_that_gives_nothing_is_no_voice(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed):
        await PhraseBook(tmp_path).render_missing(SENTENCES, ScriptedSynthesizer(dies_after=0))
    assert list(tmp_path.glob("*.pcm")) == []


async def test_too_many_sentences_are_refused_rather_than_forgotten(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        await PhraseBook(tmp_path).render_missing([("en", str(n)) for n in range(501)], ScriptedSynthesizer())


async def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "phrases"
    await PhraseBook(folder).render_missing(SENTENCES, ScriptedSynthesizer())
    assert not list(folder.glob(".*"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_voices_differ_by_their_description(tmp_path: Path) -> None:
    assert voice_id(tmp_path) == ""
    (tmp_path / "joe.onnx").write_bytes(b"12345")
    (tmp_path / "joe.onnx.json").write_text("{}")
    before = voice_id(tmp_path)
    (tmp_path / "joe.onnx.json").write_text('{"audio": 1}')
    assert before
    assert voice_id(tmp_path) != before
