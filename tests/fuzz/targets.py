"""Every parser of ours that reads what others write, as a function of bytes. Each either understands, or raises a TriageError with a
static sentence; nothing else, never slowly, and where the input may be a caller's, without a word of it.

Used by the bounded tests here and by the long campaign (`python -m tests.fuzz.campaign SECONDS`).
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from google.protobuf.message import DecodeError, Message

from triage import config, weights
from triage.audit import check
from triage.audit.checkpoint import Verifier
from triage.audit.verify import verify_bundle
from triage.cli import lines, privacy
from triage.clock import SystemClock
from triage.distress.classifier import Classifier
from triage.drill import script
from triage.errors import TriageError, UsageError
from triage.escalation import holidays, signing
from triage.escalation import matrix as matrices
from triage.handoff.conversion import packet_from_proto
from triage.language import grounding, guard, phrasing, service
from triage.privacy.spoken import runs
from triage.rpc import calls_service, identity
from triage.scope import answers, entities
from triage.scope import clinic as clinics
from triage.scope.days import dates
from triage.speech import phrases, recordings, wire
from triage.telephony import core_link, fallback, sip
from triage.v1 import calls_pb2, language_pb2, packet_pb2, speech_pb2
from triage.vault import keys
from triage.vault.authority import Authority, Holder

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
Target = Callable[[bytes], object]


@lru_cache(maxsize=1)
def scratch() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, folder, True)
    return folder


def text_of(data: bytes) -> str:
    """As a text from outside may be: any character, lone surrogates too."""
    return data.decode("utf-8", "surrogateescape")


def from_file(load: Callable[[Path], object], name: str) -> Target:
    def target(data: bytes) -> object:
        file = scratch() / name
        file.write_bytes(data)
        return load(file)

    return target


def from_message(kind: type[Message], use: Callable[[Any], object]) -> Target:
    """gRPC refuses bytes that are no message by itself; what is one goes on to our code."""

    def target(data: bytes) -> object:
        message = kind()
        try:
            message.ParseFromString(data)
        except DecodeError:
            return None
        return use(message)

    return target


def from_text(use: Callable[[str], object]) -> Target:
    return lambda data: use(text_of(data))


@lru_cache(maxsize=1)
def second_verifier() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_audit", ROOT / "compliance" / "verify" / "verify_audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUNDLE = (
    "entries.ndjson",
    "history.txt",
    "checkpoint.txt",
    "proofs.json",
    "public-key.txt",
    "README.txt",
    "manifest.json",
)


def bundle(data: bytes) -> object:
    """The first byte says which file of an otherwise sound bundle is replaced by the rest."""
    folder = scratch() / "bundle"
    shutil.copytree(sound_bundle(), folder, dirs_exist_ok=True)
    (folder / BUNDLE[data[0] % len(BUNDLE) if data else 0]).write_bytes(data[1:])
    second = second_verifier()
    try:
        found = list(second.verify(folder, None, ()))
    except second.Unusable:
        found = ["unusable"]
    try:
        verify_bundle(folder)
    except TriageError:
        if not found:
            raise AssertionError("the second verifier found nothing where the first did") from None
        raise
    return found


@lru_cache(maxsize=1)
def sound_bundle() -> Path:
    """An export of a small vault."""
    import asyncio

    from triage.audit import export
    from triage.audit.entry import Entry
    from triage.rpc.audit_service import StoredLog
    from triage.testing.vault_keys import temporary_keys
    from triage.vault.vault import Vault

    folder = scratch() / "sound"
    folder.mkdir()
    vault = Vault.open(scratch() / "vault.db", temporary_keys(), clock=SystemClock(), schemas=())

    async def write() -> None:
        for _ in range(5):
            await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
        made = export.Bundle(StoredLog(vault), vault.checkpoint, vault.verifier, None, SystemClock().now())
        async for part in made.parts():
            with (folder / part.file).open("ab") as stream:
                stream.write(part.data)
        await vault.close()

    asyncio.run(write())
    return folder


def checkpoint(data: bytes) -> object:
    verifier = Verifier.parse((sound_bundle() / "public-key.txt").read_text())
    return verifier.open(text_of(data))


def drill_time(text: str) -> object:
    from triage.conversation.rehearsal import Rehearsals

    matrix = matrices.fail_safe()
    return Rehearsals(SystemClock(), matrix.zone, enabled=True).announce("5550123", text)


def key_folder(data: bytes) -> object:
    folder = scratch() / "keys"
    keys.create(folder)
    name = (keys.KEK_FILE, keys.DATABASE_FILE, keys.SIGNING_FILE)[data[0] % 3 if data else 0]
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(data[1:] if data else before)
    try:
        return keys.load(folder)
    finally:
        (folder / name).write_bytes(before)
        (folder / name).chmod(0o600)


def closed_days(data: bytes) -> object:
    try:
        return holidays.closed_days(data, until=date(2028, 1, 1))
    except ValueError as error:  # how this pure one refuses; matrix.load makes it a UsageError
        raise UsageError("The calendar is refused.") from error


def csv_rows(file: Path) -> object:
    from triage.cli.distress import _rows

    return _rows(file)


def arrivals(file: Path) -> object:
    from triage.cli.desk import _read

    return _read(file)


def recorded(file: Path) -> object:
    file.with_suffix(".ulaw").write_bytes(bytes(100))
    return recordings.Recordings("xx", file.parent)


@lru_cache(maxsize=1)
def lexicon() -> Classifier:
    return Classifier(None)


def everything_of_a_text(text: str) -> object:
    """What the line does with an utterance, as far as it needs no model."""
    lexicon().classify(text)
    runs(text)
    dates.parts(text)
    dates.birth(text)
    answers.agrees(text)
    for need in ("name", "date_of_birth", "date", "callback_number", "medicine", "message"):
        for asked in (False, True):
            entities.find(need, text, asked=asked)
    return entities.digits(text)


def model_output(text: str) -> object:
    """What a language model wrote, looked at before it may be used."""
    phrasing.says_the_same("The clinic is open from eight to five.", text)
    grounding.numbers(text)
    grounding.dates(text)
    grounding.names(text)
    return guard.check(text, grounds=["my chest hurts since Monday", text])


def language_request(message: language_pb2.GenerateRequest) -> object:
    service._messages(message)
    return service._constraint(message)


def recognise(message: speech_pb2.RecognizeRequest) -> object:
    wire.audio_of(message.audio, 64_000)
    wire.hint_of(message.hint)
    return wire.start_of(message)


# What reads a caller's, a telephone's or another process's input: no word of it may stand in an error.
FROM_CALLERS: dict[str, Target] = {
    "sip_header": from_text(sip.user_part),
    "utterance": from_text(everything_of_a_text),
    "model_output": from_text(model_output),
    "json_line": from_text(lambda text: lines.utterance(text, 1)),
    "redaction_line": from_text(lambda text: privacy._row(text, 1)),
    "gold_line": from_text(lambda text: privacy._row(text, 1, gold=True)),
    "spoken_text": from_text(wire.check_text),
    "from_gateway": from_message(calls_pb2.FromGateway, calls_service.from_gateway),
    "to_gateway": from_message(calls_pb2.ToGateway, core_link.request_from_proto),
    "packet": from_message(packet_pb2.HandoffPacket, lambda m: packet_from_proto(m).as_text()),
    "recognise": from_message(speech_pb2.RecognizeRequest, recognise),
    "heard": from_message(speech_pb2.RecognizeResponse, wire.heard),
    "generate": from_message(language_pb2.GenerateRequest, language_request),
    "certificate": lambda data: identity.identify(data, SystemClock()),
    "drill_time": from_text(drill_time),
}
# Files of an operator: the advice may name a key of theirs.
FROM_OPERATORS: dict[str, Target] = {
    "matrix": from_file(lambda file: matrices.load(file, now=NOW), "matrix.toml"),
    "clinic": from_file(clinics.load, "clinic.toml"),
    "configuration": from_file(config.load, "triage.toml"),
    "drill_script": from_file(script.load, "drill.toml"),
    "models_manifest": from_file(weights.load, "manifest.toml"),
    "signatures": from_text(signing.parse),
    "calendar": closed_days,
    "labelled_csv": from_file(csv_rows, "labelled.csv"),
    "arrivals_csv": from_file(arrivals, "arrivals.csv"),
    "recordings": from_file(recorded, "xx.json"),
    "phrases": from_file(lambda file: phrases.PhraseBook(file.parent), "index.json"),
    "gateway_sentences": from_file(lambda file: fallback.load_sentences(file.parent), "gateway.json"),
    "key_files": key_folder,
    "audit_leaf": lambda data: check._parse(data),
    "audit_key": from_text(Verifier.parse),
    "audit_checkpoint": checkpoint,
    "audit_bundle": bundle,
}
TARGETS: dict[str, Target] = {**FROM_CALLERS, **FROM_OPERATORS}


def seeds(name: str) -> Iterator[bytes]:
    """Good inputs to begin with."""
    deploy = ROOT / "deploy"
    files = {
        "matrix": deploy / "matrix.toml", "clinic": deploy / "clinic.toml", "configuration": deploy / "triage.toml",
        "models_manifest": ROOT / "models" / "manifest.toml",
    }  # fmt: skip
    if name in files:
        yield files[name].read_bytes()
    texts = {
        "sip_header": '"Rosa Klein" <sip:5550143@10.0.0.2;user=phone>;tag=1', "json_line": '{"id": 1, "text": "hello"}',
        "redaction_line": '{"id":1,"call":"c","turn":1,"who":"caller","text":"I am Rosa"}',
        "gold_line": '{"id":1,"call":"c","turn":1,"who":"caller","text":"I am Rosa","spans":[{"start":5,"end":9,"class":"NAME"}]}',
        "utterance": "I was born on March 14th 1947 and five five five oh one nine two hurts", "drill_time": "2026-11-24T10:30:00",
        "recordings": '[["hola", 0, 40], ["adios", 40, 60]]',
        "drill_script": 'name = "x"\n[caller]\nnumber = "5550143"\n[[turn]]\nsay = "my chest hurts"\n[expect]\nlevel = "danger"\n',
        "model_output": "The clinic is open from 8 to 5 on November 24, Dr. Klein.", "spoken_text": "You are expected at 3:30 PM.",
        "signatures": '{"signatures": [{"role": "clinical_lead", "person": "a", "at": "2026-11-24", "digest": "00", "signature": "00"}]}',
        "calendar": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "labelled_csv": "id,text,level\n1,my chest hurts,danger\n", "arrivals_csv": "at_s,level,handle_s\n10,danger,60\n",
        "gateway_sentences": '{"connecting": "a", "no_one": "b"}', "phrases": '{"a": {"voice": "b", "sha256": "c", "samples": 1}}',
    }  # fmt: skip
    if name in texts:
        yield texts[name].encode()
    if name.startswith("audit_"):
        folder = sound_bundle()
        yield {"audit_leaf": (folder / BUNDLE[0]).read_bytes().splitlines()[0], "audit_key": (folder / BUNDLE[4]).read_bytes(),
               "audit_checkpoint": (folder / BUNDLE[2]).read_bytes(), "audit_bundle": b""}[name]  # fmt: skip
        if name == "audit_bundle":
            yield from (bytes([number]) + (folder / file).read_bytes() for number, file in enumerate(BUNDLE))
    messages = {
        "from_gateway": calls_pb2.FromGateway(incoming=calls_pb2.Incoming(call_id="0" * 32, caller_number="5550143")),
        "to_gateway": calls_pb2.ToGateway(dial=calls_pb2.Dial(leg_id="a", uri="sip:a@b")),
        "packet": packet_pb2.HandoffPacket(assessment="No assessment by the line."),
        "recognise": speech_pb2.RecognizeRequest(audio=speech_pb2.RecognizeAudio(pcm=b"\0\0", first_sample=1)),
        "generate": language_pb2.GenerateRequest(max_tokens=4),
    }
    if name in messages:
        yield messages[name].SerializeToString()
    if name == "key_files":
        key_folder(b"")
        files_of = (keys.KEK_FILE, keys.DATABASE_FILE, keys.SIGNING_FILE)
        yield from (bytes([number]) + (scratch() / "keys" / file).read_bytes() for number, file in enumerate(files_of))
    if name == "certificate":
        folder = scratch() / "authority"
        authority, _ = Authority.load_or_make(folder, SystemClock().now())
        authority.issue(Holder("nurse", "amara.okafor"), SystemClock().now())
        yield (folder / "nurse-amara.okafor.crt").read_bytes()
    yield json.dumps({"a": [1, None, "x"]}).encode()


# What the campaign found, kept.
FOUND: dict[str, tuple[bytes, ...]] = {"from_gateway": (b"*\x00", b"*\x02\x10\x63", b"B\x02\x08\x63")}


def nasty() -> Iterator[bytes]:
    """What broke parsers before: depth, length, empty, no UTF-8, lone surrogates, control characters, enormous numbers."""
    yield b""
    yield b"\0"
    yield b"\xff\xfe\x00\xd8"
    yield b"[" * 100_000
    yield b'{"a":' * 20_000
    yield b"a = " + b"[" * 20_000
    yield b"x = " + b"9" * 10_000
    yield b'{"id": 1, "text": "\\ud800"}'
    yield b'{"id": ' + b"1" * 5_000 + b', "text": "x"}'
    yield b"NaN"
    yield b"\xed\xa0\x80"
    yield b"a." * 5_000 + b"a = 1"
    yield b"sip:" + b"5" * 50_000 + b"@x"
    yield "٣٤٥ ²³ 𝟛 ½".encode()
