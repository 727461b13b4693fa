"""Answers to the line's yes-or-no questions: how often the rules alone, and the rules with the examples, take them rightly and wrongly.

.venv/bin/python models/scope/weigh_replies.py           each shipped author by the others (thresholds are chosen on these)
.venv/bin/python models/scope/weigh_replies.py --test    the test authors by all shipped ones
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from triage.figures import Share
from triage.scope import replies
from triage.scope.answers import agreed, denies, ends, untroubled
from triage.scope.embedding import Encoder
from triage.scope.moves import Replied
from triage.scope.replies import Example, Replies

ROOT = Path(__file__).parents[2]
TEST = Path(__file__).parent / "corpus" / "replies"
NOT_TAKEN = "-"


def taken(one: Example, replied: Replied) -> str:
    """What the conversation makes of it: a label, or NOT_TAKEN where it asks again (after the soft question: a nurse)."""
    if one.question == "confirm":
        word = {True: "yes", False: "no", None: NOT_TAKEN}[agreed(one.text, replied.confirm)]
        return replied.confirm if word == NOT_TAKEN and replied.confirm in ("change", "other") else word
    if one.question == "more":
        return "no" if ends(one.text, wishes=False, parts=False, likely=replied.more) else NOT_TAKEN
    return "no" if untroubled(one.text, replied.soft) else NOT_TAKEN


def by_rules(one: Example) -> str:
    return taken(one, Replied()) if one.question != "soft" else "no" if denies(one.text) else NOT_TAKEN


def read(test: bool, encoder: Encoder) -> Iterator[tuple[Example, Replied]]:
    shipped = replies.load()
    if test:
        known = Replies(shipped, encoder.encode)
        yield from ((one, known.read(one.text)) for one in replies.load(TEST))
        return
    for author in sorted({one.author for one in shipped}):
        known = Replies([one for one in shipped if one.author != author], encoder.encode)
        yield from ((one, known.read(one.text)) for one in shipped if one.author == author)


@click.command()
@click.option("--test", is_flag=True)
@click.option("--base", type=click.Path(path_type=Path, exists=True), default=ROOT / "var" / "models" / "embedding")
def main(test: bool, base: Path) -> None:
    rules: Counter[tuple[str, str, str]] = Counter()
    both: Counter[tuple[str, str, str]] = Counter()
    for one, replied in read(test, Encoder(base)):
        rules[one.question, one.label, by_rules(one)] += 1
        both[one.question, one.label, taken(one, replied)] += 1
    table = Table("question", "means", "answers", "by rules: right", "wrong", "with examples: right", "95 %", "wrong")
    for question, labels in replies.QUESTIONS.items():
        for label in labels:
            n = sum(count for (q, was, _), count in both.items() if (q, was) == (question, label))
            cells = []
            for counts in (rules, both):
                right = counts[question, label, label]
                wrong = n - right - counts[question, label, NOT_TAKEN]
                low, high = Share(right, n).interval
                cells.append((str(right), f"{low:.3f}-{high:.3f}", str(wrong)))
            table.add_row(question, label, str(n), cells[0][0], cells[0][2], *cells[1])
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
