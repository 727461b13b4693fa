"""What a caller says that the line writes down: names, dates, numbers, medicines. Rules on recogniser text; pure.

Nothing here is guessed: what no rule finds is asked again, then handed to a human.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from triage.privacy.phi import Phi
from triage.scope.answers import agrees
from triage.scope.clinic import Need
from triage.scope.dates import CORRECTION, MONTHS, Parts, calendar, parts, said
from triage.scope.moves import Fact

_DIGIT_WORDS: Final = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "for": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
# A name after what leads to it; the words after it say where it ends. After a weak lead ("I'm", "for") only capitals make a name.
NAMES_APART: Final = 2  # first and last, each a sentence
BARE_WORDS_MAX: Final = 8  # of a sentence that begins with a name
REMARK_WORDS_MIN: Final = 3  # with so many words behind it, a single word is none
_NAME_LEAD: Final = re.compile(
    r"\b(?P<strong>(?P<which>first |last |full |whole |middle )?name(?:(?: of (?:my|our|the) \w+)?(?:'s| is)|:|,|\.| of)|(?P<last>sur|family )name(?:'s| is)|in the name of|call me)\s+(?=(?P<a>(?:[a-z][\w'\u2019.-]*\s*){1,5}))"
    r"|\b(?:this is|i am|i'm|it'?s|it is|speaking is|under|for|with|here is|called|(?P<bare>first |last |middle )?name)\s+(?=(?P<b>(?:[a-z][\w'\u2019.-]*\s*){1,5}))"
    r"|(?P<c>(?:[a-z][\w'\u2019.-]+\s+){1,4})(?:is my name|here\b|speaking\b)",
    re.IGNORECASE,
)
_LEAD_IN: Final = re.compile(
    r"^\W*(?:(?:u[hm]+|m+|h+m+|e+r+m?|a+h+|o+h+|yes|yeah|yep|nah|sure|ok|okay|so|well|hi|hey|hello|sorry|like|and|then|that(?:'?s|'?d be|'?ll be)|of course|it'?s|is|name'?s|first name|last name|surname|mrs|mr|ms|miss)[,.]?\s+)+",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(r"\b[A-Za-z](?:(?:[-,\s]+[A-Za-z]\b){2,}|(?:\.[-,\s]*[A-Za-z]\b){2,})")
_OF_LETTERS: Final = re.compile(
    r"(?<!\b[A-Za-z][-,\s])\b(?:an?|the|one|two|no|capital) [A-Z]\b(?:['\u2019]?s\b)?"
)  # "with an E"
_SAYING: Final = re.compile(r"(?<=\w{3})[.;!?]+\s+|\s+[-\u2013\u2014]+\s+|\.{2,}\s*|\u2026\s*")
_EXCLAIMED: Final = re.compile(r"[^.;!?]*!")
_PARTICLES: Final = frozenset("de del la las los da dos di du van von der den el al bin ibn y e st mac".split())
_DOUBLE: Final = re.compile(r"\bdouble ([a-z])\b", re.IGNORECASE)
_AS_IN: Final = re.compile(r"(?<!['\u2019])\b([a-z]),? (?:as in|like|for) [a-z]+\b", re.IGNORECASE)
_NAME_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'\u2019-]+")
_NOT_NAMES: Final = frozenset(
    "yes no yeah calling sorry sick sure here looking trying just not the a an my going having in at afraid fine good ok okay on by to with about "
    "appointment doctor nurse clinic hello hi i i'm it's i've i'd i'll that's what who when don't can't and or but so um uh well for of from as is was "
    "back later whenever anytime speaking again please thanks thank you your name first last full spelled born date birth because need want would like could can do don't have "
    "january february march april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue "
    "tues wed thu thurs fri sat sun gonna thinking dining sitting "
    "had monday tuesday wednesday thursday friday saturday sunday tomorrow today next week this that there one two three four five six seven eight "
    "nine ten running almost out late early new old patient trying wondering phoning actually really very too also still ready done over him her "
    "them me us we he she they it its his their our how why where which whether if then than maybe kind sort pretty quite cancel reschedule refill "
    "book move message office office's afternoon morning evening all everything nothing something only right wrong correct".split()
)
_TITLES_OF_STAFF: Final = frozenset(("dr", "doctor", "doc", "nurse"))
_CALENDAR: Final = (
    r"(?:(?:next|this|on|coming|early|late|every|following|the)\s+){0,2}(?:"
    + "|".join(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "weekend", "weekday"))
    + r")s?"
)
_MONTH: Final = "|".join(f"{month[:3]}(?:{month[3:]})?" if month[3:] else month for month in MONTHS).lower()
_NUMBER: Final = r"(?:\d{1,2}(?:st|nd|rd|th)?|(?:twenty|thirty)[ -]?(?:\w+(?:st|nd|rd|th))|\w+(?:teen|teenth|th|eth)|first|second|third|ten|eleven|twelve|twenty|thirty|one|two|three|four|five|six|seven|eight|nine)"
_PART: Final = r"(?:morning|afternoon|evening|night|noon|lunch(?:time)?|midday|end of the day)"
_ORDINAL: Final = r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|\w+teenth|tenth|eleventh|twelfth|twentieth|thirtieth)"
_HOUR: Final = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MINUTE: Final = r"(?:\s+(?:thirty|fifteen|forty[ -]five|o'?clock))"
_CLOCK: Final = (
    r"(?:(?:at|after|before|around|by|about)\s+)?"
    rf"(?:\d{{1,2}}[:.]\d\d\s*(?:[ap]\.?m\b\.?)?|{_HOUR}{_MINUTE}?\s*[ap]\.?\s?m\b\.?|{_HOUR}{_MINUTE}|half past {_HOUR}|(?:a )?quarter (?:past|to) {_HOUR})"
    rf"|(?:at|after|before|around|by|about)\s+(?:noon|{_HOUR}\b(?!\s+(?:weeks?|days?|months?|people|of)))"
)
_YEAR: Final = r"(?:,?\s+(?:of\s+)?\d{4})?"
_SPAN: Final = (
    r"(?:(?:a|an|one|two|three|four|five|six|a couple of|a few|half an?|\d{1,2}) (?:days?|weeks?|months?|hours?))"
)
_WHEN: Final = re.compile(
    rf"\b(?:(?:the )?(?:last|first|second|third) {_CALENDAR} (?:of|in) (?:this month|next month|{_MONTH})|in {_SPAN}(?:['\u2019]? time)?|{_SPAN} (?:from (?:today|now|{_CALENDAR})|out|after)"
    rf"|\d{{4}}[/-]\d{{1,2}}[/-]\d{{1,2}}|\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?"
    rf"|(?:the\s+)?{_NUMBER}\s+(?:of\s+)?(?:{_MONTH})\b{_YEAR}|(?:{_MONTH})\.?\s+(?:the\s+)?{_NUMBER}\b{_YEAR}|(?:{_CALENDAR}|mon|tues?|wed|thurs?|fri|sat|sun)\b"
    rf"|(?:the\s+|on )(?:{_ORDINAL})(?!\s+(?:time|one|name|thing|floor|street|visit|opinion|week|half|part|degree|thought))|\d{{1,2}}(?:st|nd|rd|th)"
    rf"|today|tonight|tomorrow|the day after(?: tomorrow)?|(?:the\s+)?(?:next|following|coming|this|same) (?:week(?:end)?|month|(?<!this )day|{_PART})|next available"
    rf"|the week (?:after(?: next)?|of)|the (?:first|second|third|last) (?:week|half|part) (?:of|in) \w+|end of the (?:week|month)|beginning of (?:the|next) \w+"
    rf"|(?:in the|any|early|late|late in the|every|that|mid[ -]?)\s*{_PART}s?|(?<!good )(?<!of ){_PART}s?|(?:any|some) ?(?:day|time)|any ?time|as soon as possible|first thing"
    rf"|(?:the )?(?:soonest|earliest)(?: you (?:have|can|got))?|whenever[\w ']{{0,25}}|{_CLOCK}|(?:(?:in|during|sometime in|early|late|mid)\s+)(?:{_MONTH})\b|(?:{_MONTH})\b)",
    re.IGNORECASE,
)
_A_DAY: Final = re.compile(
    rf"\b(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|wed|sat|today|tonight|tomorrow|{_ORDINAL}|(?:{_MONTH})\.? \w+)\b|{_CLOCK}|\d[/-]\d",
    re.IGNORECASE,
)  # one that an appointment can be on: "we move at the end of the month" says nothing about it
_ALL_BUT: Final = re.compile(
    rf"\b(?:any|every|all)\b[^,.;]{{0,20}}\b(?:but|except)\b[^,.;]*{_CALENDAR}[^.;]*", re.IGNORECASE
)
_A_DATE: Final = re.compile(
    rf"\b(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?s?|wed|sat|today|tomorrow|{_ORDINAL}|(?:{_MONTH})\.? \w+|weeks?|months?)\b|\d[/-]\d",
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
    r"\b(?:not|can'?t|cannot|couldn'?t|won'?t|isn'?t|instead of|rather than|from|except|don'?t want|don'?t give|doesn'?t work|move it from|but not|i work)\b[^,.;]{0,25}$",
    re.IGNORECASE,
)
_NOT_AFTER: Final = re.compile(
    r"^[^,.;]{0,12}\b(?:(?:doesn'?t|does not|don'?t|won'?t|will not) (?:work|do|suit)|(?:i |we |she |he )?(?:can'?t|cannot)|(?:is|are)(?:n'?t| not)|is out|(?:'s|is) no good)\b|^\s+as\b",
    re.IGNORECASE,
)
_MOVED: Final = re.compile(
    r"\b(?:mov|chang|resched|push|switch|bump|shift)\w*\b.*\b(?:to|until|till|for)\b", re.IGNORECASE
)
_MOVES: Final = re.compile(r"\b(?:mov|chang|resched|push|switch|bump|shift|later|earlier|another)\w*\b", re.IGNORECASE)
_MY: Final = re.compile(r"\b(?:my|our|the|a|that|his|her)\s+$", re.IGNORECASE)
_APPOINTMENT: Final = re.compile(r"^\s*(?:appointment|appt|visit|slot|one)\b", re.IGNORECASE)
_GREETED: Final = re.compile(r"^\W*(?:morning|afternoon|evening)\b(?! (?:appointment|visit|slot))", re.IGNORECASE)
_VISIT: Final = r"(?:appointment|appt|visit|slot|check-?up|physical)"
_HAVE: Final = re.compile(
    rf"\b(?:have|has|had|'ve|got|scheduled|booked|down)\b[^,.;]*\b{_VISIT}\b(?:(?!\bto\b)[^,.;]){{0,25}}(?:,\s*)?$"
    rf"|\bsupposed to (?:come|be|see)\b[^,.;]*$|\b(?:my|our|his|her|the)\s+(?:\w+\s+){{0,2}}{_VISIT}(?:\s+(?:is|was|on|at|this|coming|up|set|scheduled|that(?:'s| is)))*\s*$",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"[.,;:?!]+(?=\s|$)|\s+(?:but|so|because|'?cause|since|and|if|though|[-\u2013\u2014]+)\s+", re.IGNORECASE
)
_BARE: Final = re.compile(
    r"(?:\W|\b(?:u[hm]+|oh|hi|hello|hey|good|well|yes|yeah|no|nope|not|okay|ok|so|like|say|it'?s|it is|is|that'?s|that'?ll be|the|on|for|at|or|and|in|of|a|my|one|please|then|just|only|say|dear|hon|honey|sir|ma'?am|i guess|i suppose|i think)\b)*",
    re.IGNORECASE,
)
# What a clause is about in which a day is wished for; and one in which the day of the visit that there is.
_WISHES_TO_MOVE: Final = re.compile(
    r"\b(?:can|could|might|may i|would|(?:i|we|he|she)'d|want|wants|wanna|need|needs|gotta|got to|have to|has to|ought|should|supposed|prefer|hop(?:e|ing)|looking|trying|thinking|how about|what about|maybe|perhaps|anything|something|"
    r"openings?|available|free|open|better|rather|sooner|please|chance|put (?:me|us)|put (?:him|her|them|it) (?:down|in)|fit|squeeze|get (?:me |us |him |her )?in|make it|make that|works?|good|best|suits?|fine|due|come|said|meant|"
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
    r"\b(?:(?:has|have|had|got|'ve|'s)(?: got| gone and put| put)? (?:me|us|him|her|them) (?:in|at|on|out|up|down|work\w*|driv\w*|subb\w*|going)|\w+'ll be (?:in|at|out|away|gone|off)|(?:i'?m|i am|we'?re|he'?s|she'?s|they'?re|be) (?:in|at|out|away|gone|stuck|busy|work\w*|driv\w*|travel\w*|fly\w*|leav\w*|head\w*|going|off to)"
    r"|(?:to|gotta|i|we) (?:work|go|drive|fly|travel|babysit|leave)(?! (?:in|there|to the doctor)\b)|(?:card|paper|letter|slip) (?:that )?sa(?:id|ys))\b",
    re.IGNORECASE,
)
_ADDS: Final = re.compile(r"\b(?:or|and|maybe|also|either|too|otherwise|else)\b", re.IGNORECASE)
_TO: Final = re.compile(r"\b(?:to|but|until|make it|into)\b", re.IGNORECASE)
_BORN: Final = re.compile(r"\b(?:born|birth(?:day|date)?|d\.?o\.?b)\b", re.IGNORECASE)
WISHED_YEAR_MIN: Final = 2024
_MEDICINE: Final = re.compile(
    r"\b(?:refill|renew(?:al)?|re-?order|more|fill|prescription|script|out of|low on|(?:supply|bottle|pack|box)(?=s? of\b))s?\b(?: (?:of|for|on|my|the|some|a|his|her|please|is|it's|called|prescription|medication|medicine))*\s+"
    r"([A-Za-z][\w-]+(?:\s+(?!(?:please|and|i|for|at|from|by|to|the|my|which|that|because|it|so|with|before|is|was|when|as|no|or|be)\b)[^\W_][\w.-]*){0,5}(?:,?\s+\d+\s*(?:milligrams?|mg|micrograms?|mcg|units?)?)?)",
    re.IGNORECASE,
)
_STRENGTH: Final = r"(?:\d+(?:\.\d+)?|(?:(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|twenty[ -]five|thirty|forty|fifty|sixty|seventy[ -]five|eighty|hundred|thousand|point|and|half)\s*){1,5})"
_UNIT: Final = r"(?:milligrams?|mg|micrograms?|mcg|units?)"
_NO_MEDICINE: Final = frozenset(
    "prescription prescriptions refill refills refilled renewed filled reordered called sent ready renewal renew medication medications medicine medicines pills pill tablets meds usual one request them it something "
    "that this mine regular normal same please today soon week weeks days what which my the a time help questions left over again remaining any more last couple".split()
)
_KIND_OF_PILL: Final = re.compile(
    r"(?:water|sugar|heart|blood pressure|thyroid|cholesterol|allergy|sleeping|pain|birth control|diabetes) (?:pills?|tablets?|medicines?|medication|meds)\b",
    re.IGNORECASE,
)
_NOT_THIS: Final = re.compile(
    r"\b(?:not|no(?: more| longer)?|isn'?t|instead of|allergic to|except|stopped(?: taking)?|(?:took|taken) (?:me|him|her) off|off|still have|still got|plenty of)(?: of)?(?: the| my)?\s*$",
    re.IGNORECASE,
)
_WRONG: Final = re.compile(r"^\s+(?:is|was) (?:wrong|not)\b", re.IGNORECASE)
_BOTH: Final = re.compile(r"^[\s,]*(?:(?:and|also|plus|then|the|my|both|a|of|for|refill)\b[\s,]*)*$", re.IGNORECASE)
_INSTEAD: Final = re.compile(
    r"\b(?:it'?s|it is|i (?:meant?|said|need)|should be|make (?:it|that))\s+(?:the\s+|my\s+)?(?P<new>[A-Za-z][\w-]{3,})"
    r"(?=,?\s+(?:not|instead)\b|[.!]?\s*$)",
    re.IGNORECASE,
)
APPOINTMENT_WORDS_MAX: Final = 15
MEDICINE_WORDS_MAX: Final = 14
_LOOKING: Final = re.compile(  # for the bottle
    r"^\W*(?:(?:oh|uh|um|well|now|okay),? )*(?:wait|hold on|hang on|let me|let's see|i'?ll (?:get|look|find|read)|just a|one (?:second|minute|moment)|give me a|gimme|where(?:'s| is)|here\b(?! it)|i'?m looking|i(?:'ve got| have) (?:it|the (?:bottle|box)))"
    r"|\b(?:bottle|box|label)(?:'s| is) (?:in|on|here|right)\b|\b(?:my glasses|the fridge|the cabinet)\b",
    re.IGNORECASE,
)
_SEARCHING: Final = re.compile(
    r"\b(?:(?<!it's )(?<!is )something\b(?! for)|what'?s it called|what was it|whatchama\w+|whatever it'?s called|starts with)\b",
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(r"\b(?:don'?t (?:know|remember|recall)|not sure|no idea|forg[oe]t)\b", re.IGNORECASE)
_MEDICINE_LEAD: Final = re.compile(
    r"^\W*(?:(?:uh|um|yes|yeah|so|well|oh|it'?s|it is|it's called|the|my|that would be|that'?s|i need|i take|i'm on|just|a|refill|of|for|called|name is|medicine is|please)[,.]?\s+)*",
    re.IGNORECASE,
)
_THIS_NUMBER: Final = re.compile(
    r"\b(?:this|same|that) (?:number|phone|one)\b|\b(?:number|phone|one) (?:that )?i'?(?:m| am) (?:calling|on|phoning)\b|\bon (?:my|the) (?:screen|display|caller id)\b",
    re.IGNORECASE,
)
FIGURES_OF_A_NUMBER_MIN = 3  # fewer are none: "for" is heard as four


def digits(text: str) -> str:
    """The digits said, spoken or written: "five five five, oh 192" -> "5550192"; "double four" -> "44"."""
    out: list[str] = []
    repeat = 1
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        if word in ("double", "triple"):
            repeat = 2 if word == "double" else 3
            continue
        figure = word if word.isdigit() else _DIGIT_WORDS.get(word, "")
        out.append(figure * (repeat if len(figure) == 1 else 1))
        repeat = 1
    return "".join(out)


def find(need: Need, text: str, *, asked: bool, known: str = "", listed: Sequence[str] = ()) -> Fact | None:
    """What `text` says about `need`. `asked` when the line has just asked for it, so that a bare answer counts; `known`: what is written
    down already, which "no, the fourteenth" corrects in part; `listed`: the medicines that the clinic prescribes most."""
    match need:
        case "name":
            return _name(text, asked=asked)
        case "date_of_birth":
            return _birth(text, asked=asked, known=known)
        case "date":
            return _wish(text, asked=asked, known=known)
        case "appointment":
            day = _wish(text, asked=asked, known=known, stands=True)
            named = day is not None and (asked or _A_DAY.search(day.value.reveal()))
            return day if named else _in_their_words(text, asked=asked)
        case "callback_number":
            number = digits(text)
            return Fact("callback_number", Phi(number), 0.8) if 7 <= len(number) <= 15 else None
        case "medicine":
            return _medicine(text, asked=asked, correcting=bool(known), listed=listed)
        case "message":
            return Fact("message", Phi(text.strip()), 0.6) if asked and len(text.split()) >= 3 else None


def own_number(text: str, number: str, *, asked: bool) -> Fact | None:
    """ "This number": `number` is the one that the telephone says."""
    number = digits(number)
    says_so = _THIS_NUMBER.search(text) or (asked and agrees(text) is True)
    return (
        Fact("callback_number", Phi(number), 0.8)
        if number and says_so and len(digits(text)) < FIGURES_OF_A_NUMBER_MIN
        else None
    )


def _name(text: str, *, asked: bool) -> Fact | None:
    text = _OF_LETTERS.sub(" ", text.title() if text.isupper() and not _SPELLED.fullmatch(text.strip(" .")) else text)
    text = _AS_IN.sub(r"\1", _DOUBLE.sub(r"\1 \1", text))
    spelled = [re.sub(r"[^a-z]", "", run.group(0).lower()).capitalize() for run in _SPELLED.finditer(text)]
    plain = _SPELLED.sub(" ", text)
    alone = _name_alone(plain) if asked and agrees(text) is not False else []
    words: list[str] = []
    cased = any(letter.isupper() for letter in re.sub(r"\bI\b", "", plain)[1:])
    for lead in _NAME_LEAD.finditer(plain):
        strong = bool(lead["strong"])
        if not strong and len(alone) > 1:
            continue  # "I'm with Harold. Norma Jean Prewitt."
        given = _names_in(lead["a"] or lead["b"] or lead["c"], cased=cased)
        if given and given[0].lower() in _TITLES_OF_STAFF:
            continue  # "a message for Dr. Patel" is not from her
        if not strong and not (
            all(word[0].isupper() for word in given)
            if cased
            else len(given) >= 2 and plain.lower().startswith(("this is", "hi this is", "hello this is", "it's"))
        ):
            continue
        if given:
            which = lead["which"] or lead["bare"] or ""
            words = [*words[:1], *given] if which.startswith("last") or lead["last"] else given
            if strong and not which:
                break
    words = alone if not words or (len(alone) > len(words) and words[0] in alone) else words
    for name in spelled:
        near = next((at for at, word in enumerate(words) if word[:1].lower() == name[:1].lower()), None)
        if near is None:
            words.append(name)
        else:
            words[near] = name
    if not words or (spelled and not asked and len(words) == 1 and not _NAME_LEAD.search(text)):
        return None
    if all(word == word.lower() for word in words):
        words = [word.title() for word in words]
    return Fact("name", Phi(" ".join(words)), 0.8 if spelled else 0.7 if not asked else 0.6)


def _name_alone(text: str) -> list[str]:
    """An answer that is a name, and what is said around it: "mm, Cody", "Eunice Applegate, like the gate with apples on it", "Biscuit, down!
    Sorry. Connie Lindqvist". What is nothing but a name is one; two that stand by themselves are the first and the last."""
    calm = _EXCLAIMED.sub(" ", text)  # what is called out is said to somebody in the room
    if calm != text and (words := _name_alone(calm)):
        return words
    cased = any(letter.isupper() for letter in re.sub(r"\bI\b", "", text))
    found: list[list[str]] = []  # a sentence: its clauses that are nothing but a name
    partly: list[list[str]] = []
    sayings = [saying for saying in _SAYING.split(text) if saying.strip(" .,!?;:-")]
    for saying in sayings:
        clauses = [bare for clause in saying.split(",") if (bare := _LEAD_IN.sub("", clause + " ").strip(" .!?;:-"))]
        names = [_names_in(clause, cased=cased) for clause in clauses]
        whole = [words for words, clause in zip(names, clauses, strict=True) if _is_whole(words, clause)]
        if full := next((words for words in whole if len(words) > 1), None):
            return full
        found += [[word for words in whole[:NAMES_APART] for word in words]] if whole else []
        if clauses and not whole and len(saying.split()) <= BARE_WORDS_MAX:
            remark = len(clauses[0].split()) - len(names[0])  # "Lulu get off the table" is nobody's name
            partly += names[:1] if len(names[0]) > 1 or remark < REMARK_WORDS_MIN else []
    if len(found) == len(sayings) == NAMES_APART and all(len(words) == 1 for words in found):
        return [*found[0], *found[1]]  # "Engebretson. Marlys."
    return max([*partly, *found[:1]], key=len, default=[])


def _is_whole(words: list[str], clause: str) -> bool:
    """Whether a clause is nothing but the name found in it, of nobody who works at the clinic."""
    plain = words and words[0].lower() not in _TITLES_OF_STAFF
    return bool(plain) and len(words) == len(clause.split())


def _names_in(text: str, *, cased: bool) -> list[str]:
    """The words from the beginning that can be a name: at most four, ending where a common word stands. `cased`: the recogniser wrote
    capitals, so that a name ends where a small letter begins a word."""
    words: list[str] = []
    for word in text.replace(",", " ").split():
        bare = word.strip(".,;:!?")
        if not _NAME_WORD.fullmatch(bare) or bare.lower() in _NOT_NAMES:
            break
        if cased and bare[0].islower() and bare not in _PARTICLES:
            break
        if words and bare.lower() == words[0].lower():  # "Walter Simmons Walter Simmons": heard twice
            break
        words.append(bare if cased else bare.title())
        if len(words) == 4 or (word[-1:] in ".;!?" and len(bare) > 3):
            break
    return words


def _birth(text: str, *, asked: bool, known: str) -> Fact | None:
    born = _BORN.search(text)
    given = parts(text[born.start() :] if born and not asked else text)
    if not (asked or born or (known and given.year)):
        return None
    day = given.whole or (parts(known).then(given).whole if known and given != Parts() else None)
    return Fact("date_of_birth", Phi(said(day)), 0.8) if day else None


def _wish(text: str, *, asked: bool, known: str, stands: bool = False) -> Fact | None:
    """The last day named and the times beside it: "not Monday, but Thursday afternoon or Friday". Unasked, only a day that is wished for:
    where the caller is on Friday, and what they cannot do, is told and not wished. `stands`: the day of the appointment that there is."""
    text = calendar(text if asked else _GREETED.sub("", text))
    if asked and (all_but := _ALL_BUT.search(text)):
        return Fact("date", Phi(all_but[0].strip(" ,.")), 0.6)
    moves = not stands and bool(_MOVES.search(text))
    days = _VISITS if stands else _WISHES_TO_MOVE if moves else _WISHES
    pieces = [(piece, _spans(piece, refused=stands)) for piece in reversed(CORRECTION.split(text))]
    if moves:
        pieces = [(piece, [span for span in spans if not _is_there(piece, *span)]) for piece, spans in pieces]
    found = next((wish for piece, spans in pieces if (wish := _joined(piece, _meant(piece, spans, days, asked)))), "")
    if not found and asked:
        told = ((piece, [span for span in spans if stands or not _is_told(piece, span)]) for piece, spans in pieces)
        found = next((wish for piece, spans in told if (wish := _joined(piece, spans))), "")
    if not found or (not asked and not known and _VAGUE.fullmatch(found)):
        return None  # "come back in three months, she said": which day, is still to be asked
    given, before = parts(found), parts(known)
    if (
        before.month
        and given.day
        and not given.month
        and re.fullmatch(rf"(?:the\s+|on )?{_ORDINAL}", found, re.IGNORECASE)
    ):
        found = f"{MONTHS[before.month - 1]} {given.day}"
    elif known and given.month and not given.day and _A_MONTH.fullmatch(found):
        if not before.day:
            return None  # a mere month takes no day's place
        found = f"{MONTHS[given.month - 1]} {before.day}"
    return Fact("date", Phi(found), 0.8)


def _spans(piece: str, *, refused: bool) -> list[tuple[int, int]]:
    """Where days and times stand. `refused`: with those that the caller cannot come on."""
    spans = [found.span() for found in _WHEN.finditer(piece) if not _is_birth(piece, *found.span())]
    if not refused:
        spans = [
            (start, end)
            for start, end in spans
            if not _NOT_BEFORE.search(_TO.split(piece[:start])[-1]) and not _NOT_AFTER.search(piece[end:])
        ]
    moved = _MOVED.search(piece)
    return [span for span in spans if moved and span[0] >= moved.end()] or spans


def _is_there(piece: str, start: int, end: int) -> bool:
    """Whether it is the appointment's: "my Thursday appointment", "I have a visit on Friday"."""
    mine = _MY.search(piece[:start]) and _APPOINTMENT.match(piece[end:])
    return bool(mine or _HAVE.search(piece[:start]))


def _meant(piece: str, spans: list[tuple[int, int]], marks: re.Pattern[str], asked: bool) -> list[tuple[int, int]]:
    """Those in a clause that says what it is about, or that is nothing but a day; such a clause says what the one before it does."""
    out: list[tuple[int, int]] = []
    says, at = True, 0
    for stop, end in [*(found.span() for found in _CLAUSE_END.finditer(piece)), (len(piece), len(piece))]:
        within = [span for span in spans if at <= span[0] < end]
        rest = _WHEN.sub(" ", piece[at:stop])
        answers = (
            asked and within and _ANSWERS.match(piece[within[0][1] :]) and _BARE.fullmatch(piece[at : within[0][0]])
        )
        if not answers and not _BARE.fullmatch(rest):
            says = bool(marks.search(rest)) and not _BUSY.search(rest)
        elif asked:
            says = True
        out += within if says else []
        at = end
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
        if re.search(rf"\b{re.escape(piece[start:stop])}\b", wish, re.IGNORECASE):
            continue  # "Tuesday, gimme Tuesday"
        anew = re.search(r"[.?!]\s", between) and _A_DATE.search(piece[start:stop]) and not _ADDS.search(between)
        wish = "" if anew else wish
        wish += (between if _BETWEEN.match(between) else ", ") * bool(wish) + piece[start:stop]
        end = stop
    return wish.strip(" ,")


def _is_birth(text: str, start: int, end: int) -> bool:
    """Nobody wishes for a day in a year that is long over; "9:30" and "3/14" name none."""
    year = parts(re.sub(r"(?<![\d:/.-])\d{1,2}[:/.-]\d{1,2}\b(?![/.-]\d)", " ", text[start:end])).year
    if re.match(r"[./-]\d", text[end:]):
        return True  # "12.25" of "12.25.48"
    return bool(year and year < WISHED_YEAR_MIN) or bool(_BORN.search(text[max(0, start - 30) : start]))


def _in_their_words(text: str, *, asked: bool) -> Fact | None:
    """Which appointment, when no day was said: "all of them", "the one with the eye doctor". A human reads it."""
    short = (
        asked and 2 <= len(text.split()) <= APPOINTMENT_WORDS_MAX and agrees(text) is None and not _UNKNOWN.search(text)
    )
    return Fact("date", Phi(text.strip(" .,")), 0.5) if short else None


def _medicine(text: str, *, asked: bool, correcting: bool, listed: Sequence[str]) -> Fact | None:
    named = sorted(
        (found.start(), found.end(), found[0])
        for name in listed
        if (found := re.search(rf"\b{re.escape(name)}\b(?:,?\s+{_STRENGTH}\s*{_UNIT})?", text, re.IGNORECASE))
        and not _NOT_THIS.search(text[: found.start()])
        and not _WRONG.search(text[found.end() :])
    )
    if named:
        wanted, end = [named[0][2]], named[0][1]
        for start, stop, medicine in named[1:]:
            between = text[end:start]
            if CORRECTION.search(between):
                wanted = []  # "losartan, no, excuse me, it's the metoprolol"
            elif not _BOTH.match(between):
                break  # told of, but not in one breath: "metformin, because lisinopril ..."
            wanted.append(medicine)
            end = stop
        return Fact("medicine", Phi(" and ".join(wanted)), 0.8)
    if correcting and not asked:
        found = _INSTEAD.search(text)
        return Fact("medicine", Phi(found["new"]), 0.6) if found and found["new"].lower() not in _NOT_NAMES else None
    for found in _MEDICINE.finditer(text):
        words = [word for word in found.group(1).split() if word.lower().strip(".,") not in _NO_MEDICINE]
        if words and words[0].lower() not in _NOT_NAMES:
            kind = _KIND_OF_PILL.match(found.group(1))
            if kind and not asked:
                continue  # which of them, is asked; who knows no name may then say so again
            return Fact("medicine", Phi((kind[0] if kind else " ".join(words)).strip(" .,")), 0.6)
    if asked and agrees(text) is not False:
        if _SEARCHING.search(text):
            return None  # "the met... metro... met something. Wait, the bottle's in my purse"
        told = [
            saying
            if not _LOOKING.search(saying)
            else ", ".join(one for one in saying.split(",") if not _LOOKING.search(one))
            for saying in _SAYING.split(_EXCLAIMED.sub(" ", text) if "." in text else text)
        ]
        told = [saying.strip(" .,!") for saying in told if saying.strip(" .,!")]
        bare = _MEDICINE_LEAD.sub("", ". ".join(told)).strip(" .,")
        if len(bare.split()) <= MEDICINE_WORDS_MAX and bare and not set(bare.lower().split()) <= _NO_MEDICINE:
            return Fact("medicine", Phi(bare), 0.5)
    return None
