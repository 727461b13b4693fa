"""An asyncio loop whose clock jumps: whole calls of many minutes run in milliseconds, in exact order.

While nothing is due the loop would sleep; instead its clock is moved to the next deadline. Work on threads (the vault, the
classifier) is waited for in real time first, so that a virtual deadline never overtakes it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # a Tuesday, ten in the morning in New York
REAL_WAIT_S = 0.005  # how long threads are waited for between looks


class VirtualClock:
    """The loop's time as a triage.clock.Clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime = START) -> None:
        self._loop = loop
        self._start = start

    def monotonic(self) -> float:
        return self._loop.time()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())


class _JumpingSelector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if timeout is not None and timeout <= 0:
            return ready  # something is due already, perhaps the very result that a thread has brought
        while not ready and self.loop.threads_busy:
            ready = super().select(REAL_WAIT_S)
        if not ready:
            if timeout is None:
                return super().select(REAL_WAIT_S)
            self.loop.jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        selector = _JumpingSelector()
        selector.loop = self
        self._now_s = 0.0
        self._threads_busy = 0
        super().__init__(selector)

    @property
    def threads_busy(self) -> bool:
        return self._threads_busy > 0

    def time(self) -> float:
        return self._now_s

    def jump(self, seconds: float) -> None:
        # A microsecond more, so that a timer is never missed by a rounding error and looked at forever.
        self._now_s += max(0.0, seconds) + 1e-6

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        self._threads_busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._threads_busy -= 1


def run(main: Callable[[VirtualClock], Coroutine[Any, Any, T]]) -> T:
    """Runs `main(clock)` to its end on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        clock = VirtualClock(runner.get_loop())
        return runner.run(main(clock))
