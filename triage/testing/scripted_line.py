"""A scripted telephone for whole-call tests: a conversation.line.Line without a telephone.

It takes what the line asks (`requests`), does it as a caller's telephone would, and yields what then happens. Audio "plays"
in loop time: with VirtualTimeLoop a minute of speech takes no time. The test is the caller: `says`, `presses`, `hangs_up`.

    phone = ScriptedLine()
    task = group.create_task(conversation.take_call(phone))
    await phone.until_listening()
    await phone.says(pcm)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar, assert_never

from triage.call import events as ev
from triage.errors import EngineFailed
from triage.ids import CallId, LegId, PlaybackId
from triage.privacy.phi import Phi

PIECE_SAMPLES = 160  # 20 ms, as the gateway sends
PLAY_STEP_S = 0.1  # grain of "playing"
EVENTS_MAX = 100_000
R = TypeVar("R", bound=ev.LineRequest)


@dataclass(frozen=True, slots=True)
class NurseRings:
    """What a dialled number does: answers after `answer_after_s`, or fails with `sip_status` (then no answer). `key`: pressed half a
    second after the answer; a voicemail presses none."""

    answer_after_s: float = 2.0
    sip_status: int = 0
    key: str = "1"


@dataclass(slots=True)
class _Playback:
    playback_id: PlaybackId
    samples: int = 0
    played: int = 0
    last: bool = False


@dataclass(slots=True)
class _Leg:
    state: ev.LegState = ev.LegState.RINGING
    ringing: asyncio.Task[None] | None = field(default=None, repr=False)


class ScriptedLine:
    """`number` (on virtual time) of everything asked is in `requests` with the loop's time; `heard_s` is what the caller
    was played in seconds. `numbers` maps a URI to what it does when dialled; others answer after 2 s."""

    def __init__(
        self,
        *,
        caller_number: str = "5550123",
        call_id: str = "00000000000040008000000000000001",
        numbers: dict[str, NurseRings] | None = None,
        refer_status: int = 200,
    ) -> None:
        self._incoming = ev.Incoming(CallId(call_id), Phi(caller_number), "5551000", "scripted@line")
        self._numbers = numbers or {}
        self._refer_status = refer_status
        self.requests: list[tuple[float, ev.LineRequest]] = []
        self.answered = False
        self.listening = False
        self.bridged: LegId | None = None
        self.ended = False
        self.lost = False
        self._legs: dict[LegId, _Leg] = {}
        self._playbacks: deque[_Playback] = deque()
        self._pcm: dict[PlaybackId, bytearray] = {}
        self._player: asyncio.Task[None] | None = None
        self._sample = 0
        self._speech = bytearray()
        self._caller: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[ev.LineEvent | None] = asyncio.Queue(EVENTS_MAX)
        self._news = asyncio.Condition()

    @property
    def speaking(self) -> bool:
        """Whether the caller hears the line, or will at once."""
        return bool(self._playbacks)

    # what the conversation sees

    async def events(self) -> AsyncIterator[ev.LineEvent]:
        yield self._incoming
        while (event := await self._events.get()) is not None:
            yield event
            if isinstance(event, ev.CallEnded):
                return
        raise EngineFailed("The gateway was lost in mid-call.")

    async def send(self, request: ev.LineRequest) -> None:
        if self.lost:
            raise EngineFailed("The gateway was lost in mid-call.")
        self.requests.append((self._now(), request))
        if not self.ended:
            self._do(request)
        async with self._news:
            self._news.notify_all()

    def _do(self, request: ev.LineRequest) -> None:
        match request:
            case ev.Answer():
                self.answered = True
                self._events.put_nowait(ev.CallerAnswered())
                self._caller = self._caller or asyncio.ensure_future(self._microphone())
            case ev.Play(playback_id, pcm, last):
                self._play(playback_id, pcm, last)
            case ev.StopPlayback():
                self._stop()
            case ev.Dial(leg_id, uri):
                leg = self._legs[leg_id] = _Leg()
                leg.ringing = asyncio.ensure_future(self._ring(leg_id, self._numbers.get(uri, NurseRings())))
            case ev.Bridge(leg_id):
                self._bridge(leg_id)
            case ev.DropLeg(leg_id):
                self.leg_ends(leg_id)
            case ev.Refer():
                ok = self._refer_status < 300
                self._events.put_nowait(ev.TransferOutcome(ok, self._refer_status))
                if ok:
                    self._end(ev.EndReason.TRANSFERRED)
            case ev.HangUp():
                self._end(ev.EndReason.LINE_HUNG_UP)
            case ev.Listen(on):
                self.listening = on
            case _:
                assert_never(request)

    # what the caller and the nurses do

    async def says(self, pcm: bytes) -> None:
        """Speaks s16le 8 kHz; returns when the last of it has been spoken (in loop time). Between sayings the line hears
        digital silence, as from a real gateway, and nothing at all while it does not listen."""
        self._speech += pcm
        async with self._news:
            await self._news.wait_for(lambda: not self._speech or self.ended or self.lost)

    async def is_silent(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _microphone(self) -> None:
        while not self.ended and not self.lost:
            await asyncio.sleep(PIECE_SAMPLES / ev.SAMPLE_RATE_HZ)
            piece = bytes(self._speech[: PIECE_SAMPLES * 2]).ljust(PIECE_SAMPLES * 2, b"\0")
            if self.listening:
                self._events.put_nowait(ev.CallerAudio(self._sample, piece))
            self._sample += PIECE_SAMPLES
            if self._speech:
                del self._speech[: PIECE_SAMPLES * 2]
                async with self._news:
                    self._news.notify_all()

    def presses(self, digit: str, leg_id: LegId | None = None) -> None:
        if not self.ended:
            self._events.put_nowait(ev.Dtmf(digit, leg_id, 100))

    def hangs_up(self) -> None:
        self._end(ev.EndReason.CALLER_HUNG_UP)

    def media_dies(self) -> None:
        self._end(ev.EndReason.MEDIA_TIMEOUT)

    def gateway_dies(self) -> None:
        """The stream breaks: `events` raises EngineFailed and so does every later `send`."""
        self.lost = True
        self._quiet()
        self._events.put_nowait(None)

    def leg_ends(self, leg_id: LegId) -> None:
        """The nurse hangs up, or the line drops the leg."""
        leg = self._legs.pop(leg_id, None)
        if leg is None:
            return
        if leg.ringing:
            leg.ringing.cancel()
        if self.bridged == leg_id:
            self.bridged = None
        state = ev.LegState.FAILED if leg.state is ev.LegState.RINGING else ev.LegState.ENDED
        self._events.put_nowait(ev.LegChanged(leg_id, state))

    # what a test waits for and looks at

    async def until(self, condition: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
        """Until `condition` holds, looked at after each request. Raises TimeoutError (in loop time)."""
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(condition)

    async def until_asked(self, kind: type[R], *, timeout_s: float = 60.0, count: int = 1) -> R:
        """The `count`-th request of this kind."""
        await self.until(lambda: len(self.asked(kind)) >= count, timeout_s=timeout_s)
        return self.asked(kind)[count - 1]

    async def until_listening(self, *, timeout_s: float = 60.0) -> None:
        await self.until(lambda: self.listening and not self._playbacks, timeout_s=timeout_s)

    def asked(self, kind: type[R]) -> list[R]:
        return [request for _, request in self.requests if isinstance(request, kind)]

    def pcm_of(self, playback_id: PlaybackId) -> bytes:
        """All audio given for one playback, played or not."""
        return bytes(self._pcm.get(playback_id, b""))

    # its parts

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _play(self, playback_id: PlaybackId, pcm: bytes, last: bool) -> None:
        self._pcm.setdefault(playback_id, bytearray()).extend(pcm)
        playback = next((each for each in self._playbacks if each.playback_id == playback_id), None)
        if playback is None:
            playback = _Playback(playback_id)
            self._playbacks.append(playback)
        playback.samples += len(pcm) // 2
        playback.last = last
        if self._player is None or self._player.done():
            self._player = asyncio.ensure_future(self._play_on())

    async def _play_on(self) -> None:
        """Plays the first playback to its end, then the next; waits (returns) where audio is still being made."""
        while self._playbacks and self.answered:
            head = self._playbacks[0]
            samples = min(round(PLAY_STEP_S * ev.SAMPLE_RATE_HZ), head.samples - head.played)
            await asyncio.sleep(samples / ev.SAMPLE_RATE_HZ)
            first = head.played == 0 and samples > 0
            head.played += samples
            if head.last and head.played >= head.samples:
                self._playbacks.popleft()
                self._events.put_nowait(ev.Played(head.playback_id, head.played, finished=True, cut_off=False))
            elif first:
                self._events.put_nowait(ev.Played(head.playback_id, head.played, finished=False, cut_off=False))
            async with self._news:
                self._news.notify_all()
            if head.played >= head.samples and not head.last:
                return

    def _stop(self) -> None:
        if self._player:
            self._player.cancel()
            self._player = None  # what is played next starts anew, also before this one has noticed
        for each in self._playbacks:
            self._events.put_nowait(ev.Played(each.playback_id, each.played, finished=True, cut_off=True))
        self._playbacks.clear()

    async def _ring(self, leg_id: LegId, nurse: NurseRings) -> None:
        if nurse.sip_status:
            del self._legs[leg_id]
            self._events.put_nowait(ev.LegChanged(leg_id, ev.LegState.FAILED, nurse.sip_status))
            return
        self._events.put_nowait(ev.LegChanged(leg_id, ev.LegState.RINGING))
        await asyncio.sleep(nurse.answer_after_s)
        self._legs[leg_id].state = ev.LegState.ANSWERED
        self._events.put_nowait(ev.LegChanged(leg_id, ev.LegState.ANSWERED))
        if nurse.key:
            await asyncio.sleep(0.5)
            if leg_id in self._legs:
                self.presses(nurse.key, leg_id)

    def _bridge(self, leg_id: LegId) -> None:
        leg = self._legs.get(leg_id)
        if leg is None or leg.state is ev.LegState.RINGING:
            self._events.put_nowait(ev.LegChanged(leg_id, ev.LegState.FAILED, 481))
            return
        self.bridged = leg_id
        leg.state = ev.LegState.BRIDGED
        self._events.put_nowait(ev.LegChanged(leg_id, ev.LegState.BRIDGED))

    def _end(self, reason: ev.EndReason) -> None:
        if self.ended:
            return
        for leg_id in list(self._legs):
            self.leg_ends(leg_id)
        self._quiet()
        self.ended = True
        self._events.put_nowait(ev.CallEnded(reason))

    def _quiet(self) -> None:
        for task in (self._player, self._caller):
            if task:
                task.cancel()
        self._speech.clear()
        for leg in self._legs.values():
            if leg.ringing:
                leg.ringing.cancel()
        self._playbacks.clear()
