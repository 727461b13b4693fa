"""Of several days in one answer the one that is meant: "wednesday is prayer meeting and thursday I get my hair set, so it'll have to be friday".
Rules on recogniser text; pure.

A day stands in a group with the hours right behind it and with the days joined to it by "or" and "and". What is said right before and behind
a group tells whether it is the one wished, one on which the caller cannot come, or that of the visit that there is."""

from __future__ import annotations

import re
from typing import Final

from triage.scope.days.dates import parts
from triage.scope.days.day_words import A_DATE, BESIDE, BETWEEN, ONLY_WEEKDAY, days_in

Span = tuple[int, int]
_JOINED: Final = re.compile(
    r"^[\s,]*(?:or|and|and also|or else|or even|or maybe|through|thru)\s+(?:on |the |maybe )*$", re.IGNORECASE
)
_SURELY_BEFORE: Final = re.compile(
    r"\b(?:(?:have|has|got|gotta|ought|need) (?:to )?be|(?:that|it) leaves(?: us| me)?(?: with)?|let'?s (?:say|do|go with|make it|try)|make it|gimme|give me|put me(?: down)?(?: (?:for|on|in))?|how '?(?:about|bout)|what about|any chance of"
    r"|(?:move|switch|push|swap|trade|change|bump|shift)\b[^.,;]{0,25}? (?:to|for)|(?:can|could|may) (?:we|you|i) (?:do|have|get|come)|i (?:can|could) do|(?:need|want) it|i'?d (?:like|take|want|rather have|say)|works? (?:is|are)"
    r"|yours is)\W+(?:(?:the|on|for|this|that)\W+)*$",
    re.IGNORECASE,
)
_DROPPED_BEFORE: Final = re.compile(
    r"(?<!don't )(?<!not )\b(?:cancel|drop|scratch|remove|take (?:away|off|out)|get rid of)\W+(?:(?:the|on|for|this|that|my)\W+)*$",
    re.IGNORECASE,
)
_WISHED_BEFORE: Final = re.compile(
    r"\b(?:i guess|mean|i want|only|so|then|yes|to)\W+(?:(?:the|on|yes|maybe|for|it'?s|this|that'?s)\W+)*$",
    re.IGNORECASE,
)
_WISHED_BEHIND: Final = re.compile(
    r"^\W*(?:it is\b|then\b|instead\b|please\b|works\b|would (?:do|work|be|suit)|'?ll (?:do|work)\b|(?:'s|is) (?:okay|ok|fine|good|best|better|the one\b(?! i)|my (?:free|only|off|best) )|possible|(?:is )?okay so\b|yes\b|i'?m (?:free|off|home|open)\b|i (?:can|could)\b(?!'))",
    re.IGNORECASE,
)
_AWAY_BEFORE: Final = re.compile(
    r"\b(?:can(?:'?t|not) (?:do|be|make|come)(?: it)?(?: (?:on|in))?|not(?: the one)?|except|(?:any|every|all)\w*(?: \w+)? but|instead of|rather than|until|till|through|closed(?: on)?|keep(?: the (?:one|other(?: one)?))?|leave|another(?: one)?|the other(?: one)?|mine is"
    r"|(?:going to|gonna|about to|was to) say|almost said|still coming|don'?t (?:cancel|touch|move|drop))\W+(?:(?:the|on|for|this|my|any|next)\W+)*$|\bn(?:o|ot) (?:on )?$|\b(?:i|we) (?:leave|fly|travel|head|drive|sail)\b[^,.;]{0,30}$"
    r"|\b(?!(?:it|that|this|mine|day|best|choice|one|wish|works?|free|open|date|answer|appointment|visit|check-?up|physical)\b)\w+ (?:is|are)\W+(?:on )?(?:the )?$",
    re.IGNORECASE,
)
_FREE: Final = r"(?! ?(?:\w+ ){0,3}(?:off|free|open)\b)"
_AWAY_BEHIND: Final = re.compile(
    rf"^\s*(?:(?:'s|is|are) (?!(?:okay|ok|fine|good|best|better|perfect|great|open|free|possible|the one|what|when|it|my (?:free|only|off|best|day off)|alright|all right|available|easier|easiest|the (?:best|better|only|first|earliest|soonest|day))\b)\w+|is good friday\b"
    rf"|(?:(?:no|not any) good|out|full|taken|too (?:soon|early|late)|not|never|goes away)\b|(?:won'?t|can'?t|doesn'?t|isn'?t)\b|shifts?\b|falls\b|(?:and (?:that|it) (?:one )?)?stays\b|(?:,? ?i'?ll (?:take|keep)|leave that|it won'?t)\b"
    rf"|(?:i'?ve got|i'?ve|i (?!(?:can|could|would|want|like|prefer|think|guess|know|mean|said|suppose|am|was|had|do|did|should|need|reckon|believe|might|may|will|wish|hope)\b)\w+|i(?:'m| am) (?:at|in|on|out|away|working|off to|with)"
    rf"|we (?:have|go|work|brand|close|leave)|we'?ll be|we'?re (?:at|in|on|out|away)|he'?s|she'?s|they(?:'re| might| may| will| want| need| have)|you'?re closed|my \w+(?:'s| is| has| have| needs| works| gets))\b{_FREE})",
    re.IGNORECASE,
)
_THERE_BEFORE: Final = re.compile(
    r"\b(?:(?:i|we|they|you)(?:'ve)?(?: (?:have|had|got|gave|put))+ (?:it|me|us|him|her|mine)(?: (?:down|in))?|(?:it|mine|that|this|appointment|visit|check-?up)(?:'s| is| was)(?: (?:currently|now|set|down|booked|scheduled))*|the one (?:i have|i'?ve got|now) (?:is|was)"
    r"|i (?:was|am) (?:set|down|booked|scheduled)|supposed to (?:be|come)(?: there| in)?|(?:wrote|written|marked|got it) down (?:as|for)|i said|i'?ve got|i have|says|currently|from)\W+(?:(?:on|for|at|the)\W+)*$",
    re.IGNORECASE,
)
_THERE_BEHIND: Final = re.compile(
    r"^\W*(?:now\b|right now|at the moment|currently|(?:and )?that'?s (?:what|when|the (?:one|day)) i(?:'ve got|'m| have| had)|'s the one i (?:have|had|got)|i had\b|when i made it|one\b(?! (?:works|is (?:good|fine|better)|please|would))|and (?:now )?i need)",
    re.IGNORECASE,
)


def favoured(piece: str, spans: list[Span], *, moving: bool) -> list[Span]:
    """Those of `spans` that are meant, where `piece` names several days and says which; [] where it does not. `moving`: a visit that there
    is, whose day may be named, too."""
    groups = _groups(piece, spans)
    days = [group for group in groups if any(A_DATE.search(piece[slice(*span)]) for span in group)]
    if len({_name(piece, span, spans) for group in days for span in group if A_DATE.search(piece[slice(*span)])}) < 2:
        return []
    dropped = [group for group in days if _before(piece, group, _DROPPED_BEFORE)]
    away = [group for group in days if _is_away(piece, group, moving) or (moving and group in dropped)]
    left = [group for group in days if group not in away]
    sure = [
        group for group in days if _before(piece, group, _SURELY_BEFORE) and not _before(piece, group, _AWAY_BEFORE)
    ]
    sure += [group for group in dropped if not moving]
    wished = [group for group in left if _before(piece, group, _WISHED_BEFORE) or _behind(piece, group, _WISHED_BEHIND)]
    names_away = {_bare(piece, group) for group in away} - {""}
    kept = sure or wished or [group for group in left if _bare(piece, group) not in names_away]
    if not kept and not piece[: days[0][0][0]].strip(" ,."):
        kept = days[:1]  # "July eighteenth, we're at the lake until the seventeenth"
    if len(kept) == len(days):
        return []
    return sorted(span for group in kept for span in group)


def _groups(piece: str, spans: list[Span]) -> list[list[Span]]:
    groups: list[list[Span]] = []
    for span in spans:
        if groups:
            before, said = piece[slice(*groups[-1][-1])].lower(), piece[slice(*span)]
            between = piece[groups[-1][-1][1] : span[0]]
            hour = BETWEEN.match(between) and not A_DATE.search(said)
            named = before.endswith(" later") and between.strip() == ","  # "a week later, the ninth"
            if (
                _JOINED.match(between)
                or hour
                or named
                or (before.endswith((" of", " after", " week")) and not between.strip())
            ):
                groups[-1].append(span)
                continue
        groups.append([span])
    return groups


def _name(piece: str, span: Span, spans: list[Span]) -> str:
    """Monday and "Monday the sixteenth" are one, "August twelfth" and "the twelfth"; "this" and "next Wednesday" are two."""
    said = _plain(piece, span)
    given = parts(said)
    if given.day and not days_in(said):
        whole = (parts(piece[slice(*other)]) for other in spans)
        month = given.month or next((one.month for one in whole if one.day == given.day and one.month), None)
        return f"{month} {given.day}"
    return said if re.match(r"(?:this|next|following|coming)\b", said) else next(iter(days_in(said)), said)


def _plain(piece: str, span: Span) -> str:
    return re.sub(r"^(?:(?:the|on)\s+)+", "", piece[slice(*span)].lower())


def _bare(piece: str, group: list[Span]) -> str:
    """The weekday, where nothing else is said of it: not "this monday"."""
    said = _plain(piece, group[0])
    alone = len(said.split()) == 1 and (ONLY_WEEKDAY.fullmatch(said) or said in ("today", "tomorrow"))
    return said if alone else ""


def _before(piece: str, group: list[Span], cue: re.Pattern[str]) -> bool:
    start = group[0][0]
    return bool(cue.search(piece[max(0, start - BESIDE) : start]))


def _behind(piece: str, group: list[Span], cue: re.Pattern[str]) -> bool:
    return bool(cue.match(piece[group[-1][1] :]))


def _is_away(piece: str, group: list[Span], moving: bool) -> bool:
    there = moving and (_before(piece, group, _THERE_BEFORE) or _behind(piece, group, _THERE_BEHIND))
    return there or _before(piece, group, _AWAY_BEFORE) or _behind(piece, group, _AWAY_BEHIND)
