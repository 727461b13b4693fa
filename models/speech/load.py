"""Callers at once against a running speech worker: how late starts and finals are, what it costs.

    python models/speech/load.py SOCKET WORKER_PID [CALLERS...]

Each caller speaks sentences of measure.py in real time, one every six seconds or so, out of step with the others.
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np
import psutil
from hibari import Hibari
from measure import SENTENCES, caller

from triage.audio.pcm import RATE_HZ, to_pcm
from triage.ids import new_hex
from triage.speech.client import SpeechClient
from triage.speech.ports import CallId, SpeechEnded, SpeechStarted, Transcription

SENTENCES_A_CALLER = 5


async def call(client: SpeechClient, line: bytes, delay_s: float, late: dict[str, list[float]]) -> None:
    await asyncio.sleep(delay_s)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with client.hear(CallId(new_hex()), language="en", hotwords=()) as hearing:

        async def feed() -> None:
            for start in range(0, len(line), 640):
                await asyncio.sleep(max(0.0, began + (start + 640) / 2 / RATE_HZ - loop.time()))
                await hearing.feed(start // 2, line[start : start + 640])
            await hearing.finish()

        async with asyncio.TaskGroup() as group:
            group.create_task(feed())
            decided = 0
            async for event in hearing.events():
                now = loop.time() - began
                match event:
                    case SpeechStarted(at):
                        late["started"].append(now - at / RATE_HZ)
                    case SpeechEnded(_, decided):
                        late["ended"].append(now - decided / RATE_HZ)
                    case Transcription(final=True):
                        late["final"].append(now - decided / RATE_HZ)
                    case _:
                        late["partial"].append(now)


async def main() -> None:
    address, process = f"unix:{sys.argv[1]}", psutil.Process(int(sys.argv[2]))
    voice = Hibari()
    spoken = [to_pcm(caller(voice, text)) for text in SENTENCES]
    for count in [int(n) for n in sys.argv[3:]] or [1, 4, 8]:
        late: dict[str, list[float]] = {"started": [], "ended": [], "final": [], "partial": []}
        cpu = sum(process.cpu_times()[:2])
        began = asyncio.get_running_loop().time()
        async with SpeechClient(address) as client, asyncio.TaskGroup() as group:
            for n in range(count):
                chosen = [spoken[(n * 7 + k * 3) % len(spoken)] for k in range(SENTENCES_A_CALLER)]
                line = b"".join(bytes(RATE_HZ) + each + bytes(RATE_HZ * 4) for each in chosen)
                group.create_task(call(client, line, 5.0 * n / count, late))
        wall = asyncio.get_running_loop().time() - began
        used = sum(process.cpu_times()[:2]) - cpu
        said = ", ".join(
            f"{name} p50 {np.median(late[name]):.2f} s p95 {np.quantile(late[name], 0.95):.2f} s"
            for name in ("started", "ended", "final")
        )
        print(
            f"{count} callers: {said}; {len(late['partial'])} partials, {len(late['final'])} finals; "
            f"{used / wall:.2f} cores, {process.memory_info().rss >> 20} MiB",
            flush=True,
        )


if __name__ == "__main__":
    asyncio.run(main())
