"""What the office is only to know, with nothing wished: another pharmacy, insurance, number or address. Pure."""

from __future__ import annotations

import re

# What is to be known at the desk, with nothing wished: "I have a new pharmacy, put it down".
_KEPT = r"(?:pharmacy|pharmacies|drug ?store|insurance|(?:phone|telephone|cell|mobile)(?: number)?|my number|address|e-?mail)"
_NEWS = re.compile(
    rf"\b(?:chang\w+|switch\w+|new|different|other)\b[^.;!?]{{0,40}}\b{_KEPT}\b|\b{_KEPT}\b[^.;!?]{{0,40}}\b(?:chang\w+|switch\w+|moved|closed|is now|new|different)\b(?! (?:my|our|his|her)\b)"
    rf"|\bclosed\b[^.;!?]{{0,20}}\b{_KEPT}\b",
    re.IGNORECASE,
)
# The same of who is taken to want a refill: "I want it wrote down where they go", "to the Giant Eagle from now on".
_NEWS_OF_REFILLS = re.compile(
    rf"{_NEWS.pattern}|\bfrom (?:now|here) on\b|\bwr(?:ite|ote|itten|it)(?: (?:it|that|this|them))?(?: all)? down\b",
    re.IGNORECASE,
)
_TO_BE_KNOWN = re.compile(
    r"\b(?:inform\w*|tell|told|(?<!\bi )know(?! (?:if|what|whether|why|how|when)\b)|pass(?:ed)?|not(?:ed?|ify)|wr(?:ite|ote|itten)|updat\w+|record|files?|chart|aware|calling (?:to (?:say|report)|about|with))\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)
_VISITS = re.compile(
    r"\b(?<!no )(?<!not an )(?:appointments?|visits?|check-?ups?|physicals?|yearly|annual|book|schedule|come in|be seen|see (?:the|a|my|some|me|us|him|her)\w*|new patient|get (?:me )?in)\b",
    re.IGNORECASE,
)
_WISHED_BESIDE = re.compile(
    r"\?|\b(?:bill\w*|charg\w+|claims?|deni\w+|owe|cover\w*|pay\w*|results?|records|nurse|sent|send|fill(?:ed)?|came|(?<!no )(?<!not a )(?<!no more )refills?|renew\w*|(?<!not )(?:ran|run|running|almost|all|about|am|i'm) (?:out|low)"
    r"|(?:need|want|like|get|order) (?:my|more|some|a|an|another|the (?!office|doctor|nurse|desk|front|girls|ladies|staff|folks|clinic|people)))\b",
    re.IGNORECASE,
)


def is_news(text: str, task: str = "") -> bool:
    """Whether the caller only wants the office to know of another pharmacy, insurance, number or address. `task`: what it is taken for."""
    if task == "refill":
        known = bool(_NEWS_OF_REFILLS.search(text) and (_TO_BE_KNOWN.search(text) or _ONLY.search(text)))
    else:
        known = bool(_NEWS.search(text) and _TO_BE_KNOWN.search(text)) and not _VISITS.search(text)
    return known and not _WISHED_BESIDE.search(text)
