"""What the line asks and says of its own in a conversation, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from triage.scope.clinic import Clinic, Need
from triage.scope.intents import BOOK, CANCEL, MOVE
from triage.scope.moves import Expects

QUESTIONS: Final[Mapping[Need, tuple[str, Expects]]] = MappingProxyType(
    {
        "name": ("May I have your full name, please?", "free"),
        "date_of_birth": ("What is your date of birth?", "number"),
        "date": ("Which day would suit you?", "free"),
        "appointment": ("Which day is the appointment?", "free"),
        "callback_number": ("At which number can we call you back?", "number"),
        "medicine": ("Which medicine do you need?", "free"),
        "message": ("What would you like me to pass on?", "free"),
    }
)
LABELS: Final[Mapping[Need, str]] = MappingProxyType(
    {
        "name": "your name is",
        "date_of_birth": "your date of birth is",
        "date": "the day you wish is",
        "appointment": "the appointment is",
        "callback_number": "your number is",
        "medicine": "the medicine is",
        "message": "your message is",
    }
)
# What the three kinds of request that can be mistaken for one another are for.
WANTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        BOOK: "you want to make an appointment",
        MOVE: "you want to move your appointment",
        CANCEL: "you want to cancel your appointment",
    }
)
LAST_NAME = "And your last name, please?"
FIRST_NAME = "And your first name, please?"
SAME_NUMBER = "Can we call you back at the number that you are calling from?"
WHAT_ELSE = "Is there anything else I can help you with?"
WHAT_MEANT = "I'm sorry, I am not sure I understood. Could you tell me in a few words what you are calling about?"
HOW_HELP = "Hello. What can I do for you?"
GOODBYE = "Thank you for calling. Goodbye."
MOVE_OR_CANCEL = "Would you like to move the appointment to another day, or to cancel it?"
IS_THAT_RIGHT = "Is that right?"
DROPPED = "All right, I have written nothing down."
WHAT_TO_CHANGE = "I'm sorry. What should I change?"


def wordings(clinic: Clinic) -> tuple[str, ...]:
    """All that a conversation about this clinic's answers and tasks may say word for word: nothing in it is the caller's."""
    asked = (question for question, _ in QUESTIONS.values())
    moves = (
        LAST_NAME,
        FIRST_NAME,
        SAME_NUMBER,
        WHAT_ELSE,
        WHAT_MEANT,
        HOW_HELP,
        GOODBYE,
        IS_THAT_RIGHT,
        DROPPED,
        WHAT_TO_CHANGE,
        MOVE_OR_CANCEL,
    )
    return (*asked, *moves, *(answer.wording for answer in clinic.answer), *(task.done for task in clinic.task))
