"""One caller's line: does what is asked (LineRequest), tells what happens (LineEvent).

Whoever drives it, the core or the gateway's own fallback, speaks the same vocabulary. `CallEnded` is always the last event,
exactly once; legs that are still up end before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from triage.call.events import (
    Answer,
    Bridge,
    CallEnded,
    CallerAnswered,
    CallerAudio,
    Dial,
    DropLeg,
    Dtmf,
    EndReason,
    HangUp,
    LegChanged,
    LegState,
    LineEvent,
    LineRequest,
    Listen,
    Play,
    Played,
    Refer,
    StopPlayback,
    TransferOutcome,
)
from triage.ids import LegId
from triage.telephony.bridge import MediaClock, Stream
from triage.telephony.fallback import LineState
from triage.telephony.sip import (
    Closed,
    Endpoint,
    Established,
    Leg,
    LegEvent,
    Pressed,
    Ringing,
    SipFailed,
    TransferAsked,
)

LEGS_MAX = 4  # second legs up at once; one nurse after another, and the fallback
STATUS_NO_SUCH_LEG = 481  # RFC 3261: Call/Transaction Does Not Exist
STATUS_UNAVAILABLE = 503
STATUS_TIMEOUT = 408
END_S_MAX = 2.0  # from a command that found no call to the report of its end
REACTION_S_MAX = 10.0  # from an INVITE to the first ringing; SIP itself would wait 32 s for a dead address


@dataclass(slots=True)
class SecondLeg:
    leg: Leg
    stream: Stream
    state: LegState
    rang: bool = False
    bridge_when_answered: bool = False


class Line:
    """Lives on the asyncio loop; `emit` is called there. `tasks` parents what must not hold up the next request."""

    def __init__(
        self,
        leg: Leg,
        *,
        endpoint: Endpoint,
        clock: MediaClock,
        tasks: asyncio.TaskGroup,
        emit: Callable[[LineEvent], None],
    ) -> None:
        self._leg = leg
        self._endpoint = endpoint
        self._clock = clock
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._emit = emit
        self._stream = self._open_stream(leg, self._on_caller_media, self._on_played, self._on_heard)
        self._legs: dict[LegId, SecondLeg] = {}
        self._bridged: LegId | None = None
        self._established = False
        self._answered = False
        self._ended = False
        self._hung_up_by_us = False
        self._referring = False
        leg.listen(self._on_caller)

    @property
    def state(self) -> LineState:
        legs = {leg_id: second.state for leg_id, second in self._legs.items()}
        return LineState(self._answered, self._ended, self._bridged, legs)

    async def do(self, request: LineRequest) -> None:
        """Does one request. Raises UsageError for audio that cannot be played; a leg that has just ended is no error:
        its end is reported."""
        if self._ended:
            return
        match request:
            case Answer():
                await self._answer()
            case Play(playback_id, pcm, last):
                self._stream.play(playback_id, pcm, last)
            case StopPlayback():
                self._stream.stop()
            case Dial(leg_id, uri):
                await self._dial(leg_id, uri)
            case Bridge(leg_id):
                self._bridge(leg_id)
            case DropLeg(leg_id):
                if leg_id in self._legs:
                    await self._legs[leg_id].leg.hang_up()
                    self._leg_over(leg_id, 0)
            case Refer(uri):
                self._refer(uri)
            case HangUp():
                self._hung_up_by_us = True
                await self._leg.hang_up()
                self._end(EndReason.LINE_HUNG_UP)
            case Listen(on):
                self._stream.listening = on
            case _:
                assert_never(request)

    async def abandon(self) -> None:
        """Ends whatever is left, for a call whose task is over."""
        await self._leg.hang_up()
        self._end(EndReason.ERROR)
        for second in self._legs.values():
            await second.leg.hang_up()

    # requests

    async def _answer(self) -> None:
        if self._established:
            return
        try:
            await self._leg.answer()
        except SipFailed:  # cancelled a moment ago, or the stack is stuck; its end is on its way, or made
            self._loop.call_later(END_S_MAX, self._end, EndReason.ERROR)

    async def _dial(self, leg_id: LegId, uri: str) -> None:
        if leg_id in self._legs or len(self._legs) >= LEGS_MAX:
            self._emit(LegChanged(leg_id, LegState.FAILED, STATUS_UNAVAILABLE))
            return
        try:
            leg = await self._endpoint.dial(uri)
        except SipFailed:
            self._emit(LegChanged(leg_id, LegState.FAILED, STATUS_UNAVAILABLE))
            return
        if self._ended:  # the caller left while the INVITE went out
            await leg.hang_up()
            return
        stream = self._open_stream(leg, _nothing, _nothing, _nothing)
        self._legs[leg_id] = SecondLeg(leg, stream, LegState.RINGING)
        self._loop.call_later(REACTION_S_MAX, self._give_up, leg_id, leg)
        leg.listen(lambda event: self._on_second(leg_id, event))

    def _give_up(self, leg_id: LegId, leg: Leg) -> None:
        second = self._legs.get(leg_id)
        if second is not None and second.leg is leg and not second.rang and second.state is LegState.RINGING:
            self._tasks.create_task(leg.hang_up())
            self._leg_over(leg_id, STATUS_TIMEOUT)

    def _bridge(self, leg_id: LegId) -> None:
        second = self._legs.get(leg_id)
        if second is None:
            self._emit(LegChanged(leg_id, LegState.FAILED, STATUS_NO_SUCH_LEG))
        elif second.state is LegState.RINGING or not self._answered:
            second.bridge_when_answered = True
        elif self._bridged != leg_id:
            self._clock.join(self._stream, second.stream)
            self._bridged = leg_id
            second.state = LegState.BRIDGED
            self._emit(LegChanged(leg_id, LegState.BRIDGED))

    def _refer(self, uri: str) -> None:
        async def transfer() -> None:
            ok, status = await self._leg.refer(uri)
            if not ok and self._referring:
                self._referring = False
                self._tell(TransferOutcome(False, status))

        if self._referring:
            self._emit(TransferOutcome(False, 0))
            return
        self._referring = True
        self._tasks.create_task(transfer())

    # what happens

    def _on_caller(self, event: LegEvent) -> None:
        match event:
            case Established():
                self._established = True
                self._maybe_answered()
            case Pressed(digit, duration_ms):
                self._tell(Dtmf(digit, None, duration_ms))
            case Closed(_, media_lost, transferred):
                if transferred and self._referring:
                    self._referring = False
                    self._tell(TransferOutcome(True, 200))
                    self._end(EndReason.TRANSFERRED)
                elif media_lost:
                    self._end(EndReason.MEDIA_TIMEOUT)
                else:
                    self._end(EndReason.LINE_HUNG_UP if self._hung_up_by_us else EndReason.CALLER_HUNG_UP)
            case Ringing() | TransferAsked():
                return  # a caller's REFER is not followed: it could make us ring any number
            case _:
                assert_never(event)

    def _on_second(self, leg_id: LegId, event: LegEvent) -> None:
        second = self._legs.get(leg_id)
        if second is None:
            return
        match event:
            case Ringing():
                second.rang = True
                self._tell(LegChanged(leg_id, LegState.RINGING))
            case Established():
                second.state = LegState.ANSWERED
                self._tell(LegChanged(leg_id, LegState.ANSWERED))
                if second.bridge_when_answered:
                    self._bridge(leg_id)
            case Pressed(digit, duration_ms):
                self._tell(Dtmf(digit, leg_id, duration_ms))
            case Closed(status, _, _):
                self._leg_over(leg_id, status)
            case TransferAsked():
                return
            case _:
                assert_never(event)

    def _leg_over(self, leg_id: LegId, status: int) -> None:
        second = self._legs.pop(leg_id, None)
        if second is None:
            return
        self._clock.remove(second.stream)
        if self._bridged == leg_id:
            self._bridged = None
        failed = second.state is LegState.RINGING
        self._tell(LegChanged(leg_id, LegState.FAILED if failed else LegState.ENDED, status))

    def _maybe_answered(self) -> None:
        if self._established and self._stream.active and not self._answered:
            self._answered = True
            self._tell(CallerAnswered())
            for leg_id, second in list(self._legs.items()):
                if second.bridge_when_answered and second.state is LegState.ANSWERED:
                    self._bridge(leg_id)

    def _end(self, reason: EndReason) -> None:
        if self._ended:
            return
        for leg_id, second in list(self._legs.items()):
            self._tasks.create_task(second.leg.hang_up())
            self._leg_over(leg_id, 0)
        self._clock.remove(self._stream)
        if self._referring:
            self._referring = False
            self._tell(TransferOutcome(False, 0))
        self._ended = True
        self._emit(CallEnded(reason))

    def _tell(self, event: LineEvent) -> None:
        if not self._ended:
            self._emit(event)

    # media thread

    def _open_stream(
        self,
        leg: Leg,
        on_active: Callable[[], None],
        on_played: Callable[[Played], None],
        on_heard: Callable[[int, bytes], None],
    ) -> Stream:
        """The callbacks come on the loop."""

        def hop(call: Callable[..., None]) -> Callable[..., None]:
            return lambda *arguments: _hop(self._loop, call, *arguments)

        stream = Stream(leg.audio, on_active=hop(on_active), on_played=hop(on_played), on_heard=hop(on_heard))
        self._clock.add(stream)
        return stream

    def _on_caller_media(self) -> None:
        self._maybe_answered()

    def _on_played(self, played: Played) -> None:
        self._tell(played)

    def _on_heard(self, first_sample: int, pcm: bytes) -> None:
        self._tell(CallerAudio(first_sample, pcm))


def _hop(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object) -> None:
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        return  # the loop has closed: the process is ending


def _nothing(*_: object) -> None:
    return
