"""Model files: where they are, and whether they are what the manifest says.

A file is hashed once; the result is remembered beside the models together with the file's size and time of change, so that a
start need not read half a gigabyte. Anything that does not fit is refused with the role, the file, and both hashes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import IntegrityError, UsageError

SHA256 = r"^[0-9a-f]{64}$"
BLOCK_BYTES = 1 << 20
CHECKED_FILE = "checked.json"
OPERATOR_FILE = "operator.json"
OPERATOR_FILES_MAX = 200  # of one operator's model; sharded weights have some dozens

Progress = Callable[[int], None]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeightFile(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,127}$")
    size: int = Field(ge=0)  # bytes; 0: not checked
    sha256: str = Field(pattern=SHA256)


class Source(Section):
    """Packages that carry the files; `take` names the members that make up each file, in order."""

    wheels: tuple[str, ...] = Field(min_length=1)
    take: dict[str, tuple[str, ...]]


class Model(Section):
    role: str = Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")
    title: str
    licence: str
    card: str = ""
    files: tuple[WeightFile, ...] = ()
    source: tuple[Source, ...] = ()
    installed: str = ""
    operator: bool = False
    made_by: str = ""
    made_in: Literal["core", "language"] = "core"
    raw_files: tuple[WeightFile, ...] = ()  # what `made_by` starts from: the one file, or a folder of several


class Manifest(Section):
    model: tuple[Model, ...]

    def of(self, role: str) -> Model:
        """Raises UsageError for a role that is not in the manifest."""
        for model in self.model:
            if model.role == role:
                return model
        raise UsageError(
            "There is no such model role.", advice=f"{role}; known: {', '.join(m.role for m in self.model)}"
        )


def load(file: Path) -> Manifest:
    """Raises UsageError whose advice names the key at fault."""
    try:
        return Manifest.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError("The models manifest cannot be read.", advice=f"{file}: {type(error).__name__}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors(include_input=False))
        raise UsageError("The models manifest is not valid.", advice=f"{file}: {faults}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError("The models manifest is not valid TOML.", advice=f"{file}: {error}") from None


def find(manifest_file: Path, models_dir: Path, role: str) -> Path:
    """The checked folder of a role's files. Raises UsageError when they are not there, IntegrityError when they are other
    files than the manifest's."""
    model = load(manifest_file).of(role)
    folder, files = place(model, models_dir)
    verify(role, folder, files, models_dir)
    return folder


def place(model: Model, models_dir: Path) -> tuple[Path, tuple[WeightFile, ...]]:
    """Where a model's files belong, and which they are. Raises UsageError for an operator's model that was never accepted."""
    if model.operator:
        accepted = _read_json(models_dir / OPERATOR_FILE).get(model.role)
        if not isinstance(accepted, dict):
            raise UsageError(
                "This model is the operator's to supply.", advice=f"triage models accept {model.role} FOLDER"
            )
        files = tuple(WeightFile.model_validate(one) for one in accepted["files"])
        return Path(accepted["folder"]), files
    if model.installed:
        package, _, rest = model.installed.partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise UsageError("A package that carries a model is not installed.", advice=package)
        return Path(next(iter(spec.submodule_search_locations))) / rest, model.files
    return models_dir / model.role, model.files


def verify(
    role: str,
    folder: Path,
    files: tuple[WeightFile, ...],
    models_dir: Path,
    *,
    afresh: bool = False,
    on_bytes: Progress | None = None,
) -> None:
    """Every file is there and is the right one. `afresh`: hash again what was hashed before."""
    known = {} if afresh else _read_json(models_dir / CHECKED_FILE)
    for wanted in files:
        file = folder / wanted.name
        try:
            stat = file.stat()
        except OSError:
            raise UsageError("A model file is missing.", advice=f"{role}: {file}; run `triage models fetch`.") from None
        if wanted.size and stat.st_size != wanted.size:
            raise _other(role, file, f"{wanted.size} bytes", f"{stat.st_size} bytes")
        stamp = [stat.st_size, stat.st_mtime_ns, wanted.sha256]
        if known.get(str(file)) == stamp:
            continue
        got = digest(file, on_bytes)
        if got != wanted.sha256:
            raise _other(role, file, wanted.sha256, got)
        _remember(models_dir, str(file), stamp)


def digest(file: Path, on_bytes: Progress | None = None) -> str:
    sha = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            sha.update(block)
            if on_bytes:
                on_bytes(len(block))
    return sha.hexdigest()


def accept(model: Model, folder: Path, models_dir: Path, on_bytes: Progress | None = None) -> tuple[WeightFile, ...]:
    """Writes down the hashes of an operator's own model. Raises UsageError for a folder that holds none."""
    if not model.operator:
        raise UsageError("This role is not the operator's to supply.", advice=model.role)
    found = sorted(file for file in folder.glob("*") if file.is_file() and not file.name.startswith("."))
    if not found or len(found) > OPERATOR_FILES_MAX:
        raise UsageError("This folder holds no model.", advice=f"{folder}: {len(found)} files")
    files = tuple(WeightFile(name=f.name, size=f.stat().st_size, sha256=digest(f, on_bytes)) for f in found)
    accepted = _read_json(models_dir / OPERATOR_FILE)
    accepted[model.role] = {"folder": str(folder.resolve()), "files": [file.model_dump() for file in files]}
    _write_json(models_dir / OPERATOR_FILE, accepted)
    return files


def _other(role: str, file: Path, wanted: str, got: str) -> IntegrityError:
    return IntegrityError(
        "A model file is not the one in the manifest.",
        advice=f"{role}: {file}: expected {wanted}, got {got}; remove it and run `triage models fetch`.",
    )


def _remember(models_dir: Path, name: str, stamp: list[object]) -> None:
    known = _read_json(models_dir / CHECKED_FILE)
    known[name] = stamp
    try:
        _write_json(models_dir / CHECKED_FILE, known)
    except OSError:
        return  # a read-only models folder is only slower


def _read_json(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_json(file: Path, content: Mapping[str, object]) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(file)
