"""Names that are ordinary words, spelling, hesitations inside addresses, parts of numbers told before. Sentences by the author of the rules."""

from __future__ import annotations

import pytest

from tests.privacy.test_redaction import redactor


def covered(talk: list[str], gone: str) -> bool:
    """Whether of the last turn every letter of `gone` went. Turns alternate, the last is the caller's."""
    call = redactor().for_call()
    for back, text in zip(range(len(talk) - 1, -1, -1), talk, strict=True):
        spans = call.redact(text, "line" if back % 2 else "caller").spans
    start = talk[-1].index(gone)
    hidden = {at for span in spans for at in range(span.start, span.end)}
    return all(at in hidden or not talk[-1][at].isalnum() for at in range(start, start + len(gone)))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("hey this is river, river calloway, i need a refill", "river, river calloway"), ("I'm Story, her daughter.", "Story"), ("its bao, my ear hurts", "bao"),
        ("last name walks tall, two words", "walks tall"), ("My name then was Baby Boy Crane.", "Baby Boy Crane"), ("the chart may be under Kowalska", "Kowalska"),
        ("short for rosalind, everybody says", "rosalind"), ("there we go, mercy. and now?", "mercy"), ("it's for my twins, faith and hope", "hope"),
    ],
)  # fmt: skip
def test_a_word_that_is_said_to_be_a_name_goes(text: str, gone: str) -> None:
    assert covered([text], gone)


@pytest.mark.parametrize(
    ("talk", "gone"),
    [
        (["last name ho, h o"], "h o"), (["d'angelo, d apostrophe a n g e l o"], "d apostrophe a n g e l o"), (["ngoc, november golf oscar charlie"], "november golf oscar charlie"),
        (["it's a foxtrot uniform november"], "foxtrot uniform november"), (["can you spell it", "lima india"], "lima india"), (["spell your last name", "y u"], "y u"),
        (["who am i talking to", "pepper lindqvist"], "pepper lindqvist"),
    ],
)  # fmt: skip
def test_spelling_goes(talk: list[str], gone: str) -> None:
    assert covered(talk, gone)


@pytest.mark.parametrize(
    ("talk", "gone"),
    [
        (["your address", "nine oh two, um, north cedar bluff, apartment, uh, b as in boy twelve"], "nine oh two, um, north cedar bluff, apartment, uh, b as in boy twelve"),
        (["i'm at fourteen oh six, uh, quail hill avenue, three one two oh one"], "fourteen oh six, uh, quail hill avenue, three one two oh one"),
        (["We moved to 48 Heron Landing Spur, Bend, OR 97701."], "48 Heron Landing Spur, Bend, OR 97701"), (["send it to p o box nine one two, great falls"], "nine one two, great falls"),
        (["Where should the oxygen go?", "18 Cougar Hollow Spur, Twisp."], "18 Cougar Hollow Spur, Twisp"),
    ],
)  # fmt: skip
def test_addresses_go_with_hesitations_and_unknown_kinds_of_street(talk: list[str], gone: str) -> None:
    assert covered(talk, gone)


@pytest.mark.parametrize(
    ("talk", "gone"),
    [
        (["my wife is oksana hrytsenko", "thank you", "the card says hrytsenka"], "hrytsenka"), (["me and my husband, june and april okoro", "yes", "april and june both"], "april"),
        (["me and my husband, june and april okoro", "yes", "april and june both"], "june"),
        (["member id is xeh 4470 1183 02", "thank you", "the 02 means my wife"], "02"), (["my card number is five one oh five one oh five double oh", "okay", "double oh at the end"], "double oh"),
        (["your date of birth?", "ten thirty one eighty two, halloween baby"], "halloween"), (["good till the last day of june"], "the last day of june"), (["Christmas Eve, about suppertime."], "Christmas Eve"),
    ],
)  # fmt: skip
def test_what_was_told_goes_again_in_part(talk: list[str], gone: str) -> None:
    assert covered(talk, gone)


@pytest.mark.parametrize(
    "text",
    [
        "it's cold, cold and wet", "I'm Catholic, no birth control please.", "i'm tired, my son is sick", "my last name changed when i married", "last name only please", "it's under control",
        "can i come in on christmas eve", "hurts after the second mile", "after the third night i called", "the pain is six out of ten", "l four l five fusion", "will it hurt", "may i ask why",
        "buenos días, i need help", "it waters and it burns", "silver buick with a dent", "i had 3 surgeries, Ohio and Texas both", "i take 2, one at night", "the 20 milligram one", "zero at the end of the scale",
    ],
)  # fmt: skip
def test_everyday_sentences_stay(text: str) -> None:
    assert redactor().for_call().redact(text, "caller").text == text
