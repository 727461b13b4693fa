"""Key-encryption keys in a real PKCS #11 module (SoftHSM 2) and sealed by a real TPM in software (swtpm)."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from triage import config
from triage.clock import SystemClock
from triage.errors import IntegrityError, UsageError, VaultError
from triage.vault import keys as vault_keys
from triage.vault.keys import Files, Keyring, Provider
from triage.vault.lifetime import rotation
from triage.vault.providers import choice
from triage.vault.providers.pkcs11 import Pkcs11
from triage.vault.providers.tpm2 import Tpm2
from triage.vault.vault import Vault

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "271828"


@pytest.fixture(scope="module")
def token() -> Iterator[str]:
    """The label of a token of a SoftHSM of the tests' own."""
    if not SOFTHSM.exists():
        pytest.skip("softhsm2 is not installed: apt-get install softhsm2")
    with tempfile.TemporaryDirectory(prefix="hsm-") as folder:
        Path(folder, "tokens").mkdir()
        file = Path(folder, "softhsm2.conf")
        file.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        before = os.environ.get("SOFTHSM2_CONF")
        os.environ["SOFTHSM2_CONF"] = str(file)
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", "clinic", "--so-pin", "00000", "--pin", PIN],
            check=True, capture_output=True,
        )  # fmt: skip
        yield "clinic"
        import pkcs11

        pkcs11.unload(str(SOFTHSM))
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    file = tmp_path / "pin"
    vault_keys.write_secret(file, f"{PIN}\n".encode())
    return file


@pytest.fixture
def module(token: str, pin_file: Path) -> Pkcs11:
    return Pkcs11(SOFTHSM, token, pin_file, f"kek-{secrets.token_hex(4)}")


class SoftwareTpm:
    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self.socket}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}", "--flags", "not-need-init,startup-clear",
             "--server", f"type=unixio,path={self.socket}", "--ctrl", f"type=unixio,path={self.socket}.ctrl"],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while not self.socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.socket.unlink(missing_ok=True)

    def tool(self, *command: str) -> None:
        subprocess.run(command, check=True, env={**os.environ, "TPM2TOOLS_TCTI": self.tcti}, capture_output=True)


@pytest.fixture
def tpm() -> Iterator[SoftwareTpm]:
    if not (shutil.which("swtpm") and shutil.which("tpm2_unseal")):
        pytest.skip("no software TPM here: apt-get install swtpm tpm2-tools")
    with tempfile.TemporaryDirectory(prefix="tpm-") as folder:  # a socket's path may have 107 bytes
        made = SoftwareTpm(Path(folder))
        made.start()
        yield made
        made.stop()


@pytest.fixture(params=["file", "pkcs11", "tpm2"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Provider]:
    folder = tmp_path / "keys"
    vault_keys.make_folder(folder)
    make: dict[str, Callable[[], Provider]] = {
        "file": lambda: Files(folder),
        "pkcs11": lambda: request.getfixturevalue("module"),
        "tpm2": lambda: Tpm2(folder, request.getfixturevalue("tpm").tcti, ""),
    }
    return request.param, make[request.param]()


def test_one_contract_for_all(provider: tuple[str, Provider]) -> None:
    name, where = provider
    first, second = f"{name}-0001", f"{name}-0002"
    assert not where.has(first)
    with pytest.raises(VaultError, match=r"missing|does not have"):
        where.find(first)
    kek = where.make(first)
    other = where.make(second)
    assert (kek.key_id, other.key_id) == (first, second)
    key = secrets.token_bytes(32)
    wrapped = kek.wrap(key)
    assert len(wrapped) == 40  # RFC 3394: 64 bits more than the key
    assert key not in wrapped
    assert where.find(first).unwrap(wrapped) == key
    with pytest.raises(IntegrityError):
        other.unwrap(wrapped)
    with pytest.raises(IntegrityError):
        kek.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    assert kek.unwrap(wrapped) == key  # a refusal breaks nothing
    where.destroy(first)
    where.destroy(first)
    assert not where.has(first)
    assert where.has(second)
    assert other.unwrap(other.wrap(key)) == key
    where.destroy(second)
    assert not where.has(second)


def test_the_module_wraps_as_rfc_3394_says(module: Pkcs11) -> None:
    """What the module wrapped, another implementation unwraps: here the key is put into the module, where it may be read."""
    from pkcs11 import Attribute, KeyType, ObjectClass

    raw = secrets.token_bytes(32)

    def put(session) -> None:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.VALUE: raw,
                Attribute.ID: b"pkcs11-known", Attribute.LABEL: module._label, Attribute.TOKEN: True,
                Attribute.WRAP: True, Attribute.UNWRAP: True,
            }
        )  # fmt: skip

    module.use(put)
    wrapped = module.find("pkcs11-known").wrap(bytes(range(32)))
    assert vault_keys.AesKeyWrap(raw, "x").unwrap(wrapped) == bytes(range(32))


def test_a_key_in_the_module_cannot_be_read(module: Pkcs11) -> None:
    import pkcs11

    module.make("pkcs11-1")
    with pytest.raises(VaultError, match="does not answer, or refuses") as refusal:
        module.use(lambda session: module.object(session, "pkcs11-1")[pkcs11.Attribute.VALUE])
    assert "AttributeSensitive" in refusal.value.advice


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # python-pkcs11 complains in a destructor about the search that the lost session cut off
def test_a_module_that_lost_the_session_is_asked_again(module: Pkcs11) -> None:
    kek = module.make("pkcs11-1")
    wrapped = kek.wrap(bytes(32))
    module.use(lambda session: session.close())  # as a module that was restarted has forgotten it
    assert kek.unwrap(wrapped) == bytes(32)


def test_each_failure_of_a_module_says_what_to_do(token: str, pin_file: Path, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="token is not there"):
        Pkcs11(SOFTHSM, "another", pin_file, "kek").has("pkcs11-1")
    with pytest.raises(VaultError, match="does not answer"):
        Pkcs11(Path("/nowhere/module.so"), token, pin_file, "kek").has("pkcs11-1")
    with pytest.raises(VaultError, match="missing"):
        Pkcs11(SOFTHSM, token, tmp_path / "nowhere", "kek").has("pkcs11-1")
    pin_file.chmod(0o640)
    with pytest.raises(VaultError, match="open to others"):
        Pkcs11(SOFTHSM, token, pin_file, "kek").has("pkcs11-1")


def test_a_wrong_pin_is_tried_once(token: str, tmp_path: Path) -> None:
    """In a process of its own: in this one the token is logged in already."""
    vault_keys.write_secret(tmp_path / "wrong", b"000000")
    code = (
        "import sys; from pathlib import Path; from triage.errors import VaultError\n"
        "from triage.vault.providers.pkcs11 import Pkcs11\n"
        f"module = Pkcs11(Path({str(SOFTHSM)!r}), {token!r}, Path({str(tmp_path / 'wrong')!r}), 'kek')\n"
        "try: module.has('pkcs11-1')\n"
        "except VaultError as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout == "The security module refuses the PIN.\n"


def test_a_sealed_key_opens_by_this_tpm_only(tpm: SoftwareTpm, tmp_path: Path) -> None:
    kek = Tpm2(tmp_path, tpm.tcti, "").make("tpm2-1")
    wrapped = kek.wrap(bytes(32))
    assert [file.stat().st_mode & 0o077 for file in tmp_path.iterdir()] == [0, 0]
    tpm.stop()
    with pytest.raises(VaultError, match="does not give or take"):
        Tpm2(tmp_path, tpm.tcti, "").find("tpm2-1")
    tpm.start()  # a restart: the same TPM
    assert Tpm2(tmp_path, tpm.tcti, "").find("tpm2-1").unwrap(wrapped) == bytes(32)
    with tempfile.TemporaryDirectory(prefix="tpm-") as folder:
        other = SoftwareTpm(Path(folder))
        other.start()
        with pytest.raises(VaultError, match="does not give or take"):
            Tpm2(tmp_path, other.tcti, "").find("tpm2-1")
        other.stop()


def test_a_sealed_key_stays_shut_after_another_boot(tpm: SoftwareTpm, tmp_path: Path) -> None:
    sealed = Tpm2(tmp_path, tpm.tcti, "sha256:16")
    sealed.make("tpm2-1")
    assert sealed.find("tpm2-1").key_id == "tpm2-1"
    tpm.tool("tpm2_pcrextend", f"16:sha256={'ab' * 32}")
    with pytest.raises(VaultError, match="does not give or take"):
        sealed.find("tpm2-1")


async def test_a_vault_moves_from_files_to_a_module_to_a_tpm_and_back(
    module: Pkcs11, tpm: SoftwareTpm, tmp_path: Path
) -> None:
    folder, path = tmp_path / "keys", tmp_path / "vault.db"
    vault_keys.create(folder)
    providers: dict[str, Provider] = {
        "file": Files(folder), "pkcs11": module, "tpm2": Tpm2(folder, tpm.tcti, "")
    }  # fmt: skip
    vault = Vault.open(path, vault_keys.load(folder), clock=SystemClock(), schemas=())
    await vault.run(lambda tx: tx.seal("call-1", "packet", b"from the beginning"))
    await vault.close()
    for chosen in ("pkcs11", "tpm2", "file"):
        ring = Keyring(providers, chosen)
        before, _ = vault_keys.read_database_key(folder)
        done = await rotation.rotate(
            path, folder, ring, SystemClock(), who="officer:o", why="planned", progress=lambda _: None
        )
        assert done.key_id.startswith(f"{chosen}-")
        assert done.destroyed == (before,)
        assert not ring.provider(before).has(before)
        vault = Vault.open(path, vault_keys.load(folder, ring), clock=SystemClock(), schemas=())
        read = await vault.run(lambda tx: tx.unseal("call-1", "packet", who="nurse:n", why="treatment"))
        assert read == [b"from the beginning"]
        await vault.run(lambda tx, call=f"call-{chosen}": tx.seal(call, "packet", b"one more"))
        assert (await vault.faults())[1] == ()
        await vault.close()
    with pytest.raises(VaultError, match="provider is not configured"):
        Keyring.of_files(folder).find(done.key_id.replace("file", "pkcs11"))


def test_the_configuration_chooses(token: str, pin_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIAGE_STATE_DIR", raising=False)
    file = tmp_path / "triage.toml"
    label = secrets.token_hex(4)
    file.write_text(
        f'[storage]\nstate_dir = "state"\n[vault]\nkeys = "pkcs11"\n[vault.pkcs11]\nmodule = "{SOFTHSM}"\n'
        f'token = "{token}"\npin_file = "{pin_file}"\nlabel = "{label}"\n'
    )
    settings = config.load(file)
    ring = choice.ring(settings)
    made = [one.name for one in vault_keys.create(settings.keys_dir, ring)]
    assert made == ["database.key", "audit-signing.key", "audit-signing.pub"]
    assert vault_keys.create(settings.keys_dir, ring) == []
    keys = vault_keys.load(settings.keys_dir, ring)
    assert keys.kek.key_id.startswith("pkcs11-")
    ring.provider(keys.kek.key_id).destroy(keys.kek.key_id)
    with pytest.raises(VaultError, match="is gone"):
        vault_keys.create(settings.keys_dir, ring)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[vault]\nkeys = "pkcs11"\n', "vault.pkcs11"),
        ('[vault]\nkeys = "cloud"\n', "vault.keys"),
        ('[vault.tpm2]\npcrs = "7"\n', "vault.tpm2.pcrs"),
        ('[vault.tpm2]\ntcti = "device:/dev/tpm0; rm"\n', "vault.tpm2.tcti"),
    ],
)
def test_a_wrong_choice_is_refused(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "triage.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as refusal:
        config.load(file)
    assert word in refusal.value.advice
