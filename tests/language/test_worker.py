"""What the worker refuses before it loads anything. No weights and no vLLM needed."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triage.config import Settings, load
from triage.errors import EngineFailed
from triage.language.worker import check_folder, digest, free_socket

REPOSITORY = Path(__file__).resolve().parents[2]


def whole_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    header = json.dumps({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\0\0")
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "chat_template.jinja").write_text("x")
    return folder


def test_a_whole_folder_passes(tmp_path: Path) -> None:
    check_folder(whole_folder(tmp_path / "llm"))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = whole_folder(tmp_path / "llm")
    (folder / name).unlink()
    with pytest.raises(EngineFailed, match="missing or incomplete") as caught:
        check_folder(folder)
    assert name in caught.value.advice


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = whole_folder(tmp_path / "llm")
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EngineFailed) as caught:
        check_folder(folder)
    assert "model-2.safetensors" in caught.value.advice


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
def test_cut_off_weights_are_noticed(tmp_path: Path, keep: int) -> None:
    folder = whole_folder(tmp_path / "llm")
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(EngineFailed, match="cut off"):
        check_folder(folder)


def test_the_digest_is_of_the_weights(tmp_path: Path) -> None:
    one, other = whole_folder(tmp_path / "a"), whole_folder(tmp_path / "b")
    (other / "config.json").write_text('{"x": 1}')
    assert digest(one) == digest(other)
    (other / "model.safetensors").write_bytes(b"changed")
    assert digest(one) != digest(other)


def settings_in(folder: Path) -> Settings:
    (folder / "triage.toml").write_text('[storage]\nstate_dir = "var"\n')
    return load(folder / "triage.toml")


def test_a_dead_workers_socket_is_removed_and_a_living_ones_is_not(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    path = free_socket(settings)
    living = socket.socket(socket.AF_UNIX)
    living.bind(str(path))
    living.listen()
    with pytest.raises(EngineFailed, match="already running"):
        free_socket(settings)
    living.close()
    assert path.exists()
    free_socket(settings)
    assert not path.exists()


def test_no_model_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    settings_in(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "triage.language.worker", "--config", str(tmp_path / "triage.toml")],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
        env={k: v for k, v in os.environ.items() if k != "TRIAGE_STATE_DIR"},
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("language worker: The language model is missing or incomplete.")
    assert len(run.stderr.splitlines()) == 1


def test_descendants_do_not_survive_kill_9(tmp_path: Path) -> None:
    """A stand-in for the worker starts a child that ignores SIGTERM, and is killed."""
    program = (
        "import subprocess, sys, time\n"
        "from triage.language.descendants import take_descendants_along\n"
        "take_descendants_along()\n"
        "stubborn = 'import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)'\n"
        "child = subprocess.Popen([sys.executable, '-c', stubborn], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        child = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
        worker.wait(5)
    end = time.monotonic() + 15
    while Path(f"/proc/{child}").exists() and time.monotonic() < end:
        if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()
