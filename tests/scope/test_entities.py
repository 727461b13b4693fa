import pytest

from triage.scope.answers import agrees, denies, is_done
from triage.scope.entities import digits, find


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five five five oh one nine two", "5550192"),
        ("555-0192", "5550192"),
        ("double four seven", "447"),
        ("it's 5 5 5, then triple one", "555111"),
        ("no numbers here", ""),
    ],
)
def test_digits(text: str, expected: str) -> None:
    assert digits(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "yeah that's right",
        "Correct",
        "mm-hm",
        "Sure, please",
        "Sí",
        "Da, yes, right",
        "That'll be fine, yes",
        "Ten-four",
    ],
)
def test_a_yes(text: str) -> None:
    assert agrees(text) is True


@pytest.mark.parametrize(
    "text",
    ["No.", "nope", "No, that's all", "not really", "that's wrong", "Oh, no, everything's fine", "Not a thing, no"],
)
def test_a_no(text: str) -> None:
    assert agrees(text) is False


@pytest.mark.parametrize("text", ["", "the fourteenth", "my knee hurts", "well", "good morning"])
def test_neither(text: str) -> None:
    assert agrees(text) is None


@pytest.mark.parametrize(
    ("text", "asked", "name"),
    [
        ("My name is Rosa Klein.", False, "Rosa Klein"),
        ("This is Tom Abara calling", False, "Tom Abara"),
        ("Rosa Klein", True, "Rosa Klein"),
        ("um, Maria del Carmen", True, "Maria del Carmen"),
    ],
)
def test_names(text: str, asked: bool, name: str) -> None:
    fact = find("name", text, asked=asked)
    assert fact is not None
    assert fact.value.reveal() == name


@pytest.mark.parametrize("text", ["yes", "I'm not sure", "I'm calling about my bill", "hello"])
def test_no_name_where_none_was_said(text: str) -> None:
    assert find("name", text, asked=True) is None


def test_the_last_date_is_the_wish() -> None:
    fact = find("date", "not on Monday, but Thursday afternoon", asked=True)
    assert fact is not None
    assert fact.value.reveal().lower() == "thursday afternoon"


def test_birth_date_is_only_taken_when_asked_or_named() -> None:
    assert find("date_of_birth", "I'd like March 3rd", asked=False) is None
    fact = find("date_of_birth", "March 3rd, 1951", asked=True)
    assert fact is not None
    assert "1951" in fact.value.reveal()


@pytest.mark.parametrize(
    "text",
    [
        "no", "No, I'm fine", "everything's been pretty steady", "all good", "fit as a fiddle", "Oh, no, no, everything's fine",
        "oh no, dear", "No thanks, but you're kind", "nope, only the weather",
    ],
)  # fmt: skip
def test_a_plain_no_to_the_soft_question(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "yes", "Yeah, a bit of dizziness, I'm okay", "I'm not fine", "everything is fine but my chest hurts", "I'm okay though it burns",
        "I'm fine until I stand up", "it isn't all good", "Oh no, it came back last night", "well", "the fourteenth",
    ],
)  # fmt: skip
def test_anything_else_is_left_open(text: str) -> None:
    assert not denies(text)


def test_nothing_more() -> None:
    assert is_done("Okay, photo ID, got it, no, that's all")
    assert is_done("Finish, thank you, have a blessed day")
    assert not is_done("That's all for me, but my wife needs a refill")


@pytest.mark.parametrize(
    ("text", "free", "asked"),
    [
        ("now I can't do Monday, I need to switch my appointment to a different day", None, None),
        ("I have an appointment on Tuesday, but the choir changed rehearsal, so could I move it?", None, None),
        ("I have an appointment Friday and need to move it to Monday", "Monday", "Monday"),
        ("Monday doesn't work, maybe Wednesday", "Wednesday", "Wednesday"),
        ("Tuesday, gimme Tuesday", "Tuesday", "Tuesday"),
        ("this day I cannot, is possible other day?", None, None),
        ("my son has appointment on Tuesday but he has examination this day. Is possible to change?", None, None),
        ("can I change my appointment on Friday", None, None),
        ("I got a jury summons for the same day as my appointment so I need to switch it", None, None),
        ("could I come 11/5 at 9:30", "11/5 at 9:30", "11/5 at 9:30"),
    ],
)
def test_days_that_are_refused_or_there_already_are_no_wish(text: str, free: str | None, asked: str | None) -> None:
    for was_asked, expected in ((False, free), (True, asked)):
        fact = find("date", text, asked=was_asked)
        assert (fact.value.reveal() if fact else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we're moving at the end of the month so I won't need my appointment any more", None),
        ("cancel my visit on Friday", "on Friday"),
        ("I need to cancel my 9:30 with Doctor Chen", "9:30"),
        ("take me off the fourteenth, please", "the fourteenth"),
    ],
)
def test_which_appointment_unasked_is_only_a_day_that_one_can_be_on(text: str, expected: str | None) -> None:
    fact = find("appointment", text, asked=False)
    assert (fact.value.reveal() if fact else None) == expected


def test_the_name_of_somebody_s_child() -> None:
    fact = find("name", "the name of my son is Mateo Villanueva", asked=True)
    assert fact is not None
    assert fact.value.reveal() == "Mateo Villanueva"


def test_the_strength_in_words_goes_with_the_medicine() -> None:
    fact = find("medicine", "met, metformin, five hundred milligrams, twice a day", asked=True, listed=["metformin"])
    assert fact is not None
    assert fact.value.reveal() == "metformin, five hundred milligrams"
    fact = find("medicine", "they don't have any refills left for her", asked=False)
    assert fact is None or fact.value.reveal() != "left"


def test_two_medicines_are_both_written_down() -> None:
    both = ["amlodipine", "atorvastatin", "lisinopril"]
    fact = find("medicine", "it's the atorvastatin and the amlodipine, both of them", asked=True, listed=both)
    assert fact is not None
    assert fact.value.reveal() == "atorvastatin and amlodipine"
    fact = find("medicine", "lisinopril ten milligrams, not the amlodipine", asked=True, listed=both)
    assert fact is not None
    assert fact.value.reveal() == "lisinopril ten milligrams"


@pytest.mark.parametrize(
    ("text", "medicine"),
    [
        ("I stopped the warfarin and now I need Eliquis", "Eliquis"),
        ("I need losartan, they took me off lisinopril", "losartan"),
        ("I ran out of metformin, I still have lisinopril", "metformin"),
        ("no, lisinopril is wrong, it's metformin", "metformin"),
        ("I need my insulin, but no warfarin please", "insulin"),
        ("I need losartan, no more lisinopril", "losartan"),
        ("losartan. no, excuse me, they changed that. it's the metformin", "metformin"),
        ("lisinopril, metformin and the Eliquis", "lisinopril and metformin and Eliquis"),
    ],
)
def test_only_what_is_wanted_is_refilled(text: str, medicine: str) -> None:
    some = ["lisinopril", "metformin", "losartan", "warfarin", "Eliquis", "insulin"]
    fact = find("medicine", text, asked=True, listed=some)
    assert fact is not None
    assert fact.value.reveal() == medicine


@pytest.mark.parametrize("day", ["3/14/52", "3-14-52", "12.25.48"])
def test_a_birthday_is_no_day_wished(day: str) -> None:
    assert find("date", f"this is Earl Hutchins, {day}, I need an appointment", asked=False) is None


def test_what_is_written_small_beside_capitals_is_no_name() -> None:
    assert find("name", "it says I'm due to see the doctor, Jean brought it", asked=False) is None


def test_the_name_before_its_spelling_and_a_greeting_that_is_no_time() -> None:
    fact = find("name", "Margaret Lindqvist, L I N D Q V I S T, with a Q and a V.", asked=True)
    assert fact is not None
    assert fact.value.reveal() == "Margaret Lindqvist"
    assert find("date", "Morning! Walt here, can you put me down for a check-up?", asked=False) is None
