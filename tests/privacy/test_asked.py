"""How long an answer stays expected, and which figures are no number of anybody's. Sentences by the author of the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.privacy.test_redaction import redactor
from triage.privacy import asked, quantities
from triage.privacy.spoken import runs

DEVELOP = Path(__file__).parents[2] / "models" / "privacy" / "corpus" / "develop"


@pytest.mark.parametrize(
    "text", ["mm-hm", "okay, go ahead", "okay y", "and the last four", "4471, is that right?", "slower please", "was that a dash"]
)  # fmt: skip
def test_a_nod_and_talk_of_the_telling_keep_a_question_open(text: str) -> None:
    assert asked.goes_on(text)


@pytest.mark.parametrize(
    "text", ["diagnosis", "what did you eat today", "Thank you, 4471902. Which insulin is it?", "any pain on the right side", "how much zoloft"]
)  # fmt: skip
def test_anything_else_ends_it(text: str) -> None:
    assert not asked.goes_on(text)


def test_what_is_told_with_its_value_is_not_asked_for() -> None:
    text = "found you, chart 3188205. how's the heel"
    assert asked.kinds("what's your chart number") == ("MRN", "PHONE")
    assert asked.kinds(text, [(text.index("3"), text.index("."))]) == ()
    assert asked.kinds("how many crew members got sick") == ("VALUE",)  # and no plan number


@pytest.mark.parametrize(
    "talk",
    [
        ("what's your member id", "xkj 448 2290", "thank you, that's active. what did they charge you", "forty five for the visit and 20 for the strips"),
        ("your email?", "rosa.k@mail.example", "and what did you need", "the eliquis, the 5. i have four pills and i feel off"),
        ("date of birth", "3/4/1950", "what's the sugar been", "one eighty, 190, and after lunch two fifty"),
        ("your address", "14 oak street", "did you take any", "one, a round white one with a 54 on it"),
    ],
)  # fmt: skip
def test_an_answer_reaches_no_later_turn(talk: tuple[str, str, str, str]) -> None:
    call = redactor().for_call()
    for at, text in enumerate(talk[:3]):
        done = call.redact(text, "line" if at % 2 == 0 else "caller")
        assert bool(done.spans) == (at == 1), text
    assert call.redact(talk[3], "caller").text == talk[3]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what's your chart number", "44 7"), ("number to reach you", "six hundred three, five five five, zero one oh nine"), ("your email please", "big tuna 22"),
        ("your name", "olive garland"), ("which doctor", "doctor strange"), ("what car is it", "NUN 418"),
    ],
)  # fmt: skip
def test_an_answer_that_was_just_asked_for_goes(question: str, answer: str) -> None:
    call = redactor().for_call()
    call.redact(question, "line")
    spans = call.redact(answer, "caller").spans
    assert spans, answer
    assert spans[-1].end == len(answer)


def test_who_looks_for_the_answer_may_take_a_turn_for_it() -> None:
    call = redactor().for_call()
    for who, text in (
        ("line", "what's your chart number"),
        ("caller", "hang on it's in my purse"),
        ("line", "sure, do you want me to wait"),
    ):
        call.redact(text, who)
    assert "44" not in call.redact("44 7", "caller").text


def test_a_number_told_before_is_found_in_the_same_words() -> None:
    call = redactor().for_call()
    call.redact("what car is it", "line")
    call.redact("it's gray, NUN 418", "caller")
    assert "418" not in call.redact("i'll put nun 418 on the list", "line").text


@pytest.mark.parametrize(
    "text",
    ["six tubes of blood", "a temperature of thirty eight point nine", "her sugar was 181 this morning and 240", "metformin 2000", "20/70 in the good one", "i'm eighty one", "a l t sixty two"],
)  # fmt: skip
def test_quantities(text: str) -> None:
    found = [run for run in runs(text) if run.digits]
    assert all(quantities.quantity(text, run, told=True) for run in found), found


@pytest.mark.parametrize("text", ["6 4 4 or 6 7 1", "three sevens", "zero one five five"])
def test_no_quantities(text: str) -> None:
    assert not any(quantities.quantity(text, run, told=True) for run in runs(text))


def test_no_turn_of_the_develop_authors_is_removed_for_a_fault_of_ours() -> None:
    """What cannot be looked at goes whole, so a fault in a rule would hide as good recall."""
    rows = [json.loads(line) for line in (DEVELOP / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    call = redactor().for_call()
    assert [
        row["id"] for row in rows if any(span.kind == "UNKNOWN" for span in call.redact(row["text"], row["who"]).spans)
    ] == []


@pytest.mark.parametrize(
    ("line", "caller", "goes"),
    [
        ("What is your record number?", "It's 447192. People always get it wrong.", "447192"),
        ("And the group number?", "type 447", "447"),
        ("The plan number, please?", "one oh four over two two seven one", "one oh four"),
        ("The record number?", "four four seven one nine two, every time they ask", "four four seven one nine two"),
        ("Good morning.", "my MRN is 4471928 more or less", "4471928"),
        ("Good morning.", "call me at five five five oh one nine two in the morning", "five five five oh one nine two"),
    ],
)
def test_no_word_beside_it_makes_an_identifier_a_quantity(line: str, caller: str, goes: str) -> None:
    call = redactor().for_call()
    call.redact(line, "line")
    spans = call.redact(caller, "caller").spans
    start = caller.index(goes)
    assert any(span.start <= start and span.end >= start + len(goes) for span in spans)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["dot one " * 60, "a dot b dot " * 40, "dot " * 200, "my slash " * 100, "at dot com " * 60]
)
def test_a_turn_has_one_reading_only(text: str) -> None:
    """With two readings of each separator this took longer than anybody lives; the time-out is the test."""
    assert redactor().for_call().redact(text, "caller").text
