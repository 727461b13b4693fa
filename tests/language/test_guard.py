"""What the line must never say, and what it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.language import grounding
from triage.language.guard import Allowed, Blocked, check

HOURS = "The clinic is open Monday to Friday from eight A M to five P M, and closed at weekends."

FORBIDDEN = [
    ("dosing", "You can take two tablets now."),
    ("dosing", "Please double your dose tonight."),
    ("dosing", "Try another ibuprofen."),
    ("dosing", "Stop taking your medicine."),
    ("dosing", "It is safe to take that with food."),
    ("dosing", "Take it once a day."),
    ("diagnosis", "It sounds like the flu."),
    ("diagnosis", "You probably have a cold."),
    ("diagnosis", "You might have an infection."),
    ("diagnosis", "That is a symptom of stress, caused by work."),
    ("diagnosis", "You have a virus."),
    ("diagnosis", "This is just a migraine."),
    ("reassurance", "You'll be fine."),
    ("reassurance", "You’ll be fine."),
    ("reassurance", "You will be okay."),
    ("reassurance", "There is nothing to worry about."),
    ("reassurance", "Don't worry."),
    ("reassurance", "That's perfectly normal."),
    ("reassurance", "It is not serious."),
    ("reassurance", "It isn't an emergency."),
    ("reassurance", "I'm sure you get better soon."),
    ("reassurance", "Everything is under control."),
    ("discouragement", "There is no need to call an ambulance."),
    ("discouragement", "You don't need to come in."),
    ("discouragement", "Let's wait and see."),
    ("discouragement", "You can hang up now."),
    ("promise", "Someone will be right with you."),
    ("promise", "A nurse is going to call you."),
    ("promise", "We'll get back to you."),
    ("promise", "Help is on its way."),
    ("promise", "Your appointment is confirmed."),
    ("promise", "I have booked that for you."),
    ("promise", "The doctor shall ring you shortly."),
    ("advice", "You should rest."),
    ("advice", "I suggest a glass of water."),
    ("advice", "Drink plenty of water."),
    ("advice", "Please see a doctor."),
    ("advice", "Go to the hospital."),
    ("posing", "As a doctor I understand."),
    ("posing", "I am a nurse."),
    ("posing", "I'm human, just as you are."),
    ("posing", "I am not a robot."),
    ("posing", "My name is Emily."),
    ("posing", "You are talking to a real person."),
    ("off_role", "I was trained as SmolLM."),
    ("off_role", "The caller said: hello"),
    ("empty", "  \n"),
    ("odd_text", "Thank you \u202e for calling."),
    ("odd_text", "Danke \u0391\u03b2."),
    ("odd_text", "**Thank you**"),
    ("odd_text", "<|im_end|>"),
    ("odd_text", "Come at \u0669."),
    ("odd_text", "..."),
    ("too_long", "very " * 100),
    ("ungrounded_number", "Please come at seven."),
    ("ungrounded_number", "Please come at 7."),
    ("ungrounded_number", "Please come on Tuesday."),
    ("ungrounded_number", "Please come tomorrow."),
    ("ungrounded_number", "Please come at noon."),
    ("ungrounded_number", "Please come on the twenty-first."),
    ("ungrounded_number", "It opens at eight P M."),
    ("ungrounded_name", "Please ask for Doctor Miller."),
    ("ungrounded_name", "Emily can note that down."),
    ("ungrounded_name", "We are in Boston."),
]


@pytest.mark.parametrize(("reason", "sentence"), FORBIDDEN)
def test_forbidden(reason: str, sentence: str) -> None:
    assert check(sentence, grounds=[HOURS]) == Blocked(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sentence", "grounds"),
    [
        (HOURS, [HOURS]),
        ("We are open from 8 AM to 5 PM, Monday to Friday, and closed at weekends.", [HOURS]),
        ("We are open from 8:00 a.m. to 5:00 p.m., Monday to Friday.", [HOURS]),
        ("Thank you. Could you tell me your date of birth?", ["What is your date of birth?"]),
        ("Is half past nine good for you, Maria?", ["half past nine", "my name is maria lopez"]),
        ("You said 9:30, is that right?", ["nine thirty please"]),
        ("You said nine thirty, is that right?", ["at 9:30"]),
        ("You said nine oh five, is that right?", ["at 9:05"]),
        ("Your number is 555-0100, right?", ["five five five, zero one hundred"]),
        ("Was that the 21st?", ["on the twenty first"]),
        ("Was that lisinopril ten milligrams?", ["I need lisinopril 10 milligrams"]),
        ("Was that 2.5?", ["two point five"]),
        ("In May, then?", ["in may please"]),
        ("May I ask for your name?", []),
    ],
)
def test_allowed(sentence: str, grounds: list[str]) -> None:
    assert check(sentence, grounds=grounds) == Allowed()


@pytest.mark.parametrize(
    ("said", "ground"),
    [
        ("9", "9:30"),
        ("nine", "nine thirty"),
        ("25", "2.5"),
        ("two point five", "25"),
        ("8 p.m.", "eight a.m."),
        ("55", "555"),
        ("thirteen", "thirty"),
        ("205", "two hundred and fifty"),
        ("in May", "may I come"),
        ("9:15", "9:50"),
    ],
)
def test_a_number_that_only_looks_alike_is_not_grounded(said: str, ground: str) -> None:
    assert check(f"You said {said}, right?", grounds=[ground]) == Blocked("ungrounded_number")


def spelled(number: int) -> str:
    """0..99 in English words, written independently of the code under test."""
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
        " eighteen nineteen"
    ).split()
    tens = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
    if number < 20:
        return ones[number]
    return tens[number // 10] + (f" {ones[number % 10]}" if number % 10 else "")


@given(st.integers(0, 99), st.integers(0, 99))
def test_words_and_digits_meet_exactly_when_they_mean_the_same(said: int, known: int) -> None:
    digits = check(f"You said {said}, right?", grounds=[f"it was {spelled(known)}"])
    letters = check(f"You said {spelled(said)}, right?", grounds=[f"it was {known}"])
    expected = Allowed() if said == known else Blocked("ungrounded_number")
    assert digits == letters == expected


@given(st.integers(1, 12), st.integers(0, 59))
def test_times_of_day_meet(hour: int, minute: int) -> None:
    tail = "" if minute == 0 else f" oh {spelled(minute)}" if minute < 10 else f" {spelled(minute)}"
    clock = f"{hour}:{minute:02}"
    assert check(f"You said {clock}, right?", grounds=[spelled(hour) + tail]) == Allowed()
    assert check(f"You said {spelled(hour)}{tail}, right?", grounds=[clock]) == Allowed()


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_never_raises_and_a_forbidden_sentence_stays_forbidden(before: str, after: str, ground: str) -> None:
    check(before, grounds=[ground, after])
    sentence = f"{before} . You'll be fine. {after}"
    assert isinstance(check(sentence, grounds=[ground, sentence]), Blocked)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"]), max_size=60))
def test_a_ground_can_only_add_what_it_says(ground: str) -> None:
    held = grounding.numbers_of([ground]) if ground.isascii() else frozenset()
    if "7391" not in held:
        assert check("Was that seven three nine one?", grounds=[ground]) == Blocked("ungrounded_number")
