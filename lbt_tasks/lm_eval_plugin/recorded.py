"""The model `lbt-recorded`: replies from a sample log instead of a model's, for other filters over the same replies.

    lbt lm-eval run --model lbt-recorded --model_args samples=out/samples_gsm8k_2026.jsonl --tasks my_gsm8k_vote

Documents are recognised by lm-eval's own hash, so any prompt will do; sampled replies stay what they were.
"""

from collections import defaultdict
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

from lbt_solvers.errors import UsageError
from lbt_solvers.jsonl import fields_of, read_jsonl
from lbt_tasks.lm_eval_plugin.candidates import doc_hash


@register_model("lbt-recorded")
class RecordedLM(LM):
    """Replays a log of `--log_samples`.

    Args:
        samples: The JSONL file.
    """

    def __init__(self, samples: str = "", **_: Any) -> None:
        super().__init__()
        self._path = samples
        self._replies = _replies(samples)

    def generate_until(self, requests: list[Instance]) -> list[str]:
        """The recorded replies, in the order in which they were made.

        Raises:
            UsageError: a document that the log does not have, or has fewer replies to.
        """
        taken: dict[str, int] = defaultdict(int)
        given: list[str] = []
        for request in requests:
            key = doc_hash(request.doc)
            recorded = self._replies.get(key, [])
            if taken[key] >= len(recorded):
                raise UsageError(
                    f"{self._path} has {len(recorded)} replies to document {request.doc_id} of {request.task_name}; "
                    f"more were asked for. The task's documents and `repeats` have to be those of the log."
                )
            given.append(recorded[taken[key]])
            taken[key] += 1
        return given

    def loglikelihood(self, requests: list[Instance]) -> list[tuple[float, bool]]:
        """Not recorded.

        Raises:
            UsageError: always.
        """
        raise UsageError("lbt-recorded replays generated replies; the task asks for log-likelihoods.")

    def loglikelihood_rolling(self, requests: list[Instance]) -> list[float]:
        """Not recorded.

        Raises:
            UsageError: always.
        """
        raise UsageError("lbt-recorded replays generated replies; the task asks for log-likelihoods.")

    @property
    def tokenizer_name(self) -> str:
        """None is used; the harness wants a name."""
        return "lbt-recorded"

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """The texts: no model reads them."""
        return "\n\n".join(turn["content"] for turn in chat_history)


def _replies(path: str) -> dict[str, list[str]]:
    rows = read_jsonl(path, "lbt-recorded: --model_args samples=FILE of --log_samples", ("doc_hash", "resps"))
    found: dict[str, list[str]] = {}
    for where, row in rows:
        with fields_of(where, "a line of lm-eval's --log_samples"):
            found[row["doc_hash"]] = list(row["resps"][0])  # lines of all filters have the same replies
    return found
