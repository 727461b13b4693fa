"""Identifiers that no text of ours holds, one and more of every class, and every form in which each could be written down."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

WORDS = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))


@dataclass(frozen=True, slots=True)
class Canary:
    """`kind`: the Safe Harbor class (45 CFR 164.514(b)(2)). `said`: what the caller says. `value`: the identifier in it; its
    words of five letters and more count alone too, where `parts`. `also`: how our own code writes it down."""

    kind: str
    said: str
    value: str
    parts: bool = False
    also: tuple[str, ...] = ()

    def forms(self) -> set[str]:
        """Lower case; at least six characters, so that none is met by chance."""
        digits = re.sub(r"\D", "", self.value)
        made = {self.value, self.said, *self.also, " ".join(re.sub(r"\W", "", self.value))}
        if len(digits) >= 5:
            names = [WORDS[digit] for digit in digits]
            made |= {digits, " ".join(digits), "-".join(digits), ", ".join(digits), " ".join(names), ", ".join(names)}
            made |= {" ".join(names).replace("zero", "oh"), re.sub(r"(\w+) \1\b", r"double \1", " ".join(names))}
        if self.parts:
            made |= {word for word in re.findall(r"\w+", self.value) if len(word) >= 5}
            made |= {"-".join(word) for word in re.findall(r"\w+", self.value) if len(word) >= 5}
        return {form.lower() for form in made if len(form) >= 6}


CANARIES = (
    Canary("name", "my name is Quillonde Vashtree", "Quillonde Vashtree", parts=True),
    Canary("name", "and this is q u i l l o n d e speaking", "q u i l l o n d e"),
    Canary("phone", "you can call me at nine one seven five five five oh one six seven", "917-555-0167"),
    Canary("fax", "our fax is 646-555-0193", "646-555-0193"),
    Canary("dob", "I was born on March 14th 1947", "March 14th 1947"),
    Canary("dob", "that is oh three fourteen forty seven", "oh three fourteen forty seven",
           also=("March 14, 1947", "1947-03-14", "19470314", "3/14/1947", "03/14/1947", "3/14/47")),
    Canary("ssn", "my social is 471-93-6028", "471-93-6028"),
    Canary("mrn", "my record number is 83920471", "83920471"),
    Canary("plan", "my member id is H Z Q eight eight four two one nine seven", "8842197"),
    Canary("account", "the account is 5520918437", "5520918437"),
    Canary("address", "I live at 4417 Wexcombe Hollow Lane", "4417 Wexcombe Hollow Lane", parts=True),
    Canary("email", "write to vashtree.q at brindlemail dot com", "brindlemail", parts=True),
    Canary("email", "or to q.vashtree@brindlepost.example", "q.vashtree@brindlepost.example"),
    Canary("licence", "my driver's license is K7730928", "K7730928"),
    Canary("vehicle", "my plate is XRJ 4471", "XRJ 4471"),
    Canary("device", "my pacemaker is serial PM-20994-71X", "PM-20994-71X"),
    Canary("url", "look at www.vashtreefamily.example", "www.vashtreefamily.example"),
    Canary("ip", "from 203.0.113.187", "203.0.113.187"),
    Canary("age", "I am ninety six years old", "ninety six years old"),
)  # fmt: skip
NUMBER = "9175550167"  # the caller's own, as the telephone shows it


def needles() -> dict[bytes, str]:
    """Every form as bytes, as UTF-16 and hidden in base64 or hexadecimal, and the class of the identifier."""
    found: dict[bytes, str] = {}
    for canary in CANARIES:
        for form in canary.forms():
            raw = form.encode()
            for coded in (raw, form.encode("utf-16-le"), raw.hex().encode(), *_base64(raw)):
                found[coded] = canary.kind
    for canary in CANARIES:  # base64 keeps case: as it was said, too
        for text in (canary.value, canary.said):
            for coded in (text.encode().hex().encode(), *_base64(text.encode())):
                found[coded] = canary.kind
    return found


def _base64(raw: bytes) -> Iterator[bytes]:
    """What the text looks like inside a longer base64 text, at each of three places; the search is in lower case."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        inner = coded[4 if before else 0 : len(coded) - 4].lower()
        if len(inner) >= 12:
            yield inner


def found_in(data: bytes, among: dict[bytes, str]) -> set[str]:
    """The classes of the identifiers that stand somewhere in the data."""
    lower = data.lower()
    return {kind for needle, kind in among.items() if needle in lower}
