import time

import pytest

from triage.scope.answers import agrees, denies, is_done
from triage.scope.clinic import Need
from triage.scope.entities import digits, find

SLOW = 5.0  # seconds of the processor; what is bounded takes a tenth of one


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
        "No, all is well, I only want that appointment", "Oh goodness no",
        "No, just my appointment",
    ],
)  # fmt: skip
def test_a_plain_no_to_the_soft_question(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "yes", "Yeah, a bit of dizziness, I'm okay", "I'm not fine", "everything is fine but my chest hurts", "I'm okay though it burns",
        "I'm fine until I stand up", "it isn't all good", "Oh no, it came back last night", "well", "the fourteenth",
        "Oh no, it just came back again", "all is well but for the nights", "I can't say I'm fine", "heavens, it never ends",
        "Oh no, it's only my chest", "Nothing but this arm. I'm fine.", "No, it's just that he's in the room with me", "goodness no, it never stops now",
        "Oh no, it's just the kettle",
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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Eunice Applegate, like the gate with apples on it.", "Eunice Applegate"),
        ("Ingrid Swenson, with an E and an O. S-W-E-N-S-O-N.", "Ingrid Swenson"),
        ("mm, Cody.", "Cody"),
        ("ah... Bob Haney", "Bob Haney"),
        ("Norma Jean Prewitt. Harold, turn that ball game down.", "Norma Jean Prewitt"),
        ("Hang on, Dad. I'm on the phone. Cody Ramsdell.", "Cody Ramsdell"),
        ("I'm with Harold, he's deaf. Norma Prewitt", "Norma Prewitt"),
        ("Daisy, no! Pat O'Brien.", "Pat O'Brien"),
        ("Pat. Sit, Daisy!", "Pat"),
        ("Dorothy, and then Pell, like bell but with a P.", "Dorothy Pell"),
        ("Just a second... Dana Whitfield, one word.", "Dana Whitfield"),
        ("Call me Skip. Skip Olsen", "Skip Olsen"),
        ("Maria de la Cruz, all separate", "Maria de la Cruz"),
        ("VIRGIL PECK. P-E-C-K.", "Virgil Peck"),
        ("Lulu get off the table", None),
        ("Well, my nephew Gary's driving me, he works at the elevator.", None),
    ],
)
def test_a_name_with_what_is_said_around_it(text: str, name: str | None) -> None:
    fact = find("name", text, asked=True)
    assert (fact.value.reveal() if fact else None) == name


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Dispatch has got me in Omaha on Friday, so I can't make my appointment. Can we reschedule?", None),
        ("I had a card that said the fourteenth, but my ride can't come on the fourteenth, so it'll have to be some other day.", None),
        ("I have to change my appointment, my niece drives me and they've gone and put her on days this week", None),
        ("I'm supposed to come in Monday but I'll be at my sister's till Wednesday, I need another day", None),
        ("We leave for Arizona on the third so I can't come on the fifth, need to reschedule", None),
        ("I gotta work Monday so can I switch my appointment", None),
        ("The bus doesn't run Sundays, I need an appointment", None),
        ("School's out Monday, could we come Monday instead", "Monday"),
        ("could you squeeze me in tomorrow, I'm off tomorrow", "tomorrow"),
        ("Hi, Thursday if you have it, for a check-up", "Thursday"),
        ("I want my physical in May", "in May"),
        ("I'd like to be seen sometime next week", None),
    ],
)  # fmt: skip
def test_unasked_only_a_day_that_is_wished_for(text: str, day: str | None) -> None:
    fact = find("date", text, asked=False)
    assert (fact.value.reveal() if fact else None) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Well, I can't do Friday", None),
        ("I'm in Omaha on Friday", None),
        ("Friday. No, honey, your practice is on Monday.", "Friday"),
        ("Thursday. No, Rex, not till Friday!", "Thursday"),
        ("I've got choir Wednesday, so Thursday", "Thursday"),
        ("Mondays I have dialysis, so Tuesday or Thursday", "Tuesday or Thursday"),
        ("Friday after the school, four o'clock", "Friday, four o'clock"),
        ("Thursday. In the morning if you can.", "Thursday, In the morning"),
        ("Any day but Monday", "Any day but Monday"),
        ("You may pick. Any day.", "Any day"),
        ("next week", "next week"),
    ],
)
def test_asked_the_day_that_answers(text: str, day: str | None) -> None:
    fact = find("date", text, asked=True)
    assert (fact.value.reveal() if fact else None) == day


@pytest.mark.parametrize(
    ("known", "text", "day"),
    [
        ("Wednesday", "Oh, wait now. Wednesday's choir practice. No, better make it Friday.", "Friday"),
        ("Wednesday", "no, not Wednesday, Thursday", "Thursday"),
        ("Wednesday", "no, Rex, you had that Monday", None),
        ("Wednesday", "No, November", None),
        ("October third", "No, November", "November 3"),
    ],
)
def test_a_day_is_corrected_by_a_day(known: str, text: str, day: str | None) -> None:
    fact = find("date", text, asked=False, known=known)
    assert (fact.value.reveal() if fact else None) == day


@pytest.mark.parametrize(
    ("text", "asked", "day"),
    [
        ("We're leaving for Florida on Tuesday so cancel my appointment", False, None),
        ("My sister's coming Saturday, so I won't be there Thursday", False, "Thursday"),
        ("I got a Wednesday appointment, but my brother's up with the boat, so just scratch it", False, "Wednesday"),
        ("Tuesday. What? Harold says it's Monday. It's Monday, he's looking at the card.", True, "Monday"),
        ("The card says the fourteenth", True, "the fourteenth"),
    ],
)
def test_the_day_on_which_the_visit_stands(text: str, asked: bool, day: str | None) -> None:
    fact = find("appointment", text, asked=asked)
    assert (fact.value.reveal() if fact else None) == day


@pytest.mark.parametrize(
    ("text", "asked", "medicine"),
    [
        ("It's the met... metro... met something. Wait, the bottle's in my purse.", True, None),
        ("Oh, it starts with an X, something like that, hang on", True, None),
        ("Hold on, it's on the fridge... Lipitor.", True, "Lipitor"),
        ("Wait, I have the bottle here, Crestor", True, "Crestor"),
        ("Just a minute. Zyrtec. Harold, quiet!", True, "Zyrtec"),
        ("the water pill", True, "water pill"),
        ("I'm about out of my blood pressure pills", False, None),
        ("I need a refill on my - no, that's Mommy's phone - on my pill.", False, None),
        ("can I get a bottle of Zyrtec", False, "Zyrtec"),
    ],
)
def test_a_medicine_and_the_search_for_its_name(text: str, asked: bool, medicine: str | None) -> None:
    fact = find("medicine", text, asked=asked, listed=["lisinopril", "metformin"])
    assert (fact.value.reveal() if fact else None) == medicine


@pytest.mark.parametrize(
    "text",
    [
        "You bet.", "Spot on.", "That's exactly how I said it, so go ahead and send it on", "That's what the bottle says", "Ha, yes, that's it.",
        "That's it to a T.", "Yah, sure", "You talk quiet. Yah, that's it.",
    ],
)  # fmt: skip
def test_a_yes_in_other_words(text: str) -> None:
    assert agrees(text) is True


@pytest.mark.parametrize("text", ["Aw no, it came back last night", "Not unless I stand up"])
def test_what_is_no_denial(text: str) -> None:
    assert not denies(text)


@pytest.mark.parametrize("often", ["first of all ", "any every all but ", "not may ", "have an appointment monday "])
@pytest.mark.parametrize("need", ["date", "appointment", "name", "medicine", "date_of_birth"])
def test_what_is_said_over_and_over_is_searched_in_a_moment(need: Need, often: str) -> None:
    begun = time.process_time()
    find(need, often * 800, asked=True)
    assert time.process_time() - begun < SLOW


def test_a_text_without_an_end_is_searched_in_a_moment() -> None:
    begun = time.process_time()
    find("name", "(" * 100_000, asked=True)
    find("medicine", "(" * 100_000 + ".", asked=True)
    assert time.process_time() - begun < SLOW


def test_a_message_is_written_down_whole() -> None:
    fact = find("message", "tell her " * 200, asked=True)
    assert fact is not None
    assert len(fact.value.reveal().split()) == 400


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Thompson, Mary Ann", "Mary Ann Thompson"),
        ("Mary Jo, Henderson", "Mary Jo Henderson"),
        ("My name is Mary Jo, Henderson.", "Mary Jo Henderson"),
        ("Tran, Thi Hoa", "Tran Thi Hoa"),
        ("Smith, Mary Smith", "Mary Smith"),
        ("Rosa Jones, dear", "Rosa Jones"),
        ("Mom, Rosa Jones", "Rosa Jones"),
        ("Kathryn with a K, Brown", "Kathryn Brown"),
        ("Kathryn with a K and a Y, not a C, Brown", "Kathryn Brown"),
        ("Mary ann Smith", "Mary Ann Smith"),
        ("Connie rose early", "Connie"),
    ],
)
def test_a_name_in_two_parts_keeps_both(text: str, name: str) -> None:
    fact = find("name", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == name


@pytest.mark.parametrize(
    ("text", "asked", "medicine"),
    [
        ("I need to renew Ozempic no wait Trulicity", False, "Trulicity"),
        ("I need to renew Wegovy. No, I mean Mounjaro, please", False, "Mounjaro"),
        ("I need to renew Ozempic. No, wait.", False, "Ozempic"),
        ("I need to renew Ozempic. Sorry, Harold.", False, "Ozempic"),
        ("I need to renew Ozempic, no wait, for my husband", False, "Ozempic"),
        ("Ozempic! One milligram.", True, "Ozempic, One milligram"),
        ("Harold, quiet! Ozempic.", True, "Ozempic"),
    ],
)
def test_the_medicine_that_is_meant_in_the_end(text: str, asked: bool, medicine: str) -> None:
    fact = find("medicine", text, asked=asked)
    assert fact is not None
    assert fact.value.reveal() == medicine


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It's not Monday, it's Tuesday", "Tuesday"),
        ("Not Monday, the Tuesday one", "the Tuesday"),
        ("It's the Tuesday one, not the Monday one", "the Tuesday"),
        ("I can't make it on Monday", "on Monday"),
        ("I can't come Monday", "Monday"),
    ],
)
def test_the_visit_is_not_on_the_day_that_is_refused(text: str, day: str) -> None:
    fact = find("appointment", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == day


@pytest.mark.parametrize(
    "text",
    [
        "This is Kay Ruth, birthday is five fourteen two thousand three, and I need to come in for a physical, April eighth if you have it",
        "born May fourteenth two thousand three. I'd like to come in on April eighth",
    ],
)
def test_a_day_that_is_wished_for_is_not_in_the_birthday(text: str) -> None:
    fact = find("date_of_birth", text, asked=False)
    assert fact is not None
    assert fact.value.reveal() == "May 14, 2003"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Loretta Wisniewski. Everybody gets it wrong, it's W-I-S-N-I-E-W-S-K-I.", "Loretta Wisniewski"),
        ("Connie Fratangelo. That's F-R-A-T, angelo.", "Connie Fratangelo"),
    ],
)
def test_spelling_adds_no_letter_and_takes_none(text: str, name: str) -> None:
    fact = find("name", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == name


def test_a_medicine_that_is_spelled_is_written_as_spelled() -> None:
    fact = find("medicine", "Rosu... rosa... ah, R-O-S-U-V-A-S-T-A-T-I-N, whatever", asked=True, listed=["metformin"])
    assert fact
    assert fact.value.reveal() == "Rosuvastatin"
    begun = find("medicine", "it says T, O, R, S, torsemide", asked=True, listed=["metformin"])
    assert begun
    assert begun.value.reveal() == "torsemide"


@pytest.mark.parametrize(
    ("text", "medicine"),
    [
        ("Farxiga, F-A-R-X-I-G-A, and Xarelto", "Farxiga and Xarelto"), ("Synthroid, S-Y-N-T-H-R-O-I-D, 88 micrograms", "Synthroid, 88 micrograms"),
        ("Januvia, for Maria, M-A-R-I-A", "Januvia, for Maria"), ("a, a, a, a, Crestor", "Crestor"), ("C R E S T O R I take it at night", "Crestor"),
        ("Not Z-O-C-O-R, the other one, Crestor", "Crestor"),
    ],
)  # fmt: skip
def test_spelling_takes_nothing_from_what_was_said(text: str, medicine: str) -> None:
    fact = find("medicine", text, asked=True, listed=["metformin"])
    assert fact is not None
    assert fact.value.reveal() == medicine
