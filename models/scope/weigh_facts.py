"""Answers that hold a fact (name, date of birth, day, medicine): how often what is written down is what a careful clerk wrote.

.venv/bin/python models/scope/weigh_facts.py a b            the authors that the rules were mended on
.venv/bin/python models/scope/weigh_facts.py c d            test authors
.venv/bin/python models/scope/weigh_facts.py a --show       with what is written down otherwise
.venv/bin/python models/scope/weigh_facts.py c d --heard    as the recogniser wrote down what they said

Lines of `corpus/facts/AUTHOR.txt`: question|fact|text (corpus/facts/BRIEF.md). A day is right when weekday, month and day agree as far as the
clerk's note says them; a medicine when every one of the note is in what is written down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from triage.figures import Share
from triage.scope import clinic as clinics
from triage.scope.clinic import Need
from triage.scope.days.dates import MONTHS, birth, parts
from triage.scope.entities import find

CORPUS: Final = Path(__file__).parent / "corpus" / "facts"
ROOT: Final = Path(__file__).parents[2]
NEEDS: Final[dict[str, Need]] = {
    "name": "name", "date_of_birth": "date_of_birth", "book": "date", "move": "date", "cancel": "appointment", "medicine": "medicine",
}  # fmt: skip
_WEEKDAY: Final = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)\w*", re.IGNORECASE)
_OTHER_DAY: Final = re.compile(
    r"\b(?:next|week|month|morning|afternoon|evening|noon|today|tomorrow|last|end)\b", re.IGNORECASE
)
_FIGURES: Final = re.compile(r"\b(\d{1,2})/(\d{1,2})\b")


@dataclass(frozen=True, slots=True)
class Answer:
    question: str
    fact: str
    text: str


def load(author: str, *, heard: bool = False) -> Iterator[Answer]:
    """`heard`: as the recogniser wrote it down (facts_by_ear.py)."""
    for line in (CORPUS / ("heard" if heard else "") / f"{author}.txt").read_text(encoding="utf-8").splitlines():
        yield Answer(*(part.strip() for part in line.split("|", 2)))


def written_down(answer: Answer, listed: tuple[str, ...]) -> str:
    """ "" when nothing is found: the line asks again."""
    found = find(NEEDS[answer.question], answer.text, asked=True, listed=listed, moving=answer.question == "move")
    return found.value.reveal() if found else ""


def is_right(answer: Answer, found: str) -> bool:
    if not found:
        return False
    if answer.question == "date_of_birth":
        return str(birth(found)) == answer.fact
    if answer.question == "name":
        return _letters(found) == _letters(answer.fact)
    if answer.question == "medicine":
        return all(one.split()[0] in found.lower() for one in re.split(r" and |, ", answer.fact.lower()))
    return _is_same_day(answer.fact, _FIGURES.sub(lambda day: f"{MONTHS[int(day[1]) - 1]} {day[2]}", found))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", re.sub(r"\bjunior\b", "jr", name.lower()))


def _is_same_day(fact: str, found: str) -> bool:
    days, others = ({day.lower() for day in _WEEKDAY.findall(each)} for each in (fact, found))
    noted, said = parts(fact), parts(found)
    if not days and noted.month is None and noted.day is None:
        return {word.lower() for word in _OTHER_DAY.findall(fact)} <= {
            word.lower() for word in _OTHER_DAY.findall(found)
        }
    if days and others and days != others:
        return False
    if noted.day is not None and said.day is None:
        return bool(days) and days == others
    if days and not others and said.day is None:
        return False
    return all(a is None or b is None or a == b for a, b in ((noted.day, said.day), (noted.month, said.month)))


@click.command()
@click.argument("authors", nargs=-1, required=True)
@click.option("--show", is_flag=True, help="List what is written down otherwise; not for test authors.")
@click.option("--heard", is_flag=True, help="As a recogniser wrote down what a synthetic caller said.")
def main(authors: tuple[str, ...], show: bool, heard: bool) -> None:
    listed = clinics.load(ROOT / "deploy" / "clinic.toml").medicines
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    nothing: Counter[str] = Counter()
    console = Console(width=150)
    for answer in (answer for author in authors for answer in load(author, heard=heard)):
        found = written_down(answer, listed)
        (right if is_right(answer, found) else wrong if found else nothing)[answer.question] += 1
        if show and not is_right(answer, found):
            console.print(f"{answer.question}: {answer.fact!r}, not {found!r}: {answer.text}", markup=False)
    table = Table("asked for", "answers", "right", "95 %", "otherwise (read back so)", "nothing found (asked again)")
    for question in (*NEEDS, "all"):
        r, w, n = (
            sum(each[one] for one in (NEEDS if question == "all" else (question,))) for each in (right, wrong, nothing)
        )
        low, high = Share(r, r + w + n).interval
        table.add_row(question, str(r + w + n), str(r), f"{low:.3f}-{high:.3f}", str(w), str(n))
    console.print(table)


if __name__ == "__main__":
    main()
