"""A PostgreSQL 15 cluster of the test's own: Debian's, on a Unix socket in a temporary folder, gone with the process."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg

ENGINES = ("sqlcipher", "postgresql")
PROGRAMS = Path("/usr/lib/postgresql/15/bin")
NO_ROOT = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()  # the server refuses to run as root

_numbers = itertools.count(1)


class Cluster:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.folder / "data"
        if NO_ROOT:
            shutil.chown(self.folder, "postgres")
        self._run(
            "initdb", "-D", str(self.data), "-U", "triage", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )
        self.start()
        atexit.register(self._remove)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*NO_ROOT, str(PROGRAMS / program), *arguments],
            cwd="/",
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=30"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """`how` "immediate" is what a power cut is to the server: its memory is gone, its log is replayed at the next start."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def start_if_stopped(self) -> None:
        if not (self.data / "postmaster.pid").exists():
            self.start()

    def conninfo(self, database: str) -> str:
        return f"host={self.folder} user=triage dbname={database}"

    def new(self, template: str = "template0") -> str:
        """A database of its own; its connection string. `template`: the name of one that it begins as a copy of."""
        name = f"vault{next(_numbers)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[arg-type]
        return self.conninfo(name)

    def _remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def cluster() -> Cluster:
    """The one of this process."""
    return Cluster()
