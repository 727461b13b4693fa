"""What callers want, for authors whose lines are not shipped; and that a clinic's own wish needs no training."""

from __future__ import annotations

import os
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from triage.scope import clinic as clinics
from triage.scope import wishes
from triage.scope.beyond import SURE_BOUNDARY
from triage.scope.clinic import ApprovedAnswer
from triage.scope.dialogue import CONFIDENT
from triage.scope.embedding import Encoder
from triage.scope.intents import CONVEYS, NO_WISH, NOT_WISHED, Intents, confidence

ROOT = Path(__file__).parents[2]
MODELS = Path(os.environ.get("TRIAGE_STATE_DIR", ROOT / "var")).resolve() / "models"
BEYOND = set(wishes.BEYOND.values())


@lru_cache(maxsize=1)
def intents() -> Intents:
    clinic = clinics.load(ROOT / "deploy" / "clinic.toml")
    return Intents.shipped(clinic, Encoder(MODELS / "embedding").encode)


@pytest.mark.in_process
def test_wishes_of_authors_who_are_not_shipped() -> None:
    """Measured: models/cards/scope.md. The bounds lie some lines below."""
    seen: Counter[str] = Counter()
    for wish in wishes.load(ROOT / "models" / "scope" / "corpus" / "test"):
        best = intents().best(wish.text)
        sure = confidence(best.score)
        if wish.families[0] in BEYOND:
            seen["beyond"] += 1
            seen["handed"] += not best.in_scope and sure >= SURE_BOUNDARY
        elif wish.families[0] != NO_WISH:
            seen["within"] += 1
            taken = best.in_scope and sure >= CONFIDENT
            seen["right"] += taken and best.family in wish.families
            seen["wrong"] += taken and best.family not in wish.families
    assert seen["right"] >= 0.93 * seen["within"]
    assert seen["wrong"] <= 0.05 * seen["within"]
    assert seen["handed"] >= 0.91 * seen["beyond"]


@pytest.mark.in_process
def test_a_clinic_s_own_answer_is_found_by_its_examples() -> None:
    own = ApprovedAnswer(
        id="flu_days", title="walk-in flu shots", wording="Flu shots are given on Wednesdays without an appointment.",
        examples=("when can I get a flu shot", "do you do walk in flu shots", "flu vaccine hours", "is there a flu clinic day"),
    )  # fmt: skip
    clinic = clinics.load(ROOT / "deploy" / "clinic.toml")
    wider = clinic.model_copy(update={"answer": (*clinic.answer, own)})
    found = Intents.shipped(wider, Encoder(MODELS / "embedding").encode)
    assert found.classify("which day are the walk-in flu shots").task == "flu_days"
    assert intents().classify("which day are the walk-in flu shots").task != "flu_days"


def test_a_wish_that_the_clinic_does_not_know_is_beyond_it() -> None:
    from triage.testing import scripted_encoder

    clinic = clinics.load(ROOT / "deploy" / "clinic.toml")
    fewer = clinic.model_copy(update={"answer": tuple(one for one in clinic.answer if one.id != "parking")})
    found = Intents(fewer, clinics.boundaries(), scripted_encoder.encode, wishes.load())
    assert not found.classify("where can I park my car").in_scope


def test_the_confidence_rises_with_the_score() -> None:
    values = [confidence(score / 100) for score in range(-20, 121)]
    assert values == sorted(values)
    assert values[0] >= 0.0
    assert values[-1] < 1.0


def test_a_line_that_is_not_of_the_form_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "hello"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1"):
        wishes.load(tmp_path)


@pytest.mark.in_process
@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("I'm down for a check-up end of June but the wheat's come ripe early. I gotta push that back.", "appointment_move"),
        ("I'm supposed to come in Thursday for my yearly, we have to shove that to another week", "appointment_move"),
        ("I got a check-up on the tenth, any way to make it the eleventh", "appointment_move"),
        ("they have me down for the second, I'd rather come on the third", "appointment_move"),
        ("I need to move it to... no. You know what, I'm subbing all month. Just cancel it, I'll set one up in summer.", "appointment_cancel"),
        ("I was fixing to move it, but I'll just cancel", "appointment_cancel"),
        ("I thought about changing the day but no, take me off the book", "appointment_cancel"),
        ("I'd like to cancel, no, you know what, move it to Friday", "appointment_move"),
        ("I was going to cancel but could I move it instead", "appointment_move"),
        ("Don't put me through to nobody, I just want to leave a note. A note for the staff.", "message"),
        ("please don't transfer me, just write this down for the doctor", "message"),
        ("can you remind the nurse about a form for me, I dropped it off last week and I never heard", "message"),
        ("can I leave word for Doctor Chen", "message"),
        ("Don't put me on hold, get me a person", "person"),
        ("I don't want to talk to anybody but a nurse", "person"),
        ("I don't want to talk to you, get me somebody", "person"),
    ],
)  # fmt: skip
def test_what_is_wanted_last_and_what_is_not_wanted(text: str, task: str) -> None:
    assert intents().best(text).task == task


@pytest.mark.in_process
@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("I want to move my appointment, but not cancel it", "appointment_move"),
        ("I want to move my appointment but please don't cancel it", "appointment_move"),
        ("Move my appointment instead of canceling it", "appointment_move"),
        ("I don't want to cancel, just move it to Friday", "appointment_move"),
        ("I'd like to book an appointment but I had to cancel the last one", "appointment_book"),
        ("I need to move my appointment but they already canceled it once", "appointment_move"),
        ("cancel it, don't move it", "appointment_cancel"),
        ("please cancel my appointment rather than moving it", "appointment_cancel"),
        ("I can't make it so why don't you cancel it", "appointment_cancel"),
        ("please don't cancel it", "other"),
        ("I had to cancel my appointment last week and I need a new one", "other"),
        ("I don't need a person, I need a nurse", "person"),
        ("I don't want to talk to nobody, just help", "person"),
        ("I don't want no operator, I want the doctor", "person"),
        ("I don't need a person, I just need a refill", "refill"),
        ("can you let me know what time you open", "hours"),
        ("let me know what to bring", "what_to_bring"),
        ("let us know if you're open saturday", "hours"),
        ("please let Doctor Chen know the medicine is working", "message"),
    ],
)  # fmt: skip
def test_what_is_refused_is_past_or_is_asked_for_oneself(text: str, task: str) -> None:
    assert intents().best(text).task == task


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("move it, but not cancel it", True), ("instead of canceling my old appointment", True),
        ("no need to reschedule", True), ("I don't want to cancel anything", True), ("why don't you cancel it", False), ("why not cancel it", False),
        ("I'm not going please cancel it", False), ("that does not work cancel it", False), ("it's not for me to cancel", False),
    ],
)  # fmt: skip
def test_what_is_not_wished_is_told_from_a_suggestion(text: str, wished: bool) -> None:
    assert bool(NOT_WISHED.search(text)) is wished


@pytest.mark.parametrize(
    "text", ["let me know what time you open", "let us know if it is ready", "can you let me know"]
)
def test_what_the_caller_asks_to_know_is_no_message(text: str) -> None:
    assert not CONVEYS.search(text)
    assert CONVEYS.search("let my doctor know that I have the form")


@pytest.mark.in_process
def test_letters_said_one_by_one_are_one_word() -> None:
    assert intents().best("I need that D-O-T physical") == intents().best("I need that DOT physical")


@pytest.mark.in_process
@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("I do not need an appointment. I only wish to inform the office of a change of my drugstore.", "message"), ("We switched insurance in January and I want it noted", "message"),
        ("I'm calling to tell you my drugstore closed and I'm at the Kroger now", "message"), ("I just want you to know I got a new phone number", "message"),
        ("I'd like my lisinopril sent to my new pharmacy, I just ran out", "refill"), ("I just need my usual at the new pharmacy", "refill"),
        ("I have a new pharmacy and they need a refill for metformin", "refill"), ("I got a bill because my insurance changed", "billing_dispute"),
        ("I don't want an appointment, just tell them I'll bring the card", "message"), ("No visit, I just want my pills renewed", "refill"),
        ("I don't need an appointment any more", "appointment_cancel"), ("I don't want an appointment, I want to cancel the one I have", "appointment_cancel"),
        ("I'm down to about a week of my regular and I want to get ahead of it. The one I always get.", "refill"), ("I've got a few days of my usual left, that's all", "refill"),
        ("Give me a burger and fries. Just kidding, I need to move my checkup", "appointment_move"), ("I was calling about my appointment.", "other"),
        ("I'm calling about my visit on Tuesday", "other"),
        ("Fish don't keep office hours, and my check-up tomorrow I can't make. Shift it along for me?", "appointment_move"),
        ("I got a physical with you guys in September I'm not gonna be around for.", "appointment_cancel"),
        ("What are your office hours? I may want to move my check-up.", "hours"),
    ],
)  # fmt: skip
def test_news_refusals_jokes_and_what_says_too_little(text: str, task: str) -> None:
    assert intents().best(text).task == task
