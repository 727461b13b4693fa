"""Other people's words as lessons: turns of interviews, notes' dialogues and our own callers' lines for what is no identifier, and the
made-up sentences of presidio-research, with the identifiers that they hold.

    .venv/bin/python models/privacy/others_words.py --data ../shared/data --out var/privacy/others.jsonl

What the rules remove in them is masked: it says nothing, neither way. Needs the core's environment; train_tagger.py reads the file.
"""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path
from typing import Any

import click

from triage.privacy.redaction import Redactor

SEED = 20261130
HERE = Path(__file__).parent
TURN = re.compile(r"^(?:Doctor|Patient|Guest_\w+|\[?(?:doctor|patient|patient_guest)\]?):?\s*", re.IGNORECASE)
LENGTH = range(3, 60)  # words of a turn
# Of presidio-research; what is not here says nothing either way.
KINDS = {
    "PERSON": "name", "ADDRESS": "place", "DATE_TIME": "date", "PHONE_NUMBER": "code", "US_SSN": "code", "US_DRIVER_LICENSE": "code", "CREDIT_CARD": "code",
    "IBAN_CODE": "code", "EMAIL_ADDRESS": "net", "DOMAIN_NAME": "net", "IP_ADDRESS": "net",
}  # fmt: skip


def conversations(data: Path) -> list[list[str]]:
    """Turns of each conversation, in order."""
    out = []
    for file in sorted((data / "fareez").glob("*.txt")):
        out.append([line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines()])
    for file in sorted((data / "mts-dialog").glob("*.csv")) + sorted((data / "aci-bench").glob("*.csv")):
        with file.open(encoding="utf-8", errors="replace") as rows:
            for row in csv.DictReader(rows):
                out.append((row.get("dialogue") or "").splitlines())
    return [[TURN.sub("", line).strip() for line in turns if line.strip()] for turns in out]


def made_up(data: Path) -> list[dict[str, Any]]:
    """Rows of presidio-research's generator."""
    out = []
    for one in json.loads((data / "presidio-research" / "generated_large.json").read_text(encoding="utf-8")):
        spans = [
            {"start": s["start_position"], "end": s["end_position"], "kind": KINDS.get(s["entity_type"], "")}
            for s in one["spans"]
        ]
        if "{" not in one["full_text"]:
            out.append({"before": "", "text": one["full_text"], "spans": spans})
    return out


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--turns", default=4000, show_default=True, help="Of other people's conversations.")
@click.option("--lines", default=6000, show_default=True, help="Of the distress corpus.")
def main(data: Path, out: Path, turns: int, lines: int) -> None:
    chance = random.Random(SEED)
    pairs = [
        (before, turn)
        for talk in conversations(data)
        for before, turn in zip(["", *talk], talk, strict=False)
        if len(turn.split()) in LENGTH
    ]
    own = [
        line.split("|", 2)[2].strip()
        for file in sorted((HERE.parent / "distress" / "corpus" / "train").glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.count("|") >= 2
    ]
    chosen = chance.sample(pairs, min(turns, len(pairs))) + [
        ("", text) for text in chance.sample(own, min(lines, len(own)))
    ]
    redactor = Redactor.load(None)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for number, (before, text) in enumerate(chosen, 1):
            spans = redactor.for_call().redact(text, "caller").spans
            masked = [{"start": span.start, "end": span.end, "kind": ""} for span in spans]
            file.write(json.dumps({"before": before[-200:], "text": text, "spans": masked}) + "\n")
            if number % 1000 == 0:
                print(f"{number} of {len(chosen)}", flush=True)
        for row in made_up(data):
            file.write(json.dumps(row) + "\n")
    print(f"written {out}")


if __name__ == "__main__":
    main()
