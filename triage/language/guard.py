"""What the line must never say in words of the model's own. Pure; fails closed.

The guard stands between the language model and the caller. A sentence that it blocks is replaced by the approved wording,
so a false alarm costs a little variety and a miss could cost a patient: in doubt it blocks. Approved wordings do not pass
through here; they may promise a call back, because somebody signed them.
Rules not signed off by a clinician.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from triage.language import grounding

SENTENCE_CHARACTERS_MAX = 400  # longer is not a spoken sentence

Reason = Literal[
    "empty", "too_long", "odd_text", "dosing", "diagnosis", "reassurance", "discouragement", "promise", "advice", "posing",
    "off_role", "ungrounded_number", "ungrounded_name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowed:
    pass


@dataclass(frozen=True, slots=True)
class Blocked:
    reason: Reason


Verdict = Allowed | Blocked

_DRUG = (
    r"(dos(e|es|age)|tablets?|pills?|capsules?|drops?|mg|milligrams?|mcg|micrograms?|ml|medicines?|medications?|meds|drugs?"
    r"|insulin|inhaler|aspirin|ibuprofen|paracetamol|acetaminophen|tylenol|advil|antibiotics?|painkillers?|prescription)"
)
_SOMEBODY = r"(some(one|body)|a (nurse|doctor|person|colleague)|the (nurse|doctor|front desk|clinic|team)|nurse|we|i|they|he|she|it)"
_ILLNESS = (
    r"(infection|flu|cold|virus|cancer|stroke|heart attack|migraine|allergy|allergic|fracture|broken|diabetes|asthma"
    r"|pneumonia|anxiety|depression|panic attack|covid|appendicitis|blood clot|sepsis|indigestion|reflux|sprain|concussion)"
)

# Each line is one way of saying it, on lower-case text with straight apostrophes.
_FORBIDDEN: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    ("dosing", (
        rf"\b(take|taking|double|doubling|halve|skip|stop|start|increase|reduce|lower|raise|change|continue|use|try)\b[^.?!]*\b{_DRUG}\b",
        r"\b(take|use|try) (some|an?|one|two|another|more|less|it)\b",
        r"\b(safe|ok|okay|fine|best) to take\b", r"\b(more|less|another|extra|next|half the|half a) dose\b",
        r"\b(with|without|before|after) (food|meals?)\b", r"\b(once|twice|times) (a|per) (day|week)\b", r"\bevery (few )?\w+ hours\b",
        r"\bkeep taking\b", r"\bstop taking\b",
    )),
    ("diagnosis", (
        r"\bdiagnos", r"\b(sounds|looks|seems|feels) (like|as if|as though|to be)\b", r"\bsymptoms? of\b", r"\bsigns? of\b", r"\bcaused? by\b",
        r"\byou('re| are)? (probably|likely|may|might|could|must|definitely|clearly) (have|be|having|suffering)\b",
        r"\b(probably|likely|possibly|maybe|perhaps|just|only|simply) (a|an|the|some|your)\b", r"\bsuffer(ing|s)? from\b",
        rf"\byou('ve| have| got|'ve got| are having)\b[^.?!]*\b{_ILLNESS}\b", rf"\b(it|this|that)('s| is| was)\b[^.?!]*\b{_ILLNESS}\b",
        r"(?<!do )(?<!did )\byou('ve| have) (a|an|some) (?!(appointment|question|visit|message|request)\b)", r"\byour condition\b",
    )),
    ("reassurance", (
        r"\b(be|is|are|am|'s|'re|you) (just |perfectly |totally |completely |absolutely |all |going to be )?(fine|okay|ok|alright|all right|safe|harmless|well)\b",
        r"\bworr(y|ies|ied|ying)\b", r"\bpanic\b", r"\bnothing (serious|dangerous|bad|wrong|to)\b", r"\bharmless\b", r"\bcalm down\b", r"\brelax\b",
        r"\b(not|isn't|is not|n't) (an? |so |that |very |too |really )?(serious|dangerous|urgent|emergency|bad|concerning|unusual|necessary)\b",
        r"\bno (emergency|danger|risk|problem|concern|cause)\b", r"\b(normal|common|usual|typical|mild|minor|temporary)\b",
        r"\b(feel|get|getting|feeling|be) (much |a lot |soon |well |any )?(better|well|good)\b", r"\bgo(es)? away\b", r"\bpass(es)? (soon|on its own)\b",
        r"\beverything('s| is| will|'ll)\b", r"\bno big deal\b", r"\bin good hands\b", r"\bi('m| am) sure\b", r"\brest assured\b",
    )),
    ("discouragement", (
        r"\b(no|not|n't) (really )?need\b", r"\b(don't|do not|shouldn't|should not|needn't|never) (have to |need to |want to )?(call|go|come|see|ring|visit|speak|talk|bother|hang)\b",
        r"\bwait (and|until|till|a|for|it)\b", r"\bhang up\b", r"\bcall (back )?later\b", r"\btoo late\b", r"\binstead of\b", r"\bbother\b",
        r"\b(can|could) wait\b", r"\bonly if\b",
    )),
    ("promise", (
        rf"\b{_SOMEBODY}('ll| will| shall| is going to| are going to|'s going to|'re going to|'m going to| am going to)\b",
        r"\bwill (be|call|get|contact|come|see|help|answer|ring|send|take|have|make|let)\b", r"\bgoing to\b", r"\bpromise\b", r"\bguarantee",
        r"\b(right away|immediately|shortly|in a (moment|minute|second|while)|any (moment|minute)|soon|straight away|asap|right now)\b",
        r"\bon (its|the|their|his|her|my) way\b", r"\b(have|has|'ve|'s) (been )?(sent|booked|scheduled|arranged|confirmed|changed|cancelled|canceled|ordered|notified)\b",
        r"\b(is|are|been) (now )?(booked|scheduled|confirmed|cancelled|canceled|sent|ready|approved|changed|moved|all set)\b", r"\ball set\b",
        r"\bi('ve| have| can) (book|schedul|confirm|cancel|order|prescri|arrang|refill|renew|mov|chang)", r"\bmake sure\b", r"\b(i|we)'ll\b",
        r"\bconnect(ing)? you\b", r"\btransfer(ring)? you\b", r"\bputting you through\b",
    )),
    ("advice", (
        r"\byou (should|must|ought|need to|have to|had better|can try|could try)\b", r"\btry (to|a|some|the|\w+ing)\b",
        r"\b(recommend|suggest|advise|advice)\b", r"\b(rest|drink|eat|avoid|apply|ice|lie down|sit down|breathe|sleep|exercise|elevate)\b",
        r"\bsee (a|the|your) (doctor|nurse|specialist)\b", r"\b(call|dial|ring) (an |the )?(911|nine one one|999|112|ambulance|emergency|doctor)\b",
        r"\bgo to (the |a )?(hospital|emergency|er|a and e|urgent care)\b", r"\btreat(ment|ed|ing|s)?\b", r"\bcure", r"\bremed(y|ies)\b",
        r"\b(consult|seek)\b", r"\bhealthy\b",
    )),
    ("posing", (
        r"\b(as|like) (a|an|your) (doctor|nurse|physician|medical|health|clinician|pharmacist|therapist|professional|human|person|friend)\b",
        r"\bi('m| am) (also |really |actually |just |only )?(a |an |the |your |one of )?(real |qualified |trained |registered |human |live )*(doctor|nurse|human|person|physician|clinician|receptionist|pharmacist|therapist|patient|woman|man|people)\b",
        r"\bi('m| am) (not|no) (a |an )?(robot|machine|computer|bot|ai|program|recording|automat\w*)\b", r"\bmy (name|patients?|experience|training|colleagues?|body|family)\b",
        r"\b(real|actual|human) (person|human|being)\b", r"\bi('ve| have) (been|seen|treated|had|experienced|felt)\b", r"\bthis is (doctor|nurse|dr)\b",
        r"\bi (feel|understand how|know how) you\b", r"\bi('m| am) human\b",
    )),
    ("off_role", (
        r"\b(smollm|hugging ?face|openai|chatgpt|language model|as an ai|ai assistant|virtual assistant|prompt|assistant)\b",
        r"\b(system|user|caller|sentence|the caller said)\s?:", r"\b(http|www)\b", r"\.(com|org|net)\b", r"\b(credit card|password|social security|bank)\b",
        r"\b(joke|poem|story|recipe|code)\b", r"\b(caller|patient) (said|says|wants|is|has)\b",
    )),
)  # fmt: skip
_RULES = tuple((reason, re.compile("|".join(f"(?:{way})" for way in ways))) for reason, ways in _FORBIDDEN)


def check(sentence: str, *, grounds: Sequence[str]) -> Verdict:
    """Whether the model's `sentence` may be spoken. `grounds` are the texts that may justify what it says: the approved
    wording, the caller's words. Every number, time, day and name in it must occur in one of them."""
    if not sentence.strip():
        return Blocked("empty")
    if len(sentence) > SENTENCE_CHARACTERS_MAX:
        return Blocked("too_long")
    try:
        text = grounding.plain(sentence)
    except grounding.NotPlain:
        return Blocked("odd_text")
    if not any(letter.isalpha() for letter in text):
        return Blocked("odd_text")
    lower = text.lower()
    for reason, rule in _RULES:
        if rule.search(lower):
            return Blocked(reason)
    known = [_readable(ground) for ground in grounds]
    if grounding.ungrounded_numbers(text, known):
        return Blocked("ungrounded_number")
    if grounding.ungrounded_names(text, known):
        return Blocked("ungrounded_name")
    return Allowed()


def _readable(ground: str) -> str:
    """A ground with odd characters justifies less, never more: they become blanks."""
    try:
        return grounding.plain(ground)
    except grounding.NotPlain:
        letters = (letter if letter.isascii() and letter.isprintable() else " " for letter in ground)
        return " ".join("".join(letters).split())
