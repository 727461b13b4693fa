"""Which patterns of the lexicon may count alone, and which are only hints: decided on the training authors, never by taste.

    .venv/bin/python models/distress/weigh_cues.py --data ../shared/data [--write]

A pattern that fired on harmless lines (hard negatives, routine, other people's routine) is a hint unless it fired on at least
TRUE_PER_FALSE times as many lines that deserve its level or a higher one. With --write the cue files are written anew, one pattern
a line; their order, ids and references stay.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import click
from labels import lines
from third_party import parts

from triage.distress import lexicon
from triage.escalation.levels import Level

HERE = Path(__file__).parent
CUES = HERE.parents[1] / "triage" / "distress" / "cues"
TRUE_PER_FALSE = 15
KEPT_ALONE = ("ES-",)  # the encoder hardly reads Spanish: those rules stand alone


def counts(rule: lexicon.Rule, cue: lexicon.Cue, texts: list[tuple[str, Level]]) -> tuple[int, int]:
    """(true, false) lines."""
    alone = lexicon.load().with_rules((lexicon.Rule(rule.id, rule.level, rule.category, rule.reference, (cue,), ()),))
    true = false = 0
    for text, level in texts:
        if cue.pattern.search(lexicon.normal(text)) and alone.hits(text):
            true += level >= Level.CLINICAL if rule.level >= Level.CLINICAL else level > Level.SCOPE
            false += level is Level.NONE
    return true, false


def written(raw: dict[str, Any], header: str) -> str:
    out = [header.rstrip(), f'level = "{raw["level"]}"', ""]
    for rule in raw["rule"]:
        out.append("[[rule]]")
        out += [f"{key} = {json.dumps(rule[key])}" for key in ("id", "level", "category", "reference") if key in rule]
        for kind in ("any", "hint"):
            if rule.get(kind):
                out += [f"{kind} = [", *(f"  {_literal(one)}," for one in rule[kind]), "]"]
        out.append("")
    return "\n".join(out)


def _literal(pattern: str) -> str:
    return f"'{pattern}'" if "'" not in pattern else json.dumps(pattern, ensure_ascii=False)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--write", is_flag=True)
def main(data: Path, write: bool) -> None:
    texts = [(row.text, Level.parse(row.level)) for row in lines(HERE / "corpus" / "train")]
    texts += [(text, Level.NONE) for some in parts(data)["train"].values() for text in some]
    for name in lexicon.CUES:
        file = CUES / f"{name}.toml"
        source = file.read_text(encoding="utf-8")
        raw = tomllib.loads(source)
        for rule in raw["rule"]:
            level = Level.parse(rule.get("level", raw["level"]))
            made = lexicon.Rule(rule["id"], level, rule["category"], rule["reference"], (), ())
            every = [*rule.get("any", ()), *rule.get("hint", ())]
            alone, hints = [], []
            for pattern in every:
                true, false = counts(made, lexicon.cue(pattern), texts)
                is_hint = false > 0 and true < TRUE_PER_FALSE * false and not rule["id"].startswith(KEPT_ALONE)
                (hints if is_hint else alone).append(pattern)
                if is_hint:
                    print(f"hint {rule['id']:<12} true {true:>4} false {false:>3}  {pattern[:90]}")
            rule["any"], rule["hint"] = alone, hints
        if write:
            header = "\n".join(line for line in source.splitlines() if line.startswith("#"))
            file.write_text(written(raw, header), encoding="utf-8")


if __name__ == "__main__":
    main()
