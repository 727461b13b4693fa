"""The day and the time that a caller wishes for. Rules on recogniser text; pure."""

from __future__ import annotations

import re
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.days.booked_visit import cannot_come, not_there, to_be_dropped, without_refusal
from triage.scope.days.chosen_day import favoured
from triage.scope.days.dates import BORN, CORRECTION, MONTHS, calendar, parts
from triage.scope.days.day_words import (
    A_DATE,
    A_DAY,
    A_MERE_DAY,
    A_MONTH,
    ADDS,
    AN_HOUR,
    AT,
    BESIDE,
    BETWEEN,
    CALENDAR,
    CLAUSE_END,
    DAY_NAMED,
    ONLY_DAY,
    ONLY_WEEKDAY,
    ORDINAL,
    SPAN,
    VISIT,
    WHEN,
    clause_around,
    days_in,
    with_articles,
)
from triage.scope.moves import Fact

_ALL_BUT: Final = re.compile(
    rf"\b(?:any|every|all)\b[^,.;]{{0,20}}\b(?:but|except)\b[^,.;]{{0,60}}(?:{CALENDAR}|\bthe {ORDINAL})[^.;]*",
    re.IGNORECASE,
)
_VAGUE: Final = re.compile(
    rf"(?:(?:some ?time|any ?time|the|this|next|following|coming) )*(?:week|month)(?: after(?: next)?)?|(?:the )?end of the (?:week|month|year)|(?:(?:a|any|some|on|the) )*weekdays?|in {SPAN}(?:['\u2019]? time)?",
    re.IGNORECASE,
)
_NOT_BEFORE: Final = re.compile(
    r"\b(?:not|can'?t|cannot|can no|no can|no want|couldn'?t|won'?t|isn'?t|instead of|rather than|from|except|don'?t want|don'?t give|doesn'?t work|move it from|but not|i work)\b[^,.;]{0,25}$",
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
_GREETED: Final = re.compile(r"^\W*(?:morning|afternoon|evening)\b(?! (?:appointment|visit|slot))", re.IGNORECASE)
_JOINS: Final = re.compile(r"\s+and\s+", re.IGNORECASE)
_BARE: Final = re.compile(
    r"(?:\W|\b(?:u[hm]+|oh|hi|hello|hey|good|well|yes|yeah|no|nope|not|okay|ok|so|like|say|it'?s|it is|is|that'?s|that'?ll be|the|on|for|at|or|and|in|of|a|my|one|please|then|just|only|say|dear|hon|honey|sir|ma'?am|i guess|i suppose|i think|see (?:you|y'?all|ya))\b)*",
    re.IGNORECASE,
)
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
    r"openings?|available|free|open|gimme|give me|better|rather|sooner|please|chance|put (?:me|us)|put (?:him|her|them|it) (?:down|in)|fit|squeeze|get (?:me |us |him |her )?in|make it|make that|works?|good|best|suits?|fine|due|come|said|meant|call it|let'?s (?:say|do|go)|"
    r"book|schedule|set|see|seen|mov\w+|push\w*|bump\w*|switch\w*|resched\w*|chang\w+|shift\w*|do)\b",
    re.IGNORECASE,
)
_WISHES: Final = re.compile(rf"{_WISHES_TO_MOVE.pattern}|\b{VISIT}\b", re.IGNORECASE)
_ANSWERS: Final = re.compile(
    r"(?!['\u2019]?s\b|\s+(?:i|i'm|we|we're|he|she|they|my|our|the|is|are|there'?s)\b)", re.IGNORECASE
)  # after a day
_VISITS: Final = re.compile(
    rf"\b(?:{VISIT}s?|cancel\w*|scratch|drop|call(?:ing)? off|off|\w+n'?t|cannot|not|keep|down for|book|schedule\w*|spot|time)\b|\bmy\s*$",
    re.IGNORECASE,
)
# Where somebody is, or what they have to do, on a day that so is not the one they wish for.
_BUSY: Final = re.compile(
    r"\b(?:(?:boss|manager|foreman|work|job|school|court|judge|church|choir|coach|team|crew|store|shop|plant|factory|company|district|union|army)\b[^,.;]{0,12}\b(?:needs?|wants?) (?:me|us|him|her)|(?:has|have|had|got|'ve|'s)(?: got| gone and put| put)? (?:me|us|him|her|them) (?:in|at|on|out|up|down|work\w*|driv\w*|subb\w*|going)|\w+'ll be (?:in|at|out|away|gone|off)|(?:i'?m|i am|we'?re|he'?s|she'?s|they'?re|be) (?:in|at|out|away|gone|stuck|busy|work\w*|driv\w*|travel\w*|fly\w*|leav\w*|head\w*|going|off to)"
    r"|(?:wants?|wanted|needs?|needed|expects?|called|summoned|got|has|have) (?:me|us|him|her|them)(?: (?:up|out|down|over))? (?:at (?!\d|(?:the|your) (?:clinic|office))|for (?!(?:an?|my|our|his|her|their|the|this|that|some)? ?(?:\w+ )?(?:appointment|appt|visit|check-?up|physical|follow-?up|re-?check|shots?|labs?|tests?|blood|exam|screening|results)\b))|(?:to|gotta|i|we) (?:work|go|drive|fly|travel|babysit|leave)(?! (?:in|there|to the doctor)\b)|(?:card|paper|letter|slip) (?:that )?sa(?:id|ys))\b",
    re.IGNORECASE,
)
_TO: Final = re.compile(r"\b(?:to|but|until|(?<!n't )(?<!not )make it|into)\b", re.IGNORECASE)
_LONG_AGO: Final = re.compile(
    r",?\s+(?:of\s+)?(?:nineteen|19)[\s-]?(?:hundred|oh|\w+ty|\w+teen|ten|eleven|twelve|\d\d)\b", re.IGNORECASE
)
WISHED_YEAR_MIN: Final = 2024
APPOINTMENT_WORDS_MAX: Final = 15
_SEVERAL: Final = re.compile(
    r"\W*(?:(?:oh|well|um+|uh+|just|cancel)\W+)*(all of (?:them|it)|all (?:two|three|four)|every (?:single )?(?:one|appointment)|both(?: of them)?)\b",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(r"\b(?:don'?t (?:know|remember|recall)|not sure|no idea|forg[oe]t)\b", re.IGNORECASE)


def wished_day(text: str, *, asked: bool, known: str, stands: bool = False, moving: bool = False) -> Fact | None:
    """The last day named and the times beside it: "not Monday, but Thursday afternoon or Friday". Unasked, only a day that is wished for:
    where the caller is on Friday, and what they cannot do, is told and not wished. `stands`: the day of the appointment that there is;
    `moving`: there is one, which is to be moved."""
    text = calendar(with_articles(text) if asked else _GREETED.sub("", text))
    if all_but := _ALL_BUT.search(text):
        if asked:
            return Fact("date", Phi(all_but[0].strip(" ,.")), 0.6)
        text = text[: all_but.start()] + text[all_but.end() :]
    moves = not stands and (moving or bool(_MOVES.search(text) or cannot_come(text)))
    days = _VISITS if stands else _WISHES_TO_MOVE if moves else _WISHES
    pieces = [(piece, _spans(piece, refused=stands)) for piece in reversed(CORRECTION.split(text))]
    if not stands:
        pieces = [(piece, not_there(piece, spans, moves)) for piece, spans in pieces]
    else:
        pieces = [(piece, to_be_dropped(piece, spans)) for piece, spans in pieces]
    last, left = next((one for one in pieces if A_DATE.search(one[0])), pieces[0])
    settled = stands and len(left) < len(_all_spans(last))  # which of two visits is given up
    favourite = favoured(last, _all_spans(last), moving=moves) if asked and not settled else []
    found = _joined(last, favourite) or _last_meant(pieces, days, asked)
    if asked and not A_DATE.search(found):
        told = ((piece, [span for span in spans if stands or not _is_told(piece, span)]) for piece, spans in pieces)
        day = next((wish for piece, spans in told if (wish := _joined(piece, spans))), "")
        found = day if not found or A_DATE.search(day) else found  # "it was for the eighteenth, in the afternoon"
    if not found or (not asked and not known and _VAGUE.fullmatch(found)):
        return None  # "come back in three months, she said": which day, is still to be asked
    given, before = parts(found), parts(known)
    if asked and given.day and not given.month and (dated := parts(text)).month and dated.day == given.day:
        found, given = f"{found}, {MONTHS[dated.month - 1]} {dated.day}", dated  # "the twenty-third. June twenty-third"
    more = re.search(rf"\b{re.escape(found)},? (?:of |in )?(?:the )?(?:next|following) week\b", text, re.IGNORECASE)
    if asked and more and not _NOT_AFTER.match(text[more.end() :]) and not _NOT_BEFORE.search(text[: more.start()]):
        found = more[0]  # "Thursday would be good. Thursday of next week, mind"
    if known and _repeats(found, known):
        return None  # "Thursday", of Thursday the seventh
    if (
        before.month
        and given.day
        and not given.month
        and re.fullmatch(rf"(?:the\s+|on )?{ORDINAL}", found, re.IGNORECASE)
    ):
        found = f"{MONTHS[before.month - 1]} {given.day}"
    elif known and A_DATE.search(known) and not A_DATE.search(found) and AN_HOUR.fullmatch(found):
        found = f"{AN_HOUR.sub('', known).strip(' ,')}, {found}"  # another hour on the same day
    elif known and _repeats(
        AN_HOUR.sub("", found), AN_HOUR.sub("", known)
    ):  # "the seventh in the morning", of Thursday the seventh
        hours = " ".join(hour[0].strip(" ,") for hour in AN_HOUR.finditer(found))
        found = f"{AN_HOUR.sub('', known).strip(' ,')}, {hours}"
    elif known and given.month and not given.day and A_MONTH.fullmatch(found):
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
        named = days_in(wish)
        if wish and not (named and named <= taken_back):
            told = [piece[slice(*span)] for span in spans]  # "next Thursday I am home. Thursday"
            return next((day for day in reversed(told) if _is_more(day, wish)), wish)
        others = [span for span in spans if days_in(piece[slice(*span)])]
        if others and not asked:
            taken_back |= days_in(" ".join(piece[slice(*span)] for span in others[:1]))
            rest = [span for span in others if not days_in(piece[slice(*span)]) <= taken_back]
            again = [span for span in rest if _BARE.fullmatch(WHEN.sub(" ", clause_around(piece, span)))]
            if len(pieces) > 1 and piece is not pieces[-1][0] and again:
                return _joined(piece, again)
    return ""


def _is_more(day: str, wish: str) -> bool:
    """Whether it is the weekday or the day that `wish` is and says more of it: "gimme the fifth of June. Yeah, the fifth"."""
    given, fuller = parts(wish), parts(day)
    if given.day and not given.month and fuller.month and fuller.day == given.day and not days_in(wish):
        return True
    weekday = ONLY_WEEKDAY.fullmatch(wish) and len(wish.split()) == 1
    return bool(weekday and len(day) > len(wish) and re.search(rf"\b{re.escape(wish)}\b", day, re.IGNORECASE))


def appointment_day(text: str, *, asked: bool, known: str) -> Fact | None:
    """The day of the appointment that there is, or which one it is in the caller's words."""
    day = wished_day(text, asked=asked, known=known, stands=True)
    named = day is not None and (asked or A_DAY.search(day.value.reveal()))
    return day if named else _in_their_words(text, asked=asked)


def other_day(text: str, known: str, birth: str) -> bool:
    """Whether a yes names a day that is not the one read back: "yes. Wednesday". `known`: the day read back; `birth`: the date of birth,
    which may be said again, too."""
    clauses = CLAUSE_END.split(calendar(text))
    if any(_other_hour(clause, known) for clause in clauses):
        return True
    named = [clause for clause in clauses if A_MERE_DAY.search(clause)]
    named = [clause for clause in named if WHEN.search(clause) and _SUITS.fullmatch(WHEN.sub(" ", clause))]
    return any(_is_other(clause, known) and not _is_part_of(clause, birth) for clause in named)


def _other_hour(clause: str, known: str) -> bool:
    """Whether it is nothing but a day or an hour, and the hour not the one of `known`: "after three", "Tuesday at eleven"."""
    hours, there = (
        {found[0].lower().removeprefix("at ").strip() for found in AT.finditer(each)} for each in (clause, known)
    )
    return bool(hours) and not hours <= there and bool(_SUITS.fullmatch(WHEN.sub(" ", clause)))


def _is_part_of(named: str, birth: str) -> bool:
    given = parts(named)
    return (given.day or given.month) is not None and not _is_other(named, birth)


def _is_other(named: str, known: str) -> bool:
    """Whether something in it says another day, or more than is known of it."""
    given, before = parts(named), parts(known)
    if given.year is not None:
        return False
    if given.day or given.month:
        return bool((given.day and given.day != before.day) or (given.month and given.month != before.month))
    days, there = ({day.lower() for day in DAY_NAMED.findall(each)} for each in (named, known))
    return not days <= there and (bool(there) or before.day is None)


def _all_spans(piece: str) -> list[tuple[int, int]]:
    return [found.span() for found in WHEN.finditer(piece) if not _is_birth(piece, *found.span())]


def _spans(piece: str, *, refused: bool) -> list[tuple[int, int]]:
    """Where days and times stand. `refused`: with those that the caller cannot come on."""
    spans = _all_spans(piece)
    if refused:
        spans = [span for span in spans if not _NOT_IT.search(piece[max(0, span[0] - BESIDE) : span[0]])] or spans
    else:
        spans = [
            (start, end)
            for start, end in spans
            if not _NOT_BEFORE.search(_TO.split(piece[max(0, start - BESIDE) : start])[-1])
            and not _NOT_AFTER.search(piece[end:])
        ]
    moved = _MOVED.search(piece)
    return [span for span in spans if moved and span[0] >= moved.end()] or spans


def _meant(piece: str, spans: list[tuple[int, int]], marks: re.Pattern[str], asked: bool) -> list[tuple[int, int]]:
    """Those in a clause that says what it is about, or that is nothing but a day; such a clause says what the one before it does."""
    out: list[tuple[int, int]] = []
    says, at, joint = True, 0, ""
    # A comma inside a day ends nothing: "the Friday after, the third".
    ends = [found.span() for found in CLAUSE_END.finditer(piece)]
    ends = [(stop, end) for stop, end in ends if not any(a < stop < b for a, b in spans)]
    for stop, end in [*ends, (len(piece), len(piece))]:
        within = [span for span in spans if at <= span[0] < end]
        rest = WHEN.sub(" ", piece[at:stop])
        # "Can't make it. Tuesday": of the visit that there is; "can't come Monday. Thursday" names another day.
        wishes = rest if marks is _VISITS or WHEN.search(piece[at:stop]) else without_refusal(rest)
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
    clause = CLAUSE_END.split(piece[: span[0]])[-1] + " " + CLAUSE_END.split(piece[span[1] :])[0]
    return bool(_BUSY.search(clause))


def _joined(piece: str, spans: list[tuple[int, int]]) -> str:
    """As they were said. A sentence with a day of its own takes the place of the one before: "Tuesday. What? Oh. It's Monday"."""
    wish, end = "", 0
    for start, stop in spans:
        between = piece[end:start] if wish else ""
        said = piece[start:stop]
        bare = re.sub(r"^(?:the|on)\s+", "", said, flags=re.IGNORECASE)
        if re.search(rf"\b{re.escape(bare)}\b", wish, re.IGNORECASE):
            continue  # "Tuesday, gimme Tuesday"; "August twelfth. The twelfth works"
        anew = re.search(r"[.?!]\s", between) and A_DATE.search(said) and not ADDS.search(between)
        fuller = re.search(rf"\b{re.escape(wish)}\b", said, re.IGNORECASE)  # "Monday is okay. Monday the sixteenth"
        of_it = ONLY_WEEKDAY.fullmatch(wish) and ONLY_DAY.fullmatch(said) and _IT_IS.search(between)
        between = ", " if of_it else between  # "Tuesday. It is the twelfth"
        if fuller or (anew and not of_it):
            wish = ""
        joint = between if BETWEEN.match(between) else " or " if re.search(r"\bor\b", between, re.IGNORECASE) else ", "
        wish += joint * bool(wish) + said
        end = stop
    return wish.strip(" ,")


def _is_birth(text: str, start: int, end: int) -> bool:
    """Nobody wishes for a day in a year that is long over; "9:30" and "3/14" name none."""
    year = parts(re.sub(r"(?<![\d:/.-])\d{1,2}[:/.-]\d{1,2}\b(?![/.-]\d)", " ", text[start:end])).year
    if re.match(r"[./-]\d", text[end:]):
        return True  # "12.25" of "12.25.48"
    spoken = _LONG_AGO.match(text[end:])  # "the eighth of December, nineteen thirty-nine"
    return bool(spoken or (year and year < WISHED_YEAR_MIN)) or bool(BORN.search(text[max(0, start - 30) : start]))


def _in_their_words(text: str, *, asked: bool) -> Fact | None:
    """Which appointment, when no day was said: "all of them", "the one with the eye doctor". A human reads it."""
    if asked and (several := _SEVERAL.match(text)):
        return Fact("date", Phi(several[1]), 0.5)
    short = (
        asked and 2 <= len(text.split()) <= APPOINTMENT_WORDS_MAX and agrees(text) is None and not _UNKNOWN.search(text)
    )
    return Fact("date", Phi(text.strip(" .,")), 0.5) if short else None
