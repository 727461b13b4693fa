"""Which workers are up, and who wants to know when one goes down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from triage.call.happenings import Engine


class Engines:
    """Told by whoever probes the workers; read by every call."""

    def __init__(self, *watched: Engine) -> None:
        self._down: set[Engine] = set(watched)  # until the first probe says otherwise
        self._followers: set[Callable[[Engine], None]] = set()

    @property
    def down(self) -> frozenset[Engine]:
        return frozenset(self._down)

    def up(self, engine: Engine) -> None:
        self._down.discard(engine)

    def gone(self, engine: Engine) -> None:
        if engine not in self._down:
            self._down.add(engine)
            for follower in tuple(self._followers):
                follower(engine)

    @contextmanager
    def followed_by(self, follower: Callable[[Engine], None]) -> Iterator[None]:
        self._followers.add(follower)
        try:
            yield
        finally:
            self._followers.discard(follower)
