"""Redaction, first form. Sentences by its author: they show what the rules do, not how good they are."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.privacy.phi import Phi
from triage.privacy.redaction import Redactor
from triage.privacy.spoken import runs


@lru_cache(maxsize=1)
def redactor() -> Redactor:
    return Redactor.load()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("My name is Rosa Klein.", "Rosa Klein"), ("my name is rosa klein and my knee hurts", "rosa klein"),
        ("you can reach me at five five five oh one nine two", "five five five oh one nine two"), ("call 212-555-0192 please", "212-555-0192"),
        ("I was born on March third nineteen fifty one", "March third nineteen fifty one"), ("my social is 123-45-6789", "123-45-6789"),
        ("my record number is A B seven seven four one two", "seven seven four one two"), ("email rosa dot klein at gmail dot com", "gmail dot com"),
        ("I live at 12 Maple Street", "12 Maple Street"), ("my member id is X Y four four nine one", "four four nine one"),
        ("it's double four seven seven one two", "seven seven one two"), ("my account is 88120394", "88120394"),
    ],
)  # fmt: skip
def test_identifiers_go(text: str, gone: str) -> None:
    done = redactor().for_call().redact(text, "caller")
    assert gone not in done.text
    assert any(text[span.start : span.end] in gone or gone in text[span.start : span.end] for span in done.spans)


@pytest.mark.parametrize(
    "text",
    [
        "I take lexapro and metformin five hundred milligrams twice daily", "my chest hurts since Monday morning", "the pain is eight out of ten",
        "my blood pressure is one sixty over ninety", "I have had a fever of a hundred and two for three days", "What is your date of birth?",
    ],
)  # fmt: skip
def test_clinical_words_stay(text: str) -> None:
    assert redactor().for_call().redact(text, "caller").text == text


def test_a_question_explains_a_bare_answer_and_names_come_back_in_part() -> None:
    call = redactor().for_call()
    call.redact("May I have your full name, please?", "line")
    assert call.redact("rosa klein", "caller").text == "[NAME-1]"
    assert "rosa" not in call.redact("this is rosa again", "caller").text
    call.redact("What is your date of birth?", "line")
    assert "one two" not in call.redact("oh three oh one five one two", "caller").text


def test_pseudonyms_are_the_same_within_a_call_and_say_nothing_between_calls() -> None:
    call, other = redactor().for_call(), redactor().for_call()
    first = call.redact("call 212-555-0192", "caller").text
    assert call.redact("yes 212-555-0192", "caller").text.endswith(first.split()[-1])
    assert other.redact("call 646-555-0111", "caller").text == first


@given(st.text(max_size=120))
@settings(max_examples=40, deadline=None)
def test_never_raises_and_spans_are_in_order(text: str) -> None:
    done = redactor().for_call().redact(text, "caller")
    ends = 0
    for span in done.spans:
        assert ends <= span.start < span.end <= len(text)
        ends = span.end


@given(st.text(max_size=200))
def test_runs_lie_in_the_text(text: str) -> None:
    for run in runs(text):
        assert 0 <= run.start < run.end <= len(text)


def test_loading_does_not_ask_the_network() -> None:
    script = """
import socket
def refuse(*a, **k): raise SystemExit("network was asked")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from triage.privacy.redaction import Redactor
print(Redactor.load().for_call().redact("write to rosa@clinic.example", "caller").text)
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "rosa@" not in done.stdout


def test_phi_does_not_print_itself_and_copies_keep_it() -> None:
    said = Phi("my name is Rosa")
    assert "Rosa" not in f"{said} {said!r} {[said]} " + str(said)
    assert Phi(said).reveal() == "my name is Rosa"
