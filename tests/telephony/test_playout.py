"""Ordered playbacks, counted by what the stack really sent."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from triage.call.events import Played
from triage.errors import UsageError
from triage.ids import PlaybackId
from triage.telephony.playout import HOLD_OFF_S, QUEUED_S_MAX, Playout

A, B, C = PlaybackId("a"), PlaybackId("b"), PlaybackId("c")


class Stack:
    """The SIP stack's side: takes what it is given, sends 320 bytes a tick, loses what comes too soon after a flush."""

    def __init__(self, playout: Playout) -> None:
        self.playout = playout
        self.buffer = bytearray()
        self.wire = bytearray()
        self.flushed = 0
        self.now = 0.0
        self.flush_at = -1.0
        self.reports: list[Played] = []

    def stop(self) -> None:
        if self.playout.stop(self.now):
            self.flush_at = self.now

    def tick(self) -> None:
        if self.now - self.flush_at < 0.025:
            self.flushed += len(self.buffer)
            self.buffer.clear()
        self.wire += self.buffer[:320]
        del self.buffer[:320]
        self.reports += self.playout.settle(self.now, len(self.buffer), self.flushed)
        frame = self.playout.peek(1280 - len(self.buffer))
        self.buffer += frame
        self.playout.wrote(len(frame))
        self.now += 0.02

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.tick()

    @property
    def ends(self) -> list[Played]:
        return [report for report in self.reports if report.finished]


def test_order_is_that_of_first_naming_and_pieces_may_come_late() -> None:
    playout = Playout()
    stack = Stack(playout)
    playout.append(A, b"\1\0" * 1000, last=False)
    playout.append(B, b"\2\0" * 500, last=True)
    stack.run(1)
    assert bytes(stack.wire) == b"\1\0" * 1000  # b waits for the rest of a
    playout.append(A, b"\3\0" * 100, last=True)
    stack.run(1)
    assert bytes(stack.wire) == b"\1\0" * 1000 + b"\3\0" * 100 + b"\2\0" * 500
    assert stack.ends == [Played(A, 1100, True, False), Played(B, 500, True, False)]
    assert playout.idle


def test_first_audio_is_reported_at_once_then_every_half_second() -> None:
    playout = Playout()
    stack = Stack(playout)
    playout.append(A, bytes(16000 * 2), last=True)
    stack.run(3)
    progress = [report.samples for report in stack.reports if not report.finished]
    assert progress[0] == 160
    assert all(3900 < later - sooner < 4400 for sooner, later in pairwise(progress))
    assert len(progress) == 4


def test_stop_counts_what_was_sent_and_loses_nothing_that_follows() -> None:
    playout = Playout()
    stack = Stack(playout)
    playout.append(A, b"\1\0" * 8000, last=True)
    playout.append(B, b"\2\0" * 8000, last=True)
    stack.run(0.5)
    on_the_wire = len(stack.wire)
    stack.stop()
    playout.append(C, b"\3\0" * 800, last=True)
    stack.run(1)
    ends = {report.playback_id: report for report in stack.ends}
    assert ends[A] == Played(A, on_the_wire // 2, True, True)
    assert ends[B] == Played(B, 0, True, True)
    assert ends[C] == Played(C, 800, True, False)
    assert bytes(stack.wire[on_the_wire:]) == b"\3\0" * 800


def test_stop_with_nothing_in_flight_needs_no_flush() -> None:
    playout = Playout()
    assert not playout.stop(0.0)
    playout.append(A, b"\1\0" * 800, last=True)
    assert not playout.stop(0.0)
    assert playout.settle(0.0, 0, 0) == [Played(A, 0, True, True)]


def test_audio_that_crosses_a_stop_is_ignored() -> None:
    playout = Playout()
    stack = Stack(playout)
    playout.append(A, b"\1\0" * 8000, last=False)
    stack.run(0.2)
    stack.stop()
    playout.append(A, b"\1\0" * 8000, last=True)
    stack.run(1)
    playout.append(A, b"\1\0" * 8000, last=True)
    stack.run(1)
    assert len(stack.ends) == 1
    assert len(stack.wire) < 16000 * 0.2
    assert playout.idle


def test_streams_replaced_by_a_re_invite_play_on_from_what_was_sent() -> None:
    playout = Playout()
    stack = Stack(playout)
    playout.append(A, b"\1\0" * 4000, last=True)
    stack.run(0.2)
    stack.buffer.clear()
    stack.flushed = 0
    playout.restarted()
    stack.run(1)
    assert bytes(stack.wire) == b"\1\0" * 4000
    assert stack.ends == [Played(A, 4000, True, False)]


def test_audio_of_a_bridge_is_not_counted_as_a_playback() -> None:
    playout = Playout()
    playout.wrote_other(640)
    playout.append(A, bytes(320), last=True)
    frame = playout.peek(320)
    playout.wrote(len(frame))
    assert playout.settle(0.0, 320, 0) == []
    assert playout.settle(0.02, 0, 0) == [Played(A, 160, True, False)]


@pytest.mark.parametrize("pcm", [b"\0", bytes(QUEUED_S_MAX * 16000 + 2)])
def test_bad_audio_is_refused(pcm: bytes) -> None:
    with pytest.raises(UsageError):
        Playout().append(A, pcm, last=True)


def test_whatever_happens_each_playback_ends_once_and_the_wire_agrees() -> None:
    for seed in range(60):
        dice = random.Random(seed)
        playout = Playout()
        stack = Stack(playout)
        named: list[PlaybackId] = []
        for step in range(40):
            match dice.choice(["new", "stop", "run", "run"]):
                case "new":
                    named.append(PlaybackId(f"p{step}"))
                    playout.append(named[-1], b"\1\0" * dice.randrange(0, 3000), last=True)
                case "stop":
                    stack.stop()
                case _:
                    stack.run(dice.choice([0.02, 0.04, 0.1, 0.5]))
        stack.run(30)
        assert sorted(report.playback_id for report in stack.ends) == sorted(named), seed
        assert sum(report.samples for report in stack.ends) * 2 == len(stack.wire), seed
    assert HOLD_OFF_S > 0.025
