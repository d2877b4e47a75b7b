"""Which models tell how likely a given reply is, how they are asked, and which of the told tokens are the reply's.

    >>> scored = [("Q", -3.0), (":", -1.0), (" 1", -0.5), ("4", -0.25)]
    >>> reply_scores(scored, " 14", "vllm/model")
    [-0.5, -0.25]

`hf-batch` tells those of the reply alone. vLLM and SGLang tell those of the whole prompt; the reply's are the last ones
whose texts make it up. Most hosted models tell none: OpenAI's and Anthropic's chat, llama.cpp's server, Inspect's own
`hf/`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import exp, fsum, inf, log
from typing import TYPE_CHECKING

from lbt_solvers.errors import UsageError

if TYPE_CHECKING:
    from inspect_ai.model import GenerateConfig, Model

MOST_TOLD = 20
"""Likeliest tokens that a provider tells at most."""
READERS = ("hf-batch", "vllm", "sglang", "sagemaker")
"""Providers that continue an assistant's turn and tell the log-probabilities of its tokens."""


def reads_prompts(model: "Model") -> bool:
    """Whether the model tells the log-probabilities of a prompt's tokens; a provider of one's own says so itself."""
    return str(model).split("/")[0] in READERS or bool(getattr(model.api, "tells_prompt_logprobs", False))


def check_reads_prompts(model: "Model", needed_by: str) -> None:
    """Refuses a model that does not.

    Raises:
        UsageError: names those that do.
    """
    if not reads_prompts(model):
        raise UsageError(
            f"{needed_by} needs log-probabilities of prompts, which {model} does not tell. Take local weights "
            f"(hf-batch/NAME) or a server of vLLM or SGLang (vllm/NAME, sglang/NAME); or exam_kind=generative."
        )


def check_continues(model: "Model", needed_by: str) -> None:
    """Refuses a model that answers a begun reply instead of going on with it.

    Raises:
        UsageError: names those that do.
    """
    if str(model).split("/")[0] not in READERS and not getattr(model.api, "continues", False):
        raise UsageError(
            f"{needed_by} needs students that go on with a begun reply, which {model} does not: take local weights "
            "(hf-batch/NAME) or a server of vLLM or SGLang (vllm/NAME, sglang/NAME)."
        )


def check_tells_ranks(model: "Model", needed_by: str) -> None:
    """Refuses a model that does not tell how a prompt's tokens rank among all others.

    Raises:
        UsageError: names the one that does.
    """
    if not str(model).startswith("hf-batch/") and not getattr(model.api, "tells_prompt_ranks", False):
        raise UsageError(
            f"{needed_by} needs the ranks of a prompt's tokens, which {model} does not tell: take local weights "
            "(hf-batch/NAME)."
        )


def reading(model: "Model", config: "GenerateConfig") -> "GenerateConfig":
    """The settings of a call that reads a reply and writes nothing, or the one token that servers insist on."""
    check_reads_prompts(model, "The likelihood of a reply")
    body = {**(config.extra_body or {}), "prompt_logprobs_of": "continued"}
    of_reply = {"extra_body": body} if str(model).startswith("hf-batch/") else {}
    only = {"prompt_logprobs": 1, "max_tokens": 1, "num_choices": None, "logprobs": None, "top_logprobs": None}
    return config.model_copy(update={**only, "stop_seqs": None, **of_reply})


def begins_with(top: Sequence[tuple[str, float]], beginnings: Sequence[str]) -> tuple[float, ...]:
    """Log-probability of each beginning: of the likeliest tokens all that are the word or a beginning of it.

    >>> begins_with([("Yes", -0.5), (" yes", -3.0), ("No", -1.2), ("I", -4.0)], ["Yes", "No", "Maybe"])
    (-0.421085, -1.2, -inf)
    """
    found: list[float] = []
    for word in beginnings:
        likely = [value for token, value in top if _begins(word.casefold(), token.strip().casefold())]
        found.append(round(log(fsum(map(exp, likely))), 6) if likely else -inf)
    return tuple(found)


def _begins(word: str, token: str) -> bool:
    return bool(token) and word.startswith(token)


def reply_scores(scored: Sequence[tuple[str, float]], reply: str, model: object) -> list[float]:
    """Log-probabilities of the reply's tokens.

    Args:
        scored: Text and log-probability of the prompt's tokens, which end with the reply or with what a template puts
            after it.
        reply: Its text.
        model: Who told them, for errors.

    Raises:
        ValueError: no tokens among them make up the reply.
    """
    wanted = "".join(reply.split())  # some servers tell tokens without the blank before them
    if str(model).startswith("hf-batch/"):
        if not scored:
            raise ValueError(f"{model} told no log-probability of a reply of {len(reply)} characters.")
        return [score for _, score in scored]
    pieces = ["".join(token.split()) for token, _ in scored]
    text = "".join(pieces)
    at = text.rfind(wanted)
    if not wanted or at < 0:
        raise ValueError(
            f"{model}: the log-probabilities of the reply's tokens were needed, and those of {len(scored)} tokens that "
            f"it told do not make up the reply of {len(reply)} characters."
        )
    ends = list(accumulate(map(len, pieces)))
    first, last = bisect_right(ends, at), bisect_left(ends, at + len(wanted))
    return [score for _, score in scored[first : last + 1]]
