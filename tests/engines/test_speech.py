"""The real worker: its process, its socket, its engines. Callers speak with hibari's voice, which the line does not have."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from triage.audio import g711
from triage.audio.pcm import RATE_HZ
from triage.drill.voice import say
from triage.errors import EngineFailed
from triage.ids import CallId
from triage.speech.client import SpeechClient
from triage.speech.phrases import PhraseBook
from triage.speech.ports import HeardEvent, SpeechEnded, SpeechStarted, Transcription
from triage.speech.recordings import Recordings

pytestmark = pytest.mark.engines

REPOSITORY = Path(__file__).parents[2]
MODELS = Path(os.environ.get("TRIAGE_STATE_DIR", REPOSITORY / "var")).resolve() / "models"
READY_S_MAX = 60.0


class Worker:
    def __init__(self, folder: Path, models: Path = MODELS) -> None:
        self.socket = folder / "run" / "speech.sock"
        (folder / "triage.toml").write_text(f'[storage]\nstate_dir = "{folder}"\nmodels_dir = "{models}"\n')
        self.process = subprocess.Popen(
            [sys.executable, "-m", "triage.speech.worker", "--config", str(folder / "triage.toml")],
            cwd=REPOSITORY,
            env={**os.environ, "TRIAGE_STATE_DIR": str(folder), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    def wait_ready(self) -> float:
        began = time.monotonic()
        while time.monotonic() - began < READY_S_MAX:
            if self.process.poll() is not None:
                raise AssertionError(self.process.communicate()[0])
            if self.healthy():
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError("the worker was not ready in time")

    def healthy(self) -> bool:
        with grpc.insecure_channel(self.address) as channel:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.RpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def ends(self, timeout_s: float = 30) -> tuple[int, str]:
        output, _ = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, output

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    running = Worker(tmp_path_factory.mktemp("w"))
    try:
        running.wait_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def speech(worker: Worker) -> AsyncIterator[SpeechClient]:
    async with SpeechClient(worker.address) as client:
        yield client


def telephone(pcm: bytes) -> bytes:
    return g711.mu_law_decode(g711.mu_law_encode(pcm))


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE_HZ))


def without_pauses(pcm: bytes) -> bytes:
    """Quiet stretches are cut down to 0.2 s."""
    kept, quiet = [], 0
    for frame in np.frombuffer(pcm[: len(pcm) // 320 * 320], "<i2").reshape(-1, 160):
        quiet = quiet + 1 if np.abs(frame).max() < 300 else 0
        if quiet < 10:
            kept.append(frame)
    return np.concatenate(kept).tobytes()


async def hear(
    client: SpeechClient, pcm: bytes, *, language: str = "en", hotwords: tuple[str, ...] = (), pace: float = 0.25
) -> list[HeardEvent]:
    """`pace`: how long a second of audio takes; partials need time to be decoded in."""
    events: list[HeardEvent] = []
    async with client.hear(CallId("0" * 32), language=language, hotwords=hotwords) as hearing, asyncio.timeout(60):

        async def feed() -> None:
            for start in range(0, len(pcm), 640):
                await hearing.feed(start // 2, pcm[start : start + 640])
                await asyncio.sleep(0.04 * pace)
            await hearing.finish()

        async with asyncio.TaskGroup() as group:
            group.create_task(feed())
            async for event in hearing.events():
                events.append(event)
    return events


def texts(events: list[HeardEvent], *, final: bool = True) -> list[str]:
    return [e.text.reveal() for e in events if isinstance(e, Transcription) and e.final is final]


async def test_a_sentence_through_mu_law_is_understood(speech: SpeechClient) -> None:
    words = say("My chest has been feeling tight since this morning.")
    events = await hear(speech, silence(0.5) + telephone(words) + silence(1.5), pace=1.0)
    (text,) = texts(events)
    assert {"chest", "tight", "morning"} <= set(text.lower().strip(".").split())
    partials = texts(events, final=False)
    assert partials
    assert "chest" in partials[-1].lower()
    kinds = [type(event) for event in events]
    assert kinds[0] is SpeechStarted
    assert kinds.index(SpeechEnded) < len(kinds) - 1
    final = events[-1]
    assert isinstance(final, Transcription)
    assert final.final
    assert final.confidence > 0.7
    assert final.language == "en"
    assert len(final.words) == len(text.split())
    assert all(a.start_sample <= b.start_sample for a, b in zip(final.words, final.words[1:], strict=False))
    (ended,) = [e for e in events if isinstance(e, SpeechEnded)]
    spoken_until = RATE_HZ // 2 + len(words) // 2
    assert abs(ended.at_sample - spoken_until) < 0.5 * RATE_HZ
    # The silence waited for, in steps of the detector's windows; the voice's last breath is not the same twice.
    assert 0.59 * RATE_HZ <= ended.decided_at_sample - ended.at_sample <= 0.75 * RATE_HZ


async def test_two_utterances_are_two(speech: SpeechClient) -> None:
    events = await hear(
        speech,
        telephone(say("I would like to see a doctor."))
        + silence(1.5)
        + telephone(say("What time do you open?"))
        + silence(1.5),
    )
    first, second = texts(events)
    assert "doctor" in first.lower()
    assert "open" in second.lower()


async def test_a_caller_who_does_not_pause_is_cut_without_losing_a_word(speech: SpeechClient) -> None:
    sentences = [
        "I have had a fever and a cough for three days now.",
        "I need a refill of my blood pressure medicine.",
        "My left arm is numb and I cannot lift it.",
        "Can I bring my daughter to the same appointment?",
        "I fell down the stairs and my ankle is swollen.",
        "It hurts when I breathe in.",
        "Do I need to fast before the blood test?",
        "The baby has not been drinking since last night.",
        "I took two of the pills instead of one, is that dangerous?",
        "Could you tell me where the clinic is and where to park?",
        "I am calling about the results of my test from last week.",
    ]
    spoken = b"".join(without_pauses(say(sentence)) for sentence in sentences)
    assert len(spoken) > 26 * 2 * RATE_HZ
    events = await hear(speech, telephone(spoken) + silence(1.5), pace=0.3)
    heard = " ".join(texts(events)).lower()
    assert sum(isinstance(e, SpeechEnded) for e in events) >= 2
    for word in ("fever", "refill", "numb", "daughter", "ankle", "breathe", "fast", "drinking", "pills", "park"):
        assert heard.count(word) == 1
    for event in events:
        if isinstance(event, Transcription):
            assert event.end_sample - event.start_sample <= 25.5 * RATE_HZ


async def test_hotwords_help_with_a_drug(speech: SpeechClient) -> None:
    audio = telephone(say("I need a refill of lisinopril, please.")) + silence(1.5)
    (text,) = texts(await hear(speech, audio, hotwords=("lisinopril", "warfarin")))
    assert "lisinopril" in text.lower()
    assert "warfarin" not in text.lower()


@pytest.mark.parametrize("noise", ["silence", "white noise", "hum", "clicks"])
async def test_what_is_no_speech_gives_no_transcription(speech: SpeechClient, noise: str) -> None:
    rng, count = np.random.default_rng(5), 10 * RATE_HZ
    wave = {
        "silence": np.zeros(count),
        "white noise": rng.standard_normal(count) * 900,
        "hum": 2000 * np.sin(2 * np.pi * 50 * np.arange(count) / RATE_HZ),
        "clicks": np.where(rng.random(count) < 0.0005, 20_000, 0),
    }[noise]
    assert await hear(speech, telephone(wave.astype("<i2").tobytes()), pace=0.02) == []


async def test_the_language_can_be_left_open(speech: SpeechClient) -> None:
    events = await hear(
        speech, telephone(say("I would like to speak to a nurse about my results.")) + silence(1), language=""
    )
    assert [e.language for e in events if isinstance(e, Transcription) and e.final] == ["en"]


async def test_spanish_on_an_english_line_is_written_in_spanish(speech: SpeechClient) -> None:
    """Not half translated, as Whisper does that was told English."""
    said = Recordings("es").pcm("Una enfermera está tomando su llamada.")
    events = await hear(speech, silence(0.5) + telephone(said) + silence(1.5))
    finals = [event for event in events if isinstance(event, Transcription) and event.final]
    assert [final.language for final in finals] == ["es"]
    assert "enfermera" in finals[0].text.reveal().lower()


async def test_an_unknown_language_is_refused(speech: SpeechClient) -> None:
    with pytest.raises((EngineFailed, ExceptionGroup)) as refused:
        await hear(speech, silence(1), language="tlh")
    # Feeding and listening end together, so it is one failure or two.
    assert not isinstance(refused.value, ExceptionGroup) or refused.value.split(EngineFailed)[1] is None


async def test_the_voice_speaks_levelled_telephone_audio(speech: SpeechClient) -> None:
    began = time.monotonic()
    first_s, pcm = 0.0, b""
    async for piece in speech.speak("Please hold. I am getting a nurse for you now.", language="en"):
        first_s = first_s or time.monotonic() - began
        pcm += piece
    assert 1.5 < len(pcm) / 2 / RATE_HZ < 6
    assert first_s < 2
    samples = np.frombuffer(pcm, "<i2")
    assert 8_000 < np.abs(samples.astype(np.int32)).max() < 32_767
    heard = await hear(speech, telephone(pcm) + silence(1.5))
    assert "nurse" in " ".join(texts(heard)).lower()


async def test_what_cannot_be_spoken_is_refused(speech: SpeechClient) -> None:
    for text, language in (("x" * 1001, "en"), ("", "en"), ("Buenos días.", "es")):
        with pytest.raises(EngineFailed):
            await anext(aiter(speech.speak(text, language=language)))


async def test_phrases_are_rendered_with_the_real_voice(speech: SpeechClient, tmp_path: Path) -> None:
    book = PhraseBook(tmp_path)
    await book.render_missing([("en", "If this is an emergency, hang up and dial nine one one.")], speech)
    pcm = PhraseBook(tmp_path).pcm("If this is an emergency, hang up and dial nine one one.", "en")
    assert 2 < len(pcm) / 2 / RATE_HZ < 8


async def test_eight_callers_at_once_are_all_understood(speech: SpeechClient) -> None:
    audio = telephone(say("My left arm is numb and I cannot lift it.")) + silence(1.2)
    began = time.monotonic()
    heard = await asyncio.gather(*[hear(speech, audio, pace=1.0) for _ in range(8)])
    assert all("arm" in " ".join(texts(events)).lower() for events in heard)
    assert time.monotonic() - began < 30


def test_the_socket_is_this_users_alone(worker: Worker) -> None:
    assert stat.S_IMODE(worker.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(worker.socket.parent.stat().st_mode) == 0o700


def test_a_second_worker_leaves_the_first_alone(worker: Worker) -> None:
    second = Worker(worker.socket.parents[1])
    code, output = second.ends()
    assert code == 1
    assert output.startswith("A speech worker is already running.")
    assert worker.healthy()


async def test_a_killed_worker_is_engine_failed_and_its_successor_hears_again(tmp_path: Path) -> None:
    victim = Worker(tmp_path)
    victim.wait_ready()
    async with SpeechClient(victim.address) as client:
        async with client.hear(CallId("0" * 32), language="en", hotwords=()) as hearing:
            await hearing.feed(0, silence(0.2))
            victim.process.send_signal(signal.SIGKILL)
            began = time.monotonic()
            with pytest.raises(EngineFailed):
                async for _ in hearing.events():
                    pass
            assert time.monotonic() - began < 2
        with pytest.raises(EngineFailed):
            await anext(aiter(client.speak("Hello.", language="en")))
        victim.stop()
        successor = Worker(tmp_path)
        try:
            successor.wait_ready()
            async with asyncio.timeout(10):
                while True:
                    try:
                        assert texts(await hear(client, telephone(say("Yes, please.")) + silence(1)))
                        break
                    except* EngineFailed:
                        await asyncio.sleep(0.2)
        finally:
            successor.stop()


async def test_a_frozen_worker_is_engine_failed(tmp_path: Path) -> None:
    """As a machine that hangs: the socket stays open and nothing comes."""
    frozen = Worker(tmp_path)
    try:
        frozen.wait_ready()
        async with SpeechClient(frozen.address) as client:
            async with client.hear(CallId("0" * 32), language="en", hotwords=()) as hearing:
                await hearing.feed(0, silence(0.2))
                frozen.process.send_signal(signal.SIGSTOP)
                began = time.monotonic()
                with pytest.raises(EngineFailed):
                    await asyncio.wait_for(anext(aiter(hearing.events())), 20)
                assert time.monotonic() - began < 7
            with pytest.raises(EngineFailed):
                await anext(aiter(client.speak("Hello.", language="en")))
    finally:
        frozen.process.send_signal(signal.SIGCONT)
        frozen.stop()


def test_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    leaving = Worker(tmp_path)
    leaving.wait_ready()
    leaving.process.send_signal(signal.SIGTERM)
    code, output = leaving.ends(15)
    assert code == 0
    assert [json.loads(line)["event"] for line in output.splitlines()] == ["worker_ready", "worker_stopping"]
    assert not leaving.socket.exists()


async def test_nothing_of_what_was_said_reaches_the_log(tmp_path: Path) -> None:
    discreet = Worker(tmp_path)
    discreet.wait_ready()
    async with SpeechClient(discreet.address) as client:
        assert "insulin" in texts(await hear(client, telephone(say("My insulin has run out.")) + silence(1)))[0].lower()
        with pytest.raises(EngineFailed):
            await anext(aiter(client.speak("insulin " * 200, language="en")))
        assert await anext(aiter(client.speak("Your insulin is ready.", language="en")))
    discreet.process.send_signal(signal.SIGTERM)
    code, output = discreet.ends()
    assert code == 0
    assert "utterance_decoded" in output
    assert "insulin" not in output.lower()
    assert all(json.loads(line) for line in output.splitlines())


@pytest.mark.parametrize("damage", ["nothing there", "torn weights", "torn voice", "no tokenizer", "empty weights"])
def test_a_damaged_model_folder_is_one_clear_sentence(tmp_path: Path, damage: str) -> None:
    models = tmp_path / "models"
    for role in ("stt", "tts"):
        shutil.copytree(MODELS / role, models / role)
    weights, voice = models / "stt" / "model.bin", next((models / "tts").glob("*.onnx"))
    match damage:
        case "nothing there":
            shutil.rmtree(models / "stt")
        case "torn weights":
            weights.write_bytes(weights.read_bytes()[: 10 << 20])
        case "torn voice":
            voice.write_bytes(voice.read_bytes()[: 10 << 20])
        case "no tokenizer":
            (models / "stt" / "tokenizer.json").unlink()
        case "empty weights":
            weights.write_bytes(b"")
    (tmp_path / "state").mkdir()
    code, output = Worker(tmp_path / "state", models).ends()
    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert str(models) in output
    assert "Traceback" not in output
