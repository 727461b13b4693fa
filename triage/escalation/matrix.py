"""The escalation matrix: what triggers, who is called, what is said, what is promised when nobody is there.

`deploy/matrix.toml` is data that a clinic signs. A file that is missing, invalid or expired is never half used: the line then
runs on a compiled matrix that sends every call to a human, and says so.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.errors import UsageError
from triage.escalation import floor
from triage.escalation.holidays import closed_days
from triage.escalation.levels import Level
from triage.escalation.triggers import TRIGGERS

LevelWord = Literal["scope", "state", "human", "clinical", "crisis", "danger"]
FactWord = Literal["callback_number", "name", "date_of_birth", "medicine", "complaint", "date"]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CLOCK_S_MAX = 600.0  # of a rung or a lease: nobody waits longer for one ask
CONFIRM_S_MAX = 0.7  # a caller in danger waits no longer than this for certainty
_PLACEHOLDER = re.compile(r"\{\w+\}")
SENTENCE_CHARACTERS_MAX = 400  # about half a minute; a caller does not remember more

# Every sentence that the line may need without an engine. A matrix that lacks one is refused.
SENTENCES_NEEDED = (
    "greeting", "clarify", "soft_question", "silence_first", "goodbye", "machine_failure", "waiting", "connecting",
    "nurse_lost", "ticket", "ticket_danger", "callback", "gateway_connecting", "gateway_no_one",
    "callback_number", "callback_check", "callback_noted",
    "transition_scope", "transition_state", "transition_human", "transition_clinical", "transition_crisis", "transition_danger",
)  # fmt: skip


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("not a time zone of the IANA database") from None
    return name


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trigger(Section):
    level: LevelWord


class Sentence(Section):
    en: str = Field(min_length=2, max_length=SENTENCE_CHARACTERS_MAX)
    es: str = Field(default="", max_length=SENTENCE_CHARACTERS_MAX)
    safety: bool = False  # said to its end, whatever happens; said again if it was cut off


class Act(Section):
    """When the classifier's finding of a level counts. Danger, crisis and a request for a person always count on partials: a caller
    in danger does not have to finish the sentence."""

    on: Literal["partial", "final"] = "partial"
    confirm_s: float = Field(
        default=CONFIRM_S_MAX, ge=0, le=CONFIRM_S_MAX
    )  # a lone partial counts by itself after this


class Rung(Section):
    """One ask: `claim_within_s` seconds later the next rung is tried. nurses: every signed-in nurse is offered the call; it rings at
    those with `skill`, or at all when there is none. on_call: the on-call telephones are rung too, and mail goes out."""

    who: Literal["nurses", "on_call"] = "nurses"
    skill: str = Field(default="", pattern=r"^[a-z_]{0,40}$")
    claim_within_s: float = Field(gt=0, le=CLOCK_S_MAX)


class Route(Section):
    """Who is asked for a level, and what is promised when nobody comes."""

    rungs: tuple[Rung, ...] = Field(min_length=1, max_length=8)
    callback_within_min: int = Field(ge=5, le=7 * 24 * 60)
    callback_any_hour: bool = False  # at any hour while a nurse is signed in; else in opening hours
    needs: tuple[FactWord, ...] = (
        "callback_number",
    )  # what the nurse must know; what the call did not give is named as not asked


class Hours(Section):
    time_zone: Annotated[str, AfterValidator(_zone)]
    days: dict[Day, tuple[time, time]]
    holidays: tuple[date, ...] = ()
    calendar: str = Field(
        default="", pattern=r"^[A-Za-z0-9_.\-]{0,80}$"
    )  # an iCalendar file beside this one: its days are holidays

    @model_validator(mode="after")
    def _open_before_close(self) -> Self:
        if any(opens >= closes for opens, closes in self.days.values()):
            raise ValueError("a day must open before it closes")
        if not self.days:
            raise ValueError("at least one day must be open")
        return self


class Timers(Section):
    silence_s: float = Field(default=8, ge=3, le=60)
    silences_max: int = Field(default=2, ge=1, le=5)
    check_back_s: float = Field(default=25, ge=10, le=120)
    lease_s: float = Field(
        default=45, ge=10, le=CLOCK_S_MAX
    )  # from claim to the moment when nurse and caller hear each other
    callback_lease_s: float = Field(default=1800, ge=60, le=14_400)  # from claiming a callback to saying how it ended
    confirm_s: float = Field(default=20, ge=5, le=60)  # from the nurse's telephone being picked up to her key press
    # From the offer, while nobody claims: each wider than the one before; the last is repeated as often as it is long.
    alarm_after_s: tuple[float, ...] = Field(default=(15, 30, 60), min_length=1, max_length=8)

    @model_validator(mode="after")
    def _widening(self) -> Self:
        after = self.alarm_after_s
        if after[0] < 5 or after[-1] > CLOCK_S_MAX or any(one >= two for one, two in itertools.pairwise(after)):
            raise ValueError(f"alarm_after_s must grow, from 5 to {CLOCK_S_MAX:g} s at most")
        return self


class Matrix(Section):
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.\-]{0,39}$")
    expires: date
    timers: Timers = Timers()
    hours: Hours
    dispositions: dict[Annotated[str, Field(pattern=r"^[a-z_]{2,40}$")], str] = Field(min_length=1)
    act: dict[LevelWord, Act] = Field(default={}, validate_default=True)
    trigger: dict[str, Trigger]
    route: dict[LevelWord, Route]
    sentence: dict[str, Sentence]
    digest: str = Field(default="", exclude=True)  # SHA-256 of the file's canonical form
    fail_safe: bool = Field(default=False, exclude=True)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if missing := sorted(set(TRIGGERS) - {"distress"} - set(self.trigger)):
            raise ValueError(f"trigger: missing {', '.join(missing)}")
        if unknown := sorted(set(self.trigger) - set(TRIGGERS)):
            raise ValueError(f"trigger: unknown {', '.join(unknown)}")
        if late := sorted(level for level in floor.AT_ONCE if self.act_on(Level.parse(level)).on != "partial"):
            raise ValueError(f"act.{late[0]}: must count on a partial")
        if missing := sorted(set(SENTENCES_NEEDED) - set(self.sentence)):
            raise ValueError(f"sentence: missing {', '.join(missing)}")
        if missing := sorted({"scope", "state", "human", "clinical", "crisis", "danger"} - set(self.route)):
            raise ValueError(f"route: missing {', '.join(missing)}")
        for key, name in (("callback", "{callback_time}"), ("callback_check", "{number}")):
            if any(text and name not in text for text in (self.sentence[key].en, self.sentence[key].es)):
                raise ValueError(f"sentence.{key}: must name {name}")
        if lowered := floor.lowered({name: Level.parse(one.level) for name, one in self.trigger.items()}):
            least = ", ".join(f"{name} at least {floor.LOWEST[name].word}" for name in lowered)
            raise ValueError(f"trigger: below what may be lowered: {least}")
        return self

    @model_validator(mode="after")
    def _honest(self) -> Self:
        for key, sentence in self.sentence.items():
            for language, text in (("en", sentence.en), ("es", sentence.es)):
                if text and (missing := floor.unsaid(key, language, text)):
                    raise ValueError(f"sentence.{key}.{language}: must say {' and '.join(missing)}")
                if promise := floor.false_promise(key, text):
                    raise ValueError(f"sentence.{key}.{language}: nobody has promised {promise!r}")
        if cut := [key for key in floor.SAID_TO_THE_END if not self.sentence[key].safety]:
            raise ValueError(f"sentence: safety must be true for {', '.join(cut)}")
        return self

    @property
    def name(self) -> str:
        """Version and the first 12 digits of the hash, as decisions and audit entries carry it."""
        return f"{self.version}-{self.digest[:12]}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.time_zone)

    def text(self, key: str, language: str = "en") -> str:
        """The fixed sentence `key`; English where there is no wording in `language`."""
        sentence = self.sentence[key]
        return (sentence.es if language == "es" else "") or sentence.en

    def level_of(self, trigger: str) -> Level:
        return Level.parse(self.trigger[trigger].level)

    def act_on(self, level: Level) -> Act:
        return self.act.get(level.word, Act())  # type: ignore[call-overload, no-any-return]

    def route_of(self, level: Level) -> Route:
        return self.route[level.word]  # type: ignore[index]

    def wordings(self, language: str) -> list[tuple[str, str]]:
        """(key, text) of every sentence worded in a language besides English, placeholders left out."""
        texts = {key: sentence.es if language == "es" else "" for key, sentence in self.sentence.items()}
        return [(key, _PLACEHOLDER.sub("", text)) for key, text in texts.items() if text]

    def fixed(self, language: str) -> list[tuple[str, str]]:
        """(language, text) of every sentence that is played from a recording."""
        return [(language, self.text(key, language)) for key in self.sentence if "{" not in self.text(key, language)]


def load(file: Path, *, now: datetime) -> Matrix:
    """Reads and checks a matrix. Raises UsageError whose advice names line, key and fault."""
    try:
        text = file.read_text(encoding="utf-8")
        matrix = Matrix.model_validate(tomllib.loads(text))
    except OSError as error:
        raise _refused(f"{file}: {type(error).__name__}") from None
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise _refused("; ".join(_fault(file, text, fault["loc"], fault["msg"]) for fault in faults)) from None
    except (ValueError, RecursionError) as error:
        raise _refused(f"{file}: {error}") from None
    if matrix.expires < now.astimezone(matrix.zone).date():
        raise _refused(f"{file}: expired on {matrix.expires.isoformat()}")
    if matrix.hours.calendar:
        matrix = _with_calendar(matrix, file)
    return matrix.model_copy(update={"digest": _digest(matrix)})


def _with_calendar(matrix: Matrix, file: Path) -> Matrix:
    """With the closed days of its iCalendar file, which the digest therefore covers: a changed calendar is a changed matrix."""
    beside = file.parent / matrix.hours.calendar
    try:
        days = closed_days(beside.read_bytes(), until=matrix.expires)
    except (OSError, ValueError) as error:
        raise _refused(
            f"{file}: hours.calendar: {beside.name}: {error if type(error) is ValueError else type(error).__name__}"
        ) from None
    hours = matrix.hours.model_copy(update={"holidays": tuple(sorted({*matrix.hours.holidays, *days}))})
    return matrix.model_copy(update={"hours": hours})


def _fault(file: Path, text: str, where: tuple[int | str, ...], message: str) -> str:
    """`where`: pydantic's location; a fault of the whole file names its key in the message."""
    message = message.removeprefix("Value error, ")
    keys = [str(key) for key in where] or message.split(":")[0].split(".")
    line = _line_of(text, keys)
    return f"{file}{f', line {line}' if line else ''}: " + (f"{'.'.join(map(str, where))}: " if where else "") + message


def _line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line that sets this key, or opens its table, or the nearest table above it; 1 is the first. None: not found."""
    table: list[str] = []
    best, length = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.split("#")[0].strip()
        if stripped.startswith("["):
            table = stripped.strip("[]").split(".")
            found = table
        elif "=" in stripped:
            found = [*table, *(key.strip() for key in stripped.split("=")[0].split("."))]
        else:
            continue
        if found == list(keys[: len(found)]) and len(found) > length:
            best, length = number, len(found)
    return best


def fail_safe() -> Matrix:
    """The compiled matrix: every trigger is at least `clinical`, every level calls every nurse, and nothing is promised
    that needs a calendar beyond the next day."""
    raw = tomllib.loads((Path(__file__).parent / "fail_safe.toml").read_text(encoding="utf-8"))
    matrix = Matrix.model_validate(raw)
    return matrix.model_copy(update={"digest": _digest(matrix), "fail_safe": True})


def reference() -> Matrix:
    """The thresholds that the appliance comes with: what lowers one of them needs two signatures. Nobody's matrix: the rest of it is
    the compiled one's."""
    raw = tomllib.loads((Path(__file__).parent / "reference.toml").read_text(encoding="utf-8"))
    return Matrix.model_validate(fail_safe().model_dump(mode="json") | raw)


def _digest(matrix: Matrix) -> str:
    """Of the canonical form, sorted keys and no spaces: comments and order do not change it."""
    canonical = json.dumps(matrix.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _refused(advice: str) -> UsageError:
    return UsageError("The escalation matrix is not valid.", advice=advice)
