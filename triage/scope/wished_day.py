"""The day and the time that a caller wishes for, and the day of the appointment that there is. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.dates import BORN, CORRECTION, MONTHS, calendar, parts
from triage.scope.moves import Fact

_CALENDAR: Final = (
    r"(?:(?:next|this|on|coming|early|late|every|following|the)\s+){0,2}"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|weekday)s?"
)
_WEEKDAY: Final = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|wed|sat"
_MONTH: Final = "|".join(f"{month[:3]}(?:{month[3:]})?" if month[3:] else month for month in MONTHS).lower()
_NUMBER: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[ -]?(?:\w+(?:st|nd|rd|th)|one|two|three|four|five|six|seven|eight|nine)|\w+(?:teen|teenth|th|eth)|first|second|third|ten|eleven|twelve|twenty|thirty|one|two|three|four|five|six|seven|eight|nine)"
_PART: Final = r"(?:morning|afternoon|evening|night|noon|lunch(?:time)?|midday|end of the day)"
_ORDINAL: Final = r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|\w+teenth|tenth|eleventh|twelfth|twentieth|thirtieth)"
_HOUR: Final = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE: Final = r"(?:\s+(?:thirty|fifteen|forty[ -]five|o'?clock))"
# Behind a figure, it counts something and is no hour: "about four minutes", "around six or seven kids", "after two more tries".
_COUNTED: Final = (
    rf"(?:\s*(?:or|to|-)\s*{_HOUR})?(?:[\s-]+(?:more|full|good|other|extra|whole|long|short|little|big|different|business|working))?"
    r"[\s-]+(?:minutes?\b(?!\s+(?:past|to|after|before|till)\s+(?:noon|{_HOUR})\b)|hour|day|week|month|year|mile|block|dollar|percent|hundred|thousand|people|men|women|children|feet|foot|of\b"
    r"|(?!(?:minutes|is|was|does|works?|suits|as|this|his|its|us|perhaps|plus|unless|always|sometimes|thanks|yes|says|needs|(?:mon|tues|wednes|thurs|fri|satur|sun)days|weekdays|weekends|mornings|afternoons|evenings|nights)\b)[a-z]{2,}s\b)"
)
_CLOCK: Final = (
    r"(?:(?:at|after|before|around|by|about)\s+)?"
    rf"(?:\d{{1,2}}[:.]\d\d\s*(?:[ap]\.?m\b\.?)?|{_HOUR}{_MINUTE}?\s*[ap]\.?\s?m\b\.?|{_HOUR}{_MINUTE}|half past {_HOUR}|(?:a )?quarter (?:past|to) {_HOUR})"
    rf"|(?:at|after|before|around|by|about)\s+(?:noon|{_HOUR}\b(?!{_COUNTED}))"
)
_AT: Final = re.compile(rf"\b(?:{_CLOCK})", re.IGNORECASE)
_AN_HOUR: Final = re.compile(rf"[\s,]*(?:{_CLOCK}|(?:in the )?{_PART}s?)", re.IGNORECASE)
_YEAR: Final = r"(?:,?\s+(?:of\s+)?\d{4})?"
_SPAN: Final = (
    r"(?:(?:a|an|one|two|three|four|five|six|a couple of|a few|half an?|\d{1,2}) (?:days?|weeks?|months?|hours?))"
)
_VISIT: Final = r"(?:appointment|appt|visit|slot|check-?up|physical)"
_WHEN: Final = re.compile(
    rf"\b(?:(?:the )?(?:last|first|second|third) {_CALENDAR} (?:of|in) (?:this month|next month|{_MONTH})|in {_SPAN}(?:['\u2019]? time)?|{_SPAN} (?:from (?:today|now|{_CALENDAR})|out|after)"
    rf"|\d{{4}}[/-]\d{{1,2}}[/-]\d{{1,2}}|\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?"
    rf"|(?:the\s+)?{_NUMBER}\s+(?:of\s+)?(?:{_MONTH})\b{_YEAR}|(?:{_MONTH})\.?\s+(?:the\s+)?{_NUMBER}\b{_YEAR}|{_CALENDAR},?\s+(?:(?:it'?s|on)\s+)?(?:the\s+)?{_ORDINAL}\b(?! (?:{_VISIT}|time|one|week))|(?:{_CALENDAR}|mon|tues?|wed|thurs?|fri|sat|sun)\b"
    rf"|(?:the\s+|on )(?:{_ORDINAL})(?!\s+(?:time|one|name|thing|floor|street|visit|opinion|week|half|part|degree|thought))|\d{{1,2}}(?:st|nd|rd|th)"
    rf"|today|tonight|tomorrow|the day after(?: tomorrow)?|(?:the\s+)?(?:next|following|coming|this) (?:week(?:end)?|month|(?<!this )day|{_PART})|next available"
    rf"|the week (?:after(?: next)?|of)|the (?:first|second|third|last) (?:week|half|part) (?:of|in) \w+|end of the (?:week|month)|beginning of (?:the|next) \w+"
    rf"|(?:in the|any|early|late|late in the|every|that|mid[ -]?)\s*{_PART}s?|(?<!good )(?<!of )(?<!same ){_PART}s?|(?:any|some) ?(?:day|time)|any ?time|as soon as possible|first thing"
    rf"|(?:the )?(?:soonest|earliest)(?: you (?:have|can|got))?|whenever[\w ']{{0,25}}|{_CLOCK}|(?:(?:in|during|sometime in|early|late|mid)\s+)(?:{_MONTH})\b|(?:{_MONTH})\b)",
    re.IGNORECASE,
)
_A_DAY: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tonight|tomorrow|{_ORDINAL}|(?:{_MONTH})\.? \w+)\b|{_CLOCK}|\d[/-]\d",
    re.IGNORECASE,
)  # one that an appointment can be on: "we move at the end of the month" says nothing about it
_ALL_BUT: Final = re.compile(
    rf"\b(?:any|every|all)\b[^,.;]{{0,20}}\b(?:but|except)\b[^,.;]{{0,60}}(?:{_CALENDAR}|\bthe {_ORDINAL})[^.;]*",
    re.IGNORECASE,
)
_A_DATE: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tomorrow|{_ORDINAL}|(?:{_MONTH})\.? \w+|weeks?|months?)\b|\d[/-]\d",
    re.IGNORECASE,
)
_A_MONTH: Final = re.compile(rf"(?:(?:in|during|sometime in|early|late|mid)\s+)?(?:{_MONTH})\.?", re.IGNORECASE)
_VAGUE: Final = re.compile(
    rf"(?:(?:some ?time|any ?time|the|this|next|following|coming) )*(?:week|month)(?: after(?: next)?)?|(?:(?:a|any|some|on|the) )*weekdays?|in {_SPAN}(?:['\u2019]? time)?",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(
    r"^[\s,]*(?:(?:or|and|at|on|the|in|of|maybe|any ?time|around|about|after|before|from|to|until|sometime|between|preferably|would be|i guess|is fine)[\s,]*){0,3}$",
    re.IGNORECASE,
)
_NOT_BEFORE: Final = re.compile(
    r"\b(?:not|can'?t|cannot|can no|couldn'?t|won'?t|isn'?t|instead of|rather than|from|except|don'?t want|don'?t give|doesn'?t work|move it from|but not|i work)\b[^,.;]{0,25}$",
    re.IGNORECASE,
)
_NOT_AFTER: Final = re.compile(
    r"^[^,.;]{0,12}\b(?:(?:doesn'?t|does not|don'?t|won'?t|will not) (?:work|do|suit)|(?:i |we |she |he )?(?:can'?t|cannot)|(?:is|are)(?:n'?t| not)|is out|(?:'s|is) no good)\b|^\s+as\b",
    re.IGNORECASE,
)
_NOT_IT: Final = re.compile(  # "not Monday, the Tuesday one": there is no visit then, and another day is said
    r"(?:^|[.,;:?!]|\b(?:it'?s|it is|that'?s|it was|and|but|no|is|was|said))\s*\b(?:not|isn'?t|wasn'?t)(?: (?:on|the|for|in|my|this|next))*\s*$|\b(?:it|that|visit|appointment|mine) (?:isn'?t|wasn'?t)(?: (?:on|the|for|in|this|next))*\s*$|\binstead of(?: (?:on|the))*\s*$",
    re.IGNORECASE,
)
_MOVED: Final = re.compile(
    r"\b(?:mov|chang|resched|push|switch|bump|shift)\w*\b.*\b(?:to|until|till|for)\b", re.IGNORECASE
)
_MOVES: Final = re.compile(
    r"\b(?:mov|chang|resched|push|switch|bump|shift|later|earlier|another)\w*\b|\b(?:(?:an)?other|different|new) (?:day|time|date|slot)\b",
    re.IGNORECASE,
)
_MY: Final = re.compile(r"\b(?:my|our|the|a|that|his|her)\s+$", re.IGNORECASE)
_APPOINTMENT: Final = re.compile(r"^\s*(?:appointment|appt|visit|slot|one)\b", re.IGNORECASE)
_GREETED: Final = re.compile(r"^\W*(?:morning|afternoon|evening)\b(?! (?:appointment|visit|slot))", re.IGNORECASE)
_HAVE: Final = re.compile(
    rf"\b(?:have|has|had|'ve|got|scheduled|booked|down)\b[^,.;]*\b{_VISIT}\b(?:(?!\bto\b)[^,.;]){{0,25}}(?:,\s*)?$"
    rf"|\b(?:supposed|scheduled|set|i was|i am|i'm|we were|we are|we're) to (?:come|be|see|go)\b[^,.;]*$|\b(?:my|our|his|her|the)\s+(?:\w+\s+){{0,2}}{_VISIT}(?:\s+(?:is|was|on|at|this|coming|up|set|scheduled|that(?:'s| is)))*\s*$",
    re.IGNORECASE,
)
_CANNOT_COME: Final = re.compile(
    r"\b(?:can'?t|cannot|can not?|won'?t|couldn'?t|not (?:gonna|going to)|(?:not |un)able to)(?: (?!you\b|we\b|i\b|to\b)\w+){0,2}?(?: able to)? (?:make (?:it|that|this|my|the|our)|come|be (?:there|in|around|here)|get (?:there|in)|keep (?:it|that|this|my|the|our))\b",
    re.IGNORECASE,
)
# Said of a visit that there is, whatever is wished: "I have appointment on Tuesday". In "can I have an appointment on Tuesday" there is none.
_STATED: Final = re.compile(
    r"(?<!\bcan )(?<!\bcould )(?<!\bmay )(?<!\bmight )(?<!\bshould )(?<!\bshall )(?<!\bmust )(?<!\bif )(?<!\bdo )(?<!\bdid )\b(?:i|we|he|she)(?:'ve| have|'s| has)?(?: (?:already|also|still))*(?: (?:got|have|had|has)|(?<='ve))(?: (?:already|an?|my|the|this|one))*"
    rf"(?: (?!(?:to|another|other|no)\b)\w+)? {_VISIT}\b(?:(?!\bto\b)[^,.;]){{0,25}}(?:,\s*)?$"
    rf"|\b(?:i'?m|i am|we'?re|we are) (?:supposed|scheduled|booked|set|down)(?: (?:to (?:be|see|go|come) (?:there|in|seen|you)|already|there|in|with you|with y'?all))+(?: (?:on|for|at))?\s*$"
    rf"|\b(?:my|our) (?:\w+ )?{_VISIT}(?:'s| is| was)(?: (?:set|down|booked|scheduled|for|on|at|supposed to be))*\s*$",
    re.IGNORECASE,
)
_SUITS_AFTER: Final = re.compile(r"\s+(?:would|might|could|works|suits)\b|'d\b", re.IGNORECASE)
# A day behind which the caller says that it is the visit's: "the sixteenth, which is when I'm supposed to come".
_IS_WHEN: Final = re.compile(
    r"^,?\s+(?:which|that|and that)(?:'s| is| was)(?: (?:also|exactly|just|right|the|very|same))* (?:when|day|time)(?: that)? "
    rf"(?:(?:i|we|he|she)(?:'?m|'?re|'?s| am| are| is| was| were) (?:supposed|scheduled|booked|down|set|due|meant)\b|(?:my|our|his|her|the) (?:\w+ )?{_VISIT}\b|(?:you|they|y'all)(?:'ve)? (?:have|had|got|put) (?:me|us|him|her)\b)"
    r"|^,?\s+(?:is|was) (?:what|when|the (?:one|day|time)) (?:that )?(?:i|we|you|they)(?:'ve|'m|'re| have| had| am| are)?(?: (?:already|now))? (?:got|gave|put|have|had|down|set|scheduled|booked|supposed)\b"
    rf"|^,?\s+(?:the )?same day (?:as|of|that|i have)\b[^.;]{{0,40}}\b{_VISIT}",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"[.,;:?!]+(?=\s|$)|\s+(?:but|so|because|'?cause|since|and|if|though|[-\u2013\u2014]+)\s+", re.IGNORECASE
)
_JOINS: Final = re.compile(r"\s+and\s+", re.IGNORECASE)
_CLAUSE_OR_AND: Final = re.compile(rf"{_CLAUSE_END.pattern}|\s+and\s+", re.IGNORECASE)
_CANNOT_KEEP: Final = re.compile(r"(?:n'?t|\b(?:cannot|not|unable to))\b[^,.;]*\bkeep\b", re.IGNORECASE)
_KEEPS: Final = re.compile(
    r"\b(?:keep\w*|stays?|only need|hold(?:ing)? on to|leave (?:it|the|my)|i'?ll be there|is fine)\b", re.IGNORECASE
)
_GIVES_UP: Final = re.compile(
    r"\b(?:cancel\w*|drop\w*|get(?:ting)? rid|scratch|call(?:ing)? off|tak\w+ (?:off|out)|giv\w+ (?:up|back)|goes|remov\w+|delet\w+|don'?t need|do not need)\b",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?:\W|\b(?:u[hm]+|oh|hi|hello|hey|good|well|yes|yeah|no|nope|not|okay|ok|so|like|say|it'?s|it is|is|that'?s|that'?ll be|the|on|for|at|or|and|in|of|a|my|one|please|then|just|only|say|dear|hon|honey|sir|ma'?am|i guess|i suppose|i think|see (?:you|y'?all|ya))\b)*",
    re.IGNORECASE,
)
_DAY_NAMED: Final = re.compile(r"\b(?:(mon|tue|wed|thu|fri|sat|sun)\w*|today|tonight|tomorrow)\b", re.IGNORECASE)
_A_MERE_DAY: Final = re.compile(
    rf"\b(?:{_WEEKDAY}|today|tonight|tomorrow|{_ORDINAL}|(?:{_MONTH})\.? \w+)\b", re.IGNORECASE
)
_ONLY_WEEKDAY: Final = re.compile(_CALENDAR, re.IGNORECASE)
_ONLY_DAY: Final = re.compile(rf"(?:the |on )*{_ORDINAL}", re.IGNORECASE)
_IT_IS: Final = re.compile(
    r"[.?!]\s+(?:(?:(?:and|so) )?(?:it|that|this|which)(?:'?s| is| would be|'d be|'ll be| will be)(?: on)?\s+)?$",
    re.IGNORECASE,
)
_SUITS: Final = re.compile(
    rf"{_BARE.pattern}(?:(?:'s|works?|suits?|would be|will be|fine|good|best|great|better|perfect|for me|me|thanks|thank you)\b\W*)*",
    re.IGNORECASE,
)
# What a clause is about in which a day is wished for; and one in which the day of the visit that there is.
_WISHES_TO_MOVE: Final = re.compile(
    r"\b(?:can|could|might|may i|would|(?:i|we|he|she)'d|want|wants|wanna|need|needs|gotta|got to|have to|has to|ought|should|supposed|prefer|hop(?:e|ing)|looking|trying|thinking|how about|what about|maybe|perhaps|anything|something|"
    r"openings?|available|free|open|better|rather|sooner|please|chance|put (?:me|us)|put (?:him|her|them|it) (?:down|in)|fit|squeeze|get (?:me |us |him |her )?in|make it|make that|works?|good|best|suits?|fine|due|come|said|meant|call it|let'?s (?:say|do|go)|"
    r"book|schedule|set|see|seen|mov\w+|push\w*|bump\w*|switch\w*|resched\w*|chang\w+|shift\w*|do)\b",
    re.IGNORECASE,
)
_WISHES: Final = re.compile(rf"{_WISHES_TO_MOVE.pattern}|\b{_VISIT}\b", re.IGNORECASE)
_ANSWERS: Final = re.compile(
    r"(?!['\u2019]?s\b|\s+(?:i|i'm|we|we're|he|she|they|my|our|the|is|are|there'?s)\b)", re.IGNORECASE
)  # after a day
_VISITS: Final = re.compile(
    rf"\b(?:{_VISIT}s?|cancel\w*|scratch|drop|call(?:ing)? off|off|\w+n'?t|cannot|not|keep|down for|book|schedule\w*|spot|time)\b|\bmy\s*$",
    re.IGNORECASE,
)
# Where somebody is, or what they have to do, on a day that so is not the one they wish for.
_BUSY: Final = re.compile(
    r"\b(?:(?:boss|manager|foreman|work|job|school)\b[^,.;]{0,12}\bneeds? (?:me|us|him|her)|(?:has|have|had|got|'ve|'s)(?: got| gone and put| put)? (?:me|us|him|her|them) (?:in|at|on|out|up|down|work\w*|driv\w*|subb\w*|going)|\w+'ll be (?:in|at|out|away|gone|off)|(?:i'?m|i am|we'?re|he'?s|she'?s|they'?re|be) (?:in|at|out|away|gone|stuck|busy|work\w*|driv\w*|travel\w*|fly\w*|leav\w*|head\w*|going|off to)"
    r"|(?:wants?|wanted|needs?|needed|expects?|called|summoned|got|has|have) (?:me|us|him|her|them)(?: (?:up|out|down|over))? (?:at (?!\d|(?:the|your) (?:clinic|office))|for (?!(?:an?|my|our|his|her|their|the|this|that|some)? ?(?:\w+ )?(?:appointment|appt|visit|check-?up|physical|follow-?up|re-?check|shots?|labs?|tests?|blood|exam|screening|results)\b))|(?:to|gotta|i|we) (?:work|go|drive|fly|travel|babysit|leave)(?! (?:in|there|to the doctor)\b)|(?:card|paper|letter|slip) (?:that )?sa(?:id|ys))\b",
    re.IGNORECASE,
)
_ADDS: Final = re.compile(r"\b(?:or|and|maybe|also|either|too|otherwise|else)\b", re.IGNORECASE)
_TO: Final = re.compile(r"\b(?:to|but|until|(?<!n't )(?<!not )make it|into)\b", re.IGNORECASE)
_BESIDE: Final = 120  # letters before a day in which what is said of it stands
WISHED_YEAR_MIN: Final = 2024
APPOINTMENT_WORDS_MAX: Final = 15
_UNKNOWN: Final = re.compile(r"\b(?:don'?t (?:know|remember|recall)|not sure|no idea|forg[oe]t)\b", re.IGNORECASE)


def wished_day(text: str, *, asked: bool, known: str, stands: bool = False, moving: bool = False) -> Fact | None:
    """The last day named and the times beside it: "not Monday, but Thursday afternoon or Friday". Unasked, only a day that is wished for:
    where the caller is on Friday, and what they cannot do, is told and not wished. `stands`: the day of the appointment that there is;
    `moving`: there is one, which is to be moved."""
    text = calendar(text if asked else _GREETED.sub("", text))
    if all_but := _ALL_BUT.search(text):
        if asked:
            return Fact("date", Phi(all_but[0].strip(" ,.")), 0.6)
        text = text[: all_but.start()] + text[all_but.end() :]
    moves = not stands and (moving or bool(_MOVES.search(text) or cannot_come(text)))
    days = _VISITS if stands else _WISHES_TO_MOVE if moves else _WISHES
    pieces = [(piece, _spans(piece, refused=stands)) for piece in reversed(CORRECTION.split(text))]
    if not stands:
        pieces = [(piece, _not_there(piece, spans, moves)) for piece, spans in pieces]
    else:
        pieces = [(piece, _to_be_dropped(piece, spans)) for piece, spans in pieces]
    found = _last_meant(pieces, days, asked)
    if asked and not _A_DATE.search(found):
        told = ((piece, [span for span in spans if stands or not _is_told(piece, span)]) for piece, spans in pieces)
        day = next((wish for piece, spans in told if (wish := _joined(piece, spans))), "")
        found = day if not found or _A_DATE.search(day) else found  # "it was for the eighteenth, in the afternoon"
    if not found or (not asked and not known and _VAGUE.fullmatch(found)):
        return None  # "come back in three months, she said": which day, is still to be asked
    given, before = parts(found), parts(known)
    if known and _repeats(found, known):
        return None  # "Thursday", of Thursday the seventh
    if (
        before.month
        and given.day
        and not given.month
        and re.fullmatch(rf"(?:the\s+|on )?{_ORDINAL}", found, re.IGNORECASE)
    ):
        found = f"{MONTHS[before.month - 1]} {given.day}"
    elif known and _A_DATE.search(known) and not _A_DATE.search(found) and _AN_HOUR.fullmatch(found):
        found = f"{_AN_HOUR.sub('', known).strip(' ,')}, {found}"  # another hour on the same day
    elif known and _repeats(
        _AN_HOUR.sub("", found), _AN_HOUR.sub("", known)
    ):  # "the seventh in the morning", of Thursday the seventh
        hours = " ".join(hour[0].strip(" ,") for hour in _AN_HOUR.finditer(found))
        found = f"{_AN_HOUR.sub('', known).strip(' ,')}, {hours}"
    elif known and given.month and not given.day and _A_MONTH.fullmatch(found):
        if not before.day:
            return None  # a mere month takes no day's place
        found = f"{MONTHS[given.month - 1]} {before.day}"
    return Fact("date", Phi(found), 0.8)


def _repeats(found: str, known: str) -> bool:
    """Whether it is known, and more than it says."""
    words = set(re.findall(r"[^\W_]+", found.lower())) - {"the", "on", "next", "this", "coming"}
    return bool(words) and words < set(re.findall(r"[^\W_]+", known.lower())) and not _is_other(found, known)


def _last_meant(pieces: list[tuple[str, list[tuple[int, int]]]], days: re.Pattern[str], asked: bool) -> str:
    """Of what was said between corrections, the last one first: the wish that was said last, and that nothing after it took back."""
    taken_back: set[str] = set()  # "Monday works, or no, wait, I have lab Monday"
    for piece, spans in pieces:
        wish = _joined(piece, _meant(piece, spans, days, asked))
        named = _days_in(wish)
        if wish and not (named and named <= taken_back):
            told = [piece[slice(*span)] for span in spans]  # "next Thursday I am home. Thursday"
            return next((day for day in reversed(told) if _is_more(day, wish)), wish)
        others = [span for span in spans if _days_in(piece[slice(*span)])]
        if others and not asked:
            taken_back |= _days_in(" ".join(piece[slice(*span)] for span in others[:1]))
            rest = [span for span in others if not _days_in(piece[slice(*span)]) <= taken_back]
            again = [span for span in rest if _BARE.fullmatch(_WHEN.sub(" ", _clause_around(piece, span)))]
            if len(pieces) > 1 and piece is not pieces[-1][0] and again:
                return _joined(piece, again)
    return ""


def _is_more(day: str, wish: str) -> bool:
    """Whether it is the weekday that `wish` is and says more of it."""
    weekday = _ONLY_WEEKDAY.fullmatch(wish) and len(wish.split()) == 1
    return bool(weekday and len(day) > len(wish) and re.search(rf"\b{re.escape(wish)}\b", day, re.IGNORECASE))


def _days_in(text: str) -> set[str]:
    return {day.lower() for day in _DAY_NAMED.findall(text)}


def appointment_day(text: str, *, asked: bool, known: str) -> Fact | None:
    """The day of the appointment that there is, or which one it is in the caller's words."""
    day = wished_day(text, asked=asked, known=known, stands=True)
    named = day is not None and (asked or _A_DAY.search(day.value.reveal()))
    return day if named else _in_their_words(text, asked=asked)


def other_day(text: str, known: str, birth: str) -> bool:
    """Whether a yes names a day that is not the one read back: "yes. Wednesday". `known`: the day read back; `birth`: the date of birth,
    which may be said again, too."""
    clauses = _CLAUSE_END.split(calendar(text))
    if any(_other_hour(clause, known) for clause in clauses):
        return True
    named = [clause for clause in clauses if _A_MERE_DAY.search(clause)]
    named = [clause for clause in named if _WHEN.search(clause) and _SUITS.fullmatch(_WHEN.sub(" ", clause))]
    return any(_is_other(clause, known) and not _is_part_of(clause, birth) for clause in named)


def _other_hour(clause: str, known: str) -> bool:
    """Whether it is nothing but a day or an hour, and the hour not the one of `known`: "after three", "Tuesday at eleven"."""
    hours, there = (
        {found[0].lower().removeprefix("at ").strip() for found in _AT.finditer(each)} for each in (clause, known)
    )
    return bool(hours) and not hours <= there and bool(_SUITS.fullmatch(_WHEN.sub(" ", clause)))


def _is_part_of(named: str, birth: str) -> bool:
    given = parts(named)
    return (given.day or given.month) is not None and not _is_other(named, birth)


def cannot_come(text: str) -> bool:
    return bool(_CANNOT_COME.search(text))


def _without_refusal(text: str) -> str:
    """Without "can't make it", in which nothing is wished for."""
    return _CANNOT_COME.sub(" ", text)


def _is_other(named: str, known: str) -> bool:
    """Whether something in it says another day, or more than is known of it."""
    given, before = parts(named), parts(known)
    if given.year is not None:
        return False
    if given.day or given.month:
        return bool((given.day and given.day != before.day) or (given.month and given.month != before.month))
    days, there = ({day.lower() for day in _DAY_NAMED.findall(each)} for each in (named, known))
    return not days <= there and (bool(there) or before.day is None)


def _spans(piece: str, *, refused: bool) -> list[tuple[int, int]]:
    """Where days and times stand. `refused`: with those that the caller cannot come on."""
    spans = [found.span() for found in _WHEN.finditer(piece) if not _is_birth(piece, *found.span())]
    if refused:
        spans = [span for span in spans if not _NOT_IT.search(piece[max(0, span[0] - _BESIDE) : span[0]])] or spans
    else:
        spans = [
            (start, end)
            for start, end in spans
            if not _NOT_BEFORE.search(_TO.split(piece[max(0, start - _BESIDE) : start])[-1])
            and not _NOT_AFTER.search(piece[end:])
        ]
    moved = _MOVED.search(piece)
    return [span for span in spans if moved and span[0] >= moved.end()] or spans


def _not_there(piece: str, spans: list[tuple[int, int]], moves: bool) -> list[tuple[int, int]]:
    """Those that are not the appointment's; its hour stands right behind its day."""
    out: list[tuple[int, int]] = []
    there = -1  # where the last one of the appointment's ends
    for start, end in spans:
        hour = there >= 0 and _BETWEEN.match(piece[there:start]) and not _A_DATE.search(piece[start:end])
        if (hour and not _ADDS.search(piece[there:start])) or _is_there(piece, start, end, moves):
            there = end
        else:
            out.append((start, end))
    return out


def _to_be_dropped(piece: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of two appointments the one that is given up: "I only need the Monday, get rid of the Thursday"."""
    clauses = [_clause_around(piece, span) for span in spans]
    kept = [
        span
        for span, clause in zip(spans, clauses, strict=True)
        if _CANNOT_KEEP.search(clause) or not _KEEPS.search(clause)
    ]
    dropped = [
        span
        for span, clause in zip(spans, clauses, strict=True)
        if _GIVES_UP.search(clause) or _CANNOT_KEEP.search(clause)
    ]
    both = [span for span in dropped if span in kept]
    return (both or kept or spans) if len(spans) > 1 else spans


def _clause_around(piece: str, span: tuple[int, int]) -> str:
    before = _CLAUSE_OR_AND.split(piece[: span[0]])[-1]
    return before + piece[span[0] : span[1]] + _CLAUSE_OR_AND.split(piece[span[1] :])[0]


def _is_there(piece: str, start: int, end: int, moves: bool) -> bool:
    """Whether it is the appointment's: "my Thursday appointment", "I have a visit on Friday". `moves`: one is to be moved; else it must be
    said that there is one."""
    before, after = piece[max(0, start - _BESIDE) : start], piece[end:]
    if _SUITS_AFTER.match(after):
        return False  # "I have an appointment, Tuesday would be better"
    if _STATED.search(before) or _IS_WHEN.match(after):
        return True
    return moves and bool((_MY.search(before) and _APPOINTMENT.match(after)) or _HAVE.search(before))


def _meant(piece: str, spans: list[tuple[int, int]], marks: re.Pattern[str], asked: bool) -> list[tuple[int, int]]:
    """Those in a clause that says what it is about, or that is nothing but a day; such a clause says what the one before it does."""
    out: list[tuple[int, int]] = []
    says, at, joint = True, 0, ""
    for stop, end in [*(found.span() for found in _CLAUSE_END.finditer(piece)), (len(piece), len(piece))]:
        within = [span for span in spans if at <= span[0] < end]
        rest = _WHEN.sub(" ", piece[at:stop])
        # "Can't make it. Tuesday": of the visit that there is; "can't come Monday. Thursday" names another day.
        wishes = rest if marks is _VISITS or _WHEN.search(piece[at:stop]) else _without_refusal(rest)
        answers = (
            asked and within and _ANSWERS.match(piece[within[0][1] :]) and _BARE.fullmatch(piece[at : within[0][0]])
        )
        if not answers and not _BARE.fullmatch(rest):
            says = bool(marks.search(wishes)) and not _BUSY.search(rest)
        elif asked and not _JOINS.fullmatch(joint):  # "I have class Monday and Wednesday"
            says = True
        out += within if says else []
        at, joint = end, piece[stop:end]
    return out


def _is_told(piece: str, span: tuple[int, int]) -> bool:
    """Whether it only says where the caller is then: "I'm in Omaha on Friday"."""
    clause = _CLAUSE_END.split(piece[: span[0]])[-1] + " " + _CLAUSE_END.split(piece[span[1] :])[0]
    return bool(_BUSY.search(clause))


def _joined(piece: str, spans: list[tuple[int, int]]) -> str:
    """As they were said. A sentence with a day of its own takes the place of the one before: "Tuesday. What? Oh. It's Monday"."""
    wish, end = "", 0
    for start, stop in spans:
        between = piece[end:start] if wish else ""
        said = piece[start:stop]
        if re.search(rf"\b{re.escape(said)}\b", wish, re.IGNORECASE):
            continue  # "Tuesday, gimme Tuesday"
        anew = re.search(r"[.?!]\s", between) and _A_DATE.search(said) and not _ADDS.search(between)
        fuller = re.search(rf"\b{re.escape(wish)}\b", said, re.IGNORECASE)  # "Monday is okay. Monday the sixteenth"
        of_it = _ONLY_WEEKDAY.fullmatch(wish) and _ONLY_DAY.fullmatch(said) and _IT_IS.search(between)
        between = ", " if of_it else between  # "Tuesday. It is the twelfth"
        if fuller or (anew and not of_it):
            wish = ""
        joint = between if _BETWEEN.match(between) else " or " if re.search(r"\bor\b", between, re.IGNORECASE) else ", "
        wish += joint * bool(wish) + said
        end = stop
    return wish.strip(" ,")


def _is_birth(text: str, start: int, end: int) -> bool:
    """Nobody wishes for a day in a year that is long over; "9:30" and "3/14" name none."""
    year = parts(re.sub(r"(?<![\d:/.-])\d{1,2}[:/.-]\d{1,2}\b(?![/.-]\d)", " ", text[start:end])).year
    if re.match(r"[./-]\d", text[end:]):
        return True  # "12.25" of "12.25.48"
    return bool(year and year < WISHED_YEAR_MIN) or bool(BORN.search(text[max(0, start - 30) : start]))


def _in_their_words(text: str, *, asked: bool) -> Fact | None:
    """Which appointment, when no day was said: "all of them", "the one with the eye doctor". A human reads it."""
    short = (
        asked and 2 <= len(text.split()) <= APPOINTMENT_WORDS_MAX and agrees(text) is None and not _UNKNOWN.search(text)
    )
    return Fact("date", Phi(text.strip(" .,")), 0.5) if short else None
