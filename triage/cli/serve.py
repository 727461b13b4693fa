"""`triage serve`: starts every process of the appliance on this machine, watches them, and stops them in order.

In production systemd does this (deploy/systemd); the order, the readiness checks and the restarts are the same.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage.config import Settings, load
from triage.errors import EngineFailed

Name = Literal["language", "speech", "core", "gateway"]

READY_S_MAX: dict[Name, float] = {"language": 240.0, "speech": 90.0, "core": 60.0, "gateway": 30.0}
# From SIGTERM to being killed. The gateway drains: calls under way are brought to their end first.
STOP_S_MAX: dict[Name, float] = {"gateway": 85.0, "core": 20.0, "speech": 15.0, "language": 15.0}
RESTART_AFTER_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # the last one repeats
STEADY_S = 60.0  # after so long without a fault the waiting begins anew
MODULES: dict[Name, str] = {
    "language": "triage.language.worker",
    "speech": "triage.speech.worker",
    "core": "triage.app",
    "gateway": "triage.telephony.gateway",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the supervisor reports: a process and one of starting, ready, died, stopped."""

    name: Name
    what: Literal["starting", "ready", "died", "stopped"]
    detail: str = ""


class Process:
    """One supervised process: started, probed until ready, restarted when it dies."""

    def __init__(self, name: Name, settings: Settings, report: Callable[[Notice], None], log: Path) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self._settings = settings
        self._report = report
        self._log = log
        self._running: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running and self._running.returncode is None else None

    async def keep_running(self) -> None:
        """Raises EngineFailed when the process ends before it was ever ready: then the configuration is wrong, and trying
        again would not help."""
        faults, was_ready = 0, False
        while not self._stopping:
            started = time.monotonic()
            await self._start()
            ready = await self._wait_ready()
            was_ready = was_ready or ready
            code = await self._ended()
            self.ready.clear()
            if self._stopping:
                break
            self._report(Notice(self.name, "died", f"exit code {code}"))
            if not was_ready:
                raise EngineFailed("A process did not start.", advice=f"{self.name}: see {self._log}")
            faults = 0 if time.monotonic() - started > STEADY_S else faults + 1
            await asyncio.sleep(RESTART_AFTER_S[min(faults, len(RESTART_AFTER_S) - 1)])
        self._report(Notice(self.name, "stopped"))

    async def stop(self) -> None:
        self._stopping = True
        process = self._running
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_S_MAX[self.name])
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _start(self) -> None:
        python = sys.executable
        if self.name == "language":
            python = str(self._settings.path(self._settings.language.python))
            if not Path(python).exists():
                raise EngineFailed(
                    "The language worker's environment is missing.", advice=f"{python}; run `make setup`."
                )
        self._report(Notice(self.name, "starting"))
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUNBUFFERED": "1"}
        with self._log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                python, "-m", MODULES[self.name], "--config", str(self._settings.file.resolve()),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                start_new_session=True,  # the terminal's Ctrl-C is for the supervisor, which stops everything in order
            )  # fmt: skip

    async def _ended(self) -> int:
        assert self._running is not None
        return await self._running.wait()

    async def _wait_ready(self) -> bool:
        deadline = time.monotonic() + READY_S_MAX[self.name]
        async with grpc.aio.insecure_channel(self._settings.socket(self.name)) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while time.monotonic() < deadline and self._running and self._running.returncode is None:
                try:
                    answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=1.0)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        self.ready.set()
                        self._report(Notice(self.name, "ready"))
                        return True
                except grpc.RpcError:
                    pass  # not there yet
                await asyncio.sleep(0.1)
        if self._running and self._running.returncode is None:
            self._running.kill()
        return False


class Supervisor:
    """Workers first, then the core, then the gateway: a call is only answered when somebody can hear it."""

    def __init__(self, settings: Settings, report: Callable[[Notice], None]) -> None:
        run, logs = settings.state_dir / "run", settings.state_dir / "log"
        for folder in (run, logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.processes: dict[Name, Process] = {
            name: Process(name, settings, report, logs / f"{name}.log") for name in MODULES
        }

    async def run(self, stop: asyncio.Event, ready: asyncio.Event | None = None) -> None:
        """Until `stop` is set. Raises EngineFailed when a process never became ready."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._start_in_order(group, ready))]
                await self._until(stop, group, tasks)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _start_in_order(self, group: asyncio.TaskGroup, ready: asyncio.Event | None) -> None:
        for step in (("language", "speech"), ("core",), ("gateway",)):
            names: tuple[Name, ...] = step
            for name in names:
                group.create_task(self.processes[name].keep_running())
            for name in names:
                await self.processes[name].ready.wait()
        if ready is not None:
            ready.set()

    async def _until(self, stop: asyncio.Event, group: asyncio.TaskGroup, tasks: list[asyncio.Task[None]]) -> None:
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            for name in ("gateway", "core", "speech", "language"):
                await asyncio.shield(self.processes[name].stop())


@asynccontextmanager
async def running(settings: Settings, report: Callable[[Notice], None]) -> AsyncIterator[Supervisor]:
    """The appliance, up while the context lasts. Raises EngineFailed when it cannot be started."""
    supervisor, stop, ready = Supervisor(settings, report), asyncio.Event(), asyncio.Event()
    task = asyncio.ensure_future(supervisor.run(stop, ready))
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield supervisor
    finally:
        waiting.cancel()
        stop.set()
        await task


def show(started: float) -> Callable[[Notice], None]:
    def report(notice: Notice) -> None:
        at = time.monotonic() - started
        click.echo(f"{at:7.1f} s  {notice.name:<9} {notice.what:<9} {notice.detail}".rstrip())

    return report


@click.command()
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default="deploy/triage.toml",
    envvar="TRIAGE_CONFIG",
    show_default=True,
)
def serve(file: Path) -> None:
    """Run the appliance on this machine until Ctrl-C or SIGTERM."""
    settings = load(file)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"Starting. The language model needs a minute or two. Logs: {settings.state_dir / 'log'}")
    async with running(settings, show(time.monotonic())):
        click.echo(f"Ready. Calls are answered at sip:clinic@{settings.gateway.sip_listen}. Ctrl-C stops.")
        await stop.wait()
        click.echo("Stopping.")
