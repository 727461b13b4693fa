"""Key-encryption keys sealed by this machine's TPM 2.0, by tpm2-tools.

What lies in the keys folder (NAME.pub, NAME.priv) opens on this machine only and, when `pcrs` is set, only while those registers
hold what they held at the sealing (a measured boot). Once unsealed, at the start, the key is in this process's memory, since a
TPM takes a tenth of a second for one key. It does not protect against somebody who reads the bus between a discrete TPM and the
processor, and a TPM that is cleared or dies takes the key with it: before that, rotate to another provider. Tried with swtpm.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from triage.errors import VaultError
from triage.vault.keys import KEY_BYTES, AesKeyWrap, KeyEncryption, read_secret, sync_folder, write_secret

NAME: Final = "tpm2"  # first part of these keys' names
TOOL_S_MAX: Final = 30.0  # of one tool; a discrete TPM takes a second or two to make a primary key


class Tpm2:
    """`folder`: the keys'; `tcti`: how the TPM is reached, for instance device:/dev/tpmrm0 (tpm2-tools, TCTI); `pcrs`: a PCR
    selection such as sha256:7, or empty."""

    def __init__(self, folder: Path, tcti: str, pcrs: str) -> None:
        self._folder, self._tcti, self._pcrs = folder, tcti, pcrs

    def has(self, key_id: str) -> bool:
        return all(file.exists() for file in self._files(key_id))

    def find(self, key_id: str) -> KeyEncryption:
        public, private = self._files(key_id)
        if not self.has(key_id):
            raise VaultError("A key sealed by the TPM is missing.", advice=f"Restore {public.name}, {private.name}.")
        with self._primary() as (room, primary):
            self._tool("tpm2_load", "-C", primary, "-u", str(public), "-r", str(private), "-c", f"{room}/key")
            policy = ["-p", f"pcr:{self._pcrs}"] if self._pcrs else []
            return AesKeyWrap(self._tool("tpm2_unseal", "-c", f"{room}/key", *policy), key_id)

    def make(self, key_id: str) -> KeyEncryption:
        for half_made in self._files(key_id):
            half_made.unlink(missing_ok=True)
        with self._primary() as (room, primary):
            policy = self._policy(room)
            self._tool(
                "tpm2_create", "-C", primary, "-i", "-", "-u", f"{room}/public", "-r", f"{room}/private", *policy,
                given=secrets.token_bytes(KEY_BYTES),
            )  # fmt: skip
            for file, made in zip(self._files(key_id), ("public", "private"), strict=True):
                write_secret(file, Path(room, made).read_bytes())
        sync_folder(self._folder)
        return self.find(key_id)

    def destroy(self, key_id: str) -> None:
        """Another copy of the two files still opens on this machine, until its TPM is cleared."""
        for file in self._files(key_id):
            if file.exists():
                size = len(read_secret(file))
                with file.open("r+b") as stream:
                    file.unlink()
                    stream.write(bytes(size))
                    stream.flush()
                    os.fsync(stream.fileno())
        sync_folder(self._folder)

    def _files(self, key_id: str) -> tuple[Path, Path]:
        return self._folder / f"{key_id}.pub", self._folder / f"{key_id}.priv"

    @contextmanager
    def _primary(self) -> Iterator[tuple[str, str]]:
        """A folder for the tools' contexts (encrypted by the TPM), and in it the storage primary key, the same each time."""
        with tempfile.TemporaryDirectory(prefix="tpm2-") as room:
            self._tool("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", f"{room}/primary")
            yield room, f"{room}/primary"

    def _policy(self, room: str) -> list[str]:
        if not self._pcrs:
            return []
        self._tool("tpm2_createpolicy", "--policy-pcr", "-l", self._pcrs, "-L", f"{room}/policy")
        return ["-L", f"{room}/policy"]

    def _tool(self, *command: str, given: bytes = b"") -> bytes:
        output = self._run(*command, given=given)
        if command[0] != "tpm2_unseal":  # without a resource manager the TPM's few places fill up
            self._run("tpm2_flushcontext", "--transient-object")
        return output

    def _run(self, *command: str, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, check=False, timeout=TOOL_S_MAX,
                env={**os.environ, "TPM2TOOLS_TCTI": self._tcti, "TSS2_LOG": "all+none"},
            )  # fmt: skip
        except FileNotFoundError:
            raise VaultError("The TPM's tools are missing.", advice="apt-get install tpm2-tools") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise VaultError("The TPM does not answer.", advice=f"{command[0]}: {type(error).__name__}") from None
        if done.returncode:
            raise VaultError(
                "The TPM does not give or take a key.",
                advice=f"{command[0]} failed by {self._tcti}: another machine, other registers, a cleared TPM, or no access?",
            )
        return done.stdout
