"""compliance/controls.toml: the Security Rule's controls, what this product shows for each, and who has to do the rest."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.config import explain
from triage.doctor.finding import Finding, State
from triage.errors import UsageError

FILE = Path(__file__).resolve().parents[2] / "compliance" / "controls.toml"


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(Section):
    id: str = Field(pattern=r"^hipaa-\d{3}$")
    cfr: tuple[str, ...] = Field(min_length=1)
    title: str
    checks: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    owner: str = ""  # a key of `owners`: who does the manual part
    manual: str = ""

    @model_validator(mode="after")
    def _somebody_answers(self) -> Self:
        if bool(self.owner) != bool(self.manual):
            raise ValueError("a manual part has an owner, and an owner a manual part")
        if not self.manual and not (self.checks and self.tests):
            raise ValueError("without a manual part there must be checks and tests")
        return self


class Controls(Section):
    catalogue: str
    owners: dict[str, str]
    control: tuple[Control, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [one.id for one in self.control]
        if len(set(ids)) != len(ids):
            raise ValueError("an id stands twice")
        if unknown := {one.owner for one in self.control if one.owner} - set(self.owners):
            raise ValueError(f"unknown owners: {', '.join(sorted(unknown))}")
        return self


def load(file: Path = FILE) -> Controls:
    """Raises UsageError whose advice names the key at fault."""
    try:
        return Controls.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError("The controls cannot be read.", advice=f"{file}: {type(error).__name__}") from None
    except ValidationError as error:
        raise UsageError("The controls are not valid.", advice=f"{file}: {explain(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError("The controls are not valid TOML.", advice=f"{file}: {type(error).__name__}") from None


def satisfied(control: Control, findings: dict[str, Finding]) -> bool:
    """Only when no human has to do anything for it, and everything that was looked at is well. A check that was not made counts as
    not well."""
    return (
        not control.manual
        and bool(control.checks)
        and all(name in findings and findings[name].state is State.OK for name in control.checks)
    )
