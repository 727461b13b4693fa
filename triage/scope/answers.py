"""Yes, no, nothing more, never mind: what a caller's answer to a plain question comes to. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

_YES: Final = re.compile(
    r"^\W*(yes|yeah|yep|yup|sure|correct|right|exactly|that(?:'?s| is)(?: \w+)? (?:right|correct|it)|that'?s it|please do|ok(ay)?|uh[- ]huh|mm[- ]hm+|of course"
    r"|i do|it is|absolutely|s[ií]|affirmative|ten[- ]four|roger|you bet|you know it|bingo|spot on|dead (?:right|on)|sure (?:is|do|did)|bet|that(?:'?s| is| was)(?: \w+)? (?:how|what|the way) (?:i|he|she|they|it|you|we|the \w+)(?: \w+)? (?:said|says?|told|meant|want(?:ed)?|reads?|put it|got)|copy that|perfect|lovely|you(?:'ve)? got it|that'?s the one|sounds (?:good|right|fine)"
    r"|(?:good|great)(?! (?:morning|afternoon|evening|day|question)))\b",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(
    r"^\W*(?:(?:oh|uh|um|er|ah|aw|ha|well|so|da|hm+|and)\b\W+)+", re.IGNORECASE
)  # before a yes or a no
_YES_LAST: Final = re.compile(
    r"\b(?:that'?(?:s|ll be) (?:right|correct|fine|good|great|perfect)|(?:yes|yeah|yep)(?: (?:please|sir|ma'?am|dear))?|you(?:'ve)? got it)\W*$",
    re.IGNORECASE,
)
_YES_INSIDE: Final = re.compile(r"\b(?:yes|yeah|yep|yup)\b", re.IGNORECASE)
_DOUBTS: Final = re.compile(
    r"\b(?:no|not|\w+n'?t|but|except|wrong|change|instead|actually|should|wait|if|or)\b", re.IGNORECASE
)
_DONE: Final = re.compile(
    r"^\W*not unless you\b|\b(?:that(?:'s| is| was|'ll be)(?: about)? (?:all|it|everything)|that'?ll do(?: it)?|that (?:covers|does|answers|takes care of) it|that'?s the whole (?:of it|thing|\w+)|so long|nothing (?:else|more)|(?:we|i)(?:'re|'m| are| am) (?:done|finished|all set)|all set|have a (?:nice|good|great|blessed|lovely|wonderful) (?:day|one|evening|night|weekend|week|afternoon))\b(?!.*\b(?:but|except|only|also|actually|one more|another)\b)",
    re.IGNORECASE,
)
_WELL: Final = re.compile(
    r"\b(?:everything(?:'?s| is| has)?|it'?s all|all(?:'s| is)?|i'?m|i am|we'?re|things are|feeling|been)(?: been)?"
    r"(?: (?:pretty|very|just|really|all|perfectly|quite|doing|feeling))* (?:fine|good|well|normal|okay|ok|steady|in order|rosy|great|healthy|fit)\b"
    r"|\bfit as a fiddle\b",
    re.IGNORECASE,
)
_TAKEN_BACK: Final = re.compile(r"\b(?:but|though|although|except|until|unless|if|when|not|\w+n'?t)\b", re.IGNORECASE)
_OH_NO: Final = re.compile(r"^\W*(?:oh|ah|aw)\W+no\b", re.IGNORECASE)
EXCLAMATION_WORDS_MIN = 3  # "oh no, dear" is an answer
_AGAIN: Final = re.compile(
    r"^\W*(?:(?:i'?m |so )?sorry|excuse me|pardon(?: me)?|beg your pardon|huh|hm+|eh|uh|um|oh|wait|hold on|hello|well|no|please|dear|honey|sir|ma'?am)?[\s,.?!]*"
    r"(?:(?:can|could|would|will) you )?(?:please )?(?:(?:say|repeat|read|run|tell me|go over|give me)(?: \w+){0,3}(?: (?:again|back|once more|one more time|slower|louder))|repeat(?: \w+){0,2}|come again|how'?s that(?: again)?|what(?:'?s| is| was)? ?(?:that|did you say|was that|you said)?(?: again)?"
    r"|(?:i )?(?:didn'?t|can'?t|couldn'?t) (?:\w+ )?(?:hear|catch|get)(?: (?:that|you|it|what you said|the (?:last|end)(?: \w+)?))?|speak up|louder|slower|once more|one more time|again|pardon(?: me)?|beg your pardon|excuse me|sorry|what)"
    r"(?:[\s,.]+(?:please|dear|honey|sorry|sir|ma'?am|sugar|sweetie|hon|the last (?:part|bit|one)|i'?m (?:a (?:little|bit) )?(?:deaf|hard of hearing)|my (?:ears|hearing) (?:is|are|isn'?t|aren'?t) (?:not )?(?:so |very )?(?:bad|poor|good|great)|speak up))*\W*$",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"^\W*(no+|naw|know(?! (?:what|how|if|who|when|where|why|about)\b)|nope|nah|negative|not (?:really|a (?:thing|bit)|at all)|nothing?|none|wrong|that'?s (wrong|not right|all)|incorrect|never ?mind|i'?m (good|fine|ok))\b",
    re.IGNORECASE,
)
# A no that goes on with a wish is not the end: "no, I need to know my test results".
_WANTS_MORE: Final = re.compile(
    r"\?|\b(?:need|want|wanted|like|wish|can|could|would|should|tell|give|get|know|but|also|actually|about|my|me|results?|what|when|why|how|if)\b",
    re.IGNORECASE,
)
_JOKES: Final = re.compile(r"^\W*(?:no\W+|not )unless you\b", re.IGNORECASE)  # "not unless you can drive a combine"
NO_MORE_WORDS_MAX = 10  # "no, I see the library now, thanks"
_DROPS: Final = re.compile(
    r"\b(?:never ?mind|forget (?:it|about it)|don'?t bother|leave it(?! (?:be|as|like|alone|that way|the way))|scratch that|i'?ll call (?:back|again)"
    r"|i (?:don'?t|do not) (?:want|need) to (?:change|move|cancel|book|make|leave) (?:anything|it|one)(?! (?:on|to|for|until)\b))\b",
    re.IGNORECASE,
)
_CANCELS: Final = re.compile(r"(?<!n't )(?<!not )(?<!to )\bcancel (?:it|that|this|the|my|our)\b", re.IGNORECASE)
DROP_WORDS_MAX = 10  # of "never mind"; in a longer answer it is a manner of speaking
AFTER_DROP_WORDS_MAX = 6  # with more, something else is wished for


def agrees(text: str) -> bool | None:
    """True for a yes, False for a no, None when it is neither or both."""
    text = _OPENING.sub("", text)
    no = bool(_NO.search(text))
    inside = not _DOUBTS.search(text) and _YES_INSIDE.search(text)  # "Wednesday, yup, that there's right"
    yes = bool(_YES.search(text)) or (not no and bool(_YES_LAST.search(text) or inside))
    return None if yes == no else yes


def denies(text: str) -> bool:
    """Whether the caller plainly says that nothing troubles them: a no that is no exclamation ("oh no, it came back"), or that all is
    well, and no word that takes it back. Whatever else is left open goes to a human."""
    answer = agrees(text)
    if answer is not True and _WELL.search(text):
        return not _TAKEN_BACK.search(text)
    exclaims = _OH_NO.search(text) and len(text.split()) > EXCLAMATION_WORDS_MIN
    return answer is False and not exclaims


def asks_again(text: str) -> bool:
    """Whether the caller only asks to hear it once more: "say that again?", "sorry, what was that, dear?"."""
    return bool(text.strip(" .,?!")) and bool(_AGAIN.match(text))


def is_done(text: str) -> bool:
    """Whether the caller says that there is nothing else: "okay, photo ID, got it, no, that's all"."""
    return bool(_DONE.search(text))


def wants_no_more(text: str) -> bool:
    """Whether it is a no that does not go on with a wish: "no, I see the library now, thanks"."""
    return len(text.split()) <= NO_MORE_WORDS_MAX and agrees(text) is False and not _WANTS_MORE.search(text)


def jokes(text: str) -> bool:
    """Whether it is a no that only teases: "no, not unless you can drive a combine"."""
    return bool(_JOKES.search(text))


def drops(text: str) -> bool:
    """Whether the caller says never mind."""
    return bool(_DROPS.search(text))


def only_drops(text: str) -> bool:
    """The same with hardly a word after it; in "cancel it, I'll call again" there is a wish."""
    dropped = _DROPS.search(text)
    if dropped and dropped[0].lower().startswith("i'll") and _CANCELS.search(text[: dropped.start()]):
        dropped = _DROPS.search(text, dropped.end())
    return dropped is not None and len(text[dropped.end() :].split()) <= AFTER_DROP_WORDS_MAX


def cancels(text: str) -> bool:
    """Whether the caller asks to cancel what was just spoken of."""
    return len(text.split()) <= DROP_WORDS_MAX and bool(_CANCELS.search(text))
