"""Of several days in one answer the one that is meant: "wednesday is prayer meeting and thursday I get my hair set, so it'll have to be friday".
Rules on recogniser text; pure.

A day stands in a group with the hours right behind it and with the days joined to it by "or" and "and". What is said right before and behind
a group tells whether it is the one wished, one on which the caller cannot come, or that of the visit that there is."""

from __future__ import annotations

import re
from typing import Final

from triage.scope.day_words import A_DATE, BESIDE, BETWEEN, ONLY_WEEKDAY, days_in

Span = tuple[int, int]
_JOINED: Final = re.compile(
    r"^[\s,]*(?:or|and|and also|or else|or even|or maybe|through|thru)\s+(?:on |the |maybe )*$", re.IGNORECASE
)
_SURELY_BEFORE: Final = re.compile(
    r"\b(?:(?:have|has|got|gotta|ought|need) (?:to )?be|(?:that|it) leaves(?: us| me)?(?: with)?|let'?s (?:say|do|go with|make it|try)|make it|put me(?: down)?(?: (?:for|on|in))?|how about|what about"
    r"|(?:move|switch|push|swap|trade|change|bump|shift)\b[^.,;]{0,25}? (?:to|for)|(?:can|could) (?:we|you|i) do|(?:need|want) it|i'?d (?:like|take|want|rather have|say)|works? (?:is|are)|cancel|drop|scratch|get rid of|yours is)\W+(?:(?:the|on|for|this|that)\W+)*$",
    re.IGNORECASE,
)
_WISHED_BEFORE: Final = re.compile(
    r"\b(?:i guess|mean|said|i want|only|so|then|yes|to)\W+(?:(?:the|on|yes|maybe|for|it'?s|say|this|that'?s)\W+)*$",
    re.IGNORECASE,
)
_WISHED_BEHIND: Final = re.compile(
    r"^\W*(?:it is\b|then\b|instead\b|please\b|works\b|would (?:do|work|be|suit)|'?ll (?:do|work)\b|is (?:okay|ok|fine|good|best|better|the one)\b|possible|(?:is )?okay so\b|yes\b)",
    re.IGNORECASE,
)
_AWAY_BEFORE: Final = re.compile(
    r"\b(?:can(?:'?t|not) (?:do|be|make|come)(?: it)?(?: (?:on|in))?|not|except|(?:any|every|all)\w*(?: \w+)? but|instead of|rather than|until|till|closed(?: on)?|keep(?: the (?:one|other(?: one)?))?|leave|another(?: one)?|the other(?: one)?|mine is)\W+(?:(?:the|on|for|this|my|any|next)\W+)*$|\bn(?:o|ot) (?:on )?$|\b(?:i|we) (?:leave|fly|travel|head|drive|sail)\b[^,.;]{0,30}$",
    re.IGNORECASE,
)
_FREE: Final = r"(?! ?(?:\w+ ){0,3}(?:off|free|open)\b)"
_AWAY_BEHIND: Final = re.compile(
    rf"^\s*(?:(?:'s|is|are) (?!(?:okay|ok|fine|good|best|better|perfect|great|open|free|possible|the one|what|when|it|alright|all right|available|easier|easiest|the (?:best|better|only|first|earliest|soonest|day))\b)\w+"
    rf"|(?:(?:no|not any) good|out|full|taken|too (?:soon|early|late)|not|never)\b|(?:won'?t|can'?t|doesn'?t|isn'?t)\b|shifts?\b|falls\b|(?:and (?:that|it) (?:one )?)?stays\b|(?:,? ?i'?ll (?:take|keep)|leave that|it won'?t)\b"
    rf"|(?:i'?ve got|i'?ve|i (?:have|got|gotta|get|work|can(?:'?t|not)|go|drive|watch|take|teach)|i'?m (?:at|in|on|out|away|working|off to|with)|we (?:have|go|work|brand|close|leave)|we'?ll be|we'?re (?:at|in|on|out|away)|he'?s|she'?s|they'?re|you'?re closed|my \w+ (?:is|has|have|needs|works|gets))\b{_FREE})",
    re.IGNORECASE,
)
_THERE_BEFORE: Final = re.compile(
    r"\b(?:(?:i|we|they|you)(?:'ve)?(?: (?:have|had|got|gave|put))+ (?:it|me|us|him|her|mine)(?: (?:down|in))?|(?:it|mine|that|this)(?:'s| is| was)(?: (?:currently|now|set|down|booked|scheduled))*|the one (?:i have|i'?ve got|now) (?:is|was)|i (?:was|am) (?:set|down|booked|scheduled)|i'?ve got|i have"
    r"|says|currently|from)\W+(?:(?:on|for|at|the)\W+)*$",
    re.IGNORECASE,
)
_THERE_BEHIND: Final = re.compile(
    r"^\W*(?:now\b|right now|at the moment|currently|that'?s (?:what|when|the one) i(?:'ve got|'m| have| had)|one\b(?! (?:works|is (?:good|fine|better)|please|would))|and (?:now )?i need)",
    re.IGNORECASE,
)


def favoured(piece: str, spans: list[Span], *, moving: bool) -> list[Span]:
    """Those of `spans` that are meant, where `piece` names several days and says which; [] where it does not. `moving`: a visit that there
    is, whose day may be named, too."""
    groups = _groups(piece, spans)
    days = [group for group in groups if any(A_DATE.search(piece[slice(*span)]) for span in group)]
    if len({_name(piece, group) for group in days}) < 2:
        return []
    away = [group for group in days if _is_away(piece, group, moving)]
    names_away = {_bare(piece, group) for group in away} - {""}
    left = [group for group in days if group not in away]
    sure = [
        group for group in days if _before(piece, group, _SURELY_BEFORE) and not _before(piece, group, _AWAY_BEFORE)
    ]
    wished = [group for group in left if _before(piece, group, _WISHED_BEFORE) or _behind(piece, group, _WISHED_BEHIND)]
    kept = sure or wished or [group for group in left if _bare(piece, group) not in names_away]
    if not kept and not piece[: days[0][0][0]].strip(" ,."):
        kept = days[:1]  # "July eighteenth, we're at the lake until the seventeenth"
    if len(kept) == len(days):
        return []
    return [span for group in kept for span in group]


def _groups(piece: str, spans: list[Span]) -> list[list[Span]]:
    groups: list[list[Span]] = []
    for span in spans:
        if groups:
            before, said = piece[slice(*groups[-1][-1])].lower(), piece[slice(*span)]
            between = piece[groups[-1][-1][1] : span[0]]
            hour = BETWEEN.match(between) and not A_DATE.search(said)
            if _JOINED.match(between) or hour or (before.endswith((" of", " after", " week")) and not between.strip()):
                groups[-1].append(span)
                continue
        groups.append([span])
    return groups


def _name(piece: str, group: list[Span]) -> str:
    said = piece[slice(*group[0])].lower()
    return next(iter(days_in(said)), said)


def _bare(piece: str, group: list[Span]) -> str:
    """The weekday, where nothing else is said of it: not "this monday"."""
    said = re.sub(r"^(?:the|on)\s+", "", piece[slice(*group[0])].lower())
    return said if len(said.split()) == 1 and ONLY_WEEKDAY.fullmatch(said) else ""


def _before(piece: str, group: list[Span], cue: re.Pattern[str]) -> bool:
    start = group[0][0]
    return bool(cue.search(piece[max(0, start - BESIDE) : start]))


def _behind(piece: str, group: list[Span], cue: re.Pattern[str]) -> bool:
    return bool(cue.match(piece[group[-1][1] :]))


def _is_away(piece: str, group: list[Span], moving: bool) -> bool:
    there = moving and (_before(piece, group, _THERE_BEFORE) or _behind(piece, group, _THERE_BEHIND))
    return there or _before(piece, group, _AWAY_BEFORE) or _behind(piece, group, _AWAY_BEHIND)
