"""A tier 1 that sees what it was told to see, for tests of what follows from it."""

from __future__ import annotations

from collections.abc import Mapping

from triage.distress.heads import MEANING, Seen
from triage.distress.lexicon import Hit


class ScriptedTier1:
    """Stands in for triage.distress.heads.Tier1. `looks`: phrase -> head that would look, `acts`: phrase -> head that would act; `routine`:
    the chance of it where neither is."""

    version = "tier1-scripted"

    def __init__(
        self, *, looks: Mapping[str, str] | None = None, acts: Mapping[str, str] | None = None, routine: float = 0.97
    ) -> None:
        self._routine = routine
        self._looks = looks or {}
        self._acts = acts or {}

    def look(self, text: str) -> Seen:
        acting = tuple(_hit(text, head) for phrase, head in self._acts.items() if phrase in text)
        looking = tuple(_hit(text, head) for phrase, head in self._looks.items() if phrase in text)
        chances = dict.fromkeys(MEANING, 0.01) | {"routine": self._routine}
        for hit in looking:
            chances[hit.source.removeprefix("head-")] = 0.3
        for hit in acting:
            chances |= {hit.source.removeprefix("head-"): 0.95, "routine": 0.02}
        return Seen(chances, acting, (*acting, *looking))


def _hit(text: str, head: str) -> Hit:
    level, category = MEANING[head]
    return Hit(f"head-{head}", 0, len(text), level, category)
