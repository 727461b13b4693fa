"""The vault's schema and its history, by Alembic: every table of every room is made here and nowhere else.

A new version is a file in versions/. It says everything itself and imports nothing of the house, since it must still do in ten
years what it does today. It runs on both engines, inside the transaction that opens the vault: killed half-way, nothing of it stays.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from triage.errors import VaultError

_ONE_AT_A_TIME = threading.Lock()  # Alembic's operations are one for the whole process


@cache
def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent))


def newest() -> str:
    return str(scripts().get_current_head())


def migrate(connection: Connection) -> str:
    """Brings the tables to the newest version, inside the caller's transaction; the version that they had, "" for none. Raises
    VaultError for a vault of a newer program, and what SQLAlchemy raises."""
    before = MigrationContext.configure(connection).get_current_revision() or ""
    if before == newest():
        return before
    if before not in ("", *(one.revision for one in scripts().walk_revisions())):
        raise VaultError(
            "This vault was written by a newer version of the program.",
            advice="Install that version again. Nothing was changed.",
        )
    with _ONE_AT_A_TIME, EnvironmentContext(Config(), scripts(), fn=_steps) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
    return before


def _steps(revision: str, _: MigrationContext) -> list:  # type: ignore[type-arg]
    return scripts()._upgrade_revs("head", revision)  # what alembic.command.upgrade does; it has no public name
