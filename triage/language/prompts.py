"""What the language model is asked, word for word. Any change here is a new PROMPTS_VERSION.

Every prompt hands the model something approved and asks for other words, or asks one closed question. None asks it what to
do. Written for a small model: one instruction, one example, the caller's words marked as such.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.language.ports import ChatMessage, Choices
from triage.privacy.phi import Phi

PROMPTS_VERSION = "2026-11-27.1"

# Characters of a caller's words that are shown to the model; the newest are kept. A limit on the prompt, not on hearing.
HEARD_CHARACTERS_MAX = 600

JUDGE_URGENT, JUDGE_ROUTINE = "urgent", "routine"
JUDGE_CHOICES = Choices((JUDGE_URGENT, JUDGE_ROUTINE))

_PHRASE = (
    "You are the automatic telephone line of a clinic. You are given a sentence. Say the same thing in one short, friendly "
    "spoken sentence. Keep every name, number, day, time and question exactly. Add nothing: no advice, no promise, no new fact."
)
_JUDGE = (
    "You listen to a clinic's telephone line. Answer urgent if the caller's words could mean that somebody is ill, hurt, in "
    "danger, desperate or asking for a person. Otherwise answer routine. When in doubt, answer urgent."
)
_NARRATE = "Write one sentence for a nurse: why this caller rings. Use only the caller's own words. Add nothing, explain nothing."


_EXTRACT = (
    "You listen to a clinic's telephone line. The line asked a question. Copy from the caller's words, exactly as they stand, the few "
    'that answer it, into "words". If none do, leave "words" empty.'
)


def phrase(approved: str, heard: Phi) -> tuple[ChatMessage, ...]:
    """Asks for `approved` (one to three sentences) in other words, in answer to what the caller said."""
    return (
        _say("system", _PHRASE),
        _say("user", "The caller said: I want to see the doctor\nSentence: On which day would you like to come?"),
        _say("assistant", "Sure, on which day would you like to come?"),
        _say("user", f"The caller said: {_newest(heard)}\nSentence: {approved}"),
    )


def judge(heard: Sequence[Phi]) -> tuple[ChatMessage, ...]:
    """Asks whether the caller's recent words (oldest first) are JUDGE_URGENT or JUDGE_ROUTINE; use with JUDGE_CHOICES."""
    return (
        _say("system", _JUDGE),
        _say("user", "The caller said: when do you open tomorrow"),
        _say("assistant", JUDGE_ROUTINE),
        _say("user", "The caller said: my husband fell and he is confused"),
        _say("assistant", JUDGE_URGENT),
        _say("user", f"The caller said: {_newest(Phi(' / '.join(words.reveal() for words in heard)))}"),
    )


def narrate(heard: Sequence[Phi]) -> tuple[ChatMessage, ...]:
    """Asks for the situation line of the handoff packet from the caller's words (oldest first)."""
    return (
        _say("system", _NARRATE),
        _say("user", f"The caller said: {_newest(Phi(' / '.join(words.reveal() for words in heard)))}"),
    )


def extract(asked: str, heard: Phi) -> tuple[ChatMessage, ...]:
    """Asks which of the caller's words answer the question `asked`; use with a JSON schema that has "words"."""
    return (
        _say("system", _EXTRACT),
        _say(
            "user",
            "Question: May I have your full name, please?\nThe caller said: well everybody calls me Bob but it says Robert Hale on my card",
        ),
        _say("assistant", '{"words": "Robert Hale"}'),
        _say("user", f"Question: {asked}\nThe caller said: {_newest(heard)}"),
    )


def _say(role: str, content: str) -> ChatMessage:
    match role:
        case "system" | "user" | "assistant":
            return ChatMessage(role, Phi(content))
    raise ValueError("unknown role")


def _newest(heard: Phi) -> str:
    """The end of what was said, on one line, without the marks that a chat template gives meaning to."""
    plain = " ".join(heard.reveal().replace("<|", "< ").replace("|>", " >").split())
    return plain[-HEARD_CHARACTERS_MAX:]
