"""`triage doctor` on installations that are well, lack something, or are broken; stopped and running."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.privacy.test_leaks import cores_allowed
from tests.rpc.appliance import appliance, settings_in
from triage.audit.entry import Entry
from triage.cli.doctor import doctor
from triage.clock import SystemClock
from triage.config import Drill, Ehr, Gateway, Paging, Settings, Storage
from triage.conversation import records
from triage.desk import desk as desks
from triage.doctor import files, running
from triage.doctor.examination import CHECKS, examine
from triage.doctor.finding import Finding, State, guarded
from triage.rpc.server import HealthSocket
from triage.vault import keys
from triage.vault.authority import SERVER, Authority
from triage.vault.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
NOW = SystemClock().now()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_in(tmp_path)
    keys.create(made.keys_dir)
    deploy = ROOT / "deploy"
    storage = Storage(state_dir=made.state_dir, models_dir=ROOT / "var" / "models", matrix=deploy / "matrix.toml",
                      clinic=deploy / "clinic.toml", models_manifest=ROOT / "models" / "manifest.toml")  # fmt: skip
    return made.model_copy(update={"storage": storage})


def says(settings: Settings, check: str) -> Finding:
    return guarded(check, files.CHECKS[check], settings, NOW)


async def with_a_vault(settings: Settings) -> Path:
    file = settings.state_dir / "vault.db"
    vault = Vault.open(file, keys.load(settings.keys_dir), clock=SystemClock(), schemas=(records.SCHEMA, desks.SCHEMA))
    for _ in range(20):
        await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
    await vault.close()
    return file


def test_every_check_has_a_word(settings: Settings) -> None:
    """On a stopped appliance, too; and each that is not well says what to do."""
    found = examine(settings)
    assert [one.check for one in found] == [*CHECKS]
    assert all(one.advice for one in found if one.state is not State.OK)
    assert all(one.what for one in found)
    stopped = {one.check for one in found if one.what == running.STOPPED}
    assert stopped == {"processes", "tls", "client_certificates", "memory"}


def test_an_installation_without_anything(tmp_path: Path) -> None:
    empty = Settings(storage=Storage(state_dir=tmp_path / "nothing"))
    found = {one.check: one for one in examine(empty)}
    for check in ("state_folder", "key_files", "certificates", "matrix", "nurses"):
        assert found[check].state is State.FAILED, check
        assert found[check].advice


def test_what_an_installation_still_lacks(settings: Settings) -> None:
    assert says(settings, "keys_apart").state is State.ATTENTION
    assert says(settings, "authority_apart").state is State.ATTENTION
    (settings.keys_dir / "ca.key").unlink()
    assert says(settings, "authority_apart").state is State.OK
    assert says(settings, "paging").state is State.ATTENTION
    paged = settings.model_copy(update={"paging": Paging(on_call={"amara.okafor": "sip:a@127.0.0.1:5081"})})
    assert says(paged, "paging").state is State.OK
    assert says(settings.model_copy(update={"drill": Drill(enabled=True)}), "rehearsals").state is State.ATTENTION
    assert says(settings, "rehearsals").state is State.OK
    assert says(settings, "nurses").state is State.ATTENTION  # jonas.weber has a telephone and no certificate


@pytest.mark.parametrize(
    ("listen", "state"),
    [("8.8.8.8:5060", State.FAILED), ("0.0.0.0:5060", State.ATTENTION), ("10.0.0.5:5060", State.OK), ("pbx-side:5060", State.OK)],
)  # fmt: skip
def test_where_it_listens(settings: Settings, listen: str, state: State) -> None:
    assert says(settings.model_copy(update={"gateway": Gateway(sip_listen=listen)}), "exposure").state is state


def test_what_goes_unencrypted(settings: Settings) -> None:
    assert says(settings, "plain_transport").state is State.OK
    for change in ({"gateway": Gateway(sip_listen="10.0.0.5:5060")}, {"ehr": Ehr(url="http://ehr.clinic/fhir")}):
        assert says(settings.model_copy(update=change), "plain_transport").state is State.ATTENTION


def test_certificates_that_end(settings: Settings) -> None:
    assert says(settings, "certificates").state is State.OK
    assert guarded("certificates", files.certificates, settings, NOW + timedelta(days=340)).state is State.ATTENTION
    assert guarded("certificates", files.certificates, settings, NOW + timedelta(days=366)).state is State.FAILED
    now = SystemClock().now()
    Authority.load_or_make(settings.keys_dir, now)[0].renew(now, timedelta(days=400))
    assert says(settings, "certificates").state is State.OK
    shutil.copy(settings.keys_dir / "gateway.key", settings.keys_dir / f"{SERVER.stem}.key")
    assert says(settings, "certificates").state is State.FAILED  # a key of another certificate


def test_files_that_others_can_read(settings: Settings) -> None:
    assert says(settings, "key_files").state is State.OK
    (settings.keys_dir / "server.key").chmod(0o640)
    assert says(settings, "key_files").state is State.FAILED
    vault = settings.state_dir / "vault.db"
    vault.write_bytes(b"")
    vault.chmod(0o644)
    assert says(settings, "state_folder").state is State.FAILED
    vault.chmod(0o600)
    assert says(settings, "state_folder").state is State.OK


async def test_a_vault_that_is_whole_and_one_that_is_plain(settings: Settings) -> None:
    file = await with_a_vault(settings)
    assert says(settings, "vault_encrypted").state is State.OK
    found = await running._audit_stopped(settings)
    assert found.state is State.OK
    assert "20 entries" in found.what
    file.write_bytes(b"SQLite format 3\x00" + bytes(4096))
    assert says(settings, "vault_encrypted").state is State.FAILED


async def test_a_log_that_was_changed_is_a_failure(settings: Settings) -> None:
    """An older state put back: the witness beside it knows better."""
    file = await with_a_vault(settings)
    older = file.read_bytes()
    await with_a_vault(settings)
    assert (await running._audit_stopped(settings)).state is State.OK
    for rest in file.parent.glob("vault.db-*"):
        rest.unlink()
    file.write_bytes(older)
    found = await running._audit_stopped(settings)
    assert found.state is State.FAILED
    assert found.advice


async def test_a_running_port_is_looked_at_from_outside(tmp_path: Path) -> None:
    async with appliance(tmp_path) as served:
        for look in (running.tls, running.client_certificates):
            assert (await asyncio.to_thread(look, served.settings)).state is State.OK
        found = await running._audit_running(served.settings)
        assert found.state is State.OK
        assert "audit.verified" in await served.house.audit()
    assert running.tls(served.settings).state is State.FAILED  # nobody there any more
    assert (await running._audit_running(served.settings)).state is State.FAILED


async def test_all_four_processes_or_which_of_them_is_down(tmp_path: Path) -> None:
    """Real health sockets, and the real port behind the core's."""
    async with appliance(tmp_path) as served, AsyncExitStack() as stack:
        sockets = {name: HealthSocket(served.settings.socket(name)) for name in running.MODULES}
        for one in sockets.values():
            await one.start()
            await one.serving(True)
            stack.push_async_callback(one.stop)
        found = {one.check: one for one in await running.look(served.settings)}
        assert {found[check].state for check in ("processes", "tls", "client_certificates", "audit_log")} == {State.OK}
        await sockets["speech"].serving(False)
        found = {one.check: one for one in await running.look(served.settings)}
        assert found["processes"].state is State.FAILED
        assert "speech" in found["processes"].what


def test_a_process_that_may_dump_is_found() -> None:
    """A process without and with a sealed memory."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip(reason="this machine allows no core dumps at all")
    program = "import sys, time; {seal}; sys.stdout.write('x'); sys.stdout.flush(); time.sleep(60)"
    for seal, state in (
        ("pass", State.FAILED),
        ("from triage.telemetry.memory import never_dump; never_dump()", State.OK),
    ):
        with cores_allowed():
            process = subprocess.Popen(
                [sys.executable, "-c", program.format(seal=seal), "-m", "triage.app"], stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        try:
            assert process.stdout
            process.stdout.read(1)
            assert running.dumps([process.pid]).state is state
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
    assert running.dumps([]).state is State.ATTENTION


def test_the_command_says_it_and_exits_1_when_something_failed(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "triage.toml"
    config.write_text(f'[storage]\nstate_dir = "{settings.state_dir}"\nclinic = "nowhere.toml"\n')
    out = tmp_path / "oscal.json"
    done = CliRunner().invoke(doctor, ["--config", str(config), "--oscal", str(out)])
    assert done.exit_code == 1
    assert "failed    clinic" in done.output
    assert "126 controls" in done.output
    assert json.loads(out.read_text())["assessment-results"]["results"]
    assert len(done.output.splitlines()) == len(CHECKS) + 2


RUNTIME = """
import triage
import onnxruntime
onnxruntime.InferenceSession({model!r})
"""


def test_importing_the_runtime_writes_and_asks_nothing(tmp_path: Path) -> None:
    """ONNX Runtime writes a device identifier and uploads events to its maker unless it is told not to before it is imported: home and
    temporary folder stay empty. That this version listens to the switch is read in its library; it is not tried without."""
    model = str(ROOT / "triage" / "distress" / "tier1" / "model.onnx")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "DO_NOT_TRACK", "CI"))}
    subprocess.run(
        [sys.executable, "-c", RUNTIME.format(model=model)], cwd=tmp_path, check=True, timeout=120,
        env={**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    spec = importlib.util.find_spec("onnxruntime")
    assert spec
    assert spec.submodule_search_locations
    library = next(Path(spec.submodule_search_locations[0]).glob("capi/onnxruntime_pybind11_state*.so")).read_bytes()
    if b"OneCollector" in library:
        assert b"ORT_DISABLE_TELEMETRY" in library
