"""SIP and RTP through baresip: the one module that knows the library.

baresip's own thread sends and receives a packet every 20 ms whatever Python does. Everything here is called on the
asyncio loop, except `LegAudio`, which the media thread uses.

What is worked around, each seen on the wire: an audio-only offer must be answered with video "accepted" or a needless
re-INVITE follows; `catchall` or unknown numbers get 404; a normal BYE reads "Connection reset by peer"; the library's
loggers carry callers' addresses and are silenced.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import baresip
from baresip import Account, BaresipError, Call, Config, Event, StackEvent, UserAgent
from baresip.runtime import Runtime

from triage.errors import EngineFailed, UsageError
from triage.privacy.phi import Phi

SAMPLE_RATE_HZ = 8000
RTP_PORTS = "16384-24575"  # even numbers; those that deploy/nftables.conf opens to the PBX
JITTER_MS = "20-160"  # it grows with the jitter it sees; the library's 100 ms at least cost 80 ms each way
READ_BYTES_MAX = 8000  # half a second: more than the library keeps
REFER_S_MAX = 30.0  # an accepted REFER whose outcome never comes
EARLY_EVENTS_MAX = 1000  # of all calls while one INVITE is being handed over, which takes a few ms
COMMAND_S_MAX = 5.0  # the SIP thread's answer to one command
NUMBER = re.compile(r"[0-9A-Za-z+*#._\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Ringing:
    """180 or 183 from the far end."""


@dataclass(frozen=True, slots=True)
class Established:
    """The 200 OK was acknowledged."""


@dataclass(frozen=True, slots=True)
class Pressed:
    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class TransferAsked:
    """The far end sent a REFER."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The leg is over. `sip_status` 0 when it ended by a BYE or without an answer from the far end."""

    sip_status: int
    media_lost: bool
    transferred: bool


LegEvent = Ringing | Established | Pressed | TransferAsked | Closed


class SipFailed(EngineFailed):
    """The SIP stack refused or lost a command; often the leg had ended a moment before."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Bytes of our PCM. `flushed` counts from the streams' start, as does every number the library keeps."""

    buffered: int
    flushed: int


class LegAudio:
    """One leg's PCM, s16le mono 8 kHz. Used by the media thread only, except for `flush`.

    `generation` rises whenever a re-INVITE replaced the streams: what was buffered is lost and counters start again.
    """

    def __init__(self, call: Call) -> None:
        self._audio = call.audio
        self.generation = 0

    def read(self) -> bytes | None:
        """What has arrived since the last call; None while there is no media."""
        try:
            return bytes(self._audio.read(READ_BYTES_MAX))
        except baresip.AudioRestarted:
            self.generation += 1
            return b""
        except baresip.AudioNotActive:
            return None

    def write(self, pcm: bytes) -> int:
        """Bytes taken. Never blocks."""
        try:
            return int(self._audio.write(pcm))
        except baresip.AudioRestarted:
            self.generation += 1
            return 0
        except baresip.AudioNotActive:
            return 0

    def flush(self) -> None:
        """Discards what was written and not sent. What is written in the next 25 ms is lost too."""
        try:
            self._audio.flush_tx()
        except baresip.AudioRestarted:
            self.generation += 1
        except baresip.AudioNotActive:
            return

    def depth(self) -> Depth | None:
        try:
            stats = self._audio.stats()
        except baresip.AudioNotActive:
            return None
        return Depth(buffered=stats.tx_buffered, flushed=stats.tx_flushed_bytes)


class Leg:
    """One telephone connection. Events go to the listener, on the asyncio loop; those before `listen` wait for it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.audio = LegAudio(call)
        self._waiting: list[LegEvent] = []
        self._tell: Callable[[LegEvent], None] = self._keep
        call.on(self._on_event)
        call.on_dtmf(self._on_digit)

    @property
    def sip_call_id(self) -> str:
        return self._call.call_id or ""

    def listen(self, listener: Callable[[LegEvent], None]) -> None:
        """A caller who cancels at once must not be waited for: what has happened already is told first."""
        self._tell = listener
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            listener(event)

    def _keep(self, event: LegEvent) -> None:
        if len(self._waiting) < EARLY_EVENTS_MAX:
            self._waiting.append(event)

    def _on_event(self, event: StackEvent) -> None:
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                self._tell(Ringing())
            case Event.CALL_ESTABLISHED:
                self._tell(Established())
            case Event.CALL_TRANSFER:
                self._tell(TransferAsked())
            case Event.CALL_CLOSED:
                text = event.text or ""
                status = int(text[:3]) if re.match(r"[1-6]\d\d(\s|$)", text) else 0
                self._tell(Closed(status, "rtp" in text.lower(), text == "Call transfered"))
            case _:
                return

    def _on_digit(self, digit: Any) -> None:
        self._tell(Pressed(str(digit.digit), int(digit.duration_ms)))

    async def answer(self) -> None:
        try:
            await self._call.answer(video=True)  # on an audio-only offer, False costs a re-INVITE
        except BaresipError:
            raise SipFailed("The call could not be answered.") from None

    async def hang_up(self) -> None:
        """BYE, CANCEL or 486, whichever fits. A leg that has ended already is left alone."""
        try:
            await self._call.hangup()
        except BaresipError:
            return

    async def press(self, digits: str) -> None:
        try:
            await self._call.send_dtmf(digits)
        except (BaresipError, ValueError):
            raise SipFailed("The digits could not be sent.") from None

    async def refer(self, uri: str) -> tuple[bool, int]:
        """Blind transfer (RFC 3515). Whether the far end reached `uri`, and the SIP status it reported (0: none)."""
        try:
            await self._call.transfer(uri, timeout=REFER_S_MAX)
        except baresip.TransferFailed as failure:
            return False, failure.status or 0
        except (BaresipError, ValueError):
            return False, 0
        return True, 200

    async def hold(self, on: bool) -> None:
        """Puts the far end on hold by a re-INVITE, or takes it back (softphones only)."""
        try:
            await (self._call.hold() if on else self._call.resume())
        except BaresipError:
            raise SipFailed("The call could not be put on hold.") from None

    async def follow_transfer(self) -> Leg:
        """Calls where the far end asked us to (softphones only)."""
        try:
            return Leg(await self._call.accept_transfer())
        except BaresipError:
            raise SipFailed("The transfer could not be followed.") from None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An INVITE. `caller_number` is empty when withheld or not a plain user part."""

    leg: Leg
    caller_number: Phi
    dialed_number: str


class Endpoint:
    """This process's one SIP user agent. The library allows a single one, and none after it died."""

    def __init__(self, runtime: Runtime, agent: UserAgent) -> None:
        self._runtime = runtime
        self._agent = agent
        self._dialling = 0
        self._early: list[StackEvent] = []
        runtime.subscribe(self._keep_early)

    @classmethod
    async def start(
        cls,
        *,
        listen: str,
        net_interface: str,
        user: str,
        legs_max: int,
        rtp_timeout_s: int,
        on_invitation: Callable[[Invitation], None],
        on_dead: Callable[[], None],
    ) -> Endpoint:
        """Listens on `listen` (host:port, UDP and TCP). Raises UsageError when the port is taken."""
        silence_library()
        runtime = Runtime(command_timeout=COMMAND_S_MAX, native_log_level="error")
        runtime.on_dead = on_dead  # type: ignore[assignment]
        config = Config(
            net_interface=net_interface,
            max_concurrent_calls=legs_max,
            rtp_timeout=rtp_timeout_s,
            native_log_level="error",
            expose_headers=("From", "To"),  # the library's own From and To stay empty on an INVITE
            extra_config_text=f"sip_listen {listen}\nrtp_ports {RTP_PORTS}\naudio_jitter_buffer_ms {JITTER_MS}\n",
        )
        account = Account(
            user=user,
            domain=listen,
            password="",
            reg_interval=0,
            audio_codecs=("pcmu", "pcma"),
            extra_params=("catchall=yes",),
        )
        try:
            await runtime.start(config)
        except BaresipError:
            raise UsageError(
                "The SIP port is taken or cannot be opened.", advice=f"Another program may listen on {listen}."
            ) from None
        try:
            agent = await UserAgent.create(runtime, account)
        except BaresipError:
            await runtime.close()
            raise UsageError("The SIP user agent could not be made.", advice=f"Listening on {listen}.") from None
        endpoint = cls(runtime, agent)
        agent.on(_Invitations(runtime, on_invitation))
        return endpoint

    async def dial(self, uri: str) -> Leg:
        """Sends the INVITE. Raises SipFailed when that is impossible.

        The library loses what happens to a call before its object exists; it is kept here and told again.
        """
        self._dialling += 1
        try:
            call = await self._agent.dial(uri)
        except (BaresipError, ValueError):
            raise SipFailed("The number could not be dialled.") from None
        finally:
            self._dialling -= 1
            early, self._early = self._early, self._early if self._dialling else []
        leg = Leg(call)
        for event in early:
            call._on_stack_event(event)  # looks at those of this call only
        return leg

    def _keep_early(self, event: StackEvent) -> None:
        if self._dialling and event.call and len(self._early) < EARLY_EVENTS_MAX:
            self._early.append(event)

    async def drain(self) -> None:
        """Refuses new calls (486) and returns when the last leg has ended."""
        try:
            await self._runtime.drain()
        except BaresipError:
            raise SipFailed("The SIP stack stopped while draining.") from None

    async def close(self) -> None:
        try:
            await self._runtime.close()
        except BaresipError:
            raise SipFailed("The SIP stack did not stop.") from None


class _Invitations:
    """Turns CALL_INCOMING into an Invitation; the library's own hook drops what the event says of the call."""

    def __init__(self, runtime: Runtime, deliver: Callable[[Invitation], None]) -> None:
        self._runtime = runtime
        self._deliver = deliver

    def __call__(self, event: StackEvent) -> None:
        if event.event is not Event.CALL_INCOMING:
            return
        leg = Leg(Call._from_incoming(self._runtime, event))
        self._deliver(
            Invitation(leg, Phi(user_part(event.headers.get("From", ""))), user_part(event.headers.get("To", "")))
        )


def user_part(header: str) -> str:
    """User part of a From or To header; empty when absent, anonymous (RFC 3323) or holding anything but plain characters.
    A display name is never looked at."""
    address = header.rpartition("<")[2].partition(">")[0]
    found = re.match(r"sips?:([^@;]*)@|tel:([^;]*)", address.strip())
    user = (found.group(1) or found.group(2) or "") if found else ""
    return user if NUMBER.fullmatch(user) and user.lower() != "anonymous" else ""


def silence_library() -> None:
    """Nothing that baresip says may reach a handler: its records carry callers' addresses."""
    logger = logging.getLogger("baresip")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    for name in ("runtime", "events", "call", "ua", "native", "native.sip"):
        logging.getLogger(f"baresip.{name}").setLevel(logging.CRITICAL + 1)
