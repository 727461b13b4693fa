"""Yes, no, nothing more, never mind: what a caller's answer to a plain question comes to. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

_QUITE: Final = r"(?: (?:all|just|exactly|quite|very|about|really|pretty|absolutely|totally|perfectly|entirely|definitely|certainly|completely|precisely|indeed|there|sure))?"
_YES: Final = re.compile(
    r"^\W*(?:yes|(?:yeah|yah)(?!\W+(?:no|nah)\b(?! (?:problem|worries|doubt)))|yessir|yep|yup|sure|correct(?! (?:it|that|this|the|my)\b)|right|exactly|that(?:'?s| is)"
    + _QUITE
    + r" (?:right|correct|it)|that'?s it|please do|ok(?:ay)?|uh[- ]huh|mm[- ]hm+|of course"
    r"|i do|it is|absolutely|s[ií]|affirmative|ten[- ]four|roger|you bet(?!.*(?:n'?t|\bnot|\bnever)\b)|you know it|bingo|spot on|dead (?:right|on)|sure (?:is|do|did)|bet(?=\W*$)|that(?:'?s| is| was)"
    + _QUITE
    + r" (?:how|what|the way) (?:i|he|she|they|it|you|we|the \w+)(?: \w+)? (?:said|says?|told|meant|want(?:ed)?|reads?|put it|got)|copy that|perfect|lovely|you(?:'ve)? got it|that'?s the one|sounds (?:good|right|fine)"
    r"|(?:good|great)(?! (?:morning|afternoon|evening|day|question|grief|lord|god|gracious|heavens)))\b(?! (?:not|never|hardly|nothing|ain'?t|(?:is|was|do|did|does)n'?t)\b)",
    re.IGNORECASE,
)
# Said of what is called right, it makes any yes doubtful: "you bet it's wrong", "sure, but that's not how I said it".
_NOT_SO: Final = re.compile(
    r"(?<!nothing )(?<!nothing's )(?<!nothing is )(?<!anything )(?<!not )\b(?:wrong|incorrect|mistaken|a mistake)\b"
    r"|(?:\b(?:not|never|hardly|barely|far from|nowhere near|ain'?t)|\b(?:is|was|did|does)n'?t)(?: (?:at all|quite|exactly|really|even|the|all|so|entirely|what you'?d call))* (?:right|correct|true|it|what|how|way|said|say|mean|meant)\b(?!\W*\?)",
    re.IGNORECASE,
)
_HEAVENS: Final = r"(?:good |my )?(?:heavens|lord|goodness|gosh|gracious|mercy)"
_OPENING: Final = re.compile(
    r"^\W*(?:(?:oh|uh|um|er|ah|aw|ha|well|so|da|hm+|and|" + _HEAVENS + r"(?=\W+no\b))\b\W+)+",
    re.IGNORECASE,
)  # before a yes or a no
_YES_LAST: Final = re.compile(
    r"\b(?:that'?(?:s|ll be) (?:right|correct|fine|good|great|perfect)|(?:yes|yeah|yah|yep),? that'?s it|(?:yes|yeah|yah|yep)(?: (?:please|sir|ma'?am|dear))?|you(?:'ve)? got it)\W*$",
    re.IGNORECASE,
)
_YES_INSIDE: Final = re.compile(r"\b(?:yes|yeah|yah|yep|yup)\b", re.IGNORECASE)
_NOT: Final = r"(?:do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|ai)n'?t"  # "want" and "appointment" are none
_DOUBTS: Final = re.compile(
    rf"\b(?:no|nope|nah|not|{_NOT}|but|except|wrong|change|instead|actually|should|wait|if|or)\b", re.IGNORECASE
)
_DONE: Final = re.compile(
    r"^\W*(?:(?:no|ok|okay|well|thanks|thank you|bye|bye bye|goodbye|all ?right)\b\W*)*so long(?: now| dear| then)?\W*$|\b(?:that(?:'s| is| was|'ll be)(?: about)? (?:all|it|everything)|that'?ll do(?: it)?|that (?:covers|does|answers|takes care of) it|that'?s the whole (?:of it|thing|lot|shebang|kit and caboodle)(?! (?:i|we|he|she|they|you|that|with)\b)|nothing (?:else|more)|(?:we|i)(?:'re|'m| are| am) (?:done|finished|all set)|all set|have a (?:nice|good|great|blessed|lovely|wonderful) (?:day|one|evening|night|weekend|week|afternoon))\b(?!.*\b(?:but|except|only|also|actually|one more|another)\b)",
    re.IGNORECASE,
)
_WELL: Final = re.compile(
    r"\b(?:everything(?:'?s| is| has)?|it'?s all|all(?:'s| is)?|i'?m|i am|we'?re|things are|feeling|been)(?: been)?"
    r"(?: (?:pretty|very|just|really|all|perfectly|quite|doing|feeling))* (?:fine|good|well|normal|okay|ok|steady|in order|rosy|great|healthy|fit)\b"
    r"|\bfit as a fiddle\b",
    re.IGNORECASE,
)
_TAKEN_BACK: Final = re.compile(rf"\b(?:but|though|although|except|until|unless|if|when|not|{_NOT})\b", re.IGNORECASE)
_OH_NO: Final = re.compile(rf"^\W*(?:(?:oh|ah|aw)\W+(?:{_HEAVENS}\W+)?|{_HEAVENS}\W+)no\b", re.IGNORECASE)
# A no that names what it is after all: "no, it's just that he's in the room", "nothing but this arm". What the clinic does is no such thing.
_AFTER_ALL: Final = re.compile(
    r"\b(?:only|just|nothing but)(?: for)? (?:that|my|his|her|our|this|these|those|an? (?:little|bit|small|touch))\b"
    r"(?! (?:appointments?|visits?|check-?ups?|refills?|prescriptions?|pills|medicines?|messages?|bills?|insurance|forms?|questions?|address|phone|number|dog|cat|car)\b)",
    re.IGNORECASE,
)
_UNWELL: Final = re.compile(
    rf"\b(?:not|{_NOT}|never)(?: (?:feel|feeling|been|doing|so|too|very|really|all that|that|quite))* (?:good|well|great|fine|okay|ok|right|myself)\b",
    re.IGNORECASE,
)
# What makes a yes or a no doubtful that is only like one: "mostly", "apart from the year", "the name's right".
_PARTLY: Final = re.compile(
    r"\b(?:most(?:ly)?|pretty much|i guess|i suppose|apart from|aside from|other than|minus|off|at least|almost|nearly|first part|kind of|sort of|would be the day|that'?ll be the day|that'?s rich|not)\b|^\W*m+\W*$"
    r"|\b(?:name|day|date|birthday|year|month|number|medicine|time|message|part)(?:'s| is| are)? (?:right|correct|good|fine)\b|^\W*(?!that|it|all|every\w*)\w+(?:'s| is) (?:right|correct)\W*$|\bgot the \w+ right\b",
    re.IGNORECASE,
)
_I_MEAN: Final = re.compile(
    r"\b(?:i mean|i meant|i'?m sorry|sorry|wait|actually|excuse me)\b\W*(?=(?:\w+\W*){1,3}$)", re.IGNORECASE
)
_APART: Final = re.compile(r"\b(?:apart from|aside from|other than|off by|only the \w+(?:'s| is))\b", re.IGNORECASE)
# What a no is left open by that seems to be one, however sure it is: "no, I can manage", "no, I'll drive myself to the ER", "nothing matters".
_LEFT_OPEN: Final = re.compile(
    r"\b(?:(?:clumsy|tired|sore|dizzy|weak|sad|lonely|scared|worried) is all|911|nine[- ]?one[- ]?one|the e\.?r\b|ambulance|hospital|(?<!nothing's the )(?<!nothing is the )(?<!anything the )matters?|manage|cope|didn'?t mean|never ?mind"
    r"|no comment|asleep|falls?|fell|(?:drive|take) (?:myself|me)|feel nothing|nothing (?:new|worse)|runs in the family|go at \w+|i'?ll (?:live|survive)|get used to|as long as)\b",
    re.IGNORECASE,
)
# What leaves one open unless it is surely one: "no, only at night", but "no, only the tractor is sick".
_MAY_LEAVE_OPEN: Final = re.compile(
    r"\b(?:unless|except|only (?:on|at|when|if|in|a|the|my)|emergency)\b", re.IGNORECASE
)
# After "anything else?": what was written down is to be another, or the caller does what nobody should unasked.
_AMENDS: Final = re.compile(
    r"(?<!n't )(?<!not )(?<!nothing )\b(?:change (?:it|that|the|my)|make (?:it|that)|move (?:it|that|the|my)|cancel (?:it|that|the|my|everything)|i (?:said|meant|gave you|told you) (?:it\b|that\b|the\b|my\b|a\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|you wrote|i wrote (?!it\b|that\b|this\b|them\b|everything\b|down\b)|my name is|wrong(?! with)"
    r"|is better|double (?:up|it|my|the)|pills? till|emergency room|the e\.?r\b|going to the hospital)\b|^\W*actually,? no\b(?=\W+\w)",
    re.IGNORECASE,
)
EXCLAMATION_WORDS_MIN = 3  # "oh no, dear" is an answer
_AGAIN: Final = re.compile(
    r"^\W*(?:(?:i'?m |so )?sorry|excuse me|pardon(?: me)?|beg your pardon|huh|hm+|eh|uh|um|oh|wait|hold on|hello|well|no|please|dear|honey|sir|ma'?am)?[\s,.?!]*"
    r"(?:(?:can|could|would|will) you )?(?:please )?(?:(?:say|repeat|read|run|tell me|go over|give me)(?: \w+){0,3}(?: (?:again|back|once more|one more time|slower|louder))|repeat(?: \w+){0,2}|come again|how'?s that(?: again)?|what(?:'?s| is| was)? ?(?:that|did you say|was that|you said)?(?: again)?"
    r"|is (?:this|that) (?:the )?(?:\w+ ){0,2}(?:clinic|doctor'?s?(?: office)?)|can you hear me(?: (?:now|okay|all right))?|(?:i )?(?:didn'?t|can'?t|couldn'?t) (?:\w+ )?(?:hear|catch|get)(?: (?:that|you|it|what you said|the (?:last|end)(?: \w+)?))?|(?:you(?:'?ll| will|'?re)? (?:have to|need to|gotta|must|going to have to) )?(?:speak|talk|go)(?: (?:a (?:little|bit|tad)(?: bit)?|some|much|more))* (?:up|louder|slower|slowly|clearly)|louder|slower|once more|one more time|again|pardon(?: me)?|beg your pardon|excuse me|sorry|what)"
    r"(?:[\s,.]+(?:please|dear|honey|sorry|sir|ma'?am|sugar|sweetie|hon|the last (?:part|bit|one)|i'?m (?:a (?:little|bit) )?(?:deaf|hard of hearing)|my (?:ears|hearing) (?:is|are|isn'?t|aren'?t) (?:not )?(?:so |very )?(?:bad|poor|good|great)|speak up))*\W*$",
    re.IGNORECASE,
)
# The line has asked whether they are still there: "I'm back, go ahead".
_GO_ON: Final = r"(?:you can )?(?:go (?:ahead|on)|carry on)"
_PRESENT: Final = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|yup|sorry|oh|hello|hi|okay|ok|so|well|and|um+|uh+)\b\W*)*"
    r"(?:(?:i'?m|i am|we'?re)(?: still| right)? (?:here|back|there|listening|with you|on the line)|still here)\b\W*"
    rf"(?:(?:{_GO_ON}|now|again|please|sorry(?: about that)?|dear|ma'?am|sir)\b\W*)*$",
    re.IGNORECASE,
)
_GOES_AHEAD: Final = re.compile(
    rf"^\W*(?:(?:sorry|oh|hello|okay|ok|well)\b\W*)*{_GO_ON}\W*(?:(?:please|dear|ma'?am|sir)\b\W*)*$", re.IGNORECASE
)
_NO: Final = re.compile(
    r"^\W*(no+|naw|know(?! (?:what|how|if|who|when|where|why|about)\b)|nope|nah|negative|not (?:really|a (?:thing|bit)|at all)|nothing?|none|wrong|that'?s (wrong|all)|incorrect|never ?mind|i'?m (good|fine|ok))\b",
    re.IGNORECASE,
)
# A no that goes on with a wish is not the end: "no, I need to know my test results".
_WANTS_MORE: Final = re.compile(
    r"\?|\b(?:need|want|wanted|like|wish|can|could|would|should|tell|give|get|know|but|also|actually|about|my|me|results?|what|when|why|how|if)\b",
    re.IGNORECASE,
)
# The same where nothing more is said of it: a question, or what the caller needs.
_GOES_ON: Final = re.compile(
    r"(?:^|[,.;:!?]\s*|\b(?:and|but|so|well|no|nope)\s+)(?:what|when|where|which|how|who|why|do|does|did|is|are|can|could|will|would|should|may)(?:'s|'re)? (?:i|you|we|it|that|this|there|the|my|your|he|she|they|much|many|long|soon|far|late|early|about|time|day|is|are|do|does|should|can)\b"
    r"|(?<!all )(?<!everything )(?<!thing )(?<!what )\b(?:i|we)(?:'d| would)?(?: (?:just|also|still|only|do|really|actually))* (?:need(?!n'?t)|want|wanted|like to|love to|wish|gotta|have to|was hoping|am hoping|called about)\b(?!(?: to)? (?:go|run|get (?:going|back|off|ready)|clock|(?:start|finish) (?:my|the) shift|catch (?:a|the|my) (?:bus|ride|train|flight|plane)|be (?:back|on my way|at work)|feed|leave|hang up|scoot|dash|head|be (?:going|off)|eat|thank|nothing|no more|for nothing)\b)"
    r"|\b(?:can|could|would|will) (?:you|i|we)\b|\b(?:please )?(?:get|give|put|connect|transfer) me (?:a|an|the|to|through|somebody|someone)\b",
    re.IGNORECASE,
)
_OF_THE_CLINIC: Final = re.compile(
    r"\b(?:nurse|doctor|dr|person|human|somebody|someone|anybody|anyone|operator|receptionist|appointment|visit|check-?up|refill|prescription|medicine|medication|pills?|message|results?|bill)\b",
    re.IGNORECASE,
)
# What somebody in the room answers, and what may stand before it: "Norm, did we forget anything? He says no".
_REPORTED: Final = re.compile(
    r"^\W*(?:(?:and|well|oh|no|nope|nah|ok|okay|so)\W+)*(?:she|he|they|(?:my|the|our) \w+|(?!i\b|we\b|you\b|it\b)[a-z]+)(?:'s| is| are)?"
    r" (?:(?:says?|said|saying|goes|tells me|thinks)(?: that(?!['\u2019]))?|shak(?:es|ing) (?:her|his|their) heads?)\b(?P<said>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ASIDE: Final = re.compile(
    r"(?:\b(?:else|more|forg[eo]t(?:ting)?|miss(?:ed|ing)? anything|is that (?:all|it|everything)|that'?s (?:all|it|everything))\b.*\?"
    r"|^\W*(?:(?:well|oh|hm+|u[hm]+)\W+)*(?:let me (?:ask|see|check)|hold on|hang on|wait|(?:just )?(?:a|one) (?:second|sec|minute|moment))\b(?:\W+\w+){0,3}|^\W*(?:hey\W+)?\w+)\W*$",
    re.IGNORECASE,
)
_LETTER: Final = re.compile(r"[^\W_]")
_SENTENCE: Final = re.compile(r"(?<=[.?!\u2026])\s+")
_SENTENCES_MAX: Final = 4  # of asides before an answer
_QUESTION: Final = re.compile(
    r"\?\s*$|^\W*(?:what|when|where|which|how|do|does|is|are|can i)\b|\b(?:how (?:many|much|often)|(?:can|should|could|may|do) i|is it (?:ok|okay|safe|all right))\b",
    re.IGNORECASE,
)
_UNLESS: Final = re.compile(r"\bunless\b", re.IGNORECASE)
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
    """True for a yes, False for a no, None when it is neither or both, or a yes to what is called wrong."""
    answer = _agrees(text)
    return None if answer and _NOT_SO.search(text) else answer


def _agrees(text: str) -> bool | None:
    text = _OPENING.sub("", text)
    no = bool(_NO.search(text))
    inside = not _DOUBTS.search(text) and _YES_INSIDE.search(text)  # "Wednesday, yup, that there's right"
    yes = bool(_YES.search(text)) or (not no and bool(_YES_LAST.search(text) or inside))
    return None if yes == no else yes


def agreed(text: str, likely: str) -> bool | None:
    """The same to a read-back. `likely`: what it comes to by the examples it is like, "" where that is not sure: yes, no, change, other."""
    if (meant := _I_MEAN.search(text)) and _is_plain(text[meant.end() :]):
        return agrees(text[meant.end() :])  # "ten four, I mean yes"
    by_rule = agrees(text)
    if by_rule is not False and _APART.search(text):
        return None
    if not likely or _is_plain(text):
        return by_rule
    if likely == "yes" and by_rule is None and (_NOT_SO.search(text) or _PARTLY.search(text)):
        return None  # what is mostly right is read back again
    return likely == "yes" if likely in ("yes", "no") else None


def _is_plain(text: str) -> bool:
    """Whether nothing but a yes or a no is said: "ten four" is like no example of a change, whatever its figures."""
    said = _OPENING.sub("", text)
    return any((found := one.match(said)) and not _LETTER.search(said[found.end() :]) for one in (_YES, _NO))


def untroubled(text: str, likely: str) -> bool:
    """Whether nothing troubles the caller. `likely`: what it comes to by the examples: surely no, no, something, other, or "", where it is
    not surely a no; then the rules decide. What the examples take for something stays something, unless it is a bare no; and what names
    a thing after all, unless they take it for nothing but a no."""
    if _UNWELL.search(text) or _LEFT_OPEN.search(text):
        return False
    if likely == "surely no":
        return True
    if _MAY_LEAVE_OPEN.search(text):
        return False
    if denies(text):
        return likely in ("no", "") or _is_plain(text)
    return likely == "no" and not _AFTER_ALL.search(text) and not _exclaims(text)


def denies(text: str) -> bool:
    """Whether the caller plainly says that nothing troubles them: a no that is no exclamation ("oh no, it came back"), or that all is
    well, and no word that takes it back. Whatever else is left open goes to a human."""
    answer = _agrees(text)
    if answer is not True and _WELL.search(text):
        return not _TAKEN_BACK.search(text) and not _AFTER_ALL.search(text)
    return answer is False and not _exclaims(text) and not _AFTER_ALL.search(text)


def _exclaims(text: str) -> bool:
    return bool(_OH_NO.search(text)) and len(text.split()) > EXCLAMATION_WORDS_MIN


def asks_again(text: str) -> bool:
    """Whether the caller only asks to hear it once more: "say that again?", "sorry, what was that, dear?", or whom they have reached: "hello? Is this the clinic?"."""
    text = " ".join(text.split())
    return bool(text.strip(" .,?!")) and bool(_AGAIN.match(text))


def is_present(text: str) -> bool:
    """Whether the caller only says that they are there, and listen."""
    return bool(_PRESENT.match(" ".join(text.split())))


def lets_go_on(text: str) -> bool:
    """Whether the caller only wants the line to say on: no name, no day; after a read-back it may be a yes."""
    return bool(_GOES_AHEAD.match(" ".join(text.split())))


def is_done(text: str) -> bool:
    """Whether the caller says that there is nothing else: "okay, photo ID, got it, no, that's all"."""
    return bool(_DONE.search(text))


def wants_no_more(text: str) -> bool:
    """Whether it is a no that does not go on with a wish: "no, I see the library now, thanks"."""
    return len(text.split()) <= NO_MORE_WORDS_MAX and agrees(text) is False and not _WANTS_MORE.search(text)


def goes_on(text: str) -> bool:
    """Whether a no goes on with a question or with what the caller needs: "no, how much is it?"."""
    return bool(_GOES_ON.search(text) or (_UNLESS.search(text) and _OF_THE_CLINIC.search(text)))


def names_clinic(text: str) -> bool:
    """Whether it names who or what a clinic has."""
    return bool(_OF_THE_CLINIC.search(text))


def asks(text: str) -> bool:
    """Whether it is a question."""
    return bool(_QUESTION.search(text))


def ends(text: str, *, wishes: bool, parts: bool, likely: str = "") -> bool:
    """Asked whether there is anything else: whether there is not. A question, or what the caller needs, is something else. `wishes`: for a
    task of the line's; `parts`: in words of farewell; `likely`: what it comes to by the examples: no, yes, wish, other, or ""."""
    if _AMENDS.search(text):
        return False
    if is_done(text) or likely == "no":
        return not (wishes and goes_on(text))
    if likely in ("wish", "yes"):
        return False
    if jokes(text):
        return not wishes
    return not goes_on(text) if agrees(text) is False else parts


def relayed(text: str) -> str:
    """The no of somebody in the room, who was asked whether there is anything else; any other text as it is."""
    sentences = _SENTENCE.split(text.strip())
    for at, sentence in enumerate(sentences[: _SENTENCES_MAX + 1]):
        if reported := _REPORTED.match(sentence):
            said = " ".join([reported["said"].strip(" .,:;!-") or "no", *sentences[at + 1 :]])
            answers = wants_no_more(said) or (is_done(said) and not goes_on(said))
            return said if answers and not _OF_THE_CLINIC.search(" ".join(sentences[at:])) else text
        if not _ASIDE.search(sentence):
            return text
    return text


def jokes(text: str) -> bool:
    """Whether it is a no that only teases: "no, not unless you can drive a combine". Who names what a clinic has does not."""
    return bool(_JOKES.search(text)) and not _OF_THE_CLINIC.search(text)


def drops(text: str) -> bool:
    """Whether the caller says never mind."""
    return bool(_DROPS.search(text))


def only_drops(text: str) -> bool:
    """The same with hardly a word after it; in "cancel it, I'll call again" there is a wish."""
    dropped = _DROPS.search(text)
    if dropped and dropped[0].lower().startswith("i'll") and _CANCELS.search(text[: dropped.start()]):
        dropped = _DROPS.search(text, dropped.end())
    return dropped is not None and len(text[dropped.end() :].split()) <= AFTER_DROP_WORDS_MAX
