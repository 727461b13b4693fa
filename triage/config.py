"""The appliance's one configuration file, read once at start.

Unknown keys are refused, every value is checked, and each message names the key. Paths are relative to the file's own
folder unless absolute.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from triage.errors import UsageError

SIP_URI = r"^sips?:[A-Za-z0-9_.+\-]+@[A-Za-z0-9_.\-]+(:\d{1,5})?(;transport=(udp|tcp|tls))?$"
HOST_PORT = r"^[A-Za-z0-9_.\-]+:\d{1,5}$"
PERSON = r"^[a-z][a-z0-9.\-]{1,63}$"


def _port_in_range(address: str) -> str:
    if not 0 < int(address.rsplit(":", 1)[1]) < 65536:
        raise ValueError("the port must be between 1 and 65535")
    return address


HostPort = Annotated[str, Field(pattern=HOST_PORT), AfterValidator(_port_in_range)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Storage(Section):
    state_dir: Path = Path("../var")  # vault, keys, sockets, models, pre-rendered phrases
    models_dir: Path | None = None  # weights; None: <state_dir>/models
    matrix: Path = Path("matrix.toml")
    clinic: Path = Path("clinic.toml")
    models_manifest: Path = Path("../models/manifest.toml")
    engine: Literal["sqlcipher", "postgresql"] = "sqlcipher"  # what holds the vault
    postgresql: str = ""  # connection string of libpq, without a password

    @model_validator(mode="after")
    def _one_engine(self) -> Self:
        if (self.engine == "postgresql") != bool(self.postgresql):
            raise ValueError("engine = postgresql and a connection string belong together")
        return self

    @property
    def server(self) -> str:
        """Where the vault's rows lie; "" for the encrypted file in the state folder."""
        return self.postgresql


class Core(Section):
    """The core's public port: mutual TLS 1.3 only."""

    listen: HostPort = "127.0.0.1:7443"
    calls_at_once_max: int = Field(default=8, ge=1, le=100)  # a further caller goes to the fallback at once


class Gateway(Section):
    """Telephony. Only the PBX may reach `sip_listen`; see deploy/nftables.conf."""

    sip_listen: HostPort = "127.0.0.1:5060"
    net_interface: str = "127.0.0.1"  # interface or address; loopback must be named
    fallback_uri: Annotated[str, Field(pattern=SIP_URI)] = "sip:triage-fallback@127.0.0.1:5090"
    rtp_timeout_s: int = Field(default=15, ge=5, le=120)


class Speech(Section):
    recognizer: str = "stt"  # roles in the models manifest
    voice: str = "tts"
    language: str = "en"
    others: tuple[str, ...] = ("es",)  # understood as far as danger, and answered from recordings
    threads: int = Field(default=1, ge=1, le=64)
    device: Literal["cpu", "cuda"] = "cpu"
    partial_every_s: float = Field(default=0.6, ge=0.2, le=5)


class Language(Section):
    model: str = "llm"
    python: Path = Path("../.venv-language/bin/python")  # vLLM's own environment
    context_tokens_max: int = Field(default=2048, ge=512, le=131072)
    memory_gib: float = Field(default=1.0, gt=0)  # key-value cache
    threads: int = Field(default=1, ge=1, le=64)
    reply_deadline_s: float = Field(default=0.8, gt=0, le=10)  # later than this, the approved wording is spoken
    # Whether the model takes a second look where the classifier only looked. The small model that comes with the appliance
    # raised 7 of 8 routine questions and may not; an operator's model is measured first (models/cards/distress.md).
    judges: bool = False
    # Whether it may put approved wordings in other words. The small model is hardly ever in time or exact, and each caller would wait
    # for it; it drafts the nurse's summary instead, which nobody waits for.
    phrases: bool = False
    # Whether it may point at the words that answer a question where no rule finds them. Only words that the caller said count.
    extracts: bool = False
    extract_deadline_s: float = Field(default=1.2, gt=0, le=10)
    narrate_deadline_s: float = Field(default=8.0, gt=0, le=60)
    judge_deadline_s: float = Field(default=0.9, gt=0, le=30)


class Distress(Section):
    model: str = "distress"  # roles in the models manifest
    embedding: str = "embedding"  # of the intents
    threads: int = Field(default=1, ge=1, le=16)


class Privacy(Section):
    """What marks identifiers beside the rules, before anything is logged."""

    model: str = "identifiers"  # role in the models manifest


class TriageLine(Section):
    """Who answers when the line hands a caller over."""

    transfer: Literal["bridge", "refer"] = "bridge"
    contacts: dict[Annotated[str, Field(pattern=PERSON)], Annotated[str, Field(pattern=SIP_URI)]] = {}
    ring_s_max: float = Field(default=20, ge=3, le=120)
    # What a nurse can do, and the languages that she speaks (ISO 639-1): at whom a call rings first.
    skills: dict[
        Annotated[str, Field(pattern=PERSON)], tuple[Annotated[str, Field(pattern=r"^[a-z_]{2,40}$")], ...]
    ] = {}


class Paging(Section):
    """How a nurse is reached who is at no console: on the matrix's rung on_call, and by the third alarm. Everything is inside the
    network: a telephone behind the PBX, the clinic's own mail server."""

    on_call: dict[
        Annotated[str, Field(pattern=PERSON)], Annotated[str, Field(pattern=SIP_URI)]
    ] = {}  # rung in this order
    ring_s: float = Field(default=25, ge=5, le=60)
    smtp: HostPort | None = None
    smtp_tls: bool | None = None  # None: STARTTLS when the server offers it
    mail_from: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    mail_to: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp and not (self.mail_from and self.mail_to):
            raise ValueError("smtp needs mail_from and mail_to")
        return self


class Ehr(Section):
    """The clinic's records or helpdesk: where handoffs are posted as FHIR R4 (Task, Communication, Flag). Inside the network only."""

    url: str = Field(
        default="", pattern=r"^(https?://[A-Za-z0-9_.\-]+(:\d{1,5})?(/[A-Za-z0-9_.\-/]*)?)?$"
    )  # empty: nothing is posted
    ca_file: Path | None = None  # of the server's certificate; None: the machine's own authorities
    token_file: Path | None = None  # holds the bearer token


class Audit(Section):
    """The audit log."""

    # A witness's folder on a medium or a read-only mount: the log must continue what it has seen, or the core does not start.
    kept: Path | None = None


class Pkcs11(Section):
    """A security module that holds the key-encryption keys."""

    module: Path  # the library of its maker, for instance /usr/lib/softhsm/libsofthsm2.so
    token: str = Field(min_length=1, max_length=32)  # the token's label
    pin_file: Path  # mode 0600
    label: str = Field(default="triage-kek", min_length=1, max_length=64)  # of this appliance's keys in the token


class Tpm2(Section):
    """This machine's TPM, which seals the key-encryption keys."""

    tcti: str = Field(default="device:/dev/tpmrm0", pattern=r"^[a-z]+(:[A-Za-z0-9_./=,\-]+)?$")
    pcrs: str = Field(default="", pattern=r"^(sha(1|256|384|512):\d{1,2}(,\d{1,2})*)?$")  # empty: any boot may open it


class Vault(Section):
    """Where new key-encryption keys are made; `triage vault rotate` moves the vault to them. Sections of other providers stay
    until then."""

    keys: Literal["file", "pkcs11", "tpm2"] = "file"
    pkcs11: Pkcs11 | None = None
    tpm2: Tpm2 | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.keys != "file" and getattr(self, self.keys) is None:
            raise ValueError(f"keys = {self.keys} needs the section [vault.{self.keys}]")
        return self


class Retention(Section):
    """How long what a call leaves is kept: years by kind of record. A kind without its number is kept for good. Audit entries are
    never deleted (45 CFR 164.316(b)(2)(i) wants six years)."""

    years: dict[
        Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.\-]{0,63}$")], Annotated[float, Field(ge=0.1, le=100)]
    ] = {}


class Drill(Section):
    enabled: bool = False  # lets a holder of a drill certificate announce rehearsal calls
    patient_listen: HostPort = "127.0.0.1:5071"


class Settings(Section):
    storage: Storage = Storage()
    core: Core = Core()
    gateway: Gateway = Gateway()
    speech: Speech = Speech()
    language: Language = Language()
    distress: Distress = Distress()
    privacy: Privacy = Privacy()
    triage_line: TriageLine = TriageLine()
    paging: Paging = Paging()
    ehr: Ehr = Ehr()
    audit: Audit = Audit()
    vault: Vault = Vault()
    retention: Retention = Retention()
    drill: Drill = Drill()
    file: Path = Field(default=Path("triage.toml"), exclude=True)

    def path(self, relative: Path) -> Path:
        """`relative` seen from the configuration file's folder."""
        return Path(os.path.normpath(self.file.resolve().parent / relative))

    @property
    def state_dir(self) -> Path:
        """The environment variable TRIAGE_STATE_DIR, which every process inherits, goes before the file: rehearsals and tests
        run on a state of their own."""
        override = os.environ.get("TRIAGE_STATE_DIR")
        return Path(override).resolve() if override else self.path(self.storage.state_dir)

    @property
    def keys_dir(self) -> Path:
        return self.state_dir / "keys"

    @property
    def models_dir(self) -> Path:
        return self.path(self.storage.models_dir) if self.storage.models_dir else self.state_dir / "models"

    @property
    def phrases_dir(self) -> Path:
        return self.state_dir / "phrases"

    def socket(self, worker: Literal["speech", "language", "core", "gateway"]) -> str:
        """gRPC address of a process's Unix socket: the service of a worker, and the health of every process. A socket path
        may have 107 bytes (unix(7))."""
        return f"unix:{self.state_dir / 'run' / worker}.sock"


def load(file: Path) -> Settings:
    """Reads and checks `file` (TOML). Raises UsageError whose advice names the key and what is wrong with it."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            "There is no configuration file.", advice=f"Looked for {file}; name one with --config."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("The configuration file cannot be read.", advice=f"{file}: {type(error).__name__}") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, or a number of too many digits
        raise UsageError("The configuration file is not valid TOML.", advice=f"{file}: {error}") from None
    if "file" in raw:
        raise UsageError("The configuration has an unknown key.", advice=f"{file}: file")
    try:
        settings = Settings.model_validate({**raw, "file": file})
    except ValidationError as error:
        raise UsageError("The configuration is not valid.", advice=f"{file}: {explain(error)}") from None
    longest = settings.socket("language").removeprefix("unix:")
    if len(longest.encode()) > 107:
        raise UsageError(
            "The state folder's path is too long for a Unix socket.", advice=f"{longest}: at most 107 bytes"
        )
    return settings


def explain(error: ValidationError) -> str:
    """A pydantic error as one line that an operator can act on: each key and what is wrong with it. Values are left out,
    since a configuration can hold names."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: "
        + ("unknown key" if fault["type"] == "extra_forbidden" else fault["msg"])
        for fault in error.errors(include_url=False, include_input=False)
    )
