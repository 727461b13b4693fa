"""The model's words if they are in time and say exactly what was approved; else the approved words.

`judge` is the raise-only second look: it can make a call more urgent, never less.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from triage.errors import EngineFailed
from triage.language import grounding, guard, prompts
from triage.language.ports import ChatMessage, Constraint, Model
from triage.privacy.phi import NOTHING, Phi

WORDS_MAX = 40  # about 15 seconds of speech
PHRASE_TOKENS_MAX = 72  # 40 English words and some room
JUDGE_TOKENS_MAX = 8
NARRATE_TOKENS_MAX = 96
KEPT_SHARE_MIN = 0.5  # of the approved wording's content words

Why = Literal["", "late", "dead", "cut_short", "too_long", "facts_changed"] | guard.Reason

# Words that turn a statement round. Each must stand as often in the model's sentence as in the approved one.
_POLARITY = frozenset(
    "not no never none nobody nothing without cannot can't don't doesn't won't isn't aren't wasn't weren't didn't couldn't"
    " shouldn't wouldn't haven't hasn't open opens closed closes close free paid before after until from except only unless"
    " less more least most every all any always or front back behind left right up down in out off over under early late".split()
)
# Words of courtesy and grammar that add no fact. Everything else must come from the approved wording or the caller.
_COURTESY = frozenset(
    "a an the and but so to of on at for with by as that this these those it its is are was be been am do does did have has"
    " had can could would may might please thank thanks you your yours we us our ours i me my they them their he him his she"
    " her hello hi sure certainly course okay ok great good perfect alright lovely well yes what what's which when where who"
    " whose how why there here's here just also tell let know say give like likes want wish need could i'd i'm you'd you're"
    " it's that's we're let's happy glad help welcome got kindly quickly if then now about once moment minute one ask asking"
    " hear understand understood note noted if's whether could've if into during will".split()
)


# A narrator's own words, which say nothing about the caller.
_NARRATOR = frozenset(
    "the caller patient person calls calling call rings ringing because about says said say reports he she they his her their is are was has have a an "
    "and of to that who for with in on i my me".split()
)


@dataclass(frozen=True, slots=True)
class Phrased:
    text: str
    by_model: bool
    why: Why = ""  # why it is not the model's


async def phrase(model: Model, approved: str, heard: Phi, deadline_s: float) -> Phrased:
    """`approved` in the model's words, or as it stands. Never raises EngineFailed, never later than `deadline_s`."""
    why: Why
    try:
        said, finish = await complete(model, prompts.phrase(approved, heard), PHRASE_TOKENS_MAX, None, deadline_s)
    except TimeoutError:
        return Phrased(approved, False, "late")
    except EngineFailed:
        return Phrased(approved, False, "dead")
    text = said.reveal().strip().strip('"').strip()
    if finish != "stop":
        why = "cut_short"
    elif len(text.split()) > WORDS_MAX:
        why = "too_long"
    else:
        match guard.check(text, grounds=[approved, heard.reveal()]):
            case guard.Blocked(reason):
                why = reason
            case guard.Allowed():
                why = "" if says_the_same(approved, text) else "facts_changed"
    return Phrased(approved, False, why) if why else Phrased(grounding.plain(text), True)


def says_the_same(approved: str, text: str) -> bool:
    """Whether `text` keeps every number, day, name and turn of `approved`, asks where it asks, and brings in no word
    beyond courtesies. The caller's own words are no excuse: "yes, it is free" must not come from a caller who hoped so."""
    try:
        approved, text = grounding.plain(approved), grounding.plain(text)
    except grounding.NotPlain:
        return False
    old, new = grounding.words(approved), grounding.words(text)
    if not grounding.numbers(approved) <= grounding.numbers(text) or grounding.dates(approved) != grounding.dates(text):
        return False
    if not grounding.numbers(text) <= grounding.numbers(approved) or not grounding.names(approved) <= set(new):
        return False
    if [w for w in old if w in _POLARITY] != [w for w in new if w in _POLARITY]:
        return False
    if approved.count("?") != text.count("?"):
        return False
    content = {_stem(word) for word in old if word not in _COURTESY}
    brought = {_stem(word) for word in new if word not in _COURTESY and not re.match(r"\d", word)}
    spoken_numbers = {_stem(word) for word in new if grounding.numbers(word)}
    kept = content & brought
    return brought - spoken_numbers <= content and len(kept) >= KEPT_SHARE_MIN * len(content)


async def narrate(model: Model, heard: Sequence[Phi], deadline_s: float) -> Phi:
    """Why the caller rings, in one sentence for the nurse; empty when the model is late, or says anything that the caller did not."""
    try:
        said, finish = await complete(model, prompts.narrate(heard), NARRATE_TOKENS_MAX, None, deadline_s)
    except (TimeoutError, EngineFailed):
        return NOTHING
    text = said.reveal().strip().strip('"').strip()
    words = " ".join(one.reveal() for one in heard)
    try:
        plain = grounding.plain(text)
        known = {_stem(word) for word in grounding.words(grounding.plain(words))}
        brought = {_stem(word) for word in grounding.words(plain)} - _NARRATOR
        turned = set(grounding.words(plain)) & _POLARITY
    except grounding.NotPlain:
        return NOTHING
    if finish != "stop" or not plain or len(plain.split()) > WORDS_MAX or not brought <= known or not brought:
        return NOTHING
    return Phi(plain) if turned <= set(grounding.words(grounding.plain(words))) else NOTHING


async def judge(model: Model, heard: Sequence[Phi], deadline_s: float) -> bool | None:
    """True: the model thinks the caller's recent words could be urgent. False changes nothing. None: it did not say."""
    try:
        said, _ = await complete(model, prompts.judge(heard), JUDGE_TOKENS_MAX, prompts.JUDGE_CHOICES, deadline_s)
    except (TimeoutError, EngineFailed):
        return None
    match said.reveal().strip():
        case prompts.JUDGE_URGENT:
            return True
        case prompts.JUDGE_ROUTINE:
            return False
    return None


async def complete(
    model: Model,
    messages: tuple[ChatMessage, ...],
    max_tokens: int,
    constraint: Constraint | None,
    deadline_s: float,
) -> tuple[Phi, str]:
    """What was generated, and why it ended. Raises TimeoutError, EngineFailed."""
    parts: list[str] = []
    finish = ""
    async with asyncio.timeout(deadline_s):
        deltas = model.generate(messages, max_tokens=max_tokens, constraint=constraint, deadline_s=deadline_s)
        async with aclosing(deltas) as stream:  # type: ignore[type-var]
            async for delta in stream:
                parts.append(delta.text.reveal())
                finish = delta.finish_reason or finish
    return Phi("".join(parts)), finish


def _stem(word: str) -> str:
    """Plurals and genitives meet; nothing cleverer, since nothing cleverer can be checked."""
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
