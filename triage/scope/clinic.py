"""What a clinic has written down for its line: approved answers and tasks (`deploy/clinic.toml`)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import UsageError

Need = Literal["name", "date_of_birth", "date", "appointment", "medicine", "message", "callback_number"]

EXAMPLES_MAX = 200  # an entry; each costs one embedding (3 ms) at start


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApprovedAnswer(Section):
    id: str = Field(pattern=r"^[a-z_]{2,40}$")
    title: str = Field(min_length=2, max_length=80)
    wording: str = Field(min_length=5, max_length=400)
    examples: tuple[str, ...] = Field(min_length=3, max_length=EXAMPLES_MAX)


class Task(Section):
    id: str = Field(pattern=r"^[a-z_]{2,40}$")
    title: str = Field(min_length=2, max_length=80)
    needs: tuple[Need, ...] = Field(min_length=1)
    examples: tuple[str, ...] = Field(min_length=3, max_length=EXAMPLES_MAX)
    done: str = Field(min_length=5, max_length=400)


class Boundary(Section):
    id: str
    family: str  # of the kinds that the encoder was trained on
    examples: tuple[str, ...]


class Clinic(Section):
    name: str = Field(min_length=2, max_length=80)
    spoken_number: str = Field(min_length=3, max_length=80)
    # Names that callers say and a recogniser would not guess; it is told to expect them when it asks for a medicine or a message.
    staff: tuple[str, ...] = Field(default=(), max_length=30)
    medicines: tuple[str, ...] = Field(default=(), max_length=30)
    answer: tuple[ApprovedAnswer, ...] = ()
    task: tuple[Task, ...] = ()


def load(file: Path) -> Clinic:
    """Reads the clinic's file. Raises UsageError whose advice names the key at fault."""
    try:
        clinic = Clinic.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise _invalid(f"{file}: {type(error).__name__}") from None
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        named = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise _invalid(f"{file}: {named}") from None
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{file}: {error}") from None
    names = [answer.id for answer in clinic.answer] + [task.id for task in clinic.task]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise _invalid(f"{file}: the id stands twice: {', '.join(sorted(doubled))}")
    return clinic


def boundaries() -> tuple[Boundary, ...]:
    """What no line of this product does, with examples in callers' words."""
    raw = tomllib.loads((Path(__file__).parent / "boundaries.toml").read_text(encoding="utf-8"))
    return tuple(Boundary.model_validate(one) for one in raw["boundary"])


def _invalid(advice: str) -> UsageError:
    return UsageError("The clinic's file is not valid.", advice=advice)
