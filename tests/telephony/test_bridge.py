"""The media thread's work on one leg, tick by tick, on audio that a test feeds."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from triage.call.events import Played
from triage.ids import PlaybackId
from triage.telephony.bridge import AHEAD_BYTES, BRIDGE_BYTES_MAX, MediaClock, Stream, mix
from triage.telephony.sip import Depth

A = PlaybackId("a")


def unexpected() -> None:
    raise AssertionError


class FedAudio:
    """A leg whose far end is the test. `incoming` None: no media."""

    def __init__(self) -> None:
        self.generation = 0
        self.incoming: bytes | None = b""
        self.buffer = bytearray()
        self.flushed = 0

    def read(self) -> bytes | None:
        pcm, self.incoming = self.incoming, b"" if self.incoming is not None else None
        return pcm

    def write(self, pcm: bytes) -> int:
        self.buffer += pcm
        return len(pcm)

    def flush(self) -> None:
        self.flushed += len(self.buffer)
        self.buffer.clear()

    def depth(self) -> Depth | None:
        return Depth(len(self.buffer), self.flushed)


class Told:
    def __init__(self) -> None:
        self.active = 0
        self.played: list[Played] = []
        self.heard: list[tuple[int, bytes]] = []

    def stream(self, audio: FedAudio) -> Stream:
        return Stream(
            audio,
            on_active=self._on_active,
            on_played=self.played.append,
            on_heard=lambda first, pcm: self.heard.append((first, pcm)),
        )

    def _on_active(self) -> None:
        self.active += 1


def test_caller_audio_comes_in_20_ms_pieces_counted_from_the_first_media() -> None:
    audio, told = FedAudio(), Told()
    stream = told.stream(audio)
    audio.incoming = None
    stream.receive(0.0)
    assert told.active == 0
    for n in range(10):
        audio.incoming = bytes([n]) * 320
        stream.listening = n >= 4
        stream.receive(0.1 + 0.02 * n)
    assert told.active == 1
    assert [first for first, _ in told.heard] == [640, 800, 960, 1120, 1280, 1440]
    assert told.heard[0][1] == bytes([4]) * 320


def test_a_far_end_that_stops_sending_is_filled_with_silence() -> None:
    audio, told = FedAudio(), Told()
    stream = told.stream(audio)
    stream.listening = True
    for n in range(100):
        audio.incoming = b"\1\0" * 160 if n < 10 or n >= 80 else b""
        stream.receive(0.02 * n)
    pcm = b"".join(piece for _, piece in told.heard)
    assert 1.7 < len(pcm) / 16000 <= 2.0
    firsts = [first for first, _ in told.heard]
    assert firsts == list(range(0, 160 * len(firsts), 160))


def test_two_clocks_that_drift_apart_insert_nothing() -> None:
    audio, told = FedAudio(), Told()
    stream = told.stream(audio)
    stream.listening = True
    for n in range(5000):
        audio.incoming = b"" if n % 20 == 0 else b"\1\0" * 160  # 5 % slow
        stream.receive(0.02 * n)
    assert all(set(piece) == {0, 1} for _, piece in told.heard)


def test_what_is_ready_ahead_is_bounded() -> None:
    audio, told = FedAudio(), Told()
    stream = told.stream(audio)
    stream.play(A, bytes(160000), last=True)
    for n in range(10):
        stream.transmit(0.02 * n)
        assert len(audio.buffer) <= AHEAD_BYTES


def test_joined_streams_carry_each_other_and_the_line_speaks_over_it() -> None:
    clock = MediaClock(on_death=unexpected)
    clock.close()  # its thread is not wanted: the test ticks
    audios, told = (FedAudio(), FedAudio()), Told()
    one, other = told.stream(audios[0]), told.stream(audios[1])
    clock.join(one, other)
    cushion = len(audios[0].buffer)
    one.play(A, b"\1\0" * 160, last=True)
    audios[0].incoming, audios[1].incoming = b"\5\0" * 160, b"\7\0" * 160
    for stream in (one, other):
        stream.receive(0.0)
    for stream in (one, other):
        stream.transmit(0.0)
    assert bytes(audios[0].buffer[cushion:]) == b"\10\0" * 160
    assert bytes(audios[1].buffer[cushion:]) == b"\5\0" * 160
    audios[0].buffer.clear()
    one.receive(0.02)
    one.transmit(0.02)
    assert told.played[-1] == Played(A, 160, True, False)
    clock.remove(other)
    audios[1].incoming = b"\7\0" * 160
    audios[0].buffer.clear()
    for stream in (one, other):
        stream.receive(0.04)
    one.transmit(0.04)
    assert not audios[0].buffer


def test_delay_in_a_bridge_is_bounded() -> None:
    clock = MediaClock(on_death=unexpected)
    clock.close()
    audios, told = (FedAudio(), FedAudio()), Told()
    one, other = told.stream(audios[0]), told.stream(audios[1])
    clock.join(one, other)
    for n in range(200):  # nothing is ever sent: the far end's clock stands still
        audios[1].incoming = bytes(320)
        other.receive(0.02 * n)
        one.transmit(0.02 * n)
    assert len(audios[0].buffer) <= BRIDGE_BYTES_MAX + 320


def test_mixing_clips() -> None:
    loud = np.full(4, 30000, "<i2").tobytes()
    assert np.frombuffer(mix(loud, loud[:4]), "<i2").tolist() == [32767, 32767, 30000, 30000]


def test_the_clock_ticks_on_its_own_thread_about_every_20_ms() -> None:
    audio, ticks = FedAudio(), []

    class Counting(FedAudio):
        def read(self) -> bytes | None:
            ticks.append((time.monotonic(), threading.current_thread().name))
            return b""

    audio = Counting()
    clock = MediaClock(on_death=unexpected)
    clock.add(Told().stream(audio))
    time.sleep(0.5)
    clock.close()
    assert {name for _, name in ticks} == {"media"}
    assert 15 <= len(ticks) <= 27


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_clock_that_fails_says_so() -> None:
    class Broken(FedAudio):
        def read(self) -> bytes | None:
            raise ZeroDivisionError

    died = threading.Event()
    clock = MediaClock(on_death=died.set)
    clock.add(Told().stream(Broken()))
    assert died.wait(2)
    clock.close()
