"""What a call has told, found again in its later turns: names, parts of numbers, e-mail addresses. Pure but for the lists of lexicon.py."""

from __future__ import annotations

import re
from typing import Final

from triage.privacy import asked, lexicon
from triage.privacy.detection import Found
from triage.privacy.names import as_a_word
from triage.privacy.quantities import measured
from triage.privacy.spoken import Run, runs

MAIL_PAIRS_MAX = 40  # of e-mail addresses told in one call
NUMBERS_MAX = 60  # told in one call
FIGURES_MIN = 3  # figures and letters of a number that is found again
NAMES_MAX = 40  # of one call, remembered to find them again in part
DERIVED_MIN = 5  # letters of a name that is found again with another ending
ENDING_MAX = 2  # letters in which the two may differ
PART_MIN = 2  # figures of a number told before
WHOLE_MIN = 6  # figures and letters of which they are a part
_NO_NUMBERS: Final = frozenset(("NAME", "PLACE", "DATE", "AGE", "EMAIL"))
# Two figures are a part of a number where somebody says so.
_PART_AFTER: Final = re.compile(
    r",? (?:(?:is |are |was )?(?:at|on|in) the (?:end|start|beginning|front|back|middle)|means?|stands for|is for|is (?:the|a) (?:suffix|prefix)|(?:is|was) (?:wrong|missing|right))\b",
    re.IGNORECASE,
)
_PART_BEFORE: Final = re.compile(
    r"\b(?:the|with|then|ends?|ending|starts?|starting|begins?|suffix|prefix|not|is)(?: in| with)?,? (?:an? )?$",
    re.IGNORECASE,
)


class Told:
    """The memory of one call."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._mails: list[tuple[str, str]] = []
        self._numbers: dict[str, str] = {}  # as they were said, to their kind
        self._values: dict[str, str] = {}  # what they spell, to their kind
        self._keep = lexicon.kept() | lexicon.words_of("medicines")

    def remember(self, text: str, found: list[Found]) -> None:
        for one in found:
            said = text[one.start : one.end].lower()
            if one.kind == "EMAIL" and len(self._mails) < MAIL_PAIRS_MAX:
                self._mails += asked.pairs(said)
            if one.kind == "NAME" and len(self._names) < NAMES_MAX:
                self._remember_name(said)
            if one.kind not in _NO_NUMBERS and len(self._numbers) < NUMBERS_MAX:
                values = [run.value for run in runs(said, asked=True) if len(run.value) >= FIGURES_MIN]
                self._numbers |= {said: one.kind} if values else {}
                if one.kind != "ADDRESS":
                    self._values |= {value: one.kind for value in values if len(value) >= WHOLE_MIN}

    def _remember_name(self, name: str) -> None:
        parts = re.sub(r"\W+", " ", name).split() + (name.split() if "-" in name else [])
        self._names += [
            part
            for part in parts
            if len(part) > 2
            and part not in lexicon.GRAMMAR
            and part not in self._names
            and part not in lexicon.kept("desk")
        ]

    def again(self, text: str) -> list[Found]:
        return [*self._known_names(text), *self._known_mails(text), *self._known_numbers(text), *self._parts(text)]

    def _known_mails(self, text: str) -> list[Found]:
        """Two words side by side of an e-mail address told before: "crazy cat lady all one word"."""
        lower = text.lower()
        return [
            Found(*match.span(), "EMAIL")
            for first, second in self._mails
            if first in lower and second in lower
            for match in re.finditer(rf"\b{re.escape(first)}{asked.BETWEEN}{re.escape(second)}\b", lower)
        ]

    def _known_numbers(self, text: str) -> list[Found]:
        """A number told before, said again in the same words: "eight twenty two what"."""
        lower = text.lower()
        return [
            Found(*match.span(), kind)
            for said, kind in self._numbers.items()
            if said in lower
            for match in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", lower)
        ]

    def _parts(self, text: str) -> list[Found]:
        """Its beginning or end alone, where that is plainly meant: "the 02 means dependent", "double oh at the end"."""
        if not self._values:
            return []
        return [
            Found(run.start, run.end, kind)
            for run in runs(text)
            if PART_MIN <= len(run.value) <= max(map(len, self._values))
            and (kind := self._part_of(run))
            and not measured(text[run.end :])
            and (
                _PART_AFTER.match(text[run.end :])
                or (
                    run.value.startswith("0") and _PART_BEFORE.search(text[: run.start])
                )  # no amount begins with a nought
            )
        ]

    def _part_of(self, run: Run) -> str:
        return next(
            (
                kind
                for value, kind in self._values.items()
                if value != run.value and (value.startswith(run.value) or value.endswith(run.value))
            ),
            "",
        )

    def _known_names(self, text: str) -> list[Found]:
        if not self._names:
            return []
        any_of = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
        known = re.compile(rf"\b(?:{any_of})\b", re.IGNORECASE)
        spans = [match.span() for match in known.finditer(text)]
        out = [span for span in spans if not as_a_word(text, *span)]
        if len(out) < len(spans):  # "april and august": one of a list of names
            listed = re.finditer(rf"\b({any_of}) (?:and|or) (?!\1\b)({any_of})\b", text, re.IGNORECASE)
            out += [match.span(n) for match in listed for n in (1, 2)]
            twice = re.finditer(rf"\b({any_of}), ({any_of}) (?:{any_of})\b", text, re.IGNORECASE)  # "may, may thao"
            out += [match.span(1) for match in twice if match[1] == match[2]]
        return [Found(*span, "NAME") for span in [*out, *self._derived(text)]]

    def _derived(self, text: str) -> list[tuple[int, int]]:
        """A name with another ending: "Morozov" of a Morozova, "the Okonjos"; no word of any list."""
        stems = {name[: DERIVED_MIN - 1] for name in self._names if len(name) >= DERIVED_MIN}
        return [
            (word.start, word.end)
            for word in lexicon.words_in(text)
            if (name := lexicon.plain(word.text))[: DERIVED_MIN - 1] in stems
            and name not in self._names
            and lexicon.strange(name, self._keep)
            and any(_alike(name, known) for known in self._names)
        ]


def _alike(one: str, other: str) -> bool:
    """Whether two names differ in their ending only."""
    same = min(len(one), len(other)) - (one[-1] != other[-1] and len(one) == len(other))
    return (
        min(len(one), len(other)) >= DERIVED_MIN
        and one[:same] == other[:same]
        and abs(len(one) - len(other)) <= ENDING_MAX
    )
