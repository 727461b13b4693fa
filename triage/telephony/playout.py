"""What one leg is to hear, in order, and how much of it was really sent. Sans-I/O.

The media thread takes PCM with `peek`, gives it to the SIP stack, says with `wrote` how much was accepted, and calls
`settle` with the stack's own counters. What was accepted and is neither buffered nor flushed has been sent.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from triage.call.events import SAMPLE_RATE_HZ, Played
from triage.errors import UsageError
from triage.ids import PlaybackId

BYTES_A_SECOND = SAMPLE_RATE_HZ * 2
QUEUED_S_MAX = 300  # audio waiting for one caller; the longest fixed sentence is below 30 s
PLAYBACKS_MAX = 256  # playbacks waiting
ENDED_REMEMBERED = 64  # ids whose late audio is ignored
HOLD_OFF_S = 0.045  # after a flush: the stack loses what is written within 25 ms; one 20 ms tick on top
PROGRESS_S = 0.5  # between two reports of one playback


@dataclass(slots=True)
class _Playback:
    playback_id: PlaybackId
    pcm: bytearray = field(default_factory=bytearray)
    written: int = 0
    sent: int = 0
    told: int = 0
    last: bool = False


class Playout:
    """Bytes are s16le at 8 kHz. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self._queue: deque[_Playback] = deque()
        self._ledger: deque[tuple[_Playback | None, int]] = deque()  # accepted by the stack, not known to be sent
        self._stopped: list[_Playback] = []
        self._ended: deque[PlaybackId] = deque(maxlen=ENDED_REMEMBERED)
        self._accepted = 0
        self._settled = 0
        self._flushed_before = 0
        self._hold_until: float | None = None

    @property
    def idle(self) -> bool:
        """Nothing queued and nothing on its way."""
        return not self._queue and not self._stopped

    def append(self, playback_id: PlaybackId, pcm: bytes, last: bool) -> None:
        """Raises UsageError on half a sample, or when more waits than any call needs. Audio for a playback that has
        ended is ignored: it crossed a StopPlayback."""
        if len(pcm) % 2:
            raise UsageError("Audio must be whole 16-bit samples.")
        if playback_id in self._ended or any(each.playback_id == playback_id for each in self._stopped):
            return
        waiting = sum(len(each.pcm) - each.sent for each in self._queue)
        if waiting + len(pcm) > QUEUED_S_MAX * BYTES_A_SECOND:
            raise UsageError("Too much audio waits for this caller.")
        playback = next((each for each in self._queue if each.playback_id == playback_id), None)
        if playback is None:
            if len(self._queue) >= PLAYBACKS_MAX:
                raise UsageError("Too many playbacks wait for this caller.")
            playback = _Playback(playback_id)
            self._queue.append(playback)
        elif playback.last:
            return
        playback.pcm += pcm
        playback.last = last

    def stop(self, now: float) -> bool:
        """Discards everything unplayed. True when the stack must be flushed, now."""
        in_flight = any(playback is not None for playback, _ in self._ledger)
        self._stopped.extend(self._queue)
        self._queue.clear()
        if in_flight and self._hold_until is None:
            self._hold_until = now + HOLD_OFF_S
            return True
        return False

    @property
    def holding_off(self) -> bool:
        """Just flushed: nothing may be written yet."""
        return self._hold_until is not None

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes that come next. A playback whose audio is still being made holds back those after it."""
        if self._hold_until is not None:
            return b""
        taken = bytearray()
        for playback in self._queue:
            taken += memoryview(playback.pcm)[playback.written : playback.written + size - len(taken)]
            if len(taken) >= size or not playback.last:
                break
        return bytes(taken)

    def wrote(self, size: int) -> None:
        """The stack accepted the first `size` bytes of what `peek` gave."""
        self._accepted += size
        for playback in self._queue:
            if not size:
                return
            part = min(size, len(playback.pcm) - playback.written)
            playback.written += part
            size -= part
            if part:
                self._ledger.append((playback, part))

    def wrote_other(self, size: int) -> None:
        """The stack accepted `size` bytes that belong to no playback (the other party of a bridge)."""
        self._accepted += size
        if size:
            self._ledger.append((None, size))

    def settle(self, now: float, buffered: int, flushed: int) -> list[Played]:
        """Reports due, given the stack's counters: bytes buffered now, bytes flushed since its start."""
        sent = self._accepted - buffered - (flushed - self._flushed_before)
        self._consume(max(0, sent - self._settled))
        reports: list[Played] = []
        if self._hold_until is not None:
            if now < self._hold_until:
                return []
            self._hold_until = None
            self._reset_counters(flushed)
        if self._stopped and not any(playback in self._stopped for playback, _ in self._ledger if playback):
            reports += [self._report(each, finished=True, cut_off=True) for each in self._stopped]
            self._stopped.clear()
        while self._queue and self._queue[0].last and self._queue[0].sent >= len(self._queue[0].pcm):
            reports.append(self._report(self._queue.popleft(), finished=True, cut_off=False))
        if self._queue:
            head = self._queue[0]
            if head.sent and (not head.told or head.sent - head.told >= PROGRESS_S * BYTES_A_SECOND):
                reports.append(self._report(head, finished=False, cut_off=False))
        return reports

    def restarted(self) -> None:
        """A re-INVITE replaced the streams: what was buffered is lost and is played again; counters start at 0."""
        for playback in self._queue:
            playback.written = playback.sent
        self._hold_until = None
        self._reset_counters(0)

    def _reset_counters(self, flushed: int) -> None:
        self._ledger.clear()
        self._accepted = self._settled = 0
        self._flushed_before = flushed

    def _consume(self, size: int) -> None:
        self._settled += size
        while size and self._ledger:
            playback, part = self._ledger.popleft()
            done = min(size, part)
            size -= done
            if playback is not None:
                playback.sent += done
            if done < part:
                self._ledger.appendleft((playback, part - done))

    def _report(self, playback: _Playback, *, finished: bool, cut_off: bool) -> Played:
        playback.told = playback.sent
        if finished:
            self._ended.append(playback.playback_id)
        return Played(playback.playback_id, playback.sent // 2, finished, cut_off)
