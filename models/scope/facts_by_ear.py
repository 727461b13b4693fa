"""Answers that hold a fact, as the recogniser writes them down: spoken by a synthetic caller, through mu-law, decoded as in a call.

.venv/bin/python models/scope/facts_by_ear.py a b         from corpus/facts/AUTHOR.txt to corpus/facts/heard/AUTHOR.txt

Lines of `heard/AUTHOR.txt`: question|fact|what was heard, in the order of the author's. One synthetic voice at three pitches, no noise: real
callers are harder. `weigh_facts.py --heard` weighs them; half a second to a second an answer on one thread.
"""

from __future__ import annotations

import re
import sys
from itertools import cycle
from pathlib import Path

import click
import numpy as np
from hibari import Hibari
from rich.progress import track
from weigh_facts import CORPUS, NEEDS, ROOT, load

from triage.scope import clinic as clinics
from triage.scope.clinic import Clinic
from triage.scope.wording import QUESTIONS
from triage.speech.whisper import Whisper

sys.path.append(str(ROOT / "models" / "speech"))
from measure import caller

_SPELLED = re.compile(r"\b[A-Za-z](?:[ -][A-Za-z]\b){2,}")
PAD_SAMPLES = 2_400  # 0.3 s before and after, as in a call
PITCHES = (1.0, 0.88, 1.12)


def hotwords(question: str, clinic: Clinic) -> str:
    """What the recogniser is told when this has been asked (Dialogue.likely_words)."""
    need = NEEDS[question]
    return (
        ", ".join(clinic.medicines)
        if need == "medicine"
        else QUESTIONS[need][0]
        if need in ("date", "appointment")
        else ""
    )


def spoken(text: str) -> str:
    """As the voice has to be told it: of "a l i" it would say an article and an eye."""
    text = re.sub(r"\bi\b", "I", text)
    return _SPELLED.sub(lambda letters: ", ".join(re.findall("[A-Z]", letters[0].upper())), text)


@click.command()
@click.argument("authors", nargs=-1, required=True)
@click.option("--models", type=click.Path(path_type=Path), default=ROOT / "var" / "models", show_default=True)
def main(authors: tuple[str, ...], models: Path) -> None:
    clinic = clinics.load(ROOT / "deploy" / "clinic.toml")
    whisper, voice = Whisper(models / "stt", threads=1, workers=1), Hibari()
    (CORPUS / "heard").mkdir(exist_ok=True)
    for author in authors:
        out = []
        for answer, pitch in zip(track(list(load(author)), description=author), cycle(PITCHES), strict=False):
            audio = np.pad(caller(voice, spoken(answer.text), pitch=pitch), PAD_SAMPLES).astype(np.float32)
            heard = whisper.decode(audio, language="en", hotwords=hotwords(answer.question, clinic), thorough=True)
            out.append(f"{answer.question}|{answer.fact}|{heard.text.reveal().replace('|', ' ')}\n")
        (CORPUS / "heard" / f"{author}.txt").write_text("".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
