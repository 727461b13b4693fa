"""Figures that measure, count, or tell the time, the price or the dose, and so identify nobody. Pure.

Each rule looks at what stands right before or behind a number. What an identifier may look like too ("at seven", "after the four") counts only
where no number was asked for.
"""

from __future__ import annotations

import re
from typing import Final

from triage.privacy import lexicon
from triage.privacy.spoken import Run, runs

_ONE: Final = "oh|zero|one|two|three|four|five|six|seven|eight|nine"
_SPOKEN: Final = (
    f"(?:{_ONE}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    "hundred|thousand)"
)
_BEHIND: Final = re.compile(
    r"^\W*(?:milligrams?|mgs?|m g|mcgs?|micrograms?|grams?|units?|pills?|tablets?|tabs?|capsules?|caps|puffs?|drops|degrees?|pounds?|lbs?|kilos?|kgs?|percent|%|over|times|hours?|days?|weeks?|months?|years?|minutes?|"
    r"seconds|o'?clock|a\.?m\b|p\.?m\b|a m\b|p m\b|past|out of|of ten|beats|dollars?|cents?|bucks|feet|foot|inch(?:es)?|miles?|liters?|litres?|centimeters?|millimeters?|cc|ml|m l|cm|mm|kids|children|refills?|doses?|visits?|"
    r"ribs?|joules|steps|flights|hundred|thousand|million|stitches|copay|point (?:oh|zero|one|two|three|four|five|six|seven|eight|nine)|and a half|handfuls|digits|letters|characters|"
    r"pages?|lines?|once|twice|at night|at bedtime|in the (?:morning|evening|afternoon)|a day|a week|a month|a page|each|every|milliliters?|or (?:so|two|three|four|five|six|seven|eight|nine|ten|\d)|"
    r"(?:before|after|with) (?:breakfast|lunch|dinner|supper|meals?|food|eating|bed)|fasting|decibels|pairs?|kinds?|people|systolic|diastolic|(?:of|to) (?:them|those|us|these)|more|in a row|calories|carbs|ounces?|oz|"
    r"cups?|teaspoons?|tablespoons?|spoons?|bottles?|boxes|glasses|vision|centigrade|celsius|fahrenheit)\b",
    re.IGNORECASE,
)
# What alone makes a quantity of figures that may be a code's: asked for, many, or said one by one.
_UNIT_BEHIND: Final = re.compile(
    r"^ ?(?:milligrams?|mgs?|mcgs?|micrograms?|grams?|units?|percent|%|degrees?|pounds?|lbs?|kilos?|kgs?|dollars?|cents?|hours?|days?|weeks?|months?|years?|minutes?|times|o'?clock|a\.?m\b|p\.?m\b|pills?|tablets?|puffs?|doses?)\b",
    re.IGNORECASE,
)
CODE_FIGURES_MIN = 5  # fewer may be a count or a value
# "six tubes", "20 pages", "2 wet shirts": how many of something. Figures have plurals too ("three sevens").
_COUNTED: Final = re.compile(r"^ (?P<word>[a-z]+)(?: (?P<second>[a-z]+))?\b", re.IGNORECASE)
_NO_COUNT: Final = frozenset(
    "ones twos threes fours fives sixes sevens eights nines zeros zeroes ohs dashes spaces dots stars slashes this is was as has does its yes us plus his hers ours always perhaps across besides "
    "thanks sometimes address less unless species series".split()
)
COUNT_FIGURES_MAX = 2
_MEASURE: Final = (
    "sugars?|glucose|pressure|bp|temp|temperature|temps|fever|degrees|pain|oxygen|sats?|saturation|weight|dose|rate|pulse|count|counts|level|levels|load|score|hemoglobin|a1c|a one c|tsh|inr|ferritin|lipase|creatinine|"
    "potassium|sodium|cholesterol|ldl|hdl|psa|platelets|cd4|fraction|bmi|ahi|flow|bilirubin|egfr|gfr|ketones|troponin|triglycerides|count|age|ca|vision|acuity|height|calories|carbs|psi|reading|readings|meter"
)
_ASKS_VALUE: Final = re.compile(rf"\b(?:{_MEASURE})\b|\bhow (?:much|many|high|low)\b", re.IGNORECASE)
_LINK: Final = "(?:'s| is| was| of| at| like| about| around| up| went| to| came| back| now| still| only| not| stay| will| over| under| than| below| above| hit| hits| running| reads| says| said| the| in| it| it's|,){0,5}"
_BEFORE: Final = re.compile(
    rf"(?:\$|\b(?:{_MEASURE})\b{_LINK}[\W]*|"
    r"\b(?:under|over|below|above|at|around|about|every|after|before|past|gets|takes?|taking|took|owe|owed|paid|from|until|till|between|weighs?|measures?|than|day|page|grade|stage|type|step)\W*(?:is|was|of|like|at|me)?\W*)$",
    re.IGNORECASE,
)
_RIGHT_BEFORE: Final = re.compile(
    rf"\b(?:{_MEASURE})\b{_LINK} $"
    r"|\b(?:under|below|above|than|owe|owed|pay|paid|charge|run|put|weighs?|day|page|grade|stage|type|took|takes?|taking|gets?|about|every|at|vitamin) $|\b(?:the )?(?:last|first|next) $",
    re.IGNORECASE,
)
# "her sugar was 181 this morning and 240": a measure named earlier in the sentence, and no number that identifies.
_MEASURED_EARLIER: Final = re.compile(
    rf"\b(?:{_MEASURE})\b(?:(?!\b(?:numbers?|id|serial|model|record|chart|card|account|code|social|phone|cell|reach|call|born|birth|live|address|policy|plan|member|group|ending)\b)[^.?!]){{0,50}}$",
    re.IGNORECASE,
)
_AGED: Final = re.compile(
    r"\b(?:i'?m|i am|he'?s|she'?s|he is|she is|they're|aged?|turn(?:s|ed|ing)?|was|who's|who is)(?: only| just| about| almost| nearly)? $",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(
    r"(?:[A-Za-z] )?\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}\.\d{1,2}|\d{1,2}:\d\d"
)  # or a measured value
_DECIMAL: Final = re.compile(
    rf"(?:(?:{_SPOKEN}|\d{{1,3}})[ -]){{1,3}}point (?:{_ONE}|\d)(?: (?:{_ONE}|\d))?", re.IGNORECASE
)
_TWO_AMOUNTS: Final = re.compile(r"\d{1,3}(?:\.\d)?\W+and (?:then )?\d{1,3}(?:\.\d)?")  # "500 and 500"
_ACUITY: Final = re.compile(r"20/\d{2,3}")
_VERTEBRAE: Final = re.compile(r"(?:[LCTS]\d{1,2})+")
_DISC: Final = re.compile(r"([CLT])\d{1,2}(?:\1|S)\d{1,2}")  # "l four l five": two neighbours, asked for or not
# "a l t sixty two", "a1c 9.1"
_LAB: Final = re.compile(
    r"(?:A?1C|TSH|ALT|AST|INR|PSA|LDL|HDL|CD4|BUN|GFR|BNP|CRP|CA125|WBC|RBC|BMI|FEV1|PO2|BP)\d{1,3}"
)
_CLOCK: Final = re.compile(r"\b(?:at|around|about|by|until|till|from|before|after|near|since|like)\W*$", re.IGNORECASE)
_HOUR: Final = re.compile(r"\b(?:at|around|about|by|until|till|since) $", re.IGNORECASE)
_OVER: Final = re.compile(rf"\b(?:\d+|{_SPOKEN}) over $", re.IGNORECASE)
_HUNDRED: Final = re.compile(r"\b(?:a|one|two|three|four|five|six|seven|eight|nine) hundred(?: and)? $", re.IGNORECASE)
LOOK_BACK_CHARACTERS = 60
PRESSURES_FIGURES_MAX = 6  # "over ninety four and then one sixty"
ONE_BY_ONE_MIN = 3
HOURS_MAX = 12
AGE_MAX = 89  # beyond it an age identifies


def measured(after: str) -> bool:
    """Whether what follows a number makes it a quantity: "twenty milligrams", "3 times", "two out of ten"."""
    return bool(_BEHIND.match(after))


def counted(after: str) -> bool:
    """Whether a noun in the plural follows a number: "six tubes", "2 wet shirts"."""
    match = _COUNTED.match(after)
    if not match:
        return False
    return any(word and _plural(word) for word in (match["word"], match["second"] if _describes(match["word"]) else ""))


def _plural(word: str) -> bool:
    word = word.lower()
    return (
        len(word) > 3 and word.endswith("s") and not word.endswith("ss") and word not in _NO_COUNT and word not in lexicon.GRAMMAR
        and (lexicon.english(word) or lexicon.english(word[:-1])) and lexicon.english(word[:-1] if not word.endswith("ies") else word[:-3] + "y")
    )  # fmt: skip


def _describes(word: str) -> bool:
    """ "wet" of "2 wet shirts"."""
    return lexicon.plain(word) in lexicon.words_of("everyday") and lexicon.plain(word) not in lexicon.GRAMMAR


def one_by_one(words: str) -> bool:
    """Whether three figures or more are said one after the other ("one two two"): nobody says an amount so."""
    said = words.lower().split()
    return len(said) >= ONE_BY_ONE_MIN and all(re.fullmatch(rf"\d|{_ONE}", word) for word in said)


def quantity(text: str, run: Run, *, told: bool) -> bool:
    """A dose, a count, a time, money, a measured value. `told`: a number was asked for; then hardly anything else is expected."""
    words, before, after = (
        text[run.start : run.end],
        text[max(0, run.start - LOOK_BACK_CHARACTERS) : run.start],
        text[run.end :],
    )
    code = told or len(run.value) >= CODE_FIGURES_MIN or one_by_one(words)
    if (
        before.endswith(("$", "$ "))
        or (bool(_UNIT_BEHIND.match(after)) if code else measured(after))
        or (len(run.value) <= COUNT_FIGURES_MAX and counted(after))
    ):
        return True
    if _MONEY.fullmatch(words):
        return not told or "," not in words
    if run.digits <= PRESSURES_FIGURES_MAX and (_OVER.search(before) or before.endswith(" out of ")):
        return True
    if _ACUITY.fullmatch(words) or (_DECIMAL.fullmatch(words) and run.digits <= 4):
        return True
    if _LAB.fullmatch(run.value):
        return True
    if not told and (_TWO_AMOUNTS.fullmatch(words) or _VERTEBRAE.fullmatch(run.value)):
        return True
    if _DISC.fullmatch(run.value):
        return True
    if run.digits > 4 or len(run.value) != run.digits:
        return False
    if of_medicine(before, after):
        return True
    if run.digits <= 3 and ((not told and _RIGHT_BEFORE.search(before)) or _MEASURED_EARLIER.search(before)):
        return True
    if run.digits <= 2 and (
        (_AGED.search(before) and int(run.value) <= AGE_MAX) or (_HOUR.search(before) and int(run.value) <= HOURS_MAX)
    ):
        return True
    if run.digits <= 2 and _HUNDRED.search(before):
        return True
    hour, minute = int(run.value[:-2] or 0), int(run.value[-2:])
    if run.digits >= 3 and _CLOCK.search(before) and hour <= 24 and minute < 60:
        return True
    return not told and run.digits <= 3 and bool(_BEFORE.search(before))


def asks_value(text: str) -> bool:
    """Whether a turn of the line's asks for a measured value: "what's the sugar been"."""
    return bool(_ASKS_VALUE.search(text))


def values(words: str) -> bool:
    """Whether a run is a list of values, as an answer to such a question: "one eighty, 190"."""
    parts = [part for part in re.split(r"\s*(?:,|\band\b|\bthen\b)\s*", words) if part]
    found = [run for part in parts for run in runs(part, asked=True)]
    return (
        len(found) == len(parts)
        and not one_by_one(words)
        and all(run.value.isdigit() and 2 <= len(run.value) <= 3 for run in found)
    )


def of_medicine(before: str, after: str) -> bool:
    """ "the 25 of metoprolol", "glipizide 10", "symbicort 160 twice"."""
    left, right = (
        re.search(r"([a-z-]+),? $", before, re.IGNORECASE),
        re.match(r" of (?:the )?([a-z-]+)", after, re.IGNORECASE),
    )
    return any(match and _medicine(match[1].lower()) for match in (left, right))


def _medicine(word: str) -> bool:
    return word in lexicon.kept("medicines", "more_medicines") or word in lexicon.words_of("medicines")
