"""The media thread: moves every leg's PCM every 20 ms on its own clock, never on the asyncio loop.

Each leg is a `Stream`. It plays its playout about 80 ms ahead of the wire (so that barge-in is silence within 100 ms),
hands what the far end says to a listener in 20 ms pieces, and, when joined to another stream, carries each party's
voice to the other. The SIP stack keeps its own packet clock: when Python stalls it sends silence, never nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from triage.call.events import SAMPLE_RATE_HZ, Played
from triage.ids import PlaybackId
from triage.telephony.playout import Playout
from triage.telephony.sip import Depth

TICK_S = 0.02
AHEAD_BYTES = 80 * 16  # what the stack holds ready: four packets
BRIDGE_CUSHION = bytes(40 * 16)  # silence put before a bridge's first voice: absorbs a late tick
BRIDGE_BYTES_MAX = 160 * 16  # more than this waiting is delay that the two would hear: the newest is dropped
PIECE_BYTES = 20 * 16  # one CallerAudio message
TICK_SAMPLES = 160
GAP_S_MIN = 0.2  # a far end that sends nothing for so long (silence suppression) is filled in, so that time goes on


class Audio(Protocol):
    """PCM of one leg; see sip.LegAudio."""

    generation: int

    def read(self) -> bytes | None: ...
    def write(self, pcm: bytes) -> int: ...
    def flush(self) -> None: ...
    def depth(self) -> Depth | None: ...


class Stream:
    """One leg's audio. Methods may be called from any thread; the three callbacks come on the media thread."""

    def __init__(
        self,
        audio: Audio,
        *,
        on_active: Callable[[], None],
        on_played: Callable[[Played], None],
        on_heard: Callable[[int, bytes], None],
    ) -> None:
        self._audio = audio
        self._lock = threading.Lock()
        self._playout = Playout()
        self._generation = audio.generation
        self._on_active = on_active
        self._on_played = on_played
        self._on_heard = on_heard
        self._active_since: float | None = None
        self._arrived_at = 0.0
        self._received = 0  # samples
        self._piece = bytearray()
        self._heard = b""
        self._peer: Stream | None = None
        self.listening = False

    def play(self, playback_id: PlaybackId, pcm: bytes, last: bool) -> None:
        """Raises UsageError as Playout.append."""
        with self._lock:
            self._playout.append(playback_id, pcm, last)

    def stop(self) -> None:
        with self._lock:
            if self._playout.stop(time.monotonic()):
                self._audio.flush()

    @property
    def idle(self) -> bool:
        with self._lock:
            return self._playout.idle

    @property
    def active(self) -> bool:
        return self._active_since is not None

    def receive(self, now: float) -> None:
        """Media thread: takes what arrived."""
        pcm = self._audio.read()
        if pcm is None:
            self._heard = b""
            return
        if self._active_since is None:
            self._active_since = self._arrived_at = now
            self._on_active()
        self._heard = pcm
        filled = pcm or self._stand_in(now)
        self._arrived_at = now if pcm else self._arrived_at
        self._received += len(filled) // 2
        if not self.listening:
            self._piece.clear()
            return
        self._piece += filled
        while len(self._piece) >= PIECE_BYTES:
            first = self._received - len(self._piece) // 2
            piece = bytes(self._piece[:PIECE_BYTES])
            del self._piece[:PIECE_BYTES]
            self._on_heard(first, piece)

    def _stand_in(self, now: float) -> bytes:
        """Silence for a far end that has stopped sending; only then, so that two clocks drifting apart insert nothing."""
        assert self._active_since is not None
        missing = int((now - self._active_since) * SAMPLE_RATE_HZ) - self._received
        if now - self._arrived_at < GAP_S_MIN or missing < TICK_SAMPLES:
            return b""
        return bytes(2 * (missing - missing % TICK_SAMPLES))

    def transmit(self, now: float) -> None:
        """Media thread: gives the stack what it is to send, and reports what it has sent."""
        depth = self._audio.depth()
        if depth is None:
            return
        with self._lock:
            if self._audio.generation != self._generation:
                self._generation = self._audio.generation
                self._playout.restarted()
                return
            reports = self._playout.settle(now, depth.buffered, depth.flushed)
            if self._peer is not None:
                self._carry(self._peer._heard, depth.buffered)
            else:
                self._fill(depth.buffered)
        for report in reports:
            self._on_played(report)

    def _fill(self, buffered: int) -> None:
        frame = self._playout.peek(AHEAD_BYTES - buffered) if buffered < AHEAD_BYTES else b""
        if frame:
            self._playout.wrote(self._audio.write(frame))

    def _carry(self, voice: bytes, buffered: int) -> None:
        """The other party's voice, with what the line itself says mixed in."""
        if self._playout.holding_off or buffered > BRIDGE_BYTES_MAX:
            return
        if not voice:  # nobody speaks to us; the line may
            self._fill(buffered)
            return
        own = self._playout.peek(len(voice))
        written = self._audio.write(mix(voice, own) if own else voice)
        self._playout.wrote(min(written, len(own)))
        self._playout.wrote_other(max(0, written - len(own)))

    def _cushion(self) -> None:
        with self._lock:
            if not self._playout.holding_off:
                self._playout.wrote_other(self._audio.write(BRIDGE_CUSHION))


def mix(one: bytes, other: bytes) -> bytes:
    """Sum of two s16le pieces, clipped; as long as `one`, which is the longer."""
    total = np.frombuffer(one, "<i2").astype(np.int32)
    total[: len(other) // 2] += np.frombuffer(other, "<i2")
    return bytes(np.clip(total, -32768, 32767).astype("<i2").tobytes())


class MediaClock:
    """The thread. `close` joins it; `on_death` is called there should it end by itself, which only a fault here can do."""

    def __init__(self, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        self._lock = threading.Lock()
        self._streams: tuple[Stream, ...] = ()
        self._closing = threading.Event()
        self.late_s_max = 0.0  # worst lateness of a tick since the start
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)
        self._thread.start()

    def add(self, stream: Stream) -> None:
        with self._lock:
            self._streams = (*self._streams, stream)

    def remove(self, stream: Stream) -> None:
        with self._lock:
            self._streams = tuple(each for each in self._streams if each is not stream)
            _unjoin(stream)

    def join(self, one: Stream, other: Stream) -> None:
        """From the next tick both hear each other; earlier partners of either are left."""
        with self._lock:
            _unjoin(one)
            _unjoin(other)
            one._cushion()
            other._cushion()
            one._peer, other._peer = other, one

    def close(self) -> None:
        self._closing.set()
        self._thread.join(2)

    def _run(self) -> None:
        try:
            self._keep_time()
        finally:
            if not self._closing.is_set():
                self._on_death()

    def _keep_time(self) -> None:
        due = time.monotonic()
        while not self._closing.is_set():
            due += TICK_S
            now = time.monotonic()
            if due > now:
                self._closing.wait(due - now)
            elif now - due > 1:  # the machine slept; do not race through what was missed
                due = now
            self.late_s_max = max(self.late_s_max, time.monotonic() - due)
            self._tick()

    def _tick(self) -> None:
        with self._lock:
            streams = self._streams
            now = time.monotonic()
            for stream in streams:
                stream.receive(now)
            for stream in streams:
                stream.transmit(now)


def _unjoin(stream: Stream) -> None:
    if stream._peer is not None:
        stream._peer._peer = None
        stream._peer = None
