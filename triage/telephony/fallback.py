"""What the gateway does for a caller when the core cannot: says so, and takes the caller to a human. Sans-I/O.

It drives the line with the same requests as the core. The theory: a caller who has a nurse keeps the nurse; one whose nurse
is ringing gets whoever answers first; everybody else hears a fixed sentence and is taken to the fallback number; when
nobody is there either, an honest sentence with the number to call is repeated, with further tries in between, for at
least a minute. A caller is never left in silence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Literal

from triage.audio import tones
from triage.call.events import (
    SAMPLE_RATE_HZ,
    Answer,
    Bridge,
    CallEnded,
    CallerAnswered,
    CallerAudio,
    Dial,
    DropLeg,
    Dtmf,
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
from triage.ids import LegId, PlaybackId

RING_S_MAX = 30.0  # the fallback number
REFER_S_MAX = 35.0
SENTENCE_SLACK_S = 3.0  # later than its own length plus this, a sentence will never be reported as played
SORRY_S_MIN = 60.0  # how long the honest sentence is repeated before the line hangs up
SORRY_PAUSE_S = 4.0
SHORT_JOIN_S = 5.0  # a fallback that hangs up sooner was not a conversation
SENTENCE_BYTES_MAX = 2 * SAMPLE_RATE_HZ * 60


def beeps(on_s: float, off_s: float, times: int, *frequencies_hz: float) -> bytes:
    """Tone pattern, s16le mono 8 kHz."""
    return (tones.tone(on_s, *frequencies_hz) + bytes(2 * int(off_s * SAMPLE_RATE_HZ))) * times


@dataclass(slots=True)
class LineState:
    """What a driver that takes over must know."""

    answered: bool = False
    ended: bool = False
    bridged: LegId | None = None
    legs: dict[LegId, LegState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentences:
    """PCM of the two fixed sentences. Where none was rendered, tones stand in: never silence."""

    connecting: bytes = field(default_factory=lambda: beeps(0.2, 0.2, 4, 620), repr=False)
    no_one: bytes = field(default_factory=lambda: beeps(0.5, 0.5, 6, 620), repr=False)
    # North American ringback (440 + 480 Hz, 2 s on, 4 s off; ITU-T E.180 annex) while a number rings
    ringback: bytes = field(default_factory=lambda: beeps(2, 4, 6, 440, 480), repr=False)


def load_sentences(phrases_dir: Path) -> Sentences:
    """Those named in `gateway.json` ({"connecting": sha, "no_one": sha}); tones for what is missing or unusable."""
    standing = Sentences()
    try:
        names = json.loads((phrases_dir / "gateway.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return standing

    def pcm(key: str, instead: bytes) -> bytes:
        name = names.get(key) if isinstance(names, dict) else None
        if not (isinstance(name, str) and name.isalnum()):
            return instead
        try:
            data = (phrases_dir / f"{name}.pcm").read_bytes()
        except OSError:
            return instead
        return data if 0 < len(data) <= SENTENCE_BYTES_MAX and len(data) % 2 == 0 else instead

    return Sentences(pcm("connecting", standing.connecting), pcm("no_one", standing.no_one), standing.ringback)


class Stage(Enum):
    ANSWERING = auto()
    CONNECTING = auto()  # the fixed sentence plays
    CALLING = auto()  # the fallback number rings
    JOINED = auto()
    SORRY = auto()  # nobody; the honest sentence, again and again
    OVER = auto()


class Fallback:
    """Each method returns the requests for the line. `deadline` says when `on_time` is due."""

    def __init__(self, uri: str, sentences: Sentences, transfer: Literal["bridge", "refer"]) -> None:
        self._uri = uri
        self._sentences = sentences
        self._transfer = transfer
        self.stage = Stage.ANSWERING
        self.deadline: float | None = None
        self._count = 0
        self._saying = PlaybackId("")
        self._own_leg: LegId | None = None
        self._legs: set[LegId] = set()  # ringing or up
        self._joined_leg: LegId | None = None
        self._joined_at = 0.0
        self._sorry_until: float | None = None

    def begin(self, state: LineState, now: float) -> list[LineRequest]:
        """Takes over a line in whatever state it is."""
        self._legs = set(state.legs)
        if state.ended:
            return self._over()
        if state.bridged is not None:
            self._joined(state.bridged, now)
            return []
        answered = next((leg for leg, its in state.legs.items() if its is LegState.ANSWERED), None)
        if answered is not None and state.answered:
            return self._join(answered, now)
        if not state.answered:
            self.stage = Stage.ANSWERING
            return [Answer()]
        return [Listen(False), StopPlayback(), *self._say(Stage.CONNECTING, self._sentences.connecting, now)]

    def on(self, event: LineEvent, now: float) -> list[LineRequest]:
        match event:
            case CallEnded():
                return self._over()
            case CallerAnswered() if self.stage is Stage.ANSWERING:
                return self._say(Stage.CONNECTING, self._sentences.connecting, now)
            case Played(playback_id, _, True, _) if playback_id == self._saying:
                return self._said(now)
            case LegChanged(leg_id, state, _):
                return self._on_leg(leg_id, state, now)
            case TransferOutcome(ok, _) if self.stage is Stage.CALLING and not ok:
                return self._call(now)
            case CallerAnswered() | CallerAudio() | Dtmf() | Played() | TransferOutcome():
                return []
            case _:
                return []

    def on_time(self, now: float) -> list[LineRequest]:
        """The deadline has passed: a sentence or a ring that will not end by itself."""
        self.deadline = None
        match self.stage:
            case Stage.CONNECTING | Stage.SORRY:
                return self._said(now)
            case Stage.CALLING:
                dropped: list[LineRequest] = [DropLeg(self._own_leg)] if self._own_leg else []
                self._own_leg = None
                return [*dropped, StopPlayback(), *self._sorry(now)]
            case _:
                return []

    def _on_leg(self, leg_id: LegId, state: LegState, now: float) -> list[LineRequest]:
        match state:
            case LegState.RINGING:
                self._legs.add(leg_id)
                return []
            case LegState.ANSWERED if self.stage in (Stage.CONNECTING, Stage.CALLING, Stage.SORRY):
                return self._join(leg_id, now)
            case LegState.ANSWERED | LegState.BRIDGED:
                return []
            case LegState.FAILED | LegState.ENDED:
                self._legs.discard(leg_id)
                return self._on_leg_over(leg_id, now)

    def _on_leg_over(self, leg_id: LegId, now: float) -> list[LineRequest]:
        own = leg_id == self._own_leg
        if own:
            self._own_leg = None
        if self.stage is Stage.JOINED and leg_id == self._joined_leg:
            if own and now - self._joined_at >= SHORT_JOIN_S:
                return [HangUp()]  # two people have talked and one has hung up
            if own:
                return self._sorry(now)
            return self._say(Stage.CONNECTING, self._sentences.connecting, now)
        if self.stage is Stage.CALLING and own:
            return [StopPlayback(), *self._sorry(now)]
        return []

    def _said(self, now: float) -> list[LineRequest]:
        match self.stage:
            case Stage.CONNECTING if self._transfer == "refer":
                self._enter(Stage.CALLING, now + REFER_S_MAX)
                return [Refer(self._uri), self._play(self._sentences.ringback)]
            case Stage.CONNECTING:
                return self._call(now)
            case Stage.SORRY if self._sorry_until is not None and now >= self._sorry_until:
                self._enter(Stage.OVER, None)
                return [HangUp()]
            case Stage.SORRY:
                return self._call(now)
            case Stage.CALLING:  # the ringback ran out; the deadline decides
                return [self._play(self._sentences.ringback)]
            case _:
                return []

    def _call(self, now: float) -> list[LineRequest]:
        self._enter(Stage.CALLING, now + RING_S_MAX)
        self._count += 1
        self._own_leg = LegId(f"fallback-{self._count}")
        self._legs.add(self._own_leg)
        return [Dial(self._own_leg, self._uri), self._play(self._sentences.ringback)]

    def _sorry(self, now: float) -> list[LineRequest]:
        if self._sorry_until is None:
            self._sorry_until = now + SORRY_S_MIN
        return self._say(Stage.SORRY, self._sentences.no_one + bytes(int(SORRY_PAUSE_S * SAMPLE_RATE_HZ) * 2), now)

    def _join(self, leg_id: LegId, now: float) -> list[LineRequest]:
        others = [DropLeg(each) for each in self._legs if each != leg_id]
        self._legs = {leg_id}
        self._joined(leg_id, now)
        return [StopPlayback(), Bridge(leg_id), *others]

    def _joined(self, leg_id: LegId, now: float) -> None:
        self._enter(Stage.JOINED, None)
        self._joined_leg = leg_id
        self._joined_at = now

    def _say(self, stage: Stage, pcm: bytes, now: float) -> list[LineRequest]:
        self._enter(stage, now + len(pcm) / (2 * SAMPLE_RATE_HZ) + SENTENCE_SLACK_S)
        return [self._play(pcm)]

    def _play(self, pcm: bytes) -> Play:
        self._count += 1
        self._saying = PlaybackId(f"fallback-{self._count}")
        return Play(self._saying, pcm, last=True)

    def _enter(self, stage: Stage, deadline: float | None) -> None:
        self.stage = stage
        self.deadline = deadline

    def _over(self) -> list[LineRequest]:
        self._enter(Stage.OVER, None)
        return []
