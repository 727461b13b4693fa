"""What telephones, recognisers and people do to a sentence, without changing what it means: for training only."""

from __future__ import annotations

import random
import re

_FILLERS = (
    "um",
    "uh",
    "er",
    "well",
    "you know",
    "I mean",
    "like",
    "so",
    "okay",
    "hello",
    "yeah",
    "hm",
    "listen",
    "um um",
)
_OPENINGS = (
    "hello", "hi there", "yes hello", "good morning", "hi I'm calling because", "I don't know if this is the right number but",
    "sorry to bother you", "yeah hi um", "is this the clinic", "hola", "can you hear me", "I've been on hold",
)  # fmt: skip
# Pairs that small recognisers confuse on 8 kHz audio; either way round.
_HEARD = [
    ("chest", "chess"), ("chest", "just"), ("suicide", "sue a side"), ("breathe", "breed"), ("breathe", "breath"), ("pain", "pane"),
    ("bleeding", "leading"), ("seizure", "caesar"), ("stroke", "struck"), ("overdose", "over dose"), ("numb", "num"), ("faint", "feint"),
    ("blood", "bud"), ("fever", "favor"), ("son", "sun"), ("heart", "hard"), ("hurts", "hertz"), ("kill", "kil"), ("baby", "bay be"),
    ("fell", "fill"), ("dizzy", "busy"), ("throat", "throw"), ("arm", "harm"), ("pill", "peel"), ("pills", "peels"), ("nurse", "nerves"),
    ("person", "purse in"), ("her", "a"), ("his", "is"), ("can't", "can"), ("won't", "want"), ("wound", "wand"), ("knee", "me"),
    ("swollen", "swallowing"), ("vomiting", "volunteering"), ("insulin", "in so lynn"), ("ache", "a"), ("aching", "making"),
    ("stomach", "stomachs"), ("rash", "trash"), ("cough", "coffee"), ("choking", "joking"), ("allergic", "a lurgic"), ("and", "in"),
    ("the", "a"), ("to", "two"), ("for", "four"), ("there", "their"), ("you're", "your"), ("know", "no"), ("right", "write"),
]  # fmt: skip


def heard_badly(text: str, chance: random.Random, rate: float = 0.5) -> str:
    for one, other in _HEARD:
        for a, b in ((one, other), (other, one)) if len(other) > 3 else ((one, other),):
            if re.search(rf"\b{re.escape(a)}\b", text, re.I) and chance.random() < rate * 0.3:
                text = re.sub(rf"\b{re.escape(a)}\b", b, text, count=1, flags=re.I)
                break
    return text


def unpunctuated(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^\w' ]", " ", text)).strip().lower()


def words_dropped(text: str, chance: random.Random, rate: float = 0.08) -> str:
    words = text.split()
    if len(words) < 5:
        return text
    return " ".join(word for word in words if chance.random() > rate) or text


def stuttered(text: str, chance: random.Random) -> str:
    words = text.split()
    for _ in range(1 + len(words) // 12):
        at = chance.randrange(len(words))
        words[at:at] = [words[at]] if chance.random() < 0.4 else [chance.choice(_FILLERS)]
    return " ".join(words)


def opened(text: str, chance: random.Random) -> str:
    return f"{chance.choice(_OPENINGS)}{chance.choice((', ', ' ', '. '))}{text}"


def varied(text: str, chance: random.Random) -> str:
    """One hearing of `text`: sometimes as written, sometimes as a recogniser on a bad line prints it."""
    if chance.random() < 0.12:
        text = opened(text, chance)
    if chance.random() < 0.2:
        text = stuttered(text, chance)
    if chance.random() < 0.25:
        text = heard_badly(text, chance)
    if chance.random() < 0.2:
        text = words_dropped(text, chance)
    if chance.random() < 0.4:
        text = unpunctuated(text)
    return text
