"""Which day a caller wishes for, and what only sounds like one. Lines by the author of the rules."""

from __future__ import annotations

import time

import pytest

from triage.scope.days.booked_visit import cannot_come
from triage.scope.days.wished_day import other_day
from triage.scope.entities import find
from triage.scope.visits import leaves_open

SLOW = 5.0  # seconds of the processor; what is bounded takes a tenth of one


def wished(text: str, *, asked: bool = False) -> str | None:
    fact = find("date", text, asked=asked)
    return fact.value.reveal() if fact else None


@pytest.mark.parametrize(
    "text",
    [
        "I only have around six minutes on my break, I need a check-up", "put me down for a physical, I'm out of here in about two more hours",
        "after three buses I'm finally home, I'd like an appointment", "I called at least about ten times for a check-up, can I get one",
        "about five or six people told me to get a physical here", "make it fast, I've about one minute, I want to book a visit",
        "I'm around forty, about nine years late for a check-up, can you fit me in",
    ],
)  # fmt: skip
def test_what_is_counted_is_no_hour(text: str) -> None:
    assert wished(text) is None
    assert wished("I'd want about ten minutes of your time", asked=True) is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("can I come in around two", "around two"),
        ("I want my check-up at about three thirty", "about three thirty"),
        ("after ten works for my physical", "after ten"),
        ("could you see me before eleven on Mondays", "before eleven on Mondays"),
    ],
)
def test_an_hour_stays_one(text: str, hour: str) -> None:
    assert wished(text) == hour


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I have visit Thursday. Is not possible for me Thursday. Please other time.", None),
        ("We got a check-up on Monday. It is no good.", None),
        ("I've got a physical on Friday already, but I'd like a visit for my knee on Wednesday", "on Wednesday"),
        ("I have a check-up on Tuesday at ten, and I'd rather come on Thursday", "on Thursday"),
        ("I have a check-up on Tuesday at ten, could it be Thursday at three o'clock", "Thursday at three o'clock"),
        ("can I have a visit on Friday", "on Friday"),
        ("I would like to have a check-up on Friday", "on Friday"),
        ("I won't be able to make it, the check-up thing. Friday.", None),
        ("I can't come Friday. Monday.", "Monday"),
        ("I can't make it Friday, how about Monday", "Monday"),
        ("can't you make it Friday?", "Friday"),
        ("could you make it the Friday after that, the 3rd", "the Friday after that, the 3rd"),
    ],
)
def test_the_day_of_the_visit_that_there_is_is_not_wished(text: str, day: str | None) -> None:
    assert wished(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the county needs me for a trial on the ninth, so it has to be another day for my visit", None),
        ("I have an appointment on Tuesday and the school wants me on Tuesday, can it be some other day", None),
        ("I've a check-up on Monday and the doctor wants me on Wednesday instead", "on Wednesday"),
        ("the school called us up for a meeting on the third, can we do another time", None),
        ("they put it on the ninth, which is when my check-up is, can I get some other day", None),
        ("the tenth, same day as my visit, I'm flying out, I need to move it", None),
        ("she wants me for a follow-up on the ninth", "the ninth"),
        ("I'd like an appointment Thursday, which is when I'm home", "Thursday"),
    ],
)
def test_where_others_want_the_caller_is_not_wished(text: str, day: str | None) -> None:
    assert wished(text) == day


@pytest.mark.parametrize(
    ("said", "known", "other"),
    [
        ("Yes. Friday. Thanks.", "on Monday", True),
        ("Yeah, Friday works for me", "Monday", True),
        ("Yes, the twelfth", "May 11", True),
        ("Right, Friday", "next week", True),
        ("Yes, Monday", "next Monday morning", False),
        ("Yes, the eleventh", "May 11", False),
        ("Yes. April second.", "Monday", False),  # the birthday, said again
        ("Yes, Friday's my day off", "Monday", False),
        ("Yes, Friday", "May 11", False),  # it may be one
        ("Yes, thank you", "Monday", False),
    ],
)
def test_a_yes_with_another_day(said: str, known: str, other: bool) -> None:
    assert other_day(said, known, "April 2, 1960") is other


def test_who_cannot_come() -> None:
    assert cannot_come("I won't be able to make it")
    assert not cannot_come("can't you come and get me")
    assert not cannot_come("I can't find my card")


@pytest.mark.parametrize("often", ["i have a visit ", "about four ", "can't make it ", "which is when "])
def test_what_is_said_over_and_over_is_searched_in_a_moment(often: str) -> None:
    begun = time.process_time()
    wished(often * 800, asked=True)
    assert time.process_time() - begun < SLOW


def test_a_day_that_is_thought_of_and_refused_is_not_wished() -> None:
    assert (
        wished("Tuesday? No. Tuesday I'm packing. Wednesday won't work for you. Call it Thursday.", asked=True)
        == "Thursday"
    )


def test_the_same_morning_is_no_day() -> None:
    assert wished("court duty, same morning I'm to see you, so we need to move me") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I want to drop the Tuesday one and keep the Thursday", "the Tuesday"), ("keep Monday, please, and cancel the Friday one", "the Friday"),
        ("I've got two, a Tuesday and a Wednesday. I only need the Tuesday. Get rid of the Wednesday.", "the Wednesday"),
        ("Right, Tuesday goes, Friday stays", "Tuesday"), ("I can't keep the Monday appointment, I'll be there on Thursday", "the Monday"),
        ("I have one on Monday and one on Thursday. I can't keep the Monday one.", "the Monday"), ("I cannot keep Monday, but Thursday is fine", "Monday"),
    ],
)  # fmt: skip
def test_of_two_appointments_the_one_that_is_given_up(text: str, day: str) -> None:
    fact = find("appointment", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == day


def test_the_day_of_the_visit_and_its_part_of_the_day_stay_together() -> None:
    fact = find("appointment", "It was for October 12, in the morning.", asked=True)
    assert fact is not None
    assert fact.value.reveal() == "October 12, in the morning"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Monday is okay. Monday the sixteen.", "Monday the sixteenth"), ("Thursday after this one. It is the eleventh.", "Thursday, the eleventh"),
        ("Friday. The nineteen.", "Friday, The nineteenth"), ("Next Thursday I'm home. Thursday.", "Next Thursday"), ("Thursday the seventh. Thursday.", "Thursday the seventh"),
        ("I have class Monday and Wednesday, so Tuesday the nine", "Tuesday the ninth"), ("twenty-three of June", "twenty-three of June"),
        ("any day but the fifteenth", "any day but the fifteenth"), ("Monday. Or the twelfth.", "Monday or the twelfth"), ("Thursday. No. The twelve.", "The twelfth"),
    ],
)  # fmt: skip
def test_a_weekday_and_its_day_of_the_month(text: str, day: str) -> None:
    assert wished(text, asked=True) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Tuesday works, or no wait I have lab Tuesday, Thursday, Thursday the eleventh", "Thursday the eleventh"),
        ("I want a check-up Monday. Oh wait, Monday is my shift. Tuesday.", "Tuesday"),
        ("I'd like a visit Monday, actually no, Monday's out", None),
    ],
)
def test_a_day_that_is_taken_back_is_not_wished(text: str, day: str | None) -> None:
    assert wished(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("My visit is tomorrow but I will not arrive. Please give me other day.", None), ("I have already one appointment, the nine of June, but they close the road", None),
        ("I'm supposed to be there the second but we have the inspectors", None), ("The second of June is what I've got now", None),
        ("I was to come in on Monday the fourth but my ride died", None), ("I am to come Tuesday but Tuesday we make inventory. Another date please.", None),
        ("I'm booked for Thursday the eleven, please make it the eighteen", "the eighteenth"), ("I have an appointment, Tuesday would be better", "Tuesday"),
        ("You have me down for Monday and I'd rather come Wednesday the ten", "Wednesday the tenth"), ("Well, any day but the first.", None),
        ("I have visit for Wednesday two o'clock. But in Wednesday my boss need me in bakery. Please to change.", None),
    ],
)  # fmt: skip
def test_where_a_visit_is_to_be_moved_its_own_day_is_not_wished(text: str, day: str | None) -> None:
    fact = find("date", text, asked=False, moving=True)
    assert (fact.value.reveal() if fact else None) == day


@pytest.mark.parametrize(
    ("text", "known", "day"),
    [
        ("no, Thursday", "Thursday the seventh", None), ("the seventh in the morning", "Thursday the seventh", "Thursday the seventh, in the morning"),
        ("Thursday the eight", "Thursday the seventh", "Thursday the eighth"), ("the eleven", "the nine of June", "June 11"),
    ],
)  # fmt: skip
def test_what_is_known_is_not_made_less(text: str, known: str, day: str | None) -> None:
    fact = find("date", text, asked=True, known=known)
    assert (fact.value.reveal() if fact else None) == day


def test_days_that_are_excepted_again_and_again_cost_little() -> None:
    begun = time.process_time()
    leaves_open("I can't make it any day but " * 3000)
    assert time.process_time() - begun < SLOW


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("wednesday is prayer meeting and thursday I get my hair set so it'll have to be friday", "friday"),
        ("thursday instead of tuesday", "thursday"), ("Same time, only Thursday instead of Wednesday.", "Thursday"),
        ("it's on the twelfth now and I need it on the fourteenth", "the fourteenth"), ("friday to tuesday please", "tuesday"),
        ("July 18th. The 11th, that's what I've got now", "July 18th"), ("monday I had it wednesday but he's got the truck wednesday", "monday"),
        ("July eighteenth we're at the lake until the seventeenth", "July eighteenth"), ("my paper says the third please change to the seventh", "the seventh"),
        ("How about we swap Monday for Thursday, say at 3?", "Thursday, say at 3"), ("the twentieth no good, twenty seventh is okay", "the twenty seventh"),
        ("put me on friday morning I can't do thursday any more", "on friday morning"), ("Tuesday or Thursday. It can't be Monday anymore.", "Tuesday or Thursday"),
        ("so monday's out wednesday's out I guess that leaves tuesday", "tuesday"), ("not thursday, we brand calves thursday, friday in the afternoon", "friday in the afternoon"),
        ("Monday afternoon, not Sunday, he thinks you're open Sunday", "Monday afternoon"), ("the day is twenty second", "the twenty second"),
        ("any time after the 20th, I leave on the 10th", "any time after the 20th"), ("Make it two weeks later", "two weeks later"),
        ("any day monday through friday works", "any day monday through friday"),
        ("October 14. I know I said the 7th when I made it, but the 7th my daughter's away", "October 14"),
        ("uh the appointment's thursday can I have monday", "monday"), ("how bout the twenty first I've got it wrote down as the fourteenth", "the twenty first"),
        ("I can't do this wednesday so the next wednesday", "the next wednesday"), ("Tuesday I babysit, Wednesday I babysit. Thursday I'm free.", "Thursday"),
        ("tuesday's the one I got I can do wednesday or I can do thursday", "wednesday or thursday"), ("Well, it was for the 2nd. I'd like a week later, the 9th.", "a week later, the 9th"),
        ("Saturday morning, and take off the Wednesday", "Saturday morning"), ("August twelfth. Twelfth works, I got no shift.", "August twelfth"),
        ("I roll in on the fourth, so gimme the fifth of June. Yeah, the fifth.", "the fifth of June"), ("Can I come Friday? Monday to Thursday I clean houses.", "Friday"),
        ("I'm at work Monday. School pictures are the 8th, so the 15th.", "the 15th"),
    ],
)  # fmt: skip
def test_of_several_days_the_one_that_is_meant(text: str, day: str) -> None:
    fact = find("date", text, asked=True, moving=True)
    assert fact is not None
    assert fact.value.reveal() == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("april third, I have another one april seventeenth, leave that alone", "april third"), ("this monday, not the monday after, I'm out till wednesday", "this monday"),
        ("I have two: September 18 and October 18. Please take away September 18.", "September 18"), ("next wednesday not tomorrow I'm still coming tomorrow", "next wednesday"),
        ("March 11th. Keep the other one, on the 25th.", "March 11th"), ("all of them, every one you've got for me, I'm moving home and there's a clinic there", "all of them"),
    ],
)  # fmt: skip
def test_of_several_visits_the_one_to_be_cancelled(text: str, day: str) -> None:
    fact = find("appointment", text, asked=True)
    assert fact is not None
    assert fact.value.reveal() == day


def test_a_birthday_with_its_year_in_words_is_no_day_that_is_wished() -> None:
    assert wished("I was thinking the eighth of December, nineteen thirty-nine.") is None
    assert wished("I'd like the nineteenth of December") == "the nineteenth of December"
