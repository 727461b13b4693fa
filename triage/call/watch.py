"""When a distress finding counts: two agreeing partials or one final, 700 ms at most; and it stays for the call.

The matrix says so by level, and can only be quicker (escalation/matrix.py, Act).

A partial transcription may still change, so a first finding waits for a second voice: the next partial, the final, or the
clock. It is also the beginning of a sentence, which can look like anything ("I'm going to kill ... two birds with one stone"):
on a partial the encoder alone is a witness only for danger, and when it is sure, until so much was said that it is no beginning any
more (compliance/decisions/0024).
What a cue showed of danger or crisis is never taken back by a partial that no longer shows it; the clock then decides for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from triage.distress.classifier import Classification
from triage.escalation.levels import Level
from triage.escalation.matrix import Act
from triage.privacy.phi import Phi

_MARKS = re.compile(r"[^\w']")
BEGINNING_WORDS = 20
SURE_FROM = 0.9  # of the encoder's chance, for the beginning of a sentence to count


@dataclass(frozen=True, slots=True)
class Finding:
    """A classification that counts, with the words it was made on. `at_s`: seconds since answer."""

    classification: Classification
    text: Phi
    at_s: float
    by: str  # "final", "partials", "clock", "hang_up"


class DistressWatch:
    """`act_on`: the matrix's, when a level counts."""

    def __init__(self, act_on: Callable[[Level], Act] = lambda _: Act()) -> None:
        self._act_on = act_on
        self._pending: Finding | None = None
        self._due: float | None = None
        self.level = Level.NONE
        self.curve: list[tuple[float, Level, float]] = []

    @property
    def deadline(self) -> float | None:
        return self._due

    def partial(self, classification: Classification, text: Phi, *, at_s: float, now: float) -> Finding | None:
        if not self._is_new(classification) or not is_witness(classification, text):
            if self._pending and not is_grave_cue(self._pending.classification):
                self._clear()
            return None
        if self._pending is not None and self._act_on(classification.level).on == "partial":
            return self._confirm(Finding(classification, text, at_s, "partials"))
        act = self._act_on(classification.level)
        self._pending = Finding(classification, text, at_s, "clock")
        self._due = now + act.confirm_s if act.on == "partial" else None
        return None

    def final(self, classification: Classification, text: Phi, *, at_s: float) -> Finding | None:
        self.curve.append((at_s, classification.level, classification.score))
        if self._is_new(classification):
            return self._confirm(Finding(classification, text, at_s, "final"))
        pending = self._pending
        self._clear()
        # Other words than before: the recogniser was not sure what it heard. For danger and crisis that doubt goes to a human. The
        # same words and more are no doubt: the whole sentence was judged.
        if pending and pending.classification.level >= Level.CRISIS and not _begins_with(text, pending.text):
            return self._confirm(pending)
        return None

    def overdue(self, now: float) -> Finding | None:
        if self._due is None or now < self._due or self._pending is None:
            return None
        return self._confirm(self._pending)

    def hung_up(self) -> Finding | None:
        """The caller is gone: what was not yet certain counts."""
        if self._pending is None:
            return None
        return self._confirm(Finding(self._pending.classification, self._pending.text, self._pending.at_s, "hang_up"))

    def _is_new(self, classification: Classification) -> bool:
        return classification.act and classification.level > self.level

    def _confirm(self, finding: Finding) -> Finding:
        self._clear()
        self.level = max(self.level, finding.classification.level)
        self.curve.append((finding.at_s, finding.classification.level, finding.classification.score))
        return finding

    def _clear(self) -> None:
        self._pending = None
        self._due = None


def is_cue(seen: Classification) -> bool:
    """Shown by words that a nurse wrote down, or by a failure, not by the encoder alone."""
    return not seen.hits or any(not hit.source.startswith("head-") for hit in seen.hits)


def is_witness(seen: Classification, text: Phi) -> bool:
    """Whether what the beginning of a sentence shows counts at all."""
    sure = seen.score >= SURE_FROM and (seen.level >= Level.DANGER or len(text.split()) >= BEGINNING_WORDS)
    return is_cue(seen) or sure


def is_grave_cue(seen: Classification) -> bool:
    return is_cue(seen) and seen.level >= Level.CRISIS


def _begins_with(text: Phi, before: Phi) -> bool:
    words, earlier = _words(text), _words(before)
    return words[: len(earlier)] == earlier


def _words(text: Phi) -> list[str]:
    return [word for word in (_MARKS.sub("", word).lower() for word in text.reveal().split()) if word]
