"""Which of the caller's own words answer a question: asked of the model under a JSON schema, where no rule found them.

The model points, it does not write: what it returns counts only if the caller said it, word for word and in a row. What it points at
is then read by the same rules as everything else, and read back to the caller.
"""

from __future__ import annotations

import json
import re
from typing import Final

from triage.errors import EngineFailed
from triage.language import prompts
from triage.language.phrasing import complete
from triage.language.ports import JsonSchema, Model
from triage.privacy.phi import NOTHING, Phi

TOKENS_MAX = 48
CHARACTERS_MAX = 120  # of an answer; a longer one is a story
SCHEMA: Final = JsonSchema(
    json.dumps(
        {
            "type": "object",
            "properties": {"words": {"type": "string", "maxLength": CHARACTERS_MAX}},
            "required": ["words"],
            "additionalProperties": False,
        }
    )
)


async def extract(model: Model, asked: str, heard: Phi, deadline_s: float) -> Phi:
    """The caller's words in `heard` that answer `asked`; empty when the model is late, finds none, or says what the caller did not.

    Never raises EngineFailed, never later than `deadline_s`."""
    try:
        said, _ = await complete(model, prompts.extract(asked, heard), TOKENS_MAX, SCHEMA, deadline_s)
        words = json.loads(said.reveal())["words"]
    except (TimeoutError, EngineFailed, ValueError, KeyError, TypeError, RecursionError):
        return NOTHING
    if not isinstance(words, str) or not 0 < len(words.strip()) <= CHARACTERS_MAX:
        return NOTHING
    return Phi(words.strip()) if f" {_plain(words)} " in f" {_plain(heard.reveal())} " else NOTHING


def _plain(text: str) -> str:
    return re.sub(r"[^\w']+", " ", text.lower()).strip()
