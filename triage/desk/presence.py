"""Who is signed in, and how they are told. A nurse is there while at least one of her consoles is watching, and for a moment
after: a console that only reconnects must not make the line tell a caller that nobody is there."""

from __future__ import annotations

import asyncio
from collections import Counter

from triage.clock import Clock
from triage.desk.change import Change
from triage.ids import Person

NEWS_MAX = 1_000  # changes a console may be behind; one that reads no more is dead, and is signed out
RECONNECT_S = 5.0  # consoles come back after one second


class Console:
    """One watching console's news."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.news: asyncio.Queue[Change | None] = asyncio.Queue(NEWS_MAX)


class Presence:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._consoles: Counter[Person] = Counter()
        self._left: dict[Person, float] = {}  # monotonic seconds
        self._open: set[Console] = set()

    @property
    def people(self) -> frozenset[Person]:
        """Who is there, or was a moment ago."""
        since = self._clock.monotonic() - RECONNECT_S
        self._left = {person: at for person, at in self._left.items() if at > since}
        return frozenset((*self._consoles, *self._left))

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
        self._left[person] = self._clock.monotonic()
        return True

    def watch(self, person: Person) -> Console:
        console = Console(person)
        self._open.add(console)
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
