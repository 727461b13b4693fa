"""What stands around the engines: loops, pieces of sentences, what the wire refuses, model folders that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.errors import EngineFailed, UsageError
from triage.privacy.phi import Phi
from triage.speech import wire
from triage.speech.piper import FIRST_CLAUSE_CHARACTERS, Piper, as_spoken, pieces_of
from triage.speech.ports import Expectation, HeardEvent, SpeechEnded, SpeechStarted, Transcription, UtteranceId, Word
from triage.speech.silero import SileroVad
from triage.speech.whisper import Whisper, _is_poor, _said_twice, _unlooped
from triage.v1 import speech_pb2 as pb


@pytest.mark.parametrize("loop", ["five five", "I need help.", "thank you", "the"])
def test_a_loop_is_noticed_and_cut(loop: str) -> None:
    text = "my number is " + " ".join([loop] * 12)
    assert _is_poor(text, 20.0)
    cut, looped = _unlooped(text)
    assert looped
    assert len(cut) < len(text) / 2
    assert cut.startswith("my number is " + loop.rstrip("."))


@pytest.mark.parametrize(
    "text",
    [
        "", "Yes.", "five five five two three one nine", "no no no no", "help me help me please help me",
        "I cannot breathe, I cannot breathe, please, I cannot breathe.", "555-2319",
    ],
)  # fmt: skip
def test_what_people_say_twice_or_thrice_stays(text: str) -> None:
    assert not _is_poor(text, 4.0)
    assert _unlooped(text) == (text, False)


def test_more_words_than_anybody_can_say_are_poor() -> None:
    assert _is_poor("put the oil on the pan and stir it well", 0.5)


@given(st.text(max_size=300))
def test_pieces_keep_every_word_in_order(text: str) -> None:
    speakable = "".join(" " if c in "[]\x7f" or c < " " else c for c in as_spoken(text))
    assert "".join(" ".join(pieces_of(text)).split()) == "".join(speakable.split())


def test_a_long_first_sentence_starts_with_its_first_clause() -> None:
    text = "I can book that for you on Thursday, and I will send a note to the front desk about it. Anything else?"
    first, *rest = pieces_of(text)
    assert first == "I can book that for you on Thursday,"
    assert rest[-1] == "Anything else?"
    assert pieces_of("Well, yes.") == ["Well, yes."]
    assert len(pieces_of("a" * (FIRST_CLAUSE_CHARACTERS + 1))) == 1


def test_phoneme_brackets_are_not_obeyed() -> None:
    assert pieces_of("Say [[ x ]] now.") == ["Say   x   now."]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hang up and dial 911.", "Hang up and dial 9 1 1."),
        ("You can call or text 988.", "You can call or text 9 8 8."),
        ("Ring 555-0123 or (555) 010-0199.", "Ring 5 5 5, 0 1 2 3 or 5 5 5, 0 1 0, 0 1 9 9."),
        ("From 8:00 to 17:00.", "From 8 o'clock to 5 PM."),
        ("At 9:05 a.m. or 2:30 p.m.", "At 9 oh 5 AM or 2 30 PM."),
        ("At 0:15 or 12:00 pm.", "At 12 15 or 12 PM."),
        ("On 2026-11-26 with Dr. Weber.", "On November 26, 2026 with Doctor Weber."),
        ("It costs $25 or $25.50.", "It costs 25 dollars or 25 dollars and 50 cents."),
        ("Your number ends in 4711, room 12.", "Your number ends in 4711, room 12."),
        ("Record 1234567.", "Record 1 2 3 4 5 6 7."),
        ("120 over 80, born in 1972.", "120 over 80, born in 19 72."),
        ("March 4, 1972. Room 1972.", "March 4, 19 72. Room 1972."),
        ("1999 steps in 2026.", "1999 steps in 2026."),
    ],
)
def test_numbers_are_said_as_people_say_them(written: str, said: str) -> None:
    assert as_spoken(written) == said


def test_a_title_or_an_initial_does_not_end_a_sentence() -> None:
    assert pieces_of("Dr. Weber is in. At 9 a.m. Monday J. Doe comes. Bye.") == [
        "Doctor Weber is in.",
        "At 9 a.m. Monday J. Doe comes.",
        "Bye.",
    ]


def start(**fields: object) -> pb.RecognizeRequest:
    return pb.RecognizeRequest(start=pb.RecognizeStart(**fields))  # type: ignore[arg-type]


def test_a_start_names_language_and_hotwords() -> None:
    assert wire.start_of(start(language="en-US", hotwords=["warfarin ", "", "lisinopril"])) == wire.Start(
        "", "en", "warfarin, lisinopril"
    )


@pytest.mark.parametrize(
    "request_",
    [
        None,
        pb.RecognizeRequest(),
        pb.RecognizeRequest(audio=pb.RecognizeAudio()),
        start(hotwords=["x"] * 65),
        start(hotwords=["x" * 65]),
    ],
)
def test_any_other_start_is_refused(request_: pb.RecognizeRequest | None) -> None:
    with pytest.raises(UsageError):
        wire.start_of(request_)


@pytest.mark.parametrize(("pcm", "first"), [(b"abc", 0), (b"ab" * 40_000, 0), (b"ab", -1), (b"ab", 1 << 41)])
def test_impossible_audio_is_refused(pcm: bytes, first: int) -> None:
    with pytest.raises(UsageError):
        wire.audio_of(pb.RecognizeAudio(pcm=pcm, first_sample=first), 64_000)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 1001])
def test_impossible_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        wire.check_text(text)


def test_an_unknown_hint_is_free() -> None:
    assert wire.hint_of(pb.RecognizeHint(expectation=99))[0] is Expectation.FREE  # type: ignore[arg-type]
    assert wire.hint_of(pb.RecognizeHint(expectation=pb.EXPECTATION_NUMBER))[0] is Expectation.NUMBER


@pytest.mark.parametrize(
    "event",
    [
        SpeechStarted(7),
        SpeechEnded(8, 9),
        Transcription(
            UtteranceId("u"), Phi("señor"), True, 0.5, 0.25, "es", 1, 2, (Word(Phi("señor"), 1, 2, 0.5),), 0.125
        ),
    ],
)
def test_events_cross_the_wire_unchanged(event: HeardEvent) -> None:
    assert wire.heard(pb.RecognizeResponse.FromString(wire.response(event).SerializeToString())) == event


def test_an_empty_answer_is_nonsense() -> None:
    with pytest.raises(EngineFailed):
        wire.heard(pb.RecognizeResponse())


def test_an_empty_folder_is_no_recogniser_and_no_voice(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as error:
        Whisper(tmp_path, threads=1, workers=1)
    assert str(tmp_path) in error.value.advice
    with pytest.raises(EngineFailed) as error:
        Piper(tmp_path, threads=1)
    assert str(tmp_path) in error.value.advice


def test_files_that_are_no_models_are_refused(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "model.bin", "vocabulary.txt", "a.onnx", "a.onnx.json"):
        (tmp_path / name).write_bytes(b"not a model" * 100)
    with pytest.raises(EngineFailed):
        Whisper(tmp_path, threads=1, workers=1)
    for name in ("config.json", "tokenizer.json", "a.onnx.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(EngineFailed):
        Whisper(tmp_path, threads=1, workers=1)
    with pytest.raises(EngineFailed):
        Piper(tmp_path, threads=1)
    with pytest.raises(EngineFailed):
        SileroVad(tmp_path / "a.onnx")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hot oil all down her front. Hot oil all down her front.", "Hot oil all down her front."),
        ("No allergies either, no. No allergies either, no. No allergies either, no.", "No allergies either, no."),
        ("She is pregnant, my sister, eight months. She is pregnant, my", "She is pregnant, my sister, eight months."),
    ],
)
def test_what_is_written_twice_was_said_once(text: str, kept: str) -> None:
    count = _said_twice(text)
    assert " ".join(text.split()[:count]) == kept


@pytest.mark.parametrize(
    "text",
    [
        "help me, help me",
        "no no no no",
        "five five five five",
        "I can't get air, I can't",
        "my number is five five five oh one oh one",
        "",
    ],
)
def test_what_callers_do_repeat_stays(text: str) -> None:
    assert _said_twice(text) == 0
