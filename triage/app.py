"""The core: settings in, one running appliance out. The only place where every room is put together.

python -m triage.app --config FILE
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Literal

import click
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage import weights
from triage.audit.entry import Detail, Entry
from triage.call.rules import Rules
from triage.clock import Clock, SystemClock
from triage.config import Language, Settings, load
from triage.conversation.engines import Engines
from triage.conversation.front_door import FrontDoor
from triage.conversation.house import House
from triage.conversation.recovery import recover
from triage.conversation.rehearsal import Rehearsals
from triage.conversation.scribe import Deadlines
from triage.desk import desk as desks
from triage.desk.paging import Way
from triage.distress.classifier import Classifier
from triage.ehr.post import Poster
from triage.errors import EngineFailed, TriageError, UsageError
from triage.escalation import matrix as matrices
from triage.escalation import signing
from triage.ids import Person
from triage.language.client import LanguageClient
from triage.officer.cosigning import confirm_kept
from triage.paging import telephone
from triage.paging.mail import Mail
from triage.paging.telephone import Switchboard, Telephone
from triage.privacy.redaction import Redactor
from triage.rpc.audit_service import AuditService
from triage.rpc.authorization import Authorization
from triage.rpc.calls_service import CallMediaService
from triage.rpc.distress_service import DistressService
from triage.rpc.drills_service import DrillsService
from triage.rpc.handoffs_service import HandoffsService
from triage.rpc.officer_service import OfficerService
from triage.rpc.paging_service import PagingService
from triage.rpc.server import AddService, HealthSocket, public_server
from triage.rpc.witness_service import WitnessService
from triage.scope import clinic as clinics
from triage.scope.embedding import Encoder
from triage.scope.intents import Intents
from triage.scope.wording import wordings
from triage.speech.client import SpeechClient
from triage.speech.phrases import PhraseBook, name_of, sentences, voice_id
from triage.speech.recordings import Recordings
from triage.telemetry import logs, memory
from triage.v1 import (
    audit_pb2_grpc,
    calls_pb2_grpc,
    distress_pb2_grpc,
    drills_pb2_grpc,
    handoffs_pb2_grpc,
    officer_pb2_grpc,
)
from triage.vault import signers
from triage.vault.lifetime import retention
from triage.vault.providers import choice
from triage.vault.vault import Vault

PROBE_EVERY_S = 0.5
RENDER_AGAIN_S = 1.0
WORDING_AGAIN_S = 20.0
LATE_MAX = 2
PROBE_S_MAX = 2.0  # a worker that does not answer its health check for so long counts as dead
PROBE_OPTIONS = (("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 1_000))
DRAIN_S_MAX = 10.0  # calls under way at a stop; then the gateway takes them to a human
Worker = Literal["speech", "language"]
WORKERS: tuple[Worker, ...] = ("speech", "language")

log = logs.get("core")


@click.command()
@click.option("--config", "file", type=click.Path(path_type=Path), required=True)
def main(file: Path) -> None:
    """Run the core until SIGTERM."""
    memory.never_dump()
    logs.configure("core", sys.stderr)
    try:
        asyncio.run(run(load(file)))
    except (TriageError, ExceptionGroup) as raised:
        error = _known(raised)
        click.echo(f"{error.message} {error.advice}".rstrip(), err=True)
        sys.exit(error.exit_code)


def _known(raised: Exception) -> TriageError:
    """The one of this house, also out of a task group. Raises what is none."""
    while isinstance(raised, ExceptionGroup) and (ours := raised.subgroup(TriageError)):
        raised = ours.exceptions[0]
    if not isinstance(raised, TriageError):
        raise raised
    return raised


async def run(settings: Settings) -> None:
    """Raises TriageError when the core cannot start."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        vault = choice.open_vault(settings, clock=clock)
        stack.push_async_callback(vault.close)
        await _kept(settings, vault)
        health = HealthSocket(settings.socket("core"))
        await health.start()
        stack.push_async_callback(health.stop)
        switchboard = Switchboard()
        house = await _house(settings, clock, vault, switchboard, stack)
        await vault.run(lambda tx: tx.append(Entry("appliance.started", "core")))
        stranded = await recover(vault, house.desk, house.rules, clock)
        if stranded:
            log.warning("calls_recovered", count=stranded)
        door = FrontDoor(house, calls_at_once_max=settings.core.calls_at_once_max)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(house.desk.run())]
            if settings.ehr.url:
                folder = settings.path(Path())
                poster = Poster(settings.ehr, vault, clock, house.desk.dispositions, folder)
                tasks.append(group.create_task(poster.run()))
            tasks.append(group.create_task(retention.daily(vault, clock, settings.retention)))
            tasks += [group.create_task(_probe(settings, worker, house.engines)) for worker in WORKERS]
            authorization = Authorization(clock, on_denied=partial(_denied, vault))
            server = public_server(settings, _services(settings, house, door, switchboard), authorization)
            await _phrases(settings, house)
            await server.start()
            await health.serving(True)
            tasks.append(group.create_task(_wordings(settings, house, door)))
            await stop.wait()
            await health.serving(False)
            await door.close(within_s=DRAIN_S_MAX)
            await server.stop(grace=1.0)
            for task in tasks:
                task.cancel()
        await vault.run(lambda tx: tx.append(Entry("appliance.stopped", "core")))


async def _house(
    settings: Settings, clock: Clock, vault: Vault, switchboard: Switchboard, stack: AsyncExitStack
) -> House:
    matrix = await _matrix(settings, clock, vault)
    clinic = clinics.load(settings.path(settings.storage.clinic))
    embedding = _folder(settings, settings.distress.embedding)
    classifier = await _classifier(settings, vault)
    encoder = Encoder(embedding) if embedding else None
    judges = stack.enter_context(ThreadPoolExecutor(settings.distress.threads, thread_name_prefix="judge"))
    speech = await stack.enter_async_context(SpeechClient(settings.socket("speech")))
    model = await stack.enter_async_context(LanguageClient(settings.socket("language")))
    contacts = {**settings.paging.on_call, **settings.triage_line.contacts}
    phrases = PhraseBook(settings.phrases_dir)
    recordings = _recordings(settings, matrix)
    return House(
        clock=clock,
        vault=vault,
        desk=desks.Desk(
            vault,
            matrix,
            clock,
            skills=_skills(settings),
            ways=_ways(settings, clock, phrases, switchboard),
            posts=bool(settings.ehr.url),
        ),
        rules=Rules(matrix, language=settings.speech.language, spoken=recordings),
        clinic=clinic,
        classifier=classifier,
        intents=Intents.shipped(clinic, encoder.encode) if encoder else Intents.none(),
        judges=judges,
        recognizer=speech,
        synthesizer=speech,
        model=model,
        phrases=phrases,
        redactor=await _redactor(settings, vault),
        rehearsals=Rehearsals(clock, matrix.zone, enabled=settings.drill.enabled),
        engines=Engines(*WORKERS),
        contacts=lambda person: contacts.get(Person(person)),
        language=settings.speech.language,
        refer=settings.triage_line.transfer == "refer",
        deadlines=_deadlines(settings.language),
        versions=(("classifier", classifier.version),),
        recordings=recordings,
    )


def _deadlines(language: Language) -> Deadlines:
    return Deadlines(
        phrase_s=language.reply_deadline_s if language.phrases else 0.0,
        extract_s=language.extract_deadline_s if language.extracts else 0.0,
        judge_s=language.judge_deadline_s if language.judges else 0.0,
        narrate_s=language.narrate_deadline_s,
    )


async def _kept(settings: Settings, vault: Vault) -> None:
    """What a witness outside has seen of the log. A medium that is not there costs an alarm, not the line."""
    if settings.audit.kept and not await confirm_kept(vault, settings.path(settings.audit.kept)):
        log.error("kept_checkpoint_missing")
        details = (("cause", "kept_checkpoint_missing"),)
        await vault.run(lambda tx: tx.append(Entry("alarm.raised", "core", outcome="failure", details=details)))


async def _matrix(settings: Settings, clock: Clock, vault: Vault) -> matrices.Matrix:
    """The clinic's matrix when it is valid and signed, or the compiled one that sends every call to a human, and an alarm; which
    of them is in the audit log."""
    try:
        matrix = matrices.load(settings.path(settings.storage.matrix), now=clock.now())
        where = signers.place(settings)
        signed = signing.standing(matrix, where.signatures(), where.trusted())
        if not signed.in_force:
            raise UsageError("The escalation matrix is not in force.", advice=f"Missing: {'; '.join(signed.missing)}.")
        details: tuple[tuple[str, Detail], ...] = (
            ("matrix", matrix.name), ("signed", not signed.by_development), ("count", len(signed.by)),
        )  # fmt: skip
        entries = [Entry("matrix.loaded", "core", details=details)]
    except TriageError as error:
        matrix = matrices.fail_safe()
        log.error("matrix_refused", fault=type(error).__name__)
        click.echo(f"{error.message} {error.advice} Every call goes to a human until it is mended.", err=True)
        entries = [
            Entry("matrix.refused", "core", outcome="failure", details=(("matrix", matrix.name),)),
            Entry("alarm.raised", "core", outcome="failure", details=(("cause", "matrix_refused"),)),
        ]
    await vault.run(lambda tx: [tx.append(entry) for entry in entries])
    return matrix


async def _classifier(settings: Settings, vault: Vault) -> Classifier:
    """Without its trained model the lexicon stands alone with every hint counting: safe, louder, and an alarm."""
    classifier = Classifier.load(_folder(settings, settings.distress.model))
    if classifier.degraded:
        log.error("distress_model_missing")
        click.echo(
            "The distress model is missing or altered: the lexicon stands alone. Run: triage models verify", err=True
        )
        details = (("cause", "distress_model_missing"), ("classifier_version", classifier.version))
        await vault.run(lambda tx: tx.append(Entry("alarm.raised", "core", outcome="failure", details=details)))
    return classifier


async def _redactor(settings: Settings, vault: Vault) -> Redactor:
    """Without its trained model the rules stand alone: they find less, and an alarm says so."""
    folder = _folder(settings, settings.privacy.model)
    redactor = await asyncio.to_thread(Redactor.load, folder)
    if redactor.degraded:
        log.error("identifiers_model_missing")
        click.echo(
            "The model of identifiers is missing or altered: redaction goes by its rules alone. Run: triage models verify",
            err=True,
        )
        details = (("cause", "identifiers_model_missing"),)
        await vault.run(lambda tx: tx.append(Entry("alarm.raised", "core", outcome="failure", details=details)))
    return redactor


def _folder(settings: Settings, role: str) -> Path | None:
    """A model's folder; None when it is missing or altered: then the lexicon stands alone, and says so."""
    try:
        return weights.find(settings.path(settings.storage.models_manifest), settings.models_dir, role)
    except TriageError as error:
        log.error("encoder_missing", fault=type(error).__name__)
        return None


async def _phrases(settings: Settings, house: House) -> None:
    """Every fixed sentence as a recording, and the gateway's own two, before the first call is taken. Without the speech
    worker older recordings do; without any the core waits, not ready, and the gateway's fallback takes the calls."""
    sentences = house.rules.matrix.fixed(settings.speech.language)
    if settings.paging.on_call:
        sentences += telephone.sentences()
    while not await _rendered(settings, house, sentences):  # noqa: ASYNC110 - polls another process
        await asyncio.sleep(RENDER_AGAIN_S)
    names = {
        key: name_of(house.rules.sentence(f"gateway_{key}"), settings.speech.language)
        for key in ("connecting", "no_one")
    }
    file = settings.phrases_dir / "gateway.json"
    part = file.with_suffix(".part")
    part.write_text(json.dumps(names), encoding="utf-8")
    part.replace(file)


async def _wordings(settings: Settings, house: House, door: FrontDoor) -> None:
    """The rest of what the line says word for word, as recordings: a caller waits less, and the voice has less to do. In idle moments;
    what is not there yet, or cannot be kept, is synthesised as it is needed."""
    voice = voice_id(settings.models_dir / settings.speech.voice)
    due = deque(part for text in wordings(house.clinic) for part in sentences(text))
    while due:
        while door.busy:  # noqa: ASYNC110 - the caller who is there comes first
            await asyncio.sleep(RENDER_AGAIN_S)
        sentence = due.popleft()
        try:
            await house.phrases.render_missing([(settings.speech.language, sentence)], house.synthesizer, voice=voice)
        except (TriageError, OSError) as error:  # an extra: no fault of it may cost the line
            log.warning("wording_not_recorded", fault=type(error).__name__)
            due.append(sentence)
            await asyncio.sleep(WORDING_AGAIN_S)
    log.info("wordings_recorded")


def _recordings(settings: Settings, matrix: matrices.Matrix) -> dict[str, Recordings]:
    """The other languages that every sentence of this matrix was recorded in; a language that lacks one is not spoken at all."""
    out = {}
    for language in set(settings.speech.others) - {settings.speech.language}:
        try:
            recordings = Recordings(language)
        except EngineFailed:
            log.error("recordings_damaged", language=language)
            continue
        missing = [key for key, text in matrix.wordings(language) if not recordings.covers(text)]
        if missing:
            log.error("recordings_missing", language=language, count=len(missing))
            click.echo(
                f"No recording of {language} sentences {', '.join(missing)}: such callers hear English. See models/speech.",
                err=True,
            )
        else:
            out[language] = recordings
    return out


async def _rendered(settings: Settings, house: House, sentences: list[tuple[str, str]]) -> bool:
    voice = voice_id(settings.models_dir / settings.speech.voice)
    try:
        await house.phrases.render_missing(sentences, house.synthesizer, voice=voice)
    except EngineFailed:
        return all(house.phrases.has(text, language) for language, text in sentences)
    return True


def _skills(settings: Settings) -> dict[Person, frozenset[str]]:
    return {Person(person): frozenset(skills) for person, skills in settings.triage_line.skills.items()}


def _ways(settings: Settings, clock: Clock, phrases: PhraseBook, switchboard: Switchboard) -> list[Way]:
    paging = settings.paging
    on_call = {Person(person): uri for person, uri in paging.on_call.items()}
    rung: list[Way] = [Telephone(switchboard, phrases, on_call, paging.ring_s)] if on_call else []
    return [*rung, *([Mail(paging, clock)] if paging.smtp else [])]


def _services(settings: Settings, house: House, door: FrontDoor, switchboard: Switchboard) -> list[AddService]:
    calls = CallMediaService(door.take)
    handoffs = HandoffsService(house.desk, settings.triage_line)
    audit = AuditService(house.vault, house.clock, settings.keys_dir)
    officer = OfficerService(house.vault, house.clock)
    witness = WitnessService(house.vault, house.clock, settings.keys_dir)
    distress = DistressService(house.classifier)
    drills = DrillsService(house.rehearsals, lambda entry: house.vault.run(lambda tx: tx.append(entry)))
    pages = PagingService(switchboard)
    return [
        lambda server: calls_pb2_grpc.add_CallMediaServicer_to_server(calls, server),
        lambda server: calls_pb2_grpc.add_PagingServicer_to_server(pages, server),
        lambda server: handoffs_pb2_grpc.add_HandoffsServicer_to_server(handoffs, server),
        lambda server: audit_pb2_grpc.add_AuditServicer_to_server(audit, server),
        lambda server: officer_pb2_grpc.add_OfficerServicer_to_server(officer, server),
        lambda server: officer_pb2_grpc.add_WitnessServicer_to_server(witness, server),
        lambda server: distress_pb2_grpc.add_DistressClassifierServicer_to_server(distress, server),
        lambda server: drills_pb2_grpc.add_DrillsServicer_to_server(drills, server),
    ]


async def _denied(vault: Vault, who: str, method: str) -> None:
    """Somebody called what their role may not."""
    entry = Entry("access.denied", who or "unknown", outcome="refused", details=(("method", method.lstrip("/")),))
    await vault.run(lambda tx: tx.append(entry))


async def _probe(settings: Settings, worker: Worker, engines: Engines) -> None:
    """Asks a worker twice a second whether it is well; every call hears when it is not. Late once may be a busy machine; a dead one
    refuses at once, and a hung one is late twice."""
    late = 0
    async with grpc.aio.insecure_channel(settings.socket(worker), options=PROBE_OPTIONS) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=PROBE_S_MAX)
                well, late = answer.status == health_pb2.HealthCheckResponse.SERVING, 0
            except grpc.aio.AioRpcError as error:
                late = late + 1 if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else LATE_MAX
                well = False
            if not well and 0 < late < LATE_MAX:
                log.warning(f"{worker}_late")
            elif well:
                engines.up(worker)
            else:
                engines.gone(worker)
            await asyncio.sleep(PROBE_EVERY_S)


if __name__ == "__main__":
    main()
