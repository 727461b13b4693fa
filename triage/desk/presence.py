"""Who is signed in, and how they are told. A nurse is there while at least one of her consoles is watching, and for a moment
after: a console that only reconnects must not make the line tell a caller that nobody is there.

A connection that lives is not a nurse who sees: consoles beat, and one that has stopped leaves its nurse NOT RESPONDING. Nobody
counts on her until it beats again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from triage.clock import Clock
from triage.desk.change import Change
from triage.ids import Person

NEWS_MAX = 1_000  # changes a console may be behind; one that reads no more is dead, and is signed out
RECONNECT_S = 5.0  # consoles come back after one second
BEAT_S_MAX = 20.0  # consoles beat every five seconds

Skills = Mapping[Person, frozenset[str]]
NO_SKILLS: Skills = MappingProxyType({})


class Console:
    """One watching console's news."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.news: asyncio.Queue[Change | None] = asyncio.Queue(NEWS_MAX)


class Presence:
    """`skills`: what each nurse can do and which languages she speaks (ISO 639-1), from the configuration."""

    def __init__(self, clock: Clock, skills: Skills = NO_SKILLS) -> None:
        self._clock = clock
        self._skills = skills
        self._consoles: Counter[Person] = Counter()
        self._left: dict[Person, float] = {}  # monotonic seconds
        self._beats: dict[Person, float] = {}  # monotonic seconds, of everybody with a console
        self._silent: set[Person] = set()
        self._open: set[Console] = set()

    @property
    def people(self) -> frozenset[Person]:
        """Who is there and responds, or was there a moment ago."""
        since = self._clock.monotonic() - RECONNECT_S
        self._left = {person: at for person, at in self._left.items() if at > since}
        return frozenset((*self._consoles, *self._left)) - self.not_responding

    @property
    def not_responding(self) -> frozenset[Person]:
        """Signed in, and their consoles are silent."""
        since = self._clock.monotonic() - BEAT_S_MAX
        return frozenset(person for person, at in self._beats.items() if at < since)

    def asked(self, skill: str, language: str) -> frozenset[Person]:
        """At whom it rings: who has the skill and speaks the language; else who speaks it; else who has the skill; else everybody."""
        people = self.people
        able = {person for person in people if not skill or skill in self._skills.get(person, ())}
        speak = {person for person in people if not language or language in self._skills.get(person, ())}
        return frozenset((able & speak) or speak or able or people)

    def add(self, person: Person) -> bool:
        """True when this person was not there before."""
        self._consoles[person] += 1
        return self._consoles[person] == 1

    def remove(self, person: Person) -> bool:
        """True when nothing of this person is left."""
        self._consoles[person] -= 1
        if self._consoles[person] > 0:
            return False
        del self._consoles[person]
        if person not in self.not_responding:
            self._left[person] = self._clock.monotonic()
        self._beats.pop(person, None)
        self._silent.discard(person)
        return True

    def beat(self, person: Person) -> None:
        """One of her consoles lives. Nothing when she is not signed in."""
        if person in self._consoles:
            self._beats[person] = self._clock.monotonic()

    def turned(self) -> tuple[frozenset[Person], frozenset[Person]]:
        """Who stopped responding since this was asked last, and who responds again."""
        silent = set(self.not_responding)
        stopped, again = silent - self._silent, self._silent - silent
        self._silent = silent
        return frozenset(stopped), frozenset(again)

    def watch(self, person: Person) -> Console:
        """A console of somebody who is signed in; from now on it must beat."""
        console = Console(person)
        self._open.add(console)
        self.beat(person)
        return console

    def leave(self, console: Console) -> None:
        self._open.discard(console)

    def tell(self, change: Change) -> None:
        for console in tuple(self._open):
            if console.news.full():
                console.news.get_nowait()
                console.news.put_nowait(None)  # ends its stream; it may come back
                self._open.discard(console)
            else:
                console.news.put_nowait(change)
