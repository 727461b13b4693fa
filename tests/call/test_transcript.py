from triage.call.transcript import TURNS_MAX, Transcript, Who
from triage.privacy.phi import Phi


def test_a_cut_off_sentence_keeps_only_what_was_played() -> None:
    transcript = Transcript()
    turn = transcript.said("one two three four", at_s=3.0, samples=8000, samples_total=16000, fixed=False, cut_off=True)
    assert turn is not None
    assert turn.text.reveal() == "one two"
    assert turn.cut_off
    assert (turn.start_s, turn.end_s) == (2.0, 3.0)


def test_a_sentence_of_which_nothing_was_played_was_not_said() -> None:
    transcript = Transcript()
    assert transcript.said("hello", at_s=1.0, samples=0, samples_total=8000, fixed=True, cut_off=True) is None
    assert transcript.turns == ()


def test_turns_are_numbered_and_bounded() -> None:
    transcript = Transcript()
    for number in range(TURNS_MAX + 50):
        transcript.heard(Phi(f"word {number}"), start_s=number, end_s=number + 0.5, confidence=0.9)
    turns = transcript.turns
    assert len(turns) == TURNS_MAX
    assert turns[0].text.reveal() == "word 0"
    assert turns[-1].text.reveal() == f"word {TURNS_MAX + 49}"
    assert [t.number for t in turns] == sorted({t.number for t in turns})
    assert {turn.who for turn in turns} == {Who.CALLER}


def test_text_does_not_print_itself() -> None:
    transcript = Transcript()
    turn = transcript.heard(Phi("my name is Rosa Klein"), start_s=0, end_s=1, confidence=1)
    assert "Rosa" not in repr(turn)
    assert "Rosa" not in f"{turn.text}"
