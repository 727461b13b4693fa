"""A drill's script: one TOML file, one real call. The format is fixed; others write these files."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from triage.config import explain
from triage.errors import UsageError

TURNS_MAX = 200
SAY_CHARACTERS_MAX = 1_000  # about a minute of speech

LevelWord = Literal["none", "scope", "state", "human", "clinical", "crisis", "danger"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Caller(Section):
    number: str = Field(pattern=r"^\+?[0-9]{3,15}$")


class Turn(Section):
    """Exactly one of say, wav, dtmf, silence_s, hang_up. It starts when the line has stopped speaking, or at once."""

    say: str | None = Field(default=None, min_length=1, max_length=SAY_CHARACTERS_MAX)
    wav: Path | None = None
    dtmf: str | None = Field(default=None, pattern=r"^[0-9A-D*#]{1,32}$")
    silence_s: float | None = Field(default=None, gt=0, le=600)
    hang_up: Literal[True] | None = None
    interrupt: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [name for name in ("say", "wav", "dtmf", "silence_s", "hang_up") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a turn has exactly one of say, wav, dtmf, silence_s, hang_up")
        return self


class Nurse(Section):
    claim_after_s: float | None = Field(default=None, ge=0, le=600)  # absent: signed in, and claims nothing


class ClinicTime(Section):
    """ISO 8601, quoted or as a TOML date-time; without an offset it is the clinic's local time."""

    now: Annotated[str, BeforeValidator(lambda value: value.isoformat() if isinstance(value, datetime) else value)]


class Expectations(Section):
    """Only what is named is checked."""

    level: LevelWord | None = None
    escalated: bool | None = None
    connected: bool | None = None
    ticket: bool | None = None
    within_s: float | None = Field(default=None, gt=0)  # from the end of the caller's words to the offer


class Script(Section):
    name: str = Field(min_length=1, max_length=120)
    caller: Caller
    turn: tuple[Turn, ...] = Field(default=(), max_length=TURNS_MAX)
    nurse: Nurse | None = None
    clinic: ClinicTime | None = None
    expect: Expectations = Expectations()

    @property
    def claims(self) -> bool:
        return self.nurse is not None and self.nurse.claim_after_s is not None


def load(file: Path) -> Script:
    """Raises UsageError whose advice names the file and the key at fault. Recordings are looked for beside the file."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        script = Script.model_validate(raw)
    except OSError as error:
        raise UsageError("The drill's file cannot be read.", advice=f"{file}: {type(error).__name__}") from None
    except ValidationError as error:
        raise UsageError("The drill's file is not valid.", advice=f"{file}: {explain(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError("The drill's file is not valid TOML.", advice=f"{file}: {error}") from None
    turns = []
    for number, turn in enumerate(script.turn, 1):
        if turn.wav is not None:
            recording = turn.wav if turn.wav.is_absolute() else file.parent / turn.wav
            if not recording.is_file():
                raise UsageError("A recording is missing.", advice=f"{file}: turn {number}: {recording}")
            turns.append(turn.model_copy(update={"wav": recording}))
        else:
            turns.append(turn)
    return script.model_copy(update={"turn": tuple(turns)})
