"""Names as people say them: spelled, with a nickname, a former name, a suffix, among asides, with capitals or without. Lines by the author of the rules."""

from __future__ import annotations

import time

import pytest

from triage.scope.entities import find

SLOW = 2.0  # seconds of the processor; what is bounded takes a tenth of one


def name(text: str) -> str | None:
    fact = find("name", text, asked=True)
    return fact.value.reveal() if fact else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("peter novak p e t e r n o v a k", "Peter Novak"), ("anika desai a n i k a then d e s a i", "Anika Desai"), ("ngoc n g o c tran t r a n", "Ngoc Tran"),
        ("x a v i e r q u i r o z xavier quiroz", "Xavier Quiroz"), ("maria gutierrez g u t i e r r e z", "Maria Gutierrez"),
        ("min jun kim m i n hyphen j u n", "Min Jun Kim"), ("elaine fitch that's f i t c h not f i s h", "Elaine Fitch"),
        ("patrick o malley o apostrophe m a l l e y", "Patrick O'Malley"), ("nina petrov p like peter e t r o v", "Nina Petrov"),
        ("scott vickers v as in victor i c k e r s", "Scott Vickers"), ("isabel i s a b e l no l e at the end fuentes f u e n t e s", "Isabel Fuentes"),
        ("Allyson, A-double L-Y-S-O-N, Reed, R-double E-D.", "Allyson Reed"),
    ],
)  # fmt: skip
def test_a_name_that_is_said_and_spelled_in_one_breath(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kathryn with a y k a t h r y n dunn d u double n", "Kathryn Dunn"), ("stephen with a ph s t e p h e n last name cole", "Stephen Cole"),
        ("marc with a c m a r c lavoie l a v o i e", "Marc Lavoie"), ("crystal with a k k r y s t a l boyd b o y d", "Krystal Boyd"),
        ("cary with a c not a k c a r y grantham", "Cary Grantham"), ("colleen mahoney m a h o n e y colleen with two l's and two e's", "Colleen Mahoney"),
        ("farrah with two r's and an h f a double r a h aziz a z i z", "Farrah Aziz"), ("Darlene with two E's. Foss, F-O-S-S.", "Darlene Foss"),
        ("lynn no e l y n n hobart h o b a r t", "Lynn Hobart"),
    ],
)  # fmt: skip
def test_letters_of_a_remark_are_not_of_the_spelling(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ochoa is my last name first name raquel", "Raquel Ochoa"), ("the last name is okafor o k a f o r the first is simon", "Simon Okafor"),
        ("huffman is the last name h u double f m a n first name's dale", "Dale Huffman"), ("first is lorna last is keating", "Lorna Keating"),
        ("surname yoder y o d e r christian name amos", "Amos Yoder"), ("last name le l e first name minh", "Minh Le"),
        ("bridget's my first name malone's my last", "Bridget Malone"), ("s r i n i v a s that's my first name reddy is the last", "Srinivas Reddy"),
        ("last name beck arnold beck", "Arnold Beck"), ("Carlson, first name Boyd.", "Boyd Carlson"),
        ("A-O-I-F-E is the first name. Brennan is the last.", "Aoife Brennan"), ("petrov ivan last name first", "Ivan Petrov"), ("jansen comma peter", "Peter Jansen"),
        ("Crisp, Ellen Crisp.", "Ellen Crisp"),
    ],
)  # fmt: skip
def test_first_and_last_without_capitals(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("everybody calls me peggy but it's margaret sloan", "Margaret Sloan"), ("i go by liz but put elizabeth moreno", "Elizabeth Moreno"),
        ("kate hobbs but my legal name is katherine hobbs", "Katherine Hobbs"), ("cindy rojas but it's cynthia on my insurance", "Cynthia Rojas"),
        ("larry pitt lawrence on the card", "Lawrence Pitt"), ("nellie's what they call me real name eleanor voss", "Eleanor Voss"),
        ("chris dean christopher dean i guess", "Christopher Dean"), ("jackie jacqueline frost", "Jacqueline Frost"),
        ("jerry pike but gerald on everything official", "Gerald Pike"), ("susie ballard i guess you want susan ballard", "Susan Ballard"),
        ("my friends call me abby my name is abigail stroud", "Abigail Stroud"), ("jim okoro it'd be james okoro in your system", "James Okoro"),
    ],
)  # fmt: skip
def test_the_name_on_paper_is_the_one(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it was monica price before i got married now it's monica hale", "Monica Hale"), ("ellen brandt no wait i'm ellen vance now i just got married", "Ellen Vance"),
        ("tessa moore that's my maiden name tessa grant is what it is now", "Tessa Grant"),
        ("you might still have me as rhonda gill but it's rhonda pierce", "Rhonda Pierce"), ("naomi katz formerly naomi fried", "Naomi Katz"),
        ("my old name was bonnie teal my new name is bonnie frazier", "Bonnie Frazier"), ("diane foster my maiden name was kowalski", "Diane Foster"),
        ("loretta tate was my name till march loretta simms", "Loretta Simms"), ("jill hanley i just went back to my maiden name it was jill porter", "Jill Hanley"),
    ],
)  # fmt: skip
def test_the_name_now_is_the_one(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("juan carlos de la torre", "Juan Carlos de la Torre"), ("anna van der berg", "Anna van der Berg"), ("robert lee mathis", "Robert Lee Mathis"),
        ("jose antonio rivera lopez", "Jose Antonio Rivera Lopez"), ("luz maria del valle", "Luz Maria del Valle"), ("frank hollis junior", "Frank Hollis Jr."),
        ("walter hughes the third", "Walter Hughes III"), ("Thomas Reed the Second.", "Thomas Reed II"), ("roy benson senior not junior", "Roy Benson Sr."),
        ("earl hicks jr not my dad earl hicks sr", "Earl Hicks Jr."), ("luis ortiz vega with a hyphen", "Luis Ortiz-Vega"),
        ("paul whitaker senior moment sorry paul whitaker", "Paul Whitaker"), ("jean harlow banks after the movie star", "Jean Harlow Banks"),
        ("joy adams hyphen cole", "Joy Adams-Cole"),
    ],
)  # fmt: skip
def test_names_of_three_parts_and_suffixes(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my mom usually calls for me but okay nadia rahman", "Nadia Rahman"), ("who me oh opal jennings", "Opal Jennings"),
        ("denny crowe as in the bird with an e", "Denny Crowe"), ("rachel wood like a tree", "Rachel Wood"),
        ("jack frost and yes i've heard all the jokes", "Jack Frost"), ("paulette goss i called yesterday and talked to linda", "Paulette Goss"),
        ("this is my daughter's phone but i'm mabel thorpe", "Mabel Thorpe"), ("omar haddad my wife is salma haddad", "Omar Haddad"),
        ("my neighbor drew is dialing for me i'm ira gold", "Ira Gold"), ("doctor amari sees me my name's curtis vann", "Curtis Vann"),
        ("no i said paula reese", "Paula Reese"), ("june carter", "June Carter"), ("jan dykstra d y k s t r a", "Jan Dykstra"), ("keith early", "Keith Early"),
        ("sandra day", "Sandra Day"), ("will turner", "Will Turner"), ("one sec kids quiet trudy ellis", "Trudy Ellis"),
        ("it's bill farrow william's my dad", "Bill Farrow"), ("constance avery connie for short", "Constance Avery"),
        ("crawford otis that's last name first", "Otis Crawford"),
    ],
)  # fmt: skip
def test_a_name_among_asides_without_capitals(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ed fox.", "Ed Fox"), ("Maria gutierrez g u t i e r r e z.", "Maria Gutierrez"), ("Rachel wood like a tree.", "Rachel Wood"),
        ("Jack frost and yes i've heard all the jokes.", "Jack Frost"), ("Sandra day.", "Sandra Day"), ("Van dyke.", "Van Dyke"),
    ],
)  # fmt: skip
def test_a_capital_that_begins_a_sentence_is_none_of_a_name(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fox like the animal", "Fox"), ("stone s t o n e like a rock", "Stone"), ("my last name is church", "Church"), ("last name is day d a y", "Day"),
    ],
)  # fmt: skip
def test_a_last_name_that_was_asked_for(text: str, expected: str) -> None:
    assert name(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "hang on bella get off the couch", "everybody calls me bud", "my husband is walter hughes",
        "hold on my daughter martha is here she can tell you", "not tyler jackson", "i live on george washington street", "my son tyler brooks",
        "it's for my daughter emily", "can i speak to linda", "hey google stop", "speak up i can't hear", "i'm at the bus stop in medford",
        "march fifth nineteen sixty", "metformin", "Are you a robot?", "Come here, Bruno.", "I was told to call Susan.",
        "rita at the front desk knows me", "my insurance is blue cross", "Is Susan working today?", "is susan working today",
        "emily can you get my glasses", "ask doctor okafor",
    ],
)  # fmt: skip
def test_what_names_nobody_or_somebody_else_is_no_name(text: str) -> None:
    assert name(text) is None


def test_whatever_is_said_is_read_in_a_moment() -> None:
    begun = time.process_time()
    for text in ("a b ", "A-B, ", "with a y b ", "maria ", "hyphen dash ", "double l two l's ", "no wait it's "):
        name(text * (1400 // len(text)))
    assert time.process_time() - begun < SLOW


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It says here Halvorsen comma Einar.", "Einar Halvorsen"),
        ("Lorraine Vondracek. Everybody leaves out the second r. V-o-n-d-r-a-c-e-k.", "Lorraine Vondracek"),
    ],
)
def test_a_comma_that_is_said_and_a_letter_that_is_talked_about(text: str, name: str) -> None:
    fact = find("name", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My last name is French.", "French"), ("it's for my son, Tyler Brooks.", "Tyler Brooks"), ("My mother's name is Helen Baker", "Helen Baker"),
        ("my name is mark day", "Mark Day"), ("ruby day and i need a refill", "Ruby Day"),
    ],
)  # fmt: skip
def test_last_names_that_are_words_and_names_of_those_called_for(text: str, name: str) -> None:
    fact = find("name", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == name
